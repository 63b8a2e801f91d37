//! `-m comment`, `-m mark`, `-m limit`, `-m addrtype`, `-m mac`, `-m iprange`; `-j MARK`, `-j LOG`.

use super::{BASE, Definition, Kind, Opt, Scan, Shown, u32_at};
use crate::address;
use crate::encode;
use crate::names;
use crate::problem::{Problem, Result};
use crate::rule::{Extension, Family};
use netmite_netlink::nftables::Expression;
use netmite_netlink::nftables::uapi::*;
use std::net::IpAddr;

pub(super) static ROWS: &[Definition] = &[
    Definition {
        name: "comment",
        module: "comment",
        size: COMMENT_LEN,
        options: &[Opt::new("comment", 0).needed()],
        parse: |scan| {
            let text = scan.value.get(..COMMENT_LEN - 1).unwrap_or(scan.value);
            scan.set(0, text);
            Ok(())
        },
        save: |shown| {
            shown.text(" --comment ");
            let text = shown.string(0, COMMENT_LEN).to_vec();
            shown.quoted(&text);
        },
        print: |shown| {
            let text = [b" /* ", shown.string(0, COMMENT_LEN), b" */"].concat();
            shown.text(text);
        },
        ..BASE
    },
    Definition {
        name: "mark",
        module: "mark",
        revision: 1,
        size: 16,
        options: &[Opt::new("mark", 0).inverts().needed()],
        parse: |scan| {
            let (value, mask) = masked(scan)?;
            scan.set(0, &value.to_ne_bytes());
            scan.set(4, &mask.to_ne_bytes());
            let inverted = scan.inverted;
            scan.set(8, &[u8::from(inverted)]);
            Ok(())
        },
        save: |shown| show_mark(shown, if shown.u8(8) != 0 { " ! --mark " } else { " --mark " }),
        print: |shown| show_mark(shown, if shown.u8(8) != 0 { " mark match ! " } else { " mark match " }),
        native: Some(native_mark),
        ..BASE
    },
    Definition {
        name: "mac",
        module: "mac",
        size: 16,
        options: &[Opt::new("mac-source", 0).inverts().needed()],
        parse: |scan| {
            let bytes = mac(scan.value).ok_or_else(|| Problem::parameter("Invalid MAC address specified."))?;
            scan.set(0, &bytes);
            let inverted = scan.inverted;
            scan.set(8, &u32::from(inverted).to_ne_bytes());
            Ok(())
        },
        save: |shown| show_mac(shown, if shown.u8(8) != 0 { " ! --mac-source " } else { " --mac-source " }),
        print: |shown| show_mac(shown, if shown.u8(8) != 0 { " MAC ! " } else { " MAC " }),
        ..BASE
    },
    Definition {
        name: "iprange",
        module: "iprange",
        revision: 1,
        size: 72,
        options: &[Opt::new("src-range", 0).inverts(), Opt::new("dst-range", 1).inverts()],
        parse: parse_iprange,
        check: |scan| match scan.seen {
            0 => Err(Problem::parameter("iprange match: You must specify `--src-range' or `--dst-range'")),
            _ => Ok(()),
        },
        save: |shown| show_iprange(shown, [" --src-range ", " --dst-range "], true),
        print: |shown| show_iprange(shown, [" source IP range ", " destination IP range "], false),
        ..BASE
    },
    Definition {
        name: "MARK",
        module: "MARK",
        kind: Kind::Target,
        revision: 2,
        size: 8,
        options: &[
            Opt::new("set-xmark", 0),
            Opt::new("set-mark", 1),
            Opt::new("and-mark", 2),
            Opt::new("or-mark", 3),
            Opt::new("xor-mark", 4),
        ],
        parse: parse_set_mark,
        check: |scan| match scan.seen {
            0 => {
                let text = "MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required";
                Err(Problem::parameter(text))
            }
            _ => scan.exclusive(0..=4),
        },
        save: |shown| shown.text(format!(" --set-xmark 0x{:x}/0x{:x}", shown.u32(0), shown.u32(4))),
        print: |shown| {
            let (mark, mask) = (shown.u32(0), shown.u32(4));
            let text = match (mark, mask) {
                (0, mask) => format!(" MARK and 0x{:x}", !mask),
                (mark, mask) if mark == mask => format!(" MARK or 0x{mark:x}"),
                (mark, 0) => format!(" MARK xor 0x{mark:x}"),
                (mark, u32::MAX) => format!(" MARK set 0x{mark:x}"),
                (mark, mask) => format!(" MARK xset 0x{mark:x}/0x{mask:x}"),
            };
            shown.text(text);
        },
        ..BASE
    },
    LIMIT,
];

const COMMENT_LEN: usize = 256;

