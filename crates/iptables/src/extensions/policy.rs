//! `-m policy`: how IPsec has treated or will treat the packet.

use super::codecs::{ADDRESS, ANY, Codec};
use super::{BASE, Bits, Definition, Opt, Scan, Shown, store, u8_at, u16_at};
use crate::names;
use crate::problem::{Problem, Result};
use crate::text::Text;

/// `struct xt_policy_info`: four elements of this length, flags, how many of the elements count.
const ELEMENT: usize = 76;
const ELEMENTS: u16 = 4;
const AT_FLAGS: usize = 304;
const AT_COUNT: usize = 306;
/// Where an element has its fields: what of them is matched, and inverted.
const AT_SPI: usize = 64;
const AT_REQID: usize = 68;
const AT_PROTO: usize = 72;
const AT_MODE: usize = 73;
const AT_MATCHED: usize = 74;
const AT_INVERTED: usize = 75;

const IN: u16 = 1;
const OUT: u16 = 2;
const NONE: u16 = 4;
const STRICT: u16 = 8;
static MODES: [&str; 2] = ["transport", "tunnel"];

// Numbers of options; those about an element are the bits in what is matched.
const SRC: u8 = 0;
const DST: u8 = 1;
const MODE: u8 = 3;
const O_DIR: u8 = 8;
const O_POL: u8 = 9;
const O_STRICT: u8 = 10;
const O_NEXT: u8 = 11;

#[rustfmt::skip]
pub(super) static ROWS: [Definition; 1] = [Definition {
    name: "policy",
    size: 312,
    options: &[
        Opt::new("dir", O_DIR),
        Opt::new("pol", O_POL),
        Opt::flag("strict", O_STRICT),
        Opt::flag("next", O_NEXT).repeats(),
        Opt::new("reqid", 5).inverts().repeats().of(&NUMBER, AT_REQID).shown("[ !] % "),
        Opt::new("spi", 4).inverts().repeats().of(&HEX, AT_SPI).shown("[ !] % "),
        Opt::new("proto", 2).inverts().repeats().of(&PROTOCOL, AT_PROTO).shown("[ !] % "),
        Opt::new("mode", MODE).inverts().repeats().of(&MODE_NAME, AT_MODE).shown("[ !] % "),
        Opt::new("tunnel-dst", DST).inverts().repeats().of(&ADDRESS, 32).shown("[ !] % "),
        Opt::new("tunnel-src", SRC).inverts().repeats().of(&ADDRESS, 0).shown("[ !] % "),
    ],
    // There is one element from the start, that holds of any policy.
    start: |info| {
        store(info, AT_COUNT, &1u16.to_ne_bytes());
    },
    parse,
    has: Bits::at(AT_MATCHED, 1, 0),
    inverted: Bits::at(AT_INVERTED, 1, 0),
    check,
    show,
    ..BASE
}];

fn parse(scan: &mut Scan) -> Result<()> {
    let count = u16_at(scan.info, AT_COUNT);
    let flag = match (scan.opt.id, scan.value) {
        (O_DIR, b"in") => IN,
        (O_DIR, b"out") => OUT,
        (O_DIR, value) => return Err(Problem::word("policy_match: invalid dir \"", value, "\"")),
        (O_POL, b"ipsec") => 0,
        (O_POL, b"none") => {
            scan.set(AT_COUNT, &[0, 0]);
            NONE
        }
        (O_POL, value) => return Err(Problem::word("policy match: invalid policy \"", value, "\"")),
        (O_STRICT, _) => STRICT,
        (O_NEXT, _) => {
            let next = count.max(1).saturating_add(1);
            if next > ELEMENTS {
                return Err(Problem::parameter(format!("policy match: maximum policy depth reached ({ELEMENTS})")));
            }
            scan.set(AT_COUNT, &next.to_ne_bytes());
            0
        }
        // About the element under way.
        (id, _) => {
            scan.base = usize::from(count.max(1) - 1) * ELEMENT;
            (scan.opt.codec.parse)(scan)?;
            if scan.row.has.get(scan.info, scan.base) & (1 << id) != 0 {
                return Err(scan.refused("can only be used once."));
            }
            scan.mark();
            0
        }
    };
    let flags = u16_at(scan.info, AT_FLAGS) | flag;
    scan.set(AT_FLAGS, &flags.to_ne_bytes());
    Ok(())
}

