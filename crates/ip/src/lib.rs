//! The `ip` command: options, then an object, then a verb.
//!
//! This file finds the object; each object has a file or folder of its own with its verbs. Abbreviations are looked up in
//! the order of [`OBJECTS`], first match first, so `ip r` is route and `ip s` is sr.

mod address;
mod flush;
mod link;
mod neighbour;
mod netns;
mod program;
mod route;
mod rule;
mod saved;

use netmite_grammar::netns::enter;
use netmite_grammar::{
    Command, Error, IP_FLAGS, Key, Options, Result, Session, Words, key, parse_flags, run_batch, select,
};
use netmite_netlink::{Protocol, Socket};
use netmite_output::Io;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The version of iproute2 whose behaviour this is.
pub const REFERENCE: &str = "7.3.0";

/// The objects, in the order in which abbreviations are looked up; those without a command are known by name only.
const OBJECTS: &[(Key, Option<Command>)] = &[
    (key("address", 1), Some(address::run)),
    (key("addrlabel", 1), None),
    (key("maddress", 1), None),
    (key("route", 1), Some(route::run)),
    (key("rule", 1), Some(rule::run)),
    (key("neighbor", 1), Some(neighbour::run)),
    (key("neighbour", 1), Some(neighbour::run)),
    (key("ntable", 1), None),
    (key("ntbl", 1), None),
    (key("link", 1), Some(link::run)),
    (key("l2tp", 1), None),
    (key("fou", 1), None),
    (key("ila", 1), None),
    (key("macsec", 1), None),
    (key("tunnel", 1), None),
    (key("tunl", 1), None),
    (key("tuntap", 1), None),
    (key("tap", 1), None),
    (key("token", 1), None),
    (key("tcpmetrics", 1), None),
    (key("tcp_metrics", 1), None),
    (key("monitor", 1), None),
    (key("xfrm", 1), None),
    (key("mroute", 1), None),
    (key("mrule", 1), Some(rule::run_multicast)),
    (key("netns", 1), Some(netns::run)),
    (key("netconf", 1), None),
    (key("vrf", 1), None),
    (key("sr", 1), None),
    (key("nexthop", 1), None),
    (key("mptcp", 1), None),
    (key("ioam", 1), None),
    (key("help", 1), Some(help)),
    (key("stats", 1), None),
];

/// Runs `ip` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    start(arguments, io, None)
}

/// As [`run`], in a file that is other tools as well: `own_tool` knows their names.
pub fn run_among(own_tool: fn(&[u8]) -> bool, arguments: &[&OsStr], io: &mut Io) -> u8 {
    start(arguments, io, Some(own_tool))
}

fn start(arguments: &[&OsStr], io: &mut Io, own_tool: Option<fn(&[u8]) -> bool>) -> u8 {
    let (name, words) = arguments.split_first().map_or((&[][..], arguments), |(name, rest)| (name.as_bytes(), rest));
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    let mut words = Words::new(&words);
    let options = match parse_flags(IP_FLAGS, &mut words, "ip -help") {
        Ok(options) => Options { own_tool, ..options },
        Err(error) => return error.report(io),
    };
    if options.version {
        let own = env!("CARGO_PKG_VERSION");
        io.write(format!("ip utility, iproute2-{REFERENCE}, netmite {own}\n").as_bytes());
        return 0;
    }
    if options.help {
        return usage().report(io);
    }
    if let Err(error) = options.netns.as_deref().map_or(Ok(()), enter) {
        return error.report(io);
    }
    let socket = match Socket::open(Protocol::Route) {
        Ok(socket) => socket,
        Err(error) => return Error::new(1, error.to_string()).report(io),
    };
    let batch = options.batch.clone();
    let mut session = Session::new(socket, io, options);
    let result = match (batch, implied_object(name)) {
        (Some(file), _) => run_batch(&file, object, &mut session),
        (None, Some(object)) => command(object, &mut words, &mut session),
        (None, None) => object(&mut words, &mut session),
    };
    result.unwrap_or_else(|error| error.report(session.context.out.io()))
}

/// The object in the program's name: `iplink` and `ipaddr` need no first word.
fn implied_object(name: &[u8]) -> Option<&[u8]> {
    let base = name.rsplit(|byte| *byte == b'/').next()?;
    base.strip_prefix(b"ip").filter(|object| !object.is_empty() && select(object, OBJECTS).is_some())
}

/// Runs what `words` say, from the object on.
fn object(words: &mut Words, session: &mut Session) -> Result<u8> {
    let word = words.take().ok_or_else(usage)?;
    command(word, words, session)
}

fn command(object: &[u8], words: &mut Words, session: &mut Session) -> Result<u8> {
    match OBJECTS.iter().find(|(key, _)| !object.is_empty() && key.word.as_bytes().starts_with(object)) {
        Some((_, Some(command))) => command(words, session),
        Some((key, None)) => {
            Err(Error::new(1, format!("Object \"{}\" is not built in, see docs/compatibility.md", key.word)))
        }
        None => Err(unknown(object)),
    }
}

fn unknown(object: &[u8]) -> Error {
    let error = Error::new(1, [b"Object \"", object, b"\" is unknown, try \"ip help\"."].concat());
    match netmite_grammar::nearest(object, OBJECTS.iter().map(|(key, _)| key.word)) {
        Some(near) => error.hint(format!("did you mean \"{near}\"?")),
        None => error,
    }
}

fn help(_: &mut Words, _: &mut Session) -> Result<u8> {
    Err(usage())
}

/// The usage text, which goes to standard error with exit status 255.
fn usage() -> Error {
    let objects: Vec<_> = OBJECTS.iter().filter(|(_, run)| run.is_some()).map(|(key, _)| key.word).collect();
    let mut text =
        format!("Usage: ip [ OPTIONS ] OBJECT {{ COMMAND | help }}\nOBJECT: {}\nOPTIONS:", objects.join(" "));
    for flag in IP_FLAGS.iter().copied().flatten() {
        text += &format!("\n    -{:<16} {}", flag.word, flag.doc);
    }
    Error::new(255, text)
}
