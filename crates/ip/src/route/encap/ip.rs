//! `encap ip …` and `encap ip6 …`: what the device that a route leads to, a vxlan, geneve or gre one in external mode, is
//! to write into the outer headers. Source: linux/lwtunnel.h.

use super::Type;
use super::tunnel_options::{self, LWTUNNEL_IP_OPTS, TunnelOptions};
use netmite_grammar::codec::{U8, U64, Unsigned};
use netmite_grammar::{
    Codec, Context, Key, Repeat, Result, Row, Scope, Shape, Spec, Table, address, attr, exact, row, rows, unambiguous,
};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::uapi::{AF_INET, AF_INET6};

pub(super) const IP: Type = Type {
    word: "ip",
    number: 2,
    table: Some(&IP_TABLE),
    parse: |scope| IP_TABLE.parse_known(scope),
    print: |attrs, context| IP_TABLE.print(attrs, context),
};
pub(super) const IP6: Type = Type {
    word: "ip6",
    number: 4,
    table: Some(&IP6_TABLE),
    parse: |scope| IP6_TABLE.parse_known(scope),
    print: |attrs, context| IP6_TABLE.print(attrs, context),
};

// The attributes of ip6 have the same numbers.
const LWTUNNEL_IP_ID: u16 = 1;
const LWTUNNEL_IP_DST: u16 = 2;
const LWTUNNEL_IP_SRC: u16 = 3;
const LWTUNNEL_IP_TTL: u16 = 4;
const LWTUNNEL_IP_TOS: u16 = 5;
const LWTUNNEL_IP_FLAGS: u16 = 6;

const CHECKSUM: u32 = 0x1;
const KEY: u32 = 0x4;
const SEQUENCE: u32 = 0x8;

static IP_TABLE: Table = Table::new("ip", rows!(IP_ROWS));
static IP6_TABLE: Table = Table::new("ip6", rows!(IP6_ROWS));

const ID: Unsigned = Unsigned { big_endian: true, bad: "\"id\" value is invalid\n", ..U64 };

#[rustfmt::skip]
const IP_ROWS: &[Spec] = &[
    row(&[exact("id")], attr!(LWTUNNEL_IP_ID), &ID, "the tunnel's number: a VNI or key").repeat(Repeat::Garbage),
    row(&[exact("src")], attr!(LWTUNNEL_IP_SRC), &Address(AF_INET), "the outer source address").repeat(Repeat::Garbage),
    row(&[exact("dst")], attr!(LWTUNNEL_IP_DST), &Address(AF_INET), "the outer destination address").repeat(Repeat::Garbage),
    row(&[exact("ttl")], attr!(LWTUNNEL_IP_TTL), &U8.bad("\"ttl\" value is invalid\n"), "the outer TTL").repeat(Repeat::Garbage),
    row(&[exact("tos")], attr!(LWTUNNEL_IP_TOS), &U8.bad("\"tos\" value is invalid\n"), "the outer type of service").repeat(Repeat::Garbage),
    row(&[exact("key").tag(KEY)], attr!(LWTUNNEL_IP_FLAGS), &Flag, "GRE with a key").repeat(Repeat::Garbage),
    row(&[exact("csum").tag(CHECKSUM)], attr!(LWTUNNEL_IP_FLAGS), &Flag, "GRE with a checksum").repeat(Repeat::Garbage),
    row(&[exact("seq").tag(SEQUENCE)], attr!(LWTUNNEL_IP_FLAGS), &Flag, "GRE with sequence numbers").repeat(Repeat::Garbage),
    row(tunnel_options::KEYS, attr!(LWTUNNEL_IP_OPTS), &TunnelOptions, "options of the outer header"),
];
const _: () = unambiguous(IP_ROWS);

#[rustfmt::skip]
const IP6_ROWS: &[Spec] = &[
    row(&[exact("id")], attr!(LWTUNNEL_IP_ID), &ID, "the tunnel's number: a VNI or key").repeat(Repeat::Garbage),
    row(&[exact("src")], attr!(LWTUNNEL_IP_SRC), &Address(AF_INET6), "the outer source address").repeat(Repeat::Garbage),
    row(&[exact("dst")], attr!(LWTUNNEL_IP_DST), &Address(AF_INET6), "the outer destination address").repeat(Repeat::Garbage),
    row(&[exact("hoplimit")], attr!(LWTUNNEL_IP_TTL), &U8.bad("\"hoplimit\" value is invalid\n"), "the outer hop limit").repeat(Repeat::Garbage),
    row(&[exact("tc")], attr!(LWTUNNEL_IP_TOS), &U8.bad("\"tc\" value is invalid\n"), "the outer traffic class").repeat(Repeat::Garbage),
    row(&[exact("key").tag(KEY)], attr!(LWTUNNEL_IP_FLAGS), &Flag, "GRE with a key").repeat(Repeat::Garbage),
    row(&[exact("csum").tag(CHECKSUM)], attr!(LWTUNNEL_IP_FLAGS), &Flag, "GRE with a checksum").repeat(Repeat::Garbage),
    row(&[exact("seq").tag(SEQUENCE)], attr!(LWTUNNEL_IP_FLAGS), &Flag, "GRE with sequence numbers").repeat(Repeat::Garbage),
    row(tunnel_options::KEYS, attr!(LWTUNNEL_IP_OPTS), &TunnelOptions, "options of the outer header"),
];
const _: () = unambiguous(IP6_ROWS);

/// An address of this family.
struct Address(u8);

impl Codec for Address {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        scope.set(row.number(), address::address(word, self.0)?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(address) = attrs.ip(row.number()) {
            super::labelled(row.json_key(), row.text_label(), address, context);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(address) = attrs.ip(row.number()) {
            netmite_grammar::codec::say(to, row.word(), address.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("ADDRESS")
    }
}

/// A bit of the flags, two bytes in network order: the key's tag.
struct Flag;

impl Flag {
    fn is_set(row: &Row, attrs: &Slots) -> bool {
        let flags = attrs.u16_be(row.number()).unwrap_or(0);
        row.keys().any(|key| key.tag & u32::from(flags) != 0)
    }
}

impl Codec for Flag {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let old = scope.tree.get(scope.node, row.number()).and_then(array).map_or(0, u16::from_be_bytes);
        let bit = u16::try_from(key.tag).unwrap_or(0);
        scope.set(row.number(), (old | bit).to_be_bytes());
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if Flag::is_set(row, attrs) {
            context.out.json(row.json_key(), true);
            context.out.text(row.text_label());
            context.out.text(" ");
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if Flag::is_set(row, attrs) {
            to.push(row.word().as_bytes().to_vec());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}
