//! The types of Ethernet frames, which VLAN tags and tunnels name.

use super::say;
use crate::error::{Error, Result};
use crate::number;
use crate::rows::Row;
use crate::session::Context;
use crate::spec::Key;
use crate::table::{Codec, Shape};
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;
use netmite_output::{Names, names};

/// The type of an Ethernet frame, in network order: by name, whatever its case, or as a number.
#[derive(Clone, Copy)]
pub struct EtherType {
    /// What is said of a wrong value.
    pub bad: &'static str,
}

/// The names in use, by number: linux/if_ether.h.
#[rustfmt::skip]
const ETHER_TYPES: Names = names![
    ("802.1Q", 0x8100), ("802.1ad", 0x88a8), ("ip", 0x0800), ("ipv4", 0x0800), ("arp", 0x0806), ("ipv6", 0x86dd),
    ("all", 0x0003), ("loop", 0x0060), ("pup", 0x0200), ("pupat", 0x0201), ("x25", 0x0805), ("bpq", 0x08ff),
    ("ieeepup", 0x0a00), ("ieeepupat", 0x0a01), ("dec", 0x6000), ("dna_dl", 0x6001), ("dna_rc", 0x6002),
    ("dna_rt", 0x6003), ("lat", 0x6004), ("diag", 0x6005), ("cust", 0x6006), ("sca", 0x6007), ("teb", 0x6558),
    ("rarp", 0x8035), ("atalk", 0x809b), ("aarp", 0x80f3), ("ipx", 0x8137), ("ppp_disc", 0x8863),
    ("ppp_ses", 0x8864), ("atmmpoa", 0x884c), ("atmfate", 0x8884), ("mpls_uc", 0x8847), ("mpls_mc", 0x8848),
    ("profinet", 0x8892), ("aoe", 0x88a2), ("ethercat", 0x88a4), ("tipc", 0x88ca), ("lldp", 0x88cc), ("cfm", 0x8902),
    ("802_3", 0x0001), ("ax25", 0x0002), ("802_2", 0x0004), ("snap", 0x0005), ("ddcmp", 0x0006), ("wan_ppp", 0x0007),
    ("ppp_mp", 0x0008), ("localtalk", 0x0009), ("can", 0x000c), ("ppptalk", 0x0010), ("tr_802_2", 0x0011),
    ("mobitex", 0x0015), ("control", 0x0016), ("irda", 0x0017), ("econet", 0x0018),
];

impl EtherType {
    /// The type that a word names.
    pub fn number(word: &[u8]) -> Option<u16> {
        let named = ETHER_TYPES.number_in_any_case(word);
        named.map_or_else(|| number::u16(word), |number| u16::try_from(number).ok())
    }

    /// The name of a type.
    pub fn name(number: u16) -> Option<&'static str> {
        ETHER_TYPES.name(number.into())
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
        context.field(row, name.unwrap_or(&plain));
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let Some(number) = attrs.u16_be(row.number()) else { return };
        let plain = format!("{number:#x}");
        say(to, row.word(), Self::name(number).unwrap_or(&plain).into());
    }

    fn shape(&self) -> Shape {
        Shape::Choice(names!["802.1Q", "802.1ad"])
    }
}
