//! `bridge link set`: one request that changes a port.

use super::options::LINK;
use crate::words::take;
use crate::{DEV, change, changed_device};
use netmite_grammar::{Error, Operation, Result, Scope, Session, Words};
use netmite_netlink::header::IfInfo;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut tree = Tree::new(&IfInfo { family: AF_BRIDGE, ..IfInfo::default() }.to_bytes());
    // Also where no option of the port's own is given.
    let options = tree.nest(ROOT, IFLA_PROTINFO);
    let context = &mut session.context;
    LINK.parse(&mut Scope { words, tree: &mut tree, node: ROOT, operation: Operation::Set, context })?;
    // No cost is 0, and the reference keeps that to itself.
    if tree.get(options, IFLA_BRPORT_COST) == Some(&[0; 4]) {
        tree.remove(options, IFLA_BRPORT_COST);
    }
    let dev = take(&mut tree, DEV).ok_or_else(|| Error::new(255, "Device is a required argument."))?;
    let index = changed_device(context, &dev)?;
    tree.set_header(ROOT, 4, index);
    change(session, &tree, RTM_SETLINK, 0, words)
}
