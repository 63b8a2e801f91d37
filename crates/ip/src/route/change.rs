//! `ip route add` and its kin, and `delete`: one request each.

use super::table::ROUTE;
use netmite_grammar::{Change, Hint, Operation, Result, Session, Words, hint};
use netmite_netlink::Prefix;
use netmite_netlink::attributes::ip;
use netmite_netlink::header::RouteHeader;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::Value;
use netmite_output::brief;

/// `RT_TABLE_MAIN`, at the width of the header's field.
const MAIN_TABLE: u8 = 254;

/// Adds, changes or replaces a route: which, the flags say.
pub(super) fn run(words: &mut Words, session: &mut Session, flags: u16) -> Result<()> {
    let header = RouteHeader { table: MAIN_TABLE, protocol: RTPROT_BOOT, kind: RTN_UNICAST, ..RouteHeader::default() };
    send(words, session, header, RTM_NEWROUTE, flags)
}

pub(super) fn delete(words: &mut Words, session: &mut Session) -> Result<()> {
    let header = RouteHeader { table: MAIN_TABLE, scope: RT_SCOPE_UNIVERSE, ..RouteHeader::default() };
    send(words, session, header, RTM_DELROUTE, 0)
}

fn send(words: &mut Words, session: &mut Session, header: RouteHeader, kind: u16, flags: u16) -> Result<()> {
    if words.is_empty() {
        return Err(super::usage());
    }
    let header = RouteHeader { family: session.context.options.family, ..header };
    let operation = if kind == RTM_DELROUTE { Operation::Delete } else { Operation::Add };
    let change = Change { operation, kind, flags, tell: Some(crate::monitor::tell), hints: HINTS };
    session.change_by(&ROUTE, &header.to_bytes(), &change, words)
}

/// What the kernel's sentences leave open.
#[rustfmt::skip]
static HINTS: &[Hint] = &[
    hint("Error: Invalid prefix for given prefix length.", brief!(HOST_BITS)).about(host_bits),
    hint("RTNETLINK answers: Invalid argument", brief!(HOST_BITS)).about(host_bits),
    hint("RTNETLINK answers: File exists", brief!("a route to % is there: see `ip -6 route show %`; `replace` changes it"))
        .about(|tree| told_destination(tree).filter(|_| tree.header_byte(0) == AF_INET6)),
    hint("RTNETLINK answers: File exists", brief!("a route to % is there: see `ip route show %`; `replace` changes it")).about(told_destination),
    hint("RTNETLINK answers: No such process", brief!("no route matches")),
    hint("RTNETLINK answers: No such device", brief!("name an interface with `dev` or a router with `via`")),
    hint("Error: Nexthop has invalid gateway.", brief!("no interface that is up has an address in a network with %"))
        .about(|tree| tree.get(ROOT, RTA_GATEWAY).and_then(ip).map(|router| [router.into(); 2])),
];
const HOST_BITS: &str = "% has host bits set; the network is %";

fn destination(tree: &Tree) -> Option<Prefix> {
    let address = tree.get(ROOT, RTA_DST).and_then(ip)?;
    Prefix::new(address, tree.header_byte(1))
}

fn host_bits(tree: &Tree) -> Option<[Value<'_>; 2]> {
    let given = destination(tree)?;
    let network = given.network();
    (network != given).then(|| [given, network].map(value))
}

fn told_destination(tree: &Tree) -> Option<[Value<'_>; 2]> {
    Some([destination(tree).map_or(Value::Str("default"), value); 2])
}

fn value(prefix: Prefix) -> Value<'static> {
    Value::Prefix(prefix.address(), prefix.len())
}
