//! `ip token`: the lower half of the addresses that IPv6 makes itself from a router's prefix.

use netmite_grammar::{Command, Context, Error, Key, Result, Session, Words, address, key, plain, run_verb};
use netmite_netlink::header::IfInfo;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};
use netmite_output::{Colour, brief};
use std::net::{IpAddr, Ipv6Addr};

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("list", 1), list),
    (key("lst", 2), list),
    (key("show", 1), list),
    (key("set", 2), |words, session| set(words, session, false)),
    (key("add", 1), |words, session| set(words, session, false)),
    (key("get", 1), list),
    (key("delete", 1), |words, session| set(words, session, true)),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `ip token`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip token", VERBS, list, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::manual::{Object, choice};
    let dev = vec![choice("dev", netmite_grammar::Shape::Device, "the link")];
    Object::new("token", "lower halves of the addresses that IPv6 makes itself", VERBS)
        .words(&["set", "add", "delete", "get", "list", "lst", "show"], dev)
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: ip token set ADDRESS dev DEVICE\n       ip token del dev DEVICE\n       ip token { list | get } [ dev DEVICE ]"
        ),
        &[],
    )
}

fn device(words: &mut Words, context: &mut Context) -> Result<u32> {
    let word = words.value()?;
    context.index_of(word).map_err(|_| Error::wrong(word, "dev is invalid\n"))
}

/// Of the words behind `list` only the interface counts; the reference passes over all others.
fn list(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut only = 0;
    while let Some(word) = words.take() {
        if word == b"dev" && only == 0 {
            only = device(words, &mut session.context)?;
        }
    }
    let header = IfInfo { family: AF_INET6, ..IfInfo::default() };
    let mut request = Message::new(RTM_GETLINK, 0, &header.to_bytes());
    session.list(&mut request, None, &mut |view, context| print(view, only, context))
}

/// Prints the token of an interface that can have one, if `only` is its index or 0.
fn print(view: &MessageView, only: u32, context: &mut Context) {
    let Some(header) = IfInfo::of(view) else { return };
    let other = header.family != AF_INET6 || (only != 0 && only != header.index);
    if other || header.flags & (IFF_LOOPBACK | IFF_NOARP) != 0 {
        return;
    }
    let protocol = view.slots(IfInfo::LEN).nested_slots(IFLA_PROTINFO);
    let Some(token) = protocol.and_then(|protocol| protocol.ip(IFLA_INET6_TOKEN)) else { return };
    context.out.open_object("");
    context.out.put_in(Colour::of(token), "token", "token ", token, "");
    context.put_device(header.index, "ifname", " dev ", "\n");
    context.out.close_object();
}

/// Sets the token; to delete one is to set that of no bits.
fn set(words: &mut Words, session: &mut Session, none: bool) -> Result<()> {
    let (mut token, mut index) = (None, 0);
    while let Some(word) = words.take() {
        match plain(word) {
            "dev" if index == 0 => index = device(words, &mut session.context)?,
            // The first interface counts, as the first token does.
            "dev" => drop(words.value()?),
            _ if netmite_grammar::matches(word, "help") => return Err(usage()),
            // The first token counts; the reference passes over what follows it.
            _ if none || token.is_some() => (),
            _ => {
                let given =
                    address::prefix(word, AF_INET6).ok().filter(|given| !given.everything || word == b"default");
                let address = given.ok_or_else(|| Error::bad_prefix("inet6", word))?.prefix.address();
                token = Some((address, words.position()));
            }
        }
    }
    if token.is_none() && !none {
        return Err(Error::new(1, brief!("Not enough information: token is required.")));
    }
    if index == 0 {
        return Err(Error::new(1, brief!("Not enough information: \"dev\" argument is required.")));
    }
    let (token, origin) = token.unwrap_or((IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0));
    let mut tree = Tree::new(&IfInfo { family: AF_INET6, index, ..IfInfo::default() }.to_bytes());
    let families = tree.nest(ROOT, IFLA_AF_SPEC);
    let ipv6 = tree.nest(families, u16::from(AF_INET6));
    tree.set(ipv6, IFLA_INET6_TOKEN, token, origin);
    session.change(&tree, RTM_SETLINK, 0, words)
}
