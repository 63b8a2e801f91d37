//! `-j SNAT`, `-j DNAT`, `-j REDIRECT`, `-j NETMAP`: other addresses and ports of one's choice.

use super::range::{self, Form, Range};
use super::{BASE, Definition, Kind, Opt, Scan, Shown};
use crate::address;
use crate::problem::{Problem, Result};
use crate::rule::Family;
use netmite_netlink::nftables::uapi::*;
use std::net::IpAddr;

const TO: u8 = 0;
const RANDOM: u8 = 1;
const RANDOM_FULLY: u8 = 2;
const PERSISTENT: u8 = 3;

const V4: &[Family] = &[Family::V4];
const V6: &[Family] = &[Family::V6];

const SNAT: Definition = Definition {
    name: "SNAT",
    module: "SNAT",
    kind: Kind::Target,
    options: &[
        Opt::new("to-source", TO).needed(),
        Opt::flag("random", RANDOM),
        Opt::flag("random-fully", RANDOM_FULLY),
        Opt::flag("persistent", PERSISTENT),
    ],
    parse,
    save: |shown| show(shown, " --to-source ", " --"),
    print: |shown| show(shown, " to:", " "),
    ..BASE
};
const DNAT: Definition = Definition {
    name: "DNAT",
    module: "DNAT",
    options: &[
        Opt::new("to-destination", TO).needed(),
        Opt::flag("random", RANDOM),
        Opt::flag("persistent", PERSISTENT),
    ],
    save: |shown| show(shown, " --to-destination ", " --"),
    ..SNAT
};
const REDIRECT: Definition = Definition {
    name: "REDIRECT",
    module: "REDIRECT",
    options: &[Opt::new("to-ports", TO), Opt::flag("random", RANDOM)],
    save: |shown| show_redirect(shown, " --to-ports ", " --random"),
    print: |shown| show_redirect(shown, " redir ports ", " random"),
    ..SNAT
};
const NETMAP: Definition = Definition {
    name: "NETMAP",
    module: "NETMAP",
    options: &[Opt::new("to", TO).needed()],
    save: |shown| show_netmap(shown, " --to "),
    print: |shown| show_netmap(shown, " to:"),
    ..SNAT
};

/// Gives a row its structure.
const fn with(row: Definition, families: &'static [Family], revision: u32, form: Form) -> Definition {
    let start = match form {
        Form::Ipv4 => one_range as fn(&mut [u8]),
        Form::Any | Form::Any2 => (|_| ()) as fn(&mut [u8]),
    };
    Definition { families, revision, size: form.size(), start, ..row }
}

pub(super) static ROWS: &[Definition] = &[
    with(SNAT, V4, 0, Form::Ipv4),
    with(SNAT, V6, 1, Form::Any),
    with(SNAT, V4, 1, Form::Any),
    with(SNAT, V4, 2, Form::Any2),
    with(SNAT, V6, 2, Form::Any2),
    with(DNAT, V4, 2, Form::Any2),
    with(DNAT, V6, 2, Form::Any2),
    with(DNAT, V4, 0, Form::Ipv4),
    with(DNAT, V4, 1, Form::Any),
    with(DNAT, V6, 1, Form::Any),
    with(REDIRECT, V4, 0, Form::Ipv4),
    with(REDIRECT, V6, 0, Form::Any),
    with(NETMAP, V4, 0, Form::Ipv4),
    with(NETMAP, V6, 0, Form::Any),
];

fn one_range(info: &mut [u8]) {
    info.iter_mut().zip(1u32.to_ne_bytes()).for_each(|(to, from)| *to = from);
}

fn parse(scan: &mut Scan) -> Result<()> {
    let form = Form::of(scan.definition.size);
    let mut range = form.read(scan.info, scan.family);
    match (scan.option, scan.definition.name) {
        (RANDOM, _) => range.flags |= NF_NAT_RANGE_PROTO_RANDOM,
        (RANDOM_FULLY, _) => range.flags |= NF_NAT_RANGE_PROTO_RANDOM_FULLY,
        (PERSISTENT, _) => range.flags |= NF_NAT_RANGE_PERSISTENT,
        (_, "REDIRECT") => {
            need_ports(scan)?;
            range.ports = range::ports(scan.value)?;
            range.flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
        }
        (_, "NETMAP") => netmap(scan, &mut range)?,
        _ => target(scan, &mut range)?,
    }
    let bytes = form.write(&range);
    scan.set(0, &bytes);
    Ok(())
}

pub(super) fn need_ports(scan: &Scan) -> Result<()> {
    // Whether it is inverted nobody asks.
    let known = |number: u8| range::WITH_PORTS.contains(&number) || matches!(number, 1 | 58);
    if scan.protocol.is_some_and(|protocol| known(protocol.value)) {
        return Ok(());
    }
    Err(Problem::parameter("Need TCP, UDP, SCTP or DCCP with port specification"))
}

