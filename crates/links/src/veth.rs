//! veth: a pair of links, each the other's far end. The peer is a whole link of its own.

use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Table, attr, exact, row};
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;

/// The options of a veth.
pub static VETH: Table = Table {
    unknown: |table, word| table.suggest(word, Error::new(1, "Usage: ip link <options> type veth [peer <options>]")),
    ..Table::new("veth", &[PEER])
};

const PEER: Row = row(&[exact("peer")], attr!(VETH_INFO_PEER), &Peer, "the other end, with what `ip link add` takes");

/// `peer` and then all that every link takes: a header and attributes of its own inside the nest.
struct Peer;

impl Codec for Peer {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let node = scope.tree.nest_with(scope.node, row.number(), &IfInfo::default().to_bytes());
        scope.run(&crate::link::LINK, node)
    }

    // The kernel never reports it.
    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    fn words(&self, _: &Row, _: &Slots, _: &mut Context, _: &mut Vec<Vec<u8>>) {}

    fn shape(&self) -> Shape {
        Shape::Rest("LINK OPTIONS")
    }
}
