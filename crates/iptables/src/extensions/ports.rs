//! `-m tcp`, `-m udp`: ports, and the flags and options of TCP.
//!
//! Written as the kernel's own expressions wherever those can say it; the xtables match is for what is left.

use super::codecs::{ANY, ANY_PORT, Codec, PORTS, ports_at, put_bits};
use super::{BASE, Bits, Definition, Opt, Scan, bytes_at, sctp, store, u8_at};
use crate::decode::{Decoder, From, Loaded};
use crate::names;
use crate::native::write;
use crate::problem::{Problem, Result};
use crate::rule::Form;
use crate::text::Text;
use netmite_netlink::nftables::uapi::*;
use netmite_output::{Names, names};

/// Bits of the inversion byte of `struct xt_tcp`: the numbers of options; that of `struct xt_udp` has the first two, of ports.
const FLAGS: u8 = 2;
pub const INV_FLAGS: u8 = 1 << FLAGS;
const OPTION: u8 = 3;
pub const INV_OPTION: u8 = 1 << OPTION;
/// An option that is shown as another.
const SYN: u8 = 4;
/// Where `struct xt_tcp` has option, mask, compared flags, inversions; `struct xt_udp` has inversions at 8.
pub const AT_OPTION: usize = 8;
pub const AT_MASK: usize = 9;
pub const AT_COMPARED: usize = 10;
pub const TCP_INVERSIONS: usize = 11;
pub const UDP_INVERSIONS: usize = 8;
/// Bytes from the start of the TCP header to its flags.
pub const FLAGS_OFFSET: u32 = 13;
/// The protocol that has the same ports in a structure of its own.
const SCTP: u8 = 132;

const SOURCE_PORT: Opt = Opt::new("source-port", 0).inverts().of(&PORTS, 0);
const SPORT: Opt = Opt::new("sport", 0).inverts().of(&PORTS, 0).shown("spt");
const DESTINATION_PORT: Opt = Opt::new("destination-port", 1).inverts().of(&PORTS, 4);
const DPORT: Opt = Opt::new("dport", 1).inverts().of(&PORTS, 4).shown("dpt");

pub(super) static ROWS: [Definition; 2] = [
    Definition {
        name: "tcp",
        options: &[
            SOURCE_PORT,
            SPORT,
            DESTINATION_PORT,
            DPORT,
            Opt::new("tcp-option", OPTION).inverts().of(&TCP_OPTION, AT_OPTION).shown(" option=[!]"),
            Opt::two("tcp-flags", FLAGS).inverts().of(&TCP_FLAGS, AT_MASK).shown(" flags:[!]"),
            Opt::flag("syn", SYN).inverts().of(&TCP_SYN, AT_MASK),
        ],
        twice: Some(twice),
        inverted: Bits::at(TCP_INVERSIONS, 1, 0),
        check: |scan| require(scan, 6, "TCP match requires '-p tcp'"),
        show: |shown| shown.titled(" tcp"),
        native: write::tcp,
        ..ROW
    },
    Definition {
        name: "udp",
        options: &[SOURCE_PORT, SPORT, DESTINATION_PORT, DPORT],
        inverted: Bits::at(UDP_INVERSIONS, 1, 0),
        check: |scan| require(scan, 17, "UDP match requires '-p udp'"),
        show: |shown| shown.titled(" udp"),
        native: write::udp,
        ..ROW
    },
];

const ROW: Definition = Definition {
    size: 16,
    start: |info| {
        store(info, 2, &[0xff, 0xff]);
        store(info, 6, &[0xff, 0xff]);
    },
    always_native: true,
    ..BASE
};

/// What is said of an option that is given twice, of SCTP as well.
pub fn twice(option: u8) -> &'static str {
    match option {
        0 => "Only one `--source-port' allowed",
        1 => "Only one `--destination-port' allowed",
        FLAGS | SYN => "Only one of `--syn' or `--tcp-flags'  allowed",
        _ => "Only one `--tcp-option' allowed",
    }
}

fn require(scan: &Scan, protocol: u8, text: &str) -> Result<()> {
    // Whether it is inverted nobody asks.
    if scan.line.protocol.is_some_and(|found| found.value == protocol) {
        return Ok(());
    }
    Err(Problem::parameter(text))
}

static TCP_FLAGS: Codec = Codec {
    parse: |scan| {
        once(scan)?;
        let flags = [flags(scan.value)?, flags(scan.second)?];
        scan.put(&flags);
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        let (mask, compared) = (shown.u8(AT_MASK), shown.u8(AT_COMPARED));
        if !shown.saved && shown.numeric {
            return write!(shown, "0x{mask:02X}/0x{compared:02X}");
        }
        flag_names(shown.out, mask);
        shown.out.put(if shown.saved { " " } else { "/" });
        flag_names(shown.out, compared);
    },
    there: |shown, _| shown.u8(AT_MASK) != 0,
};

