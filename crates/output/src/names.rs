//! Words for numbers, both ways: flags, states, types.
//!
//! A slice of pairs takes 24 bytes a pair beside its text; these are packed when they are compiled, to two bytes and more.
//! Flags that a dump walks for each object stay slices, where a step takes fewer instructions.

use std::ops::Range;

/// A list of words with a number each, made by [`names!`](crate::names!). A number may have several words, of which the first
/// is its name, and a word several numbers, of which the first is meant.
///
/// In a list that is packed each word stands behind its length in one byte and its number, six bits a byte, those that count
/// least first; the next higher bit says that another byte follows.
#[derive(Clone, Copy, Debug)]
pub struct Names(&'static str);

impl Names {
    /// The pairs in their order.
    pub const fn iter(self) -> Pairs {
        Pairs { text: self.0, at: 0 }
    }

    /// The name of a number.
    #[inline(never)]
    pub fn name(self, number: u32) -> Option<&'static str> {
        let mut at = 0;
        while let Some((known, name)) = entry(self.0, at) {
            if known == number {
                return self.0.get(name);
            }
            at = name.end;
        }
        None
    }

    /// The number that has a word.
    #[inline(never)]
    pub fn number(self, word: &[u8]) -> Option<u32> {
        let mut at = 0;
        while let Some((number, name)) = entry(self.0, at) {
            at = name.end;
            if name.len() == word.len() && self.0.as_bytes().get(name) == Some(word) {
                return Some(number);
            }
        }
        None
    }

    /// As [`Names::number`], for words in upper or lower case.
    pub fn number_in_any_case(self, word: &[u8]) -> Option<u32> {
        for (number, name) in self.iter() {
            if name.as_bytes().eq_ignore_ascii_case(word) {
                return Some(number);
            }
        }
        None
    }

    /// As [`Names::number`], of lists whose numbers fit a byte.
    pub fn byte(self, word: &[u8]) -> Option<u8> {
        u8::try_from(self.number(word)?).ok()
    }

    /// The names of the bits that are set in `flags`.
    pub fn of_bits(self, flags: u32) -> impl Iterator<Item = &'static str> {
        // Mostly none is set.
        let pairs = if flags == 0 { Names("") } else { self };
        pairs.iter().filter(move |(bit, _)| flags & bit != 0).map(|(_, name)| name)
    }

    /// The words alone.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        self.iter().map(|(_, name)| name)
    }

    /// The words, with `between` between them.
    #[cold]
    #[inline(never)]
    pub fn joined(self, between: &str) -> String {
        let mut text = String::new();
        for (_, name) in self.iter() {
            text += if text.is_empty() { "" } else { between };
            text += name;
        }
        text
    }

    /// What [`names!`](crate::names!) has packed.
    pub const fn packed(bytes: &'static [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Names(text),
            Err(_) => panic!("a word is not ASCII"),
        }
    }
}

impl IntoIterator for Names {
    type Item = (u32, &'static str);
    type IntoIter = Pairs;

    fn into_iter(self) -> Pairs {
        self.iter()
    }
}

/// The pairs of [`Names`] that are left.
#[derive(Clone, Debug)]
pub struct Pairs {
    text: &'static str,
    at: usize,
}

impl Iterator for Pairs {
    type Item = (u32, &'static str);

    fn next(&mut self) -> Option<Self::Item> {
        let (number, name) = entry(self.text, self.at)?;
        self.at = name.end;
        Some((number, self.text.get(name)?))
    }
}

/// The number of the entry at `at`, and where its word is; the next entry stands behind that.
#[inline(always)]
fn entry(text: &str, mut at: usize) -> Option<(u32, Range<usize>)> {
    let bytes = text.as_bytes();
    let len = usize::from(*bytes.get(at)?);
    let (mut number, mut shift) = (0, 0);
    loop {
        at += 1;
        let byte = *bytes.get(at)?;
        number |= u32::from(byte & 63).wrapping_shl(shift);
        shift += 6;
        if byte & 64 == 0 {
            return Some((number, at + 1..at + 1 + len));
        }
    }
}

/// Words with numbers counted from 0.
pub const fn counted<const LEN: usize>(words: [&'static str; LEN]) -> [(&'static str, u32); LEN] {
    let (mut pairs, mut at) = ([("", 0); LEN], 0);
    while at < LEN {
        pairs[at] = (words[at], at as u32);
        at += 1;
    }
    pairs
}

/// How many bytes `pairs` take.
pub const fn len(pairs: &[(&str, u32)]) -> usize {
    let (mut len, mut at) = (0, 0);
    while at < pairs.len() {
        let (word, number) = pairs[at];
        len += 1 + digits(number) + word.len();
        at += 1;
    }
    len
}

const fn digits(number: u32) -> usize {
    let bits = 32 - (number | 1).leading_zeros() as usize;
    bits.div_ceil(6)
}

/// Packs `pairs` into as many bytes as they take; what does not fit does not compile.
pub const fn pack<const LEN: usize>(pairs: &[(&str, u32)]) -> [u8; LEN] {
    let (mut bytes, mut len, mut at) = ([0; LEN], 0, 0);
    while at < pairs.len() {
        let (word, mut number) = pairs[at];
        assert!(word.is_ascii() && word.len() < 128);
        bytes[len] = word.len() as u8;
        len += 1;
        let mut more = digits(number);
        while more > 0 {
            more -= 1;
            bytes[len] = (number & 63) as u8 | if more > 0 { 64 } else { 0 };
            number >>= 6;
            len += 1;
        }
        let mut copied = 0;
        while copied < word.len() {
            bytes[len] = word.as_bytes()[copied];
            (len, copied) = (len + 1, copied + 1);
        }
        at += 1;
    }
    bytes
}

/// A list of words with their numbers, packed: `names![("up", 1), ("down", 2)]`. The numbers are of any type that is
/// converted to `u32` without loss; words alone, `names!["down", "up"]`, are counted from 0.
#[macro_export]
macro_rules! names {
    ($(($word:expr, $number:expr)),* $(,)?) => {{
        $crate::names!(@ &[$(($word, $number as u32)),*])
    }};
    ($($word:expr),+ $(,)?) => {{
        $crate::names!(@ &$crate::packing::counted([$($word),+]))
    }};
    (@ $pairs:expr) => {{
        const PAIRS: &[(&str, u32)] = $pairs;
        const BYTES: [u8; $crate::packing::len(PAIRS)] = $crate::packing::pack(PAIRS);
        const NAMES: $crate::Names = $crate::Names::packed(&BYTES);
        NAMES
    }};
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_ways() {
        let names = names![("zero", 0), ("", 63), ("up", 64u8), ("UP", 64), ("up", 65), ("all", u32::MAX)];
        let pairs = [(0, "zero"), (63, ""), (64, "up"), (64, "UP"), (65, "up"), (u32::MAX, "all")];
        assert!(names.iter().eq(pairs));
        assert_eq!((names.name(64), names.name(1), names.name(u32::MAX)), (Some("up"), None, Some("all")));
        assert_eq!((names.number(b"up"), names.number(b"u"), names.number(b"")), (Some(64), None, Some(63)));
        assert!(names![].iter().eq([]));
        assert!(names!["a", "b"].iter().eq([(0, "a"), (1, "b")]));
    }
}
