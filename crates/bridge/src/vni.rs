//! `bridge vni`: the VNIs that a VXLAN with `vnifilter` takes frames of.

use crate::vlan::{OPTION, Port, range_column, show_table};
use crate::words::{HEADER_LEN, NOWHERE, Stray, ends, filters, header, header_index, plain, take};
use crate::{DEV, Dev, change, device, found};
use netmite_grammar::{
    Command, Context, Error, Key, Operation, Part, Result, Scope, Session, Shape, Spec, Table, Words, address, attr,
    exact, parse_only, row, rows, run_verb, unambiguous,
};
use netmite_netlink::attributes::Slots;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};
use netmite_output::brief;
use std::net::IpAddr;

/// Places for the words of a change.
const VNI: u16 = 0x3ffb;
const DESTINATION: u16 = 0x3ffa;

/// The end of the VNIs: 24 bits.
const VNIS: u32 = 1 << 24;

static CHANGE: Table = Table::new("vni", rows!(ROWS));

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("dev")], attr!(DEV), &Dev, "the VXLAN"),
    row(&[exact("vni")], attr!(VNI), &List, "the VNIs"),
    row(&[exact("group").tag(1), exact("remote")], attr!(DESTINATION), &Destination, "where frames to unknown neighbours go: a multicast group, or any address"),
    row(&[], attr!(NOWHERE), &Stray(|word, _| if word == b"help" { Err(usage()) } else { Ok(()) }), "").positional(),
];
const _: () = unambiguous(ROWS);

parse_only!(
    /// VNIs and ranges of them, with commas between; read when the device is known.
    List,
    Shape::Value("VNI[-VNI][,...]"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        if scope.tree.has(scope.node, row.number()) {
            return Err(Error::duplicate("vni", word));
        }
        scope.set(row.number(), word);
        Ok(())
    }
);

parse_only!(
    /// `group ADDRESS` or `remote ADDRESS`, one of them.
    Destination,
    Shape::Value("ADDRESS"),
    |self, row, key, scope| {
        let word = scope.value()?;
        if scope.tree.has(scope.node, row.number()) {
            return Err(Error::duplicate("destination", word));
        }
        // `any` is an address to the reference, but no group.
        let is_group = |address: &IpAddr| address.is_multicast();
        let address = match address::is_everything(word) {
            true => None,
            false => Some(address::address(word, AF_UNSPEC)?),
        };
        if key.tag != 0 && !address.as_ref().is_some_and(is_group) {
            return Err(Error::wrong(word, "invalid group address"));
        }
        let address = address.ok_or_else(|| Error::bad_address("any valid", word))?;
        scope.set(row.number(), address);
        Ok(())
    }
);

/// The verbs, none of which is abbreviated.
const VERBS: &[(Key, Command)] = &[
    (exact("add"), |words, session| send(words, session, Operation::Add, RTM_NEWTUNNEL)),
    (exact("delete"), |words, session| send(words, session, Operation::Delete, RTM_DELTUNNEL)),
    (exact("del"), |words, session| send(words, session, Operation::Delete, RTM_DELTUNNEL)),
    (exact("show"), show),
    (exact("lst"), show),
    (exact("list"), show),
    (exact("help"), |_, _| Err(usage())),
];

/// Runs `bridge vni`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("bridge vni", VERBS, show, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::manual::{Object, choice};
    Object::new("vni", "VNIs that a VXLAN takes frames of", VERBS)
        .table(&["add", "delete"], "", &CHANGE, "bridge vni help")
        .words(&["show", "list", "lst"], vec![choice("dev", Shape::Device, "only this VXLAN")])
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: bridge vni { add | del } vni VNI[-VNI][,...] dev DEVICE [ { group | remote } ADDRESS ]\n       bridge vni show [ dev \
                DEVICE ]\nOPTIONS:\n%"
        ),
        &[Part::Options(&CHANGE)],
    )
}

fn send(words: &mut Words, session: &mut Session, operation: Operation, kind: u16) -> Result<()> {
    let mut tree = Tree::new(&header(0, 0));
    let context = &mut session.context;
    CHANGE.parse(&mut Scope { words, tree: &mut tree, node: ROOT, operation, context })?;
    let [dev, vnis, destination] = [DEV, VNI, DESTINATION].map(|place| take(&mut tree, place));
    let (dev, vnis) =
        dev.zip(vnis).ok_or_else(|| Error::new(255, brief!("Device and VNI ID are required arguments.")))?;
    let index = found(context, "Cannot find vxlan device \"%\"", &dev)?;
    tree.set_header(ROOT, 4, index);
    for part in vnis.split(|byte| *byte == b',') {
        let (first, last) = range(part)?;
        let entry = tree.push_nest(ROOT, VXLAN_VNIFILTER_ENTRY, &[]);
        tree.set(entry, VXLAN_VNIFILTER_ENTRY_START, first, 0);
        if let Some(last) = last {
            tree.set(entry, VXLAN_VNIFILTER_ENTRY_END, last, 0);
        }
        if let Some(address) = &destination {
            let six = address.len() == 16;
            let kind = if six { VXLAN_VNIFILTER_ENTRY_GROUP6 } else { VXLAN_VNIFILTER_ENTRY_GROUP };
            tree.set(entry, kind, &**address, 0);
        }
    }
    change(session, &tree, kind, 0, words)
}

