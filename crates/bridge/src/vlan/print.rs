//! A port's lines: its name, then a VLAN or a range a line.

use super::table::{ENTRY, OPTIONS};
use crate::mdb::router_port;
use crate::words::{HEADER_LEN, header_index, read_vlan_info};
use netmite_grammar::{Context, DeviceName};
use netmite_netlink::MessageView;
use netmite_netlink::attributes::{Attribute, Slots};
use netmite_netlink::uapi::*;
use netmite_output::Colour;

/// The width of the name's column, without the two blanks behind it.
const NAME: usize = 16;
/// What stands in its place below it.
const BELOW: &str = "                  ";
/// What stands before the options of a VLAN.
pub(crate) const OPTION: &str = "                    ";

/// The lines of one port. It is named, and its JSON object begun, with the first of them.
pub(crate) struct Port {
    /// The key of its array in JSON.
    array: &'static str,
    named: bool,
    /// Whether its JSON object is there already: the monitor's.
    event: bool,
}

impl Port {
    /// A port none of whose lines has been printed.
    pub(crate) fn new(array: &'static str) -> Self {
        Port { array, named: false, event: false }
    }

    /// One that an event is about, whose object in JSON has been begun.
    pub(crate) fn event(array: &'static str) -> Self {
        Port { array, named: false, event: true }
    }

    /// Begins a line: with the name in front, or with blanks in its place; opens an object in JSON.
    pub(crate) fn line(&mut self, name: &dyn Fn(&mut Context) -> DeviceName, context: &mut Context) {
        if self.named {
            context.out.text(BELOW);
        } else {
            self.named = true;
            let name = name(context);
            if !self.event {
                context.out.open_object("");
            }
            context.out.json("ifname", &name);
            context.out.coloured(Colour::IfName, |out| {
                out.text_padded(&name, NAME, false);
                out.text("  ");
            });
            context.out.open_array(self.array);
        }
        context.out.open_object("");
    }

    /// Ends what the first line began.
    pub(crate) fn end(self, context: &mut Context) {
        if self.named {
            context.out.close_array();
            if !self.event {
                context.out.close_object();
            }
        }
    }
}

/// A VLAN or a range: the keys of the first and of the last.
pub(super) fn range(key: &str, first: u16, end_key: &str, last: u16, context: &mut Context) {
    context.out.put(key, "", first, "");
    if last > first {
        context.out.put(end_key, "-", last, "");
    }
}

/// A number or a range of them in a column of text.
#[inline(never)]
pub(crate) fn range_column(first: u32, last: Option<u32>, width: usize, context: &mut Context) {
    let text = last.map_or_else(|| first.to_string(), |last| format!("{first}-{last}"));
    context.out.text_padded(text.as_str(), width, false);
}

/// The flags of a VLAN; in JSON an array where any bit is set, though it be one that has no word.
pub(super) fn flags(flags: u16, context: &mut Context) {
    if flags == 0 {
        return;
    }
    context.out.open_array("flags");
    for (bit, word) in [(BRIDGE_VLAN_INFO_PVID, "PVID"), (BRIDGE_VLAN_INFO_UNTAGGED, "Egress Untagged")] {
        if flags & bit != 0 {
            context.out.put("", " ", word, "");
        }
    }
    context.out.close_array();
}

/// How many bytes and packets went which way: `struct bridge_vlan_xstats` without the VLAN, or the attributes of a nest.
pub(super) fn counters([rx_bytes, rx_packets, tx_bytes, tx_packets]: [u64; 4], context: &mut Context) {
    for (label, bytes, packets, keys) in [
        ("RX: ", rx_bytes, rx_packets, ("rx_bytes", "rx_packets")),
        ("TX: ", tx_bytes, tx_packets, ("tx_bytes", "tx_packets")),
    ] {
        context.out.text(OPTION);
        context.out.text(label);
        context.out.put(keys.0, "", bytes, " bytes ");
        context.out.put(keys.1, "", packets, " packets");
        context.out.newline();
    }
}

