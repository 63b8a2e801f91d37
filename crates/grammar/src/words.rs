//! The command line as a cursor over words, which are bytes.

use crate::error::{Error, Result};
use crate::spec::Key;

/// A cursor over the words of a command; each has a number, counted from 1, that errors of the kernel lead back to.
#[derive(Clone, Debug)]
pub struct Words<'w> {
    words: &'w [&'w [u8]],
    at: usize,
}

impl<'w> Words<'w> {
    /// A cursor before the first of `words`.
    pub fn new(words: &'w [&'w [u8]]) -> Self {
        Words { words, at: 0 }
    }

    /// The next word; the cursor stays.
    pub fn peek(&self) -> Option<&'w [u8]> {
        self.words.get(self.at).copied()
    }

    /// The next word; the cursor moves on.
    pub fn take(&mut self) -> Option<&'w [u8]> {
        let word = *self.words.get(self.at)?;
        self.at += 1;
        Some(word)
    }

    /// The value that an option insists on. Inlined: a word or none is told in registers, and an error is made where it is.
    #[inline(always)]
    pub fn value(&mut self) -> Result<&'w [u8]> {
        self.take().ok_or_else(Error::incomplete)
    }

    /// The next word, if it is `word` or an abbreviation of at least `least` bytes; the cursor moves past it.
    pub fn take_if(&mut self, word: &str, least: usize) -> bool {
        let found = self.peek().is_some_and(|next| next.len() >= least && word.as_bytes().starts_with(next));
        self.at += usize::from(found);
        found
    }

    /// The word that the cursor has just passed; empty at the start.
    pub fn last(&self) -> &'w [u8] {
        self.at.checked_sub(1).and_then(|at| self.words.get(at)).copied().unwrap_or(b"")
    }

    /// The number of the word that the cursor has just passed; 0 at the start.
    pub fn position(&self) -> u16 {
        u16::try_from(self.at).unwrap_or(u16::MAX)
    }

    /// The word of that number.
    pub fn nth(&self, position: u16) -> Option<&'w [u8]> {
        usize::from(position).checked_sub(1).and_then(|at| self.words.get(at)).copied()
    }

    /// Steps back by one word.
    pub fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// The words that are left.
    pub fn rest(&self) -> &'w [&'w [u8]] {
        self.words.get(self.at..).unwrap_or(&[])
    }

    /// All words, those already read too.
    pub fn all(&self) -> &'w [&'w [u8]] {
        self.words
    }

    /// Whether none are left.
    pub fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }
}

/// Whether `word` is a non-empty abbreviation of `full`.
pub fn matches(word: &[u8], full: &str) -> bool {
    !word.is_empty() && full.as_bytes().starts_with(word)
}

/// A word as text to be matched against keywords; nothing where it is no text, as no keyword is. Patterns of bytes are
/// compared byte by byte, in several times the code.
pub fn plain(word: &[u8]) -> &str {
    std::str::from_utf8(word).unwrap_or("")
}

/// The entry of an ordered list that `word` selects: the first whose name it abbreviates, with as many letters as
/// the name insists on.
pub fn select<T: Copy>(word: &[u8], list: &[(Key, T)]) -> Option<T> {
    list.iter().find(|(key, _)| key.takes(word) && !word.is_empty()).map(|(_, entry)| *entry)
}

/// The nearest of `known` to `word`, if one is near enough to suggest.
pub fn nearest<'k>(word: &[u8], mut known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    nearest_of(word, &mut || known.next())
}

/// The same of what `next` tells one by one; not generic, so that it is compiled once.
fn nearest_of<'k>(word: &[u8], next: &mut dyn FnMut() -> Option<&'k str>) -> Option<&'k str> {
    if word.len() > 32 {
        return None;
    }
    let (mut least, mut near) = (usize::MAX, "");
    while let Some(known) = next() {
        let distance = distance(word, known.as_bytes());
        if distance < least {
            (least, near) = (distance, known);
        }
    }
    (least < near.len() && least * 3 <= near.len().max(word.len())).then_some(near)
}

/// Levenshtein's distance, over one row.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let (mut diagonal, mut left) = (i, i + 1);
        for (cell, y) in row.iter_mut().skip(1).zip(b) {
            let cost = if x == y { diagonal } else { 1 + diagonal.min(*cell).min(left) };
            diagonal = std::mem::replace(cell, cost);
            left = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words() {
        let known = ["address", "alias", "mtu", "master"];
        assert_eq!(nearest(b"adress", known.into_iter()), Some("address"));
        assert_eq!(nearest(b"mtuu", known.into_iter()), Some("mtu"));
        assert_eq!(nearest(b"zzz", known.into_iter()), None);
    }

    #[test]
    fn distances() {
        assert_eq!(distance(b"kitten", b"sitting"), 3);
        assert_eq!(distance(b"", b"abc"), 3);
        assert_eq!(distance(b"abc", b""), 3);
    }
}
