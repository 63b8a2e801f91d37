//! A tunnel's line, and what it has carried.

use super::words::Keyed;
use super::{ADD_ROUTER, GET_PREFIXES, GET_ROUTERS, Kind, LINK, SPECIAL, flag, flags_at, four, name_in, six};
use netmite_grammar::names::Database;
use netmite_grammar::{Context, Host};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::sys::tunnel;
use netmite_netlink::uapi::IFLA_STATS64;
use netmite_output::{Colour, Value};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Prints a tunnel, but not the end of its line: its statistics may follow.
pub(super) fn tunnel(kind: &Kind, parameters: &[u8], context: &mut Context) {
    context.out.open_object("");
    let name = name_in(parameters);
    context.out.put_over(Colour::IfName, "ifname", "", name, ": ");
    match kind.six {
        true => over_six(parameters, context),
        false => over_four(name, parameters, context),
    }
}

/// Ends a tunnel's line, or leaves it open.
pub(super) fn end(line: bool, context: &mut Context) {
    context.out.close_object();
    if context.out.is_json() {
        // The reference puts each object on a line of its own.
        context.out.io().write(b"\n");
    } else if line {
        context.out.end_line();
    }
}

fn byte(parameters: &[u8], at: usize) -> u8 {
    parameters.get(at).copied().unwrap_or(0)
}

/// The interface below.
fn device(parameters: &[u8], key: &str, context: &mut Context) {
    let index = parameters.get(LINK..).and_then(array).map_or(0, u32::from_ne_bytes);
    if index != 0 {
        let name = context.name_of(index);
        context.out.put(key, " dev ", &name, "");
    }
}

/// What is inside, and both ends.
fn ends(inside: u8, outer: &str, remote: IpAddr, local: IpAddr, context: &mut Context) {
    let inside = match inside {
        0 => "any",
        4 => "ip",
        41 => "ipv6",
        47 => "gre",
        _ => "unknown",
    };
    let mode = format!("{inside}/{outer}");
    context.out.put("mode", "", mode.as_str(), " ");
    for (key, address, after) in [("remote", remote, " "), ("local", local, "")] {
        // Our own end stays an address.
        let host = if key == "local" { Host::Address(address) } else { context.host(address) };
        context.out.json(key, &host);
        context.out.text(key);
        context.out.text(" ");
        context.out.coloured(Colour::of(address), |out| {
            match address {
                IpAddr::V4(Ipv4Addr::UNSPECIFIED) => out.text("any"),
                _ => out.text_value(&host),
            }
            out.text(after);
        });
    }
}

fn over_four(name: &[u8], parameters: &[u8], context: &mut Context) {
    let protocol = four::protocol(parameters);
    let address = |at| IpAddr::V4(four::address_at(parameters, at));
    ends(protocol, "ip", address(four::at::TO), address(four::at::FROM), context);
    device(parameters, "dev", context);
    if protocol == four::IPV6 {
        let special: [u8; 2] = parameters.get(four::at::INCOMING..).and_then(array).unwrap_or_default();
        if special.iter().zip(SPECIAL).any(|(own, special)| own & special != 0) {
            routers(name, context);
        }
        rapid_deployment(name, context);
    }
    match byte(parameters, four::at::TTL) {
        0 => context.out.text(" ttl inherit"),
        ttl => context.out.put("ttl", " ttl ", ttl, ""),
    }
    let tos = byte(parameters, four::at::TOS);
    if tos != 0 {
        type_of_service(tos, context);
    }
    if flags_at(parameters, four::at::FRAGMENT) & 0x4000 == 0 {
        mention("nopmtudisc", " nopmtudisc", context);
    }
    keys(four::KEYED, parameters, context);
    if protocol == four::GRE {
        options(four::KEYED, parameters, context);
    }
}

fn mention(key: &str, text: &str, context: &mut Context) {
    context.out.json(key, Value::Null);
    context.out.text(text);
}

