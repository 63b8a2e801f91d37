//! The only file with `unsafe`: the program's entry, and the system calls that no safe wrapper has.

#![allow(unsafe_code)]

use crate::types::{IFNAME_MAX, IfIndex, IfName};
use std::ffi::{CStr, OsStr, c_char, c_int, c_short};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;

/// Makes `main` of a function from arguments (the program's name first) to an exit status.
///
/// std's own start is left out (`#![no_main]`): it costs more than `ip link show lo` does. SIGPIPE stays as it is, which
/// is right in a pipeline. Descriptors 0 to 2 that are closed are opened on /dev/null, lest a socket become standard
/// output. With file capabilities or set-user-id (`AT_SECURE`) the program exits with 1, since one file is every
/// tool; `secure` as second argument lets the function decide.
#[macro_export]
macro_rules! main {
    ($run:expr) => {
        $crate::main!($run, refuse);
    };
    ($run:expr, $secure:ident) => {
        // SAFETY: no other `main` is linked: every binary of the workspace has `no_main` and one call of this macro.
        #[cfg(not(test))]
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        extern "C" fn main(argc: ::std::ffi::c_int, argv: *const *const ::std::ffi::c_char) -> ::std::ffi::c_int {
            const SECURE: bool = matches!(stringify!($secure).as_bytes(), b"secure");
            // SAFETY: these are the arguments that the C runtime called `main` with.
            unsafe { $crate::sys::start(argc, argv, SECURE, |arguments| $run(arguments)) }
        }
    };
}

/// What [`main!`](crate::main) expands to; not for calling.
///
/// # Safety
/// `argc` and `argv` are what the C runtime called `main` with.
#[doc(hidden)]
pub unsafe fn start(argc: c_int, argv: *const *const c_char, secure: bool, run: impl FnOnce(&[&OsStr]) -> u8) -> c_int {
    open_standard_descriptors();
    if at_secure() && !secure {
        return 1;
    }
    let count = usize::try_from(argc).unwrap_or(0);
    let mut arguments = Vec::with_capacity(count);
    for at in 0..count {
        // SAFETY: the C runtime passes `argc` pointers to NUL-terminated strings that live as long as the process.
        let argument = unsafe {
            let pointer = *argv.add(at);
            if pointer.is_null() {
                break;
            }
            CStr::from_ptr(pointer)
        };
        arguments.push(OsStr::from_bytes(argument.to_bytes()));
    }
    c_int::from(run(&arguments))
}

/// Whether the program runs with privileges that its caller lacks.
pub fn at_secure() -> bool {
    // SAFETY: reads the auxiliary vector; an unknown type gives 0.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed.
fn open_standard_descriptors() {
    let closed = |fd: c_int| libc::pollfd { fd, events: 0 as c_short, revents: 0 };
    let mut fds = [closed(0), closed(1), closed(2)];
    // SAFETY: the array outlives the call and its length is passed with it.
    if unsafe { libc::poll(fds.as_mut_ptr(), 3, 0) } < 1 {
        return;
    }
    for fd in fds {
        if fd.revents & libc::POLLNVAL != 0 {
            // SAFETY: a constant, NUL-terminated path. The lowest free descriptor is the closed one, in this order.
            unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) };
        }
    }
}

/// A borrowed descriptor of something that owns one but says so only by number.
pub(crate) fn borrow<T: AsRawFd>(owner: &T) -> BorrowedFd<'_> {
    // SAFETY: the owner keeps the descriptor open for as long as it is borrowed here.
    unsafe { BorrowedFd::borrow_raw(owner.as_raw_fd()) }
}

/// The index of the interface called `name`, alternative names included (SIOCGIFINDEX).
pub(crate) fn index_of(socket: BorrowedFd, name: &IfName) -> Option<IfIndex> {
    let mut request = ifreq(name.as_bytes());
    // SAFETY: the ioctl reads the name and writes the index inside the `ifreq` it is given.
    let index = unsafe {
        if libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFINDEX as _, &raw mut request) != 0 {
            return None;
        }
        request.ifr_ifru.ifru_ifindex
    };
    u32::try_from(index).ok().and_then(IfIndex::new)
}

/// The name of the interface numbered `index` (SIOCGIFNAME).
pub(crate) fn name_of(socket: BorrowedFd, index: IfIndex) -> Option<IfName> {
    let mut request = ifreq(b"");
    request.ifr_ifru.ifru_ifindex = c_int::try_from(index.get()).ok()?;
    // SAFETY: the ioctl reads the index and writes the name inside the `ifreq` it is given.
    if unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFNAME as _, &raw mut request) } != 0 {
        return None;
    }
    let mut name = [0u8; IFNAME_MAX + 1];
    name.iter_mut().zip(request.ifr_name).for_each(|(to, from)| *to = from as u8);
    IfName::new(crate::attributes::until_nul(&name))
}

/// The flags of the interface called `name`, `IFF_…` of the lower 16 bits (SIOCGIFFLAGS).
pub(crate) fn flags_of(socket: BorrowedFd, name: &IfName) -> Option<u32> {
    let mut request = ifreq(name.as_bytes());
    // SAFETY: the ioctl reads the name and writes the flags inside the `ifreq` it is given.
    let flags = unsafe {
        if libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFFLAGS as _, &raw mut request) != 0 {
            return None;
        }
        request.ifr_ifru.ifru_flags
    };
    Some(u32::from(flags as u16))
}

fn ifreq(name: &[u8]) -> libc::ifreq {
    // SAFETY: all-zero bytes are a valid `ifreq`: integers and unions of such.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name.iter_mut().zip(name).for_each(|(to, from)| *to = *from as c_char);
    request
}

/// Clock ticks a second that the kernel counts times for user space in: `sysconf(_SC_CLK_TCK)`, 100 everywhere today.
pub fn clock_ticks() -> u64 {
    // SAFETY: takes and returns plain integers.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).ok().filter(|ticks| *ticks > 0).unwrap_or(100)
}
