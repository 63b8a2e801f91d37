//! `link-netns NAME` and `link-netnsid ID`: the namespace that the link below a new one is in.

use crate::link::LINK_NETNS;
use crate::question::ask as ask_kernel;
use netmite_grammar::{Error, Result, Scope, Shape, number, parse_only, told};
use netmite_netlink::header::{Family, IfInfo};
use netmite_netlink::uapi::*;
use netmite_netlink::{IFNAME_MAX, Message, Netns};
use std::os::fd::{AsFd, AsRawFd};

parse_only!(
    /// The namespace of the link below, by name: the kernel wants the id it has in ours. It is asked for when all words
    /// are read.
    LinkNetns,
    Shape::Value("NAME"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        once(word, scope)?;
        scope.set(row.number(), word);
        Ok(())
    }
);

/// The namespace of the link below is named once.
fn once(word: &[u8], scope: &Scope) -> Result<()> {
    let named = [LINK_NETNS, IFLA_LINK_NETNSID].iter().any(|place| scope.tree.has(scope.node, *place));
    if named { Err(Error::duplicate("link-netns/link-netnsid", word)) } else { Ok(()) }
}

/// Asks for the id of the namespace that `link-netns` named.
pub(crate) fn ask(scope: &mut Scope) -> Result<()> {
    let Some(word) = scope.tree.get(scope.node, LINK_NETNS).map(<[u8]>::to_vec) else { return Ok(()) };
    let id = scope.context.netns(&word).ok().and_then(|netns| netns_id(&netns));
    scope.tree.remove(scope.node, LINK_NETNS);
    scope.set(IFLA_LINK_NETNSID, id.ok_or_else(|| Error::wrong(&word, "Invalid \"link-netns\" value\n"))?);
    Ok(())
}

/// The id that a namespace has in ours.
fn netns_id(netns: &Netns) -> Option<i32> {
    let mut request = Message::new(RTM_GETNSID, 0, &Family::default().to_bytes());
    request.put(NETNSA_FD, netns.as_fd().as_raw_fd());
    let mut id = None;
    // Without an answer there is no id.
    let _ = ask_kernel(&mut request, &mut |view| id = view.slots(Family::LEN).i32(NETNSA_NSID));
    id.filter(|id| *id >= 0)
}

/// The index of the link called `name` in the namespace that has this id in ours.
pub(crate) fn index_of(name: &[u8], id: i32) -> Result<u32> {
    let kind = if name.len() > IFNAME_MAX { IFLA_ALT_IFNAME } else { IFLA_IFNAME };
    let mut request = Message::new(RTM_GETLINK, 0, &IfInfo::default().to_bytes());
    request.put(IFLA_TARGET_NETNSID, id).put(kind, &*[name, b"\0"].concat());
    let mut index = None;
    let asked = ask_kernel(&mut request, &mut |view| index = IfInfo::of(view).map(|link| link.index));
    let missing = Error::no_device(name);
    match asked {
        Ok(()) => index.ok_or(missing),
        Err(failure) => Err(Error::of(1, &[&told(&failure), &b"\n"[..], missing.text()])),
    }
}

parse_only!(
    /// The namespace of the link below, by id.
    LinkNetnsId,
    Shape::Value("ID"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        once(word, scope)?;
        let id = number::i32(word).ok_or_else(|| Error::wrong(word, "Invalid \"link-netnsid\" value\n"))?;
        scope.set(row.number(), id);
        Ok(())
    }
);
