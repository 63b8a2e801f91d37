//! A port's line.

use super::options::{BRIEF, DETAILS};
use crate::words;
use netmite_grammar::Context;
use netmite_links::head::{flags, name, peer_is_down};
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_output::Value;

/// Prints a port: which it is, then what the bridge says of it.
pub(crate) fn port(header: &IfInfo, slots: &Slots, context: &mut Context) {
    context.out.put("ifindex", "", header.index, ": ");
    name(header, slots, ": ", None, context);
    let mdown = peer_is_down(slots, context);
    flags(header.flags, mdown, context);
    if let Some(mtu) = slots.u32(IFLA_MTU) {
        context.out.field("mtu", "mtu", mtu);
    }
    if let Some(master) = slots.u32(IFLA_MASTER) {
        context.name_field("master", "master", master);
    }
    match slots.get(IFLA_PROTINFO) {
        // Old kernels tell the state and nothing else, without a nest.
        Some([state]) => words::state("state", "state", *state, context),
        Some(options) => options_of(&Slots::parse(options), context),
        None => (),
    }
    if let Some(mode) = slots.nested_slots(IFLA_AF_SPEC).and_then(|own| own.u16(IFLA_BRIDGE_MODE)) {
        hw_mode(mode, context);
    }
    context.out.end_line();
}

fn options_of(options: &Slots, context: &mut Context) {
    BRIEF.print(options, context);
    if context.options.details > 0 {
        context.out.newline();
        context.out.text("    ");
        DETAILS.print(options, context);
    }
}

/// How a device that bridges by itself does so.
fn hw_mode(mode: u16, context: &mut Context) {
    let mode = match mode {
        BRIDGE_MODE_VEB => Value::Str("VEB"),
        BRIDGE_MODE_VEPA => Value::Str("VEPA"),
        _ => Value::Hex(u64::from(mode)),
    };
    context.out.field("hwmode", "hwmode", mode);
}
