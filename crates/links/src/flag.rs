//! Codecs for the flags in a link's header: `up`, `multicast on`.

use netmite_grammar::codec::on_or_off;
use netmite_grammar::{Codec, Context, Key, Result, Row, Scope, Shape};
use netmite_netlink::attributes::Slots;

/// Where the flags lie in `struct ifinfomsg`, in bytes, and behind them the mask of those that are meant.
const FLAGS: usize = 8;
const CHANGE: usize = 12;

fn set(scope: &mut Scope, bit: u32, on: bool) {
    scope.tree.set_header_bits(scope.node, FLAGS, bit, on);
    scope.tree.set_header_bits(scope.node, CHANGE, bit, true);
}

/// A flag whose keyword says its value: the key's tag.
pub(crate) struct Word(pub(crate) u32);

impl Codec for Word {
    fn parse(&self, _: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        set(scope, self.0, key.tag != 0);
        Ok(())
    }

    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// A flag that is `on` or `off`; the second member tells whether `on` clears it.
pub(crate) struct OnOff(pub(crate) u32, pub(crate) bool);

impl Codec for OnOff {
    fn parse(&self, _: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        on_or_off(key.word, word).map(|on| set(scope, self.0, on != self.1))
    }

    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    fn shape(&self) -> Shape {
        Shape::ON_OFF
    }
}
