//! Netlink attributes as they lie in a received buffer: type, length, payload, padded to four bytes.
//!
//! Everything here borrows; nothing is copied or allocated. Bytes from the kernel are not trusted: an attribute
//! that claims more than there is ends the walk, a payload of the wrong width reads as `None`.
//! Source: linux/netlink.h (`struct nlattr`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Length of an attribute's own header in bytes: two of length, two of type.
pub const HEADER_LEN: usize = 4;
/// The bits of the type field that are the type; the two above are `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER`.
pub const TYPE_MASK: u16 = 0x3fff;
/// Set in the type field of an attribute that holds attributes.
pub const NESTED: u16 = 0x8000;

/// Rounds a length up to the four bytes that attributes and messages are aligned to; saturates.
pub const fn align(len: usize) -> usize {
    len.saturating_add(3) & !3
}

/// The two numbers that lie in the bytes of one, the first one first.
const fn halves(both: u32) -> (u16, u16) {
    let (low, high) = (both as u16, (both >> 16) as u16);
    if cfg!(target_endian = "little") { (low, high) } else { (high, low) }
}

/// One attribute of a received message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The type, without its flag bits.
    pub kind: u16,
    /// The payload, without header and padding.
    pub payload: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// The attributes that this one holds.
    pub fn nested(&self) -> Attributes<'a> {
        Attributes::new(self.payload)
    }
}

/// The attributes in a stretch of bytes, in order.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// A walk over `bytes`, which start with an attribute's header.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Attributes { rest: bytes }
    }

    /// The first attribute of type `kind`: a linear search, for when one or two are wanted.
    pub fn get(&self, kind: u16) -> Option<&'a [u8]> {
        let mut all = self.clone();
        all.find(|attribute| attribute.kind == kind).map(|attribute| attribute.payload)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    #[inline]
    fn next(&mut self) -> Option<Attribute<'a>> {
        let [l0, l1, k0, k1, ..] = *self.rest else { return None };
        let len = usize::from(u16::from_ne_bytes([l0, l1]));
        let payload = self.rest.get(HEADER_LEN..len)?;
        self.rest = self.rest.get(align(len)..).unwrap_or(&[]);
        Some(Attribute { kind: u16::from_ne_bytes([k0, k1]) & TYPE_MASK, payload })
    }
}

/// How many types a [`Slots`] tells apart; the kernel's largest table in use (`IFLA_`) has some 70.
pub const SLOTS: usize = 80;

/// Attributes by type: the way to read a message whose attributes are asked for by number, several times.
///
/// Of a type that comes twice the first one counts. Types of [`SLOTS`] and above are left out.
#[derive(Clone)]
pub struct Slots<'a> {
    bytes: &'a [u8],
    /// Where the payload of each type begins; 0 where it was not sent. Places rather than slices: a message's worth of
    /// them is cleared in a few instructions.
    places: Places,
}

/// Aligned, so that eight bytes of it are cleared at a time.
#[derive(Clone)]
#[repr(align(8))]
struct Places([u32; SLOTS]);

impl<'a> Slots<'a> {
    /// Reads all attributes in `bytes`.
    #[inline(always)]
    pub fn parse(bytes: &'a [u8]) -> Self {
        Slots::behind(0, bytes)
    }

    /// Reads all attributes in `bytes` behind a fixed header of `header` bytes. Inlined, so that the places are cleared where they
    /// will be read, and not moved there; all else is not.
    #[inline(always)]
    pub(crate) fn behind(header: usize, bytes: &'a [u8]) -> Self {
        let mut slots = Slots { bytes, places: Places([0; SLOTS]) };
        slots.read(header);
        slots
    }

    #[inline(never)]
    fn read(&mut self, header: usize) {
        self.bytes = self.bytes.get(align(header)..).unwrap_or(&[]);
        // As [`Attributes`] walks, in half the instructions: a link has some fifty.
        let (mut at, end) = (0u32, self.bytes.len());
        while let Some(header) = self.bytes.get(at as usize..at as usize + HEADER_LEN).and_then(<[u8]>::first_chunk) {
            let payload = at as usize + HEADER_LEN;
            let (len, kind) = halves(u32::from_ne_bytes(*header));
            if usize::from(len).wrapping_sub(HEADER_LEN) > end - payload {
                break;
            }
            // Of several the first counts, as with the reference.
            match self.places.0.get_mut(usize::from(kind & TYPE_MASK)) {
                Some(place) if *place == 0 => *place = payload as u32,
                _ => (),
            }
            // A message has fewer bytes than would overflow: what counts them is as wide.
            let Some(next) = at.checked_add(align(usize::from(len)) as u32) else { break };
            at = next;
        }
    }

