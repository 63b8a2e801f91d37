//! `-j SNAT`, `-j DNAT`, `-j REDIRECT`, `-j NETMAP`, `-j MASQUERADE`: other addresses and ports of one's choice, or the
//! address of the interface that the packet leaves by.

use super::range::{self, Form, Range};
use super::{BASE, Definition, Kind, Opt, Scan, Shown, store};
use crate::address;
use crate::names;
use crate::native::targets;
use crate::problem::{Problem, Result};
use crate::rule::{Family, Masked};
use crate::text::Text;
use netmite_netlink::nftables::uapi::*;

const TO: u8 = 0;
const RANDOM: u8 = 1;
const RANDOM_FULLY: u8 = 2;
const PERSISTENT: u8 = 3;

/// The flags that have an option of their own, with its number.
static FLAGS: [(u8, u32, &str); 3] = [
    (RANDOM, NF_NAT_RANGE_PROTO_RANDOM, "random"),
    (RANDOM_FULLY, NF_NAT_RANGE_PROTO_RANDOM_FULLY, "random-fully"),
    (PERSISTENT, NF_NAT_RANGE_PERSISTENT, "persistent"),
];

use Family::{V4, V6};

const SNAT: Definition = Definition {
    name: "SNAT",
    kind: Kind::Target,
    options: &[
        Opt::new("to-source", TO).needed().shown(" to:"),
        Opt::flag("random", RANDOM),
        Opt::flag("random-fully", RANDOM_FULLY),
        Opt::flag("persistent", PERSISTENT),
    ],
    parse,
    show,
    native: targets::nat,
    ..BASE
};
const DNAT: Definition = Definition {
    name: "DNAT",
    options: &[
        Opt::new("to-destination", TO).needed().shown(" to:"),
        Opt::flag("random", RANDOM),
        Opt::flag("persistent", PERSISTENT),
    ],
    ..SNAT
};
const REDIRECT: Definition = Definition {
    name: "REDIRECT",
    options: &[Opt::new("to-ports", TO).shown(" redir ports "), Opt::flag("random", RANDOM)],
    ..SNAT
};
const NETMAP: Definition = Definition { name: "NETMAP", options: &[Opt::new("to", TO).needed().shown(" to:")], ..SNAT };
const MASQUERADE: Definition = Definition {
    name: "MASQUERADE",
    options: &[
        Opt::new("to-ports", TO).shown(" masq ports: "),
        Opt::flag("random", RANDOM),
        Opt::flag("random-fully", RANDOM_FULLY),
    ],
    ..SNAT
};

/// Gives a row its structure.
const fn with(row: Definition, family: Family, revision: u8, form: Form) -> Definition {
    let start = match form {
        Form::Ipv4 => one_range as fn(&mut [u8]),
        Form::Any | Form::Any2 => (|_| ()) as fn(&mut [u8]),
    };
    Definition { family: Some(family), revision, size: form.size(), start, ..row }
}

pub(super) static ROWS: [Definition; 16] = [
    with(MASQUERADE, V4, 0, Form::Ipv4),
    with(MASQUERADE, V6, 0, Form::Any),
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
    store(info, 0, &1u32.to_ne_bytes());
}

fn parse(scan: &mut Scan) -> Result<()> {
    let form = Form::of(scan.row.size);
    let mut range = form.read(scan.info, scan.line.family);
    match scan.row.name {
        _ if scan.opt.id != TO => {
            let flag = FLAGS.iter().find(|(id, ..)| *id == scan.opt.id);
            range.flags |= flag.map_or(0, |(_, flag, _)| *flag);
        }
        "REDIRECT" | "MASQUERADE" => {
            need_ports(scan)?;
            if scan.row.name == "MASQUERADE" && scan.value.contains(&b':') {
                return Err(Problem::parameter("Invalid port:port syntax - use dash"));
            }
            range.ports = range::ports(scan.value)?;
            range.flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
        }
        "NETMAP" => netmap(scan, &mut range)?,
        _ => target(scan, &mut range)?,
    }
    scan.put(&form.write(&range));
    Ok(())
}

