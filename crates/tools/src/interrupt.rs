//! Waiting for a socket, a moment or Ctrl-C, whichever comes first. SIGINT is read from a descriptor: no handler runs.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::time::TimeSpec;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// What ended the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// There is something to receive.
    Socket,
    /// The moment has come.
    Time,
    /// SIGINT was sent.
    Interrupt,
}

/// SIGINT, as something to wait for.
pub(crate) struct Interrupt(SignalFd);

impl Interrupt {
    /// Blocks SIGINT from here on.
    pub(crate) fn new() -> Result<Self, Errno> {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGINT);
        signals.thread_block()?;
        SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK).map(Interrupt)
    }

    /// Waits until `socket` has something, SIGINT comes or `until` has passed; `None` waits without end.
    pub(crate) fn wait(&self, socket: BorrowedFd, until: Option<Instant>) -> Result<Woken, Errno> {
        let mut waited = [PollFd::new(socket, PollFlags::POLLIN), PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        let left = until.map(|until| until.saturating_duration_since(Instant::now()).min(Duration::from_secs(86_400)));
        match ppoll(&mut waited, left.map(TimeSpec::from_duration), None) {
            Ok(0) | Err(Errno::EINTR) => return Ok(Woken::Time),
            Ok(_) => {}
            Err(errno) => return Err(errno),
        }
        let [socket, signal] = waited;
        let ready = |fd: PollFd| fd.revents().is_some_and(|events| !events.is_empty());
        Ok(match (ready(signal), ready(socket)) {
            (true, _) => Woken::Interrupt,
            (false, true) => Woken::Socket,
            (false, false) => Woken::Time,
        })
    }
}
