//! `bridge fdb add`, `append`, `replace`, `delete`: one request each.

use super::options::{ADDRESS, ENTRY, address, take_state};
use crate::words::take;
use crate::{DEV, change, device};
use netmite_grammar::{Error, Operation, Result, Scope, Session, Words};
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::brief;

pub(super) fn add(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, Operation::Add, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL)
}

pub(super) fn append(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, Operation::Add, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_APPEND)
}

pub(super) fn replace(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, Operation::Add, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE)
}

pub(super) fn delete(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, Operation::Delete, RTM_DELNEIGH, 0)
}

fn send(words: &mut Words, session: &mut Session, operation: Operation, kind: u16, flags: u16) -> Result<()> {
    let mut tree = Tree::new(&NeighbourHeader { family: AF_BRIDGE, ..NeighbourHeader::default() }.to_bytes());
    let context = &mut session.context;
    ENTRY.parse(&mut Scope { words, tree: &mut tree, node: ROOT, operation, context })?;
    let (Some(dev), Some(written)) = (take(&mut tree, DEV), take(&mut tree, ADDRESS)) else {
        return Err(Error::new(255, brief!("Device and address are required arguments.")));
    };
    if tree.has(ROOT, NDA_NH_ID) && [NDA_DST, NDA_PORT, NDA_VNI].iter().any(|other| tree.has(ROOT, *other)) {
        return Err(Error::new(255, brief!("dst, port, vni are mutually exclusive with nhid")));
    }
    tree.set(ROOT, NDA_LLADDR, address(&written)?, 0);
    let state = take_state(&mut tree);
    own_by_default(&mut tree);
    tree.set_header(ROOT, 8, state);
    tree.set_header(ROOT, 4, device(context, &dev)?);
    change(session, &tree, kind, flags, words)
}

/// Where no word says whose table is meant, it is the device's own.
pub(super) fn own_by_default(tree: &mut Tree) {
    if let Some(flags) = tree.header_mut(ROOT).get_mut(10).filter(|flags| **flags & (NTF_SELF | NTF_MASTER) == 0) {
        *flags |= NTF_SELF;
    }
}
