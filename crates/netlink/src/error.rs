//! The one error type of the crate.

use crate::extack::Refusal;
use crate::types::ParseError;
use std::io;

/// What a call of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel refused the request; all it said is inside.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// A system call failed: which, and why.
    #[error("{what}: {}", text(.source))]
    System {
        /// The call, or what it was for.
        what: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// No interface of this name, in this namespace.
    #[error("no interface named \"{}\"", .0.escape_ascii())]
    NoSuchInterface(Box<[u8]>),
    /// A name that the kernel would not take: of an interface or a namespace.
    #[error("\"{}\" is not a valid name", .0.escape_ascii())]
    BadName(Box<[u8]>),
    /// A text that is no address, prefix or name.
    #[error(transparent)]
    Text(#[from] ParseError),
    /// A reply that no kernel should send; what was wrong with it.
    #[error("malformed reply: {0}")]
    Malformed(&'static str),
    /// Notifications were lost because the receive buffer was full (`ENOBUFS`).
    #[error("notifications were lost: receive buffer overrun")]
    Overrun,
    /// The caller's own callback stopped the walk.
    #[error("stopped by the caller: {}", text(.0))]
    Stopped(io::Error),
}

impl Error {
    /// A failed system call.
    pub(crate) fn system(what: &'static str, errno: nix::errno::Errno) -> Self {
        Error::System { what, source: errno.into() }
    }

    /// The refusal, if it was the kernel's.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The error number, of the kernel's refusal or the failed system call: `libc::EEXIST` and the like.
    pub fn errno(&self) -> Option<i32> {
        match self {
            Error::Refused(refusal) => Some(refusal.errno),
            Error::System { source, .. } | Error::Stopped(source) => source.raw_os_error(),
            Error::NoSuchInterface(_) => Some(crate::errno::ENODEV),
            Error::Overrun => Some(libc::ENOBUFS),
            Error::BadName(_) | Error::Text(_) | Error::Malformed(_) => None,
        }
    }

    /// The kernel's sentence, where it gave one.
    pub fn kernel_message(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.refusal()?.text()
    }

    /// The types of the attributes around the one at fault, outermost first; empty where the kernel named none.
    pub fn attribute_path(&self) -> &[u16] {
        self.refusal().map_or(&[], |refusal| &refusal.path)
    }

    /// The kind of error as std names it: `AlreadyExists`, `PermissionDenied` …
    pub fn io_kind(&self) -> io::ErrorKind {
        self.errno().map_or(io::ErrorKind::Other, |errno| io::Error::from_raw_os_error(errno).kind())
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Error::Stopped(source)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Stopped(source) => source,
            error => io::Error::new(error.io_kind(), error),
        }
    }
}

/// What an error is inside, or a system error's sentence, without the number that Rust adds.
fn text(error: &io::Error) -> String {
    error.get_ref().map_or_else(|| crate::errno::why(error).to_owned(), ToString::to_string)
}
