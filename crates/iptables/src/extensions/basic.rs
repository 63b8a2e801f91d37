//! `-m comment`, `-m limit`, `-m mac`, `-m iprange`.

use super::codecs::{ANY, Codec, string};
use super::{BASE, Bits, Definition, Opt, Shown, store, u32_at};
use crate::address;
use crate::names;
use crate::native::write;
use crate::problem::Problem;
use crate::rule::{Extension, Family};
use crate::text::Text;
use netmite_netlink::nftables::Expression;
use netmite_netlink::nftables::uapi::*;
use netmite_output::Value;
use std::net::IpAddr;

pub(super) static ROWS: [Definition; 4] = [
    Definition {
        name: "comment",
        size: COMMENT_LEN as u16,
        options: &[Opt::new("comment", 0).needed().of(&COMMENT, 0).shown(" /* ")],
        ..BASE
    },
    Definition {
        name: "mac",
        size: 16,
        options: &[Opt::new("mac-source", 0).inverts().needed().of(&MAC, 0).shown(" MAC [! ]")],
        inverted: Bits::at(8, 4, 0),
        native: write::mac,
        ..BASE
    },
    Definition {
        name: "iprange",
        revision: 1,
        size: 72,
        options: &[
            Opt::new("src-range", 0).inverts().of(&ADDRESSES, 0).shown(" source IP range [! ]"),
            Opt::new("dst-range", 1).inverts().of(&ADDRESSES, 32).shown(" destination IP range [! ]"),
        ],
        has: Bits::at(64, 1, 0),
        inverted: Bits::at(64, 1, 4),
        check: |scan| scan.needs_one("iprange match: You must specify `--src-range' or `--dst-range'"),
        native: write::iprange,
        ..BASE
    },
    // Rates are held as xtables does, in ten thousandths of a second between two packets, with the burst behind. No kernel
    // structure is read into this row: its revision is none that the kernel has.
    Definition {
        name: "limit",
        revision: u8::MAX,
        size: 8,
        options: &[Opt::new("limit", 0).of(&RATE, 0), Opt::new("limit-burst", 1).of(&BURSTS, 4)],
        start: |info| limit_info(info, SCALE * 3600 / 3, BURST),
        show: show_limit,
        native: native_limit,
        always_native: true,
        ..BASE
    },
];

const COMMENT_LEN: usize = 256;

static COMMENT: Codec = Codec {
    parse: |scan| {
        string(scan, COMMENT_LEN - 1);
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        if shown.saved {
            return shown.quoted(0, COMMENT_LEN);
        }
        let text = [shown.string(0, COMMENT_LEN), b" */"].concat();
        shown.text(text);
    },
    ..ANY
};

/// The match for a comment that nft keeps beside a rule.
pub(super) fn comment(text: &[u8]) -> Option<Extension> {
    let definition = ROWS.first()?;
    let mut info = text.get(..COMMENT_LEN - 1).unwrap_or(text).to_vec();
    info.resize(COMMENT_LEN, 0);
    Some(Extension::Known { definition, info })
}

static MAC: Codec = Codec {
    parse: |scan| {
        let text = std::str::from_utf8(scan.value).ok();
        let address: Option<netmite_netlink::MacAddress> = text.and_then(|text| text.parse().ok());
        match address.as_ref().map(|address| address.as_bytes()).filter(|bytes| bytes.len() == 6) {
            Some(bytes) => scan.put(bytes),
            None => return Err(Problem::parameter("Invalid MAC address specified.")),
        }
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        netmite_output::link_address(shown.out, &super::codecs::array::<6>(shown, opt));
    },
    ..ANY
};

static ADDRESSES: Codec = Codec {
    parse: |scan| {
        let (first, last) = names::cut(scan.value, b'-').unwrap_or((scan.value, scan.value));
        let one = |word: &[u8]| {
            let found = match scan.line.family {
                Family::V4 if !word.is_empty() => address::dotted(word).map(IpAddr::V4),
                family => address::plain(family, word),
            };
            found.ok_or_else(|| scan.bad_value(word))
        };
        let (first, last) = (one(first)?, one(last)?);
        if *address::octets(first) > *address::octets(last) {
            let (first, last) = (Value::Ip(first), Value::Ip(last));
            let text = format!("xt_iprange: range {first}-{last} is reversed and will never match");
            scan.line.warnings.add(&[text.as_bytes()]);
        }
        scan.put(&address::octets(first));
        scan.set(scan.opt.at() + 16, &address::octets(last));
        Ok(())
    },
    show: |shown, opt| {
        if let Some((first, last)) = shown.address_at(opt.at()).zip(shown.address_at(opt.at() + 16)) {
            shown.lead(opt);
            shown.address(first);
            shown.out.put("-");
            shown.address(last);
        }
    },
    ..ANY
};

