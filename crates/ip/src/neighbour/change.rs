//! `ip neighbour add`, `change`, `replace`, `delete`: one request each.

use super::table::{NEIGHBOUR, address_of};
use netmite_grammar::{Change, Hint, Operation, Result, Session, Words, hint};
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::tree::Tree;
use netmite_netlink::uapi::*;
use netmite_output::Value;
use netmite_output::brief;

pub(super) fn run(words: &mut Words, session: &mut Session, kind: u16, flags: u16) -> Result<()> {
    let header = NeighbourHeader { state: NUD_PERMANENT, family: session.context.options.family, ..Default::default() };
    let operation = if kind == RTM_DELNEIGH { Operation::Delete } else { Operation::Add };
    let change = Change { operation, kind, flags, tell: None, hints: HINTS };
    session.change_by(&NEIGHBOUR, &header.to_bytes(), &change, words)
}

/// What the kernel's sentences leave open.
static HINTS: &[Hint] = &[
    hint("RTNETLINK answers: File exists", brief!("`ip neighbour replace` changes what is known of %")).about(address),
    hint("RTNETLINK answers: No such file or directory", brief!("nothing is known of % on this interface"))
        .about(address),
];

fn address(tree: &Tree) -> Option<[Value<'_>; 2]> {
    address_of(tree).map(|address| [address.into(); 2])
}
