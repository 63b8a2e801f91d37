//! Objects in a file, as the kernel tells them: what `save` writes and `restore` reads.
//!
//! A file is a number of four bytes that says which objects they are, and netlink messages. Both are in the host's byte
//! order, so a file is for machines of one kind.

use netmite_grammar::{Context, Error, Result, Session, refused_whole, warn};
use netmite_netlink::errno::EEXIST;
use netmite_netlink::message::HEADER_LEN;
use netmite_netlink::sys::file::{Reader, standard_input, standard_input_file};
use netmite_netlink::uapi::*;
use netmite_netlink::{Error as Failure, Message, MessageView};
use netmite_output::brief;
use std::io::IsTerminal;

/// The largest message that is read, in bytes; the kernel makes none that is larger.
const LARGEST: u64 = 1 << 16;

/// Begins a file on standard output.
///
/// # Errors
/// Where that is a terminal, which bytes would confuse.
pub(crate) fn begin(magic: u32, context: &mut Context) -> Result<()> {
    let io = context.out.io();
    if io.is_terminal() {
        return Err(Error::new(255, brief!("Not sending a binary stream to stdout")));
    }
    io.write(&magic.to_ne_bytes());
    Ok(())
}

/// Writes one object, with its general header.
pub(crate) fn put(view: &MessageView, context: &mut Context) {
    let length = u32::try_from(HEADER_LEN + view.body.len()).unwrap_or(u32::MAX);
    let io = context.out.io();
    io.write(&length.to_ne_bytes());
    io.write(&[view.kind.to_ne_bytes(), view.flags.to_ne_bytes()].concat());
    io.write(&[view.sequence.to_ne_bytes(), view.port.to_ne_bytes()].concat());
    io.write(view.body);
    let padding = netmite_netlink::attributes::align(view.body.len()) - view.body.len();
    io.write(&[0u8; 4][..padding.min(3)]);
    io.drain();
}

/// A sort of file.
pub(crate) struct Sort {
    /// What it holds, in words.
    pub(crate) what: &'static str,
    /// The number that it begins with.
    pub(crate) magic: u32,
    /// The messages that make its objects; others are passed over.
    pub(crate) kind: u16,
    /// The exit status for a file of another sort, and for a damaged one or a refusal of the kernel.
    pub(crate) mismatch: u8,
    pub(crate) damaged: u8,
}

/// Makes the objects of the file on standard input: messages of type `kind`. Objects that are there already stay.
///
/// # Errors
/// A terminal, a file of other objects or a damaged one, the kernel's refusal; exit status 255.
pub(crate) fn restore(what: &'static str, magic: u32, kind: u16, session: &mut Session) -> Result<()> {
    let sort = Sort { what, magic, kind, mismatch: 255, damaged: 255 };
    sort.read(|message| match send(message, session) {
        Err(error) if error.errno() == Some(EEXIST) => Ok(()),
        other => sort.refusal(other),
    })?;
    session.context.names.forget();
    Ok(())
}

/// Sends a request to make an object.
pub(crate) fn send(message: &mut Message, session: &mut Session) -> std::result::Result<(), Failure> {
    let answer = session.socket().request(message)?;
    warn(answer.as_ref(), session.context.out.io());
    Ok(())
}

impl Sort {
    /// Hands each object of the file on standard input to `each`, as a request to make it.
    ///
    /// # Errors
    /// A terminal, a file of other objects, a damaged one, and those of `each`.
    pub(crate) fn read(&self, each: impl FnMut(&mut Message) -> Result<()>) -> Result<()> {
        let mut input = self.open()?;
        self.check(&mut input)?;
        self.messages(&mut input, each)
    }

    fn open(&self) -> Result<Input> {
        if standard_input().is_terminal() {
            return Err(Error::about(255, "Can't restore % dump from a terminal", self.what.as_bytes()));
        }
        let file =
            standard_input_file().map_err(|error| Error::caused(self.mismatch, "Failed to restore: dup: %", error))?;
        Ok(Input { from: Reader::new(file), at: 0 })
    }

    /// The same as often as `passes` says, from the start each time.
    ///
    /// # Errors
    /// As [`Sort::read`]; input that can't be read again: a pipe.
    pub(crate) fn read_again(&self, passes: u8, mut each: impl FnMut(u8, &mut Message) -> Result<()>) -> Result<()> {
        let mut input = self.open()?;
        self.check(&mut input)?;
        let start = input
            .from
            .position()
            .map_err(|error| Error::caused(self.mismatch, "Failed to restore: ftell: %", error))?;
        for pass in 0..passes {
            input
                .from
                .go_to(start)
                .map_err(|error| Error::caused(self.mismatch, "Failed to restore: fseek: %", error))?;
            input.at = 4;
            self.messages(&mut input, |message| each(pass, message))?;
        }
        Ok(())
    }