/// The match for a comment that nft keeps beside a rule.
pub(super) fn comment(text: &[u8]) -> Option<Extension> {
    let definition = ROWS.first()?;
    let mut info = text.get(..COMMENT_LEN - 1).unwrap_or(text).to_vec();
    info.resize(COMMENT_LEN, 0);
    Some(Extension::Known { definition, info })
}

/// `VALUE[/MASK]`.
fn masked(scan: &Scan) -> Result<(u32, u32)> {
    let bad = || {
        let text = format!("bad integer value for option \"--{}\", or out of range.", scan.word);
        scan.complain(&text)
    };
    let number = |word: &[u8]| names::number(word).and_then(|number| u32::try_from(number).ok()).ok_or_else(bad);
    let at = scan.value.iter().position(|byte| *byte == b'/');
    match at {
        Some(at) => {
            Ok((number(scan.value.get(..at).unwrap_or(b""))?, number(scan.value.get(at + 1..).unwrap_or(b""))?))
        }
        None => number(scan.value).map(|value| (value, u32::MAX)),
    }
}

fn show_mark(shown: &mut Shown, word: &str) {
    let (mark, mask) = (shown.u32(0), shown.u32(4));
    match mask {
        u32::MAX => shown.text(format!("{word}0x{mark:x}")),
        _ => shown.text(format!("{word}0x{mark:x}/0x{mask:x}")),
    }
}

fn native_mark(info: &[u8], all: &mut Vec<Expression>) -> bool {
    let (mark, mask) = (u32_at(info, 0), u32_at(info, 4));
    all.push(encode::meta(NFT_META_MARK));
    if mask != u32::MAX {
        all.push(encode::mask(&mask.to_ne_bytes()));
    }
    all.push(encode::compare(info.get(8).is_some_and(|inverted| *inverted != 0), &mark.to_ne_bytes()));
    true
}

/// The match that a comparison of the packet's mark means.
pub(super) fn mark_compared(inverted: bool, mask: Option<&[u8]>, data: &[u8]) -> Option<Extension> {
    let definition = ROWS.iter().find(|row| row.name == "mark")?;
    let mut info = vec![0; definition.size];
    info.get_mut(0..4)?.copy_from_slice(data.get(..4)?);
    info.get_mut(4..8)?.copy_from_slice(mask.unwrap_or(&[0xff; 4]).get(..4)?);
    *info.get_mut(8)? = u8::from(inverted);
    Some(Extension::Known { definition, info })
}

fn mac(word: &[u8]) -> Option<[u8; 6]> {
    let text = std::str::from_utf8(word).ok()?;
    let address: netmite_netlink::MacAddress = text.parse().ok()?;
    address.as_bytes().try_into().ok()
}

fn show_mac(shown: &mut Shown, word: &str) {
    let bytes: Vec<String> = (0..6).map(|at| format!("{:02x}", shown.u8(at))).collect();
    shown.text(format!("{word}{}", bytes.join(":")));
}

fn parse_iprange(scan: &mut Scan) -> Result<()> {
    let mut words = scan.value.splitn(2, |byte| *byte == b'-');
    let first = words.next().unwrap_or(b"");
    let last = words.next().unwrap_or(first);
    let head = format!("{}: Bad value for \"--{}\" option: \"", scan.definition.name, scan.word);
    let one = |word: &[u8]| {
        let found = match scan.family {
            Family::V4 if !word.is_empty() => address::dotted(word).map(IpAddr::V4),
            family => address::plain(family, word),
        };
        found.ok_or_else(|| Problem::word(&head, word, "\""))
    };
    let (first, last) = (one(first)?, one(last)?);
    if first > last {
        scan.warn(format!("xt_iprange: range {first}-{last} is reversed and will never match"));
    }
    let at = if scan.option == 0 { 0 } else { 32 };
    scan.set(at, &address::octets(first));
    scan.set(at + 16, &address::octets(last));
    let inverted = if scan.inverted { 0x11 } else { 1 };
    let flags = scan.info.get(64).copied().unwrap_or(0) | (inverted << scan.option);
    scan.set(64, &[flags]);
    Ok(())
}

fn show_iprange(shown: &mut Shown, words: [&str; 2], before: bool) {
    let flags = shown.u8(64);
    let len = if shown.family == Family::V4 { 4 } else { 16 };
    for (at, word) in words.into_iter().enumerate() {
        if flags & (1 << at) == 0 {
            continue;
        }
        let one = |from: usize| shown.info.get(from..from + len).and_then(address::from_octets);
        let Some((first, last)) = one(at * 32).zip(one(at * 32 + 16)) else { continue };
        let inverted = flags & (0x10 << at) != 0;
        let text = match (inverted, before) {
            (true, true) => format!(" !{word}{first}-{last}"),
            (true, false) => format!("{word}! {first}-{last}"),
            (false, _) => format!("{word}{first}-{last}"),
        };
        shown.text(text);
    }
}

