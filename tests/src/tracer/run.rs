//! Starting, stopping and waiting for a traced program.

use super::calls::Calls;
use super::{Outcome, Program, World};
use nix::errno::Errno;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Error, Read, Result, Seek, SeekFrom};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

/// Memory is limited; the shell stops itself, is seized, and becomes the program: so no code runs between fork and exec.
const START: &str = "ulimit -v 4194304; kill -STOP $$; exec \"$0\" \"$@\"";

/// Runs `program` against `world`.
///
/// # Errors
/// Those of starting and tracing; whatever the program does itself is in the [`Outcome`].
pub fn run(program: &Program, world: &mut dyn World) -> Result<Outcome> {
    let (mut stdout, mut stderr) = (capture()?, capture()?);
    let child = Command::new("/bin/sh")
        .args(["-c", START])
        .arg(&program.path)
        .args(&program.words)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .envs(program.witness.iter().map(|file| (netmite_grammar::witness::VARIABLE, file)))
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .spawn()?;
    let pid = Pid::from_raw(child.id() as i32);
    let watch = Watch::start(pid, program.limit);
    let status = follow(pid, world);
    let late = watch.end();
    if status.is_err() {
        // The tracees are this thread's children or tracees; whoever is left is ended and reaped.
        let _ = kill(pid, Signal::SIGKILL);
        while waitpid(None, wait_flags()).is_ok() {}
    }
    let (status, starved) = status?;
    let hung = if late { Some("out of time") } else { starved.then_some("waits for a reply that nobody owes it") };
    Ok(Outcome { status, stdout: text(&mut stdout)?, stderr: text(&mut stderr)?, hung })
}

fn capture() -> Result<File> {
    Ok(File::from(memfd_create("output", MFdFlags::MFD_CLOEXEC)?))
}

fn text(file: &mut File) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn wait_flags() -> Option<WaitPidFlag> {
    Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)
}

/// Follows the program and all it starts, until it has ended. The flag tells whether it waited for nothing.
fn follow(pid: Pid, world: &mut dyn World) -> Result<(i32, bool)> {
    loop {
        match waitpid(pid, Some(WaitPidFlag::WUNTRACED | WaitPidFlag::__WALL)) {
            Ok(WaitStatus::Stopped(..)) => break,
            Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) => return Err(Error::other("/bin/sh did not stop")),
            Ok(_) | Err(Errno::EINTR) => (),
            Err(errno) => return Err(errno.into()),
        }
    }
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_EXITKILL;
    ptrace::seize(pid, options)?;
    kill(pid, Signal::SIGCONT)?;
    let mut calls = Calls::new(world);
    let mut inside: HashMap<Pid, bool> = HashMap::new();
    let mut status = None;
    let mut started = false;
    loop {
        let event = match waitpid(None, wait_flags()) {
            Ok(event) => event,
            Err(Errno::EINTR) => continue,
            Err(Errno::ECHILD) => break,
            Err(errno) => return Err(errno.into()),
        };
        let (stopped, signal) = match event {
            WaitStatus::Exited(one, code) => {
                inside.remove(&one);
                if one == pid {
                    status = Some(code);
                }
                continue;
            }
            WaitStatus::Signaled(one, signal, _) => {
                inside.remove(&one);
                if one == pid {
                    status = Some(128 + signal as i32);
                }
                continue;
            }
            WaitStatus::PtraceSyscall(one) => {
                let within = inside.entry(one).or_insert(false);
                *within = !*within;
                let entered = *within;
                if started && !answer(&mut calls, one, entered) {
                    kill(pid, Signal::SIGKILL)?;
                }
                (one, None)
            }
            WaitStatus::PtraceEvent(one, _, event) => {
                if event == nix::libc::PTRACE_EVENT_EXEC {
                    inside.insert(one, true);
                    started = true;
                    calls.executed();
                }
                (one, None)
            }
            WaitStatus::Stopped(one, signal) => (one, Some(signal)),
            _ => continue,
        };
        match ptrace::syscall(stopped, signal) {
            Ok(()) | Err(Errno::ESRCH) => (),
            Err(errno) => return Err(errno.into()),
        }
    }
    let status = status.ok_or_else(|| Error::other("the program was lost"))?;
    Ok((status, calls.starved))
}

/// Lets `calls` see the system call; false ends the program. One that vanished meanwhile is not an error.
fn answer(calls: &mut Calls, pid: Pid, entered: bool) -> bool {
    let done = if entered { calls.enter(pid) } else { calls.leave(pid) };
    done.is_ok() && !calls.starved
}

/// Ends a program that takes too long.
struct Watch {
    stop: mpsc::Sender<()>,
    late: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl Watch {
    fn start(pid: Pid, limit: std::time::Duration) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let late = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&late);
        let thread = std::thread::spawn(move || {
            if stopped.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
                flag.store(true, Ordering::Relaxed);
                let _ = kill(pid, Signal::SIGKILL);
            }
        });
        Watch { stop, late, thread }
    }

    fn end(self) -> bool {
        let _ = self.stop.send(());
        let _ = self.thread.join();
        self.late.load(Ordering::Relaxed)
    }
}
