//! A tunnel's line, and what it has carried.

use super::words::Keyed;
use super::{ADD_ROUTER, GET_PREFIXES, GET_ROUTERS, Kind, LINK, SPECIAL, flag, flags_at, four, name_in, six};
use netmite_grammar::Context;
use netmite_grammar::names::Database;
use netmite_netlink::attributes::{Slots, array, u16_at, u32_at, u64_at};
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
    let index = u32_at(parameters, LINK);
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
    let mode = [inside, "/", outer].concat();
    context.out.put("mode", "", mode.as_str(), " ");
    let host = context.host(remote);
    end_of("remote", remote, (&host).into(), " ", context);
    // Our own end stays an address.
    end_of("local", local, local.into(), "", context);
}

fn end_of(key: &str, address: IpAddr, host: Value, after: &str, context: &mut Context) {
    let out = &mut context.out;
    out.json(key, host);
    if !out.is_json() {
        let any = address == IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        out.text(key);
        out.put_over(Colour::of(address), "", " ", if any { Value::Str("any") } else { host }, after);
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
    let inherits = tos & 1 != 0;
    let (shown, before) = match context.out.is_json() {
        true => (tos, ""),
        false => (tos & !1, if inherits { " tos inherit" } else { " tos " }),
    };
    if tos == 1 {
        return context.out.text(before);
    }
    context.out.text(before);
    let before = if inherits { "/" } else { "" };
    let plain = Value::HexPadded(shown.into(), 2);
    context.put_named(Database::DsFields, shown.into(), plain, "tos", before, "");
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
    let count = usize::try_from(u32_at(&list, 8)).unwrap_or(0) / ADD_ROUTER.size(false);
    for entry in list.chunks_exact(ADD_ROUTER.size(false)).skip(1).take(count) {
        let default = u16_at(entry, 4) & 1 != 0;
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
    let length = |at| u16_at(&prefixes, at);
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
        Some(u32::from_be(u32_at(parameters, place))).filter(|_| set)
    };
    let (incoming, outgoing) = (key(keyed.incoming), key(keyed.outgoing));
    let mut put = |name: &str, before: &str, key: Option<u32>| {
        if let Some(key) = key {
            context.out.put(name, before, key, "");
        }
    };
    if incoming == outgoing {
        return put("key", " key ", incoming);
    }
    put("ikey", " ikey ", incoming);
    put("okey", " okey ", outgoing);
}

/// What GRE adds to packets.
fn options(keyed: Keyed, parameters: &[u8], context: &mut Context) {
    let (incoming, outgoing) = (flags_at(parameters, keyed.incoming.0), flags_at(parameters, keyed.outgoing.0));
    context.out.open_array("flags");
    for (out, bit, word, text) in FLAGS {
        if if *out { outgoing } else { incoming } & bit != 0 {
            context.out.json("", *word);
            context.out.newline();
            context.out.text(text);
        }
    }
    context.out.close_array();
}

/// Whether it is of packets that go out, the flag, its key, and what is said of it.
const FLAGS: &[(bool, u16, &str, &str)] = &[
    (false, flag::SEQUENCE, "rx_drop_ooseq", "  Drop packets out of sequence."),
    (false, flag::CHECKSUM, "rx_csum", "  Checksum in received packet is required."),
    (true, flag::SEQUENCE, "tx_seq", "  Sequence packets on output."),
    (true, flag::CHECKSUM, "tx_csum", "  Checksum output packets."),
];

fn over_six(parameters: &[u8], context: &mut Context) {
    let address = |at| IpAddr::V6(six::address_at(parameters, at));
    let protocol = six::protocol(parameters);
    ends(protocol, "ipv6", address(six::at::TO), address(six::at::FROM), context);
    device(parameters, "link", context);
    let set = u32_at(parameters, six::at::FLAGS);
    let flow = u32::from_be(u32_at(parameters, six::at::FLOW));
    let limit = Value::from(byte(parameters, six::at::ENCAP_LIMIT));
    told(set, six::option::NO_ENCAP_LIMIT, NO_LIMIT, Some(("encap_limit", " encaplimit ", limit)), context);
    match byte(parameters, six::at::HOP_LIMIT) {
        0 => context.out.text(" hoplimit inherit"),
        limit => context.out.put("hoplimit", " hoplimit ", limit, ""),
    }
    let class = Value::HexPadded(((flow & six::CLASS) >> 20).into(), 2);
    told(set, six::option::INHERIT_CLASS, OWN_CLASS, Some(("tclass", " tclass ", class)), context);
    let label = Value::HexPadded((flow & six::LABEL).into(), 5);
    told(set, six::option::INHERIT_LABEL, OWN_LABEL, Some(("flowlabel", " flowlabel ", label)), context);
    context.out.put("flowinfo", " (flowinfo ", Value::HexPadded(flow.into(), 8), ")");
    told(set, six::option::COPY_DSCP, DSCP, None, context);
    told(set, six::option::ALLOW_LOCAL_REMOTE, LOCAL_REMOTE, None, context);
    keys(six::KEYED, parameters, context);
    if protocol == six::GRE {
        options(six::KEYED, parameters, context);
    }
}

/// The key of an option that is a flag, and what is said of it.
type Mention = (&'static str, &'static str);
const NO_LIMIT: Mention = ("ip6_tnl_f_ign_encap_limit", " encaplimit none");
const OWN_CLASS: Mention = ("ip6_tnl_f_use_orig_tclass", " tclass inherit");
const OWN_LABEL: Mention = ("ip6_tnl_f_use_orig_flowlabel", " flowlabel inherit");
const DSCP: Mention = ("ip6_tnl_f_rcv_dscp_copy", " dscp inherit");
const LOCAL_REMOTE: Mention = ("ip6_tnl_f_allow_local_remote", " allow-localremote");

/// Mentions an option where its flag is set; else the value that there is.
fn told(set: u32, bit: u32, flag: Mention, value: Option<(&str, &str, Value)>, context: &mut Context) {
    if set & bit != 0 {
        mention(flag.0, flag.1, context);
    } else if let Some((key, before, value)) = value {
        context.out.put(key, before, value, "");
    }
}

/// What a link has carried, of `struct rtnl_link_stats64` (linux/if_link.h). Only in text, as with the reference.
pub(super) fn statistics(slots: &Slots, context: &mut Context) {
    let Some(counters) = slots.get(IFLA_STATS64) else { return };
    for (head, columns) in COUNTERS {
        context.out.newline();
        context.out.text(head);
        context.out.newline();
        let mut before = "    ";
        for (place, width) in columns {
            context.out.text(std::mem::replace(&mut before, " "));
            context.out.text_padded(u64_at(counters, *place), *width, false);
        }
    }
}

/// The titles of a direction, and the place and width of each of its counters.
const COUNTERS: &[(&str, [(usize, usize); 6])] = &[
    (
        "RX: Packets    Bytes        Errors CsumErrs OutOfSeq Mcasts",
        [(0, 10), (16, 12), (32, 6), (104, 8), (112, 8), (64, 8)],
    ),
    (
        "TX: Packets    Bytes        Errors DeadLoop NoRoute  NoBufs",
        [(8, 10), (24, 12), (40, 6), (72, 8), (136, 8), (56, 6)],
    ),
];
