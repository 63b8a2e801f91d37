//! The ioctls of tunnels: linux/if_tunnel.h and linux/ip6_tunnel.h.

use super::ifreq;
use crate::types::IFNAME_MAX;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// What is asked: what a tunnel is like (0), to add one (1), delete it (2), change it (3); for the list of its potential
/// routers (4), to add one to it (5), delete (6) or change (7) it; for its prefixes of rapid deployment (8), to add (9),
/// delete (10) or change (11) them. The number of the ioctl is `SIOCDEVPRIVATE` and this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request(pub u8);

impl Request {
    /// The number of the ioctl.
    pub const fn code(self) -> u32 {
        0x89f0 + self.0 as u32
    }

    /// Bytes of the structure that it takes: `struct ip_tunnel_parm` or `struct ip6_tnl_parm2`, sixteen or one of `struct
    /// ip_tunnel_prl`, `struct ip_tunnel_6rd`.
    pub const fn size(self, six: bool) -> usize {
        match self.0 {
            0..=3 if six => 76,
            0..=3 => 52,
            4 => 256,
            5..=7 => 16,
            _ => 24,
        }
    }
}

/// Asks about the tunnel `device`, or the device that makes tunnels of its kind, of IPv4 or IPv6. `parameters` is as long as
/// the request says, and for some holds the answer afterwards.
///
/// # Errors
/// The kernel's; `InvalidInput` for a request that there is not, parameters of another length, a name that is too long.
pub fn ask(request: Request, six: bool, device: &[u8], parameters: &mut [u8]) -> std::io::Result<()> {
    if request.0 > 11 || parameters.len() != request.size(six) || device.len() > IFNAME_MAX {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let family = if six { libc::AF_INET6 } else { libc::AF_INET };
    // SAFETY: takes plain integers.
    let fd = unsafe { libc::socket(family, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: the descriptor was opened just now and belongs to nobody else.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    let mut ifreq = ifreq(device);
    ifreq.ifr_ifru.ifru_data = parameters.as_mut_ptr().cast();
    // SAFETY: the kernel reads and writes no more than the request's structure, which is as long as the parameters are.
    match unsafe { libc::ioctl(socket.as_raw_fd(), request.code() as _, &raw mut ifreq) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}