const SCALE: u32 = 10_000;
const BURST: u32 = 5;

static UNITS: [(&str, u32); 4] = [("day", 86_400), ("hour", 3_600), ("min", 60), ("sec", 1)];

/// The rate in the shortest time in which it is whole: how many, in what, of how many seconds.
fn best(period: u32) -> (u32, &'static str, u32) {
    let period = period.max(1);
    let mut found = (1, "day", 86_400);
    for (name, seconds) in UNITS {
        let all = seconds.saturating_mul(SCALE);
        if period > all || all / period < all % period {
            break;
        }
        found = (all / period, name, seconds);
    }
    found
}

fn limit_info(info: &mut [u8], period: u32, burst: u32) {
    store(info, 0, &period.to_ne_bytes());
    store(info, 4, &burst.to_ne_bytes());
}

static RATE: Codec = Codec {
    parse: |scan| {
        let bad = || Problem::word("bad rate \"", scan.value, "\"'");
        let (rate, unit) = names::cut(scan.value, b'/').map_or((scan.value, None), |(rate, unit)| (rate, Some(unit)));
        // As atoi(3): what stands behind the digits is left alone.
        let digits = rate.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rate.len());
        let rate = rate.get(..digits).and_then(|rate| std::str::from_utf8(rate).ok()?.parse::<u32>().ok());
        let rate = rate.filter(|rate| *rate > 0).ok_or_else(bad)?;
        let unit = unit.map_or(Some(1), |unit| {
            static NAMES: [(&str, u32); 4] = [("second", 1), ("minute", 60), ("hour", 3_600), ("day", 86_400)];
            let lower = unit.to_ascii_lowercase();
            let fits = |name: &&(&str, u32)| !lower.is_empty() && name.0.as_bytes().starts_with(&lower);
            NAMES.iter().find(fits).map(|(_, seconds)| *seconds)
        });
        let all = unit.ok_or_else(bad)?.saturating_mul(SCALE);
        if rate > all {
            return Err(Problem::word("Rate too fast \"", scan.value, "\""));
        }
        scan.put(&(all / rate).to_ne_bytes());
        Ok(())
    },
    ..ANY
};

static BURSTS: Codec = Codec {
    parse: |scan| {
        // None is as if it had not been said.
        let burst = match scan.number(0, 10_000)? {
            0 => BURST,
            burst => burst,
        };
        scan.put(&burst.to_ne_bytes());
        Ok(())
    },
    ..ANY
};

fn show_limit(shown: &mut Shown) {
    let ((rate, unit, _), burst) = (best(shown.u32(0)), shown.u32(4));
    match (shown.saved, burst) {
        (true, BURST) => write!(shown, " --limit {rate}/{unit}"),
        (true, _) => write!(shown, " --limit {rate}/{unit} --limit-burst {burst}"),
        (false, _) => write!(shown, " limit: avg {rate}/{unit} burst {burst}"),
    }
}

fn native_limit(wanted: &super::Wanted, all: &mut Vec<Expression>) -> Result<bool, &'static str> {
    let (rate, _, unit) = best(u32_at(wanted.info, 0));
    let (rate, unit, burst) = (rate.into(), unit.into(), u32_at(wanted.info, 4));
    all.push(Expression::Limit { rate, unit, burst, kind: NFT_LIMIT_PKTS, flags: 0 });
    Ok(true)
}

/// The match that a limit of the kernel's means.
pub(super) fn limited(rate: u64, unit: u64, burst: u32) -> Option<Extension> {
    let period = unit.checked_mul(u64::from(SCALE))?.checked_div(rate)?;
    let definition = ROWS.last()?;
    let mut info = definition.blank();
    limit_info(&mut info, u32::try_from(period).ok()?, burst);
    Some(Extension::Known { definition, info })
}
