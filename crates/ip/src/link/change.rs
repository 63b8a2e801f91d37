//! `ip link add`, `set`, `replace`, `delete`, `property`: one request each.

use netmite_grammar::{Error, Operation, Result, Scope, Session, Words, matches, nearest};
use netmite_links::link::LINK;
use netmite_links::register::KINDS;
use netmite_netlink::attributes::until_nul;
use netmite_netlink::header::IfInfo;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::brief;

pub(super) fn add(words: &mut Words, session: &mut Session) -> Result<()> {
    make(words, session, NLM_F_CREATE | NLM_F_EXCL)
}

pub(super) fn replace(words: &mut Words, session: &mut Session) -> Result<()> {
    make(words, session, NLM_F_CREATE | NLM_F_REPLACE)
}

fn make(words: &mut Words, session: &mut Session, flags: u16) -> Result<()> {
    let tree = parse(words, session, Operation::Add)?;
    let info = tree.clone().nest(ROOT, IFLA_LINKINFO);
    if !tree.has(info, IFLA_INFO_KIND) && !tree.has(info, IFLA_INFO_SLAVE_KIND) {
        return Err(Error::new(1, brief!("Not enough information: \"type\" argument is required")));
    }
    let kind = tree.get(info, IFLA_INFO_KIND).map(<[u8]>::to_vec);
    let sent = session.change_told(&tree, RTM_NEWLINK, flags, words, crate::monitor::tell);
    sent.map_err(|error| there(explain(error, kind.as_deref()), &tree))
}

/// Kinds without options.
const PLAIN: &[&str] = &["amt", "dummy", "ifb", "ipoib", "nlmon", "rmnet", "team", "vcan", "wireguard"];

/// Says which kind is meant by one that is unknown, or which module it would be in.
fn explain(error: Error, kind: Option<&[u8]>) -> Error {
    let Some(kind) = kind.filter(|_| error.text() == b"Error: Unknown device type.") else { return error };
    let known = KINDS.iter().map(|table| table.name).chain(PLAIN.iter().copied());
    if let Some(near) = nearest(kind, known.clone()).filter(|_| !known.clone().any(|name| name.as_bytes() == kind)) {
        return error.hint(format!("did you mean \"{near}\"?"));
    }
    let kind = netmite_output::escaped(kind);
    error.hint(format!("this kernel has no links of type \"{kind}\": the module {kind} or rtnl-link-{kind} is missing"))
}

/// Says whose name is taken.
fn there(error: Error, tree: &Tree) -> Error {
    let name = tree.get(ROOT, IFLA_IFNAME).filter(|_| error.text() == b"RTNETLINK answers: File exists");
    let Some(name) = name.map(|name| netmite_output::escaped(until_nul(name))) else { return error };
    error.hint(format!("an interface has the name {name}: see `ip link show {name}`"))
}

/// The request that the words make.
fn parse(words: &mut Words, session: &mut Session, operation: Operation) -> Result<Tree> {
    let header = IfInfo { family: session.context.options.family, ..IfInfo::default() };
    let mut tree = Tree::new(&header.to_bytes());
    let mut scope = Scope { words, tree: &mut tree, node: ROOT, operation, context: &mut session.context };
    LINK.parse(&mut scope)?;
    Ok(tree)
}

/// As [`parse`], of links that are there. A group is of links of any kind.
fn parse_existing(words: &mut Words, session: &mut Session, operation: Operation) -> Result<Tree> {
    let mut tree = parse(words, session, operation)?;
    if IfInfo::from_bytes(tree.header(ROOT)).is_none_or(|header| header.index == 0) {
        tree.remove(ROOT, IFLA_LINKINFO);
    }
    Ok(tree)
}

pub(super) fn set(words: &mut Words, session: &mut Session) -> Result<()> {
    if words.is_empty() {
        return Err(Error::new(255, brief!("Not enough information: \"dev\" argument is required.")));
    }
    let tree = parse_existing(words, session, Operation::Set)?;
    session.change_told(&tree, RTM_NEWLINK, 0, words, crate::monitor::tell).map_err(|error| there(error, &tree))
}

pub(super) fn delete(words: &mut Words, session: &mut Session) -> Result<()> {
    let tree = parse_existing(words, session, Operation::Delete)?;
    session.change_told(&tree, RTM_DELLINK, 0, words, crate::monitor::tell)
}

/// `property { add | del } dev DEVICE [ altname NAME ]…`
pub(super) fn property(words: &mut Words, session: &mut Session) -> Result<()> {
    let (kind, flags) = match words.take() {
        Some(word) if matches(word, "add") => (RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND),
        Some(word) if matches(word, "del") => (RTM_DELLINKPROP, 0),
        None => return Err(super::usage()),
        Some(word) if matches(word, "help") => return Err(super::usage()),
        _ => return Err(Error::new(255, "Operator required")),
    };
    let family = session.context.options.family;
    let mut tree = Tree::new(&IfInfo { family, ..IfInfo::default() }.to_bytes());
    let list = tree.nest(ROOT, IFLA_PROP_LIST);
    let mut dev = None;
    while let Some(word) = words.take() {
        match word {
            _ if matches(word, "help") => return Err(super::usage()),
            _ if matches(word, "altname") => {
                let name = words.value()?;
                if name.is_empty() || name.len() > netmite_netlink::ALTNAME_MAX {
                    return Err(Error::wrong(name, "not a valid altname"));
                }
                tree.push(list, IFLA_ALT_IFNAME, &*[name, b"\0"].concat(), words.position());
            }
            _ => {
                let name = if word == b"dev" { words.value()? } else { word };
                if dev.replace(name).is_some() {
                    return Err(Error::garbage("dev", name));
                }
                if name.is_empty() || name.len() > netmite_netlink::ALTNAME_MAX {
                    return Err(Error::wrong(name, "\"dev\" not a valid ifname"));
                }
            }
        }
    }
    let dev = dev.ok_or_else(|| Error::new(255, brief!("Not enough of information: \"dev\" argument is required.")))?;
    let index = session.context.index_of(dev)?;
    tree.set_header(ROOT, 4, index);
    session.change(&tree, kind, flags, words).map_err(|error| {
        let taken = error.text() == b"RTNETLINK answers: File exists";
        if taken { error.hint(brief!("an interface has this name: see `ip link show NAME`")) } else { error }
    })
}