    fn check(&self, input: &mut Input) -> Result<()> {
        check_magic(input, self.magic).map_err(|error| error.with_status(self.mismatch))
    }

    fn messages(&self, input: &mut Input, mut each: impl FnMut(&mut Message) -> Result<()>) -> Result<()> {
        while let Some(message) = next(input, self.kind).map_err(|error| error.with_status(self.damaged))? {
            if let Some(mut message) = message {
                each(&mut message)?;
            }
        }
        Ok(())
    }

    /// The kernel's answer, with the exit status of a refusal.
    pub(crate) fn refusal(&self, answer: std::result::Result<(), Failure>) -> Result<()> {
        answer.map_err(|error| refused_whole(error).with_status(self.damaged))
    }

    /// The same, where an object that is there already is told and no failure.
    pub(crate) fn refusal_unless_there(
        &self,
        answer: std::result::Result<(), Failure>,
        session: &mut Session,
    ) -> Result<()> {
        match answer {
            Err(error) if error.errno() == Some(EEXIST) => {
                refused_whole(error).report(session.context.out.io());
                Ok(())
            }
            other => self.refusal(other),
        }
    }
}

/// A file that is being read, and how many bytes of it were.
struct Input {
    from: Reader,
    at: u64,
}

fn check_magic(input: &mut Input, magic: u32) -> Result<()> {
    let mut bytes = Vec::new();
    let got = input.read(4, &mut bytes)?;
    bytes.resize(4, 0);
    let found = netmite_netlink::attributes::array(&bytes).map_or(0, u32::from_ne_bytes);
    if found == magic {
        return Ok(());
    }
    let text = format!("Magic mismatch ({} elems, {found:x} magic)", got / 4);
    Err(Error::new(255, text).hint(brief!("standard input must hold what `save` of the same object wrote")))
}

impl Input {
    /// Reads `len` bytes, or those that are left, behind `bytes`: how many there were.
    fn read(&mut self, len: usize, bytes: &mut Vec<u8>) -> Result<usize> {
        let got = self.from.read(len, bytes).map_err(|error| Error::caused(255, "rtnl-from_file: fread: %", error))?;
        self.at = self.at.saturating_add(got as u64);
        Ok(got)
    }
}

/// The next message as a request to make its object; `Some(None)` for one of another type, `None` at the end of the file.
fn next(input: &mut Input, kind: u16) -> Result<Option<Option<Message>>> {
    let truncated = || Error::new(255, "rtnl-from_file: truncated message");
    let mut bytes = Vec::new();
    let got = input.read(HEADER_LEN, &mut bytes)?;
    let (HEADER_LEN, &[l0, l1, l2, l3, k0, k1, f0, f1, ..]) = (got, &bytes[..]) else {
        return if got == 0 { Ok(None) } else { Err(truncated()) };
    };
    let length = u32::from_ne_bytes([l0, l1, l2, l3]);
    let body = u64::from(length).checked_sub(HEADER_LEN as u64).filter(|body| *body <= LARGEST);
    let Some(body) = body.and_then(|body| usize::try_from(body).ok()) else {
        return Err(Error::new(255, format!("!!!malformed message: len={} @{}", length as i32, input.at)));
    };
    bytes.clear();
    let padded = netmite_netlink::attributes::align(body);
    if input.read(padded, &mut bytes)? != padded {
        return Err(truncated());
    }
    bytes.truncate(body);
    let flags = u16::from_ne_bytes([f0, f1]) | NLM_F_CREATE;
    let same = u16::from_ne_bytes([k0, k1]) == kind;
    Ok(Some(same.then(|| Message::new(kind, flags, &bytes))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_told() {
        let read = |bytes: &[u8]| -> Result<()> {
            let mut input = Input { from: Reader::of_bytes(bytes), at: 0 };
            check_magic(&mut input, 7)?;
            while next(&mut input, 32)?.is_some() {}
            Ok(())
        };
        let error = |bytes: &[u8]| String::from_utf8(read(bytes).unwrap_err().text().to_vec()).unwrap();
        let magic = 7u32.to_ne_bytes();
        let message = |length: u32, rest: &[u8]| [&magic[..], &length.to_ne_bytes(), rest].concat();
        assert_eq!(error(b""), "Magic mismatch (0 elems, 0 magic)");
        assert_eq!(error(&1u32.to_ne_bytes()), "Magic mismatch (1 elems, 1 magic)");
        assert_eq!(read(&magic), Ok(()));
        assert_eq!(error(&message(20, &[0; 4])), "rtnl-from_file: truncated message");
        assert_eq!(error(&message(20, &[0; 12])), "rtnl-from_file: truncated message");
        assert_eq!(error(&message(4, &[0; 12])), "!!!malformed message: len=4 @20");
        assert_eq!(error(&message(u32::MAX, &[0; 12])), "!!!malformed message: len=-1 @20");
        assert_eq!(read(&message(20, &[0; 16])), Ok(()));
    }
}
