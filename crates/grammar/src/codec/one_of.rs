//! Numbers that have words.

use super::{say, set_unsigned};
use crate::error::{Error, Result};
use crate::rows::Row;
use crate::session::Context;
use crate::spec::Key;
use crate::table::{Codec, Shape};
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;

/// One of a few words, as a number.
#[derive(Clone, Copy)]
pub struct OneOf {
    /// Bytes in the attribute: 1, 2 or 4.
    pub width: usize,
    /// Network order.
    pub big_endian: bool,
    /// The words; each one's number is the entry of `numbers` in the same place.
    pub words: &'static [&'static str],
    /// The numbers.
    pub numbers: &'static [u64],
    /// What is said of another word; where empty, all words are named.
    pub bad: &'static str,
}

impl OneOf {
    fn word(&self, row: &Row, attrs: &Slots) -> Option<&'static str> {
        let number = match (self.big_endian, self.width) {
            (true, 2) => u64::from(attrs.u16_be(row.number())?),
            (true, 4) => u64::from(attrs.u32_be(row.number())?),
            _ => attrs.unsigned(row.number())?,
        };
        self.numbers.iter().position(|known| *known == number).and_then(|at| self.words.get(at)).copied()
    }
}

impl Codec for OneOf {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let at = self.words.iter().position(|known| known.as_bytes() == word);
        let Some(number) = at.and_then(|at| self.numbers.get(at)) else {
            return Err(match self.bad {
                "" => Error::none_of(key.word, self.words, word),
                bad => Error::wrong(word, bad),
            });
        };
        set_unsigned(scope, row.number(), *number, self.width, self.big_endian);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(word) = self.word(row, attrs) {
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

/// The same; what has no word is shown as the second member.
pub struct Otherwise(pub OneOf, pub &'static str);

impl Codec for Otherwise {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        self.0.parse(row, key, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        context.field(row, self.0.word(row, attrs).unwrap_or(self.1));
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        self.0.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        self.0.shape()
    }
}
