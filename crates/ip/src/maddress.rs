//! `ip maddress`: the multicast addresses that interfaces listen to.
//!
//! /proc/net tells of them all, and how many programs asked for each; where it is not to be read, newer kernels dump those
//! of IP.

use crate::proc;
use netmite_grammar::{
    Command, Context, Error, Key, Part, Repeat, Result, Session, Shape, Spec, Table, Words, address, attr, exact, key,
    matches, number, parse_only, row, rows, run_verb, unambiguous,
};
use netmite_netlink::header::IfAddr;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_netlink::{IfName, MacAddress, Message, errno};
use netmite_output::{Colour, Value, brief};
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsFd;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("add", 1), |words, session| change(words, session, true)),
    (key("delete", 1), |words, session| change(words, session, false)),
    (key("show", 1), show),
    (key("list", 1), show),
    (key("lst", 2), show),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `ip maddress`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip maddr", VERBS, show, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::manual::{Object, choice};
    let filters = vec![choice("dev", netmite_grammar::Shape::Device, "only its addresses")];
    Object::new("maddress", "multicast addresses that links take", VERBS)
        .table(&["add", "delete"], "", &ADDRESS, "ip maddress help")
        .words(&["show", "list", "lst"], filters)
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: ip maddress { add | del } LLADDR dev DEVICE\n       ip maddress show [ dev DEVICE ]\nOPTIONS:\n%"
        ),
        &[Part::Options(&ADDRESS)],
    )
}

/// A link-layer address that an interface is to listen to.
static ADDRESS: Table = Table { help: Some(usage), ..Table::new("maddress", rows!(ROWS)) };

/// Places of our own; nothing here goes into a message.
const DEV: u16 = 1;
const LLADDR: u16 = 2;

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("dev")], attr!(DEV), &Dev, "the interface").repeat(Repeat::Duplicate),
    row(&[key("address", 1)], attr!(LLADDR), &LinkAddress, "the address, of six bytes").positional().repeat(Repeat::Duplicate),
];
const _: () = unambiguous(ROWS);

parse_only!(Dev, Shape::Device, |self, row, _key, scope, word| {
    let name = IfName::new(word).ok_or_else(|| Error::wrong(word, "\"dev\" not a valid ifname"))?;
    scope.set(row.number(), name.as_bytes());
    Ok(())
});

/// How many bytes the kernel compares.
const LENGTH: usize = 6;

parse_only!(LinkAddress, Shape::Value("LLADDR"), |self, row, _key, scope, word| {
    let bytes = address::link_address(word)?;
    let len = bytes.as_bytes().len();
    if len != LENGTH {
        return Err(Error::new(1, format!("Error: Invalid address length {len} - must be {LENGTH} bytes")));
    }
    scope.set(row.number(), bytes);
    Ok(())
});

fn change(words: &mut Words, session: &mut Session, receive: bool) -> Result<()> {
    let mut tree = Tree::new(&[]);
    let operation = netmite_grammar::Operation::Set;
    let context = &mut session.context;
    ADDRESS.parse(&mut netmite_grammar::Scope { words, tree: &mut tree, node: ROOT, operation, context })?;
    let name = tree.get(ROOT, DEV).and_then(IfName::new);
    let name = name.ok_or_else(|| Error::new(255, brief!("Not enough information: \"dev\" is required.")))?;
    let bytes = tree.get(ROOT, LLADDR).unwrap_or(&[0; LENGTH]);
    let outcome = netmite_netlink::sys::set_multicast(session.socket().as_fd(), &name, bytes, receive);
    outcome.map_err(|error| {
        let denied = matches!(errno::number(&error), errno::EPERM | errno::EACCES);
        let refused = Error::caused(1, "ioctl: %", error);
        if denied { refused.hint("this needs CAP_NET_ADMIN") } else { refused }
    })
}

/// An address that an interface listens to.
struct Group {
    index: u32,
    address: Address,
    /// How many programs asked for it.
    users: u32,
    /// Asked for by `ip maddress add`.
    fixed: bool,
}

enum Address {
    Link(MacAddress),
    Ip(IpAddr),
}

fn show(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut dev = None;
    while let Some(word) = words.take() {
        let name = match word {
            b"dev" => words.value()?,
            _ if matches(word, "help") => return Err(usage()),
            _ => word,
        };
        if dev.replace(name).is_some() {
            return Err(Error::garbage("dev", name));
        }
    }
    // An interface that is not there listens to nothing.
    let index = dev.map(|name| session.context.index_of(name).unwrap_or(u32::MAX));
    let family = session.context.options.family;
    let mut groups = Vec::new();
    if matches!(family, AF_UNSPEC | AF_PACKET) {
        read("dev_mcast", &mut |words| groups.extend(link_group(words)));
    }
    for own in [AF_INET, AF_INET6] {
        if family == AF_UNSPEC || family == own {
            ip_groups(own, &mut groups, session)?;
        }
    }
    groups.retain(|group| index.is_none_or(|index| group.index == index));
    netmite_output::sort_by_key(&mut groups, |group| group.index);
    print(&groups, &mut session.context);
    Ok(())
}

/// Hands the words of each line of a file of the kernel's to `each`; whether there is one.
fn read(name: &str, each: &mut dyn FnMut(&[&[u8]])) -> bool {
    let text = netmite_netlink::sys::file::contents(format!("/proc/net/{name}"));
    text.map(|text| proc::each_line(&text, each)).is_ok()
}