fn parse_set_mark(scan: &mut Scan) -> Result<()> {
    if let 2.. = scan.option {
        let number = names::number(scan.value).and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| scan.out_of_range(None, 0))?;
    }
    let (value, mask) = masked(scan)?;
    let (mark, mask) = match scan.option {
        0 => (value, mask),
        1 => (value, value | mask),
        2 => (0, !value),
        3 => (value, value),
        _ => (value, 0),
    };
    scan.set(0, &mark.to_ne_bytes());
    scan.set(4, &mask.to_ne_bytes());
    Ok(())
}

/// Rates are held as xtables does, in ten thousandths of a second between two packets, with the burst behind. No kernel
/// structure is read into this row: its revision is none that the kernel has.
const LIMIT: Definition = Definition {
    name: "limit",
    module: "limit",
    revision: u32::MAX,
    size: 8,
    options: &[Opt::new("limit", 0), Opt::new("limit-burst", 1)],
    start: |info| info.iter_mut().zip(limit_info(SCALE * 3600 / 3, BURST)).for_each(|(to, from)| *to = from),
    parse: parse_limit,
    save: |shown| {
        shown.text(" --limit ");
        let (rate, unit) = UNITS.best(shown.u32(0));
        shown.text(format!("{rate}/{unit}"));
        if shown.u32(4) != BURST {
            shown.text(format!(" --limit-burst {}", shown.u32(4)));
        }
    },
    print: |shown| {
        let (rate, unit) = UNITS.best(shown.u32(0));
        shown.text(format!(" limit: avg {rate}/{unit} burst {}", shown.u32(4)));
    },
    native: Some(|info, all| {
        let period = u32_at(info, 0);
        let (rate, name) = UNITS.best(period);
        let unit = UNITS.0.iter().find(|(unit, _)| *unit == name).map_or(1, |(_, seconds)| *seconds);
        let (rate, unit) = (u64::from(rate), u64::from(unit));
        all.push(Expression::Limit { rate, unit, burst: u32_at(info, 4), kind: NFT_LIMIT_PKTS, flags: 0 });
        true
    }),
    ..BASE
};

const SCALE: u32 = 10_000;
const BURST: u32 = 5;

struct Units([(&'static str, u32); 4]);
const UNITS: Units = Units([("day", 86_400), ("hour", 3_600), ("min", 60), ("sec", 1)]);

impl Units {
    /// The rate in the shortest time in which it is whole.
    fn best(&self, period: u32) -> (u32, &'static str) {
        let period = period.max(1);
        let mut found = (1, "day");
        for (name, seconds) in self.0 {
            let all = seconds.saturating_mul(SCALE);
            if period > all || all / period < all % period {
                break;
            }
            found = (all / period, name);
        }
        found
    }
}

fn limit_info(period: u32, burst: u32) -> Vec<u8> {
    [period.to_ne_bytes(), burst.to_ne_bytes()].concat()
}

fn parse_limit(scan: &mut Scan) -> Result<()> {
    if scan.option == 1 {
        let number = names::number(scan.value).and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| *number <= 10_000).ok_or_else(|| scan.bad_number(None, "0-10000"))?;
        // None is as if it had not been said.
        scan.set(4, &if number == 0 { BURST } else { number }.to_ne_bytes());
        return Ok(());
    }
    let bad = || Problem::word("bad rate \"", scan.value, "\"'");
    let mut words = scan.value.splitn(2, |byte| *byte == b'/');
    // As atoi(3): what stands behind the digits is left alone.
    let digits = |word: &[u8]| word.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(word.len());
    let rate = words.next().and_then(|word| std::str::from_utf8(word.get(..digits(word))?).ok());
    let rate = rate.and_then(|text| text.parse::<u32>().ok());
    let rate = rate.filter(|rate| *rate > 0).ok_or_else(bad)?;
    let unit = words.next().map_or(Some(1), |unit| {
        let names = [("second", 1), ("minute", 60), ("hour", 3_600), ("day", 86_400)];
        let lower = unit.to_ascii_lowercase();
        let fits = |name: &&(&str, u32)| !lower.is_empty() && name.0.as_bytes().starts_with(&lower);
        names.iter().find(fits).map(|(_, seconds)| *seconds)
    });
    let all = unit.ok_or_else(bad)?.saturating_mul(SCALE);
    if rate > all {
        return Err(Problem::word("Rate too fast \"", scan.value, "\""));
    }
    scan.set(0, &(all / rate).to_ne_bytes());
    Ok(())
}

/// The match that a limit of the kernel's means.
pub(super) fn limited(rate: u64, unit: u64, burst: u32) -> Option<Extension> {
    let period = unit.checked_mul(u64::from(SCALE))?.checked_div(rate)?;
    let info = limit_info(u32::try_from(period).ok()?, burst);
    Some(Extension::Known { definition: ROWS.iter().find(|row| row.name == "limit")?, info })
}
