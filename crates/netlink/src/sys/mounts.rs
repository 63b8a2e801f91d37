//! Mounts below a folder, counted by the kernel.

use std::ffi::CStr;

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