    /// The payload of `kind`.
    pub fn get(&self, kind: u16) -> Option<&'a [u8]> {
        self.payload(kind)
    }

    /// The same, within the readers of the most frequent values.
    #[inline(always)]
    fn payload(&self, kind: u16) -> Option<&'a [u8]> {
        let place = *self.places.0.get(usize::from(kind))?;
        let header = (place as usize).checked_sub(HEADER_LEN)?;
        let [l0, l1, ..] = *self.bytes.get(header..)? else { return None };
        self.bytes.get(place as usize..header + usize::from(u16::from_ne_bytes([l0, l1])))
    }

    /// Whether `kind` was sent.
    #[inline]
    pub fn has(&self, kind: u16) -> bool {
        self.places.0.get(usize::from(kind)).is_some_and(|place| *place != 0)
    }

    /// A number of one byte, or the first byte of a longer payload.
    pub fn u8(&self, kind: u16) -> Option<u8> {
        self.payload(kind)?.first().copied()
    }

    /// A number of two bytes in the host's order.
    pub fn u16(&self, kind: u16) -> Option<u16> {
        array(self.get(kind)?).map(u16::from_ne_bytes)
    }

    /// A number of two bytes in network order: ports, ether types.
    pub fn u16_be(&self, kind: u16) -> Option<u16> {
        array(self.get(kind)?).map(u16::from_be_bytes)
    }

    /// A number of four bytes in the host's order.
    pub fn u32(&self, kind: u16) -> Option<u32> {
        array(self.payload(kind)?).map(u32::from_ne_bytes)
    }

    /// A number of four bytes in network order.
    pub fn u32_be(&self, kind: u16) -> Option<u32> {
        array(self.get(kind)?).map(u32::from_be_bytes)
    }

    /// A signed number of four bytes in the host's order: namespace ids.
    pub fn i32(&self, kind: u16) -> Option<i32> {
        array(self.payload(kind)?).map(i32::from_ne_bytes)
    }

    /// A number of eight bytes in the host's order.
    pub fn u64(&self, kind: u16) -> Option<u64> {
        array(self.get(kind)?).map(u64::from_ne_bytes)
    }

    /// An unsigned number of whatever width (1, 2, 4 or 8 bytes) was sent, in the host's order.
    pub fn unsigned(&self, kind: u16) -> Option<u64> {
        unsigned(self.get(kind)?)
    }

    /// A string, without the NUL that ends it.
    pub fn bytes(&self, kind: u16) -> Option<&'a [u8]> {
        self.get(kind).map(until_nul)
    }

    /// An IPv4 or IPv6 address, told apart by its length.
    pub fn ip(&self, kind: u16) -> Option<IpAddr> {
        ip(self.payload(kind)?)
    }

    /// The attributes nested in `kind`; none where it was not sent.
    pub fn nested(&self, kind: u16) -> Attributes<'a> {
        Attributes::new(self.get(kind).unwrap_or(&[]))
    }

    /// The payload at the end of a path of types through nests: for the one that is wanted of a nest.
    pub fn inside(&self, path: &[u16]) -> Option<&'a [u8]> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.get(*first)?, |nest, kind| Attributes::new(nest).get(*kind))
    }

    /// The attributes nested in `kind`, by type.
    pub fn nested_slots(&self, kind: u16) -> Option<Slots<'a>> {
        let nest = self.get(kind)?;
        Some(Slots::parse(nest))
    }
}

/// The first `N` bytes of a payload.
#[inline]
pub fn array<const N: usize>(payload: &[u8]) -> Option<[u8; N]> {
    payload.first_chunk().copied()
}

/// The bytes of a structure's field that begins at `at`; zero where the structure ends before.
fn field<const N: usize>(structure: &[u8], at: usize) -> [u8; N] {
    structure.get(at..).and_then(array).unwrap_or([0; N])
}

/// The number of two bytes, in the host's order, `at` bytes from a structure's start; 0 where the structure is too short.
#[inline(never)]
pub fn u16_at(structure: &[u8], at: usize) -> u16 {
    u16::from_ne_bytes(field(structure, at))
}

/// As [`u16_at`], of four bytes.
#[inline(never)]
pub fn u32_at(structure: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(field(structure, at))
}

/// As [`u16_at`], of eight bytes.
#[inline(never)]
pub fn u64_at(structure: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(field(structure, at))
}

/// An unsigned number of 1, 2, 4 or 8 bytes in the host's order.
pub fn unsigned(payload: &[u8]) -> Option<u64> {
    Some(match payload.len() {
        1 => u64::from(*payload.first()?),
        2 => u64::from(u16::from_ne_bytes(array(payload)?)),
        4 => u64::from(u32::from_ne_bytes(array(payload)?)),
        8 => u64::from_ne_bytes(array(payload)?),
        _ => return None,
    })
}

/// An address of 4 or 16 bytes.
pub fn ip(payload: &[u8]) -> Option<IpAddr> {
    match payload.len() {
        4 => array::<4>(payload).map(|octets| IpAddr::V4(Ipv4Addr::from(octets))),
        16 => array::<16>(payload).map(|octets| IpAddr::V6(Ipv6Addr::from(octets))),
        _ => None,
    }
}

/// The bytes before the first NUL.
pub fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_and_masks_flags() {
        let bytes = [5, 0, 1, 0, 9, 0, 0, 0, 8, 0, 2, 0x80, 1, 2, 3, 4];
        let all: Vec<_> = Attributes::new(&bytes).map(|a| (a.kind, a.payload.to_vec())).collect();
        assert_eq!(all, [(1, vec![9]), (2, vec![1, 2, 3, 4])]);
        let slots = Slots::parse(&bytes);
        assert_eq!(slots.u8(1), Some(9));
        assert_eq!(slots.u32(2), Some(u32::from_ne_bytes([1, 2, 3, 4])));
        assert_eq!(slots.u64(2), None);
    }

    #[test]
    fn of_several_the_first_counts() {
        assert_eq!(Slots::parse(&[5, 0, 1, 0, 9, 0, 0, 0, 5, 0, 1, 0, 8]).u8(1), Some(9));
    }

    #[test]
    fn ends_at_a_length_that_lies() {
        for bytes in [&[200u8, 0, 1, 0, 1][..], &[3, 0, 1, 0], &[0, 0, 0, 0], &[4, 0, 1]] {
            assert_eq!(Attributes::new(bytes).count(), 0, "{bytes:?}");
        }
        assert_eq!(Attributes::new(&[4, 0, 1, 0]).count(), 1);
        assert_eq!(Attributes::new(&[5, 0, 1, 0, 7]).count(), 1, "the last one may lack its padding");
    }
}
