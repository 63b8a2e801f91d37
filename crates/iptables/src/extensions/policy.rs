//! `-m policy`: how IPsec has treated or will treat the packet.

use super::{BASE, Definition, Opt, Scan, Shown};
use crate::address;
use crate::names;
use crate::problem::{Problem, Result};
use crate::rule::{Family, Masked};

/// `struct xt_policy_info`: four elements of this length, flags, how many of the elements count.
const ELEMENT: usize = 76;
const ELEMENTS: usize = 4;
const AT_FLAGS: usize = 304;
const AT_COUNT: usize = 306;
/// Where an element has its fields.
const AT_SPI: usize = 64;
const AT_REQID: usize = 68;
const AT_PROTO: usize = 72;
const AT_MODE: usize = 73;
const AT_MATCHED: usize = 74;
const AT_INVERTED: usize = 75;
/// What of an element is matched, and inverted.
const SOURCE: u8 = 1;
const DESTINATION: u8 = 2;
const PROTO: u8 = 4;
const MODE: u8 = 8;
const SPI: u8 = 0x10;
const REQID: u8 = 0x20;

const IN: u16 = 1;
const OUT: u16 = 2;
const NONE: u16 = 4;
const STRICT: u16 = 8;
const MODES: [&str; 2] = ["transport", "tunnel"];

// Option numbers.
const O_DIR: u8 = 0;
const O_POL: u8 = 1;
const O_STRICT: u8 = 2;
const O_NEXT: u8 = 3;
const O_REQID: u8 = 4;
const O_SPI: u8 = 5;
const O_PROTO: u8 = 6;
const O_MODE: u8 = 7;
const O_DST: u8 = 8;
const O_SRC: u8 = 9;

pub(super) static ROWS: &[Definition] = &[Definition {
    name: "policy",
    module: "policy",
    size: 312,
    options: &[
        Opt::new("dir", O_DIR),
        Opt::new("pol", O_POL),
        Opt::flag("strict", O_STRICT),
        Opt::flag("next", O_NEXT).repeats(),
        Opt::new("reqid", O_REQID).inverts().repeats(),
        Opt::new("spi", O_SPI).inverts().repeats(),
        Opt::new("proto", O_PROTO).inverts().repeats(),
        Opt::new("mode", O_MODE).inverts().repeats(),
        Opt::new("tunnel-dst", O_DST).inverts().repeats(),
        Opt::new("tunnel-src", O_SRC).inverts().repeats(),
    ],
    // There is one element from the start, that holds of any policy.
    start: |info| info.iter_mut().skip(AT_COUNT).zip(1u16.to_ne_bytes()).for_each(|(to, from)| *to = from),
    parse,
    check,
    save: |shown| show(shown, true),
    print: |shown| show(shown, false),
    ..BASE
}];

fn u16_at(info: &[u8], at: usize) -> u16 {
    super::bytes_at(info, at).map_or(0, u16::from_ne_bytes)
}

fn add_flag(scan: &mut Scan, flag: u16) {
    let all = u16_at(scan.info, AT_FLAGS) | flag;
    scan.set(AT_FLAGS, &all.to_ne_bytes());
}

fn parse(scan: &mut Scan) -> Result<()> {
    let invalid = |scan: &Scan, what: &str| Problem::word(&format!("policy{what} \""), scan.value, "\"");
    match scan.option {
        O_DIR => match scan.value {
            b"in" => add_flag(scan, IN),
            b"out" => add_flag(scan, OUT),
            _ => return Err(invalid(scan, "_match: invalid dir")),
        },
        O_POL => match scan.value {
            b"ipsec" => (),
            b"none" => {
                add_flag(scan, NONE);
                scan.set(AT_COUNT, &[0, 0]);
            }
            _ => return Err(invalid(scan, " match: invalid policy")),
        },
        O_STRICT => add_flag(scan, STRICT),
        O_NEXT => {
            let next = u16_at(scan.info, AT_COUNT).max(1).saturating_add(1);
            if usize::from(next) > ELEMENTS {
                return Err(Problem::parameter(format!("policy match: maximum policy depth reached ({ELEMENTS})")));
            }
            count(scan, next);
        }
        _ => element(scan)?,
    }
    Ok(())
}

fn count(scan: &mut Scan, at_least: u16) {
    let count = u16_at(scan.info, AT_COUNT).max(at_least);
    scan.set(AT_COUNT, &count.to_ne_bytes());
}

