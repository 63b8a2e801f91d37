//! `-m conntrack`, `-m state`: what is known of the packet's connection.

use super::codecs::{ADDRESS, ANY, Codec, address, any_port_range, named_bits, put_bits, range_at, show_address};
use super::{BASE, Bits, Definition, Opt, Scan, Shown, u16_at};
use crate::names;
use crate::native::write;
use crate::problem::{Problem, Result};
use crate::text::Text;
use netmite_output::{Names, names};

/// Bits of `struct xt_conntrack_mtinfo3`: what to match, and what of that is inverted.
pub const STATE: u16 = 1;
pub const STATUS: u16 = 1 << 6;
/// It was typed as `-m state`.
pub const STATE_ALIAS: u16 = 1 << 13;

/// Where the fields are: expiry, protocol, ports, flags, inversions, states, statuses.
const AT_EXPIRES: usize = 128;
const AT_PROTO: usize = 136;
const AT_PORTS: usize = 138;
pub const AT_FLAGS: usize = 146;
pub const AT_INVERSIONS: usize = 148;
pub const AT_STATES: usize = 150;
pub const AT_STATUSES: usize = 152;
/// The last port of a range lies so far behind the first.
const LAST_PORT: usize = 16;

const STATES: Names = names![
    ("INVALID", 1),
    ("NEW", 8),
    ("RELATED", 4),
    ("ESTABLISHED", 2),
    ("UNTRACKED", 0x100),
    ("SNAT", 0x40),
    ("DNAT", 0x80),
];
/// So many of them are those that `-m state` knows.
const OLD_STATES: usize = 5;
const STATUSES: Names = names![("NONE", 0), ("EXPECTED", 1), ("SEEN_REPLY", 2), ("ASSURED", 4), ("CONFIRMED", 8)];

// The numbers of the options are those of the bits.
const O_ADDRESS: u8 = 2;
const O_PORT: u8 = 8;
const O_DIRECTION: u8 = 12;

#[rustfmt::skip]
pub(super) static ROWS: [Definition; 2] = [
    Definition {
        options: &[
            Opt::new("ctstate", 0).inverts().of(&STATE_LIST, AT_STATES).shown("[ !] % "),
            Opt::new("ctproto", 1).inverts().of(&PROTOCOL, AT_PROTO).shown("[ !] % "),
            Opt::new("ctorigsrc", O_ADDRESS).inverts().of(&SOURCE, 0).shown("[ !] % "),
            Opt::new("ctorigdst", O_ADDRESS + 1).inverts().of(&OTHERS, 32).shown("[ !] % "),
            Opt::new("ctreplsrc", O_ADDRESS + 2).inverts().of(&OTHERS, 64).shown("[ !] % "),
            Opt::new("ctrepldst", O_ADDRESS + 3).inverts().of(&OTHERS, 96).shown("[ !] % "),
            Opt::new("ctorigsrcport", O_PORT).inverts().of(&PORTS, AT_PORTS).shown("[ !] % "),
            Opt::new("ctorigdstport", O_PORT + 1).inverts().of(&PORTS, AT_PORTS + 2).shown("[ !] % "),
            Opt::new("ctreplsrcport", O_PORT + 2).inverts().of(&PORTS, AT_PORTS + 4).shown("[ !] % "),
            Opt::new("ctrepldstport", O_PORT + 3).inverts().of(&PORTS, AT_PORTS + 6).shown("[ !] % "),
            Opt::new("ctstatus", 6).inverts().of(&STATUS_LIST, AT_STATUSES).shown("[ !] % "),
            Opt::new("ctexpire", 7).inverts().of(&SECONDS, AT_EXPIRES).shown("[ !] % "),
            Opt::new("ctdir", O_DIRECTION).of(&DIRECTION, 0).shown(" ctdir "),
        ],
        check: |scan| scan.needs_one("conntrack: At least one option is required"),
        owns: |info| u16_at(info, AT_FLAGS) & STATE_ALIAS == 0,
        ..ROW
    },
    Definition {
        name: "state",
        options: &[Opt::new("state", 0).inverts().needed().of(&OLD_STATE_LIST, AT_STATES).shown("[ !] % ")],
        owns: |info| u16_at(info, AT_FLAGS) & STATE_ALIAS != 0,
        ..ROW
    },
];

