//! `ip nexthop add`, `replace` and `delete`: one request each.

use super::table::NEXT_HOP;
use netmite_grammar::{Change, Hint, Operation, Result, Session, TOLD, Words, hint};
use netmite_netlink::header::NextHopObject;
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_output::brief;

pub(super) fn run(words: &mut Words, session: &mut Session, kind: u16, flags: u16) -> Result<()> {
    let header = NextHopObject { family: session.context.options.family, ..NextHopObject::default() };
    let operation = if kind == RTM_DELNEXTHOP { Operation::Delete } else { Operation::Add };
    let change = Change { operation, kind, flags, tell: Some(crate::monitor::tell), hints: HINTS };
    session.change_by(&NEXT_HOP, &header.to_bytes(), &change, words)
}

/// What the kernel's sentences leave open.
#[rustfmt::skip]
static HINTS: &[Hint] = &[
    hint("Error: Invalid address family.", brief!("a next hop is `via ADDRESS`, `dev DEVICE`, `blackhole` or `group …`")).about(|tree| {
        let empty = [NHA_GROUP, NHA_BLACKHOLE, NHA_OIF, NHA_GATEWAY].iter().all(|kind| !tree.has(ROOT, *kind));
        TOLD.filter(|_| empty)
    }),
    hint("RTNETLINK answers: File exists", brief!("`ip nexthop replace` changes the one that is there")),
    hint("Error: Nexthop has invalid gateway.", brief!("no interface that is up has an address in a network with the router")),
];
