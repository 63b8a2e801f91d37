//! How the compiler packs rows: all of this runs while tables are compiled, and what does not fit is a compile error.

use super::{Counts, Kind, Packed, Word};
use crate::spec::{Place, Spec};
use crate::walk::{LETTERS, letter};
use netmite_output::packing;

/// What the compiler packs into: room for the parts of every table, and how many there are.
#[doc(hidden)]
pub struct Draft<const ROWS: usize> {
    pub rows: [Packed; ROWS],
    pub words: [Word; 255],
    pub word_count: usize,
    pub attrs: [u16; 255],
    pub attr_count: usize,
    pub text: Texts,
    pub docs: Texts,
}

/// Texts, each behind its length.
#[doc(hidden)]
pub struct Texts {
    pub bytes: [u8; 4096],
    pub len: usize,
}

impl<const ROWS: usize> Draft<ROWS> {
    /// The parts of `specs`, of which there are `ROWS`.
    #[doc(hidden)]
    pub const fn of(specs: &[Spec]) -> Self {
        let mut draft = Draft {
            rows: [Packed::of(&specs[0]); ROWS],
            words: [Word { tag: 0, text: 0, least: 0, first: 0 }; 255],
            word_count: 0,
            attrs: [0; 255],
            attr_count: 0,
            text: Texts::new(),
            docs: Texts { len: 0, ..Texts::new() },
        };
        let mut at = 0;
        while at < ROWS {
            draft.rows[at] = draft.row(&specs[at]);
            at += 1;
        }
        draft
    }

    const fn row(&mut self, spec: &Spec) -> Packed {
        let mut row = Packed::of(spec);
        (row.words, row.attrs) = (self.word_count as u8, self.attr_count as u8);
        let mut at = 0;
        while at < spec.keys.len() {
            let key = &spec.keys[at];
            let first = if key.word.is_empty() { 0 } else { key.word.as_bytes()[0] };
            self.words[self.word_count] =
                Word { tag: small(key.tag), text: self.text.place(key.word.as_bytes()), least: key.least, first };
            self.word_count += 1;
            at += 1;
        }
        at = 0;
        while at < spec.with.len() {
            self.attrs[self.attr_count] = spec.with[at].number;
            self.attr_count += 1;
            at += 1;
        }
        if spec.json.is_some() || spec.label.is_some() {
            row.names = self.text.place_of_two(or_empty(spec.label), or_empty(spec.json));
        }
        let doc: [u8; 128] = packing::brief(spec.doc);
        self.docs.add(doc.split_at(packing::brief_len(spec.doc)).0);
        row
    }
}

impl Texts {
    /// The first text is empty: a place of 0 has none.
    const fn new() -> Self {
        Texts { bytes: [0; 4096], len: 1 }
    }

    /// The place of a text, which is added where it is not there yet.
    const fn place(&mut self, text: &[u8]) -> u16 {
        let mut at = 0;
        while at < self.len {
            if self.is_at(at, text) {
                return at as u16;
            }
            at += 1 + self.bytes[at] as usize;
        }
        self.add(text);
        at as u16
    }

    /// The place of two texts, one behind the other; not the first, which has none.
    const fn place_of_two(&mut self, text: &[u8], behind: &[u8]) -> u16 {
        let mut at = 1;
        while at < self.len {
            let next = at + 1 + self.bytes[at] as usize;
            if self.is_at(at, text) && next < self.len && self.is_at(next, behind) {
                return at as u16;
            }
            at = next;
        }
        self.add(text);
        self.add(behind);
        at as u16
    }

    /// Adds a text behind those that are there.
    const fn add(&mut self, text: &[u8]) {
        assert!(text.len() < 128, "a length is one character");
        self.bytes[self.len] = text.len() as u8;
        self.len += 1;
        let mut byte = 0;
        while byte < text.len() {
            self.bytes[self.len] = text[byte];
            (self.len, byte) = (self.len + 1, byte + 1);
        }
    }

    const fn is_at(&self, at: usize, text: &[u8]) -> bool {
        let mut byte = 0;
        if self.bytes[at] as usize != text.len() {
            return false;
        }
        while byte < text.len() && self.bytes[at + 1 + byte] == text[byte] {
            byte += 1;
        }
        byte == text.len()
    }
}

impl Packed {
    /// What stands in the row itself.
    const fn of(spec: &Spec) -> Self {
        let (number, place) = match spec.place {
            Place::Attribute(attr) => (attr.number, Kind::ATTRIBUTE),
            Place::Nested(attr) => (attr.number, Kind::NESTED),
            Place::Header(at) => (at, Kind::HEADER),
        };
        let counts = Counts::of(spec.keys.len(), spec.with.len());
        Packed { codec: spec.codec, number, names: 0, words: 0, attrs: 0, counts, kind: Kind::of(place, spec.repeat) }
    }
}

const fn or_empty(text: Option<&str>) -> &[u8] {
    match text {
        Some(text) => text.as_bytes(),
        None => b"",
    }
}

const fn small(tag: u32) -> u16 {
    assert!(tag <= u16::MAX as u32, "a tag is one bit of few, or a small number");
    tag as u16
}

/// The first `N`.
#[doc(hidden)]
pub const fn cut<T: Copy, const N: usize>(all: &[T]) -> [T; N] {
    match all.first_chunk() {
        Some(first) => *first,
        None => panic!("there are fewer"),
    }
}

/// The first word that begins with each letter; last, with anything else.
pub(super) const fn firsts(rows: &[Spec]) -> [u8; LETTERS + 1] {
    let (mut firsts, mut words, mut row) = ([u8::MAX; LETTERS + 1], 0u8, 0);
    while row < rows.len() {
        let mut key = 0;
        while key < rows[row].keys.len() {
            let letter = letter(rows[row].keys[key].word.as_bytes());
            if firsts[letter] == u8::MAX {
                firsts[letter] = words;
            }
            words += 1;
            key += 1;
        }
        row += 1;
    }
    firsts
}

/// The first row that takes a word that no row knows; if none does, more than there are.
pub(super) const fn positional(rows: &[Spec]) -> u8 {
    let mut row = 0;
    while row < rows.len() && !rows[row].positional {
        row += 1;
    }
    row as u8
}
