//! Netlink messages: a writer for requests and a borrowed view of what comes back.
//!
//! [`Message`] is one request in one buffer: header, the family's fixed header, attributes. A nest is written by a
//! closure, so it can't be left open. [`Messages`] walks a received datagram. Source: linux/netlink.h, RFC 3549.

use crate::attributes::{Attributes, NESTED, Slots, align, array};
use crate::types::{IfIndex, IfName, MacAddress};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Length of `struct nlmsghdr` in bytes.
pub const HEADER_LEN: usize = 16;

/// A request under construction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    buffer: Vec<u8>,
}

impl Message {
    /// A message of type `kind` with the family's fixed header (`struct ifinfomsg`, `rtmsg` …) behind the general
    /// one; the header's length is rounded up to four bytes.
    pub fn new(kind: u16, flags: u16, header: &[u8]) -> Self {
        let mut buffer = Vec::with_capacity(256);
        buffer.extend_from_slice(&[0; HEADER_LEN]);
        buffer.extend_from_slice(header);
        pad(&mut buffer);
        let mut message = Message { buffer };
        message.store(4, &kind.to_ne_bytes());
        message.store(6, &flags.to_ne_bytes());
        message
    }

    /// A message whose bytes are made.
    pub(crate) const fn of(buffer: Vec<u8>) -> Self {
        Message { buffer }
    }

    /// Appends an attribute. A payload above 65,531 bytes, which no length field can say, is left out.
    pub fn put(&mut self, kind: u16, value: impl Value) -> &mut Self {
        let at = self.open();
        value.write(&mut self.buffer);
        self.close(at, kind);
        self
    }

    /// Appends an attribute that holds what `fill` appends; its type is flagged `NLA_F_NESTED`.
    pub fn nested(&mut self, kind: u16, fill: impl FnOnce(&mut Self)) -> &mut Self {
        let at = self.open();
        fill(self);
        self.close(at, kind | NESTED);
        self
    }

    /// Appends bytes as they are: the fixed header inside a nest (veth's peer), padded to four bytes.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.buffer.extend_from_slice(bytes);
        pad(&mut self.buffer);
        self
    }

    /// Overwrites part of the body, `at` bytes behind the general header; what lies beyond the message is left out.
    pub fn set_body(&mut self, at: usize, bytes: &[u8]) {
        self.store(HEADER_LEN.saturating_add(at), bytes);
    }

    /// Length so far in bytes; where the next attribute will start, counted from the general header.
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Never: there is always a header.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The flags of the general header, `NLM_F_…`.
    pub fn flags(&self) -> u16 {
        self.buffer.get(6..).and_then(array).map_or(0, u16::from_ne_bytes)
    }

    /// Adds to the flags of the general header.
    pub fn add_flags(&mut self, flags: u16) {
        let all = self.flags() | flags;
        self.store(6, &all.to_ne_bytes());
    }

    /// The message as it will be sent, with its length and `sequence` filled in.
    pub fn finish(&mut self, sequence: u32) -> &[u8] {
        let len = u32::try_from(self.buffer.len()).unwrap_or(u32::MAX);
        self.store(0, &len.to_ne_bytes());
        self.store(8, &sequence.to_ne_bytes());
        &self.buffer
    }

    /// The bytes so far; the length field is filled in by [`Message::finish`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Begins an attribute and tells where.
    fn open(&mut self) -> usize {
        zeros(&mut self.buffer, 4);
        self.buffer.len() - 4
    }

    fn close(&mut self, at: usize, kind: u16) {
        let Ok(len) = u16::try_from(self.buffer.len() - at) else { return self.buffer.truncate(at) };
        self.store(at, &len.to_ne_bytes());
        self.store(at + 2, &kind.to_ne_bytes());
        pad(&mut self.buffer);
    }

    fn store(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.buffer.get_mut(at..at.saturating_add(bytes.len())) {
            place.copy_from_slice(bytes);
        }
    }
}

/// The general header of a message of `len` bytes, itself among them.
pub(crate) const fn header(len: usize, kind: u16, flags: u16, sequence: u32) -> [u8; HEADER_LEN] {
    let ([l0, l1, l2, l3], [s0, s1, s2, s3]) = ((len as u32).to_ne_bytes(), sequence.to_ne_bytes());
    let ([k0, k1], [f0, f1]) = (kind.to_ne_bytes(), flags.to_ne_bytes());
    [l0, l1, l2, l3, k0, k1, f0, f1, s0, s1, s2, s3, 0, 0, 0, 0]
}

/// The header of an attribute of `len` bytes, itself among them.
pub(crate) const fn attribute(len: usize, kind: u16) -> [u8; 4] {
    let ([l0, l1], [k0, k1]) = ((len as u16).to_ne_bytes(), kind.to_ne_bytes());
    [l0, l1, k0, k1]
}

/// The message of that sequence number among several.
pub(crate) fn request_of(requests: &[u8], sequence: u32) -> Option<&[u8]> {
    let mut rest = requests;
    loop {
        let len = rest.first_chunk().map(|len| u32::from_ne_bytes(*len))?;
        let message = rest.get(..usize::try_from(len).ok()?).filter(|message| message.len() >= HEADER_LEN)?;
        if message.get(8..).and_then(array).map(u32::from_ne_bytes) == Some(sequence) {
            return Some(message);
        }
        rest = rest.get(align(message.len())..)?;
    }
}

/// What can be an attribute's payload. Numbers are written in the host's order; for a field in network order pass
/// `n.to_be_bytes()`.
pub trait Value {
    /// Appends the payload.
    fn write(&self, to: &mut Vec<u8>);
}

