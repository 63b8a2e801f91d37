//! The other end of a pair, which takes what every link takes.

use crate::link::LINK;
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, Table};
use netmite_netlink::header::IfInfo;

/// Reads the words that are left as a link, into attribute `number`: a header and attributes of its own inside the nest.
/// While a pair is changed its other end is one that is there.
pub(crate) fn run(scope: &mut Scope, number: u16) -> Result<()> {
    let node = scope.tree.nest_with(scope.node, number, &IfInfo::default().to_bytes());
    scope.run(&LINK, node)
}

/// `peer` and then all that every link takes. The kernel never reports it.
pub(crate) struct Peer;

impl Codec for Peer {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        run(scope, row.number())
    }

    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    #[cfg(feature = "laws")]
    fn shows(&self) -> bool {
        false
    }

    fn shape(&self) -> Shape {
        Shape::Rest("LINK OPTIONS")
    }
}

/// What a kind that has a peer and nothing else says of another word: its usage, where results go.
pub(crate) fn unknown(table: &Table, _word: &[u8]) -> Error {
    Error::new(1, table.help_text()).shown()
}
