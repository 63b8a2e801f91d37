//! The row, the codec and the table.

use crate::error::{Error, Result};
use crate::session::Context;
use crate::walk::{LETTERS, Scope, firsts};
use netmite_netlink::attributes::Slots;

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

/// What may follow a keyword: for help and completion.
#[derive(Clone, Copy)]
pub enum Shape {
    /// Nothing.
    Nothing,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A value, by the name it has in help texts.
    Value(&'static str),
    /// The name of an interface.
    Device,
    /// The words of another table, to the end of the line.
    Rest(&'static str),
}

impl Shape {
    /// What help texts say of it.
    pub fn text(&self) -> String {
        match self {
            Shape::Nothing => String::new(),
            Shape::Choice(words) => format!("{{ {} }}", words.join(" | ")),
            Shape::Value(name) | Shape::Rest(name) => (*name).to_owned(),
            Shape::Device => "DEVICE".to_owned(),
        }
    }
}

/// How words become attributes and attributes become output. The regular ones are in [`codec`](crate::codec).
pub trait Codec: Sync {
    /// Words to attributes. The cursor stands behind the keyword `key`; a positional row's cursor stands before its word.
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()>;

    /// Attributes to text or JSON. Called where any of the row's attributes was sent.
    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context);

    /// Attributes to the words that would make them; none for what can't be set or is printed by hand. Only the laws of the tables
    /// ask for them: no release holds them.
    #[cfg(feature = "laws")]
    fn words(&self, _row: &Row, _attrs: &Slots, _context: &mut Context, _to: &mut Vec<Vec<u8>>) {}

    /// Whether it prints: else the head of a line, written by hand, shows what there is to show.
    #[cfg(feature = "laws")]
    fn shows(&self) -> bool {
        true
    }

    /// What may follow the keyword.
    fn shape(&self) -> Shape;
}

/// One option.
#[derive(Clone, Copy)]
pub struct Row {
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
    /// The key in JSON, where it is not the first keyword. A reference to a reference is half as large.
    json: Option<&'static &'static str>,
    /// The word in text, where it is not the first keyword.
    label: Option<&'static &'static str>,
    /// At which level of `-d` it is printed; 0 always.
    pub detail: u8,
    /// What a second mention is.
    pub repeat: Repeat,
    /// Whether it takes the first word that no row knows.
    pub positional: bool,
}

/// A row with everything else at its default.
pub const fn row(keys: &'static [Key], attr: Attr, codec: &'static dyn Codec, doc: &'static str) -> Row {
    Row {
        keys,
        place: Place::Attribute(attr),
        with: &[],
        codec,
        doc,
        json: None,
        label: None,
        detail: 0,
        repeat: Repeat::Last,
        positional: false,
    }
}

impl Row {
    /// The value lives in the fixed header, at offset `at`.
    pub const fn header(self, at: usize) -> Row {
        assert!(at < 256, "no fixed header is so long");
        Row { place: Place::Header(at as u16), ..self }
    }

    /// The attribute is inside these nests, outermost first; it stands for itself then.
    pub const fn inside(self, nests: &'static [Attr]) -> Row {
        match self.place {
            Place::Attribute(attr) | Place::Nested(attr) => Row { place: Place::Nested(attr), with: nests, ..self },
            Place::Header(_) => self,
        }
    }

    /// The codec reads these attributes too.
    pub const fn also(self, also: &'static [Attr]) -> Row {
        assert!(matches!(self.place, Place::Attribute(_)), "a nested attribute stands for itself");
        Row { with: also, ..self }
    }

    /// The other attributes that the codec reads.
    pub fn others(&self) -> &'static [Attr] {
        if matches!(self.place, Place::Attribute(_)) { self.with } else { &[] }
    }

