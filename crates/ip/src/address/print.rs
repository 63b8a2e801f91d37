//! An address's lines.

use super::filter::flags_of;
use netmite_grammar::Context;
use netmite_grammar::names::Database;
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::IfAddr;
use netmite_netlink::uapi::*;
use netmite_output::Value;

/// The flags' names in the order in which they are shown. `dynamic` stands for the absence of `permanent`.
pub(super) const FLAGS: &[(u32, &str)] = &[
    (IFA_F_SECONDARY, "secondary"),
    (IFA_F_SECONDARY, "temporary"),
    (IFA_F_NODAD, "nodad"),
    (IFA_F_OPTIMISTIC, "optimistic"),
    (IFA_F_DADFAILED, "dadfailed"),
    (IFA_F_HOMEADDRESS, "home"),
    (IFA_F_DEPRECATED, "deprecated"),
    (IFA_F_TENTATIVE, "tentative"),
    (IFA_F_PERMANENT, "permanent"),
    (IFA_F_MANAGETEMPADDR, "mngtmpaddr"),
    (IFA_F_NOPREFIXROUTE, "noprefixroute"),
    (IFA_F_MCAUTOJOIN, "autojoin"),
    (IFA_F_STABLE_PRIVACY, "stable-privacy"),
];

/// Prints an address: its line and its lifetimes, or in the short form the address alone.
pub(super) fn address(header: &IfAddr, slots: &Slots, context: &mut Context) {
    let brief = context.options.brief;
    if !brief {
        family(header, context);
    }
    local(slots, header.prefix_len, context);
    if brief {
        return;
    }
    if let Some(address) = slots.ip(IFA_BROADCAST) {
        context.put_host(address, "broadcast", "brd ", " ");
    }
    if let Some(address) = slots.ip(IFA_ANYCAST) {
        context.put_host(address, "anycast", "any ", " ");
    }
    if let Some(address) = slots.ip(IFA_MULTICAST) {
        context.put_host(address, "multicast", "mcast ", " ");
    }
    named(Database::Scopes, u32::from(header.scope), "scope", "scope ", " ", context);
    flags(header.family, flags_of(header, slots), context);
    if let Some(proto) = slots.u8(IFA_PROTO).filter(|proto| *proto != 0 || context.out.is_json()) {
        named(Database::AddressProtocols, u32::from(proto), "protocol", "proto ", " ", context);
    }
    if let Some(label) = slots.bytes(IFA_LABEL) {
        context.out.put("label", "", label, "");
    }
    if let Some(info) = slots.get(IFA_CACHEINFO) {
        context.out.newline();
        let seconds = |at: usize| info.get(at..).and_then(array).map_or(0, u32::from_ne_bytes);
        context.out.text("       valid_lft ");
        lifetime("valid_life_time", seconds(4), context);
        context.out.text(" preferred_lft ");
        lifetime("preferred_life_time", seconds(0), context);
    }
    context.out.end_line();
}

fn family(header: &IfAddr, context: &mut Context) {
    let name = match header.family {
        AF_INET => "inet",
        AF_INET6 => "inet6",
        _ => return context.out.put("family_index", "    family ", header.family, " "),
    };
    context.out.put("family", "    ", name, " ");
}

fn local(slots: &Slots, len: u8, context: &mut Context) {
    let (local, peer) = (slots.ip(IFA_LOCAL), slots.ip(IFA_ADDRESS));
    let Some(local) = local.or(peer) else { return };
    context.put_host(local, "local", "", "");
    if let Some(peer) = peer.filter(|peer| *peer != local) {
        context.put_host(peer, "address", " peer ", "");
    }
    context.out.put("prefixlen", "/", len, " ");
    if let Some(metric) = slots.u32(IFA_RT_PRIORITY) {
        context.out.field("metric", "metric", metric);
    }
}

/// A number by its name, unless numbers are asked for.
fn named(database: Database, number: u32, key: &str, before: &str, after: &str, context: &mut Context) {
    let plain = match database {
        Database::Scopes => Value::Numeral(number.into()),
        _ => Value::Hex(number.into()),
    };
    context.put_named(database, number, plain, key, before, after);
}

fn flags(family: u8, flags: u32, context: &mut Context) {
    let mut rest = flags;
    for (bit, name) in FLAGS {
        let set = flags & bit != 0;
        let name = match (*name, family) {
            ("secondary", AF_INET6) | ("temporary", AF_INET) => continue,
            ("permanent", _) if set => "",
            ("permanent", _) => "dynamic",
            (name, _) if set => name,
            _ => "",
        };
        rest &= !bit;
        if !name.is_empty() {
            context.out.json(name, true);
            context.out.text(name);
            context.out.text(" ");
        }
    }
    if rest != 0 {
        let rest = format!("{rest:02x}");
        context.out.field("ifa_flags", "flags", rest.as_str());
    }
}

fn lifetime(key: &str, seconds: u32, context: &mut Context) {
    context.out.json(key, seconds);
    match seconds {
        u32::MAX => context.out.text("forever"),
        _ => {
            context.out.text_value(Value::from(seconds));
            context.out.text("sec");
        }
    }
}
