//! What a tunnel carries: a protocol by the name of the tunnel that it makes.

use super::numbers::IFLA_IPTUN_PROTO;
use super::say;
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, attr, exact, row};
use netmite_netlink::attributes::Slots;
use netmite_output::Names;

/// The protocols that a kind of tunnel can carry: their words, of which the first of each is shown, and their numbers.
pub(crate) struct Mode(pub(crate) Names);

/// The row of the mode.
pub(crate) const fn row_of(mode: &'static Mode) -> Spec {
    row(const { &[exact("mode")] }, attr!(IFLA_IPTUN_PROTO), mode, "what it carries").json("proto")
}

impl Mode {
    fn word(&self, row: &Row, attrs: &Slots) -> Option<&'static str> {
        self.0.name(attrs.u8(row.number())?.into())
    }
}

impl Codec for Mode {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let number = self.0.byte(word).ok_or_else(|| Error::wrong(word, "Cannot guess tunnel mode."))?;
        scope.set(row.number(), number);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(word) = self.word(row, attrs) {
            context.out.put(row.json_key(), "", word, " ");
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(word) = self.word(row, attrs) {
            say(to, row.word(), word.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("MODE")
    }
}
