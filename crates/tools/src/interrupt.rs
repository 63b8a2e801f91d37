//! Waiting for a socket, a moment or Ctrl-C, whichever comes first. SIGINT is read from a descriptor: no handler runs.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, clock_gettime};
use std::os::fd::{AsFd, BorrowedFd};

/// Microseconds since some moment before the program began.
pub(crate) fn now() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).unwrap_or(TimeSpec::new(0, 0));
    (now.tv_sec() as u64).saturating_mul(1_000_000).saturating_add(now.tv_nsec() as u64 / 1000)
}

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

/// The longest wait at a time.
const DAY: u64 = 86_400_000_000;

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

    /// Waits until `socket` has something, SIGINT comes or `until` has passed, a moment as [`now`] tells it; `u64::MAX` waits
    /// without end.
    pub(crate) fn wait(&self, socket: BorrowedFd, until: u64) -> Result<Woken, Errno> {
        let mut waited = [PollFd::new(socket, PollFlags::POLLIN), PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        let left = until.saturating_sub(now()).min(DAY);
        let left = TimeSpec::new((left / 1_000_000) as _, (left % 1_000_000 * 1000) as _);
        match ppoll(&mut waited, if until == u64::MAX { None } else { Some(left) }, None) {
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