fn need_ports(scan: &Scan) -> Result<()> {
    // Whether it is inverted nobody asks.
    let known = |number: u8| range::WITH_PORTS.contains(&number) || matches!(number, 1 | 58);
    if scan.line.protocol.is_some_and(|protocol| known(protocol.value)) {
        return Ok(());
    }
    Err(Problem::parameter("Need TCP, UDP, SCTP or DCCP with port specification"))
}

/// `[ADDRESS[-ADDRESS]][:PORT[-PORT[/PORT]]]`, in IPv6 with brackets around the addresses where ports follow.
fn target(scan: &mut Scan, range: &mut Range) -> Result<()> {
    let (value, family) = (scan.value, scan.line.family);
    let invalid = || Problem::parameter("Invalid address format");
    let (addresses, ports) = match (family, value) {
        (Family::V4, [b'[', ..]) => return Err(invalid()),
        (Family::V6, [b'[', rest @ ..]) => {
            let (addresses, behind) = names::cut(rest, b']').ok_or_else(invalid)?;
            (addresses, names::cut(behind, b':').map(|(_, ports)| ports))
        }
        (Family::V6, [b':', ports @ ..]) if !ports.contains(&b':') => (&b""[..], Some(ports)),
        (Family::V6, _) => (value, None),
        (Family::V4, _) => match names::cut(value, b':') {
            Some((addresses, ports)) if !ports.contains(&b':') => (addresses, Some(ports)),
            _ => (value, None),
        },
    };
    if let Some(ports) = ports {
        need_ports(scan)?;
        self::ports(ports, range, scan.row.name == "DNAT")?;
        if addresses.is_empty() {
            return Ok(());
        }
    }
    let (first, last) = names::cut(addresses, b'-').unwrap_or((addresses, addresses));
    let one = |word: &[u8]| address::plain(family, word).ok_or_else(|| Problem::word("Bad IP address \"", word, "\""));
    range.addresses = Some((one(first)?, one(last)?));
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
    let first = address::joined(address, mask, |byte, mask| byte & mask);
    range.addresses = first.zip(address::joined(address, mask, |byte, mask| byte | !mask));
    range.flags |= NF_NAT_RANGE_MAP_IPS;
    Ok(())
}

fn show(shown: &mut Shown) {
    // What the kernel gives may be longer by its padding only; the row's length says which form it is.
    let range = Form::of(shown.row.size).read(shown.info, shown.family);
    let Some(to) = shown.row.options.first() else { return };
    if shown.row.name == "NETMAP" {
        return show_netmap(shown, to, &range);
    }
    let (has_ports, only_ports) = (range.flags & NF_NAT_RANGE_PROTO_SPECIFIED != 0, !to.needed);
    if has_ports || !only_ports {
        shown.lead(to);
    }
    if let Some((first, last)) = range.addresses.filter(|_| !only_ports) {
        let brackets = first.is_ipv6() && has_ports;
        shown.out.put(if brackets { "[" } else { "" });
        shown.address(first);
        if last != first {
            shown.out.put("-");
            shown.address(last);
        }
        shown.out.put(if brackets { "]" } else { "" });
    }
    if has_ports {
        shown.out.put(if only_ports { "" } else { ":" });
        shown.range((range.ports.0.into(), range.ports.1.into()), "-");
        if range.flags & NF_NAT_RANGE_PROTO_OFFSET != 0 && !only_ports {
            write!(shown, "/{}", range.base);
        }
    }
    for (id, _, name) in FLAGS.iter().filter(|(_, flag, _)| range.flags & flag != 0) {
        if !only_ports || shown.row.option(*id).is_some() {
            shown.option(name);
        }
    }
}

fn show_netmap(shown: &mut Shown, to: &Opt, range: &Range) {
    let Some((first, last)) = range.addresses else { return };
    let Some(mask) = address::joined(first, last, |first, last| !(first ^ last)) else { return };
    shown.lead(to);
    let text = Masked { address: first, mask }.saved();
    shown.out.put(&text);
}
