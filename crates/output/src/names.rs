//! Words for numbers, both ways: flags, states, types.
//!
//! A slice of pairs takes 24 bytes a pair beside its text; these are packed when they are compiled, to two bytes and more.

/// A list of words with a number each, made by [`names!`](crate::names!). A number may have several words, of which the first
/// is its name, and a word several numbers, of which the first is meant.
///
/// In a list that is packed each word stands behind its length in one byte and its number, six bits a byte, those that count
/// least first; the next higher bit says that another byte follows.
#[derive(Clone, Copy, Debug)]
pub struct Names(&'static str);

impl Names {
    /// The pairs in their order.
    #[inline]
    pub const fn iter(self) -> Pairs {
        Pairs(self.0)
    }

    /// The name of a number.
    #[inline(never)]
    pub fn name(self, number: u32) -> Option<&'static str> {
        for (known, name) in self.iter() {
            if known == number {
                return Some(name);
            }
        }
        None
    }

    /// The number that has a word.
    #[inline(never)]
    pub fn number(self, word: &[u8]) -> Option<u32> {
        for (number, name) in self.iter() {
            if name.as_bytes() == word {
                return Some(number);
            }
        }
        None
    }

    /// As [`Names::number`], for words in upper or lower case.
    #[inline(never)]
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
        self.iter().filter(move |(bit, _)| flags & bit != 0).map(|(_, name)| name)
    }

    /// The words alone.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        self.iter().map(|(_, name)| name)
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
pub struct Pairs(&'static str);

impl Iterator for Pairs {
    type Item = (u32, &'static str);

    fn next(&mut self) -> Option<Self::Item> {
        let (first, mut rest) = self.0.as_bytes().split_first()?;
        let (mut number, mut shift) = (0, 0);
        while let [byte, behind @ ..] = rest {
            number |= u32::from(byte & 63).wrapping_shl(shift);
            (rest, shift) = (behind, shift + 6);
            if byte & 64 == 0 {
                break;
            }
        }
        let (word, rest) = self.0.get(self.0.len() - rest.len()..)?.split_at_checked(usize::from(*first))?;
        self.0 = rest;
        Some((number, word))
    }
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
/// converted to `u32` without loss.
#[macro_export]
macro_rules! names {
    ($(($word:expr, $number:expr)),* $(,)?) => {{
        const PAIRS: &[(&str, u32)] = &[$(($word, $number as u32)),*];
        const BYTES: [u8; $crate::packing::len(PAIRS)] = $crate::packing::pack(PAIRS);
        $crate::Names::packed(&BYTES)
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
    }
}
