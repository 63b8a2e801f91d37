//! What the verbs of `bridge mdb` take.
//!
//! The reference reads all words first, then their values in an order of its own, and complains of the first that will not
//! do; [`OPTIONS`] stand in that order.

use crate::device;
use crate::words::{no_vlan, plain};
use netmite_grammar::names::Database;
use netmite_grammar::{Context, Error, Result, Words, address, matches, number};
use netmite_netlink::message::Value;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::{Names, names};
use std::net::IpAddr;

/// A verb: a bit of [`Opt::verbs`].
pub(super) const CHANGE: u8 = 1;
pub(super) const GET: u8 = 2;
pub(super) const FLUSH: u8 = 4;

/// `MDB_PERMANENT`.
const PERMANENT: u8 = 1;
/// The protocols of a group's address in `struct br_mdb_entry`: `ETH_P_IP`, `ETH_P_IPV6`; none for a link-layer address.
pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86dd;
/// The length of that structure in bytes.
pub(super) const ENTRY_LEN: usize = 28;
/// The filter modes, by number: `MCAST_EXCLUDE`, `MCAST_INCLUDE`.
pub(super) const FILTER_MODES: Names = names!["exclude", "include"];

/// A request under construction.
struct Request {
    /// All but the entry.
    tree: Tree,
    port: u32,
    state: u8,
    vid: u16,
    address: [u8; 16],
    protocol: u16,
    /// The number of the word that is read.
    origin: u16,
}

impl Request {
    fn new() -> Self {
        let tree = Tree::new(&crate::words::header(0, 0));
        Request { tree, port: 0, state: 0, vid: 0, address: [0; 16], protocol: 0, origin: 0 }
    }

    fn set(&mut self, kind: u16, value: impl Value) -> Result<()> {
        let attributes = self.tree.nest(ROOT, MDBA_SET_ENTRY_ATTRS);
        self.tree.set(attributes, kind, value, self.origin);
        Ok(())
    }

    /// `struct br_mdb_entry`: index, state, flags, VLAN, address, protocol, padding.
    fn entry(&self) -> [u8; ENTRY_LEN] {
        let mut entry = [0; ENTRY_LEN];
        entry[0..4].copy_from_slice(&self.port.to_ne_bytes());
        entry[4] = self.state;
        entry[6..8].copy_from_slice(&self.vid.to_ne_bytes());
        entry[8..24].copy_from_slice(&self.address);
        entry[24..26].copy_from_slice(&self.protocol.to_be_bytes());
        entry
    }
}

/// Reads a value into the request.
type Read = fn(&mut Request, &[u8], &mut Context) -> Result<()>;

