//! What a program holds of a table's rows: 24 bytes a row and six a word, which the compiler makes of the [`Spec`]s. Their texts
//! stand in one string, each behind its length, and are found by their place in it; what a table says twice stands there once.
//! Documentation is packed ([`Brief`]), row by row: only help looks for it. [`Row`] is what codecs see of one.

use crate::spec::{Key, Repeat, Spec};
use crate::table::Codec;
use crate::walk::{LETTERS, letter};
use draft::{firsts, positional};
use netmite_output::Brief;
use std::ops::Range;

pub mod draft;

/// The rows of a table; [`rows!`](crate::rows!) makes them.
pub struct Rows {
    rows: &'static [Packed],
    words: &'static [Word],
    attrs: &'static [u16],
    text: &'static str,
    docs: &'static [u8],
    /// The first word that begins with each letter; last, with anything else.
    firsts: [u8; LETTERS + 1],
    /// The row that takes the first word that no row knows; if none does, more than there are.
    positional: u8,
    /// The rows as they were written.
    #[cfg(feature = "names")]
    pub specs: &'static [Spec],
}

/// One row. Places of words and attributes are indices.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Packed {
    codec: &'static dyn Codec,
    /// The attribute, or the offset in the header.
    number: u16,
    /// The place in [`Rows::text`] of the word in text, behind which the key in JSON stands; each is empty, and none has 0, where it is
    /// the first keyword.
    names: u16,
    words: u8,
    attrs: u8,
    counts: Counts,
    kind: Kind,
}

/// How many words a row has and, times 16, how many attributes beside its own.
#[derive(Clone, Copy)]
struct Counts(u8);

impl Counts {
    const fn of(words: usize, attrs: usize) -> Self {
        assert!(words < 16 && attrs < 16, "there is room for no more");
        Counts((words | attrs << 4) as u8)
    }

    fn words(self) -> usize {
        usize::from(self.0 & 15)
    }

    fn attrs(self) -> usize {
        usize::from(self.0 >> 4)
    }
}

/// Where a row's value lives, a [`Place`] without its number, and what a second mention is.
#[derive(Clone, Copy)]
struct Kind(u8);

impl Kind {
    const ATTRIBUTE: u8 = 0;
    const NESTED: u8 = 1;
    const HEADER: u8 = 2;

    const fn of(place: u8, repeat: Repeat) -> Self {
        Kind(place | (repeat as u8) << 2)
    }

    fn is(self, place: u8) -> bool {
        self.0 & 3 == place
    }
}

/// One word.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Word {
    tag: u16,
    text: u16,
    least: u8,
    /// The first byte, so that most words are passed over without a look at their text.
    first: u8,
}

/// One option of a table, as codecs see it.
#[derive(Clone, Copy)]
pub struct Row {
    rows: &'static Rows,
    packed: &'static Packed,
}

impl Rows {
    /// All of them, in print order.
    pub fn iter(&'static self) -> impl DoubleEndedIterator<Item = Row> + ExactSizeIterator {
        self.rows.iter().map(move |packed| Row { rows: self, packed })
    }

    /// The row that a word selects; whole words come before abbreviations. The search begins at the first word with the same
    /// letter in front, and passes over those with another: a batch asks this for each word of each line.
    pub fn find(&'static self, word: &[u8]) -> Option<(usize, Row, Key)> {
        let first = *word.first()?;
        let start = usize::from(self.firsts.get(letter(word)).copied().unwrap_or(0));
        let mut abbreviated = None;
        for (at, known) in self.words.get(start..).unwrap_or_default().iter().enumerate() {
            if known.first == first {
                let own = self.bytes(known.text);
                if own.len() == word.len() && own == word {
                    return self.found(start + at, known);
                }
                if abbreviated.is_none() && word.len() >= usize::from(known.least) && own.starts_with(word) {
                    abbreviated = Some((at, known));
                }
            }
        }
        abbreviated.and_then(|(at, known)| self.found(start + at, known))
    }

    /// The row that word `at` belongs to: the last one whose words begin there or before.
    fn found(&'static self, at: usize, word: &Word) -> Option<(usize, Row, Key)> {
        let row = self.rows.partition_point(|row| usize::from(row.words) <= at).checked_sub(1)?;
        Some((row, Row { rows: self, packed: self.rows.get(row)? }, self.key(word)))
    }

    fn key(&self, word: &Word) -> Key {
        Key { word: self.text(word.text.into()), tag: u32::from(word.tag), least: word.least }
    }

    /// The row that takes the first word that no row knows.
    pub fn positional(&'static self) -> Option<(usize, Row)> {
        let at = usize::from(self.positional);
        self.rows.get(at).map(|packed| (at, Row { rows: self, packed }))
    }

    /// The documentation of each row, in their order.
    pub fn docs(&self) -> impl Iterator<Item = String> {
        let mut rest = self.docs;
        std::iter::from_fn(move || {
            let (len, more) = rest.split_first()?;
            let (doc, more) = more.split_at_checked(usize::from(*len))?;
            rest = more;
            Some(Brief::packed(doc).text())
        })
    }

