//! `bridge vlan add`, `delete`, `set` and `global set`: one request each.

use super::table::{CHANGE, FLAGS, GLOBAL, SET, TUNNEL, TUNNEL_END};
use crate::words::{Vlans, header, number, vlan_info};
use crate::{DEV, change, changed_device};
use netmite_grammar::{Error, Operation, Result, Scope, Session, Table, Words};
use netmite_netlink::attributes::array;
use netmite_netlink::header::IfInfo;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::brief;

pub(super) fn add(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, Operation::Add, RTM_SETLINK)
}

pub(super) fn delete(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, Operation::Delete, RTM_DELLINK)
}

fn required() -> Error {
    Error::new(255, brief!("Device and VLAN ID are required arguments."))
}

fn parse(table: &Table, tree: &mut Tree, operation: Operation, words: &mut Words, session: &mut Session) -> Result<()> {
    table.parse(&mut Scope { words, tree, node: ROOT, operation, context: &mut session.context })
}

fn send(words: &mut Words, session: &mut Session, operation: Operation, kind: u16) -> Result<()> {
    let mut tree = Tree::new(&IfInfo { family: AF_BRIDGE, ..IfInfo::default() }.to_bytes());
    parse(&CHANGE, &mut tree, operation, words, session)?;
    let dev = tree.get(ROOT, DEV).map(<[u8]>::to_vec);
    let (dev, vlans) = dev.zip(Vlans::take(&mut tree, ROOT)).ok_or_else(required)?;
    let index = changed_device(&mut session.context, &dev)?;
    tree.set_header(ROOT, 4, index);
    vlans.check()?;
    let flags = number(&tree, ROOT, FLAGS).unwrap_or(0);
    if vlans.last().is_some() && flags & BRIDGE_VLAN_INFO_PVID != 0 {
        return Err(Error::new(255, brief!("pvid cannot be configured for a vlan range")));
    }
    let id = |kind| tree.get(ROOT, kind).and_then(array).map(u32::from_ne_bytes);
    let tunnel = id(TUNNEL).map(|first| (first, id(TUNNEL_END).unwrap_or(0)));
    [DEV, FLAGS, TUNNEL, TUNNEL_END].into_iter().for_each(|kind| tree.remove(ROOT, kind));
    match tunnel {
        Some(ids) => put_tunnels(&mut tree, &vlans, ids),
        None => put_vlans(&mut tree, &vlans, flags),
    }
    let spec = tree.nest(ROOT, IFLA_AF_SPEC);
    let own = number(&tree, spec, IFLA_BRIDGE_FLAGS).is_some_and(|flags| flags & BRIDGE_FLAGS_SELF != 0);
    change(session, &tree, kind, 0, words).map_err(|error| explain(error, own))
}

/// Says what the kernel's sentence leaves open.
fn explain(error: Error, own: bool) -> Error {
    if error.text() != b"RTNETLINK answers: Operation not supported" {
        return error;
    }
    let error =
        if own { error } else { error.hint(brief!("it must be a port; the VLANs of a bridge itself want `self`")) };
    error.hint(brief!("a kernel without VLAN filtering refuses all VLANs"))
}

/// A single VLAN, or the two ends of a range.
fn put_vlans(tree: &mut Tree, vlans: &Vlans, flags: u16) {
    let spec = tree.nest(ROOT, IFLA_AF_SPEC);
    let mut put = |flags, vid| tree.push(spec, IFLA_BRIDGE_VLAN_INFO, vlan_info(flags, vid), vlans.origin);
    match vlans.last() {
        None => put(flags, vlans.first()),
        Some(last) => {
            put(flags | BRIDGE_VLAN_INFO_RANGE_BEGIN, vlans.first());
            put(flags | BRIDGE_VLAN_INFO_RANGE_END, last);
        }
    }
}

/// The tunnel of a VLAN, or of the two ends of a range. The kernel refuses ranges of unequal length.
fn put_tunnels(tree: &mut Tree, vlans: &Vlans, (first, last): (u32, u32)) {
    let spec = tree.nest(ROOT, IFLA_AF_SPEC);
    let mut put = |flags: u16, vid: u16, id: u32| {
        let nest = tree.push_nest(spec, IFLA_BRIDGE_VLAN_TUNNEL_INFO, &[]);
        tree.set(nest, IFLA_BRIDGE_VLAN_TUNNEL_ID, id, vlans.origin);
        tree.set(nest, IFLA_BRIDGE_VLAN_TUNNEL_VID, vid, vlans.origin);
        tree.set(nest, IFLA_BRIDGE_VLAN_TUNNEL_FLAGS, flags, vlans.origin);
    };
    match vlans.last() {
        None => put(0, vlans.first(), first),
        Some(end) => {
            put(BRIDGE_VLAN_INFO_RANGE_BEGIN, vlans.first(), first);
            put(BRIDGE_VLAN_INFO_RANGE_END, end, last);
        }
    }
}

/// Reads the words of a `set`: the VLANs, with the index of the device in the header.
fn parse_set(table: &Table, tree: &mut Tree, words: &mut Words, session: &mut Session) -> Result<Vlans> {
    parse(table, tree, Operation::Set, words, session)?;
    let dev = tree.get(ROOT, DEV).and_then(array).map(u32::from_ne_bytes);
    let (dev, vlans) = dev.zip(Vlans::take(tree, ROOT)).ok_or_else(required)?;
    tree.set_header(ROOT, 4, dev);
    tree.remove(ROOT, DEV);
    Ok(vlans)
}

/// `bridge vlan set`.
pub(super) fn set(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut tree = Tree::new(&header(0, 0));
    let vlans = parse_set(&SET, &mut tree, words, session)?;
    let entry = tree.nest(ROOT, BRIDGE_VLANDB_ENTRY);
    let info = vlan_info(BRIDGE_VLAN_INFO_ONLY_OPTS, vlans.first());
    tree.set(entry, BRIDGE_VLANDB_ENTRY_INFO, info, vlans.origin);
    if let Some(last) = vlans.last() {
        tree.set(entry, BRIDGE_VLANDB_ENTRY_RANGE, last, vlans.origin);
    }
    change(session, &tree, RTM_NEWVLAN, 0, words)
}

/// `bridge vlan global set`.
pub(super) fn set_options(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut tree = Tree::new(&header(0, 0));
    let vlans = parse_set(&GLOBAL, &mut tree, words, session)?;
    let options = tree.nest(ROOT, BRIDGE_VLANDB_GLOBAL_OPTIONS);
    tree.set(options, BRIDGE_VLANDB_GOPTS_ID, vlans.first(), vlans.origin);
    if let Some(last) = vlans.last() {
        tree.set(options, BRIDGE_VLANDB_GOPTS_RANGE, last, vlans.origin);
    }
    change(session, &tree, RTM_NEWVLAN, 0, words)
}
