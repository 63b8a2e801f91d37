//! `ip route add` and its kin, and `delete`: one request each.

use super::table::ROUTE;
use netmite_grammar::address;
use netmite_grammar::{Change, Error, Operation, Result, Session, Words};
use netmite_netlink::Prefix;
use netmite_netlink::attributes::ip;
use netmite_netlink::header::RouteHeader;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;

/// `RT_TABLE_MAIN`, at the width of the header's field.
const MAIN_TABLE: u8 = 254;

/// Adds, changes or replaces a route: which, the flags say.
pub(super) fn run(words: &mut Words, session: &mut Session, flags: u16) -> Result<u8> {
    let header = RouteHeader { table: MAIN_TABLE, protocol: RTPROT_BOOT, kind: RTN_UNICAST, ..RouteHeader::default() };
    send(words, session, header, RTM_NEWROUTE, flags)
}

pub(super) fn delete(words: &mut Words, session: &mut Session) -> Result<u8> {
    let header = RouteHeader { table: MAIN_TABLE, scope: RT_SCOPE_UNIVERSE, ..RouteHeader::default() };
    send(words, session, header, RTM_DELROUTE, 0)
}

fn send(words: &mut Words, session: &mut Session, header: RouteHeader, kind: u16, flags: u16) -> Result<u8> {
    if words.is_empty() {
        return Err(super::usage());
    }
    let header = RouteHeader { family: session.context.options.family, ..header };
    let operation = if kind == RTM_DELROUTE { Operation::Delete } else { Operation::Add };
    let change = Change { operation, kind, flags, tell: Some(crate::monitor::tell), explain };
    session.change_by(&ROUTE, &header.to_bytes(), &change, words)
}

/// Says what the kernel's sentence leaves open.
fn explain(error: Error, tree: &Tree) -> Error {
    let header = RouteHeader::from_bytes(tree.header(ROOT)).unwrap_or_default();
    let destination = tree.get(ROOT, RTA_DST).and_then(ip).and_then(|address| Prefix::new(address, header.dst_len));
    match (error.text(), destination) {
        (b"Error: Invalid prefix for given prefix length." | b"RTNETLINK answers: Invalid argument", Some(given))
            if given.network() != given =>
        {
            error.hint(format!("{given} has host bits set; the network is {}", given.network()))
        }
        (b"RTNETLINK answers: File exists", _) => {
            let what = destination.map_or_else(|| "default".to_owned(), |prefix| prefix.to_string());
            let family = if header.family == AF_INET6 { "-6 " } else { "" };
            error.hint(format!("a route to {what} is there: see `ip {family}route show {what}`; `replace` changes it"))
        }
        (b"RTNETLINK answers: No such process", _) => error.hint("no route matches"),
        (b"RTNETLINK answers: No such device", _) => error.hint("name an interface with `dev` or a router with `via`"),
        (b"Error: Nexthop has invalid gateway.", _) => {
            let gateway = tree.get(ROOT, RTA_GATEWAY).and_then(ip);
            match gateway.map(|gateway| (gateway, address::family_of(gateway))) {
                Some((gateway, _)) => {
                    error.hint(format!("no interface that is up has an address in a network with {gateway}"))
                }
                None => error,
            }
        }
        _ => error,
    }
}
