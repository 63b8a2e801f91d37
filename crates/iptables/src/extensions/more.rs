//! `-m addrtype`, `-m multiport`, `-m icmp`, `-m icmp6`, `-m owner`, `-m physdev`, `-m statistic`.

use super::ports::{port, shown_port};
use super::range::WITH_PORTS;
use super::{BASE, Definition, Opt, Scan, Shown, bytes_at};
use crate::names;
use crate::problem::{Problem, Result};
use crate::rule::Family;

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
            true => Ok(()),
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
    Definition {
        name: "owner",
        module: "owner",
        revision: 1,
        size: 24,
        options: &[
            Opt::new("uid-owner", 0).inverts(),
            Opt::new("gid-owner", 1).inverts(),
            Opt::flag("socket-exists", 2).inverts(),
        ],
        parse: parse_owner,
        check: |scan| match scan.seen {
            0 => {
                let text = "owner: At least one of --uid-owner, --gid-owner or --socket-exists is required";
                Err(Problem::parameter(text))
            }
            _ => Ok(()),
        },
        save: save_owner,
        print: print_owner,
        ..BASE
    },
    Definition {
        name: "physdev",
        module: "physdev",
        size: 72,
        options: &[
            Opt::new("physdev-in", 0).inverts(),
            Opt::new("physdev-out", 1).inverts(),
            Opt::flag("physdev-is-bridged", 2).inverts(),
            Opt::flag("physdev-is-in", 3).inverts(),
            Opt::flag("physdev-is-out", 4).inverts(),
        ],
        parse: parse_physdev,
        check: |scan| match scan.seen {
            0 => Err(Problem::parameter("PHYSDEV: no physdev option specified")),
            _ => Ok(()),
        },
        save: show_physdev,
        print: |shown| {
            shown.text(" PHYSDEV match");
            show_physdev(shown);
        },
        ..BASE
    },
    Definition {
        name: "statistic",
        module: "statistic",
        size: 24,
        options: &[
            Opt::new("mode", 0).needed(),
            Opt::new("probability", 1).inverts(),
            Opt::new("every", 2).inverts(),
            Opt::new("packet", 3),
        ],
        parse: parse_statistic,
        check: |scan| match (scan.info.first(), scan.has(1), scan.has(2)) {
            (Some(0), true, false) | (Some(1), false, true) => Ok(()),
            (Some(0), false, _) => Err(Problem::parameter("--probability must be specified when using random mode")),
            (Some(1), _, false) => Err(Problem::parameter("--every must be specified when using nth mode")),
            _ => Err(Problem::parameter("statistic: options of both modes are given")),
        },
        save: |shown| show_statistic(shown, " --"),
        print: |shown| {
            shown.text(" statistic");
            show_statistic(shown, " ");
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
        let at = ADDRESS_TYPES.iter().position(|name| name.as_bytes().eq_ignore_ascii_case(word));
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
    if let Some(other) = scan.definition.options.iter().find(|o| o.id != scan.option && scan.has(o.id)) {
        let this = scan.definition.options.iter().find(|o| o.id == scan.option).map_or("", |o| o.word);
        let text = format!("option \"--{this}\" cannot be used together with \"--{}\".", other.word);
        return Err(scan.complain(&text));
    }
    let mut ports = Vec::new();
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
    let text = match scan.protocol {
        _ if scan.seen == 0 => "no ports specified",
        Some(protocol) if !protocol.inverted && WITH_PORTS.contains(&protocol.value) => return Ok(()),
        Some(protocol) if !protocol.inverted => "multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP",
        _ => "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'",
    };
    Err(Problem::parameter(text))
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
    let count = usize::from(shown.u8(1)).min(MULTIPORT_MOST);
    for at in 0..count {
        let behind_range = at > 0 && shown.u8(AT_RANGES + at - 1) != 0;
        let between = match at {
            0 => "",
            _ if behind_range => ":",
            _ => ",",
        };
        let name = shown_port(shown.u16(AT_PORTS + at * 2), shown.numeric, &protocol);
        shown.text(format!("{between}{name}"));
    }
}

fn parse_owner(scan: &mut Scan) -> Result<()> {
    let (option, inverted) = (scan.option, scan.inverted);
    if option < 2 {
        let file = if option == 0 { "/etc/passwd" } else { "/etc/group" };
        let number = |word: &[u8]| names::number(word).and_then(|number| u32::try_from(number).ok());
        let at = scan.value.iter().position(|byte| *byte == b'-');
        let range = at.and_then(|at| number(scan.value.get(..at)?).zip(number(scan.value.get(at + 1..)?)));
        let one = || number(scan.value).or_else(|| names::account(file, scan.value)).map(|one| (one, one));
        let head = format!("owner: Bad value for \"--{}\" option: \"", scan.word);
        let (first, last) = range.or_else(one).ok_or_else(|| Problem::word(&head, scan.value, "\""))?;
        let place = usize::from(option) * 8;
        scan.set(place, &first.to_ne_bytes());
        scan.set(place + 4, &last.to_ne_bytes());
    }
    for at in if inverted { 16..18 } else { 16..17 } {
        let old = scan.info.get(at).copied().unwrap_or(0);
        scan.set(at, &[old | (1 << option)]);
    }
    Ok(())
}

fn save_owner(shown: &mut Shown) {
    let (has, inverted) = (shown.u8(16), shown.u8(17));
    for (at, word) in ["--uid-owner", "--gid-owner", "--socket-exists"].into_iter().enumerate() {
        if has & (1 << at) == 0 {
            continue;
        }
        shown.text(if inverted & (1 << at) != 0 { " ! " } else { " " });
        shown.text(word);
        if at < 2 {
            shown.text(" ");
            owner_range(shown, at);
        }
    }
}

fn owner_range(shown: &mut Shown, at: usize) {
    let (first, last) = (shown.u32(at * 8), shown.u32(at * 8 + 4));
    match first == last {
        true => shown.text(first.to_string()),
        false => shown.text(format!("{first}-{last}")),
    }
}

fn print_owner(shown: &mut Shown) {
    let (has, inverted) = (shown.u8(16), shown.u8(17));
    let heads = [" owner UID match ", " owner GID match ", " owner socket exists"];
    for (at, head) in heads.into_iter().enumerate().filter(|(at, _)| has & (1 << at) != 0) {
        shown.text(if inverted & (1 << at) != 0 { " !" } else { "" });
        shown.text(head);
        let (first, last) = (shown.u32(at * 8), shown.u32(at * 8 + 4));
        let file = if at == 0 { "/etc/passwd" } else { "/etc/group" };
        match names::account_name(file, first).filter(|_| at < 2 && !shown.numeric && first == last) {
            Some(name) => shown.text(name),
            None if at < 2 => owner_range(shown, at),
            None => (),
        }
    }
}

fn parse_physdev(scan: &mut Scan) -> Result<()> {
    let (option, inverted) = (scan.option, scan.inverted);
    if option < 2 {
        if scan.value.is_empty() || scan.value.len() > 15 {
            return Err(scan.bad_value());
        }
        let at = usize::from(option) * 32;
        let value = scan.value;
        scan.set(at, value);
        // Of a wildcard the bytes before the `+` count; of a name all and the NUL behind it.
        let counted = value.strip_suffix(b"+").map_or(value.len() + 1, <[u8]>::len);
        scan.set(at + 16, &vec![0xff; counted.min(16)]);
    }
    for (at, on) in [(64, inverted), (65, true)] {
        let old = scan.info.get(at).copied().unwrap_or(0);
        scan.set(at, &[if on { old | (1 << option) } else { old }]);
    }
    Ok(())
}

fn show_physdev(shown: &mut Shown) {
    let (inverted, has) = (shown.u8(64), shown.u8(65));
    let words = [
        (3, "--physdev-is-in"),
        (0, "--physdev-in"),
        (4, "--physdev-is-out"),
        (1, "--physdev-out"),
        (2, "--physdev-is-bridged"),
    ];
    for (at, word) in words.into_iter().filter(|(at, _)| has & (1 << at) != 0) {
        shown.text(if inverted & (1 << at) != 0 { " ! " } else { " " });
        shown.text(word);
        if at < 2 {
            let name = [b" ", shown.string(at * 32, 16)].concat();
            shown.text(name);
        }
    }
}

fn parse_statistic(scan: &mut Scan) -> Result<()> {
    let number = |scan: &Scan| {
        let number = names::number(scan.value).and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| scan.bad_value())
    };
    match scan.option {
        0 => {
            let mode = match scan.value {
                b"random" => 0u16,
                b"nth" => 1,
                value => return Err(Problem::word("Bad mode \"", value, "\"")),
            };
            scan.set(0, &mode.to_ne_bytes());
        }
        1 => {
            let text = std::str::from_utf8(scan.value).ok();
            let probability = text.and_then(|text| text.parse::<f64>().ok()).filter(|p| (0.0..=1.0).contains(p));
            let probability = probability.ok_or_else(|| scan.bad_value())?;
            // A float's cast saturates, and this one is at most 2^31.
            let scaled = (probability * 2_147_483_648.0).round() as u32;
            scan.set(4, &scaled.to_ne_bytes());
            scan.set(12, &scaled.to_ne_bytes());
        }
        2 => {
            let every = number(scan)?.checked_sub(1).ok_or_else(|| scan.bad_value())?;
            scan.set(4, &every.to_ne_bytes());
        }
        _ => {
            let packet = number(scan)?;
            scan.set(8, &packet.to_ne_bytes());
            scan.set(12, &packet.to_ne_bytes());
        }
    }
    if scan.inverted {
        scan.set(2, &1u16.to_ne_bytes());
    }
    Ok(())
}