/// The entries of a message of the VLAN database: VLANs of a port, and options of a bridge's.
pub(super) fn entries(view: &MessageView, mut port: Port, vid: u32, context: &mut Context) {
    let Some(index) = header_index(view.body) else { return };
    for entry in view.attributes(HEADER_LEN) {
        let slots = Slots::parse(entry.payload);
        let Some((first, last)) = vlans_of(&entry, &slots).filter(|range| includes(*range, vid)) else { continue };
        port.line(&|context| context.name_of(index), context);
        range("vlan", first, "vlanEnd", last, context);
        match entry.kind {
            BRIDGE_VLANDB_ENTRY => entry_options(&slots, context),
            _ => bridge_options(&slots, context),
        }
        context.out.close_object();
    }
    port.end(context);
}

/// An event of the VLAN database, for the monitor.
pub(crate) fn event(view: &MessageView, context: &mut Context) {
    entries(view, Port::event("vlans"), 0, context);
}

/// The first and the last VLAN of an entry.
fn vlans_of(entry: &Attribute, slots: &Slots) -> Option<(u16, u16)> {
    let (first, last) = match entry.kind {
        BRIDGE_VLANDB_ENTRY => {
            (read_vlan_info(slots.get(BRIDGE_VLANDB_ENTRY_INFO)?)?.1, slots.u16(BRIDGE_VLANDB_ENTRY_RANGE))
        }
        BRIDGE_VLANDB_GLOBAL_OPTIONS => (slots.u16(BRIDGE_VLANDB_GOPTS_ID)?, slots.u16(BRIDGE_VLANDB_GOPTS_RANGE)),
        _ => return None,
    };
    Some((first, last.unwrap_or(first)))
}

/// Whether a range holds the VLAN that is asked for; 0 asks for all.
pub(super) fn includes((first, last): (u16, u16), vid: u32) -> bool {
    vid == 0 || (u32::from(first)..=u32::from(last)).contains(&vid)
}

fn entry_options(slots: &Slots, context: &mut Context) {
    if let Some((bits, _)) = slots.get(BRIDGE_VLANDB_ENTRY_INFO).and_then(read_vlan_info) {
        flags(bits, context);
    }
    context.out.newline();
    context.out.text(OPTION);
    if !slots.has(BRIDGE_VLANDB_ENTRY_STATE) {
        // Of a VLAN that is gone the kernel tells none.
        context.out.field("state", "state", "disabled");
    }
    ENTRY.print(slots, context);
    context.out.newline();
    if context.options.statistics > 0 {
        // Events tell none.
        let statistics = slots.nested_slots(BRIDGE_VLANDB_ENTRY_STATS);
        let number = |kind| statistics.as_ref().and_then(|statistics| statistics.u64(kind)).unwrap_or(0);
        let all = [
            BRIDGE_VLANDB_STATS_RX_BYTES,
            BRIDGE_VLANDB_STATS_RX_PACKETS,
            BRIDGE_VLANDB_STATS_TX_BYTES,
            BRIDGE_VLANDB_STATS_TX_PACKETS,
        ];
        counters(all.map(number), context);
    }
}

fn bridge_options(slots: &Slots, context: &mut Context) {
    context.out.newline();
    context.out.text(OPTION);
    OPTIONS.print(slots, context);
    context.out.newline();
    let mut ports = slots.nested(BRIDGE_VLANDB_GOPTS_MCAST_ROUTER_PORTS).flat_map(|list| list.nested()).peekable();
    if ports.peek().is_some() {
        context.out.open_array("router_ports");
        context.out.text(OPTION);
        context.out.text(ROUTERS);
        while let Some(port) = ports.next() {
            router_port(port.payload, " ", context);
            if context.options.statistics > 0 && ports.peek().is_some() {
                context.out.newline();
                context.out.text(OPTION);
                context.out.text(BELOW_ROUTERS);
            }
        }
        context.out.close_array();
        context.out.newline();
    }
}

/// The title of the ports that lead to routers, and the blanks below it.
const ROUTERS: &str = "router ports: ";
const BELOW_ROUTERS: &str = "              ";
