//! Command lines as rows: options, switches and words by their place. What reads lines, clap, help and complaints all walk
//! them.
//!
//! Plain lines are read here: those whose options stand apart from their values, each once. What else there may be, and what
//! is wrong, is clap's: it knows every spelling, and costs a process as much as all the rest.

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// `!` may stand before it or its value.
pub const INVERTS: u8 = 1;
/// It must be given.
pub const NEEDED: u8 = 2;
/// It may stand before the verb and behind it.
pub const GLOBAL: u8 = 4;
/// It may be given several times.
pub const MANY: u8 = 8;
const WORD: u8 = 16;

/// An option, a switch or a word.
#[derive(Debug)]
pub struct Row {
    /// Its long word, without dashes; of a word what it is called in here.
    pub name: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// Another long word.
    pub alias: Option<&'static str>,
    /// What its value is called; nothing for a switch.
    pub value: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// [`INVERTS`] and so on.
    pub flags: u8,
}

/// An option that has a value.
pub const fn option(name: &'static str, value: &'static str, help: &'static str) -> Row {
    Row { name, short: None, alias: None, value, help, flags: 0 }
}

/// A switch.
pub const fn switch(name: &'static str, help: &'static str) -> Row {
    option(name, "", help)
}

/// A word by its place.
pub const fn word(name: &'static str, value: &'static str, help: &'static str) -> Row {
    option(name, value, help).with(WORD)
}

impl Row {
    /// With a letter.
    pub const fn short(self, letter: char) -> Self {
        Row { short: Some(letter), ..self }
    }

    /// With another long word.
    pub const fn alias(self, word: &'static str) -> Self {
        Row { alias: Some(word), ..self }
    }

    /// With flags.
    pub const fn with(self, flags: u8) -> Self {
        Row { flags: self.flags | flags, ..self }
    }

    /// Whether it has all of these flags.
    pub const fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// Whether it is a word by its place.
    pub const fn is_word(&self) -> bool {
        self.has(WORD)
    }

    /// Whether a word is one of its spellings.
    pub fn is(&self, word: &[u8]) -> bool {
        match word {
            _ if self.is_word() => false,
            [b'-', b'-', long @ ..] => {
                self.name.as_bytes() == long || self.alias.is_some_and(|alias| alias.as_bytes() == long)
            }
            [b'-', letter] => self.short == Some(char::from(*letter)),
            _ => false,
        }
    }

    fn argument(&self) -> Arg {
        let arg = Arg::new(self.name).required(self.has(NEEDED)).global(self.has(GLOBAL));
        if self.is_word() {
            let arg = arg.value_name(self.value).value_parser(ValueParser::os_string());
            return if self.has(MANY) { arg.num_args(0..) } else { arg };
        }
        let arg = arg.long(self.name).short(self.short).aliases(self.alias);
        match self.value {
            "" => arg.action(ArgAction::SetTrue),
            name => arg.value_name(name).value_parser(ValueParser::os_string()),
        }
    }
}

/// A verb.
#[derive(Debug)]
pub struct Verb {
    /// Its word.
    pub name: &'static str,
    /// Another word for it.
    pub alias: Option<&'static str>,
    /// What it does.
    pub about: &'static str,
    /// Its rows, in groups that verbs share.
    pub rows: &'static [&'static [Row]],
}

impl Verb {
    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = &'static Row> + Clone {
        self.rows.iter().flat_map(|rows| rows.iter())
    }

    /// The first of its rows that is `wanted`.
    fn find(&self, wanted: &dyn Fn(&Row) -> bool) -> Option<&'static Row> {
        for rows in self.rows {
            for row in *rows {
                if wanted(row) {
                    return Some(row);
                }
            }
        }
        None
    }

    /// Whether a word is one of its spellings.
    pub fn is(&self, word: &[u8]) -> bool {
        self.name.as_bytes() == word || self.alias.is_some_and(|alias| alias.as_bytes() == word)
    }
}

/// A whole command line.
#[derive(Debug)]
pub struct Grammar {
    /// The program.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Whether there must be a verb.
    pub needs_verb: bool,
    /// What may stand before the verb.
    pub rows: &'static [Row],
    /// The verbs.
    pub verbs: &'static [Verb],
}