fn show_statistic(shown: &mut Shown, dash: &str) {
    let bang = if shown.u16(2) & 1 != 0 { " !" } else { "" };
    if shown.u16(0) == 0 {
        let probability = f64::from(shown.u32(4)) / 2_147_483_648.0;
        return shown.text(format!("{dash}mode random{bang}{dash}probability {probability:.11}"));
    }
    let every = u64::from(shown.u32(4)) + 1;
    shown.text(format!("{dash}mode nth{bang}{dash}every {every}"));
    if shown.u32(8) != 0 || dash == " --" {
        shown.text(format!("{dash}packet {}", shown.u32(8)));
    }
}

/// Types of ICMP with their codes; a type alone has codes 0 to 255.
pub(super) type IcmpNames = &'static [(u8, Option<u8>, &'static str)];

/// A row of `-m icmp` or `-m icmp6`.
pub(super) const fn icmp(name: &'static str, families: &'static [Family], options: &'static [Opt]) -> Definition {
    Definition {
        name,
        module: name,
        size: 8,
        families,
        options,
        parse: parse_icmp,
        check: check_icmp,
        save: save_icmp,
        print: print_icmp,
        ..BASE
    }
}

fn check_icmp(scan: &Scan) -> Result<()> {
    let (number, text) = match scan.family {
        Family::V4 => (1, "ICMP match requires '-p icmp'"),
        Family::V6 => (58, "ICMPv6 match requires '-p icmpv6'"),
    };
    if scan.protocol_is(&[number]) { Ok(()) } else { Err(Problem::parameter(text)) }
}

