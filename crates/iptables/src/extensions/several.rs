//! `-m addrtype`: what kind of address it is; `-m multiport`: several ports.

use super::ports::{port, shown_port};
use super::range::WITH_PORTS;
use super::{BASE, Definition, Opt, Scan, Shown, bytes_at};
use crate::names;
use crate::problem::{Problem, Result};

const ADDRESS_TYPES: [&str; 12] = [
    "UNSPEC",
    "UNICAST",
    "LOCAL",
    "BROADCAST",
    "ANYCAST",
    "MULTICAST",
    "BLACKHOLE",
    "UNREACHABLE",
    "PROHIBIT",
    "THROW",
    "NAT",
    "XRESOLVE",
];
/// Where `struct xt_multiport_v1` has flags, count, ports, marks of ranges, inversion.
const MULTIPORT_MOST: usize = 15;
const AT_PORTS: usize = 2;
const AT_RANGES: usize = 32;
const AT_INVERTED: usize = 47;

pub(super) static ROWS: &[Definition] = &[
    Definition {
        name: "addrtype",
        module: "addrtype",
        revision: 1,
        size: 8,
        options: &[
            Opt::new("src-type", 0).inverts(),
            Opt::new("dst-type", 1).inverts(),
            Opt::flag("limit-iface-in", 2),
            Opt::flag("limit-iface-out", 3),
        ],
        parse: parse_addrtype,
        check: |scan| match scan.has(0) || scan.has(1) {
            true => scan.exclusive(2..=3),
            false => Err(Problem::parameter("addrtype: you must specify --src-type or --dst-type")),
        },
        save: save_addrtype,
        print: print_addrtype,
        ..BASE
    },
    Definition {
        name: "multiport",
        module: "multiport",
        revision: 1,
        size: 48,
        options: &[
            Opt::new("source-ports", 0).inverts(),
            Opt::new("sports", 0).inverts(),
            Opt::new("destination-ports", 1).inverts(),
            Opt::new("dports", 1).inverts(),
            Opt::new("ports", 2).inverts(),
        ],
        parse: parse_multiport,
        check: check_multiport,
        save: |shown| {
            let word = multiport_word(shown);
            let bang = if shown.u8(AT_INVERTED) != 0 { " !" } else { "" };
            shown.text(format!("{bang} --{word} "));
            show_multiport(shown);
        },
        print: |shown| {
            let word = multiport_word(shown);
            let bang = if shown.u8(AT_INVERTED) != 0 { " !" } else { "" };
            shown.text(format!(" multiport {word} {bang}"));
            show_multiport(shown);
        },
        ..BASE
    },
];

fn parse_addrtype(scan: &mut Scan) -> Result<()> {
    if scan.option >= 2 {
        let bit = 1u32 << scan.option;
        scan.set_bits(4, bit);
        return Ok(());
    }
    let mut all = 0u16;
    for word in scan.value.split(|byte| *byte == b',') {
        let begins = |name: &str| name.as_bytes().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        let at = ADDRESS_TYPES.iter().position(|name| !word.is_empty() && begins(name));
        let at = at.ok_or_else(|| Problem::word("addrtype: bad type \"", word, "\""))?;
        all |= 1 << at;
    }
    scan.set(usize::from(scan.option) * 2, &all.to_ne_bytes());
    if scan.inverted {
        let bit = 1u32 << scan.option;
        scan.set_bits(4, bit);
    }
    Ok(())
}

fn type_names(types: u16) -> String {
    let names = ADDRESS_TYPES.iter().enumerate().filter(|(at, _)| types & (1 << at) != 0);
    names.map(|(_, name)| *name).collect::<Vec<_>>().join(",")
}

