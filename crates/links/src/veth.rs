//! veth: a pair of links, each the other's far end. The peer is a whole link of its own.

use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Table, attr, exact, row};
use netmite_netlink::attributes::Slots;
use netmite_netlink::uapi::*;

/// The options of a veth.
pub static VETH: Table = Table {
    unknown: |table, word| {
        table.suggest_or_help(word, Error::new(1, "Usage: ip link <options> type veth [peer <options>]"))
    },
    ..Table::new("veth", &[PEER])
};

const PEER: Row = row(&[exact("peer")], attr!(VETH_INFO_PEER), &Peer, "the other end, with what `ip link add` takes");

/// `peer` and then all that every link takes.
struct Peer;

impl Codec for Peer {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        crate::peer::run(scope, row.number())
    }

    // The kernel never reports it.
    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    fn words(&self, _: &Row, _: &Slots, _: &mut Context, _: &mut Vec<Vec<u8>>) {}

    fn shape(&self) -> Shape {
        Shape::Rest("LINK OPTIONS")
    }
}
