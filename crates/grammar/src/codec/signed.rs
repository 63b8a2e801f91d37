//! Numbers with a sign.

use super::say;
use crate::error::{Error, Result};
use crate::number;
use crate::rows::Row;
use crate::session::Context;
use crate::spec::Key;
use crate::table::{Codec, Shape};
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;

/// A number of four bytes that may be below zero; the member is what is said of a wrong one.
#[derive(Clone, Copy)]
pub struct Signed(pub &'static str);

impl Codec for Signed {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let number = number::i32(word).ok_or_else(|| Error::wrong(word, self.0))?;
        scope.set(row.number(), number);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(number) = attrs.i32(row.number()) {
            context.field(row, number);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(number) = attrs.i32(row.number()) {
            say(to, row.word(), number.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("NUMBER")
    }
}