    /// The nests that the value is in, outermost first.
    pub fn nests(&self) -> &'static [Attr] {
        if matches!(self.place, Place::Nested(_)) { self.with } else { &[] }
    }

    /// The key in JSON.
    pub const fn json(self, json: &'static &'static str) -> Row {
        Row { json: Some(json), ..self }
    }

    /// The word in text.
    pub const fn label(self, label: &'static &'static str) -> Row {
        Row { label: Some(label), ..self }
    }

    /// Printed from this level of `-d` on.
    pub const fn detail(self, detail: u8) -> Row {
        Row { detail, ..self }
    }

    /// What a second mention is.
    pub const fn repeat(self, repeat: Repeat) -> Row {
        Row { repeat, ..self }
    }

    /// Other words for the same option, where another tool says it otherwise; text and JSON follow them.
    pub const fn words(self, keys: &'static [Key]) -> Row {
        Row { keys, json: None, label: None, ..self }
    }

    /// Another way to read and show the same attribute, for another tool.
    pub const fn codec(self, codec: &'static dyn Codec) -> Row {
        Row { codec, ..self }
    }

    /// Takes the first word that no row knows.
    pub const fn positional(self) -> Row {
        Row { positional: true, ..self }
    }

    /// The key in JSON.
    pub fn json_key(&self) -> &'static str {
        self.json.copied().unwrap_or_else(|| self.word())
    }

    /// The word in text.
    pub fn text_label(&self) -> &'static str {
        self.label.copied().unwrap_or_else(|| self.word())
    }

    /// The attribute's number; 0 for a field of the header.
    pub const fn number(&self) -> u16 {
        match self.place {
            Place::Attribute(attr) | Place::Nested(attr) => attr.number,
            Place::Header(_) => 0,
        }
    }

    /// The row's first keyword, for messages.
    pub fn word(&self) -> &'static str {
        self.keys.first().map_or("", |key| key.word)
    }
}

/// A grammar of keywords: what every link takes, a kind, a port's options, an address, a route.
#[derive(Clone, Copy)]
pub struct Table {
    /// The name that complaints begin with: the kind.
    pub name: &'static str,
    /// The options, in print order.
    pub rows: &'static [Row],
    /// What there is before any word is read: defaults, or the settings that a change starts from.
    pub begin: fn(&Table, &mut Scope) -> Result<()>,
    /// What holds between options: companions, checks. Called when all words are read.
    pub rules: fn(&mut Scope) -> Result<()>,
    /// The complaint about a word that no row takes.
    pub unknown: fn(&Table, &[u8]) -> Error,
    /// The usage text, for tables in which `help` may stand anywhere.
    pub help: Option<fn() -> Error>,
    /// The first row with a word that begins with each letter; last, with anything else. [`Table::new`] fills it in.
    pub firsts: [u8; LETTERS + 1],
}

impl Table {
    /// A table without rules, which complains as a link kind does.
    pub const fn new(name: &'static str, rows: &'static [Row]) -> Self {
        Table {
            name,
            rows,
            begin: |_, _| Ok(()),
            rules: |_| Ok(()),
            unknown: |table, word| table.unknown_option(word),
            help: None,
            firsts: firsts(rows),
        }
    }

    /// The kind's complaint about a word, with the nearest one it knows; of `help`, its usage.
    pub fn unknown_option(&self, word: &[u8]) -> Error {
        self.suggest_or_help(word, Error::unknown_option(self.name, word))
    }

    /// The same, for the kinds that say it in other words.
    pub fn unknown_word(&self, word: &[u8]) -> Error {
        self.suggest_or_help(word, Error::new(1, [self.name.as_bytes(), b": unknown option \"", word, b"\"?"].concat()))
    }

    /// The same, for the kinds whose complaint is their usage.
    pub fn unknown_usage(&self, word: &[u8]) -> Error {
        self.suggest_or_help(word, Error::new(1, self.help_text()))
    }

    /// As [`Table::suggest`]; what asks for help gets the usage of a kind instead.
    pub fn suggest_or_help(&self, word: &[u8], error: Error) -> Error {
        if crate::words::matches(word, "help") { Error::new(1, self.help_text()) } else { self.suggest(word, error) }
    }

    /// Adds the nearest keyword to a complaint about a word.
    pub fn suggest(&self, word: &[u8], error: Error) -> Error {
        error.suggest(word, self.keywords())
    }

    /// The usage of a kind of link.
    pub fn help_text(&self) -> String {
        format!("Usage: ... {}\n{}", self.name, self.usage())
    }

    /// Whether any word selects a row; else what the table describes is only reported.
    pub fn takes_options(&self) -> bool {
        self.keywords().next().is_some()
    }

    /// All words that select a row.
    pub fn keywords(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().flat_map(|row| row.keys).map(|key| key.word)
    }
}

/// The rows of `a` and, behind them, those of `b`, whose attributes are inside `nests`: so that the members of a nest
/// are rows of a table of their own and, scattered over a line, of the line's table. Without nests, rows that several
/// tables share are said once. `N` is how many there are in all.
pub const fn joined<const N: usize>(a: &[Row], b: &[Row], nests: &'static [Attr]) -> [Row; N] {
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
pub const fn view(rows: &[Row], attr: Attr) -> Row {
    let mut at = 0;
    while rows[at].number() != attr.number {
        at += 1;
    }
    rows[at]
}
