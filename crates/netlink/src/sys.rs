//! The only module with `unsafe`: the program's entry, the system calls that no safe wrapper has, and [`memory`].

#![allow(unsafe_code)]

pub mod clock;
pub mod file;
#[doc(hidden)]
pub mod memory;
pub mod mounts;
pub mod packet;
pub mod process;
pub(crate) mod receive;
pub mod tunnel;

use crate::types::{IFNAME_MAX, IfIndex, IfName};
use std::ffi::{CStr, OsStr, c_char, c_int, c_short};
use std::fs::File;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

/// Makes `main` of a function from arguments (the program's name first) and standard output to an exit status.
///
/// std's own start is left out (`#![no_main]`): it costs more than `ip link show lo` does. SIGPIPE stays as it is, which
/// is right in a pipeline. Descriptors 0 to 2 that are closed are opened on /dev/null, lest a socket become standard
/// output. With file capabilities or set-user-id (`AT_SECURE`) the program exits with 1, since one file is every
/// tool; `secure` as second argument lets the function decide.
///
/// Built with `--cfg netmite_no_backtrace`, as the release file is, a panic prints where it happened and no more: the
/// program holds no reader of debugging information (0.2 MB, of which a stripped file has no use).
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
            unsafe { $crate::sys::start(argc, argv, SECURE, |arguments, output| $run(arguments, output)) }
        }

        #[cfg(all(not(test), target_env = "musl"))]
        #[global_allocator]
        static MEMORY: $crate::sys::memory::Memory = $crate::sys::memory::Memory::new();
        $crate::allocate_for_c!(MEMORY: malloc __libc_malloc);

        // SAFETY: has the signature and does the work of the function whose place it takes.
        #[cfg(all(not(test), target_env = "musl", target_arch = "x86_64"))]
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
            // SAFETY: the caller's promises are those of `copy`.
            unsafe { $crate::sys::memory::copy(to, from, len) };
            to
        }

        // SAFETY: has the signature of the unwinder's function whose place it takes, and touches nothing. Its answer, the
        // end of the stack, is one that callers know; std's reader of frames is called by nobody then, and left out.
        #[cfg(netmite_no_backtrace)]
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        extern "C" fn _Unwind_Backtrace(_: *const ::std::ffi::c_void, _: *mut ::std::ffi::c_void) -> ::std::ffi::c_int {
            5
        }

        // SAFETY: has the signature of the C library's function whose place it takes, and touches nothing. Threads have no
        // names then, and with them all of printf(3) is left out.
        #[cfg(netmite_no_backtrace)]
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        extern "C" fn pthread_setname_np(_: ::std::ffi::c_ulong, _: *const ::std::ffi::c_char) -> ::std::ffi::c_int {
            0
        }

        $crate::main!(@unreachable _Unwind_Resume _Unwind_GetDataRelBase _Unwind_GetTextRelBase _Unwind_GetRegionStart
            _Unwind_GetLanguageSpecificData _Unwind_GetIP _Unwind_GetIPInfo _Unwind_SetIP _Unwind_SetGR);
    };
    (@unreachable $($name:ident)*) => {
        // SAFETY: takes no arguments, whatever the caller passes, and does not return. The callers, std's landing pads, are
        // never reached, for a panic aborts; with these the C library's reader of unwinding tables is left out.
        $(#[cfg(netmite_no_backtrace)]
        #[allow(unsafe_code, non_snake_case, missing_docs)]
        #[unsafe(no_mangle)]
        extern "C" fn $name() -> ! {
            ::std::process::abort()
        })*
    };
}

/// What [`main!`](crate::main) expands to; not for calling.
///
/// # Safety
/// `argc` and `argv` are what the C runtime called `main` with.
#[doc(hidden)]
pub unsafe fn start(
    argc: c_int,
    argv: *const *const c_char,
    secure: bool,
    run: impl FnOnce(&[&OsStr], File) -> u8,
) -> c_int {
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
    // SAFETY: the descriptor is open, see above, and nobody else closes it.
    let output = unsafe { File::from_raw_fd(libc::STDOUT_FILENO) };
    c_int::from(run(&arguments, output))
}

/// Whether the program runs with privileges that its caller lacks.
pub fn at_secure() -> bool {
    // SAFETY: reads the auxiliary vector; an unknown type gives 0.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// What the environment says. std's way to it is behind a lock, for programs whose threads change it.
pub fn variable(name: &CStr) -> Option<&'static [u8]> {
    // SAFETY: the name ends with a NUL; the value is null or does so too, and stays, for nothing changes the environment.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        if value.is_null() { None } else { Some(CStr::from_ptr(value).to_bytes()) }
    }
}

