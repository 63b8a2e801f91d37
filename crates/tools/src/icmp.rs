//! Echo requests and replies: the socket, the bytes.
//!
//! A datagram socket of ICMP is enough where the system's `ping_group_range` allows it; elsewhere a raw one, which takes
//! privileges. What comes back is bytes from the network: a reply counts only if it is whole, its checksum is right
//! (the kernel sees to that for datagram sockets and IPv6), and its identifier is ours.
//! Source: RFC 792, RFC 4443, icmp(7), raw(7).

use crate::failure::number_of;
use crate::host::Host;
use netmite_netlink::sys::packet::{Received, bind, ip_address, receive, send, set_option};
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

const HEADER: usize = 8;
/// The longest IPv4 header, which a raw socket shows.
const IPV4_HEADER: usize = 60;
/// `IPV6_HOPLIMIT` and its like are numbers of four bytes.
const ON: [u8; 4] = 1u32.to_ne_bytes();

/// A socket for echo requests to one host.
pub(crate) struct Echo {
    descriptor: OwnedFd,
    to: Host,
    raw: bool,
    identifier: u16,
    buffer: Vec<u8>,
}

/// A reply to one of our requests.
pub(crate) struct Reply<'e> {
    pub(crate) from: IpAddr,
    pub(crate) sequence: u16,
    pub(crate) ttl: Option<u8>,
    pub(crate) data: &'e [u8],
}

impl AsFd for Echo {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Echo {
    /// A socket for requests with `size` bytes of data.
    pub(crate) fn open(to: Host, size: u16) -> Result<Self, Errno> {
        let (family, protocol, link_local) = match to.address {
            IpAddr::V4(_) => (AddressFamily::Inet, SockProtocol::Icmp, false),
            IpAddr::V6(address) => {
                (AddressFamily::Inet6, SockProtocol::IcmpV6, address.segments()[0] & 0xffc0 == 0xfe80)
            }
        };
        let of_kind = |raw: bool| {
            let kind = if raw { SockType::Raw } else { SockType::Datagram };
            socket(family, kind, SockFlag::SOCK_CLOEXEC, protocol).map(|descriptor| (descriptor, raw))
        };
        // Only raw sockets send to a link-local address without being told by which link.
        let raw_first = link_local && to.scope == 0;
        let (descriptor, raw) = match of_kind(raw_first) {
            Err(Errno::EACCES | Errno::EPERM | Errno::EPROTONOSUPPORT) => of_kind(!raw_first)?,
            opened => opened?,
        };
        let identifier = std::process::id() as u16;
        let buffer = vec![0; IPV4_HEADER + HEADER + usize::from(size) + 1];
        let echo = Echo { descriptor, to, raw, identifier, buffer };
        if echo.is_v4() {
            echo.set(libc::SOL_SOCKET, libc::SO_BROADCAST, &ON)?;
            echo.set(libc::IPPROTO_IP, libc::IP_RECVTTL, &ON)?;
        } else {
            echo.set(libc::IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT, &ON)?;
        }
        Ok(echo)
    }

    fn is_v4(&self) -> bool {
        self.to.address.is_ipv4()
    }

    fn set(&self, level: i32, option: i32, value: &[u8]) -> Result<(), Errno> {
        set_option(self.as_fd(), level, option, value).map_err(number_of)
    }

    /// How many routers a request may pass.
    pub(crate) fn set_ttl(&self, ttl: u8) -> Result<(), Errno> {
        let number = u32::from(ttl).to_ne_bytes();
        if !self.is_v4() {
            return self.set(libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS, &number);
        }
        self.set(libc::IPPROTO_IP, libc::IP_TTL, &number)?;
        self.set(libc::IPPROTO_IP, libc::IP_MULTICAST_TTL, &[ttl])
    }

    /// The device to send by.
    pub(crate) fn set_device(&self, name: &[u8]) -> Result<(), Errno> {
        self.set(libc::SOL_SOCKET, libc::SO_BINDTODEVICE, name)
    }

    /// The address to send from.
    pub(crate) fn set_source(&self, source: Host) -> Result<(), Errno> {
        bind(self.as_fd(), &ip_address(source.address, source.scope)).map_err(number_of)
    }

