//! `bridge fdb flush`: one request that deletes all that it selects.

use super::change::own_by_default;
use super::options::FLUSH;
use crate::words::{no_vlan, take};
use crate::{DEV, change, changed_device};
use netmite_grammar::{Error, Operation, Result, Scope, Session, Words};
use netmite_netlink::attributes::array;
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut tree = Tree::new(&NeighbourHeader { family: AF_BRIDGE, ..NeighbourHeader::default() }.to_bytes());
    let context = &mut session.context;
    FLUSH.parse(&mut Scope { words, tree: &mut tree, node: ROOT, operation: Operation::Delete, context })?;
    let dev = take(&mut tree, DEV).ok_or_else(|| Error::new(255, "Device is a required argument."))?;
    own_by_default(&mut tree);
    tree.set_header(ROOT, 4, changed_device(context, &dev)?);
    let vid = tree.get(ROOT, NDA_VLAN).and_then(array).map(u16::from_ne_bytes);
    if let Some(vid) = vid.filter(|vid| *vid > 4095) {
        return Err(no_vlan(vid.to_string().as_bytes()));
    }
    change(session, &tree, RTM_DELNEIGH, NLM_F_BULK, words)
}
