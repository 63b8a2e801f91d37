//! A codec with a complaint of its own.

use crate::error::{Error, Result};
use crate::rows::Row;
use crate::session::Context;
use crate::spec::Key;
use crate::table::{Codec, Shape};
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;

/// Another codec, whose refusals of a value are told as the second member tells them. That a value is missing is told as
/// ever.
pub struct Refusing(pub &'static dyn Codec, pub fn(&[u8]) -> Error);

impl Codec for Refusing {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.words.peek();
        self.0.parse(row, key, scope).map_err(|error| word.map_or(error, self.1))
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