/// A line of dev_mcast: index, name, users, how many of them are for good, address.
fn link_group(line: &[&[u8]]) -> Option<Group> {
    let [index, _, users, fixed, address] = line else { return None };
    let address = Address::Link(MacAddress::new(&hexadecimal(address)?)?);
    Some(Group { index: number::u32(index)?, address, users: number::u32(users)?, fixed: number::u32(fixed)? != 0 })
}

/// A line of igmp: an interface's index and name, which goes into `index`, or below it a group and its users.
fn ipv4_group(line: &[&[u8]], index: &mut Option<u32>) -> Option<Group> {
    match line {
        [first, _, colon, ..] if *colon == b":" => {
            *index = number::u32(first);
            None
        }
        [group, users, ..] if group.len() == 8 => {
            // The number is the address's four bytes read as one of the host's.
            let bits = u32::try_from(number::in_base(group, 16)?).ok()?;
            let users = u32::try_from(number::in_base(users, 10)?).unwrap_or(u32::MAX);
            let address = Address::Ip(Ipv4Addr::from(bits.to_ne_bytes()).into());
            Some(Group { index: (*index)?, address, users, fixed: false })
        }
        _ => None,
    }
}

/// A line of igmp6: index, name, address, users.
fn ipv6_group(line: &[&[u8]]) -> Option<Group> {
    let [index, _, address, users, ..] = line else { return None };
    let address =
        Address::Ip(netmite_netlink::attributes::ip(&hexadecimal(address).filter(|bytes| bytes.len() == 16)?)?);
    Some(Group { index: number::u32(index)?, address, users: number::u32(users)?, fixed: false })
}

fn hexadecimal(word: &[u8]) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| number::in_base(pair, 16).and_then(|byte| u8::try_from(byte).ok());
    word.chunks(2).map(byte).collect()
}

/// Adds the groups of a family.
fn ip_groups(family: u8, groups: &mut Vec<Group>, session: &mut Session) -> Result<()> {
    let mut index = None;
    let told = match family {
        AF_INET => read("igmp", &mut |words| groups.extend(ipv4_group(words, &mut index))),
        _ => read("igmp6", &mut |words| groups.extend(ipv6_group(words))),
    };
    if told {
        return Ok(());
    }
    let header = IfAddr { family, ..IfAddr::default() };
    session.dump(&mut Message::new(RTM_GETMULTICAST, 0, &header.to_bytes()), |view, _| {
        let Some(header) = IfAddr::of(view) else { return };
        if let Some(address) = view.slots(IfAddr::LEN).ip(IFA_MULTICAST) {
            groups.push(Group { index: header.index, address: Address::Ip(address), users: 1, fixed: false });
        }
    })
}

/// Prints groups that stand in the order of their interfaces.
fn print(groups: &[Group], context: &mut Context) {
    context.out.open_array("");
    let mut before = None;
    for group in groups {
        if before != Some(group.index) {
            if before.is_some() {
                context.out.close_array();
                context.out.close_object();
            }
            context.out.open_object("");
            head(group.index, context);
            context.out.open_array("maddr");
        } else if context.out.is_oneline() && !context.out.is_json() {
            head(group.index, context);
        }
        line(group, context);
        before = Some(group.index);
    }
    if before.is_some() {
        context.out.close_array();
        context.out.close_object();
    }
    context.out.close_array();
    context.out.end_json();
}

fn head(index: u32, context: &mut Context) {
    let name = context.name_of(index);
    let out = &mut context.out;
    out.put("ifindex", "", index, ":");
    out.begin_colour(Colour::IfName);
    out.put("ifname", "\t", &name, "");
    out.end_colour(Colour::IfName);
    out.newline();
}

fn line(group: &Group, context: &mut Context) {
    let out = &mut context.out;
    out.open_object("");
    match &group.address {
        Address::Link(bytes) => out.put_in(Colour::Mac, "link", "\tlink  ", Value::Link(bytes.as_bytes()), ""),
        Address::Ip(address) => {
            let (family, after) = if address.is_ipv4() { ("inet", "  ") } else { ("inet6", " ") };
            out.put("family", "\t", family, after);
            out.put_in(Colour::of(*address), "address", "", *address, "");
        }
    }
    if group.users != 1 {
        out.put("users", " users ", group.users, "");
    }
    if group.fixed {
        out.put("features", " ", "static", "");
    }
    out.end_line();
    out.close_object();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<&[u8]> {
        line.split_whitespace().map(str::as_bytes).collect()
    }

    #[test]
    fn lines_of_the_kernel() {
        let group = link_group(&words("3 v0 2 1 3333ff000001")).unwrap();
        assert_eq!((group.index, group.users, group.fixed), (3, 2, true));
        assert!(link_group(&words("3 v0 2 1 3333ff00000x")).is_none());
        let group = ipv6_group(&words("1 lo ff020000000000000000000000000001 1 0000000C 0")).unwrap();
        assert!(matches!(group.address, Address::Ip(address) if address.to_string() == "ff02::1"));
        let mut index = None;
        assert!(ipv4_group(&words("010000E0 1 0 0"), &mut index).is_none());
        assert!(ipv4_group(&words("Idx Device : Count"), &mut index).is_none());
        assert!(ipv4_group(&words("2 v1 : 1 V3"), &mut index).is_none());
        let line = format!("{:08X} 4 0:00000000 0", u32::from_ne_bytes([224, 0, 0, 1]));
        assert!(matches!(ipv4_group(&words(&line), &mut index), Some(Group { index: 2, users: 4, .. })));
        assert!(ipv4_group(&words("x"), &mut index).is_none() && ipv4_group(&[], &mut index).is_none());
    }
}
