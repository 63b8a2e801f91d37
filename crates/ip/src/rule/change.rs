//! `ip rule add` and `delete`: one request each.

use super::Families;
use super::table::RULE;
use super::values::action;
use netmite_grammar::{Change, Error, Operation, Result, Session, Words};
use netmite_netlink::header::RuleHeader;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;

pub(super) fn add(words: &mut Words, session: &mut Session, families: Families) -> Result<u8> {
    if words.is_empty() {
        return Err(Error::new(1, "\"ip rule add\" requires arguments."));
    }
    let header = RuleHeader { family: families.kernel, action: action::TO_TABLE, ..RuleHeader::default() };
    send(words, session, Operation::Add, header, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL)
}

pub(super) fn delete(words: &mut Words, session: &mut Session, families: Families) -> Result<u8> {
    if words.is_empty() {
        return Err(Error::new(1, "\"ip rule del\" requires arguments."));
    }
    let header = RuleHeader { family: families.kernel, ..RuleHeader::default() };
    send(words, session, Operation::Delete, header, RTM_DELRULE, 0)
}

fn send(
    words: &mut Words,
    session: &mut Session,
    operation: Operation,
    header: RuleHeader,
    kind: u16,
    flags: u16,
) -> Result<u8> {
    let change = Change { operation, kind, flags, tell: Some(crate::monitor::tell), explain };
    session.change_by(&RULE, &header.to_bytes(), &change, words)
}

/// Says what the kernel's sentence leaves open.
fn explain(error: Error, tree: &Tree) -> Error {
    let header = RuleHeader::from_bytes(tree.header(ROOT)).unwrap_or_default();
    let wide = [FRA_SRC, FRA_DST].iter().any(|kind| tree.get(ROOT, *kind).is_some_and(|bytes| bytes.len() == 16));
    if header.family == AF_INET && wide {
        return error.hint("an IPv6 address: `ip -6 rule` makes rules for IPv6");
    }
    match error.text() {
        b"RTNETLINK answers: File exists" => error.hint("there is such a rule of this preference: see `ip rule show`"),
        b"RTNETLINK answers: No such file or directory" => error.hint("no rule matches all that was said"),
        b"RTNETLINK answers: Address family not supported by protocol" => {
            error.hint("this kernel has no rules for the family, or is built without them")
        }
        _ => error,
    }
}