/// The path that the program was started by, as the caller wrote it; `None` where the kernel does not say.
pub fn executable() -> Option<&'static OsStr> {
    // SAFETY: AT_EXECFN is 0 or the address of a NUL-terminated string that the kernel keeps as long as the process.
    let path = unsafe {
        let address = libc::getauxval(libc::AT_EXECFN);
        if address == 0 {
            return None;
        }
        CStr::from_ptr(address as *const c_char)
    };
    Some(OsStr::from_bytes(path.to_bytes()))
}

/// The eBPF program that is pinned at `path`, in a bpf file system: bpf(2), BPF_OBJ_GET.
/// The errors are the kernel's; `InvalidInput` for a path with a NUL.
pub fn pinned_program(path: &OsStr) -> std::io::Result<OwnedFd> {
    let path = std::ffi::CString::new(path.as_bytes())?;
    let descriptor = bpf(7, &mut [path.as_ptr() as u64, 0])?;
    // SAFETY: the kernel has just opened it for us, close-on-exec.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Runs bpf(2) with a `union bpf_attr` of which `attributes` are the first members; the kernel may write to them.
fn bpf(command: c_int, attributes: &mut impl Sized) -> std::io::Result<c_int> {
    let size = size_of_val(attributes);
    // SAFETY: the kernel touches as many bytes as are said; callers see to it that what they point to outlives the call.
    let result = unsafe { libc::syscall(libc::SYS_bpf, command, &raw mut *attributes, size) };
    c_int::try_from(result).ok().filter(|result| *result >= 0).ok_or_else(std::io::Error::last_os_error)
}

/// `struct bpf_prog_info` of the eBPF program numbered `id`: bpf(2), BPF_PROG_GET_FD_BY_ID (13), BPF_OBJ_GET_INFO_BY_FD (15).
pub(crate) fn program_info(id: u32) -> std::io::Result<[u64; 32]> {
    let descriptor = bpf(13, &mut [id, 0])?;
    // SAFETY: the kernel has just opened it for us, close-on-exec.
    let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
    // The buffer is zero, so that the kernel finds no address in it to write anything else to.
    let mut info = [0u64; 32];
    let ([a, b, c, d], [e, f, g, h]) = (descriptor.as_raw_fd().to_ne_bytes(), 256u32.to_ne_bytes());
    bpf(15, &mut [u64::from_ne_bytes([a, b, c, d, e, f, g, h]), info.as_mut_ptr() as u64])?;
    Ok(info)
}

/// An eBPF program that binds the sockets of a control group to interface `index` when they are made: bpf(2),
/// BPF_PROG_LOAD.
///
/// # Errors
/// `EPERM` without CAP_BPF and CAP_NET_ADMIN; `EINVAL` from a kernel built without BPF for control groups.
pub fn socket_binder(index: IfIndex) -> std::io::Result<OwnedFd> {
    const BPF_PROG_LOAD: c_int = 5;
    const BPF_PROG_TYPE_CGROUP_SOCK: u32 = 9;
    /// The members of `union bpf_attr` that this command needs: linux/bpf.h.
    #[repr(C)]
    struct Attributes {
        kind: u32,
        count: u32,
        instructions: u64,
        license: u64,
    }
    let [a, b, c, d] = index.get().to_ne_bytes();
    // The bytes of `struct bpf_insn`: operation, registers (the first in the half that the byte order says), offset, number.
    let registers = |to: u8, from: u8| if cfg!(target_endian = "big") { to << 4 | from } else { from << 4 | to };
    let [one_a, one_b, one_c, one_d] = 1u32.to_ne_bytes();
    let program: [[u8; 8]; 4] = [
        // r2 = index
        [0xb7, registers(2, 0), 0, 0, a, b, c, d],
        // bound_dev_if, the first member of the `struct bpf_sock` that r1 points to, = r2
        [0x63, registers(1, 2), 0, 0, 0, 0, 0, 0],
        // r0 = 1: the socket may be made
        [0xb7, registers(0, 0), 0, 0, one_a, one_b, one_c, one_d],
        // exit
        [0x95, 0, 0, 0, 0, 0, 0, 0],
    ];
    // The kernel reads words of eight bytes.
    let program = program.map(u64::from_ne_bytes);
    let mut attributes = Attributes {
        kind: BPF_PROG_TYPE_CGROUP_SOCK,
        count: program.len() as u32,
        instructions: program.as_ptr() as u64,
        license: c"Dual MIT/GPL".as_ptr() as u64,
    };
    let descriptor = bpf(BPF_PROG_LOAD, &mut attributes)?;
    // SAFETY: the kernel has just opened it for us, close-on-exec.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Has the kernel run `program` for each socket that a process of a control group makes, in place of the one it ran
/// before: bpf(2), BPF_PROG_ATTACH. `group` is the open folder of the group.
///
/// # Errors
/// The kernel's.
pub fn attach_to_sockets(group: BorrowedFd, program: BorrowedFd) -> std::io::Result<()> {
    const BPF_PROG_ATTACH: c_int = 8;
    const BPF_CGROUP_INET_SOCK_CREATE: i32 = 2;
    // The members of `union bpf_attr` that this command needs, linux/bpf.h: target, program, kind, flags.
    let mut attributes = [group.as_raw_fd(), program.as_raw_fd(), BPF_CGROUP_INET_SOCK_CREATE, 0];
    bpf(BPF_PROG_ATTACH, &mut attributes).map(drop)
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
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFNAME as _, &raw mut request) }).ok()?;
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

