//! How values of options are read and shown, whatever match they belong to.

use super::{Opt, Scan, Shown, bytes_at, u16_at};
use crate::address;
use crate::names;
use crate::problem::{Problem, Result};
use crate::rule::{Family, Masked};
use crate::text::Text;
use netmite_output::Names;

/// A kind of value.
pub struct Codec {
    /// Reads it.
    pub parse: fn(&mut Scan) -> Result<()>,
    /// Appends the option with it.
    pub show: fn(&mut Shown, &Opt),
    /// Whether there is one, in a structure that has no bit for it.
    pub there: fn(&Shown, &Opt) -> bool,
}

/// What most have in common: no value.
pub const ANY: Codec = Codec { parse: |_| Ok(()), show: |shown, opt| shown.lead(opt), there: |_, _| true };

/// An option without value, or one that its match's own functions take and show.
pub static FLAG: Codec = ANY;

/// The bits that a list between commas names, each by any beginning of its name, which is among the first `count`; `noun` is
/// for the complaint.
pub fn named_bits(value: &[u8], names: Names, count: usize, noun: &str) -> Result<u16> {
    let mut all = 0;
    for word in value.split(|byte| *byte == b',') {
        let begins = |name: &str| name.as_bytes().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        match names.iter().take(count).find(|(_, name)| !word.is_empty() && begins(name)) {
            Some((bit, _)) => all |= bit as u16,
            None => return Err(Problem::word(&format!("{noun} \""), word, "\"")),
        }
    }
    Ok(all)
}

/// Appends the names of bits, of which each has one, or `none` where there is no bit.
pub fn put_bits(out: &mut Vec<u8>, bits: u16, names: Names, none: &str) {
    let mut between = "";
    for name in names.of_bits(bits.into()) {
        out.put(between);
        out.put(name);
        between = ",";
    }
    if between.is_empty() {
        out.put(none);
    }
}

/// A range of ports, two numbers side by side: of tcp, udp and sctp, whose names are those of the match.
pub static PORTS: Codec = Codec {
    parse: |scan| {
        let ports = if scan.row.name == "udp" { any_port_range(scan) } else { port_range(scan) }?;
        scan.put_ports(ports, 2);
        Ok(())
    },
    show: |shown, opt| {
        let (first, last) = ports_at(shown.info, opt.at());
        if shown.saved {
            shown.lead(opt);
        } else {
            // Where the structure says that there are ports, those may be any.
            if (first, last) == ANY_PORT && !shown.inverted {
                return;
            }
            let plural = if first == last { "" } else { "s" };
            let bang = if shown.inverted { "!" } else { "" };
            write!(shown, " {}{plural}:{bang}", opt.label);
        }
        shown.ports((first, last), shown.row.name);
    },
    there: |shown, opt| ports_at(shown.info, opt.at()) != ANY_PORT,
};

/// All ports.
pub const ANY_PORT: (u16, u16) = (0, u16::MAX);

/// Two ports side by side.
pub fn ports_at(info: &[u8], at: usize) -> (u16, u16) {
    (u16_at(info, at), u16_at(info, at + 2))
}

/// A port by number, or by its name with the line's protocol.
pub fn port(scan: &Scan, word: &[u8]) -> Result<u16> {
    let protocol = scan.line.protocol.and_then(|protocol| names::protocol_name(protocol.value, false));
    let number = names::fitting(word).or_else(|| names::service(word, protocol.as_deref()));
    number.ok_or_else(|| Problem::word("invalid port/service `", word, "' specified"))
}

fn port_range(scan: &Scan) -> Result<(u16, u16)> {
    let Some((first, last)) = names::cut(scan.value, b':') else {
        return port(scan, scan.value).map(|port| (port, port));
    };
    let first = if first.is_empty() { 0 } else { port(scan, first)? };
    let last = if last.is_empty() { u16::MAX } else { port(scan, last)? };
    if first > last {
        return Err(Problem::parameter("invalid portrange (min > max)"));
    }
    Ok((first, last))
}

/// `[PORT][:[PORT]]`, where names are those of any protocol and numbers are decimal.
pub fn any_port_range(scan: &Scan) -> Result<(u16, u16)> {
    let port = |word: &[u8], open: u16| {
        let number = std::str::from_utf8(word).ok().and_then(|text| text.parse().ok());
        let unknown = || Problem::word("Port \"", word, "\" does not resolve to anything.\n");
        if word.is_empty() { Ok(open) } else { number.or_else(|| names::service(word, None)).ok_or_else(unknown) }
    };
    let (first, last) = match names::cut(scan.value, b':') {
        None => port(scan.value, 0).map(|port| (port, port))?,
        Some((_, last)) if last.contains(&b':') => {
            // The original names the option by the first of its words.
            let word = scan.row.option(scan.opt.id).map_or("", |option| option.word);
            return Err(scan.complain(&format!("Too many components for option \"--{word}\" (max: 2)")));
        }
        Some((first, last)) => (port(first, 0)?, port(last, u16::MAX)?),
    };
    if first > last {
        return Err(Problem::parameter(format!("Port range {first}-{last} is negative.\n")));
    }
    Ok((first, last))
}

/// An address and its mask, 16 bytes each.
pub static ADDRESS: Codec = Codec {
    parse: |scan| address(scan, false),
    show: |shown, opt| {
        shown.lead(opt);
        show_address(shown, opt, true);
    },
    ..ANY
};

/// Reads it; `filled`: the mask of a single address is all ones, in IPv4 too.
pub fn address(scan: &mut Scan, filled: bool) -> Result<()> {
    let (address, mask) = scan.address()?;
    let single = address::length(mask) == Some(if scan.line.family == Family::V4 { 32 } else { 128 });
    scan.put(&address::octets(address));
    let mask = address::octets(mask);
    scan.set(scan.base + scan.opt.at() + 16, if single && filled { &[0xff; 16] } else { &mask });
    Ok(())
}

/// Appends it, as a number or (`numeric` false) perhaps by name.
pub fn show_address(shown: &mut Shown, opt: &Opt, numeric: bool) {
    if let Some((address, mask)) = shown.address_at(opt.at()).zip(shown.address_at(opt.at() + 16)) {
        let text = Masked { address, mask }.listed(numeric || !mask.is_unspecified());
        shown.out.put(&text);
    }
}

/// A string of so many bytes and a NUL.
pub fn string(scan: &mut Scan, len: usize) {
    let text = scan.value.get(..len).unwrap_or(scan.value);
    scan.put(text);
}

/// Two numbers of four bytes side by side.
pub fn range_at(shown: &Shown, at: usize) -> (u32, u32) {
    (shown.u32(at), shown.u32(at + 4))
}

/// `N` bytes where the option's value lies.
pub fn array<const N: usize>(shown: &Shown, opt: &Opt) -> [u8; N] {
    bytes_at(shown.info, shown.base + opt.at()).unwrap_or([0; N])
}
