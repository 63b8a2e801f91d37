//! Several datagrams in one system call: recvmmsg.

use super::packet::set_option;
use std::ffi::{c_int, c_uint, c_void};
use std::os::fd::{AsRawFd, BorrowedFd};

/// The most datagrams that one call receives.
pub const MOST: usize = 16;

/// A datagram that was received, apart from its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Received {
    /// Its length in bytes, which is more than its part of the buffer holds if it was cut short.
    pub(crate) len: usize,
    /// The port of its sender; 0 is the kernel.
    pub(crate) sender: u32,
    /// The id of the namespace that it comes from, where that is another (`NETLINK_LISTEN_ALL_NSID`).
    pub(crate) nsid: Option<i32>,
}

/// Takes as many datagrams as have come on a netlink socket, each into a part of `buffer`, which is cut into [`MOST`] equal
/// ones. Tells how many there are; where there are none, it `waits` for one.
///
/// # Errors
/// The system's: `ENOBUFS` where notifications were lost, `EAGAIN` where there is nothing and it does not wait.
pub(crate) fn receive(
    fd: BorrowedFd,
    waits: bool,
    buffer: &mut [u8],
    into: &mut [Received; MOST],
) -> std::io::Result<usize> {
    let part = buffer.len() / MOST;
    /// What a header points to.
    struct Place {
        part: libc::iovec,
        sender: libc::sockaddr_nl,
        /// Room for one control message of four bytes, aligned as `struct cmsghdr` is.
        control: [u64; 4],
    }
    // SAFETY: all-zero bytes are valid values of these types: integers and null pointers.
    let (mut headers, mut places): ([libc::mmsghdr; MOST], [Place; MOST]) = unsafe { std::mem::zeroed() };
    for ((header, place), bytes) in headers.iter_mut().zip(&mut places).zip(buffer.chunks_exact_mut(part.max(1))) {
        place.part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
        header.msg_hdr.msg_name = (&raw mut place.sender).cast();
        header.msg_hdr.msg_namelen = size_of_val(&place.sender) as libc::socklen_t;
        header.msg_hdr.msg_iov = &raw mut place.part;
        header.msg_hdr.msg_iovlen = 1;
        header.msg_hdr.msg_control = place.control.as_mut_ptr().cast::<c_void>();
        header.msg_hdr.msg_controllen = size_of_val(&place.control) as _;
    }
    let wait = if waits { libc::MSG_WAITFORONE } else { libc::MSG_DONTWAIT };
    let flags = wait | libc::MSG_TRUNC;
    // SAFETY: every header points to places that outlive the call, with their lengths; there are MOST of them.
    let count = unsafe {
        let most = MOST as c_uint;
        libc::recvmmsg(fd.as_raw_fd(), headers.as_mut_ptr(), most, flags as _, std::ptr::null_mut())
    };
    let count = usize::try_from(count).map_err(|_| std::io::Error::last_os_error())?;
    for ((to, header), place) in into.iter_mut().zip(&headers).zip(&places).take(count) {
        *to = Received {
            len: header.msg_len as usize,
            sender: place.sender.nl_pid,
            nsid: number_in(&header.msg_hdr, libc::SOL_NETLINK, libc::NETLINK_LISTEN_ALL_NSID),
        };
    }
    Ok(count)
}

/// The number that a control message of this level and type tells.
pub(super) fn number_in(header: &libc::msghdr, level: c_int, kind: c_int) -> Option<i32> {
    // SAFETY: the kernel filled in the header, which points to a buffer that is alive; the macros stay inside its length, and
    // the payload is read only where it has four bytes.
    unsafe {
        let control = libc::CMSG_FIRSTHDR(header);
        let told = control.as_ref()?;
        let wanted = told.cmsg_level == level && told.cmsg_type == kind;
        let whole = told.cmsg_len as usize >= libc::CMSG_LEN(size_of::<c_int>() as c_uint) as usize;
        (wanted && whole).then(|| libc::CMSG_DATA(control).cast::<c_int>().read_unaligned())
    }
}

/// Sets `NETLINK_LISTEN_ALL_NSID` on a netlink socket.
pub(crate) fn listen_to_all(fd: BorrowedFd) -> std::io::Result<()> {
    set_option(fd, libc::SOL_NETLINK, libc::NETLINK_LISTEN_ALL_NSID, &1u32.to_ne_bytes())
}
