//! Running a program, or a piece of this one, and what it took.

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::resource::{Usage, UsageWho, getrusage};
use std::collections::hash_map::DefaultHasher;
use std::fs::File;
use std::hash::Hasher;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Result;

/// After this a program is ended.
const LIMIT: Duration = Duration::from_secs(300);

/// What one run took.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    /// Seconds that passed.
    pub(super) wall: f64,
    /// Seconds of user and system time.
    pub(super) cpu: f64,
    /// The exit status; 0 of a piece of this program.
    pub(super) status: i32,
    /// What else is to be said.
    pub(super) note: String,
}

/// What is measured.
pub(super) enum Action {
    /// A program.
    Spawn {
        program: PathBuf,
        words: Vec<String>,
        /// Its PATH; there is no other variable but the locale.
        path: String,
    },
    /// A piece of this program; the text is a note.
    Call(Box<dyn Fn() -> Result<String>>),
    /// What takes its samples itself.
    Measured(Box<dyn Fn() -> Result<Sample>>),
}

impl Action {
    /// Runs it once. A program's output goes into `output`, or nowhere.
    pub(super) fn run(&self, output: Option<&mut Output>) -> Result<Sample> {
        match self {
            Action::Spawn { .. } => spawn(self, output),
            Action::Measured(call) => call(),
            Action::Call(call) => {
                let (before, start) = (cpu(UsageWho::RUSAGE_SELF)?, Instant::now());
                let note = call()?;
                let wall = start.elapsed().as_secs_f64();
                Ok(Sample { wall, cpu: cpu(UsageWho::RUSAGE_SELF)? - before, status: 0, note })
            }
        }
    }

    /// The program, ready to be started; nothing for what is none.
    pub(super) fn command(&self) -> Option<Command> {
        let Action::Spawn { program, words, path } = self else { return None };
        let mut command = Command::new(program);
        command.args(words).env_clear().env("PATH", path).env("LC_ALL", "C").stdin(Stdio::null());
        Some(command)
    }
}

/// A file in memory for programs' output, used again so that its pages are there.
pub(super) struct Output(File);

impl Output {
    pub(super) fn new() -> Result<Self> {
        let file = memfd_create("output", MFdFlags::MFD_CLOEXEC).map_err(|errno| errno.to_string())?;
        Ok(Output(File::from(file)))
    }

    /// Bytes written so far.
    pub(super) fn len(&self) -> u64 {
        self.0.metadata().map_or(0, |metadata| metadata.len())
    }

    /// Everything written behind the first `from` bytes.
    pub(super) fn bytes(&mut self, from: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.0.seek(SeekFrom::Start(from)).and_then(|_| self.0.read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|error| error.to_string())
    }

    /// A number that tells outputs apart.
    pub(super) fn digest(&mut self) -> Result<u64> {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.bytes(0)?);
        Ok(hasher.finish())
    }

    /// The end for a program to write to, emptied.
    pub(super) fn emptied(&mut self) -> Result<Stdio> {
        let file = self.0.set_len(0).and_then(|()| self.0.seek(SeekFrom::Start(0))).and_then(|_| self.0.try_clone());
        file.map(Stdio::from).map_err(|error| error.to_string())
    }
}

/// User and system time so far, in seconds.
fn cpu(who: UsageWho) -> Result<f64> {
    let usage: Usage = getrusage(who).map_err(|errno| errno.to_string())?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// Runs a program to its end. No other child may be waited for meanwhile.
pub(super) fn spawn(action: &Action, output: Option<&mut Output>) -> Result<Sample> {
    let mut command = action.command().ok_or("not a program")?;
    match output {
        Some(output) => command.stdout(output.emptied()?),
        None => command.stdout(Stdio::null()),
    };
    command.stderr(Stdio::null());
    let (before, start) = (cpu(UsageWho::RUSAGE_CHILDREN)?, Instant::now());
    let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let status = wait(child)?;
    let wall = start.elapsed().as_secs_f64();
    Ok(Sample { wall, cpu: cpu(UsageWho::RUSAGE_CHILDREN)? - before, status, note: String::new() })
}

/// The exit status of a child of ours; one that outlives the limit is ended by a thread that watches the clock.
pub(super) fn wait(mut child: Child) -> Result<i32> {
    let id = nix::unistd::Pid::from_raw(child.id() as i32);
    let (ended, watched) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        if watched.recv_timeout(LIMIT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGKILL);
        }
    });
    let status = child.wait().map_err(|error| error.to_string())?;
    drop(ended);
    let _ = watch.join();
    Ok(status.code().unwrap_or(-1))
}

/// The CPU time that `child` took, ended by SIGTERM.
pub(super) fn end(child: Child) -> Result<f64> {
    let before = cpu(UsageWho::RUSAGE_CHILDREN)?;
    let id = nix::unistd::Pid::from_raw(child.id() as i32);
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).map_err(|errno| errno.to_string())?;
    wait(child)?;
    Ok(cpu(UsageWho::RUSAGE_CHILDREN)? - before)
}
