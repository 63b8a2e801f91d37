//! Why a command failed, and its exit status: 1 not found or refused by the kernel, 2 wrong usage.

use netmite_netlink::errno;
use netmite_netlink::nftables::Rejected;
use netmite_output::Io;

/// What most of this crate returns.
pub type Result<T> = std::result::Result<T, Failure>;

/// A failure.
#[derive(Debug)]
pub struct Failure(Box<(u8, Vec<u8>)>);

impl Failure {
    #[cold]
    #[inline(never)]
    fn new(status: u8, text: Vec<u8>) -> Self {
        Failure(Box::new((status, text)))
    }

    /// A wrong word or combination of words.
    #[cold]
    #[inline(never)]
    pub fn usage(text: impl Into<Vec<u8>>) -> Self {
        Self::new(2, text.into())
    }

    /// As [`Failure::usage`], in parts.
    #[cold]
    #[inline(never)]
    pub fn wrong(parts: &[&str]) -> Self {
        Self::new(2, parts.concat().into_bytes())
    }

    /// As [`Failure::usage`], before a word of the user's.
    #[cold]
    #[inline(never)]
    pub fn word(before: &str, word: &[u8]) -> Self {
        Self::new(2, [before.as_bytes(), b"\"", word, b"\""].concat())
    }

    /// Something that is not there, or is there, or was refused.
    #[cold]
    #[inline(never)]
    pub fn refused(text: impl Into<Vec<u8>>) -> Self {
        Self::new(1, text.into())
    }

    /// Says more.
    pub fn behind(mut self, more: &[u8]) -> Self {
        self.0.1.extend_from_slice(more);
        self
    }

    /// Puts where it happened before it.
    pub fn at(self, place: &str) -> Self {
        Self::new(self.0.0, [place.as_bytes(), b": ", &self.0.1].concat())
    }

    /// Says it on standard error; the result is the exit status.
    pub fn report(&self, io: &mut Io) -> u8 {
        io.error_bytes(&[b"nat: ", &*self.0.1].concat());
        self.0.0
    }
}

impl From<netmite_netlink::Error> for Failure {
    fn from(error: netmite_netlink::Error) -> Self {
        let why = match (error.kernel_message(), error.errno()) {
            (None, Some(errno)) => errno::text(errno).to_owned(),
            (Some(message), Some(errno)) => format!("{}: {message}", errno::text(errno)),
            _ => error.to_string(),
        };
        Failure::refused(why)
    }
}

impl From<Rejected> for Failure {
    fn from(rejected: Rejected) -> Self {
        rejected.error.into()
    }
}