const ROW: Definition = Definition {
    name: "conntrack",
    revision: 3,
    size: 168,
    has: Bits::at(AT_FLAGS, 2, 0),
    inverted: Bits::at(AT_INVERSIONS, 2, 0),
    native: write::conntrack,
    ..BASE
};

fn put_names(scan: &mut Scan, names: Names, count: usize, noun: &str) -> Result<()> {
    let bits = named_bits(scan.value, names, count, noun)?;
    scan.put(&bits.to_ne_bytes());
    Ok(())
}

fn show_names(shown: &mut Shown, opt: &Opt, names: Names, none: &str) {
    shown.lead(opt);
    let bits = shown.u16(opt.at());
    put_bits(shown.out, bits, names, none);
}

const STATES_SHOWN: Codec = Codec { show: |shown, opt| show_names(shown, opt, STATES, ""), ..ANY };
static STATE_LIST: Codec = Codec { parse: |scan| put_names(scan, STATES, usize::MAX, "Bad ctstate"), ..STATES_SHOWN };
static OLD_STATE_LIST: Codec = Codec {
    parse: |scan| {
        if scan.value.is_empty() {
            let text = "\"--state\" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED";
            return Err(Problem::parameter(text));
        }
        scan.set(AT_FLAGS, &STATE_ALIAS.to_ne_bytes());
        put_names(scan, STATES, OLD_STATES, "Bad state")
    },
    ..STATES_SHOWN
};

static STATUS_LIST: Codec = Codec {
    parse: |scan| put_names(scan, STATUSES, usize::MAX, "Bad ctstatus"),
    show: |shown, opt| show_names(shown, opt, STATUSES, "NONE"),
    ..ANY
};

static PROTOCOL: Codec = Codec {
    parse: |scan| {
        let number = names::protocol(scan.value)?;
        if number == 0 {
            return Err(Problem::parameter("conntrack: rule would never match protocol"));
        }
        scan.put(&u16::from(number).to_ne_bytes());
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        shown.out.number(shown.u16(opt.at()).into());
    },
    ..ANY
};

static SOURCE: Codec = Codec { parse: ADDRESS.parse, show: show_connected, ..ANY };
static OTHERS: Codec = Codec { parse: |scan| address(scan, true), show: show_connected, ..ANY };

fn show_connected(shown: &mut Shown, opt: &Opt) {
    shown.lead(opt);
    show_address(shown, opt, shown.numeric);
}

static PORTS: Codec = Codec {
    parse: |scan| {
        let ports = any_port_range(scan)?;
        scan.put_ports(ports, LAST_PORT);
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        shown.range((shown.u16(opt.at()).into(), shown.u16(opt.at() + LAST_PORT).into()), ":");
    },
    ..ANY
};

static SECONDS: Codec = Codec {
    parse: |scan| {
        let number = |word: &[u8], least: u32, open: u32| match names::fitting(word) {
            _ if word.is_empty() => Ok(open),
            Some(number) if number >= least => Ok(number),
            _ => Err(scan.bad_number(Some(word), &format!("{least}-{}", u32::MAX))),
        };
        let range = match names::cut(scan.value, b':') {
            Some((first, last)) => {
                let first = number(first, 0, 0)?;
                (first, number(last, first, u32::MAX)?)
            }
            None => number(scan.value, 0, 0).map(|one| (one, one))?,
        };
        scan.put_range(range);
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        shown.range(range_at(shown, opt.at()), ":");
    },
    ..ANY
};

/// The reply's direction is the inverted one.
static DIRECTION: Codec = Codec {
    parse: |scan| {
        scan.inverted = scan.value.eq_ignore_ascii_case(b"REPLY");
        let known = scan.inverted || scan.value.eq_ignore_ascii_case(b"ORIGINAL");
        if known { Ok(()) } else { Err(scan.bad_value(scan.value)) }
    },
    show: |shown, opt| {
        let word = if std::mem::take(&mut shown.inverted) { "REPLY" } else { "ORIGINAL" };
        shown.lead(opt);
        shown.out.put(word);
    },
    ..ANY
};
