//! The type of service of a tunnel's outer packets.

use super::say;
use crate::error::{Error, Result};
use crate::names::Database;
use crate::number;
use crate::rows::Row;
use crate::session::Context;
use crate::spec::Key;
use crate::table::{Codec, Shape};
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;
use netmite_output::Value;

/// A type of service: a name, `inherit` for that of the packet inside, or a number in hexadecimal.
#[derive(Clone, Copy)]
pub struct Tos;

/// What `inherit` is sent as.
const INHERIT: u8 = 1;

impl Tos {
    /// What a word stands for.
    fn read(context: &mut Context, word: &[u8]) -> Option<u8> {
        if word == b"inherit" {
            return Some(INHERIT);
        }
        let named = context.databases.number(Database::DsFields, word);
        named.map(u64::from).or_else(|| number::hex(word)).and_then(|number| u8::try_from(number).ok())
    }

    /// How text shows a value.
    fn shown(tos: u8) -> Value<'static> {
        if tos == INHERIT { Value::Str("inherit") } else { Value::Hex(u64::from(tos)) }
    }
}

impl Codec for Tos {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let tos = Self::read(scope.context, word).ok_or_else(|| Error::wrong(word, "bad TOS value"))?;
        scope.set(row.number(), tos);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(tos) = attrs.u8(row.number()).filter(|tos| *tos != 0) else { return };
        let out = &mut context.out;
        let value = if out.is_json() { Value::Hex(u64::from(tos)) } else { Self::shown(tos) };
        out.field(row.json_key(), row.text_label(), value);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(tos) = attrs.u8(row.number()) {
            say(to, row.word(), Self::shown(tos));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("{ TOS | inherit }")
    }
}
