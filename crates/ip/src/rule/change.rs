//! `ip rule add` and `delete`: one request each.

use super::Families;
use super::table::RULE;
use super::values::action;
use netmite_grammar::{Change, Error, Hint, Operation, Result, Session, TOLD, Words, hint};
use netmite_netlink::header::RuleHeader;
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_output::brief;

pub(super) fn add(words: &mut Words, session: &mut Session, families: Families) -> Result<()> {
    if words.is_empty() {
        return Err(Error::new(1, brief!("\"ip rule add\" requires arguments.")));
    }
    let header = RuleHeader { family: families.kernel, action: action::TO_TABLE, ..RuleHeader::default() };
    send(words, session, Operation::Add, header, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL)
}

pub(super) fn delete(words: &mut Words, session: &mut Session, families: Families) -> Result<()> {
    if words.is_empty() {
        return Err(Error::new(1, brief!("\"ip rule del\" requires arguments.")));
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
) -> Result<()> {
    let change = Change { operation, kind, flags, tell: Some(crate::monitor::tell), hints: HINTS };
    session.change_by(&RULE, &header.to_bytes(), &change, words)
}

/// What the kernel's sentences leave open.
#[rustfmt::skip]
static HINTS: &[Hint] = &[
    hint("", brief!("an IPv6 address: `ip -6 rule` makes rules for IPv6")).about(|tree| {
        let wide = [FRA_SRC, FRA_DST].iter().any(|kind| tree.get(ROOT, *kind).is_some_and(|bytes| bytes.len() == 16));
        TOLD.filter(|_| wide && tree.header_byte(0) == AF_INET)
    }),
    hint("RTNETLINK answers: File exists", brief!("there is such a rule of this preference: see `ip rule show`")),
    hint("RTNETLINK answers: No such file or directory", brief!("no rule matches all that was said")),
    hint("RTNETLINK answers: Address family not supported by protocol", brief!("this kernel has no rules for the family, or is built without them")),
];
