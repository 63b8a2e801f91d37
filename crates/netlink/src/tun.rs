//! Interfaces whose packets a program reads and writes, made through /dev/net/tun. Source: linux/if_tun.h.

use crate::sys;
use std::fs::File;
use std::io::Result;
use std::os::fd::AsFd;

/// `IFF_TUN`: IP packets.
pub const TUN: u16 = 0x0001;
/// `IFF_TAP`: Ethernet frames.
pub const TAP: u16 = 0x0002;
/// `IFF_MULTI_QUEUE`: each descriptor that is attached is a queue of its own.
pub const MULTI_QUEUE: u16 = 0x0100;
/// `IFF_PERSIST`: stays when nothing is attached.
pub const PERSIST: u16 = 0x0800;
/// `IFF_NO_PI`: no header with flags and protocol stands before a packet.
pub const NO_PI: u16 = 0x1000;
/// `IFF_ONE_QUEUE`: without effect since Linux 3.8.
pub const ONE_QUEUE: u16 = 0x2000;
/// `IFF_VNET_HDR`: a header about offloads stands before a packet.
pub const VNET_HDR: u16 = 0x4000;
/// `IFF_TUN_EXCL`: only an interface that is made by this is attached to.
pub const EXCLUSIVE: u16 = 0x8000;

/// An open /dev/net/tun.
#[derive(Debug)]
pub struct Tun(File);

impl Tun {
    /// Opens the device, close-on-exec.
    ///
    /// # Errors
    /// Those of opening a file: there is none where the module is missing.
    pub fn open() -> Result<Self> {
        File::options().read(true).write(true).open("/dev/net/tun").map(Tun)
    }

    /// Attaches to the interface called `name`, of which 15 bytes count, making it if there is none. With an empty name, or a `%d` in it, the
    /// kernel chooses. `flags` are the constants of this module.
    ///
    /// # Errors
    /// `EBUSY` where something else is attached, `EINVAL` where the interface is of another kind, `EPERM`.
    pub fn attach(&self, name: &[u8], flags: u16) -> Result<()> {
        sys::attach_tun(self.0.as_fd(), code(202), name, flags)
    }

    /// Lets the user with this number attach to it.
    ///
    /// # Errors
    /// `EBADFD` while it is not attached.
    pub fn set_owner(&self, user: u32) -> Result<()> {
        sys::set_tun(self.0.as_fd(), code(204), user)
    }

    /// Lets the group with this number attach to it.
    ///
    /// # Errors
    /// As [`Tun::set_owner`].
    pub fn set_group(&self, group: u32) -> Result<()> {
        sys::set_tun(self.0.as_fd(), code(206), group)
    }

    /// Whether the interface stays when nothing is attached to it any more.
    ///
    /// # Errors
    /// As [`Tun::set_owner`].
    pub fn set_persistent(&self, stays: bool) -> Result<()> {
        sys::set_tun(self.0.as_fd(), code(203), u32::from(stays))
    }
}

/// The number of the ioctl `_IOW('T', number, int)`.
fn code(number: u8) -> u64 {
    nix::request_code_write!(b'T', number, size_of::<std::ffi::c_int>()) as u64
}
