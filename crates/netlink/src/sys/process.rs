//! Programs in our place or as our children, and children that do one thing. std's `Command` keeps its own environment and pipes
//! for what no tool here needs (25 KB).

use super::check;
use nix::errno::Errno;
use nix::sched::{CloneFlags, clone};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, execvp};
use std::ffi::{CString, OsStr, c_int};
use std::io::Result;
use std::os::unix::ffi::OsStrExt;

/// Puts a program in our place: `file`, found as execvp(3) finds it, with `words`, of which the first is the name it is called by.
/// Environment, signals and open descriptors stay as they are. Only a failure returns.
pub fn execute(file: &OsStr, words: &[&[u8]]) -> std::io::Error {
    let mut all = Vec::new();
    // The first is the file: it is in front of the words for as long as they are made.
    for word in [file.as_bytes()].iter().chain(words) {
        match CString::new(*word) {
            Ok(word) => all.push(word),
            Err(_) => return Errno::EINVAL.into(),
        }
    }
    let file = all.remove(0);
    match execvp(&file, &all) {
        Err(errno) => errno.into(),
        Ok(never) => match never {},
    }
}

/// Starts a child that does `work`, whose result is its exit status; its process number. Only for a program with one thread: locks that others hold
/// would stay locked in the child.
///
/// # Errors
/// `EAGAIN`, `ENOMEM`.
pub fn child(work: impl FnOnce() -> u8) -> Result<i32> {
    const SIGNAL: usize = libc::SIGCHLD as usize;
    // The flags, of which there is none, stand in front of the stack or behind it; the stack is a copy of ours.
    let (first, second) = if cfg!(target_arch = "s390x") { (0, SIGNAL) } else { (SIGNAL, 0) };
    // SAFETY: the program has one thread, as is said, so the child finds no lock held.
    match unsafe { libc::syscall(libc::SYS_clone, first, second, 0usize, 0usize, 0usize) } as c_int {
        0 => {
            let status = work();
            // SAFETY: ends the process at once; what is to be done at the end is the parent's.
            unsafe { libc::_exit(status.into()) }
        }
        child => check(child).map(|()| child),
    }
}

// A C library's fork(3), setuid(3) and their like care for other threads, with 4 KB of signals and locks. The program has one.

/// Becomes this user for good: real, effective and saved.
///
/// # Errors
/// `EPERM`; `EINVAL` for one that the namespace does not have.
pub fn set_user(user: u32) -> Result<()> {
    // SAFETY: takes plain numbers.
    check(unsafe { libc::syscall(SET_USER, user, user, user) } as c_int)
}

/// Becomes a member of this group for good, in the same way.
///
/// # Errors
/// As [`set_user`].
pub fn set_group(group: u32) -> Result<()> {
    // SAFETY: takes plain numbers.
    check(unsafe { libc::syscall(SET_GROUP, group, group, group) } as c_int)
}

/// Leaves all other groups.
///
/// # Errors
/// `EPERM` without CAP_SETGID, or where the namespace forbids it.
pub fn leave_groups() -> Result<()> {
    // SAFETY: no group is read.
    check(unsafe { libc::syscall(SET_GROUPS, 0usize, std::ptr::null::<u32>()) } as c_int)
}

// Where numbers of users once had 16 bits, the calls for 32 have other names.
#[cfg(not(any(target_arch = "x86", target_arch = "arm")))]
use libc::{SYS_setgroups as SET_GROUPS, SYS_setresgid as SET_GROUP, SYS_setresuid as SET_USER};
#[cfg(any(target_arch = "x86", target_arch = "arm"))]
use libc::{SYS_setgroups32 as SET_GROUPS, SYS_setresgid32 as SET_GROUP, SYS_setresuid32 as SET_USER};

/// Waits for a child to end: its exit status, or the number of the signal that ended it.
///
/// # Errors
/// `ECHILD` where it is none of ours.
pub fn wait(child: i32) -> Result<std::result::Result<u8, u8>> {
    loop {
        match waitpid(Pid::from_raw(child), None) {
            Ok(WaitStatus::Exited(_, status)) => return Ok(Ok(status.to_le_bytes()[0])),
            Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(Err((signal as i32).to_le_bytes()[0])),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Has a child do `work`, which makes system calls and nothing else, in our memory while the calling thread waits: what it changes
/// of itself, such as its namespaces, is gone with it. The error is that of `work`.
pub(crate) fn apart(work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    let mut stack = vec![0u8; 64 * 1024];
    let mut outcome = Ok(());
    let run = || {
        outcome = work();
        0
    };
    let flags = CloneFlags::CLONE_VM | CloneFlags::CLONE_VFORK;
    // SAFETY: the caller is held until the child has ended (CLONE_VFORK), so memory and stack are the child's alone meanwhile; it
    // makes system calls only, so it needs no thread of its own.
    let child = unsafe { clone(Box::new(run), &mut stack, flags, Some(Signal::SIGCHLD as i32)) }?;
    while let Err(Errno::EINTR) = waitpid(child, None) {}
    outcome
}