fn icmp_names(family: Family) -> IcmpNames {
    if family == Family::V4 { super::icmp_types::V4 } else { super::icmp_types::V6 }
}

fn parse_icmp(scan: &mut Scan) -> Result<()> {
    let noun = if scan.family == Family::V4 { "ICMP" } else { "ICMPv6" };
    let lower = scan.value.to_ascii_lowercase();
    let names = icmp_names(scan.family);
    let exact = names.iter().find(|(.., name)| name.as_bytes() == lower);
    let mut fitting = names.iter().filter(|(.., name)| !lower.is_empty() && name.as_bytes().starts_with(&lower));
    let named = exact.or_else(|| fitting.next());
    if let (None, Some((_, _, first)), Some((_, _, second))) = (exact, named, fitting.next()) {
        let tail = format!("': `{first}' or `{second}'?");
        return Err(Problem::word(&format!("Ambiguous {noun} type `"), scan.value, &tail));
    }
    let unknown = || Problem::word(&format!("Unknown {noun} type `"), scan.value, "'");
    let (kind, code) = match named {
        Some((kind, code, _)) => (*kind, *code),
        None => {
            let mut words = scan.value.splitn(2, |byte| *byte == b'/');
            let number = |word: &[u8]| names::number(word).and_then(|number| u8::try_from(number).ok());
            let kind = words.next().and_then(number).ok_or_else(unknown)?;
            (kind, words.next().map(|word| number(word).ok_or_else(unknown)).transpose()?)
        }
    };
    let inverted = u8::from(scan.inverted);
    scan.set(0, &[kind, code.unwrap_or(0), code.unwrap_or(255), inverted]);
    Ok(())
}

fn save_icmp(shown: &mut Shown) {
    let word = if shown.family == Family::V4 { "--icmp-type" } else { "--icmpv6-type" };
    let [kind, first, last, inverted] = bytes_at(shown.info, 0).unwrap_or_default();
    let bang = if inverted & 1 != 0 { " !" } else { "" };
    match kind {
        255 if shown.family == Family::V4 => shown.text(format!("{bang} {word} any")),
        _ if first != 0 || last != 255 => shown.text(format!("{bang} {word} {kind}/{first}")),
        _ => shown.text(format!("{bang} {word} {kind}")),
    }
}

fn print_icmp(shown: &mut Shown) {
    let noun = if shown.family == Family::V4 { "icmp" } else { "ipv6-icmp" };
    let [kind, first, last, inverted] = bytes_at(shown.info, 0).unwrap_or_default();
    let bang = if inverted & 1 != 0 { "!" } else { "" };
    let range = (first, last);
    let fits =
        |entry: &&(u8, Option<u8>, &str)| entry.0 == kind && entry.1.map_or((0, 255), |code| (code, code)) == range;
    let named = icmp_names(shown.family).iter().find(fits).filter(|_| !shown.numeric);
    if let Some((_, _, name)) = named {
        return shown.text(format!(" {noun} {bang}{name}"));
    }
    shown.text(match bang {
        "" => format!(" {noun}type {kind}"),
        _ => format!(" {noun} !type {kind}"),
    });
    match range {
        (0, 255) => (),
        (first, last) if first == last => shown.text(format!(" code {first}")),
        (first, last) => shown.text(format!(" codes {first}-{last}")),
    }
}