/// Attaches a descriptor of /dev/net/tun to an interface; `code` is that of TUNSETIFF.
pub(crate) fn attach_tun(tun: BorrowedFd, code: u64, name: &[u8], flags: u16) -> std::io::Result<()> {
    let mut request = ifreq(name.get(..IFNAME_MAX).unwrap_or(name));
    request.ifr_ifru.ifru_flags = flags as c_short;
    // SAFETY: the ioctl reads and writes the `ifreq` it is given.
    check(unsafe { libc::ioctl(tun.as_raw_fd(), code as _, &raw mut request) })
}

/// Gives an attached descriptor of /dev/net/tun a number: an ioctl of linux/if_tun.h that takes its argument by value.
pub(crate) fn set_tun(tun: BorrowedFd, code: u64, value: u32) -> std::io::Result<()> {
    // SAFETY: these ioctls take a plain number.
    check(unsafe { libc::ioctl(tun.as_raw_fd(), code as _, libc::c_ulong::from(value)) })
}

/// Has an interface receive frames for a link-layer address of at most 14 bytes, or no longer (SIOCADDMULTI, SIOCDELMULTI).
pub fn set_multicast(socket: BorrowedFd, name: &IfName, address: &[u8], receive: bool) -> std::io::Result<()> {
    let mut request = ifreq(name.as_bytes());
    // SAFETY: every member of the union is plain numbers, and the rest of it is zero.
    let data = unsafe { &mut request.ifr_ifru.ifru_hwaddr.sa_data };
    data.iter_mut().zip(address).for_each(|(to, from)| *to = *from as c_char);
    let code = if receive { libc::SIOCADDMULTI } else { libc::SIOCDELMULTI };
    // SAFETY: the ioctl reads the `ifreq` it is given.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), code as _, &raw mut request) })
}

fn check(result: c_int) -> std::io::Result<()> {
    if result < 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

fn ifreq(name: &[u8]) -> libc::ifreq {
    // SAFETY: all-zero bytes are a valid `ifreq`: integers and unions of such.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name.iter_mut().zip(name).for_each(|(to, from)| *to = *from as c_char);
    request
}

/// Clock ticks a second that the kernel counts times for user space in, as it told when the program began: 100 everywhere today.
pub fn clock_ticks() -> u64 {
    // SAFETY: reads the auxiliary vector; an unknown type gives 0.
    match unsafe { libc::getauxval(libc::AT_CLKTCK) } {
        0 => 100,
        ticks => ticks as _,
    }
}

/// Gives up every privilege that came from the file's mode or capabilities: the ids become the caller's, and no
/// capability stays.
///
/// # Errors
/// What the kernel says; the process must not go on then.
pub fn drop_privileges() -> std::io::Result<()> {
    process::set_group(nix::unistd::getgid().as_raw())?;
    process::set_user(nix::unistd::getuid().as_raw())?;
    // `struct __user_cap_header_struct` of version 3 for this process, and two `__user_cap_data_struct`: linux/capability.h.
    let header = [0x2008_0522_u32, 0];
    let none = [0u32; 6];
    // SAFETY: header and data have the sizes that version 3 has, and outlive the call.
    check(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) } as c_int)
}
