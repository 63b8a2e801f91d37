//! Why a tool failed: what it says, and its exit status.

use netmite_netlink::errno;
use netmite_output::{Brief, Io, brief};
use nix::errno::Errno;
use std::fmt::Arguments;

/// What most of this crate returns.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// The number of a failed system call.
pub(crate) fn number_of(error: std::io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or(0))
}

/// A failure.
#[derive(Debug)]
pub(crate) struct Failure(Box<Said>);

#[derive(Debug)]
struct Said {
    status: u8,
    /// What stands behind the tool's name; if empty, not even that does.
    text: String,
    /// Lines behind it, such as the usage.
    more: Brief,
}

impl From<netmite_netlink::Error> for Failure {
    /// What the kernel had against `arping`, which says so with exit status 2.
    #[cold]
    fn from(error: netmite_netlink::Error) -> Self {
        Failure::new(2, format_args!("{error}"))
    }
}

impl Failure {
    #[cold]
    #[inline(never)]
    pub(crate) fn new(status: u8, text: Arguments) -> Self {
        Failure(Box::new(Said { status, text: text.to_string(), more: brief!("") }))
    }

    /// The usage alone.
    pub(crate) fn usage(usage: Brief) -> Self {
        Failure::new(1, format_args!("")).with(usage)
    }

    /// What is wrong with a word: `invalid number 'x'`.
    #[cold]
    #[inline(never)]
    pub(crate) fn word(status: u8, what: &str, word: &[u8]) -> Self {
        Failure::new(status, format_args!("{what} '{}'", word.escape_ascii()))
    }

    /// A call of the system's that failed.
    #[cold]
    #[inline(never)]
    pub(crate) fn system(status: u8, what: &str, errno: Errno) -> Self {
        Failure::new(status, format_args!("{what}: {}", errno::text(errno as i32)))
    }

    /// With lines behind it.
    pub(crate) fn with(mut self, more: Brief) -> Self {
        self.0.more = more;
        self
    }

    /// Says it on standard error; the result is the exit status.
    pub(crate) fn report(&self, tool: &str, io: &mut Io) -> u8 {
        let Said { status, text, more } = &*self.0;
        for line in [if text.is_empty() { String::new() } else { format!("{tool}: {text}") }, more.text()] {
            if !line.is_empty() {
                io.error_bytes(line.as_bytes());
            }
        }
        *status
    }

    /// What is said.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }
}