static NUMBER: Codec = Codec {
    parse: |scan| {
        let number = scan.number(0, u32::MAX)?;
        scan.put(&number.to_ne_bytes());
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        shown.out.number(shown.u32(opt.at()).into());
    },
    ..ANY
};

static HEX: Codec = Codec {
    parse: NUMBER.parse,
    show: |shown, opt| {
        shown.lead(opt);
        write!(shown, "0x{:x}", shown.u32(opt.at()));
    },
    ..ANY
};

static PROTOCOL: Codec = Codec {
    parse: |scan| {
        let number = names::protocol(scan.value)?;
        if !matches!(number, 50 | 51 | 108) {
            return Err(Problem::parameter("policy match: protocol must be ah/esp/ipcomp"));
        }
        scan.put(&[number]);
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        let number = shown.u8(opt.at());
        match if shown.saved || !shown.numeric { names::protocol_name(number, true) } else { None } {
            Some(name) => shown.out.put(&name),
            None => shown.out.number(number.into()),
        }
    },
    ..ANY
};

static MODE_NAME: Codec = Codec {
    parse: |scan| {
        let mode = MODES.iter().position(|mode| mode.as_bytes() == scan.value);
        let mode = mode.ok_or_else(|| Problem::word("policy match: invalid mode \"", scan.value, "\""))?;
        scan.put(&[mode as u8]);
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        let mode = MODES.get(usize::from(shown.u8(opt.at())));
        shown.out.put(mode.unwrap_or(&"???"));
    },
    ..ANY
};

fn check(scan: &Scan) -> Result<()> {
    let (flags, count) = (u16_at(scan.info, AT_FLAGS), u16_at(scan.info, AT_COUNT));
    let problem = |text: &str| Err(Problem::parameter([b"policy match: ", text.as_bytes()].concat()));
    if flags & (IN | OUT) == 0 {
        return problem("neither --dir in nor --dir out specified");
    }
    let strict = flags & STRICT != 0;
    if scan.has(O_NEXT) && !strict {
        return Err(scan.complain("option \"--next\" also requires \"--strict\"."));
    }
    if flags & NONE != 0 {
        // Elements of a policy that there is not are nothing to match.
        return if strict { problem("policy none but --strict given") } else { Ok(()) };
    }
    for at in 0..usize::from(count.min(ELEMENTS)) {
        let matched = u8_at(scan.info, at * ELEMENT + AT_MATCHED);
        if strict && matched == 0 {
            return problem(&format!(
                "empty policy element {at}. --strict is in effect, but at least one of reqid, spi, tunnel-src, \
                 tunnel-dst, proto or mode is required."
            ));
        }
        let tunnel = matched & 1 << MODE != 0 && u8_at(scan.info, at * ELEMENT + AT_MODE) == 1;
        if matched & (1 << SRC | 1 << DST) != 0 && !tunnel {
            return problem("--tunnel-src/--tunnel-dst is only valid in tunnel mode");
        }
    }
    Ok(())
}

fn show(shown: &mut Shown) {
    let (flags, count) = (shown.u16(AT_FLAGS), shown.u16(AT_COUNT).min(ELEMENTS));
    let strict = flags & STRICT != 0;
    shown.out.put(if shown.saved { "" } else { " policy match" });
    shown.option(if flags & IN != 0 { "dir in" } else { "dir out" });
    if flags & NONE != 0 {
        return shown.option("pol none");
    }
    shown.option("pol ipsec");
    if strict {
        shown.option("strict");
    }
    for at in 0..count {
        match (strict, shown.saved) {
            (true, true) if at > 0 => shown.out.put(" --next"),
            (true, false) if count > 1 => write!(shown, " [{at}]"),
            _ => (),
        }
        shown.base = usize::from(at) * ELEMENT;
        shown.options();
    }
}
