//! `bridge mdb add`, `replace`, `delete` and `flush`: one request each.

use super::table::{CHANGE, FLUSH, parse};
use crate::change;
use netmite_grammar::{Result, Session, Words};
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;

/// Where the state is in a `struct br_mdb_entry`.
const STATE: usize = 4;

pub(super) fn add(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, RTM_NEWMDB, NLM_F_CREATE | NLM_F_EXCL)
}

pub(super) fn replace(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, RTM_NEWMDB, NLM_F_CREATE | NLM_F_REPLACE)
}

pub(super) fn delete(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, RTM_DELMDB, 0)
}

fn send(words: &mut Words, session: &mut Session, kind: u16, flags: u16) -> Result<()> {
    let missing = "Device, group address and port name are required arguments.";
    let mut tree = parse(CHANGE, &["dev", "port", "grp"], missing, words, &mut session.context)?;
    // An entry is deleted in any state.
    let entry = tree.get(ROOT, MDBA_SET_ENTRY).filter(|_| kind == RTM_DELMDB).map(<[u8]>::to_vec);
    if let Some(mut entry) = entry {
        entry.iter_mut().skip(STATE).take(1).for_each(|state| *state = 0);
        tree.set(ROOT, MDBA_SET_ENTRY, &entry[..], 0);
    }
    change(session, &tree, kind, flags, words)
}

pub(super) fn flush(words: &mut Words, session: &mut Session) -> Result<()> {
    let tree = parse(FLUSH, &["dev"], "Device is a required argument.", words, &mut session.context)?;
    change(session, &tree, RTM_DELMDB, NLM_F_BULK, words)
}
