//! `-m conntrack`, `-m state`: what is known of the packet's connection.

use super::ports::any_port_range;
use super::{BASE, Definition, Opt, Scan, Shown, bytes_at};
use crate::address;
use crate::names;
use crate::problem::{Problem, Result};
use crate::rule::{Family, Masked};

/// Flags of `struct xt_conntrack_mtinfo3`: what to match, and what of that is inverted.
pub const STATE: u16 = 1;
const PROTO: u16 = 1 << 1;
const ORIGSRC: u16 = 1 << 2;
pub const STATUS: u16 = 1 << 6;
const EXPIRES: u16 = 1 << 7;
const ORIGSRC_PORT: u16 = 1 << 8;
const DIRECTION: u16 = 1 << 12;
/// It was typed as `-m state`.
pub const STATE_ALIAS: u16 = 1 << 13;

/// Where the fields are: expiry, protocol, ports, flags, inversions, states, statuses, last ports.
const AT_EXPIRES: usize = 128;
const AT_PROTO: usize = 136;
const AT_PORTS: usize = 138;
pub const AT_FLAGS: usize = 146;
pub const AT_INVERSIONS: usize = 148;
pub const AT_STATES: usize = 150;
pub const AT_STATUSES: usize = 152;
const AT_LAST_PORTS: usize = 154;

const STATES: [(u16, &str); 7] = [
    (1, "INVALID"),
    (8, "NEW"),
    (4, "RELATED"),
    (2, "ESTABLISHED"),
    (0x100, "UNTRACKED"),
    (0x40, "SNAT"),
    (0x80, "DNAT"),
];
/// How many of them `-m state` knows.
const OLD_STATES: usize = 5;
const STATUSES: [(u16, &str); 5] = [(0, "NONE"), (1, "EXPECTED"), (2, "SEEN_REPLY"), (4, "ASSURED"), (8, "CONFIRMED")];
const ADDRESSES: [&str; 4] = ["ctorigsrc", "ctorigdst", "ctreplsrc", "ctrepldst"];
const PORTS: [&str; 4] = ["ctorigsrcport", "ctorigdstport", "ctreplsrcport", "ctrepldstport"];

// Option numbers; addresses and ports take four each.
const O_STATE: u8 = 0;
const O_PROTO: u8 = 1;
const O_ADDRESS: u8 = 2;
const O_STATUS: u8 = 6;
const O_EXPIRES: u8 = 7;
const O_PORT: u8 = 8;
const O_DIRECTION: u8 = 12;

pub(super) static ROWS: &[Definition] = &[
    Definition {
        name: "conntrack",
        module: "conntrack",
        revision: 3,
        size: 168,
        options: &[
            Opt::new("ctstate", O_STATE).inverts(),
            Opt::new("ctproto", O_PROTO).inverts(),
            Opt::new("ctorigsrc", O_ADDRESS).inverts(),
            Opt::new("ctorigdst", O_ADDRESS + 1).inverts(),
            Opt::new("ctreplsrc", O_ADDRESS + 2).inverts(),
            Opt::new("ctrepldst", O_ADDRESS + 3).inverts(),
            Opt::new("ctstatus", O_STATUS).inverts(),
            Opt::new("ctexpire", O_EXPIRES).inverts(),
            Opt::new("ctorigsrcport", O_PORT).inverts(),
            Opt::new("ctorigdstport", O_PORT + 1).inverts(),
            Opt::new("ctreplsrcport", O_PORT + 2).inverts(),
            Opt::new("ctrepldstport", O_PORT + 3).inverts(),
            Opt::new("ctdir", O_DIRECTION),
        ],
        parse,
        check: |scan| match scan.seen {
            0 => Err(Problem::parameter("conntrack: At least one option is required")),
            _ => Ok(()),
        },
        save: |shown| show(shown, " --"),
        print: |shown| show(shown, " "),
        owns: |info| flags(info) & STATE_ALIAS == 0,
        ..BASE
    },
    Definition {
        name: "state",
        module: "conntrack",
        revision: 3,
        size: 168,
        options: &[Opt::new("state", O_STATE).inverts().needed()],
        parse: |scan| {
            if scan.value.is_empty() {
                let text = "\"--state\" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED";
                return Err(Problem::parameter(text));
            }
            set_states(scan, "state", STATES.get(..OLD_STATES).unwrap_or(&STATES))?;
            let all = flags(scan.info) | STATE_ALIAS;
            scan.set(AT_FLAGS, &all.to_ne_bytes());
            Ok(())
        },
        save: |shown| show_states(shown, " --", "state"),
        print: |shown| show_states(shown, " ", "state"),
        owns: |info| flags(info) & STATE_ALIAS != 0,
        ..BASE
    },
];