/// A type of service, whose lowest bit stands for what the packet inside has.
fn type_of_service(tos: u8, context: &mut Context) {
    let mut name = |tos: u8| {
        let known = context.databases.name(Database::DsFields, u32::from(tos)).filter(|_| !context.options.numeric);
        known.map_or_else(|| format!("{tos:#04x}"), str::to_owned)
    };
    let (whole, rest) = (name(tos), name(tos & !1));
    if tos != 1 {
        context.out.json("tos", whole.as_str());
    }
    context.out.text(" tos ");
    match (tos & 1, tos & !1) {
        (0, _) => context.out.text(&rest),
        (_, 0) => context.out.text("inherit"),
        _ => {
            context.out.text("inherit/");
            context.out.text(&rest);
        }
    }
}

/// The potential routers of an ISATAP tunnel.
fn routers(name: &[u8], context: &mut Context) {
    let mut list = [0; GET_ROUTERS.size(false)];
    // The length that the answer may have, in the first entry; all addresses are asked for.
    let room = (GET_ROUTERS.size(false) - ADD_ROUTER.size(false)) as u32;
    list.iter_mut().skip(8).zip(room.to_ne_bytes()).for_each(|(to, from)| *to = from);
    if tunnel::ask(GET_ROUTERS, false, name, &mut list).is_err() {
        return;
    }
    let told = list.get(8..).and_then(array).map_or(0, u32::from_ne_bytes);
    let count = usize::try_from(told).unwrap_or(0) / ADD_ROUTER.size(false);
    for entry in list.chunks_exact(ADD_ROUTER.size(false)).skip(1).take(count) {
        let default = entry.get(4..).and_then(array).map_or(0, u16::from_ne_bytes) & 1 != 0;
        let (key, before) = if default { ("pdr", " pdr ") } else { ("pr", " pr ") };
        let address = Ipv4Addr::from(array::<4>(entry).unwrap_or_default());
        context.out.put(key, before, address, "");
    }
}

/// The prefixes of rapid deployment; none where the kernel has no such thing.
fn rapid_deployment(name: &[u8], context: &mut Context) {
    let mut prefixes = [0; GET_PREFIXES.size(false)];
    if tunnel::ask(GET_PREFIXES, false, name, &mut prefixes).is_err() {
        return;
    }
    let length = |at: usize| prefixes.get(at..).and_then(array).map_or(0, u16::from_ne_bytes);
    let prefix = Ipv6Addr::from(array::<16>(&prefixes).unwrap_or_default());
    let relays = Ipv4Addr::from(prefixes.get(16..).and_then(array::<4>).unwrap_or_default());
    if length(20) == 0 {
        return;
    }
    context.out.put("6rd-prefix", " 6rd-prefix ", prefix, "");
    context.out.put("6rd-prefixlen", "/", length(20), "");
    if !relays.is_unspecified() {
        context.out.put("6rd-relay_prefix", " 6rd-relay_prefix ", relays, "");
        context.out.put("6rd-relay_prefixlen", "/", length(22), "");
    }
}

fn keys(keyed: Keyed, parameters: &[u8], context: &mut Context) {
    let key = |(flags, place): (usize, usize)| {
        let set = flags_at(parameters, flags) & flag::KEY != 0;
        parameters.get(place..).and_then(array).map(u32::from_be_bytes).filter(|_| set)
    };
    match (key(keyed.incoming), key(keyed.outgoing)) {
        (Some(incoming), Some(outgoing)) if incoming == outgoing => context.out.put("key", " key ", incoming, ""),
        (incoming, outgoing) => {
            for (name, before, key) in [("ikey", " ikey ", incoming), ("okey", " okey ", outgoing)] {
                if let Some(key) = key {
                    context.out.put(name, before, key, "");
                }
            }
        }
    }
}

