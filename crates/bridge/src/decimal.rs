//! Numbers whose digits are decimal, also behind a 0: `010` is ten.

use netmite_grammar::codec::{Unsigned, set_unsigned};
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, number};

/// A decimal number, otherwise as the codec inside.
pub(crate) struct Decimal(pub(crate) Unsigned);

impl Decimal {
    /// The number that a word is, of 16 bits or less.
    pub(crate) fn read(&self, word: &[u8]) -> Result<u16> {
        self.number(word).map(|number| number.try_into().unwrap_or(u16::MAX))
    }

    fn number(&self, word: &[u8]) -> Result<u64> {
        let number = number::in_base(word, 10).filter(|number| *number <= self.0.most);
        number.ok_or_else(|| Error::wrong(word, self.0.bad))
    }
}

impl Codec for Decimal {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let number = self.number(scope.value()?)?;
        set_unsigned(scope, row.number(), number, self.0.width, false);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        self.0.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        self.0.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        self.0.shape()
    }
}
