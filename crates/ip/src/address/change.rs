//! `ip address add`, `change`, `replace`, `delete`: one request each.

use super::table::{ADDRESS, header};
use netmite_grammar::{Change, Hint, Operation, Result, Session, TOLD, Words, hint};
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_output::brief;

pub(super) fn add(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, Operation::Add, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL)
}

pub(super) fn change(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, Operation::Set, RTM_NEWADDR, NLM_F_REPLACE)
}

pub(super) fn replace(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, Operation::Add, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE)
}

pub(super) fn delete(words: &mut Words, session: &mut Session) -> Result<()> {
    send(words, session, Operation::Delete, RTM_DELADDR, 0)
}

fn send(words: &mut Words, session: &mut Session, operation: Operation, kind: u16, flags: u16) -> Result<()> {
    let header = header(session.context.options.family);
    let change = Change { operation, kind, flags, tell: Some(crate::monitor::tell), hints: HINTS };
    session.change_by(&ADDRESS, &header, &change, words)
}

/// What the kernel's sentences leave open.
static HINTS: &[Hint] = &[
    hint("RTNETLINK answers: Operation not supported", brief!("no address was given"))
        .about(|tree| TOLD.filter(|_| !tree.has(ROOT, IFA_LOCAL) && !tree.has(ROOT, IFA_ADDRESS))),
    hint("Error: ipv4: Address already assigned.", brief!(REPLACED)),
    hint("RTNETLINK answers: File exists", brief!(REPLACED)),
];
const REPLACED: &str = "`ip address replace` changes the one that is there";