fn u16_at(info: &[u8], at: usize) -> u16 {
    bytes_at(info, at).map_or(0, u16::from_ne_bytes)
}

fn flags(info: &[u8]) -> u16 {
    u16_at(info, AT_FLAGS)
}

/// Notes that `flag` is to be matched, inverted if `!` was there (or `inverted`).
fn mark(scan: &mut Scan, flag: u16, inverted: bool) {
    let all = flags(scan.info) | flag;
    scan.set(AT_FLAGS, &all.to_ne_bytes());
    if inverted {
        let all = u16_at(scan.info, AT_INVERSIONS) | flag;
        scan.set(AT_INVERSIONS, &all.to_ne_bytes());
    }
}

fn set_states(scan: &mut Scan, noun: &str, known: &[(u16, &str)]) -> Result<()> {
    let states = bits(scan.value, known, noun)?;
    scan.set(AT_STATES, &states.to_ne_bytes());
    let inverted = scan.inverted;
    mark(scan, STATE, inverted);
    Ok(())
}

fn bits(value: &[u8], names: &[(u16, &str)], noun: &str) -> Result<u16> {
    // Any beginning of a name will do.
    let one = |word: &[u8]| {
        let begins = |name: &str| name.as_bytes().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        let found = names.iter().find(|(_, name)| !word.is_empty() && begins(name));
        found.map(|(bit, _)| *bit).ok_or_else(|| Problem::word(&format!("Bad {noun} \""), word, "\""))
    };
    value.split(|byte| *byte == b',').try_fold(0, |all, word| Ok(all | one(word)?))
}

fn parse(scan: &mut Scan) -> Result<()> {
    let inverted = scan.inverted;
    match scan.option {
        O_STATE => set_states(scan, "ctstate", &STATES)?,
        O_PROTO => {
            let number = names::protocol(scan.value)?;
            if number == 0 {
                return Err(Problem::parameter("conntrack: rule would never match protocol"));
            }
            scan.set(AT_PROTO, &u16::from(number).to_ne_bytes());
            mark(scan, PROTO, inverted);
        }
        O_STATUS => {
            let statuses = bits(scan.value, &STATUSES, "ctstatus")?;
            scan.set(AT_STATUSES, &statuses.to_ne_bytes());
            mark(scan, STATUS, inverted);
        }
        O_EXPIRES => {
            let (first, last) = range(scan)?;
            scan.set(AT_EXPIRES, &first.to_ne_bytes());
            scan.set(AT_EXPIRES + 4, &last.to_ne_bytes());
            mark(scan, EXPIRES, inverted);
        }
        O_DIRECTION => {
            let reply = match () {
                () if scan.value.eq_ignore_ascii_case(b"ORIGINAL") => false,
                () if scan.value.eq_ignore_ascii_case(b"REPLY") => true,
                () => {
                    let head = "conntrack: Bad value for \"--ctdir\" option: \"";
                    return Err(Problem::word(head, scan.value, "\""));
                }
            };
            mark(scan, DIRECTION, reply);
        }
        option @ O_PORT.. => {
            let (first, last) = any_port_range(scan)?;
            let at = usize::from(option - O_PORT) * 2;
            scan.set(AT_PORTS + at, &first.to_ne_bytes());
            scan.set(AT_LAST_PORTS + at, &last.to_ne_bytes());
            mark(scan, ORIGSRC_PORT << (option - O_PORT), inverted);
        }
        option => {
            let (address, mask) = scan.address()?;
            let at = usize::from(option - O_ADDRESS) * 32;
            scan.set(at, &address::octets(address));
            // The original fills the whole mask of a single address, in IPv4 too.
            let single = address::length(mask) == Some(if scan.family == Family::V4 { 32 } else { 128 });
            let mask = if single && option != O_ADDRESS { vec![0xff; 16] } else { address::octets(mask) };
            scan.set(at + 16, &mask);
            mark_address(scan, option, inverted);
        }
    }
    Ok(())
}

