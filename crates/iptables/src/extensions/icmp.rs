//! `-m icmp`, `-m icmp6`: types and codes of ICMP, by name as iptables(8) lists them or by number.
//!
//! Sources: RFC 792, RFC 950, RFC 1256, RFC 1812, RFC 4443, RFC 4861.

use super::codecs::{ANY, Codec, array};
use super::{BASE, Bits, Definition, Opt, Scan, Shown};
use crate::names;
use crate::native::write;
use crate::problem::{Problem, Result};
use crate::rule::Family;
use crate::text::Text;
use netmite_output::{Names, names};

pub(super) static ROWS: [Definition; 2] = [
    Definition {
        name: "icmp",
        family: Some(Family::V4),
        options: &[Opt::new("icmp-type", 0).inverts().needed().of(&TYPE, 0).shown(" ")],
        ..ROW
    },
    Definition {
        name: "icmp6",
        family: Some(Family::V6),
        options: &[Opt::new("icmpv6-type", 0).inverts().needed().of(&TYPE, 0).shown(" ")],
        ..ROW
    },
];

const ROW: Definition = Definition { size: 8, inverted: Bits::at(3, 1, 0), native: write::icmp, ..BASE };

static TYPE: Codec = Codec { parse, show, ..ANY };

/// The names of types and codes, by what stands in the match: the type, the first code, the last.
fn icmp_names(family: Family) -> Names {
    if family == Family::V4 { V4 } else { V6 }
}

fn parse(scan: &mut Scan) -> Result<()> {
    let noun = if scan.line.family == Family::V4 { "ICMP" } else { "ICMPv6" };
    let lower = scan.value.to_ascii_lowercase();
    let names = icmp_names(scan.line.family);
    let exact = names.iter().find(|(_, name)| name.as_bytes() == lower);
    let mut fitting = names.iter().filter(|(_, name)| name.as_bytes().starts_with(&lower));
    let named = exact.or_else(|| fitting.next());
    if let (None, Some((_, first)), Some((_, second))) = (exact, named, fitting.next()) {
        let tail = format!("': `{first}' or `{second}'?");
        return Err(Problem::word(&format!("Ambiguous {noun} type `"), scan.value, &tail));
    }
    let unknown = || Problem::word(&format!("Unknown {noun} type `"), scan.value, "'");
    let [kind, first, last] = match named {
        Some((number, _)) => {
            let [_, all @ ..] = number.to_be_bytes();
            all
        }
        None => {
            let (kinds, rest) = span(scan.value).ok_or_else(unknown)?;
            if kinds.0 != kinds.1 {
                return Err(Problem::parameter(format!("{noun} type range not supported")));
            }
            let strange = || Problem::word(&format!("Unknown {noun} code `"), scan.value, "'");
            let (codes, rest) = match rest.strip_prefix(b"/") {
                Some(codes) => span(codes).ok_or_else(strange)?,
                None => ((0, 255), rest),
            };
            if let Some(next) = rest.get(..1) {
                return Err(Problem::word("unknown character ", next, ""));
            }
            [kinds.0, codes.0, codes.1]
        }
    };
    scan.put(&[kind, first, last]);
    Ok(())
}

/// `NUMBER[:NUMBER]`, and what follows.
fn span(word: &[u8]) -> Option<((u8, u8), &[u8])> {
    let one = |word| names::leading(word).and_then(|(number, rest)| Some((u8::try_from(number?).ok()?, rest)));
    let (first, rest) = one(word)?;
    let Some(behind) = rest.strip_prefix(b":") else { return Some(((first, first), rest)) };
    one(behind).map(|(last, rest)| ((first, last), rest))
}

