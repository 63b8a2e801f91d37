//! Commands from a file: `-batch FILE`.
//!
//! `#` starts a comment anywhere in a line, `\` before the newline continues it, and a word that begins with a quote runs
//! to the same quote. A line that fails ends the batch, except with `-force`; either way the exit status is 1. A line
//! of more than 511 words is refused, as the reference refuses it.

use crate::waiting::failed_line;
use crate::{Error, Result, Session, Words};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;

/// Bytes that are read at a time.
const BUFFER: usize = 64 * 1024;

/// The most words in a line.
const MOST_WORDS: usize = 511;
/// The most bytes in a line; nobody means a longer one.
const LONGEST: u64 = 1 << 20;

/// Runs the commands in `file`, each by `command`; `-` is standard input. Where `waits` is true of a line's first word, all
/// that the line does may wait for others ([`crate::waiting`]).
///
/// # Errors
/// That the file can't be read, or that a line is no words; exit status 1.
pub(crate) fn run_batch(
    file: &[u8],
    waits: impl Fn(&[u8]) -> bool,
    command: impl Fn(&mut Words, &mut Session) -> Result<u8>,
    session: &mut Session,
) -> Result<u8> {
    let reader = BufReader::with_capacity(BUFFER, open(file)?);
    session.begin_batch(file);
    let status = run_lines(file, reader, waits, command, session);
    let failed = session.end_batch();
    status.map(|status| if failed { 1 } else { status })
}

fn run_lines(
    file: &[u8],
    mut reader: BufReader<Box<dyn Read>>,
    waits: impl Fn(&[u8]) -> bool,
    command: impl Fn(&mut Words, &mut Session) -> Result<u8>,
    session: &mut Session,
) -> Result<u8> {
    let (mut number, mut status) = (0, 0);
    let family = session.context.options.family;
    loop {
        // Whoever writes line by line and looks at what came of it must not be kept waiting.
        if !reader.buffer().contains(&b'\n') {
            session.settle();
        }
        let Some(line) = read_line(&mut reader, &mut number)? else { return Ok(status) };
        let words = split(&line)?;
        let Some(first) = words.first() else { continue };
        session.context.options.family = family;
        session.begin_line(number);
        if !waits(first) {
            session.settle();
            session.forget_names();
        }
        let outcome = command(&mut Words::new(&words), session);
        let outcome = outcome.unwrap_or_else(|error| {
            session.settle();
            error.report(session.context.out.io())
        });
        if outcome != 0 {
            status = 1;
            session.context.out.io().error_bytes(&failed_line(file, number));
            if !session.context.options.force {
                return Ok(status);
            }
        }
    }
}

fn open(file: &[u8]) -> Result<Box<dyn Read>> {
    if file == b"-" {
        return Ok(Box::new(std::io::stdin()));
    }
    let opened = std::fs::File::open(std::ffi::OsStr::from_bytes(file));
    opened.map(|file| Box::new(file) as Box<dyn Read>).map_err(|error| {
        let why = netmite_netlink::errno::text(error.raw_os_error().unwrap_or(0));
        Error::new(1, [b"Cannot open file \"", file, format!("\" for reading: {why}").as_bytes()].concat())
    })
}

/// The next line with its continuations, comments cut off; `number` becomes the number of its last line.
fn read_line(reader: &mut impl BufRead, number: &mut u64) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let failed = |error: std::io::Error| Error::new(1, format!("Cannot read batch file: {error}"));
    loop {
        let start = line.len();
        let read = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            return match start {
                0 => Ok(None),
                _ => Err(Error::new(1, "Missing continuation line")),
            };
        }
        *number += 1;
        let comment = line.iter().skip(start).position(|byte| *byte == b'#');
        if let Some(at) = comment {
            line.truncate(start + at);
        }
        match line.strip_suffix(b"\\\n") {
            Some(head) if comment.is_none() => line.truncate(head.len()),
            _ => return Ok(Some(line)),
        }
    }
}

/// The words of a line.
fn split(line: &[u8]) -> Result<Vec<&[u8]>> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        let Some(first) = rest.first() else { return Ok(words) };
        let (word, after) = match first {
            b'"' | b'\'' => {
                let inside = rest.get(1..).unwrap_or(&[]);
                let end = inside.iter().position(|byte| byte == first);
                let end = end.ok_or_else(|| Error::new(1, "Unterminated quoted string"))?;
                (inside.get(..end), inside.get(end + 1..))
            }
            _ => {
                let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
                (rest.get(..end), rest.get(end..))
            }
        };
        words.push(word.unwrap_or(&[]));
        rest = after.unwrap_or(&[]);
        if words.len() > MOST_WORDS {
            return Err(Error::new(1, "Too many arguments to command"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_words() {
        let mut text = &b"link show # all\n\naddr \\\n add 'a b' \"c\"\nend \\\n"[..];
        let mut number = 0;
        let words = |line: Vec<u8>| split(&line).unwrap().into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
        let mut next = || read_line(&mut text, &mut number).map(|line| line.map(words));
        assert_eq!(next().unwrap().unwrap(), [b"link".to_vec(), b"show".to_vec()]);
        assert!(next().unwrap().unwrap().is_empty());
        assert_eq!(next().unwrap().unwrap(), [b"addr".to_vec(), b"add".to_vec(), b"a b".to_vec(), b"c".to_vec()]);
        assert_eq!(next().unwrap_err().text(), b"Missing continuation line");
        assert_eq!(number, 5);
        assert_eq!(split(b"a 'b").unwrap_err().text(), b"Unterminated quoted string");
    }
}
