//! `-m tcp`, `-m udp`: ports, and the flags and options of TCP.
//!
//! Written as the kernel's own expressions wherever those can say it; the xtables match is for what is left.

use super::{BASE, Definition, Kind, Opt, Scan, Shown, bytes_at};
use crate::decode::{Decoder, From, Loaded};
use crate::encode;
use crate::names;
use crate::problem::{Problem, Result};
use netmite_netlink::nftables::Expression;
use netmite_netlink::nftables::uapi::*;

const SPORT: u8 = 0;
const DPORT: u8 = 1;
const FLAGS: u8 = 2;
const SYN: u8 = 3;
const OPTION: u8 = 4;

/// Bits of the inversion byte of `struct xt_tcp`; that of `struct xt_udp` has the first two.
const INV_SPORT: u8 = 1;
const INV_DPORT: u8 = 2;
const INV_FLAGS: u8 = 4;
const INV_OPTION: u8 = 8;
/// Where `struct xt_tcp` has option, mask, compared flags, inversions; `struct xt_udp` has inversions at 8.
const AT_OPTION: usize = 8;
const AT_MASK: usize = 9;
const AT_COMPARED: usize = 10;
const TCP_INVERSIONS: usize = 11;
const UDP_INVERSIONS: usize = 8;
/// Bytes from the start of the TCP header to its flags.
const FLAGS_OFFSET: u32 = 13;
/// The protocol that has the same ports in a structure of its own.
const SCTP: u8 = 132;

const SOURCE_PORT: Opt = Opt::new("source-port", SPORT).inverts();
const SPORT_OPT: Opt = Opt::new("sport", SPORT).inverts();
const DESTINATION_PORT: Opt = Opt::new("destination-port", DPORT).inverts();
const DPORT_OPT: Opt = Opt::new("dport", DPORT).inverts();

pub(super) static ROWS: &[Definition] = &[
    Definition {
        name: "tcp",
        module: "tcp",
        kind: Kind::Match,
        size: 16,
        options: &[
            SOURCE_PORT,
            SPORT_OPT,
            DESTINATION_PORT,
            DPORT_OPT,
            Opt::two("tcp-flags", FLAGS).inverts(),
            Opt::flag("syn", SYN).inverts(),
            Opt::new("tcp-option", OPTION).inverts(),
        ],
        start: any_ports,
        twice: Some(super::sctp::twice),
        parse,
        check: |scan| require(scan, 6, "TCP", "tcp"),
        save: save_tcp,
        print: print_tcp,
        native: Some(native_tcp),
        ..BASE
    },
    Definition {
        name: "udp",
        module: "udp",
        kind: Kind::Match,
        size: 16,
        options: &[SOURCE_PORT, SPORT_OPT, DESTINATION_PORT, DPORT_OPT],
        start: any_ports,
        parse,
        check: |scan| require(scan, 17, "UDP", "udp"),
        save: |shown| save_ports(shown, UDP_INVERSIONS),
        print: |shown| {
            shown.text(" udp");
            print_ports(shown, UDP_INVERSIONS, "udp");
        },
        native: Some(|info, all| native_ports(info, info.get(UDP_INVERSIONS).copied().unwrap_or(0), Vec::new(), all)),
        ..BASE
    },
];

fn any_ports(info: &mut [u8]) {
    for at in [2, 3, 6, 7] {
        info.iter_mut().skip(at).take(1).for_each(|byte| *byte = 0xff);
    }
}

fn require(scan: &Scan, protocol: u8, name: &str, word: &str) -> Result<()> {
    // Whether it is inverted nobody asks.
    if scan.protocol.is_some_and(|found| found.value == protocol) {
        return Ok(());
    }
    Err(Problem::parameter(format!("{name} match requires '-p {word}'")))
}

/// A port by number, or by its name with the line's protocol.
pub(super) fn port(scan: &Scan, word: &[u8]) -> Result<u16> {
    let number = names::number(word).and_then(|number| u16::try_from(number).ok());
    let protocol = scan.protocol.and_then(|protocol| names::protocol_name(protocol.value, false));
    let invalid = || Problem::word("invalid port/service `", word, "' specified");
    number.or_else(|| names::service(word, protocol.as_deref())).ok_or_else(invalid)
}

