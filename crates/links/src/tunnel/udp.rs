//! What tunnels in UDP have, and a link that may be none: how far packets go, whether they may be cut.

use netmite_grammar::codec::{OneOf, U32, Unsigned, one_of, say};
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, number};
use netmite_output::names;

/// The tag of a keyword that stands for no link.
pub(crate) const NONE: u32 = 1;

/// A link by its name. A keyword with the tag [`NONE`] has no value and is index 0, which is not shown.
pub(crate) struct LinkOrNone;

impl Codec for LinkOrNone {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let index = if key.tag == NONE { 0 } else { scope.device()? };
        scope.set(row.number(), index);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(index) = attrs.u32(row.number()).filter(|index| *index != 0) {
            let name = context.name_of(index);
            context.field(row, &name);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(index) = attrs.u32(row.number()).filter(|index| *index != 0) {
            let name = context.name_of(index);
            say(to, row.word(), (&name).into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Device
    }
}

/// How far outer packets go: a number, `auto` for 0, or `inherit`, which is an attribute of its own: the member.
pub(crate) struct Ttl(pub(crate) u16);

impl Ttl {
    fn inherits(&self, attrs: &Slots) -> bool {
        attrs.get(self.0).is_some_and(|payload| payload.first() != Some(&0))
    }
}

impl Codec for Ttl {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let ttl = if word == b"auto" { Some(0) } else { number::u32(word) };
        match ttl.map(u8::try_from) {
            _ if word == b"inherit" => scope.set(self.0, ()),
            Some(Ok(ttl)) => scope.set(row.number(), ttl),
            Some(Err(_)) => return Err(Error::wrong(word, "TTL must be <= 255")),
            None => return Err(Error::wrong(word, "invalid TTL")),
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        match attrs.u8(row.number()) {
            _ if self.inherits(attrs) => context.field_in_text(row, "inherit"),
            Some(0) => context.field_as(row, 0u8, "auto"),
            Some(ttl) => context.field(row, ttl),
            None => (),
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if self.inherits(attrs) {
            say(to, row.word(), "inherit".into());
        } else if let Some(ttl) = attrs.u8(row.number()) {
            say(to, row.word(), ttl.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("{ 1..255 | auto | inherit }")
    }
}

const DF: OneOf =
    OneOf { bad: "DF must be 'unset', 'set' or 'inherit'", ..one_of(1, names!["unset", "set", "inherit"]) };

/// The Don't Fragment bit of outer packets; text leaves out that it is unset.
pub(crate) struct Df;

impl Codec for Df {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        DF.parse(row, key, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if context.out.is_json() || attrs.u8(row.number()) != Some(0) {
            DF.print(row, attrs, context);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        DF.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        DF.shape()
    }
}

/// The flow label of outer IPv6 packets.
pub(crate) const FLOW_LABEL: Unsigned =
    Unsigned { big_endian: true, most: (1 << 20) - 1, hex: true, quiet_zero: true, ..U32.bad("invalid flowlabel") };