macro_rules! numbers {
    ($($number:ty)*) => { $(impl Value for $number {
        fn write(&self, to: &mut Vec<u8>) {
            to.extend_from_slice(&self.to_ne_bytes());
        }
    })* };
}
numbers!(u8 u16 u32 u64 i8 i16 i32 i64);

impl Value for [u8] {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self);
    }
}
impl<const N: usize> Value for [u8; N] {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self);
    }
}
impl<T: Value + ?Sized> Value for &T {
    fn write(&self, to: &mut Vec<u8>) {
        (*self).write(to);
    }
}
/// No payload: an attribute that says all by being there.
impl Value for () {
    fn write(&self, _: &mut Vec<u8>) {}
}
/// One byte, 1 or 0.
impl Value for bool {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }
}
/// The bytes and a NUL behind them.
impl Value for str {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.as_bytes());
        to.push(0);
    }
}
/// The bytes and a NUL behind them.
impl Value for IfName {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.as_bytes());
        to.push(0);
    }
}
impl Value for IfIndex {
    fn write(&self, to: &mut Vec<u8>) {
        self.get().write(to);
    }
}
impl Value for MacAddress {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.as_bytes());
    }
}
impl Value for Ipv4Addr {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.octets());
    }
}
impl Value for Ipv6Addr {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.octets());
    }
}
impl Value for IpAddr {
    fn write(&self, to: &mut Vec<u8>) {
        match self {
            IpAddr::V4(address) => address.write(to),
            IpAddr::V6(address) => address.write(to),
        }
    }
}

/// One received message, where it lies in the buffer.
#[derive(Clone, Copy, Debug)]
pub struct MessageView<'a> {
    /// The message type, `RTM_NEWLINK` and the like.
    pub kind: u16,
    /// `NLM_F_…`.
    pub flags: u16,
    /// The sequence number of the request that this answers.
    pub sequence: u32,
    /// The port of the socket that asked; in a notification the port of whoever made the change.
    pub port: u32,
    /// What follows the general header: the family's fixed header and attributes.
    pub body: &'a [u8],
    behind: &'a [u8],
}

impl<'a> MessageView<'a> {
    /// The fixed header of `N` bytes at the start of the body.
    pub fn header<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.body.first_chunk()
    }

    /// The messages behind this one in the same datagram: of a dump, objects that come next.
    pub fn behind(&self) -> Messages<'a> {
        Messages::new(self.behind)
    }

    /// The attributes behind a fixed header of `header` bytes.
    pub fn attributes(&self, header: usize) -> Attributes<'a> {
        Attributes::new(self.body.get(align(header)..).unwrap_or(&[]))
    }

    /// The attributes behind a fixed header of `header` bytes, by type.
    #[inline(always)]
    pub fn slots(&self, header: usize) -> Slots<'a> {
        Slots::behind(header, self.body)
    }
}

/// Appends `count` zeros, by pieces: a vector's own way to grow writes byte by byte where code is built for size.
pub(crate) fn zeros(to: &mut Vec<u8>, mut count: usize) {
    static ZEROS: [u8; 64] = [0; 64];
    while let Some(piece) = ZEROS.get(..count.min(ZEROS.len())).filter(|piece| !piece.is_empty()) {
        to.extend_from_slice(piece);
        count -= piece.len();
    }
}

/// Fills up to a multiple of four bytes.
fn pad(buffer: &mut Vec<u8>) {
    zeros(buffer, align(buffer.len()) - buffer.len());
}

/// The messages in one datagram, in order. A length that lies ends the walk.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// A walk over a datagram.
    pub const fn new(datagram: &'a [u8]) -> Self {
        Messages { rest: datagram }
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = MessageView<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<MessageView<'a>> {
        let &[l0, l1, l2, l3, k0, k1, f0, f1, s0, s1, s2, s3, p0, p1, p2, p3] = self.rest.first_chunk()?;
        let len = usize::try_from(u32::from_ne_bytes([l0, l1, l2, l3])).ok()?;
        let body = self.rest.get(HEADER_LEN..len)?;
        self.rest = self.rest.get(align(len)..).unwrap_or(&[]);
        Some(MessageView {
            kind: u16::from_ne_bytes([k0, k1]),
            flags: u16::from_ne_bytes([f0, f1]),
            sequence: u32::from_ne_bytes([s0, s1, s2, s3]),
            port: u32::from_ne_bytes([p0, p1, p2, p3]),
            body,
            behind: self.rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_reads() {
        let mut message = Message::new(16, 5, &[7; 15]);
        message.put(3, "eth0").nested(18, |m| {
            m.put(1, b"veth").put(2, ());
        });
        let bytes = message.finish(42).to_vec();
        let mut all = Messages::new(&bytes);
        let view = all.next().unwrap();
        assert_eq!((view.kind, view.flags, view.sequence), (16, 5, 42));
        let slots = view.slots(15);
        assert_eq!(slots.bytes(3), Some(&b"eth0"[..]));
        let inner = slots.nested_slots(18).unwrap();
        assert_eq!((inner.get(1), inner.get(2)), (Some(&b"veth"[..]), Some(&[][..])));
        assert!(all.next().is_none());
    }

    #[test]
    fn a_payload_that_fits_no_length_is_left_out() {
        let mut message = Message::new(1, 0, &[]);
        message.put(1, &vec![0u8; 70_000][..]);
        assert_eq!(message.len(), HEADER_LEN);
    }
}
