//! geneve: Ethernet in UDP, with options that programs put in. Wants an identifier and a far end, or `external`.

use crate::endpoint::{address_of_family, invalid};
use crate::tunnel::fields::{Discovery, External};
use crate::tunnel::say;
use crate::tunnel::udp::{Df, FLOW_LABEL, Ttl};
use netmite_grammar::codec::{PORT, Presence, Tos, U32, Unsigned};
use netmite_grammar::{
    Attr, Codec, Context, Error, Key, Operation, Repeat, Result, Row, Scope, Shape, Slots, Spec, Table, address, attr,
    exact, key, row, rows, unambiguous,
};
use netmite_netlink::uapi::*;
use netmite_output::{Colour, brief};
use std::net::IpAddr;

/// The options of a geneve.
pub static GENEVE: Table = Table {
    begin: |_, scope| {
        for (kind, value) in DEFAULTS.iter().filter(|_| scope.operation == Operation::Add) {
            scope.tree.set(scope.node, *kind, *value, 0);
        }
        Ok(())
    },
    rules,
    ..Table::new("geneve", rows!(ROWS))
};

/// Newer than linux-raw-sys: linux/if_link.h.
const IFLA_GENEVE_LOCAL: u16 = 17;
const IFLA_GENEVE_LOCAL6: u16 = 18;
const VNI: Unsigned = Unsigned { most: (1 << 24) - 1, name: "VNI", ..U32.bad("invalid id") };
const SAID: Discovery = Discovery { loud: true };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    once(&[key("external", 1).tag(1), key("noexternal", 1)], attr!(IFLA_GENEVE_COLLECT_METADATA), &Metadata, "each packet's route says where it goes"),
    once(&[key("id", 1), key("vni", 1)], attr!(IFLA_GENEVE_ID), &VNI, "the network's identifier, up to 16777215"),
    once(&[key("remote", 1)], attr!(IFLA_GENEVE_REMOTE), &End(IFLA_GENEVE_REMOTE6), "the far end's address").also(&[attr!(IFLA_GENEVE_REMOTE6)]),
    once(&[exact("local")], attr!(IFLA_GENEVE_LOCAL), &End(IFLA_GENEVE_LOCAL6), "this end's address").also(&[attr!(IFLA_GENEVE_LOCAL6)]),
    once(&[key("ttl", 1), key("hoplimit", 1)], attr!(IFLA_GENEVE_TTL), &Ttl(IFLA_GENEVE_TTL_INHERIT), "how far outer packets go").also(&[attr!(IFLA_GENEVE_TTL_INHERIT)]),
    once(&[key("tos", 2), key("dsfield", 1)], attr!(IFLA_GENEVE_TOS), &Tos, "the type of service of outer packets"),
    once(&[key("df", 2)], attr!(IFLA_GENEVE_DF), &Df, "the Don't Fragment bit of outer packets"),
    once(&[key("flowlabel", 1), key("label", 1)], attr!(IFLA_GENEVE_LABEL), &FLOW_LABEL, "the flow label of outer IPv6 packets").json("label"),
    once(&[key("dstport", 3)], attr!(IFLA_GENEVE_PORT), &PORT.bad("dstport"), "the destination port of outer packets").json("port"),
    once(&[key("udpcsum", 1).tag(1), key("noudpcsum", 3)], attr!(IFLA_GENEVE_UDP_CSUM), &SAID, "UDP checksums over IPv4").json("udp_csum"),
    once(&[key("udp6zerocsumtx", 4).tag(1), key("noudp6zerocsumtx", 6)], attr!(IFLA_GENEVE_UDP_ZERO_CSUM6_TX), &SAID, "no UDP checksums over IPv6").json("udp_zero_csum6_tx"),
    once(&[key("udp6zerocsumrx", 13).tag(1), key("noudp6zerocsumrx", 15)], attr!(IFLA_GENEVE_UDP_ZERO_CSUM6_RX), &SAID, "packets without a UDP checksum are taken over IPv6").json("udp_zero_csum6_rx"),
    once(&[exact("innerprotoinherit")], attr!(IFLA_GENEVE_INNER_PROTO_INHERIT), &External, "inner packets need no Ethernet header").json("inner_proto_inherit"),
];
const _: () = unambiguous(ROWS);

/// A row that may be given once.
const fn once(keys: &'static [Key], attr: Attr, codec: &'static dyn Codec, doc: &'static str) -> Spec {
    row(keys, attr, codec, doc).repeat(Repeat::Garbage)
}

/// What a new one starts from.
const DEFAULTS: &[(u16, &[u8])] = &[(IFLA_GENEVE_TTL, &[0]), (IFLA_GENEVE_TOS, &[0]), (IFLA_GENEVE_LABEL, &[0; 4])];

fn rules(scope: &mut Scope) -> Result<()> {
    let (tree, node) = (&mut *scope.tree, scope.node);
    let external = tree.get(node, IFLA_GENEVE_COLLECT_METADATA) == Some(&[1]);
    tree.remove(node, IFLA_GENEVE_COLLECT_METADATA);
    let id = tree.has(node, IFLA_GENEVE_ID);
    let remote = tree.has(node, IFLA_GENEVE_REMOTE) || tree.has(node, IFLA_GENEVE_REMOTE6);
    if external && id {
        return Err(Error::new(1, brief!("geneve: both 'external' and vni cannot be specified")));
    }
    if external {
        tree.set(node, IFLA_GENEVE_COLLECT_METADATA, (), 0);
        tree.set(node, IFLA_GENEVE_ID, 0u32, 0);
    } else if !id {
        return Err(Error::new(1, brief!("geneve: missing virtual network identifier")));
    } else if !remote && scope.operation == Operation::Add {
        return Err(Error::new(1, brief!("geneve: remote link partner not specified")));
    }
    if tree.has(node, IFLA_GENEVE_TTL_INHERIT) {
        tree.set(node, IFLA_GENEVE_TTL_INHERIT, 1u8, 0);
    }
    if tree.get(node, IFLA_GENEVE_PORT) == Some(&[0, 0]) {
        tree.remove(node, IFLA_GENEVE_PORT);
    }
    Ok(())
}

/// Whether each packet says where it goes: until the rules are applied, a byte that says which of the words it was.
struct Metadata;

impl Codec for Metadata {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        scope.set(row.number(), key.tag != 0);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        External.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        Presence.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// An end's address: IPv4 in the row's attribute, IPv6 in the one given. A group of hosts is none.
struct End(u16);

impl Codec for End {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        if address::is_everything(word) {
            return Err(invalid(row, word));
        }
        let address = address::address(word, AF_UNSPEC)?;
        if address.is_multicast() {
            return Err(invalid(row, word));
        }
        scope.set(if address.is_ipv4() { row.number() } else { self.0 }, address);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        // Of this end alone the reference colours the address, and the word in front of it too.
        let own = row.number() == IFLA_GENEVE_LOCAL;
        for kind in [row.number(), self.0] {
            let Some(address) = attrs.ip(kind) else { continue };
            let colour = if own { Colour::of(address) } else { Colour::None };
            context.coloured(colour, &mut |context| address_of_family(row, address, context));
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(address) = attrs.ip(row.number()).or_else(|| attrs.ip(self.0)) {
            say(to, row.word(), IpAddr::into(address));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("ADDRESS")
    }
}