/// `[ADDRESS[-ADDRESS]][:PORT[-PORT[/PORT]]]`, in IPv6 with brackets around the addresses where ports follow.
fn target(scan: &mut Scan, range: &mut Range) -> Result<()> {
    let value = scan.value;
    if let (Family::V4, [b'[', ..]) = (scan.family, value) {
        return Err(Problem::parameter("Invalid address format"));
    }
    let (addresses, ports) = match (scan.family, value) {
        (Family::V6, [b'[', rest @ ..]) => {
            let end = rest.iter().position(|byte| *byte == b']');
            let end = end.ok_or_else(|| Problem::parameter("Invalid address format"))?;
            let behind = rest.get(end + 1..).unwrap_or(b"");
            let colon = behind.iter().position(|byte| *byte == b':');
            (rest.get(..end).unwrap_or(b""), colon.and_then(|at| behind.get(at + 1..)))
        }
        (Family::V6, [b':', ports @ ..]) if !ports.contains(&b':') => (&b""[..], Some(ports)),
        (Family::V6, _) => (value, None),
        (Family::V4, _) => {
            let at = value.iter().position(|byte| *byte == b':');
            let ports = at.and_then(|at| value.get(at + 1..)).filter(|ports| !ports.contains(&b':'));
            ports.map_or((value, None), |ports| (at.and_then(|at| value.get(..at)).unwrap_or(b""), Some(ports)))
        }
    };
    if let Some(ports) = ports {
        need_ports(scan)?;
        self::ports(ports, range, scan.definition.name == "DNAT")?;
    }
    if addresses.is_empty() && ports.is_some() {
        return Ok(());
    }
    let at = addresses.iter().position(|byte| *byte == b'-');
    let one =
        |word: &[u8]| address::plain(scan.family, word).ok_or_else(|| Problem::word("Bad IP address \"", word, "\""));
    range.addresses = Some(match at {
        Some(at) => (one(addresses.get(..at).unwrap_or(b""))?, one(addresses.get(at + 1..).unwrap_or(b""))?),
        None => one(addresses).map(|address| (address, address))?,
    });
    range.flags |= NF_NAT_RANGE_MAP_IPS;
    Ok(())
}

fn ports(word: &[u8], range: &mut Range, with_base: bool) -> Result<()> {
    range.flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
    if !with_base {
        range.ports = range::ports(word)?;
        return Ok(());
    }
    let (ports, base) = range::ports_and_base(word)?;
    range.ports = ports;
    if let Some(base) = base {
        range.base = base;
        range.flags |= NF_NAT_RANGE_PROTO_OFFSET;
    }
    Ok(())
}

fn netmap(scan: &Scan, range: &mut Range) -> Result<()> {
    let (address, mask) = scan.address()?;
    let both = address::octets(address).into_iter().zip(address::octets(mask));
    let (first, last): (Vec<u8>, Vec<u8>) = both.map(|(byte, mask)| (byte & mask, byte | !mask)).unzip();
    range.addresses = address::from_octets(&first).zip(address::from_octets(&last));
    range.flags |= NF_NAT_RANGE_MAP_IPS;
    Ok(())
}

fn read(shown: &Shown) -> Range {
    // What the kernel gives may be longer by its padding only; the row's length says which form it is.
    Form::of(shown.size).read(shown.info, shown.family)
}

fn show(shown: &mut Shown, word: &str, dash: &str) {
    let range = read(shown);
    let has_ports = range.flags & NF_NAT_RANGE_PROTO_SPECIFIED != 0;
    shown.text(word);
    if let Some((first, last)) = range.addresses {
        let brackets = if first.is_ipv6() && has_ports { ("[", "]") } else { ("", "") };
        let last: Option<IpAddr> = Some(last).filter(|last| *last != first);
        let last = last.map_or_else(String::new, |last| format!("-{last}"));
        shown.text(format!("{}{first}{last}{}", brackets.0, brackets.1));
    }
    if has_ports {
        shown.text(":");
        shown.ports(&range);
        if range.flags & NF_NAT_RANGE_PROTO_OFFSET != 0 {
            shown.text(format!("/{}", range.base));
        }
    }
    let flags = [
        (NF_NAT_RANGE_PROTO_RANDOM, "random"),
        (NF_NAT_RANGE_PROTO_RANDOM_FULLY, "random-fully"),
        (NF_NAT_RANGE_PERSISTENT, "persistent"),
    ];
    for (_, name) in flags.iter().filter(|(flag, _)| range.flags & flag != 0) {
        shown.text(format!("{dash}{name}"));
    }
}

fn show_redirect(shown: &mut Shown, word: &str, random: &str) {
    let range = read(shown);
    if range.flags & NF_NAT_RANGE_PROTO_SPECIFIED != 0 {
        shown.text(word);
        shown.ports(&range);
    }
    if range.flags & NF_NAT_RANGE_PROTO_RANDOM != 0 {
        shown.text(random);
    }
}

fn show_netmap(shown: &mut Shown, word: &str) {
    let Some((first, last)) = read(shown).addresses else { return };
    let mask = address::octets(first).into_iter().zip(address::octets(last)).map(|(first, last)| !(first ^ last));
    let mask: Vec<u8> = mask.collect();
    if let Some(mask) = address::from_octets(&mask) {
        let len = address::length(mask).map_or_else(|| mask.to_string(), |len| len.to_string());
        shown.text(format!("{word}{first}/{len}"));
    }
}
