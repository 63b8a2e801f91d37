//! The other end of a pair, which takes what every link takes.

use crate::link::LINK;
use netmite_grammar::{Result, Scope};
use netmite_netlink::header::IfInfo;

/// Reads the words that are left as a link, into attribute `number`: a header and attributes of its own inside the nest.
/// While a pair is changed its other end is one that is there.
pub(crate) fn run(scope: &mut Scope, number: u16) -> Result<()> {
    let node = scope.tree.nest_with(scope.node, number, &IfInfo::default().to_bytes());
    scope.run(&LINK, node)
}