/// How an option acts on the request.
enum Act {
    /// At once, and without a value.
    Flag(fn(&mut Request)),
    /// With a value, by the name it has in help, when all words are there.
    Value(&'static str, Read),
}

/// An option.
struct Opt {
    word: &'static str,
    /// The verbs that take it.
    verbs: u8,
    act: Act,
    doc: &'static str,
}

const fn value(word: &'static str, verbs: u8, name: &'static str, read: Read, doc: &'static str) -> Opt {
    Opt { word, verbs, act: Act::Value(name, read), doc }
}

const fn flag(word: &'static str, verbs: u8, set: fn(&mut Request), doc: &'static str) -> Opt {
    Opt { word, verbs, act: Act::Flag(set), doc }
}

const MODES: &str = "{ include | exclude }";

/// The options, in the order in which their values are read.
#[rustfmt::skip]
const OPTIONS: &[Opt] = &[
    value("dev", CHANGE | GET | FLUSH, "DEVICE", |to, word, context| { let index = device(context, word)?; to.tree.set_header(ROOT, 4, index); Ok(()) }, "the bridge or VXLAN"),
    value("port", CHANGE | FLUSH, "DEVICE", |to, word, context| { to.port = device(context, word)?; Ok(()) }, "the port; the bridge where it listens itself"),
    value("grp", CHANGE | GET, "GROUP", |to, word, _| group(to, word), "the group: an IP address or a link-layer one"),
    value("vid", CHANGE | GET | FLUSH, "VLAN", |to, word, _| { to.vid = vlan(word)?; Ok(()) }, "the VLAN"),
    value("src", CHANGE | GET, "ADDRESS", |to, word, _| to.set(MDBE_ATTR_SOURCE, ip(word, "source address")?), "who sends"),
    value("filter_mode", CHANGE, MODES, |to, word, _| to.set(MDBE_ATTR_GROUP_MODE, filter_mode(word)?), "whether the sources are wanted or unwanted"),
    value("source_list", CHANGE, "ADDRESS[,...]", |to, word, _| sources(to, word), "the sources that the filter mode is about"),
    value("proto", CHANGE | FLUSH, "PROTOCOL", |to, word, context| to.set(MDBE_ATTR_RTPROT, protocol(word, context)?), "who made the entry"),
    value("dst", CHANGE | FLUSH, "ADDRESS", |to, word, _| to.set(MDBE_ATTR_DST, ip(word, "underlay destination address")?), "the far end of the VXLAN"),
    value("dst_port", CHANGE | FLUSH, "PORT", |to, word, _| to.set(MDBE_ATTR_DST_PORT, port(word)?), "its UDP port"),
    value("vni", CHANGE | FLUSH, "VNI", |to, word, _| to.set(MDBE_ATTR_VNI, vni(word, "destination VNI")?), "the VNI that it is sent with"),
    value("src_vni", CHANGE | GET | FLUSH, "VNI", |to, word, _| to.set(MDBE_ATTR_SRC_VNI, vni(word, "source VNI")?), "the VNI that the group is of"),
    value("via", CHANGE, "DEVICE", |to, word, context| to.set(MDBE_ATTR_IFINDEX, device(context, word)?), "the device that leads to the far end"),
    flag("permanent", CHANGE, |to| to.state = PERMANENT, "it stays"),
    flag("temp", CHANGE, |_| (), "it goes when nobody asks for it any more"),
    flag("permanent", FLUSH, |to| selected(to, PERMANENT), "those that stay"),
    flag("nopermanent", FLUSH, |to| selected(to, 0), "the others"),
];

fn selected(to: &mut Request, state: u8) {
    to.state = state;
    let attributes = to.tree.nest(ROOT, MDBA_SET_ENTRY_ATTRS);
    to.tree.set(attributes, MDBE_ATTR_STATE_MASK, PERMANENT, 0);
}

fn invalid(what: &str, word: &[u8]) -> Error {
    Error::of(255, &[b"Invalid ", what.as_bytes(), b" \"", word, b"\""])
}

/// A whole IP address.
fn whole_ip(word: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

fn ip(word: &[u8], what: &str) -> Result<IpAddr> {
    whole_ip(word).ok_or_else(|| invalid(what, word))
}

fn vlan(word: &[u8]) -> Result<u16> {
    plain(word).and_then(|vid| u16::try_from(vid).ok()).ok_or_else(|| no_vlan(word))
}

/// A number of 32 bits; the reference takes the empty word for 0.
fn or_zero(word: &[u8]) -> Option<u32> {
    if word.is_empty() { Some(0) } else { number::u32(word) }
}

fn vni(word: &[u8], what: &str) -> Result<u32> {
    or_zero(word).ok_or_else(|| invalid(what, word))
}

fn port(word: &[u8]) -> Result<u16> {
    or_zero(word).and_then(|port| u16::try_from(port).ok()).ok_or_else(|| invalid("destination port", word))
}

fn filter_mode(word: &[u8]) -> Result<u8> {
    FILTER_MODES.byte(word).ok_or_else(|| invalid("filter mode", word))
}

fn protocol(word: &[u8], context: &mut Context) -> Result<u8> {
    let named = context.databases.number(Database::Protocols, word).and_then(|number| u8::try_from(number).ok());
    named.or_else(|| number::u8(word)).ok_or_else(|| invalid("protocol value", word))
}

fn group(to: &mut Request, word: &[u8]) -> Result<()> {
    let (bytes, protocol) = match whole_ip(word) {
        Some(IpAddr::V4(four)) => (four.octets().to_vec(), IPV4),
        Some(IpAddr::V6(six)) => (six.octets().to_vec(), IPV6),
        None => {
            let link = address::link_address(word).map_err(|error| error.with_status(255))?;
            if link.as_bytes().len() != 6 {
                return Err(invalid("address", word));
            }
            (link.as_bytes().to_vec(), 0)
        }
    };
    to.address.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    to.protocol = protocol;
    Ok(())
}

fn sources(to: &mut Request, word: &[u8]) -> Result<()> {
    let attributes = to.tree.nest(ROOT, MDBA_SET_ENTRY_ATTRS);
    let list = to.tree.nest(attributes, MDBE_ATTR_SRC_LIST);
    for part in word.split(|byte| *byte == b',') {
        let bad = || Error::about(255, "Invalid source entry \"%\" in source list", part);
        let source = whole_ip(part).ok_or_else(bad)?;
        let entry = to.tree.push_nest(list, MDBE_SRC_LIST_ENTRY, &[]);
        to.tree.set(entry, MDBE_SRCATTR_ADDRESS, source, to.origin);
    }
    Ok(())
}

/// Reads the words of `verb`, whose options `needs` must be there.
///
/// # Errors
/// Exit status 255. `missing` where an option that is needed is not there.
pub(super) fn parse(verb: u8, needs: &[&str], missing: &str, words: &mut Words, context: &mut Context) -> Result<Tree> {
    let mut request = Request::new();
    let mut values = [None; OPTIONS.len()];
    while let Some(word) = words.take() {
        let mut known = OPTIONS.iter().zip(&mut values);
        match known.find(|(opt, _)| opt.verbs & verb != 0 && opt.word.as_bytes() == word) {
            Some((Opt { act: Act::Flag(set), .. }, _)) => set(&mut request),
            Some((_, slot)) => *slot = Some((words.value()?, words.position())),
            None if matches(word, "help") => return Err(super::usage()),
            None if verb == FLUSH => return Err(unselective(word)),
            // As with the reference, any other word is passed over.
            None => (),
        }
    }
    let given = |name: &&str| OPTIONS.iter().zip(&values).any(|(opt, value)| opt.word == *name && value.is_some());
    if !needs.iter().all(given) {
        return Err(Error::new(255, missing));
    }
    for (opt, value) in OPTIONS.iter().zip(values) {
        if let (Act::Value(_, read), Some((word, origin))) = (&opt.act, value) {
            request.origin = origin;
            read(&mut request, word, context)?;
        }
    }
    let entry = request.entry();
    request.tree.set(ROOT, MDBA_SET_ENTRY, entry, 0);
    Ok(request.tree)
}

/// The reference passes over such a word too, and then flushes all that the word was to spare.
fn unselective(word: &[u8]) -> Error {
    let error = Error::about(255, "Nothing is flushed: \"%\" selects nothing", word);
    error.suggest(word, OPTIONS.iter().filter(|opt| opt.verbs & FLUSH != 0).map(|opt| opt.word))
}

/// The options of `verb`, for manuals.
#[cfg(feature = "laws")]
pub(super) fn choices(verb: u8) -> Vec<netmite_grammar::manual::Choice> {
    use netmite_grammar::{Shape, manual::choice};
    let shape = |act: &Act| match act {
        Act::Flag(_) => Shape::Nothing,
        Act::Value("DEVICE", _) => Shape::Device,
        Act::Value(name, _) if *name == MODES => Shape::Choice(FILTER_MODES),
        Act::Value(name, _) => Shape::Value(name),
    };
    let own = OPTIONS.iter().filter(|opt| opt.verbs & verb != 0);
    own.map(|opt| choice(opt.word, shape(&opt.act), opt.doc)).collect()
}

/// The options of `verb` as a usage text shows them, one a line.
pub(super) fn usage(verb: u8) -> String {
    let lines = OPTIONS.iter().filter(|opt| opt.verbs & verb != 0).map(|opt| match opt.act {
        Act::Flag(_) => format!("    [ {} ]  {}\n", opt.word, opt.doc),
        Act::Value(name, _) => format!("    [ {} {name} ]  {}\n", opt.word, opt.doc),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_documented_and_once_in_a_verb() {
        for verb in [CHANGE, GET, FLUSH] {
            let mut words: Vec<_> = OPTIONS.iter().filter(|opt| opt.verbs & verb != 0).map(|opt| opt.word).collect();
            let count = words.len();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), count);
        }
        assert!(OPTIONS.iter().all(|opt| !opt.doc.is_empty()));
    }

    #[test]
    fn groups_are_of_three_kinds() {
        for (word, protocol) in [(&b"239.1.1.1"[..], IPV4), (b"ff05::1", IPV6), (b"1:0:5e:0:0:1", 0)] {
            let mut request = Request::new();
            group(&mut request, word).unwrap();
            assert_eq!(request.protocol, protocol);
        }
        for word in [&b"239.1.1"[..], b"1:2:3", b"x", b""] {
            assert_eq!(group(&mut Request::new(), word).unwrap_err().status(), 255);
        }
    }
}