impl Grammar {
    /// The first verb among `words`.
    pub fn verb(&self, words: &[&[u8]]) -> Option<&'static Verb> {
        words.iter().find_map(|word| self.verbs.iter().find(|verb| verb.is(word)))
    }

    /// What clap reads, with the verbs that are among `words`; with all of them if none is.
    pub fn command(&self, words: &[&[u8]]) -> Command {
        let named = |verb: &&Verb| words.iter().any(|word| verb.is(word));
        let none = !self.verbs.iter().any(|verb| named(&verb));
        let mut command = empty(self.name).subcommand_required(self.needs_verb);
        for row in self.rows {
            command = command.arg(row.argument());
        }
        for verb in self.verbs.iter().filter(|verb| none || named(verb)) {
            let mut own = empty(verb.name).aliases(verb.alias);
            for row in verb.rows() {
                own = own.arg(row.argument());
            }
            command = command.subcommand(own);
        }
        command
    }
}

fn empty(name: &'static str) -> Command {
    Command::new(name).disable_help_subcommand(true).disable_help_flag(true).disable_version_flag(true)
}

/// What was given on a line, whoever read it.
pub trait Given {
    /// The value of an option or word, `!` before it where it is inverted.
    fn value(&self, name: &str) -> Option<&[u8]>;
    /// Whether a switch was given.
    fn flag(&self, name: &str) -> bool;
}

impl Given for ArgMatches {
    fn value(&self, name: &str) -> Option<&[u8]> {
        self.try_get_one::<OsString>(name).ok().flatten().map(|value| value.as_bytes())
    }

    fn flag(&self, name: &str) -> bool {
        self.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false)
    }
}

/// A line of plain words.
pub struct Plain<'w> {
    /// The verb.
    pub verb: &'static Verb,
    values: Vec<(&'static str, Cow<'w, [u8]>)>,
}

impl Given for Plain<'_> {
    fn value(&self, name: &str) -> Option<&[u8]> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }

    fn flag(&self, name: &str) -> bool {
        self.value(name).is_some()
    }
}

/// Reads a line; `None` where a word is not plain, or is wrong.
pub fn plain<'w>(grammar: &'static Grammar, words: &[&'w [u8]]) -> Option<Plain<'w>> {
    let (mut verb, mut values) = (None::<&'static Verb>, Vec::<(&'static str, Cow<[u8]>)>::new());
    let mut rest = words.iter().copied();
    while let Some(first) = rest.next() {
        let (found, before) = if first == b"!" { (rest.next()?, true) } else { (first, false) };
        let own = |wanted: &dyn Fn(&Row) -> bool| verb.and_then(|verb| verb.find(wanted));
        let before_verb = |row: &&Row| (verb.is_none() || row.has(GLOBAL)) && row.is(found);
        let option = own(&|row| row.is(found)).or_else(|| grammar.rows.iter().find(before_verb));
        let (row, value) = match (option, verb) {
            (Some(row), _) if row.value.is_empty() => (row, &b""[..]),
            (Some(row), _) => (row, rest.next()?),
            (None, None) => {
                verb = Some(grammar.verbs.iter().find(|verb| verb.is(found))?).filter(|_| !before);
                verb?;
                continue;
            }
            (None, Some(_)) => {
                let given = |row: &Row| values.iter().any(|(name, _)| *name == row.name);
                (own(&|row| row.is_word() && !given(row))?, found)
            }
        };
        let (value, behind) = if value == b"!" { (rest.next()?, true) } else { (value, false) };
        let inverted = before || behind;
        let given = values.iter().any(|(name, _)| *name == row.name);
        let strange = value.starts_with(b"-") && value != b"-" || value.is_empty() != row.value.is_empty();
        if given || strange || inverted && !row.has(INVERTS) || row.has(MANY) {
            return None;
        }
        values.push((row.name, if inverted { [b"!", value].concat().into() } else { value.into() }));
    }
    let plain = Plain { verb: verb?, values };
    let missing = plain.verb.find(&|row| row.has(NEEDED) && plain.value(row.name).is_none());
    missing.is_none().then_some(plain)
}