/// What GRE adds to packets.
fn options(keyed: Keyed, parameters: &[u8], context: &mut Context) {
    let (incoming, outgoing) = (flags_at(parameters, keyed.incoming.0), flags_at(parameters, keyed.outgoing.0));
    let known = [
        (incoming & flag::SEQUENCE, "rx_drop_ooseq", "  Drop packets out of sequence."),
        (incoming & flag::CHECKSUM, "rx_csum", "  Checksum in received packet is required."),
        (outgoing & flag::SEQUENCE, "tx_seq", "  Sequence packets on output."),
        (outgoing & flag::CHECKSUM, "tx_csum", "  Checksum output packets."),
    ];
    context.out.open_array("flags");
    for (_, word, text) in known.into_iter().filter(|(bits, ..)| *bits != 0) {
        context.out.json("", word);
        context.out.newline();
        context.out.text(text);
    }
    context.out.close_array();
}

fn over_six(parameters: &[u8], context: &mut Context) {
    let address = |at| IpAddr::V6(six::address_at(parameters, at));
    let number = |at: usize| parameters.get(at..).and_then(array::<4>).unwrap_or_default();
    let protocol = six::protocol(parameters);
    ends(protocol, "ipv6", address(six::at::TO), address(six::at::FROM), context);
    device(parameters, "link", context);
    let set = u32::from_ne_bytes(number(six::at::FLAGS));
    let flow = u32::from_be_bytes(number(six::at::FLOW));
    if set & six::option::NO_ENCAP_LIMIT != 0 {
        mention("ip6_tnl_f_ign_encap_limit", " encaplimit none", context);
    } else {
        context.out.put("encap_limit", " encaplimit ", byte(parameters, six::at::ENCAP_LIMIT), "");
    }
    match byte(parameters, six::at::HOP_LIMIT) {
        0 => context.out.text(" hoplimit inherit"),
        limit => context.out.put("hoplimit", " hoplimit ", limit, ""),
    }
    if set & six::option::INHERIT_CLASS != 0 {
        mention("ip6_tnl_f_use_orig_tclass", " tclass inherit", context);
    } else {
        context.out.put("tclass", " tclass ", format!("{:#04x}", (flow & six::CLASS) >> 20).as_str(), "");
    }
    if set & six::option::INHERIT_LABEL != 0 {
        mention("ip6_tnl_f_use_orig_flowlabel", " flowlabel inherit", context);
    } else {
        context.out.put("flowlabel", " flowlabel ", format!("{:#07x}", flow & six::LABEL).as_str(), "");
    }
    context.out.put("flowinfo", " (flowinfo ", format!("{flow:#010x}").as_str(), ")");
    if set & six::option::COPY_DSCP != 0 {
        mention("ip6_tnl_f_rcv_dscp_copy", " dscp inherit", context);
    }
    if set & six::option::ALLOW_LOCAL_REMOTE != 0 {
        mention("ip6_tnl_f_allow_local_remote", " allow-localremote", context);
    }
    keys(six::KEYED, parameters, context);
    if protocol == six::GRE {
        options(six::KEYED, parameters, context);
    }
}

/// What a link has carried, of `struct rtnl_link_stats64` (linux/if_link.h). Only in text, as with the reference.
pub(super) fn statistics(slots: &Slots, context: &mut Context) {
    let Some(counters) = slots.get(IFLA_STATS64) else { return };
    let counter = |at: usize| counters.get(at * 8..).and_then(array).map_or(0, u64::from_ne_bytes);
    let tables = [
        ("RX: Packets    Bytes        Errors CsumErrs OutOfSeq Mcasts", [0, 2, 4, 13, 14, 8], 8),
        ("TX: Packets    Bytes        Errors DeadLoop NoRoute  NoBufs", [1, 3, 5, 9, 17, 7], 6),
    ];
    for (head, columns, last) in tables {
        context.out.newline();
        context.out.text(head);
        context.out.newline();
        context.out.text("    ");
        for (at, (column, width)) in columns.into_iter().zip([10, 12, 6, 8, 8, last]).enumerate() {
            context.out.text(if at > 0 { " " } else { "" });
            context.out.text_padded(counter(column), width, false);
        }
    }
}