/// `[PORT][:[PORT]]`, where names are those of any protocol and numbers are decimal.
pub(super) fn any_port_range(scan: &Scan) -> Result<(u16, u16)> {
    let port = |word: &[u8], open: u16| {
        let number = std::str::from_utf8(word).ok().and_then(|text| text.parse().ok());
        let unknown = || Problem::word("Port \"", word, "\" does not resolve to anything.\n");
        if word.is_empty() { Ok(open) } else { number.or_else(|| names::service(word, None)).ok_or_else(unknown) }
    };
    let words: Vec<&[u8]> = scan.value.split(|byte| *byte == b':').collect();
    let (first, last) = match *words {
        [one] => port(one, 0).map(|port| (port, port))?,
        [first, last] => (port(first, 0)?, port(last, u16::MAX)?),
        _ => {
            // The original names the option by the first of its words.
            let named = scan.definition.options.iter().find(|option| option.id == scan.option);
            let (name, word) = (scan.definition.name, named.map_or(scan.word, |option| option.word));
            return Err(Problem::parameter(format!("{name}: Too many components for option \"--{word}\" (max: 2)\n")));
        }
    };
    if first > last {
        return Err(Problem::parameter(format!("Port range {first}-{last} is negative.\n")));
    }
    Ok((first, last))
}

pub(super) fn port_range(scan: &Scan) -> Result<(u16, u16)> {
    let value = scan.value;
    let port = |word| port(scan, word);
    let Some(at) = value.iter().position(|byte| *byte == b':') else { return port(value).map(|port| (port, port)) };
    let (first, last) = (value.get(..at).unwrap_or(b""), value.get(at + 1..).unwrap_or(b""));
    let first = if first.is_empty() { 0 } else { port(first)? };
    let last = if last.is_empty() { u16::MAX } else { port(last)? };
    if first > last {
        return Err(Problem::parameter("invalid portrange (min > max)"));
    }
    Ok((first, last))
}

fn parse(scan: &mut Scan) -> Result<()> {
    let inversions = if scan.definition.name == "tcp" { TCP_INVERSIONS } else { UDP_INVERSIONS };
    let mut invert = 0;
    match scan.option {
        SPORT | DPORT => {
            let (first, last) = if scan.definition.name == "udp" { any_port_range(scan)? } else { port_range(scan)? };
            let at = if scan.option == SPORT { 0 } else { 4 };
            scan.set(at, &first.to_ne_bytes());
            scan.set(at + 2, &last.to_ne_bytes());
            invert = if scan.option == SPORT { INV_SPORT } else { INV_DPORT };
        }
        FLAGS | SYN if scan.has(FLAGS) && scan.has(SYN) => return Err(Problem::parameter(super::sctp::twice(SYN))),
        FLAGS => {
            let mask = flags(scan.value)?;
            let compared = flags(scan.second)?;
            scan.set(AT_MASK, &[mask, compared]);
            invert = INV_FLAGS;
        }
        SYN => {
            scan.set(AT_MASK, &[0x17, 0x02]);
            invert = INV_FLAGS;
        }
        _ => {
            let number = names::number(scan.value).and_then(|number| u8::try_from(number).ok());
            let number = number.filter(|number| *number > 0);
            let number = number.ok_or_else(|| Problem::word("Bad TCP option \"", scan.value, "\""))?;
            scan.set(AT_OPTION, &[number]);
            invert |= INV_OPTION;
        }
    }
    if scan.inverted {
        let old = scan.info.get(inversions).copied().unwrap_or(0);
        scan.set(inversions, &[old | invert]);
    }
    Ok(())
}

const FLAG_NAMES: [(u8, &str); 6] =
    [(0x01, "FIN"), (0x02, "SYN"), (0x04, "RST"), (0x08, "PSH"), (0x10, "ACK"), (0x20, "URG")];

fn flags(value: &[u8]) -> Result<u8> {
    let one = |word: &[u8]| {
        let named = |name: &&(u8, &str)| name.1.as_bytes().eq_ignore_ascii_case(word);
        let all = word.eq_ignore_ascii_case(b"ALL").then_some(0x3f);
        let none = word.eq_ignore_ascii_case(b"NONE").then_some(0);
        let found = FLAG_NAMES.iter().find(named).map(|(bit, _)| *bit).or(all).or(none);
        found.ok_or_else(|| Problem::word("Unknown TCP flag `", word, "'"))
    };
    value.split(|byte| *byte == b',').filter(|word| !word.is_empty()).try_fold(0, |all, word| Ok(all | one(word)?))
}

fn flag_names(flags: u8) -> String {
    let names: Vec<&str> = FLAG_NAMES.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect();
    if names.is_empty() { "NONE".to_owned() } else { names.join(",") }
}

fn range_at(info: &[u8], at: usize) -> (u16, u16) {
    let port = |at| bytes_at(info, at).map_or(0, u16::from_ne_bytes);
    (port(at), port(at + 2))
}

