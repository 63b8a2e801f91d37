//! The types of Ethernet frames, which VLAN tags and tunnels name.

use super::say;
use crate::error::{Error, Result};
use crate::number;
use crate::session::Context;
use crate::table::{Codec, Key, Row, Shape};
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;

/// The type of an Ethernet frame, in network order: by name, whatever its case, or as a hexadecimal number.
#[derive(Clone, Copy)]
pub struct EtherType {
    /// What is said of a wrong value.
    pub bad: &'static str,
}

/// The names in use, by number: linux/if_ether.h.
const ETHER_TYPES: &[(&str, u16)] =
    &[("802.1Q", 0x8100), ("802.1ad", 0x88a8), ("ip", 0x0800), ("arp", 0x0806), ("ipv6", 0x86dd), ("all", 0x0003)];

impl EtherType {
    /// The type that a word names.
    pub fn number(word: &[u8]) -> Option<u16> {
        let named = ETHER_TYPES.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word));
        let digits = word.strip_prefix(b"0x").unwrap_or(word);
        let plain = || number::in_base(digits, 16).and_then(|number| u16::try_from(number).ok());
        named.map(|(_, number)| *number).or_else(plain)
    }

    /// The name of a type.
    pub fn name(number: u16) -> Option<&'static str> {
        ETHER_TYPES.iter().find(|(_, known)| *known == number).map(|(name, _)| *name)
    }
}

impl Codec for EtherType {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let number = Self::number(word);
        scope.set(row.number(), number.ok_or_else(|| Error::wrong(word, self.bad))?.to_be_bytes());
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(number) = attrs.u16_be(row.number()) else { return };
        let plain = format!("[{number}]");
        let name = Self::name(number).filter(|_| !context.options.numeric);
        context.out.field(row.json, row.label, name.unwrap_or(&plain));
    }

    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let Some(number) = attrs.u16_be(row.number()) else { return };
        let plain = format!("{number:#x}");
        say(to, row.word(), Self::name(number).unwrap_or(&plain).into());
    }

    fn shape(&self) -> Shape {
        Shape::Choice(&["802.1Q", "802.1ad"])
    }
}
