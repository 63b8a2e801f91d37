//! `ip address add`, `change`, `replace`, `delete`: one request each.

use super::table::{ADDRESS, header};
use netmite_grammar::{Change, Error, Operation, Result, Session, Words};
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;

pub(super) fn add(words: &mut Words, session: &mut Session) -> Result<u8> {
    send(words, session, Operation::Add, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL)
}

pub(super) fn change(words: &mut Words, session: &mut Session) -> Result<u8> {
    send(words, session, Operation::Set, RTM_NEWADDR, NLM_F_REPLACE)
}

pub(super) fn replace(words: &mut Words, session: &mut Session) -> Result<u8> {
    send(words, session, Operation::Add, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE)
}

pub(super) fn delete(words: &mut Words, session: &mut Session) -> Result<u8> {
    send(words, session, Operation::Delete, RTM_DELADDR, 0)
}

fn send(words: &mut Words, session: &mut Session, operation: Operation, kind: u16, flags: u16) -> Result<u8> {
    let header = header(session.context.options.family);
    let change = Change { operation, kind, flags, tell: Some(crate::monitor::tell), explain };
    session.change_by(&ADDRESS, &header, &change, words)
}

/// Says what the kernel's sentence leaves open.
fn explain(error: Error, tree: &Tree) -> Error {
    let unset = !tree.has(ROOT, IFA_LOCAL) && !tree.has(ROOT, IFA_ADDRESS);
    match error.text() {
        b"RTNETLINK answers: Operation not supported" if unset => error.hint("no address was given"),
        b"Error: ipv4: Address already assigned." | b"RTNETLINK answers: File exists" => {
            error.hint("`ip address replace` changes the one that is there")
        }
        _ => error,
    }
}
