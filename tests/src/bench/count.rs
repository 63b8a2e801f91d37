//! Exact counts of what a program does: instructions, system calls, and the most memory it held.
//!
//! The program runs under `ptrace`. Counting starts behind the call that makes the process the program, which counts as
//! the first system call; the call that ends it counts too.

use nix::errno::Errno;
use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::path::Path;
use std::process::{Command, Stdio};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Instructions in user mode, each repetition of a string instruction for itself.
    Instructions,
    /// System calls.
    Calls,
    /// The most resident memory, in KiB.
    Memory,
}

/// The shell stops itself, is seized, and becomes the program.
const START: &str = "kill -STOP $$; exec \"$0\" \"$@\"";

/// Runs `program` with `words`, output to nowhere, and counts; `None` where it did not end by itself with status 0.
///
/// # Errors
/// Those of starting and tracing.
pub fn count(what: Count, program: &Path, words: &[String], path: &str) -> std::io::Result<Option<u64>> {
    let child = Command::new("/bin/sh")
        .args(["-c", START])
        .arg(program)
        .args(words)
        .env_clear()
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let pid = Pid::from_raw(child.id() as i32);
    let counted = follow(what, pid);
    if counted.is_err() {
        let _ = kill(pid, Signal::SIGKILL);
        let _ = waitpid(pid, None);
    }
    counted
}

fn follow(what: Count, pid: Pid) -> std::io::Result<Option<u64>> {
    waitpid(pid, Some(WaitPidFlag::WUNTRACED))?;
    let end = if what == Count::Memory { Options::PTRACE_O_TRACEEXIT } else { Options::empty() };
    let options = Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACEEXEC | Options::PTRACE_O_EXITKILL | end;
    ptrace::seize(pid, options)?;
    kill(pid, Signal::SIGCONT)?;
    let (mut counted, mut started, mut inside) = (0u64, false, false);
    loop {
        let mut deliver = None;
        match waitpid(pid, Some(WaitPidFlag::__WALL)) {
            Ok(WaitStatus::Exited(_, status)) => return Ok((status == 0).then_some(counted)),
            Ok(WaitStatus::Signaled(..)) => return Ok(None),
            Ok(WaitStatus::PtraceEvent(_, _, event)) if event == Event::PTRACE_EVENT_EXEC as i32 => {
                started = true;
                // The exit of the call itself still comes.
                (counted, inside) = (u64::from(what == Count::Calls), true);
            }
            Ok(WaitStatus::PtraceEvent(_, _, event)) if event == Event::PTRACE_EVENT_EXIT as i32 => {
                counted = peak(pid.as_raw().unsigned_abs())?;
            }
            Ok(WaitStatus::PtraceSyscall(_)) if started => {
                inside = !inside;
                counted += u64::from(inside);
            }
            Ok(WaitStatus::Stopped(_, Signal::SIGTRAP)) if what == Count::Instructions && started => counted += 1,
            Ok(WaitStatus::Stopped(_, signal))
                if !matches!(signal, Signal::SIGTRAP | Signal::SIGCONT | Signal::SIGSTOP) =>
            {
                deliver = Some(signal);
            }
            Ok(_) | Err(Errno::EINTR) => (),
            Err(errno) => return Err(errno.into()),
        }
        match what {
            Count::Instructions if started => ptrace::step(pid, deliver)?,
            Count::Calls => ptrace::syscall(pid, deliver)?,
            _ => ptrace::cont(pid, deliver)?,
        }
    }
}

/// The most memory that a process has held so far, in KiB.
pub(super) fn peak(pid: u32) -> std::io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0))
}