fn mark_address(scan: &mut Scan, option: u8, inverted: bool) {
    mark(scan, ORIGSRC << (option - O_ADDRESS), inverted);
}

fn range(scan: &Scan) -> Result<(u32, u32)> {
    let number =
        |word: &[u8], least: u32, open: u32| match names::number(word).and_then(|number| u32::try_from(number).ok()) {
            _ if word.is_empty() => Ok(open),
            Some(number) if number >= least => Ok(number),
            _ => Err(scan.out_of_range(Some(word), least)),
        };
    match scan.value.iter().position(|byte| *byte == b':') {
        Some(at) => {
            let first = number(scan.value.get(..at).unwrap_or(b""), 0, 0)?;
            Ok((first, number(scan.value.get(at + 1..).unwrap_or(b""), first, u32::MAX)?))
        }
        None => number(scan.value, 0, 0).map(|one| (one, one)),
    }
}

fn joined(bits: u16, names: &[(u16, &str)]) -> String {
    let names: Vec<&str> = names.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name).collect();
    names.join(",")
}

/// Appends ` ! --word ` or ` ! word `.
fn lead(shown: &mut Shown, dash: &str, flag: u16, word: &str) {
    let inverted = u16_at(shown.info, AT_INVERSIONS) & flag != 0;
    shown.text(if inverted { " !" } else { "" });
    shown.text(format!("{dash}{word} "));
}

fn show_states(shown: &mut Shown, dash: &str, word: &str) {
    lead(shown, dash, STATE, word);
    let states = joined(u16_at(shown.info, AT_STATES), &STATES);
    shown.text(states);
}

fn show(shown: &mut Shown, dash: &str) {
    let has = flags(shown.info);
    if has & STATE != 0 {
        show_states(shown, dash, "ctstate");
    }
    if has & PROTO != 0 {
        lead(shown, dash, PROTO, "ctproto");
        let number = u16_at(shown.info, AT_PROTO);
        shown.text(number.to_string());
    }
    for (at, word) in ADDRESSES.iter().enumerate().filter(|(at, _)| has & (ORIGSRC << at) != 0) {
        lead(shown, dash, ORIGSRC << at, word);
        let len = if shown.family == Family::V4 { 4 } else { 16 };
        let one = |from: usize| shown.info.get(from..from + len).and_then(address::from_octets);
        if let Some((address, mask)) = one(at * 32).zip(one(at * 32 + 16)) {
            let text = Masked { address, mask }.listed(shown.numeric || !mask.is_unspecified());
            shown.text(text);
        }
    }
    for (at, word) in PORTS.iter().enumerate().filter(|(at, _)| has & (ORIGSRC_PORT << at) != 0) {
        lead(shown, dash, ORIGSRC_PORT << at, word);
        let (first, last) = (u16_at(shown.info, AT_PORTS + at * 2), u16_at(shown.info, AT_LAST_PORTS + at * 2));
        range_text(shown, first.into(), last.into());
    }
    if has & STATUS != 0 {
        lead(shown, dash, STATUS, "ctstatus");
        let statuses = u16_at(shown.info, AT_STATUSES);
        shown.text(if statuses == 0 { "NONE".to_owned() } else { joined(statuses, &STATUSES) });
    }
    if has & EXPIRES != 0 {
        lead(shown, dash, EXPIRES, "ctexpire");
        let (first, last) = (shown.u32(AT_EXPIRES), shown.u32(AT_EXPIRES + 4));
        range_text(shown, first, last);
    }
    if has & DIRECTION != 0 {
        let reply = u16_at(shown.info, AT_INVERSIONS) & DIRECTION != 0;
        shown.text(format!("{dash}ctdir {}", if reply { "REPLY" } else { "ORIGINAL" }));
    }
}

fn range_text(shown: &mut Shown, first: u32, last: u32) {
    match first == last {
        true => shown.text(first.to_string()),
        false => shown.text(format!("{first}:{last}")),
    }
}
