//! What a link's line begins with, whichever tool prints it: its name and its flags.

use netmite_grammar::{Context, DeviceName};
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_output::{Colour, Value};

/// The link's name with what it is linked to, padded to `width` if that is given.
pub fn name(header: &IfInfo, slots: &Slots, after: &str, width: Option<usize>, context: &mut Context) {
    let own: DeviceName = match slots.bytes(IFLA_IFNAME) {
        Some(name) => name.into(),
        None => context.name_of(header.index),
    };
    let far = slots.u32(IFLA_LINK);
    let elsewhere = slots.has(IFLA_LINK_NETNSID);
    // Room for two names.
    let mut text = Vec::with_capacity(48);
    text.extend_from_slice(own.as_bytes());
    match far {
        Some(0) => {
            context.out.json("link", Value::Null);
            text.extend_from_slice(b"@NONE");
        }
        Some(index) if elsewhere => {
            context.out.json("link_index", index);
            text.extend_from_slice(b"@if");
            netmite_output::decimal(&mut text, index.into());
        }
        Some(index) => {
            let far = context.name_of(index);
            context.out.json("link", &far);
            text.push(b'@');
            text.extend_from_slice(far.as_bytes());
        }
        None => (),
    }
    context.out.json("ifname", &own);
    context.out.coloured(Colour::IfName, |out| {
        out.text_padded(text.as_slice(), width.unwrap_or(0), false);
        out.text(after);
    });
}

/// Whether the link at the other end, in this namespace, is down.
pub fn peer_is_down(slots: &Slots, context: &mut Context) -> bool {
    let far = slots.u32(IFLA_LINK).filter(|index| *index != 0 && !slots.has(IFLA_LINK_NETNSID));
    far.and_then(|index| context.names.flags_of(index)).is_some_and(|flags| flags & IFF_UP == 0)
}

/// The flags' names in the order in which they are shown.
const FLAGS: &[(u32, &str)] = &[
    (IFF_LOOPBACK, "LOOPBACK"),
    (IFF_BROADCAST, "BROADCAST"),
    (IFF_POINTOPOINT, "POINTOPOINT"),
    (IFF_MULTICAST, "MULTICAST"),
    (IFF_NOARP, "NOARP"),
    (IFF_ALLMULTI, "ALLMULTI"),
    (IFF_PROMISC, "PROMISC"),
    (IFF_MASTER, "MASTER"),
    (IFF_SLAVE, "SLAVE"),
    (IFF_DEBUG, "DEBUG"),
    (IFF_DYNAMIC, "DYNAMIC"),
    (IFF_AUTOMEDIA, "AUTOMEDIA"),
    (IFF_PORTSEL, "PORTSEL"),
    (IFF_NOTRAILERS, "NOTRAILERS"),
    (IFF_UP, "UP"),
    (IFF_LOWER_UP, "LOWER_UP"),
    (IFF_DORMANT, "DORMANT"),
    (IFF_ECHO, "ECHO"),
];

/// The flags between `<` and `>`; `mdown` adds that the other end is down.
pub fn flags(flags: u32, mdown: bool, context: &mut Context) {
    let out = &mut context.out;
    out.open_array("flags");
    let mut before = "<";
    let mut flag = |name: &str| {
        out.json("", name);
        out.text(std::mem::replace(&mut before, ","));
        out.text(name);
    };
    if flags & IFF_UP != 0 && flags & IFF_RUNNING == 0 {
        flag("NO-CARRIER");
    }
    let mut rest = flags & !IFF_RUNNING;
    for (bit, name) in FLAGS.iter().filter(|(bit, _)| flags & bit != 0) {
        flag(name);
        rest &= !bit;
    }
    if rest != 0 {
        flag(&format!("{rest:x}"));
    }
    if mdown {
        // The comma is the reference's, even where nothing stands before it.
        out.json("", "M-DOWN");
        out.text(if before == "<" { "<,M-DOWN> " } else { ",M-DOWN> " });
    } else {
        out.text(if before == "<" { "<> " } else { "> " });
    }
    out.close_array();
}
