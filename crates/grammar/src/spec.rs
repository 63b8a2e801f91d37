//! The row as it is written: words, attribute, codec and documentation of one option. It exists while the tables are
//! compiled; what a program holds of it is in [`Rows`](crate::rows::Rows).

use crate::table::Codec;

/// The number of an attribute and, with the feature `names`, its name in the kernel's headers, which only audits and
/// tests read; [`attr!`](crate::attr) writes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attr {
    /// The type.
    pub number: u16,
    /// The kernel's name for it.
    #[cfg(feature = "names")]
    pub name: &'static str,
}

impl Attr {
    /// An attribute by its number and its name.
    #[cfg_attr(not(feature = "names"), expect(unused_variables, reason = "no product reads names"))]
    pub const fn named(number: u16, name: &'static str) -> Self {
        Attr {
            number,
            #[cfg(feature = "names")]
            name,
        }
    }
}

/// An attribute by its kernel name, which must be in scope as a `u16`: `attr!(IFLA_VXLAN_ID)`.
#[macro_export]
macro_rules! attr {
    ($name:ident) => {
        $crate::Attr::named($name, stringify!($name))
    };
}

/// A word that selects a row.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The whole word.
    pub word: &'static str,
    /// What the codec is to know of which word it was: the value of `up` and `down`, the bit of a flag.
    pub tag: u32,
    /// How many of its letters suffice.
    pub least: u8,
}

/// A word of which `least` letters suffice.
pub const fn key(word: &'static str, least: usize) -> Key {
    Key { word, least: letters(least), tag: 0 }
}

/// A word that is not abbreviated.
pub const fn exact(word: &'static str) -> Key {
    Key { word, least: letters(word.len()), tag: 0 }
}

const fn letters(count: usize) -> u8 {
    assert!(count < 256, "no word is so long");
    count as u8
}

impl Key {
    /// The same word with a tag for its codec.
    pub const fn tag(self, tag: u32) -> Key {
        Key { tag, ..self }
    }

    /// Whether `word` is the word, or an abbreviation with as many letters as it insists on.
    pub fn takes(&self, word: &[u8]) -> bool {
        let own = self.word.as_bytes();
        own.first() == word.first() && word.len() >= usize::from(self.least) && own.starts_with(word)
    }
}

/// Where a row's value lives.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// In an attribute of the table's own nest.
    Attribute(Attr),
    /// In an attribute inside the nests of [`Row::with`].
    Nested(Attr),
    /// In the fixed header, at this offset in bytes.
    Header(u16),
}

/// What a second mention of an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The last one counts.
    Last,
    /// Refused as `duplicate "mtu": "6" is the second value.`
    Duplicate,
    /// Refused as `either "id" is duplicate, or "2" is garbage.`
    Garbage,
    /// Refused as `either "encodingsa" is duplicate, or "encodingsa" is garbage.`, whatever follows.
    Keyword,
}

/// One option.
#[derive(Clone, Copy)]
pub struct Spec {
    /// The words it answers to; none if it is only reported.
    pub keys: &'static [Key],
    /// Where its value lives.
    pub place: Place,
    /// Of a nested value the nests it is in, outermost first; of another the attributes beside it that the codec reads too, so
    /// that their presence makes the row print.
    pub with: &'static [Attr],
    /// How it is coded.
    pub codec: &'static dyn Codec,
    /// One line of documentation, in our own words.
    pub doc: &'static str,
    /// The key in JSON, where it is not the first keyword.
    pub(crate) json: Option<&'static str>,
    /// The word in text, where it is not the first keyword.
    pub(crate) label: Option<&'static str>,
    /// What a second mention is.
    pub repeat: Repeat,
    /// Whether it takes the first word that no row knows.
    pub positional: bool,
}

/// A row with everything else at its default.
pub const fn row(keys: &'static [Key], attr: Attr, codec: &'static dyn Codec, doc: &'static str) -> Spec {
    Spec {
        keys,
        place: Place::Attribute(attr),
        with: &[],
        codec,
        doc,
        json: None,
        label: None,
        repeat: Repeat::Last,
        positional: false,
    }
}

impl Spec {
    /// The value lives in the fixed header, at offset `at`.
    pub const fn header(self, at: usize) -> Spec {
        assert!(at < 256, "no fixed header is so long");
        Spec { place: Place::Header(at as u16), ..self }
    }

    /// The attribute is inside these nests, outermost first; it stands for itself then.
    pub const fn inside(self, nests: &'static [Attr]) -> Spec {
        match self.place {
            Place::Attribute(attr) | Place::Nested(attr) => Spec { place: Place::Nested(attr), with: nests, ..self },
            Place::Header(_) => self,
        }
    }

    /// The codec reads these attributes too.
    pub const fn also(self, also: &'static [Attr]) -> Spec {
        assert!(matches!(self.place, Place::Attribute(_)), "a nested attribute stands for itself");
        Spec { with: also, ..self }
    }

    /// The key in JSON.
    pub const fn json(self, json: &'static str) -> Spec {
        assert!(!json.is_empty(), "none is the first keyword");
        Spec { json: Some(json), ..self }
    }

    /// The word in text.
    pub const fn label(self, label: &'static str) -> Spec {
        assert!(!label.is_empty(), "none is the first keyword");
        Spec { label: Some(label), ..self }
    }

    /// What a second mention is.
    pub const fn repeat(self, repeat: Repeat) -> Spec {
        Spec { repeat, ..self }
    }

    /// Other words for the same option, where another tool says it otherwise; text and JSON follow them.
    pub const fn words(self, keys: &'static [Key]) -> Spec {
        Spec { keys, json: None, label: None, ..self }
    }

    /// Another way to read and show the same attribute, for another tool.
    pub const fn codec(self, codec: &'static dyn Codec) -> Spec {
        Spec { codec, ..self }
    }

    /// Takes the first word that no row knows.
    pub const fn positional(self) -> Spec {
        Spec { positional: true, ..self }
    }

    /// The attribute's number; 0 for a field of the header.
    pub(crate) const fn number(&self) -> u16 {
        match self.place {
            Place::Attribute(attr) | Place::Nested(attr) => attr.number,
            Place::Header(_) => 0,
        }
    }
}

/// The rows of `a` and, behind them, those of `b`, whose attributes are inside `nests`: so that the members of a nest
/// are rows of a table of their own and, scattered over a line, of the line's table. Without nests, rows that several
/// tables share are said once. `N` is how many there are in all.
pub const fn joined<const N: usize>(a: &[Spec], b: &[Spec], nests: &'static [Attr]) -> [Spec; N] {
    assert!(a.len() + b.len() == N, "the number of rows");
    let mut rows = [a[0]; N];
    let mut at = 0;
    while at < N {
        rows[at] = if at < a.len() {
            a[at]
        } else if nests.is_empty() {
            b[at - a.len()]
        } else {
            b[at - a.len()].inside(nests)
        };
        at += 1;
    }
    rows
}

/// The row of `rows` whose value lives in `attr`: for a second table of the same options, a *view*, which changes the words,
/// their order and what is said of bad values, and leaves the rest as it is. None is a compile error.
pub const fn view(rows: &[Spec], attr: Attr) -> Spec {
    let mut at = 0;
    while rows[at].number() != attr.number {
        at += 1;
    }
    rows[at]
}