fn save_ports(shown: &mut Shown, inversions: usize) {
    let inverted = shown.u8(inversions);
    for (at, bit, word) in [(0, INV_SPORT, "--sport"), (4, INV_DPORT, "--dport")] {
        let (first, last) = range_at(shown.info, at);
        if (first, last) == (0, u16::MAX) && inverted & bit == 0 {
            continue;
        }
        let bang = if inverted & bit != 0 { " !" } else { "" };
        match first == last {
            true => shown.text(format!("{bang} {word} {first}")),
            false => shown.text(format!("{bang} {word} {first}:{last}")),
        }
    }
}

fn save_tcp(shown: &mut Shown) {
    save_ports(shown, TCP_INVERSIONS);
    let inverted = shown.u8(TCP_INVERSIONS);
    let bang = |bit| if inverted & bit != 0 { " !" } else { "" };
    let (option, mask, compared) = (shown.u8(AT_OPTION), shown.u8(AT_MASK), shown.u8(AT_COMPARED));
    if option != 0 || inverted & INV_OPTION != 0 {
        shown.text(format!("{} --tcp-option {option}", bang(INV_OPTION)));
    }
    if mask != 0 || inverted & INV_FLAGS != 0 {
        shown.text(format!("{} --tcp-flags {} {}", bang(INV_FLAGS), flag_names(mask), flag_names(compared)));
    }
}

/// A port as `-L` shows it.
pub(super) fn shown_port(port: u16, numeric: bool, protocol: &str) -> String {
    let name = if numeric { None } else { names::service_name(port, protocol) };
    name.unwrap_or_else(|| port.to_string())
}

fn print_ports(shown: &mut Shown, inversions: usize, protocol: &str) {
    let inverted = shown.u8(inversions);
    for (at, bit, word) in [(0, INV_SPORT, "spt"), (4, INV_DPORT, "dpt")] {
        let (first, last) = range_at(shown.info, at);
        if (first, last) == (0, u16::MAX) && inverted & bit == 0 {
            continue;
        }
        let bang = if inverted & bit != 0 { "!" } else { "" };
        let name = |port| shown_port(port, shown.numeric, protocol);
        let text = match first == last {
            true => format!(" {word}:{bang}{}", name(first)),
            false => format!(" {word}s:{bang}{}:{}", name(first), name(last)),
        };
        shown.text(text);
    }
}

fn print_tcp(shown: &mut Shown) {
    shown.text(" tcp");
    print_ports(shown, TCP_INVERSIONS, "tcp");
    let inverted = shown.u8(TCP_INVERSIONS);
    let bang = |bit| if inverted & bit != 0 { "!" } else { "" };
    let (option, mask, compared) = (shown.u8(AT_OPTION), shown.u8(AT_MASK), shown.u8(AT_COMPARED));
    if option != 0 || inverted & INV_OPTION != 0 {
        shown.text(format!(" option={}{option}", bang(INV_OPTION)));
    }
    if mask != 0 || inverted & INV_FLAGS != 0 {
        let text = match shown.numeric {
            true => format!(" flags:{}0x{mask:02X}/0x{compared:02X}", bang(INV_FLAGS)),
            false => format!(" flags:{}{}/{}", bang(INV_FLAGS), flag_names(mask), flag_names(compared)),
        };
        shown.text(text);
    }
}

fn native_tcp(info: &[u8], all: &mut Vec<Expression>) -> bool {
    let byte = |at| info.get(at).copied().unwrap_or(0);
    let inverted = byte(TCP_INVERSIONS);
    if byte(AT_OPTION) != 0 || inverted & INV_OPTION != 0 {
        return false;
    }
    let mut flags = Vec::new();
    // Of no flags nothing is compared, whatever they are to be.
    let nothing = byte(AT_MASK) == 0 && (byte(AT_COMPARED) != 0 || inverted & INV_FLAGS != 0);
    if byte(AT_MASK) != 0 {
        flags.push(encode::payload(NFT_PAYLOAD_TRANSPORT_HEADER, FLAGS_OFFSET, 1));
        flags.push(encode::mask(&[byte(AT_MASK)]));
        flags.push(encode::compare(inverted & INV_FLAGS != 0, &[byte(AT_COMPARED)]));
    }
    native_ports(info, inverted, flags, all) || nothing
}