    /// The text at a place.
    #[inline(never)]
    fn text(&self, at: usize) -> &'static str {
        self.text.get(self.range(at)).unwrap_or("")
    }

    /// The same where it need not be text: where it is compared.
    #[inline(always)]
    fn bytes(&self, at: u16) -> &'static [u8] {
        self.text.as_bytes().get(self.range(usize::from(at))).unwrap_or_default()
    }

    #[inline(always)]
    fn range(&self, at: usize) -> Range<usize> {
        let start = at + 1;
        start..start + self.text.as_bytes().get(at).copied().map_or(0, usize::from)
    }
}

impl Packed {
    fn words(&self, rows: &Rows) -> &'static [Word] {
        let start = usize::from(self.words);
        rows.words.get(start..start + self.counts.words()).unwrap_or(&[])
    }
}

impl Row {
    /// How it is coded.
    pub fn codec(&self) -> &'static dyn Codec {
        self.packed.codec
    }

    /// The attribute's number; 0 for a field of the header.
    pub fn number(&self) -> u16 {
        if self.is_header() { 0 } else { self.packed.number }
    }

    /// Whether the value is a field of the header.
    pub fn is_header(&self) -> bool {
        self.packed.kind.is(Kind::HEADER)
    }

    /// The other attributes that the codec reads.
    pub fn others(&self) -> &'static [u16] {
        if self.packed.kind.is(Kind::ATTRIBUTE) { self.attrs() } else { &[] }
    }

    /// The nests that the value is in, outermost first.
    pub fn nests(&self) -> &'static [u16] {
        if self.packed.kind.is(Kind::NESTED) { self.attrs() } else { &[] }
    }

    fn attrs(&self) -> &'static [u16] {
        let start = usize::from(self.packed.attrs);
        self.rows.attrs.get(start..start + self.packed.counts.attrs()).unwrap_or(&[])
    }

    /// The words that select it.
    pub fn keys(self) -> impl DoubleEndedIterator<Item = Key> + ExactSizeIterator {
        self.packed.words(self.rows).iter().map(move |word| self.rows.key(word))
    }

    /// Whether a word selects it; else it is only reported, or takes a word that none does.
    pub fn has_keys(&self) -> bool {
        self.packed.counts.words() > 0
    }

    /// The row's first keyword, for messages.
    pub fn word(&self) -> &'static str {
        self.keys().next().map_or("", |key| key.word)
    }

    /// The key in JSON.
    pub fn json_key(&self) -> &'static str {
        match self.packed.names {
            0 => self.word(),
            label => self.or_word(self.rows.range(usize::from(label)).end),
        }
    }

    /// The word in text.
    pub fn text_label(&self) -> &'static str {
        self.or_word(usize::from(self.packed.names))
    }

    /// The text at a place, or the first keyword where it is empty.
    fn or_word(&self, place: usize) -> &'static str {
        match self.rows.text(place) {
            "" => self.word(),
            text => text,
        }
    }

    /// What a second mention is.
    pub fn repeat(&self) -> Repeat {
        match self.packed.kind.0 >> 2 {
            0 => Repeat::Last,
            1 => Repeat::Duplicate,
            2 => Repeat::Garbage,
            _ => Repeat::Keyword,
        }
    }

    /// Which row of its table it is.
    #[cfg(feature = "names")]
    pub fn index(&self) -> usize {
        self.rows.rows.iter().position(|packed| std::ptr::eq(packed, self.packed)).unwrap_or(0)
    }

    /// The row as it was written.
    #[cfg(feature = "names")]
    pub fn spec(&self) -> &'static Spec {
        &self.rows.specs[self.index()]
    }
}

/// Makes `&'static` [`Rows`] of a constant `&[Spec]`. (What it names itself must not hide what that is made of.)
#[macro_export]
macro_rules! rows {
    ($specs:expr) => {{
        const __SPECS: &[$crate::Spec] = $specs;
        const __DRAFT: $crate::packed::Draft<{ __SPECS.len() }> = $crate::packed::Draft::of(__SPECS);
        static __PACKED: [$crate::packed::Packed; __SPECS.len()] = __DRAFT.rows;
        static __WORDS: [$crate::packed::Word; __DRAFT.word_count] = $crate::packed::cut(&__DRAFT.words);
        static __ATTRS: [u16; __DRAFT.attr_count] = $crate::packed::cut(&__DRAFT.attrs);
        static __TEXT: [u8; __DRAFT.text.len] = $crate::packed::cut(&__DRAFT.text.bytes);
        static __DOCS: [u8; __DRAFT.docs.len] = $crate::packed::cut(&__DRAFT.docs.bytes);
        static __ROWS: $crate::Rows = $crate::Rows::new(__SPECS, &__PACKED, &__WORDS, &__ATTRS, &__TEXT, &__DOCS);
        &__ROWS
    }};
}

impl Rows {
    #[doc(hidden)]
    pub const fn new(
        specs: &'static [Spec],
        rows: &'static [Packed],
        words: &'static [Word],
        attrs: &'static [u16],
        text: &'static [u8],
        docs: &'static [u8],
    ) -> Self {
        let Ok(text) = std::str::from_utf8(text) else { panic!("texts begin and end between characters") };
        Rows {
            rows,
            words,
            attrs,
            text,
            docs,
            firsts: firsts(specs),
            positional: positional(specs),
            #[cfg(feature = "names")]
            specs,
        }
    }
}
