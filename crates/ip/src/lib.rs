//! The `ip` command: options, then an object, then a verb.
//!
//! This file finds the object; each object has a file or folder of its own with its verbs. Abbreviations are looked up in
//! the order of [`OBJECTS`], first match first, so `ip r` is route and `ip s` is sr.

// What only the words of a codec use is known with the feature that has them.
#![cfg_attr(not(feature = "laws"), allow(unused_imports, dead_code))]

mod address;
mod addrlabel;
mod execute;
mod flush;
mod link;
mod maddress;
mod monitor;
mod mroute;
mod nat;
mod neighbour;
mod netconf;
mod netns;
mod nexthop;
mod ntable;
mod proc;
mod route;
mod rule;
mod saved;
mod token;
mod tunnel;
mod tuntap;
mod vrf;

use netmite_grammar::{Command, IP_FLAGS, Key, OwnTool, Tool, key};
use netmite_output::Io;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

static IP: Tool = Tool {
    name: "ip",
    version: "ip utility, iproute2-7.3.0",
    flags: IP_FLAGS,
    help: "ip -help",
    objects: OBJECTS,
    unknown: 1,
};

/// The objects, in the order in which abbreviations are looked up; those without a command are known by name only.
const OBJECTS: &[(Key, Option<Command>)] = &[
    (key("address", 1).tag(Tool::WAITS), Some(address::run)),
    (key("addrlabel", 1), Some(addrlabel::run)),
    (key("maddress", 1), Some(maddress::run)),
    (key("route", 1).tag(Tool::WAITS), Some(route::run)),
    (key("rule", 1).tag(Tool::WAITS), Some(rule::run)),
    (key("neighbor", 1).tag(Tool::WAITS), Some(neighbour::run)),
    (key("neighbour", 1).tag(Tool::WAITS), Some(neighbour::run)),
    (key("ntable", 1), Some(ntable::run)),
    (key("ntbl", 1), Some(ntable::run)),
    (key("link", 1), Some(link::run)),
    (key("l2tp", 1), None),
    (key("fou", 1), None),
    (key("ila", 1), None),
    (key("macsec", 1), None),
    (key("tunnel", 1), Some(tunnel::run)),
    (key("tunl", 1), Some(tunnel::run)),
    (key("tuntap", 1), Some(tuntap::run)),
    (key("tap", 1), Some(tuntap::run)),
    (key("token", 1), Some(token::run)),
    (key("tcpmetrics", 1), None),
    (key("tcp_metrics", 1), None),
    (key("monitor", 1), Some(monitor::run)),
    (key("xfrm", 1), None),
    (key("mroute", 1), Some(mroute::run)),
    (key("mrule", 1), Some(rule::run_multicast)),
    (key("netns", 1), Some(netns::run)),
    (key("netconf", 1), Some(netconf::run)),
    (key("vrf", 1), Some(vrf::run)),
    (key("sr", 1), None),
    (key("nexthop", 1), Some(nexthop::run)),
    (key("mptcp", 1), None),
    (key("ioam", 1), None),
    (key("help", 1), None),
    (key("stats", 1), None),
    (key("nat", 3), Some(nat::run)),
];

/// What manuals tell of the tool.
#[cfg(feature = "laws")]
pub fn manual() -> netmite_grammar::manual::Manual {
    let objects = vec![
        address::manual(),
        addrlabel::manual(),
        link::manual(),
        maddress::manual(),
        monitor::manual(),
        mroute::manual(),
        neighbour::manual(),
        netconf::manual(),
        netns::manual(),
        nexthop::manual(),
        ntable::manual(),
        route::manual(),
        rule::manual(),
        token::manual(),
        tunnel::manual(),
        tuntap::manual(),
        vrf::manual(),
    ];
    IP.manual("links, addresses, routes and the rest of the kernel's network", objects)
}

/// Runs `ip` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    start(arguments, io, None)
}

/// As [`run`], in a file that is other tools as well: `own_tool` knows their names.
pub fn run_among(own_tool: OwnTool, arguments: &[&OsStr], io: &mut Io) -> u8 {
    start(arguments, io, Some(own_tool))
}

fn start(arguments: &[&OsStr], io: &mut Io, own_tool: Option<OwnTool>) -> u8 {
    let words: Vec<&[u8]> = arguments.iter().map(|word| word.as_bytes()).collect();
    let (name, words) = words.split_first().map_or((&b""[..], &words[..]), |(name, words)| (*name, words));
    IP.run(words, implied_object(name), own_tool, io)
}

/// The object in the program's name: `iplink` and `ipaddr` need no first word.
fn implied_object(name: &[u8]) -> Option<&[u8]> {
    let base = name.rsplit(|byte| *byte == b'/').next()?;
    base.strip_prefix(b"ip").filter(|object| IP.knows(object))
}
