//! The lines and words of a file of commands.
//!
//! `#` starts a comment anywhere in a line, `\` before the newline continues it, and a word that begins with a quote runs
//! to the same quote. A line of more than 511 words is refused, as the reference refuses it.

use crate::{Error, Result};
use netmite_netlink::errno;
use netmite_netlink::sys::file;
use std::fs::File;

/// Bytes that are read at a time.
const BUFFER: usize = 16 * 1024;
/// The most words in a line.
const MOST_WORDS: usize = 511;
/// The most bytes in a line; nobody means a longer one.
const LONGEST: usize = 1 << 20;

/// What is read of a file, and not yet worked on.
pub(super) struct Text {
    file: File,
    buffer: Vec<u8>,
    /// How much of the buffer is filled.
    filled: usize,
    ended: bool,
}

impl Text {
    pub(super) fn new(file: File) -> Self {
        Text { file, buffer: vec![0; BUFFER], filled: 0, ended: false }
    }

    /// What is there, and whether that is all to the end of the file.
    pub(super) fn unread(&self) -> (&[u8], bool) {
        (self.buffer.get(..self.filled).unwrap_or(&[]), self.ended)
    }

    /// Drops the first `done` bytes, and reads more behind the others.
    ///
    /// # Errors
    /// That the file can't be read, or has a line that is too long.
    #[inline(never)]
    pub(super) fn fill(&mut self, done: usize) -> Result<()> {
        self.buffer.copy_within(done..self.filled, 0);
        self.filled -= done;
        if self.filled == self.buffer.len() {
            if self.filled >= LONGEST {
                return Err(Error::new(1, format!("A line has more than {LONGEST} bytes")));
            }
            self.buffer.resize(self.filled * 2, 0);
        }
        let read = file::some(&self.file, self.buffer.get_mut(self.filled..).unwrap_or(&mut []))
            .map_err(|error| Error::new(1, format!("Cannot read batch file: {}", errno::why(&error))))?;
        self.filled += read;
        self.ended = read == 0;
        Ok(())
    }
}

/// What a line turned out to be.
pub(crate) enum Line {
    /// Words, and so many bytes.
    Whole(usize),
    /// It goes on behind its newline.
    Continued,
    /// Its end was not read yet.
    Open,
}

/// Reads the words of the first line of `text`, whose end is that of the file if it has `ended`.
///
/// One pass over the bytes, since this is done for each line of a batch.
///
/// # Errors
/// A quote without its second; too many words.
pub(crate) fn read_words<'t>(text: &'t [u8], ended: bool, words: &mut Vec<&'t [u8]>) -> Result<Line> {
    let mut at = 0;
    loop {
        let first = match text.get(at) {
            // Nearly all words begin with a letter or a digit.
            Some(first) if *first > b'\'' => *first,
            Some(b' ' | b'\t' | b'\r' | 0x0c) => {
                at += 1;
                continue;
            }
            Some(b'\n') => return Ok(newline(text, at)),
            Some(b'#') => {
                let left = text.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n'));
                return Ok(left.map_or_else(|| end_of_text(text, ended), |left| Line::Whole(at + left + 1)));
            }
            Some(first) => *first,
            None => return Ok(end_of_text(text, ended)),
        };
        let start = at;
        let word = if matches!(first, b'"' | b'\'') {
            loop {
                at += 1;
                match text.get(at) {
                    Some(byte) if *byte == first => break,
                    None if !ended => return Ok(Line::Open),
                    Some(b'\n') if matches!(newline(text, at), Line::Continued) => return Ok(Line::Continued),
                    None | Some(b'\n' | b'#') => return Err(Error::new(1, "Unterminated quoted string")),
                    Some(_) => (),
                }
            }
            at += 1;
            text.get(start + 1..at - 1)
        } else {
            at = end_of_word(text, at);
            text.get(start..at)
        };
        words.push(word.unwrap_or(&[]));
        if words.len() > MOST_WORDS {
            return Err(Error::new(1, "Too many arguments to command"));
        }
    }
}

/// Where the word that begins at `at` ends. What ends a word is one of the least bytes, so eight are looked at together.
fn end_of_word(text: &[u8], mut at: usize) -> usize {
    /// This byte in all eight.
    const fn all(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    loop {
        if let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk()) {
            let eight = u64::from_le_bytes(*eight);
            // The high bit of each byte that is less than the one behind `#`; the first is right, those behind it may not be.
            let least = eight.wrapping_sub(all(b'#' + 1)) & !eight & all(0x80);
            at += least.trailing_zeros() as usize / 8;
            if least == 0 {
                continue;
            }
        }
        match text.get(at) {
            None | Some(b' ' | b'\n' | b'\t' | b'\r' | 0x0c | b'#') => return at,
            Some(_) => at += 1,
        }
    }
}

