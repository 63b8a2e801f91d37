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

pub(super) static ROWS: [Definition; 2] = [
    Definition {
        name: "icmp",
        module: "icmp",
        family: Some(Family::V4),
        options: &[Opt::new("icmp-type", 0).inverts().needed().of(&TYPE, 0).shown(" ")],
        ..ROW
    },
    Definition {
        name: "icmp6",
        module: "icmp6",
        family: Some(Family::V6),
        options: &[Opt::new("icmpv6-type", 0).inverts().needed().of(&TYPE, 0).shown(" ")],
        ..ROW
    },
];

const ROW: Definition = Definition { size: 8, inverted: Bits::at(3, 1, 0), native: write::icmp, ..BASE };

static TYPE: Codec = Codec { parse, show, ..ANY };

/// Types of ICMP with their codes; a type alone has codes 0 to 255.
type IcmpNames = &'static [(u8, Option<u8>, &'static str)];

fn icmp_names(family: Family) -> IcmpNames {
    if family == Family::V4 { V4 } else { V6 }
}

fn parse(scan: &mut Scan) -> Result<()> {
    let noun = if scan.line.family == Family::V4 { "ICMP" } else { "ICMPv6" };
    let lower = scan.value.to_ascii_lowercase();
    let names = icmp_names(scan.line.family);
    let exact = names.iter().find(|(.., name)| name.as_bytes() == lower);
    let mut fitting = names.iter().filter(|(.., name)| name.as_bytes().starts_with(&lower));
    let named = exact.or_else(|| fitting.next());
    if let (None, Some((_, _, first)), Some((_, _, second))) = (exact, named, fitting.next()) {
        let tail = format!("': `{first}' or `{second}'?");
        return Err(Problem::word(&format!("Ambiguous {noun} type `"), scan.value, &tail));
    }
    let unknown = || Problem::word(&format!("Unknown {noun} type `"), scan.value, "'");
    let (kind, (first, last)) = match named {
        Some((kind, code, _)) => (*kind, code.map_or((0, 255), |code| (code, code))),
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
            (kinds.0, codes)
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
    let codes = |code: Option<u8>| code.map_or((0, 255), |code| (code, code));
    let fits = |entry: &&(u8, Option<u8>, &str)| entry.0 == kind && codes(entry.1) == (first, last);
    if let Some((_, _, name)) = icmp_names(shown.family).iter().find(fits).filter(|_| !shown.numeric) {
        return write!(shown, " {bang}{name}");
    }
    let space = if shown.inverted { " " } else { "" };
    write!(shown, "{space}{bang}type {kind}");
    if !all {
        shown.out.put(if first == last { " code " } else { " codes " });
        shown.range((first.into(), last.into()), "-");
    }
}

/// ICMP.
static V4: IcmpNames = &[
    (255, None, "any"),
    (0, None, "echo-reply"),
    (0, None, "pong"),
    (3, None, "destination-unreachable"),
    (3, Some(0), "network-unreachable"),
    (3, Some(1), "host-unreachable"),
    (3, Some(2), "protocol-unreachable"),
    (3, Some(3), "port-unreachable"),
    (3, Some(4), "fragmentation-needed"),
    (3, Some(5), "source-route-failed"),
    (3, Some(6), "network-unknown"),
    (3, Some(7), "host-unknown"),
    (3, Some(9), "network-prohibited"),
    (3, Some(10), "host-prohibited"),
    (3, Some(11), "TOS-network-unreachable"),
    (3, Some(12), "TOS-host-unreachable"),
    (3, Some(13), "communication-prohibited"),
    (3, Some(14), "host-precedence-violation"),
    (3, Some(15), "precedence-cutoff"),
    (4, None, "source-quench"),
    (5, None, "redirect"),
    (5, Some(0), "network-redirect"),
    (5, Some(1), "host-redirect"),
    (5, Some(2), "TOS-network-redirect"),
    (5, Some(3), "TOS-host-redirect"),
    (8, None, "echo-request"),
    (8, None, "ping"),
    (9, None, "router-advertisement"),
    (10, None, "router-solicitation"),
    (11, None, "time-exceeded"),
    (11, None, "ttl-exceeded"),
    (11, Some(0), "ttl-zero-during-transit"),
    (11, Some(1), "ttl-zero-during-reassembly"),
    (12, None, "parameter-problem"),
    (12, Some(0), "ip-header-bad"),
    (12, Some(1), "required-option-missing"),
    (13, None, "timestamp-request"),
    (14, None, "timestamp-reply"),
    (17, None, "address-mask-request"),
    (18, None, "address-mask-reply"),
];

/// ICMPv6.
static V6: IcmpNames = &[
    (1, None, "destination-unreachable"),
    (1, Some(0), "no-route"),
    (1, Some(1), "communication-prohibited"),
    (1, Some(2), "beyond-scope"),
    (1, Some(3), "address-unreachable"),
    (1, Some(4), "port-unreachable"),
    (1, Some(5), "failed-policy"),
    (1, Some(6), "reject-route"),
    (2, None, "packet-too-big"),
    (3, None, "time-exceeded"),
    (3, None, "ttl-exceeded"),
    (3, Some(0), "ttl-zero-during-transit"),
    (3, Some(1), "ttl-zero-during-reassembly"),
    (4, None, "parameter-problem"),
    (4, Some(0), "bad-header"),
    (4, Some(1), "unknown-header-type"),
    (4, Some(2), "unknown-option"),
    (128, None, "echo-request"),
    (128, None, "ping"),
    (129, None, "echo-reply"),
    (129, None, "pong"),
    (133, None, "router-solicitation"),
    (134, None, "router-advertisement"),
    (135, None, "neighbour-solicitation"),
    (135, None, "neighbor-solicitation"),
    (136, None, "neighbour-advertisement"),
    (136, None, "neighbor-advertisement"),
    (137, None, "redirect"),
];