/// A VNI, or the first and the last of a range. The reference takes what is no number for 0, and a range that falls for
/// nothing at all.
fn range(part: &[u8]) -> Result<(u32, Option<u32>)> {
    let (first, last) = ends(part);
    let vni = |end| plain(end).filter(|vni| *vni < VNIS);
    match (vni(first), last.map(vni)) {
        (Some(first), None) => Ok((first, None)),
        (Some(first), Some(Some(last))) if first <= last => Ok((first, Some(last))),
        _ => Err(Error::about(255, "Invalid VNI \"%\"", part).hint("it takes 1 to 16777215")),
    }
}

fn show(words: &mut Words, session: &mut Session) -> Result<()> {
    let [dev] = filters(words, ["dev"])?;
    let dev = dev.map_or(Ok(0), |name| device(&mut session.context, name))?;
    let flags = u8::from(session.context.options.statistics > 0);
    let mut request = Message::new(RTM_GETTUNNEL, 0, &header(flags, dev));
    show_table("dev               vni                group/remote\n", session, &mut |session| {
        session.dump(&mut request, |view, context| {
            if view.kind == RTM_NEWTUNNEL {
                entries(view, Port::new("vnis"), context);
            }
        })
    })
}

/// An event, for the monitor.
pub(crate) fn event(view: &MessageView, context: &mut Context) {
    entries(view, Port::event("vnis"), context);
}

fn entries(view: &MessageView, mut port: Port, context: &mut Context) {
    let Some(index) = header_index(view.body) else { return };
    for entry in view.attributes(HEADER_LEN).filter(|entry| entry.kind == VXLAN_VNIFILTER_ENTRY) {
        let entry = Slots::parse(entry.payload);
        let Some(first) = entry.u32(VXLAN_VNIFILTER_ENTRY_START) else { continue };
        port.line(&|context| context.name_of(index), context);
        vni(first, &entry, context);
        context.out.close_object();
    }
    port.end(context);
}

/// The width of the column of VNIs, without the two blanks behind it.
const WIDTH: usize = 17;

fn vni(first: u32, entry: &Slots, context: &mut Context) {
    let last = entry.u32(VXLAN_VNIFILTER_ENTRY_END).filter(|last| *last > first);
    context.out.json("vni", first);
    if let Some(last) = last {
        context.out.json("vniEnd", last);
    }
    range_column(first, last, WIDTH, context);
    context.out.text("  ");
    let address = entry.ip(VXLAN_VNIFILTER_ENTRY_GROUP).or_else(|| entry.ip(VXLAN_VNIFILTER_ENTRY_GROUP6));
    if let Some(address) = address.filter(|address| !address.is_unspecified()) {
        context.out.put(if address.is_multicast() { "group" } else { "remote" }, "", address, "");
    }
    context.out.newline();
    if let Some(statistics) = entry.nested_slots(VXLAN_VNIFILTER_ENTRY_STATS) {
        context.out.open_object("stats");
        for (label, counters) in [("RX: ", RECEIVED), ("TX: ", SENT)] {
            context.out.text(OPTION);
            context.out.text(label);
            for (kind, label, key) in counters {
                context.out.field(key, label, statistics.u64(*kind).unwrap_or(0));
            }
            context.out.newline();
        }
        context.out.close_object();
    }
}

/// Counters: the attribute, the word in text, the key in JSON.
type Counters = &'static [(u16, &'static str, &'static str)];
const RECEIVED: Counters = &[
    (VNIFILTER_ENTRY_STATS_RX_BYTES, "bytes", "rx_bytes"),
    (VNIFILTER_ENTRY_STATS_RX_PKTS, "pkts", "rx_pkts"),
    (VNIFILTER_ENTRY_STATS_RX_DROPS, "drops", "rx_drops"),
    (VNIFILTER_ENTRY_STATS_RX_ERRORS, "errors", "rx_errors"),
];
const SENT: Counters = &[
    (VNIFILTER_ENTRY_STATS_TX_BYTES, "bytes", "tx_bytes"),
    (VNIFILTER_ENTRY_STATS_TX_PKTS, "pkts", "tx_pkts"),
    (VNIFILTER_ENTRY_STATS_TX_DROPS, "drops", "tx_drops"),
    (VNIFILTER_ENTRY_STATS_TX_ERRORS, "errors", "tx_errors"),
];