fn end_of_text(text: &[u8], ended: bool) -> Line {
    if ended { Line::Whole(text.len()) } else { Line::Open }
}

/// The newline at `at` ends the line, or continues it.
fn newline(text: &[u8], at: usize) -> Line {
    match at.checked_sub(1).and_then(|before| text.get(before)) {
        Some(b'\\') => Line::Continued,
        _ => Line::Whole(at + 1),
    }
}

/// Joins the first line of `text` and those that continue it, comments cut off; its length there, and how many lines it is.
/// Nothing where its end was not read yet, or is missing because the text has `ended`.
pub(super) fn join(text: &[u8], ended: bool, joined: &mut Vec<u8>) -> Option<(usize, u64)> {
    let (mut at, mut lines) = (0, 0);
    loop {
        let rest = text.get(at..).unwrap_or(&[]);
        let Some(len) = rest.iter().position(|byte| *byte == b'\n').map(|newline| newline + 1).or_else(|| {
            // The last line of a file may lack its newline.
            Some(rest.len()).filter(|len| ended && *len > 0)
        }) else {
            return (ended && joined.is_empty()).then_some((at, lines));
        };
        (at, lines) = (at + len, lines + 1);
        let line = rest.get(..len).unwrap_or(rest);
        let comment = line.iter().position(|byte| *byte == b'#');
        match line.strip_suffix(b"\\\n").filter(|_| comment.is_none()) {
            Some(head) => joined.extend_from_slice(head),
            None => {
                let line = comment.and_then(|comment| line.get(..comment)).unwrap_or(line);
                joined.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
                return Some((at, lines));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of a line, and its words.
    type Numbered = (u64, Vec<Vec<u8>>);

    /// The lines as far as they can be read, then how much is left.
    fn lines(text: &[u8], ended: bool) -> (Vec<Numbered>, Result<usize>) {
        let (mut rest, mut number, mut all) = (text, 0, Vec::new());
        while !rest.is_empty() {
            let (mut words, mut joined, mut pieces) = (Vec::new(), Vec::new(), Vec::new());
            let line = match read_words(rest, ended, &mut words) {
                Ok(Line::Whole(len)) => Ok(Some((len, 1))),
                Ok(Line::Open) => Ok(None),
                Ok(Line::Continued) => Ok(join(rest, ended, &mut joined)),
                Err(error) => Err(error),
            };
            let (len, lines) = match line {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(error) => return (all, Err(error)),
            };
            if lines != 1 || !joined.is_empty() {
                if let Err(error) = read_words(&joined, true, &mut pieces) {
                    return (all, Err(error));
                }
                words = pieces;
            }
            number += lines;
            all.push((number, words.into_iter().map(<[u8]>::to_vec).collect()));
            rest = &rest[len..];
        }
        (all, Ok(rest.len()))
    }

    fn words(words: &[&str]) -> Vec<Vec<u8>> {
        words.iter().map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn lines_and_words() {
        let text = b"link show # all\n\naddr \\\n add 'a b' \"c\"\nro\\\nute\tx\\y\r\n 'p'q # \\\nend \\\n";
        let (all, left) = lines(text, true);
        let expected = [
            (1, words(&["link", "show"])),
            (2, words(&[])),
            (4, words(&["addr", "add", "a b", "c"])),
            (6, words(&["route", "x\\y"])),
            (7, words(&["p", "q"])),
        ];
        assert_eq!(all, expected);
        assert_eq!(left, Ok(6));
        for bad in [&b"a 'b\n"[..], b"a 'b # '\n", b"a \"b", b"a 'b\\\nc\n"] {
            let (all, left) = lines(bad, true);
            assert!(all.is_empty(), "{all:?}");
            assert_eq!(left.map_err(|error| error.text().to_vec()), Err(b"Unterminated quoted string".to_vec()));
        }
        assert_eq!(lines(b"a 'b\\\nc' d\\", true).0, [(2, words(&["a", "bc", "d\\"]))]);
        assert_eq!(lines(&b"a ".repeat(512), true).1.unwrap_err().text(), b"Too many arguments to command");
        assert_eq!(lines(&b"a ".repeat(511), true).0.len(), 1);
    }

    /// Cut anywhere, what is read of a text is what would be read of the whole, and the rest is left for when there is more.
    #[test]
    fn what_is_not_read_yet_is_left() {
        let text = b"addr add 'a b' c # d\n\\\nroute \\\n  add # e\\\n\"f\" g\n";
        let (whole, _) = lines(text, true);
        assert_eq!(whole.len(), 3);
        for cut in 0..text.len() {
            let (all, left) = lines(&text[..cut], false);
            let left = left.unwrap();
            assert_eq!(all[..], whole[..all.len()], "{cut}");
            assert!(cut - left == 0 || text[cut - left - 1] == b'\n', "{cut} {left}");
        }
    }
}
