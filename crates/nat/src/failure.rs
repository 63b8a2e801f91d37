//! Why a command failed, and its exit status: 1 not found or refused by the kernel, 2 wrong usage.

use netmite_netlink::errno;
use netmite_netlink::nftables::Rejected;
use netmite_output::Io;

/// What most of this crate returns.
pub type Result<T> = std::result::Result<T, Failure>;

/// A failure.
#[derive(Debug)]
pub struct Failure {
    status: u8,
    text: Vec<u8>,
}

impl Failure {
    /// A wrong word or combination of words.
    pub fn usage(text: impl Into<Vec<u8>>) -> Self {
        Failure { status: 2, text: text.into() }
    }

    /// As [`Failure::usage`], before a word of the user's.
    pub fn word(before: &str, word: &[u8]) -> Self {
        Self::usage([before.as_bytes(), b"\"", word, b"\""].concat())
    }

    /// Something that is not there, or is there, or was refused.
    pub fn refused(text: impl Into<Vec<u8>>) -> Self {
        Failure { status: 1, text: text.into() }
    }

    /// Says more.
    pub fn behind(self, more: &[u8]) -> Self {
        Failure { text: [&self.text, more].concat(), ..self }
    }

    /// Puts where it happened before it.
    pub fn at(self, place: &str) -> Self {
        Failure { text: [place.as_bytes(), b": ", &self.text].concat(), ..self }
    }

    /// Says it on standard error; the result is the exit status.
    pub fn report(&self, io: &mut Io) -> u8 {
        io.error_bytes(&[b"nat: ", &self.text[..]].concat());
        self.status
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