fn show(shown: &mut Shown, opt: &Opt) {
    let [kind, first, last] = array(shown, opt);
    let (all, four) = ((first, last) == (0, 255), shown.family == Family::V4);
    if shown.saved {
        shown.lead(opt);
        return match all {
            true if kind == 255 && four => shown.out.put("any"),
            true => shown.out.number(kind.into()),
            false => write!(shown, "{kind}/{first}"),
        };
    }
    shown.out.put(if four { " icmp" } else { " ipv6-icmp" });
    let bang = if shown.inverted { "!" } else { "" };
    let name = icmp_names(shown.family).name(u32::from_be_bytes([0, kind, first, last]));
    if let Some(name) = name.filter(|_| !shown.numeric) {
        return write!(shown, " {bang}{name}");
    }
    let space = if shown.inverted { " " } else { "" };
    write!(shown, "{space}{bang}type {kind}");
    if !all {
        shown.out.put(if first == last { " code " } else { " codes " });
        shown.range((first.into(), last.into()), "-");
    }
}

/// A type with all of its codes.
const fn any(kind: u8) -> u32 {
    u32::from_be_bytes([0, kind, 0, 255])
}

/// One code of a type.
const fn one(kind: u8, code: u8) -> u32 {
    u32::from_be_bytes([0, kind, code, code])
}

/// ICMP.
const V4: Names = names![
    ("any", any(255)),
    ("echo-reply", any(0)),
    ("pong", any(0)),
    ("destination-unreachable", any(3)),
    ("network-unreachable", one(3, 0)),
    ("host-unreachable", one(3, 1)),
    ("protocol-unreachable", one(3, 2)),
    ("port-unreachable", one(3, 3)),
    ("fragmentation-needed", one(3, 4)),
    ("source-route-failed", one(3, 5)),
    ("network-unknown", one(3, 6)),
    ("host-unknown", one(3, 7)),
    ("network-prohibited", one(3, 9)),
    ("host-prohibited", one(3, 10)),
    ("TOS-network-unreachable", one(3, 11)),
    ("TOS-host-unreachable", one(3, 12)),
    ("communication-prohibited", one(3, 13)),
    ("host-precedence-violation", one(3, 14)),
    ("precedence-cutoff", one(3, 15)),
    ("source-quench", any(4)),
    ("redirect", any(5)),
    ("network-redirect", one(5, 0)),
    ("host-redirect", one(5, 1)),
    ("TOS-network-redirect", one(5, 2)),
    ("TOS-host-redirect", one(5, 3)),
    ("echo-request", any(8)),
    ("ping", any(8)),
    ("router-advertisement", any(9)),
    ("router-solicitation", any(10)),
    ("time-exceeded", any(11)),
    ("ttl-exceeded", any(11)),
    ("ttl-zero-during-transit", one(11, 0)),
    ("ttl-zero-during-reassembly", one(11, 1)),
    ("parameter-problem", any(12)),
    ("ip-header-bad", one(12, 0)),
    ("required-option-missing", one(12, 1)),
    ("timestamp-request", any(13)),
    ("timestamp-reply", any(14)),
    ("address-mask-request", any(17)),
    ("address-mask-reply", any(18)),
];

/// ICMPv6.
const V6: Names = names![
    ("destination-unreachable", any(1)),
    ("no-route", one(1, 0)),
    ("communication-prohibited", one(1, 1)),
    ("beyond-scope", one(1, 2)),
    ("address-unreachable", one(1, 3)),
    ("port-unreachable", one(1, 4)),
    ("failed-policy", one(1, 5)),
    ("reject-route", one(1, 6)),
    ("packet-too-big", any(2)),
    ("time-exceeded", any(3)),
    ("ttl-exceeded", any(3)),
    ("ttl-zero-during-transit", one(3, 0)),
    ("ttl-zero-during-reassembly", one(3, 1)),
    ("parameter-problem", any(4)),
    ("bad-header", one(4, 0)),
    ("unknown-header-type", one(4, 1)),
    ("unknown-option", one(4, 2)),
    ("echo-request", any(128)),
    ("ping", any(128)),
    ("echo-reply", any(129)),
    ("pong", any(129)),
    ("router-solicitation", any(133)),
    ("router-advertisement", any(134)),
    ("neighbour-solicitation", any(135)),
    ("neighbor-solicitation", any(135)),
    ("neighbour-advertisement", any(136)),
    ("neighbor-advertisement", any(136)),
    ("redirect", any(137)),
];