static TCP_SYN: Codec = Codec {
    parse: |scan| {
        once(scan)?;
        scan.put(&[0x17, 0x02]);
        if std::mem::take(&mut scan.inverted) {
            scan.row.inverted.add(scan.info, 0, FLAGS);
        }
        Ok(())
    },
    ..ANY
};

fn once(scan: &Scan) -> Result<()> {
    if scan.has(FLAGS) && scan.has(SYN) { Err(Problem::parameter(twice(SYN))) } else { Ok(()) }
}

static TCP_OPTION: Codec = Codec {
    parse: |scan| {
        let number = names::fitting(scan.value).filter(|number: &u8| *number > 0);
        let number = number.ok_or_else(|| Problem::word("Bad TCP option \"", scan.value, "\""))?;
        scan.put(&[number]);
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        shown.out.number(shown.u8(AT_OPTION).into());
    },
    there: |shown, _| shown.u8(AT_OPTION) != 0,
};

const FLAG_NAMES: Names =
    names![("FIN", 0x01), ("SYN", 0x02), ("RST", 0x04), ("PSH", 0x08), ("ACK", 0x10), ("URG", 0x20)];
/// Words for several.
const FLAG_GROUPS: Names = names![("ALL", 0x3f), ("NONE", 0)];

fn flags(value: &[u8]) -> Result<u8> {
    let mut all = 0;
    for word in value.split(|byte| *byte == b',').filter(|word| !word.is_empty()) {
        let found = FLAG_NAMES.number_in_any_case(word).or_else(|| FLAG_GROUPS.number_in_any_case(word));
        all |= found.ok_or_else(|| Problem::word("Unknown TCP flag `", word, "'"))? as u8;
    }
    Ok(all)
}

fn flag_names(out: &mut Vec<u8>, flags: u8) {
    put_bits(out, flags.into(), FLAG_NAMES, "NONE");
}

/// Takes a comparison of the transport header: the match it means is the rule's, or a new one.
pub(super) fn matched(decoder: &mut Decoder, loaded: &Loaded, op: u32, from: &[u8], to: &[u8]) -> Option<()> {
    let From::Payload { base: NFT_PAYLOAD_TRANSPORT_HEADER, offset, len } = loaded.from else { return None };
    let inverted = op == NFT_CMP_NEQ;
    let number = |bytes: &[u8]| bytes_at(bytes, 0).map(u16::from_be_bytes);
    match (offset, len, loaded.mask) {
        (0, 4, None) if op == NFT_CMP_EQ => {
            let destination = number(from.get(2..)?)?;
            let source = number(from)?;
            put(decoder, true, (source, source), false)?;
            put(decoder, false, (destination, destination), false)
        }
        (0 | 2, 2, None) => {
            let (first, last) = (number(from)?, number(to)?);
            let range = match op {
                NFT_CMP_LT => (0, first.checked_sub(1)?),
                NFT_CMP_LTE => (0, first),
                NFT_CMP_GT => (first.checked_add(1)?, u16::MAX),
                NFT_CMP_GTE => (first, u16::MAX),
                _ => (first, last),
            };
            put(decoder, offset == 0, range, inverted)
        }
        (FLAGS_OFFSET, 1, mask) => {
            let row = row(decoder.rule.protocol?.value).filter(|row| row.name != "sctp")?;
            let info = decoder.structure(row, &|info| u8_at(info, AT_MASK) == 0 && u8_at(info, AT_COMPARED) == 0)?;
            let mask = mask.map_or(Some(0xff), |mask| mask.first().copied())?;
            let inversions = u8_at(info, TCP_INVERSIONS) | if inverted { INV_FLAGS } else { 0 };
            store(info, AT_MASK, &[mask, *from.first()?, inversions])
        }
        _ => None,
    }
}

/// The match that the protocol has.
fn row(protocol: u8) -> Option<&'static Definition> {
    match protocol {
        6 => ROWS.first(),
        17 => ROWS.last(),
        SCTP => sctp::ROWS.first(),
        _ => None,
    }
}

/// Notes ports in the structure of the match that the rule's protocol has, if there is room, or of a new one.
fn put(decoder: &mut Decoder, source: bool, ports: (u16, u16), inverted: bool) -> Option<()> {
    // Ports of anything but a protocol are written all the same.
    let row = row(decoder.rule.protocol?.value)?;
    let id = u8::from(!source);
    let at = row.option(id)?.at();
    let of_sctp = row.name == "sctp";
    if of_sctp {
        decoder.rule.read_from = Some((Form::Native, decoder.family));
    }
    let free = |info: &[u8]| match of_sctp {
        true => row.has.get(info, 0) & (1 << id) == 0,
        false => ports_at(info, at) == ANY_PORT,
    };
    let info = decoder.structure(row, &free)?;
    if of_sctp && ports == ANY_PORT && !inverted {
        return Some(());
    }
    store(info, at, &ports.0.to_ne_bytes())?;
    store(info, at + 2, &ports.1.to_ne_bytes())?;
    row.has.add(info, 0, id);
    if inverted {
        row.inverted.add(info, 0, id);
    }
    Some(())
}
