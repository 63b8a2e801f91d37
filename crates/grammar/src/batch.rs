//! Commands from a file: `-batch FILE`.
//!
//! `#` starts a comment anywhere in a line, `\` before the newline continues it, and a word that begins with a quote runs
//! to the same quote. A line that fails ends the batch, except with `-force`; either way the exit status is 1. A line
//! of more than 511 words is refused, as the reference refuses it.

use crate::{Error, Result, Session, Words};
use std::io::{BufRead, BufReader, Read};

/// The most words in a line.
const MOST_WORDS: usize = 511;
/// The most bytes in a line; nobody means a longer one.
const LONGEST: u64 = 1 << 20;

/// Runs the commands in `file`, each by `command`; `-` is standard input.
///
/// # Errors
/// That the file can't be read, or that a line is no words; exit status 1.
pub(crate) fn run_batch(
    file: &[u8],
    command: impl Fn(&mut Words, &mut Session) -> Result<u8>,
    session: &mut Session,
) -> Result<u8> {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(file);
    let mut reader: Box<dyn BufRead> = match file {
        b"-" => Box::new(BufReader::new(std::io::stdin())),
        _ => match std::fs::File::open(name) {
            Ok(file) => Box::new(BufReader::new(file)),
            Err(error) => {
                let why = netmite_netlink::errno::text(error.raw_os_error().unwrap_or(0));
                return Err(Error::new(
                    1,
                    [b"Cannot open file \"", file, format!("\" for reading: {why}").as_bytes()].concat(),
                ));
            }
        },
    };
    let (mut number, mut status) = (0, 0);
    let family = session.context.options.family;
    while let Some(line) = read_line(&mut reader, &mut number)? {
        let words = split(&line)?;
        if words.is_empty() {
            continue;
        }
        session.context.options.family = family;
        let words: Vec<&[u8]> = words.iter().map(|word| &**word).collect();
        let outcome = command(&mut Words::new(&words), session);
        let outcome = outcome.unwrap_or_else(|error| error.report(session.context.out.io()));
        if outcome != 0 {
            status = 1;
            let line = [b"Command failed ", file, format!(":{number}").as_bytes()].concat();
            session.context.out.io().error_bytes(&line);
            if !session.context.options.force {
                break;
            }
        }
    }
    Ok(status)
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
fn split(line: &[u8]) -> Result<Vec<Vec<u8>>> {
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
        words.push(word.unwrap_or(&[]).to_vec());
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
        let mut next = || read_line(&mut text, &mut number).map(|line| line.map(|line| split(&line).unwrap()));
        assert_eq!(next().unwrap().unwrap(), [b"link".to_vec(), b"show".to_vec()]);
        assert!(next().unwrap().unwrap().is_empty());
        assert_eq!(next().unwrap().unwrap(), [b"addr".to_vec(), b"add".to_vec(), b"a b".to_vec(), b"c".to_vec()]);
        assert_eq!(next().unwrap_err().text(), b"Missing continuation line");
        assert_eq!(number, 5);
        assert_eq!(split(b"a 'b").unwrap_err().text(), b"Unterminated quoted string");
    }
}