/// Appends `first` and the comparisons of ports; `false` where there is nothing at all to compare.
pub fn native_ports(info: &[u8], inverted: u8, first: Vec<Expression>, all: &mut Vec<Expression>) -> bool {
    let before = all.len();
    all.extend(first);
    let (source, destination) = (range_at(info, 0), range_at(info, 4));
    if source.0 == source.1 && destination.0 == destination.1 && inverted & (INV_SPORT | INV_DPORT) == 0 {
        let both = [source.0.to_be_bytes(), destination.0.to_be_bytes()].concat();
        all.extend([encode::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4), encode::compare(false, &both)]);
        return true;
    }
    for (offset, range, bit) in [(0, source, INV_SPORT), (2, destination, INV_DPORT)] {
        let inverted = inverted & bit != 0;
        if range == (0, u16::MAX) && !inverted {
            continue;
        }
        all.push(encode::payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset, 2));
        let (from, to) = (range.0.to_be_bytes(), range.1.to_be_bytes());
        all.push(match range {
            (first, last) if first == last => encode::compare(inverted, &from),
            (0, last) if last < u16::MAX => {
                let op = if inverted { NFT_CMP_GT } else { NFT_CMP_LTE };
                Expression::Cmp { op, sreg: NFT_REG_1, data: to.into() }
            }
            _ => {
                let op = if inverted { NFT_RANGE_NEQ } else { NFT_RANGE_EQ };
                Expression::Range { op, sreg: NFT_REG_1, from: from.into(), to: to.into() }
            }
        });
    }
    all.len() > before
}

/// Takes a comparison of the transport header: the match it means is the rule's, or a new one.
pub(super) fn matched(decoder: &mut Decoder, loaded: &Loaded, op: u32, from: &[u8], to: &[u8]) -> Option<()> {
    let From::Payload { base: NFT_PAYLOAD_TRANSPORT_HEADER, offset, len } = loaded.from else { return None };
    let inverted = matches!(op, NFT_CMP_NEQ);
    let number = |bytes: &[u8]| bytes_at(bytes, 0).map(u16::from_be_bytes);
    match (offset, len, &loaded.mask) {
        (0, 4, None) if op == NFT_CMP_EQ => {
            let destination = number(from.get(2..)?)?;
            let source = number(from)?;
            put(decoder, 0, (source, source), false)?;
            put(decoder, 4, (destination, destination), false)
        }
        (0 | 2, 2, None) => {
            let at = if offset == 0 { 0 } else { 4 };
            let (first, last) = (number(from)?, number(to)?);
            let (range, inverted) = match op {
                NFT_CMP_LT => ((0, first.checked_sub(1)?), false),
                NFT_CMP_LTE => ((0, first), false),
                NFT_CMP_GT => ((first.checked_add(1)?, u16::MAX), false),
                NFT_CMP_GTE => ((first, u16::MAX), false),
                _ => ((first, last), inverted),
            };
            put(decoder, at, range, inverted)
        }
        (FLAGS_OFFSET, 1, mask) => {
            let info = info(decoder, &|info| info.get(AT_MASK..=AT_COMPARED) == Some(&[0, 0]))?;
            let mask = mask.as_ref().map_or(Some(0xff), |mask| mask.first().copied())?;
            let place = info.get_mut(AT_MASK..=TCP_INVERSIONS)?;
            let [m, c, inversions] = place else { return None };
            (*m, *c) = (mask, *from.first()?);
            *inversions |= if inverted { INV_FLAGS } else { 0 };
            Some(())
        }
        _ => None,
    }
}

/// The structure of the match that the rule's protocol has, if `free` says that it has room, or a new one.
fn info<'d>(decoder: &'d mut Decoder, free: &dyn Fn(&[u8]) -> bool) -> Option<&'d mut Vec<u8>> {
    let name = match decoder.rule.protocol?.value {
        6 => "tcp",
        17 => "udp",
        _ => return None,
    };
    decoder.structure(ROWS.iter().find(|row| row.name == name)?, free)
}

fn put(decoder: &mut Decoder, at: usize, (first, last): (u16, u16), inverted: bool) -> Option<()> {
    // Ports of anything but a protocol are written all the same.
    let protocol = decoder.rule.protocol?.value;
    if protocol == SCTP {
        return super::sctp::put(decoder, at == 0, (first, last), inverted);
    }
    let tcp = protocol == 6;
    let info = info(decoder, &|info| range_at(info, at) == (0, u16::MAX))?;
    info.get_mut(at..at + 2)?.copy_from_slice(&first.to_ne_bytes());
    info.get_mut(at + 2..at + 4)?.copy_from_slice(&last.to_ne_bytes());
    if inverted {
        let bit = if at == 0 { INV_SPORT } else { INV_DPORT };
        *info.get_mut(if tcp { TCP_INVERSIONS } else { UDP_INVERSIONS })? |= bit;
    }
    Some(())
}
