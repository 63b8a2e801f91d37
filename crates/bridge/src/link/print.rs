//! A port's line.

use super::options::{BRIEF, DETAILS};
use netmite_grammar::Context;
use netmite_links::head::{flags, name, peer_is_down};
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;

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
        let master = context.name_of(master);
        context.out.field("master", "master", &master);
    }
    if let Some(options) = slots.nested_slots(IFLA_PROTINFO) {
        BRIEF.print(&options, context);
        if context.options.details > 0 {
            context.out.newline();
            context.out.text("    ");
            DETAILS.print(&options, context);
        }
    }
    context.out.end_line();
}
