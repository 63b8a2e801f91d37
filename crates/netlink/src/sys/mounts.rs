//! Mounts made, undone and counted. nix makes its wrappers anew for each sort of path (4 KB).

use std::ffi::{CStr, c_ulong};
use std::io::{Error, Result};

pub(crate) use libc::{MS_BIND, MS_RDONLY, MS_REC, MS_SHARED, MS_SLAVE};

/// Mounts `source` on `target`, a file system of the kind `kind`, without options of its own. `flags` (`MS_…` of linux/mount.h) may make it a
/// change to a mount that is there, or a binding of another: then the kernel does not look at what it needs not.
///
/// # Errors
/// The system's.
pub fn mount(source: &CStr, target: &CStr, kind: &CStr, flags: c_ulong) -> Result<()> {
    // SAFETY: texts that end with a NUL and outlive the call; there are no options.
    done(unsafe { libc::mount(source.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, std::ptr::null()) })
}

/// Undoes the mount on `target` now, and lets those that use it go on.
///
/// # Errors
/// The system's: `EINVAL` where nothing is mounted.
pub fn unmount(target: &CStr) -> Result<()> {
    // SAFETY: a text that ends with a NUL and outlives the call.
    done(unsafe { libc::umount2(target.as_ptr(), libc::MNT_DETACH) })
}

/// The number of the kind of file system that `path` is in; 0 where that can't be told.
pub(crate) fn kind_of(path: &CStr) -> i64 {
    // SAFETY: all zeros are a valid value, and the kernel writes a `struct statfs` where there is one.
    unsafe {
        let mut about: libc::statfs = std::mem::zeroed();
        libc::statfs(path.as_ptr(), &raw mut about);
        about.f_type as i64
    }
}

/// Whether the file system that `path` is in can't be written to.
pub(crate) fn is_read_only(path: &CStr) -> bool {
    // SAFETY: as above.
    unsafe {
        let mut about: libc::statvfs = std::mem::zeroed();
        libc::statvfs(path.as_ptr(), &raw mut about);
        about.f_flag & libc::ST_RDONLY != 0
    }
}

fn done(result: std::ffi::c_int) -> Result<()> {
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

/// `STATX_MNT_ID_UNIQUE`, linux/stat.h.
const UNIQUE_ID: u32 = 0x4000;
/// listmount(2), the same number on every architecture.
const LISTMOUNT: libc::c_long = 458;

/// `struct mnt_id_req`, linux/mount.h.
#[repr(C)]
struct Request {
    size: u32,
    spare: u32,
    mount: u64,
    /// The number of the mount behind which to begin.
    behind: u64,
}

/// How many mounts lie below the mount that `folder` is in, or is; no more than `most` are counted. `None` where the kernel
/// does not know (Linux 6.8 does).
pub(crate) fn below(folder: &CStr, most: usize) -> Option<usize> {
    // `struct statx`, of which the first four bytes tell what is known, and those at 144 the mount's number: linux/stat.h.
    let mut about = [0u64; 32];
    // SAFETY: the path ends with a NUL, and the kernel writes the 256 bytes that a `struct statx` has.
    let failed = unsafe {
        libc::syscall(libc::SYS_statx, libc::AT_FDCWD, folder.as_ptr(), 0, UNIQUE_ID, about.as_mut_ptr()) != 0
    };
    let [first, ..] = about;
    let known = first.to_ne_bytes().first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes));
    if failed || known & UNIQUE_ID == 0 {
        return None;
    }
    let request = Request { size: size_of::<Request>() as u32, spare: 0, mount: about[18], behind: 0 };
    let mut found = vec![0u64; most];
    // SAFETY: the request has the size that it says, and the kernel writes no more than `most` numbers.
    let count = unsafe { libc::syscall(LISTMOUNT, &raw const request, found.as_mut_ptr(), most, 0) };
    usize::try_from(count).ok()
}
