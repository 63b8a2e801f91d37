//! GRE's keys, and the bits of its header that say what outer packets carry.

use super::numbers::*;
use super::say;
use netmite_grammar::{
    Attr, Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, address, attr, key as word, number, row,
};
use netmite_netlink::attributes::Slots;
use std::net::Ipv4Addr;

/// The bits, in the host's order: linux/if_tunnel.h.
pub(crate) const CHECKSUM: u16 = 0x8000;
/// The same: packets carry a key.
pub(crate) const KEY: u16 = 0x2000;
/// The same: packets are numbered.
pub(crate) const SEQUENCE: u16 = 0x1000;

/// A key, as a number or in four parts; tag 1 takes it away. The row's attribute and, for both directions, those in
/// `also` hold it; beside each the bits in `flags` say whether it counts.
pub(crate) struct TunnelKey {
    /// The flags of each attribute, none for VTI.
    pub(crate) flags: &'static [u16],
    /// Whether the row is a second way to say what others print.
    pub(crate) silent: bool,
}

/// The number a key is, from a word of option `key`.
fn parse_key(key: &str, word: &[u8]) -> Result<u32> {
    if word.contains(&b'.') {
        let quad = address::ipv4(word).map(u32::from);
        let text = || [b"Error: an IP address is expected rather than \"", word, b"\""].concat();
        return quad.ok_or_else(|| Error::new(1, text()));
    }
    let text = [b"invalid value for \"", key.as_bytes(), b"\": \"", word, b"\"; it should be an unsigned integer"];
    number::u32(word).ok_or_else(|| Error::new(255, text.concat()))
}

/// Sets bits that a request's attribute has in network order.
fn set_bits(scope: &mut Scope, kind: u16, bits: u16, on: bool) {
    let old =
        scope.tree.get(scope.node, kind).and_then(|value| value.first_chunk().copied()).map_or(0, u16::from_be_bytes);
    let new = if on { old | bits } else { old & !bits };
    scope.set(kind, new.to_be_bytes());
}

impl Codec for TunnelKey {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let on = key.tag == 0;
        let number = if on { parse_key(row.text_label(), scope.value()?)? } else { 0 };
        for attr in std::iter::once(row.number()).chain(row.others().iter().copied()) {
            if self.flags.contains(&attr) {
                set_bits(scope, attr, KEY, on);
            } else {
                scope.set(attr, number.to_be_bytes());
            }
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let key = attrs.u32_be(row.number()).unwrap_or(0);
        let counts = match self.flags {
            [flags, ..] => attrs.u16_be(*flags).is_some_and(|bits| bits & KEY != 0),
            [] => key != 0,
        };
        if counts && !self.silent {
            context.field(row, Ipv4Addr::from(key));
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(key) = attrs.u32_be(row.number()).filter(|key| *key != 0 && !self.silent) {
            say(to, row.word(), key.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("{ NUMBER | A.B.C.D }")
    }
}

/// A bit of the row's attribute and of those in `also`; tag 1 clears it. Rows for both directions print nothing.
pub(crate) struct Carried(pub(crate) u16);

impl Codec for Carried {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        for attr in std::iter::once(row.number()).chain(row.others().iter().copied()) {
            set_bits(scope, attr, self.0, key.tag == 0);
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if row.others().is_empty() && attrs.u16_be(row.number()).is_some_and(|bits| bits & self.0 != 0) {
            super::fields::External.print(row, attrs, context);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if row.others().is_empty() && attrs.u16_be(row.number()).is_some_and(|bits| bits & self.0 != 0) {
            to.push(row.word().as_bytes().to_vec());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

const IN: Attr = attr!(IFLA_GRE_IFLAGS);
const OUT: Attr = attr!(IFLA_GRE_OFLAGS);
const I_KEY: TunnelKey = TunnelKey { flags: &[IFLA_GRE_IFLAGS], silent: false };
const O_KEY: TunnelKey = TunnelKey { flags: &[IFLA_GRE_OFLAGS], silent: false };
const IO_KEY: TunnelKey = TunnelKey { flags: &[IFLA_GRE_IFLAGS, IFLA_GRE_OFLAGS], silent: true };

/// Keys, numbering and checksums of the GRE kinds.
#[rustfmt::skip]
pub(crate) const GRE_ROWS: [Spec; 9] = [
    row(&[word("ikey", 1), word("noikey", 3).tag(1)], attr!(IFLA_GRE_IKEY), &I_KEY, "the key of packets that arrive").also(&[IN]),
    row(&[word("okey", 1), word("nookey", 3).tag(1)], attr!(IFLA_GRE_OKEY), &O_KEY, "the key of packets that leave").also(&[OUT]),
    row(&[word("key", 1), word("nokey", 1).tag(1)], attr!(IFLA_GRE_IKEY), &IO_KEY, "the key in both directions").also(&[attr!(IFLA_GRE_OKEY), IN, OUT]),
    row(&[word("iseq", 2), word("noiseq", 4).tag(1)], IN, &Carried(SEQUENCE), "packets that arrive must be numbered"),
    row(&[word("oseq", 2), word("nooseq", 4).tag(1)], OUT, &Carried(SEQUENCE), "packets that leave are numbered"),
    row(&[word("seq", 1), word("noseq", 3).tag(1)], IN, &Carried(SEQUENCE), "packets are numbered in both directions").also(&[OUT]),
    row(&[word("icsum", 2), word("noicsum", 4).tag(1)], IN, &Carried(CHECKSUM), "packets that arrive must have a checksum"),
    row(&[word("ocsum", 2), word("noocsum", 4).tag(1)], OUT, &Carried(CHECKSUM), "packets that leave have a checksum"),
    row(&[word("csum", 1), word("nocsum", 3).tag(1)], IN, &Carried(CHECKSUM), "packets have a checksum in both directions").also(&[OUT]),
];
