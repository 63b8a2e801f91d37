//! The codec and the table.

use crate::error::{Error, Result};
use crate::rows::{Row, Rows};
use crate::session::Context;
use crate::spec::Key;
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;
use netmite_output::{Names, names};

/// What may follow a keyword: for help and completion.
#[derive(Clone, Copy)]
pub enum Shape {
    /// Nothing.
    Nothing,
    /// One of these words.
    Choice(Names),
    /// The same, of words that are no [`Names`].
    Words(&'static [&'static str]),
    /// A value, by the name it has in help texts.
    Value(&'static str),
    /// The name of an interface.
    Device,
    /// The words of another table, to the end of the line.
    Rest(&'static str),
}

impl Shape {
    /// A switch.
    pub const ON_OFF: Shape = Shape::Choice(names!["on", "off"]);

    /// Adds what help texts say of it, behind a blank; nothing of [`Shape::Nothing`].
    pub fn add_to(&self, text: &mut String) {
        match self {
            Shape::Nothing => {}
            Shape::Choice(words) => {
                for part in [" { ", &words.joined(" | "), " }"] {
                    *text += part;
                }
            }
            Shape::Words(words) => {
                for part in [" { ", &words.join(" | "), " }"] {
                    *text += part;
                }
            }
            Shape::Value(name) | Shape::Rest(name) => {
                *text += " ";
                *text += name;
            }
            Shape::Device => *text += " DEVICE",
        }
    }

    /// What help texts say of it.
    #[cfg(feature = "laws")]
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.add_to(&mut text);
        text.trim_start().to_owned()
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

/// A grammar of keywords: what every link takes, a kind, a port's options, an address, a route.
#[derive(Clone, Copy)]
pub struct Table {
    /// The name that complaints begin with: the kind.
    pub name: &'static str,
    /// The options, in print order.
    pub rows: &'static Rows,
    /// What there is before any word is read: defaults, or the settings that a change starts from.
    pub begin: fn(&Table, &mut Scope) -> Result<()>,
    /// What holds between options: companions, checks. Called when all words are read.
    pub rules: fn(&mut Scope) -> Result<()>,
    /// The complaint about a word that no row takes.
    pub unknown: fn(&Table, &[u8]) -> Error,
    /// The usage text, for tables in which `help` may stand anywhere.
    pub help: Option<fn() -> Error>,
}

impl Table {
    /// A table without rules, which complains as a link kind does.
    pub const fn new(name: &'static str, rows: &'static Rows) -> Self {
        Table {
            name,
            rows,
            begin: |_, _| Ok(()),
            rules: |_| Ok(()),
            unknown: |table, word| table.unknown_option(word),
            help: None,
        }
    }

    /// The kind's complaint about a word, with the nearest one it knows; of `help`, its usage.
    pub fn unknown_option(&self, word: &[u8]) -> Error {
        self.suggest_or_help(word, Error::unknown_option(self.name, word))
    }

    /// The same, for the kinds that say it in other words.
    pub fn unknown_word(&self, word: &[u8]) -> Error {
        self.suggest_or_help(word, Error::of(1, &[self.name.as_bytes(), b": unknown option \"", word, b"\"?"]))
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
        self.rows.iter().flat_map(Row::keys).map(|key| key.word)
    }
}
