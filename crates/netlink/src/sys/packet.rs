//! Sockets for packets: ARP, ICMP. An address is the bytes of its `struct sockaddr_…`, which is what the kernel wants.

use super::check;
use super::receive::number_in;
use std::ffi::{c_int, c_void};
use std::io::Result;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

/// The bytes of `struct sockaddr_in` or `sockaddr_in6`: an IP address without a port; of one that belongs to a link, `scope` is
/// that link's index.
pub fn ip_address(address: IpAddr, scope: u32) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => {
            [&(libc::AF_INET as u16).to_ne_bytes()[..], &[0; 2], &address.octets(), &[0; 8]].concat()
        }
        IpAddr::V6(address) => {
            let family = (libc::AF_INET6 as u16).to_ne_bytes();
            [&family[..], &[0; 6], &address.octets(), &scope.to_ne_bytes()].concat()
        }
    }
}

/// The bytes of `struct sockaddr_ll` for ARP: a link, and on it a link-layer address of at most 8 bytes.
pub fn arp_address(link: u32, address: &[u8]) -> Vec<u8> {
    let address = address.get(..8).unwrap_or(address);
    let (family, protocol) = ((libc::AF_PACKET as u16).to_ne_bytes(), (libc::ETH_P_ARP as u16).to_be_bytes());
    let mut bytes = [&family[..], &protocol, &link.to_ne_bytes(), &[0, 0, 0, address.len() as u8], address].concat();
    bytes.resize(size_of::<libc::sockaddr_ll>(), 0);
    bytes
}

/// Sets an option of a socket, to a value in the host's order: setsockopt(2).
///
/// # Errors
/// The call's.
pub fn set_option(socket: BorrowedFd, level: c_int, option: c_int, value: &[u8]) -> Result<()> {
    // SAFETY: the value outlives the call and its length is passed with it.
    let set = unsafe {
        let (value, len) = (value.as_ptr().cast::<c_void>(), value.len() as libc::socklen_t);
        libc::setsockopt(socket.as_raw_fd(), level, option, value, len)
    };
    check(set)
}

/// Gives a socket its own address: bind(2).
///
/// # Errors
/// The call's.
pub fn bind(socket: BorrowedFd, address: &[u8]) -> Result<()> {
    // SAFETY: the address outlives the call and its length is passed with it.
    let bound = unsafe { libc::bind(socket.as_raw_fd(), address.as_ptr().cast(), address.len() as libc::socklen_t) };
    check(bound)
}

/// Sends a packet to an address: sendto(2).
///
/// # Errors
/// The call's, and those that packets sent before have met with.
pub fn send(socket: BorrowedFd, address: &[u8], packet: &[u8]) -> Result<()> {
    // SAFETY: packet and address outlive the call and their lengths are passed with them.
    let sent = unsafe {
        let (to, len) = (address.as_ptr().cast(), address.len() as libc::socklen_t);
        libc::sendto(socket.as_raw_fd(), packet.as_ptr().cast(), packet.len(), 0, to, len)
    };
    check(sent as c_int)
}

/// A packet that was received, apart from its bytes.
#[derive(Debug, Default)]
pub struct Received {
    /// Its length in bytes.
    pub len: usize,
    /// The bytes of its sender's address.
    pub from: [u8; 32],
    /// How many routers it might still have passed, where the socket tells that.
    pub ttl: Option<i32>,
}

impl Received {
    /// The sender's IP address.
    pub fn ip(&self) -> Option<IpAddr> {
        let family = c_int::from(u16::from_ne_bytes(*self.from.first_chunk()?));
        let at = |at| self.from.get(at..);
        match family {
            libc::AF_INET => at(4)?.first_chunk::<4>().map(|octets| (*octets).into()),
            libc::AF_INET6 => at(8)?.first_chunk::<16>().map(|octets| (*octets).into()),
            _ => None,
        }
    }

    /// How an ARP packet was addressed: `PACKET_…`.
    pub fn addressed(&self) -> u8 {
        self.from[10]
    }
}

/// Receives a packet without waiting; nothing where it is longer than the buffer.
///
/// # Errors
/// `EAGAIN` where there is none; what became of one that was sent before.
pub fn receive(socket: BorrowedFd, buffer: &mut [u8]) -> Result<Option<Received>> {
    let mut received = Received::default();
    let mut place = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // Room for one control message of four bytes, aligned as `struct cmsghdr` is.
    let mut control = [0u64; 4];
    // SAFETY: all-zero bytes are a valid `msghdr`: integers and null pointers.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_name = received.from.as_mut_ptr().cast();
    header.msg_namelen = received.from.len() as libc::socklen_t;
    header.msg_iov = &raw mut place;
    header.msg_iovlen = 1;
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = size_of_val(&control) as _;
    // SAFETY: the header points to places that outlive the call, with their lengths.
    let got = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_DONTWAIT) };
    received.len = usize::try_from(got).map_err(|_| std::io::Error::last_os_error())?;
    let v4 = number_in(&header, libc::IPPROTO_IP, libc::IP_TTL);
    received.ttl = v4.or_else(|| number_in(&header, libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT));
    Ok((header.msg_flags & libc::MSG_TRUNC == 0).then_some(received))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sched::{CloneFlags, unshare};
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    #[test]
    fn addresses_have_the_kernels_form() {
        assert_eq!(ip_address("10.0.0.1".parse().unwrap(), 0).len(), size_of::<libc::sockaddr_in>());
        assert_eq!(ip_address("fe80::1".parse().unwrap(), 7).len(), size_of::<libc::sockaddr_in6>());
        assert_eq!(arp_address(2, &[9; 20]).len(), size_of::<libc::sockaddr_ll>());
    }

    /// In a network namespace of the test's own: nothing is sent in the machine's.
    #[test]
    fn packets_go_and_come() {
        let tried = std::thread::spawn(|| {
            if unshare(CloneFlags::CLONE_NEWNET).is_err() {
                return println!("skipped: no network namespace may be made");
            }
            crate::RouteSocket::open().and_then(|mut socket| socket.set(crate::Link::by_name("lo").up())).unwrap();
            go_and_come("127.0.0.1");
            go_and_come("::1");
        });
        tried.join().unwrap();
    }

    fn go_and_come(own: &str) {
        let own: IpAddr = own.parse().unwrap();
        let Ok(socket) = UdpSocket::bind((own, 0)) else { return };
        set_option(socket.as_fd(), libc::IPPROTO_IP, libc::IP_RECVTTL, &1u32.to_ne_bytes()).unwrap();
        let mut to = ip_address(own, 0);
        to[2..4].copy_from_slice(&socket.local_addr().unwrap().port().to_be_bytes());
        let (mut buffer, mut small) = ([0; 6], [0; 5]);
        assert_eq!(receive(socket.as_fd(), &mut buffer).unwrap_err().raw_os_error(), Some(libc::EAGAIN));
        send(socket.as_fd(), &to, b"packet").unwrap();
        assert!(receive(socket.as_fd(), &mut small).unwrap().is_none());
        send(socket.as_fd(), &to, b"packet").unwrap();
        let received = receive(socket.as_fd(), &mut buffer).unwrap().unwrap();
        assert_eq!((received.len, received.ip(), &buffer), (6, Some(own), b"packet"));
        assert_eq!(received.ttl.is_some(), own.is_ipv4());
    }
}
