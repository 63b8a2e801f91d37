//! Echo requests and replies: the socket, the bytes.
//!
//! A datagram socket of ICMP is enough where the system's `ping_group_range` allows it; elsewhere a raw one, which takes
//! privileges. What comes back is bytes from the network: a reply counts only if it is whole, its checksum is right
//! (the kernel sees to that for datagram sockets and IPv6), and its identifier is ours.
//! Source: RFC 792, RFC 4443, icmp(7), raw(7).

use crate::host::Host;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, SockaddrIn6,
    SockaddrStorage, bind, recvmsg, sendto, setsockopt, socket, sockopt,
};
use std::ffi::OsStr;
use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

/// A way to a socket; whether it is a raw one.
type Opening<'a> = dyn Fn() -> Result<(OwnedFd, bool), Errno> + 'a;

const HEADER: usize = 8;
/// The longest IPv4 header, which a raw socket shows.
const IPV4_HEADER: usize = 60;

/// A socket for echo requests to one host.
pub(crate) struct Echo {
    descriptor: OwnedFd,
    to: SocketAddr,
    raw: bool,
    identifier: u16,
    buffer: Vec<u8>,
}

/// A reply to one of our requests.
pub(crate) struct Reply {
    pub(crate) from: IpAddr,
    pub(crate) sequence: u16,
    pub(crate) ttl: Option<u8>,
}

impl AsFd for Echo {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Echo {
    /// A socket for requests with `size` bytes of data.
    pub(crate) fn open(host: Host, size: u16) -> Result<Self, Errno> {
        let (family, protocol) = match host.address {
            IpAddr::V4(_) => (AddressFamily::Inet, SockProtocol::Icmp),
            IpAddr::V6(_) => (AddressFamily::Inet6, SockProtocol::IcmpV6),
        };
        let of_kind = |kind| socket(family, kind, SockFlag::SOCK_CLOEXEC, protocol);
        let datagram = || of_kind(SockType::Datagram).map(|descriptor| (descriptor, false));
        let raw = || of_kind(SockType::Raw).map(|descriptor| (descriptor, true));
        // Only raw sockets send to a link-local address without being told by which link.
        let link_local = matches!(host.address, IpAddr::V6(address) if address.segments()[0] & 0xffc0 == 0xfe80);
        let (first, second): (&Opening, &Opening) =
            if link_local && host.scope == 0 { (&raw, &datagram) } else { (&datagram, &raw) };
        let (descriptor, raw) = match first() {
            Err(Errno::EACCES | Errno::EPERM | Errno::EPROTONOSUPPORT) => second()?,
            opened => opened?,
        };
        let identifier = std::process::id().to_be_bytes().last_chunk().map_or(1, |low| u16::from_be_bytes(*low));
        let buffer = vec![0; IPV4_HEADER + HEADER + usize::from(size) + 1];
        let to = socket_address(host);
        let echo = Echo { descriptor, to, raw, identifier, buffer };
        match host.address {
            IpAddr::V4(_) => {
                setsockopt(&echo, sockopt::Broadcast, &true)?;
                setsockopt(&echo, sockopt::Ipv4RecvTtl, &true)?;
            }
            IpAddr::V6(_) => setsockopt(&echo, sockopt::Ipv6RecvHopLimit, &true)?,
        }
        Ok(echo)
    }

    /// How many routers a request may pass.
    pub(crate) fn set_ttl(&self, ttl: u8) -> Result<(), Errno> {
        match self.to {
            SocketAddr::V4(_) => {
                setsockopt(self, sockopt::Ipv4Ttl, &i32::from(ttl))?;
                setsockopt(self, sockopt::IpMulticastTtl, &ttl)
            }
            SocketAddr::V6(_) => setsockopt(self, sockopt::Ipv6Ttl, &i32::from(ttl)),
        }
    }

    /// The device to send by.
    pub(crate) fn set_device(&self, name: &[u8]) -> Result<(), Errno> {
        setsockopt(self, sockopt::BindToDevice, &OsStr::from_bytes(name).to_owned())
    }

    /// The address to send from.
    pub(crate) fn set_source(&self, source: Host) -> Result<(), Errno> {
        match socket_address(source) {
            SocketAddr::V4(address) => bind(self.descriptor.as_raw_fd(), &SockaddrIn::from(address)),
            SocketAddr::V6(address) => bind(self.descriptor.as_raw_fd(), &SockaddrIn6::from(address)),
        }
    }

    /// Sends a request.
    pub(crate) fn send(&self, sequence: u16, data: &[u8]) -> Result<(), Errno> {
        let kind = if self.to.is_ipv4() { 8 } else { 128 };
        let packet = packet(kind, self.identifier, sequence, data);
        let (to, none) = (SockaddrStorage::from(self.to), MsgFlags::empty());
        sendto(self.descriptor.as_raw_fd(), &packet, &to, none).map(drop)
    }

    /// Receives what is there. `None` where that is no reply to a request of ours, or its data are not what `sent` says
    /// that they were.
    pub(crate) fn receive(&mut self, sent: impl FnOnce(u16) -> Option<Vec<u8>>) -> Result<Option<Reply>, Errno> {
        let mut control = cmsg_space!([i32; 4]);
        let (len, from, mut ttl) = {
            let mut into = [IoSliceMut::new(&mut self.buffer)];
            let fd = self.descriptor.as_raw_fd();
            let got = recvmsg::<SockaddrStorage>(fd, &mut into, Some(&mut control), MsgFlags::MSG_DONTWAIT)?;
            if got.flags.contains(MsgFlags::MSG_TRUNC) {
                return Ok(None);
            }
            (got.bytes, got.address.as_ref().and_then(ip_of), got.cmsgs()?.find_map(|message| ttl_of(&message)))
        };
        let Some(mut bytes) = self.buffer.get(..len) else { return Ok(None) };
        let v4 = self.to.is_ipv4();
        if self.raw && v4 {
            let Some((header, rest)) = split_ipv4(bytes) else { return Ok(None) };
            (ttl, bytes) = (header.get(8).copied(), rest);
            if checksum(bytes) != 0 {
                return Ok(None);
            }
        }
        let kind = if v4 { 0 } else { 129 };
        let Some((identifier, sequence, data)) = reply(bytes, kind) else { return Ok(None) };
        // The kernel puts in an identifier of its own, and passes on only what carries it, unless the socket is raw.
        let ours = !self.raw || identifier == self.identifier;
        let from = from.filter(|_| ours && sent(sequence).is_some_and(|sent| sent == data));
        Ok(from.map(|from| Reply { from, sequence, ttl }))
    }
}

fn socket_address(host: Host) -> SocketAddr {
    match host.address {
        IpAddr::V4(address) => SocketAddr::V4(SocketAddrV4::new(address, 0)),
        IpAddr::V6(address) => SocketAddr::V6(SocketAddrV6::new(address, 0, 0, host.scope)),
    }
}

fn ip_of(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
}

fn ttl_of(message: &ControlMessageOwned) -> Option<u8> {
    match message {
        ControlMessageOwned::Ipv4Ttl(ttl) | ControlMessageOwned::Ipv6HopLimit(ttl) => u8::try_from(*ttl).ok(),
        _ => None,
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
