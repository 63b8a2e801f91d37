//! Why a command line is refused: the reference's line, its exit status, and what more is known.

use crate::words::nearest;
use netmite_output::{Io, Names};

/// What parsing returns.
pub type Result<T> = std::result::Result<T, Error>;

/// A refusal of a command line, or of what it asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", String::from_utf8_lossy(&.0.text))]
pub struct Error(Box<Said>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    status: u8,
    text: Vec<u8>,
    /// The lines below it, each behind its newline and indented.
    hints: String,
    shown: bool,
}

impl From<netmite_netlink::Error> for Error {
    /// A failure told as it is, exit status 1.
    #[cold]
    #[inline(never)]
    fn from(failure: netmite_netlink::Error) -> Self {
        Error::new(1, failure.to_string())
    }
}

impl Error {
    /// Exit status and text, in parts: our own words and those of the user, which are bytes.
    #[cold]
    #[inline(never)]
    pub fn of(status: u8, parts: &[&[u8]]) -> Self {
        Error(Box::new(Said { status, text: parts.concat(), ..Said::default() }))
    }

    /// Exit status and text, in which `%` stands for `word`: what the user wrote, or the cause.
    #[cold]
    #[inline(never)]
    pub fn about(status: u8, text: &str, word: &[u8]) -> Self {
        let (before, behind) = text.split_once('%').unwrap_or((text, ""));
        Error::of(status, &[before.as_bytes(), word, behind.as_bytes()])
    }

    /// The same of a system call that failed: `%` stands for why it did.
    #[cold]
    #[inline(never)]
    pub fn caused(status: u8, text: &str, by: std::io::Error) -> Self {
        Error::about(status, text, netmite_netlink::errno::why(&by).as_bytes())
    }

    /// Any text and exit status.
    #[cold]
    #[inline(never)]
    pub fn new(status: u8, text: impl Into<Vec<u8>>) -> Self {
        Error(Box::new(Said { status, text: text.into(), ..Said::default() }))
    }

    /// What went wrong was told already: only the exit status is left to be said.
    pub fn told(status: u8) -> Self {
        Error::of(status, &[])
    }

    /// A word is missing at the end of the line.
    #[cold]
    #[inline(never)]
    pub fn incomplete() -> Self {
        Error::of(255, &[b"Command line is not complete. Try option \"help\""])
    }

    /// A value that will not do, and why not.
    pub fn wrong(word: &[u8], why: &str) -> Self {
        Error::of(255, &[b"Error: argument \"", word, b"\" is wrong: ", why.as_bytes()])
    }

    /// An option given twice.
    pub fn duplicate(key: &str, word: &[u8]) -> Self {
        Error::of(255, &[b"Error: duplicate \"", key.as_bytes(), b"\": \"", word, b"\" is the second value."])
    }

    /// A word in the place of an option that was given already.
    pub fn garbage(key: impl AsRef<[u8]>, word: &[u8]) -> Self {
        Error::of(255, &[b"Error: either \"", key.as_ref(), b"\" is duplicate, or \"", word, b"\" is garbage."])
    }

    /// An option that the line needs and lacks.
    pub fn required(key: &str) -> Self {
        Error::about(255, "Error: argument \"%\" is required", key.as_bytes())
    }

    /// A value that is none of the few there are, all of which are named.
    pub fn none_of(key: &str, words: Names, word: &[u8]) -> Self {
        let list = words.joined("\", \"");
        let (key, list) = (key.as_bytes(), list.as_bytes());
        Error::of(1, &[b"Error: argument of \"", key, b"\" must be one of \"", list, b"\", not \"", word, b"\""])
    }

    /// A value that is neither `on` nor `off`, as the options of every link say it.
    pub fn not_on_off(key: &str, word: &[u8]) -> Self {
        let rest = b"\" must be \"on\" or \"off\", not \"";
        Error::of(1, &[b"Error: argument of \"", key.as_bytes(), rest, word, b"\""])
    }

    /// An interface that is to be changed and is not there.
    pub fn no_device(name: &[u8]) -> Self {
        Error::about(1, "Cannot find device \"%\"", name)
    }

    /// An interface that is to be shown and is not there.
    pub fn no_such_device(name: &[u8]) -> Self {
        Error::about(1, "Device \"%\" does not exist.", name)
    }

    /// A word that is no address.
    pub fn bad_address(family: &str, word: &[u8]) -> Self {
        Error::of(1, &[b"Error: ", family.as_bytes(), b" address is expected rather than \"", word, b"\"."])
    }

    /// A word that is no prefix.
    pub fn bad_prefix(family: &str, word: &[u8]) -> Self {
        Error::of(1, &[b"Error: ", family.as_bytes(), b" prefix is expected rather than \"", word, b"\"."])
    }

    /// A word that no table knows, told as the reference tells it of a link kind.
    pub fn unknown_option(scope: &str, word: &[u8]) -> Self {
        Error::of(1, &[scope.as_bytes(), b": unknown command \"", word, b"\"?"])
    }

    /// A verb that an object does not have, with the nearest that it has. `object` is as in `ip link`.
    pub fn unknown_command(object: &str, word: &[u8], verbs: impl Iterator<Item = &'static str>) -> Self {
        let error = Error::of(255, &[b"Command \"", word, b"\" is unknown, try \"", object.as_bytes(), b" help\"."]);
        error.suggest(word, verbs)
    }

    /// The same error with the nearest to `word` of what is known.
    #[must_use]
    pub fn suggest<'k>(self, word: &[u8], known: impl Iterator<Item = &'k str>) -> Self {
        self.did_you_mean("", nearest(word, known))
    }

    /// The same error with a word that may be meant, if there is one, behind `dashes`.
    #[cold]
    #[inline(never)]
    pub(crate) fn did_you_mean(self, dashes: &str, near: Option<&str>) -> Self {
        match near {
            Some(near) => self.hint_of(&["did you mean \"", dashes, near, "\"?"]),
            None => self,
        }
    }

    /// The same error with a line more of what is known.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.hint_of(&[&hint.into()])
    }

    /// The same, of a line in parts.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn hint_of(mut self, parts: &[&str]) -> Self {
        self.0.hints += "\n  ";
        for part in parts {
            self.0.hints += part;
        }
        self
    }

    /// The same error with another exit status.
    #[must_use]
    pub fn with_status(mut self, status: u8) -> Self {
        self.0.status = status;
        self
    }

    /// The same error, told where results go.
    #[must_use]
    pub fn shown(mut self) -> Self {
        self.0.shown = true;
        self
    }

    /// The exit status of the command.
    pub fn status(&self) -> u8 {
        self.0.status
    }

    /// The first lines, without the newline that ends them.
    pub fn text(&self) -> &[u8] {
        &self.0.text
    }

    /// Writes the error to standard error, hints indented below it; the result is the exit status.
    pub fn report(&self, io: &mut Io) -> u8 {
        if self.0.shown {
            io.write(&self.0.text);
            return self.0.status;
        }
        // One write, so that a reader of the first line alone does not end us before the status is set.
        if !self.0.text.is_empty() {
            io.error_bytes(&[&self.0.text, self.0.hints.as_bytes()].concat());
        }
        self.0.status
    }
}
