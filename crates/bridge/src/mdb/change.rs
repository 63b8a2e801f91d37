//! `bridge mdb add`, `replace`, `delete` and `flush`: one request each.

use super::table::{CHANGE, FLUSH, parse};
use crate::change;
use netmite_grammar::{Result, Session, Words};
use netmite_netlink::uapi::*;

pub(super) fn add(words: &mut Words, session: &mut Session) -> Result<u8> {
    send(words, session, RTM_NEWMDB, NLM_F_CREATE | NLM_F_EXCL)
}

pub(super) fn replace(words: &mut Words, session: &mut Session) -> Result<u8> {
    send(words, session, RTM_NEWMDB, NLM_F_CREATE | NLM_F_REPLACE)
}

pub(super) fn delete(words: &mut Words, session: &mut Session) -> Result<u8> {
    send(words, session, RTM_DELMDB, 0)
}

fn send(words: &mut Words, session: &mut Session, kind: u16, flags: u16) -> Result<u8> {
    let missing = "Device, group address and port name are required arguments.";
    let tree = parse(CHANGE, &["dev", "port", "grp"], missing, words, &mut session.context)?;
    change(session, &tree, kind, flags, words)
}

pub(super) fn flush(words: &mut Words, session: &mut Session) -> Result<u8> {
    let tree = parse(FLUSH, &["dev"], "Device is a required argument.", words, &mut session.context)?;
    change(session, &tree, RTM_DELMDB, NLM_F_BULK, words)
}
