//! `ip neighbour add`, `change`, `replace`, `delete`: one request each.

use super::table::{NEIGHBOUR, address_of};
use netmite_grammar::{Change, Error, Operation, Result, Session, Words};
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::tree::Tree;
use netmite_netlink::uapi::*;

pub(super) fn run(words: &mut Words, session: &mut Session, kind: u16, flags: u16) -> Result<u8> {
    let header = NeighbourHeader { state: NUD_PERMANENT, family: session.context.options.family, ..Default::default() };
    let operation = if kind == RTM_DELNEIGH { Operation::Delete } else { Operation::Add };
    let change = Change { operation, kind, flags, tell: None, explain };
    session.change_by(&NEIGHBOUR, &header.to_bytes(), &change, words)
}

/// Says what the kernel's sentence leaves open.
fn explain(error: Error, tree: &Tree) -> Error {
    match (error.text(), address_of(tree)) {
        (b"RTNETLINK answers: File exists", Some(address)) => {
            error.hint(format!("`ip neighbour replace` changes what is known of {address}"))
        }
        (b"RTNETLINK answers: No such file or directory", Some(address)) => {
            error.hint(format!("nothing is known of {address} on this interface"))
        }
        _ => error,
    }
}