/// Takes an option about the element under way.
fn element(scan: &mut Scan) -> Result<()> {
    let at = usize::from(u16_at(scan.info, AT_COUNT).max(1) - 1) * ELEMENT;
    let number = |scan: &Scan| {
        let number = names::number(scan.value).and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| scan.out_of_range(None, 0))
    };
    let bit = match scan.option {
        O_REQID => {
            let value = number(scan)?;
            scan.set(at + AT_REQID, &value.to_ne_bytes());
            REQID
        }
        O_SPI => {
            let value = number(scan)?;
            scan.set(at + AT_SPI, &value.to_ne_bytes());
            SPI
        }
        O_PROTO => {
            let number = names::protocol(scan.value)?;
            if !matches!(number, 50 | 51 | 108) {
                return Err(Problem::parameter("policy match: protocol must be ah/esp/ipcomp"));
            }
            scan.set(at + AT_PROTO, &[number]);
            PROTO
        }
        O_MODE => {
            let mode = MODES.iter().position(|mode| mode.as_bytes() == scan.value);
            let mode = mode.and_then(|mode| u8::try_from(mode).ok());
            let bad = || Problem::word("policy match: invalid mode \"", scan.value, "\"");
            let mode = mode.ok_or_else(bad)?;
            scan.set(at + AT_MODE, &[mode]);
            MODE
        }
        option => {
            let (address, mask) = scan.address()?;
            let place = at + if option == O_SRC { 0 } else { 32 };
            scan.set(place, &address::octets(address));
            scan.set(place + 16, &address::octets(mask));
            if option == O_SRC { SOURCE } else { DESTINATION }
        }
    };
    let old = scan.info.get(at + AT_MATCHED).copied().unwrap_or(0);
    if old & bit != 0 {
        return Err(scan.complain(&format!("option \"--{}\" can only be used once.", scan.word)));
    }
    scan.set(at + AT_MATCHED, &[old | bit]);
    if scan.inverted {
        let old = scan.info.get(at + AT_INVERTED).copied().unwrap_or(0);
        scan.set(at + AT_INVERTED, &[old | bit]);
    }
    Ok(())
}

fn check(scan: &Scan) -> Result<()> {
    let (flags, count) = (u16_at(scan.info, AT_FLAGS), usize::from(u16_at(scan.info, AT_COUNT)));
    let problem = |text: &str| Err(Problem::parameter(format!("policy match: {text}")));
    let byte = |at: usize| scan.info.get(at).copied().unwrap_or(0);
    if flags & (IN | OUT) == 0 {
        return problem("neither --dir in nor --dir out specified");
    }
    if scan.has(O_NEXT) && flags & STRICT == 0 {
        return Err(scan.complain("option \"--next\" also requires \"--strict\"."));
    }
    if flags & NONE != 0 {
        if flags & STRICT != 0 {
            return problem("policy none but --strict given");
        }
        // Elements of a policy that there is not are nothing to match.
        return Ok(());
    }
    for at in 0..count.min(ELEMENTS) {
        let (matched, mode) = (byte(at * ELEMENT + AT_MATCHED), byte(at * ELEMENT + AT_MODE));
        if flags & STRICT != 0 && matched == 0 {
            return problem(&format!(
                "empty policy element {at}. --strict is in effect, but at least one of reqid, spi, tunnel-src, \
                 tunnel-dst, proto or mode is required."
            ));
        }
        let tunnel = matched & MODE != 0 && mode == 1;
        if matched & (SOURCE | DESTINATION) != 0 && !tunnel {
            return problem("--tunnel-src/--tunnel-dst is only valid in tunnel mode");
        }
    }
    Ok(())
}

/// As `-S` shows it (`saved`), else as `-L`.
fn show(shown: &mut Shown, saved: bool) {
    let dash = if saved { " --" } else { " " };
    let flags = u16_at(shown.info, AT_FLAGS);
    shown.text(if saved { "" } else { " policy match" });
    shown.text(format!("{dash}dir {}", if flags & IN != 0 { "in" } else { "out" }));
    if flags & NONE != 0 {
        return shown.text(format!("{dash}pol none"));
    }
    shown.text(format!("{dash}pol ipsec"));
    if flags & STRICT != 0 {
        shown.text(format!("{dash}strict"));
    }
    let count = usize::from(u16_at(shown.info, AT_COUNT)).min(ELEMENTS);
    for at in 0..count {
        match (flags & STRICT != 0, saved) {
            (true, true) if at > 0 => shown.text(" --next"),
            (true, false) if count > 1 => shown.text(format!(" [{at}]")),
            _ => (),
        }
        show_element(shown, at * ELEMENT, dash, saved);
    }
}

fn show_element(shown: &mut Shown, at: usize, dash: &str, saved: bool) {
    let (matched, inverted) = (shown.u8(at + AT_MATCHED), shown.u8(at + AT_INVERTED));
    for (bit, word) in [
        (REQID, "reqid"),
        (SPI, "spi"),
        (PROTO, "proto"),
        (MODE, "mode"),
        (DESTINATION, "tunnel-dst"),
        (SOURCE, "tunnel-src"),
    ] {
        if matched & bit == 0 {
            continue;
        }
        shown.text(if inverted & bit != 0 { " !" } else { "" });
        let text = match bit {
            REQID => shown.u32(at + AT_REQID).to_string(),
            SPI => format!("0x{:x}", shown.u32(at + AT_SPI)),
            PROTO => {
                let number = shown.u8(at + AT_PROTO);
                let name = names::protocol_name(number, true).filter(|_| saved || !shown.numeric);
                name.unwrap_or_else(|| number.to_string())
            }
            MODE => MODES.get(usize::from(shown.u8(at + AT_MODE))).map_or("???", |mode| *mode).to_owned(),
            bit => {
                let from = at + if bit == SOURCE { 0 } else { 32 };
                let len = if shown.family == Family::V4 { 4 } else { 16 };
                let one = |from: usize| shown.info.get(from..from + len).and_then(address::from_octets);
                let masked = one(from).zip(one(from + 16));
                masked.map_or_else(String::new, |(address, mask)| Masked { address, mask }.listed(true))
            }
        };
        shown.text(format!("{dash}{word} {text}"));
    }
}