    /// Sends a request.
    pub(crate) fn send(&self, sequence: u16, data: &[u8]) -> Result<(), Errno> {
        let kind = if self.is_v4() { 8 } else { 128 };
        let packet = packet(kind, self.identifier, sequence, data);
        send(self.as_fd(), &ip_address(self.to.address, self.to.scope), &packet).map_err(number_of)
    }

    /// Receives what is there. `None` where that is no reply to a request of ours.
    pub(crate) fn receive(&mut self) -> Result<Option<Reply<'_>>, Errno> {
        let received = receive(self.descriptor.as_fd(), &mut self.buffer).map_err(number_of)?;
        Ok(received.and_then(|received| self.read(&received)))
    }

    fn read(&self, received: &Received) -> Option<Reply<'_>> {
        let mut bytes = self.buffer.get(..received.len)?;
        let (v4, mut ttl) = (self.is_v4(), received.ttl.and_then(|ttl| u8::try_from(ttl).ok()));
        if self.raw && v4 {
            let (header, rest) = split_ipv4(bytes)?;
            (ttl, bytes) = (header.get(8).copied(), rest);
            if checksum(bytes) != 0 {
                return None;
            }
        }
        let (identifier, sequence, data) = reply(bytes, if v4 { 0 } else { 129 })?;
        // The kernel puts in an identifier of its own, and passes on only what carries it, unless the socket is raw.
        let ours = !self.raw || identifier == self.identifier;
        let from = received.ip().filter(|_| ours)?;
        Some(Reply { from, sequence, ttl, data })
    }
}

/// An ICMP message with its checksum. For ICMPv6 the kernel fills that in, since it covers addresses.
fn packet(kind: u8, identifier: u16, sequence: u16, data: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind, 0, 0, 0];
    packet.extend_from_slice(&identifier.to_be_bytes());
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(data);
    let sum = checksum(&packet).to_be_bytes();
    packet.iter_mut().skip(2).zip(sum).for_each(|(place, byte)| *place = byte);
    packet
}

/// Identifier, sequence number and data of an echo reply.
fn reply(bytes: &[u8], kind: u8) -> Option<(u16, u16, &[u8])> {
    let (&[its_kind, code, _, _, i0, i1, s0, s1], data) = bytes.split_first_chunk::<HEADER>()?;
    let fits = its_kind == kind && code == 0;
    fits.then_some((u16::from_be_bytes([i0, i1]), u16::from_be_bytes([s0, s1]), data))
}

/// The header of an IPv4 packet of ICMP, and what is behind it.
fn split_ipv4(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = bytes.first()?;
    let len = usize::from(first & 15) * 4;
    let icmp = first >> 4 == 4 && len >= 20 && bytes.get(9) == Some(&1);
    if icmp { bytes.split_at_checked(len) } else { None }
}

/// The Internet checksum; 0 over a message that holds a right one.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| match pair {
        [high, low] => u64::from(u16::from_be_bytes([*high, *low])),
        [high] => u64::from(u16::from_be_bytes([*high, 0])),
        _ => 0,
    });
    let mut sum: u64 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_sums_up_to_nothing() {
        for data in [&b""[..], b"a", b"ab", &[0xff; 57]] {
            assert_eq!(checksum(&packet(8, 0x1234, 7, data)), 0);
        }
        let mut wrong = packet(8, 1, 1, b"data");
        wrong[9] ^= 1;
        assert_ne!(checksum(&wrong), 0);
    }

    #[test]
    fn replies_are_read_where_they_are_whole() {
        let message = packet(0, 0x1234, 7, b"data");
        assert_eq!(reply(&message, 0), Some((0x1234, 7, &b"data"[..])));
        assert_eq!(reply(&message, 129), None);
        assert_eq!(reply(&message[..7], 0), None);
        assert_eq!(reply(&[], 0), None);
    }

    #[test]
    fn headers_that_lie_are_dropped() {
        let mut packet = vec![0x45; 28];
        packet[9] = 1;
        assert_eq!(split_ipv4(&packet).map(|(header, rest)| (header.len(), rest.len())), Some((20, 8)));
        assert_eq!(split_ipv4(&packet[..19]), None);
        for first in [0x40, 0x44, 0x65, 0x4f] {
            packet[0] = first;
            assert_eq!(split_ipv4(&packet), None, "{first:#x}");
        }
        assert_eq!(split_ipv4(&[]), None);
    }
}
