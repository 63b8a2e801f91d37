//! Numbers that have words.

use super::{say, set_unsigned};
use crate::error::{Error, Result};
use crate::number;
use crate::rows::Row;
use crate::session::Context;
use crate::spec::Key;
use crate::table::{Codec, Shape};
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;
use netmite_output::Names;

/// One of a few words, as a number.
#[derive(Clone, Copy)]
pub struct OneOf {
    /// Bytes in the attribute: 1, 2 or 4.
    pub width: usize,
    /// The words and their numbers.
    pub words: Names,
    /// Whether the number may stand for the word.
    pub numbers: bool,
    /// What is said of another word; where empty, all words are named.
    pub bad: &'static str,
    /// What is shown for a number that has no word; where empty, nothing.
    pub other: &'static str,
}

/// One of `words`, as a number of `width` bytes; of another word all are named.
pub const fn one_of(width: usize, words: Names) -> OneOf {
    OneOf { width, words, numbers: false, bad: "", other: "" }
}

impl OneOf {
    /// The word of the number that was sent.
    pub fn word(&self, row: &Row, attrs: &Slots) -> Option<&'static str> {
        self.words.name(u32::try_from(attrs.unsigned(row.number())?).ok()?)
    }
}

impl Codec for OneOf {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let known = self.words.number(word).or_else(|| {
            let number = number::decimal(word).and_then(|number| u32::try_from(number).ok());
            number.filter(|number| self.numbers && self.words.name(*number).is_some())
        });
        let number = known.ok_or_else(|| match self.bad {
            "" => Error::none_of(key.word, self.words, word),
            bad => Error::wrong(word, bad),
        })?;
        set_unsigned(scope, row.number(), number.into(), self.width, false);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let word = self.word(row, attrs).unwrap_or(self.other);
        if !word.is_empty() {
            context.field(row, word);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(word) = self.word(row, attrs) {
            say(to, row.word(), word.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Choice(self.words)
    }
}
