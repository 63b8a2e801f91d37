//! A neighbour's line.

use super::filter::Filter;
use super::state::SHOWN;
use netmite_grammar::Context;
use netmite_grammar::names::Database;
use netmite_netlink::MessageView;
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::uapi::*;
use netmite_output::{Colour, Names, Value, names};

/// Flags of the header and of `NDA_FLAGS_EXT`, in the order in which they are shown.
const FLAGS: Names =
    names![("router", NTF_ROUTER), ("proxy", NTF_PROXY), ("extern_learn", NTF_EXT_LEARNED), ("offload", NTF_OFFLOADED)];
const EXTENDED_FLAGS: Names = names![("managed", NTF_EXT_MANAGED), ("extern_valid", NTF_EXT_EXT_VALIDATED)];

/// Prints what a notification tells of a neighbour.
pub(crate) fn event(view: &MessageView, device: u32, context: &mut Context) {
    let mut filter = Filter::open();
    filter.index = device;
    print(view, &filter, context);
}

/// Prints a neighbour if it passes `filter`.
pub(super) fn print(view: &MessageView, filter: &Filter, context: &mut Context) {
    let Some(header) = NeighbourHeader::of(view) else { return };
    let slots = view.slots(NeighbourHeader::LEN);
    if filter.passes(view, &header, &slots) {
        line(view.kind, &header, &slots, filter.index != 0, context);
    }
}

/// The line; `of_one` leaves out the interface, where all are of one.
fn line(kind: u16, header: &NeighbourHeader, slots: &Slots, of_one: bool, context: &mut Context) {
    let brief = context.options.brief;
    context.out.open_object("");
    match kind {
        RTM_DELNEIGH => context.out.deleted(),
        RTM_GETNEIGH => context.out.put("miss", "miss", Value::Null, " "),
        _ => (),
    }
    if let Some(bytes) = slots.get(NDA_DST) {
        let address = slots.ip(NDA_DST);
        let colour = address.map_or(Colour::None, Colour::of);
        let host = address.map(|address| context.host(address));
        column(colour, ("dst", ""), host.as_ref().map_or(Value::Link(bytes), Value::from), 39, context);
    }
    if !of_one && header.index != 0 {
        let name = context.name_of(header.index);
        column(Colour::IfName, ("dev", "dev "), (&name).into(), 16, context);
    }
    if let Some(bytes) = slots.get(NDA_LLADDR) {
        let (before, after) = if brief { ("", "") } else { ("lladdr ", " ") };
        context.out.put_over(Colour::Mac, "lladdr", before, Value::Link(bytes), after);
    }
    if !brief {
        rest(header, slots, context);
    }
    context.out.end_line();
    context.out.close_object();
}

/// A fact that in the brief form is a column of this width.
fn column(colour: Colour, (key, before): (&str, &str), value: Value, width: usize, context: &mut Context) {
    let brief = context.options.brief;
    if !brief {
        return context.out.put_over(colour, key, before, value, " ");
    }
    context.out.json(key, value);
    context.out.coloured(colour, |out| {
        out.text_padded(value, width, false);
        out.text(" ");
    });
}

/// What the brief form leaves out.
fn rest(header: &NeighbourHeader, slots: &Slots, context: &mut Context) {
    let extended = slots.u32(NDA_FLAGS_EXT).unwrap_or(0);
    if header.flags != 0 || extended != 0 {
        for name in FLAGS.of_bits(header.flags.into()).chain(EXTENDED_FLAGS.of_bits(extended)) {
            context.out.put(name, name, Value::Null, " ");
        }
    }
    if context.options.statistics > 0 {
        usage(slots, context);
    }
    state(header.state, context);
    if let Some(number) = slots.u8(NDA_PROTOCOL) {
        let plain = Value::Numeral(number.into());
        context.put_named(Database::Protocols, number.into(), plain, "protocol", "proto ", " ");
    }
}

/// How long ago it was used, confirmed and changed, in seconds, and how often it was asked for.
fn usage(slots: &Slots, context: &mut Context) {
    let out = &mut context.out;
    if let Some(info) = slots.get(NDA_CACHEINFO) {
        let number = |at: usize| info.get(at..).and_then(array).map_or(0, u32::from_ne_bytes);
        let seconds = |at: usize| u64::from(number(at)) / netmite_netlink::sys::clock_ticks();
        if number(12) != 0 {
            out.put("refcnt", " ref ", number(12), "");
        }
        out.put("used", " used ", seconds(4), "");
        out.put("confirmed", "/", seconds(0), "");
        out.put("updated", "/", seconds(8), "");
    }
    if let Some(probes) = slots.u32(NDA_PROBES) {
        out.field("probes", "probes", probes);
    }
}

fn state(state: u16, context: &mut Context) {
    let out = &mut context.out;
    let mut rest = state;
    if rest != 0 {
        out.open_array("state");
    }
    while let Some(name) = usize::try_from(rest.trailing_zeros()).ok().and_then(|bit| SHOWN.get(bit)) {
        out.put("", "", *name, " ");
        rest &= rest - 1;
    }
    if rest != 0 {
        out.put("", "", Value::Hex(rest.into()), " ");
    }
    if state != 0 {
        out.close_array();
    }
}