fn save_addrtype(shown: &mut Shown) {
    let flags = shown.u32(4);
    for (at, word) in ["--src-type", "--dst-type"].into_iter().enumerate() {
        let types = shown.u16(at * 2);
        if types != 0 {
            let bang = if flags & (1 << at) != 0 { " !" } else { "" };
            shown.text(format!("{bang} {word} {}", type_names(types)));
        }
    }
    shown.text(if flags & 4 != 0 { " --limit-iface-in" } else { "" });
    shown.text(if flags & 8 != 0 { " --limit-iface-out" } else { "" });
}

fn print_addrtype(shown: &mut Shown) {
    let flags = shown.u32(4);
    shown.text(" ADDRTYPE match");
    for (at, word) in ["src-type", "dst-type"].into_iter().enumerate() {
        let types = shown.u16(at * 2);
        if types != 0 {
            let bang = if flags & (1 << at) != 0 { "!" } else { "" };
            shown.text(format!(" {word} {bang}{}", type_names(types)));
        }
    }
    shown.text(if flags & 4 != 0 { " limit-in" } else { "" });
    shown.text(if flags & 8 != 0 { " limit-out" } else { "" });
}

fn parse_multiport(scan: &mut Scan) -> Result<()> {
    let mut ports = Vec::new();
    let port = |word| port(scan, word);
    for word in scan.value.split(|byte| *byte == b',') {
        match word.iter().position(|byte| *byte == b':') {
            Some(at) => {
                let (first, last) = (port(word.get(..at).unwrap_or(b""))?, port(word.get(at + 1..).unwrap_or(b""))?);
                if first >= last {
                    return Err(Problem::parameter("invalid portrange specified"));
                }
                ports.extend([(first, 1), (last, 0)]);
            }
            None => ports.push((port(word)?, 0)),
        }
    }
    if ports.len() > MULTIPORT_MOST {
        return Err(Problem::parameter("too many ports specified"));
    }
    let (option, inverted) = (scan.option, scan.inverted);
    scan.set(0, &[option, u8::try_from(ports.len()).unwrap_or(0)]);
    for (at, (port, range)) in ports.into_iter().enumerate() {
        scan.set(AT_PORTS + at * 2, &port.to_ne_bytes());
        scan.set(AT_RANGES + at, &[range]);
    }
    scan.set(AT_INVERTED, &[u8::from(inverted)]);
    Ok(())
}

fn check_multiport(scan: &Scan) -> Result<()> {
    scan.exclusive(0..=2)?;
    let text = match scan.protocol {
        _ if scan.seen == 0 => "no ports specified",
        Some(protocol) if !protocol.inverted && WITH_PORTS.contains(&protocol.value) => return Ok(()),
        Some(_) => "multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP",
        _ => "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'",
    };
    Err(Problem::parameter(text))
}

/// The ports and ranges of ports of a multiport structure.
fn spans(info: &[u8]) -> impl Iterator<Item = (u16, u16)> {
    let count = info.get(1).map_or(0, |count| usize::from(*count).min(MULTIPORT_MOST));
    let begins = |at: usize| info.get(AT_RANGES + at).is_some_and(|mark| *mark != 0);
    let port = |at: usize| bytes_at(info, AT_PORTS + at * 2).map_or(0, u16::from_ne_bytes);
    let firsts = (0..count).filter(move |at| !(*at > 0 && begins(*at - 1)));
    firsts.map(move |at| (port(at), port(if begins(at) { at + 1 } else { at })))
}

fn multiport_word(shown: &Shown) -> &'static str {
    match shown.u8(0) {
        0 => "sports",
        1 => "dports",
        _ => "ports",
    }
}

fn show_multiport(shown: &mut Shown) {
    let protocol = shown.protocol.and_then(|protocol| names::protocol_name(protocol.value, false)).unwrap_or_default();
    let name = |port| shown_port(port, shown.numeric, &protocol);
    let text = |(first, last)| if first == last { name(first) } else { format!("{}:{}", name(first), name(last)) };
    let all: Vec<String> = spans(shown.info).map(text).collect();
    shown.text(all.join(","));
}
