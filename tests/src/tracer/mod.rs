//! Runs a program whose netlink sockets lead to a [`World`] instead of the kernel.
//!
//! The program is any unmodified file, dynamic or static. It is traced (`ptrace`), and the system calls that
//! matter are answered here; `calls.rs` says which. All tracing of one program happens on the thread that called
//! [`run`], as the kernel requires; several threads may each run one. x86_64 only: elsewhere [`run`] says so.

#[cfg(target_arch = "x86_64")]
mod calls;
pub mod memory;
#[cfg(target_arch = "x86_64")]
mod run;
#[cfg(target_arch = "x86_64")]
mod tunnel;
mod world;

#[cfg(target_arch = "x86_64")]
pub use run::run;
pub use world::{Datagram, Redirect, Socket, World};

use crate::kernel::{Kernel, Snapshot};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The file; its path is also the program's name.
    pub path: PathBuf,
    /// The words after the name.
    pub words: Vec<OsString>,
    /// What is longer than this hangs, and is killed.
    pub limit: Duration,
    /// Where it tells what rows of tables it made use of.
    pub witness: Option<PathBuf>,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The exit status; 128 and the signal's number if a signal ended it.
    pub status: i32,
    /// What it wrote on standard output.
    pub stdout: Vec<u8>,
    /// What it wrote on standard error.
    pub stderr: Vec<u8>,
    /// Why it was killed from here: out of time, or waiting for a reply that nobody owes it.
    pub hung: Option<&'static str>,
}

impl Outcome {
    /// The first line of standard error, without its end.
    pub fn complaint(&self) -> &[u8] {
        self.stderr.split(|byte| *byte == b'\n').next().unwrap_or(&[])
    }
}

/// Why programs can't be traced here, if they can't.
pub fn refused() -> Option<String> {
    let program =
        Program { path: "/bin/true".into(), words: Vec::new(), limit: Duration::from_secs(20), witness: None };
    run(&program, &mut Kernel::new(Snapshot::default())).err().map(|error| error.to_string())
}

/// Says that this machine's registers are not known here.
#[cfg(not(target_arch = "x86_64"))]
pub fn run(_program: &Program, _world: &mut dyn World) -> std::io::Result<Outcome> {
    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "tracing is written for x86_64 only"))
}
