//! `ip nexthop add`, `replace` and `delete`: one request each.

use super::table::NEXT_HOP;
use netmite_grammar::{Change, Error, Operation, Result, Session, Words};
use netmite_netlink::header::NextHopObject;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;

pub(super) fn run(words: &mut Words, session: &mut Session, kind: u16, flags: u16) -> Result<u8> {
    let header = NextHopObject { family: session.context.options.family, ..NextHopObject::default() };
    let operation = if kind == RTM_DELNEXTHOP { Operation::Delete } else { Operation::Add };
    let change = Change { operation, kind, flags, tell: Some(crate::monitor::tell), explain };
    session.change_by(&NEXT_HOP, &header.to_bytes(), &change, words)
}

/// Says what the kernel's sentence leaves open.
fn explain(error: Error, tree: &Tree) -> Error {
    let empty = [NHA_GROUP, NHA_BLACKHOLE, NHA_OIF, NHA_GATEWAY].iter().all(|kind| !tree.has(ROOT, *kind));
    match error.text() {
        b"Error: Invalid address family." if empty => {
            error.hint("a next hop is `via ADDRESS`, `dev DEVICE`, `blackhole` or `group …`")
        }
        b"RTNETLINK answers: File exists" => error.hint("`ip nexthop replace` changes the one that is there"),
        b"Error: Nexthop has invalid gateway." => {
            error.hint("no interface that is up has an address in a network with the router")
        }
        _ => error,
    }
}
