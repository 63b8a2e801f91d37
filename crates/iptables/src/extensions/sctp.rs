//! `-m sctp`: ports. A rule that looks at the types of chunks is shown as unsupported and kept.

use super::ports::{port_range, shown_port};
use super::{BASE, Definition, Opt, Scan, Shown, bytes_at};
use crate::decode::Decoder;
use crate::problem::Result;
use crate::rule::Form;

/// Where `struct xt_sctp_info` has its parts; destination ports come first.
const AT_CHUNK_FLAGS: usize = 268;
const CHUNK_FLAGS: usize = 12;
pub const AT_FLAGS: usize = 284;
pub const AT_INVERTED: usize = 288;
const SPORT: u32 = 1;
const DPORT: u32 = 2;
const CHUNKS: u32 = 4;

pub(super) static ROWS: &[Definition] = &[Definition {
    name: "sctp",
    module: "sctp",
    size: 296,
    options: &[
        Opt::new("source-port", 0).inverts(),
        Opt::new("sport", 0).inverts(),
        Opt::new("destination-port", 1).inverts(),
        Opt::new("dport", 1).inverts(),
    ],
    // The first byte of three of each of the four is a chunk's type; 255 is none.
    start: |info| info.iter_mut().skip(AT_CHUNK_FLAGS).take(CHUNK_FLAGS).step_by(3).for_each(|kind| *kind = 0xff),
    twice: Some(twice),
    parse,
    save: |shown| show(shown, true),
    print: |shown| {
        shown.text(" sctp");
        show(shown, false);
    },
    owns: |info| super::u32_at(info, AT_FLAGS) & CHUNKS == 0,
    ..BASE
}];

/// What is said of an option that is given twice, of TCP as well.
pub(super) fn twice(option: u8) -> &'static str {
    match option {
        0 => "Only one `--source-port' allowed",
        1 => "Only one `--destination-port' allowed",
        2 | 3 => "Only one of `--syn' or `--tcp-flags'  allowed",
        _ => "Only one `--tcp-option' allowed",
    }
}

fn parse(scan: &mut Scan) -> Result<()> {
    let (first, last) = port_range(scan)?;
    let (at, bit) = if scan.option == 0 { (4, SPORT) } else { (0, DPORT) };
    scan.set(at, &first.to_ne_bytes());
    scan.set(at + 2, &last.to_ne_bytes());
    scan.set_bits(AT_FLAGS, bit);
    if scan.inverted {
        scan.set_bits(AT_INVERTED, bit);
    }
    Ok(())
}

/// Notes the ports that an expression asks for in the rule's match, which is made where there is none.
pub(super) fn put(decoder: &mut Decoder, source: bool, (first, last): (u16, u16), inverted: bool) -> Option<()> {
    let definition = ROWS.first()?;
    let (at, bit) = if source { (4, SPORT) } else { (0, DPORT) };
    decoder.rule.read_from = Some((Form::Native, decoder.family));
    let info = decoder.structure(definition, &|info| super::u32_at(info, AT_FLAGS) & bit == 0)?;
    if (first, last) == (0, u16::MAX) && !inverted {
        return Some(());
    }
    let set = |info: &mut Vec<u8>, at: usize, bits: u32| {
        let all = super::u32_at(info, at) | bits;
        info.get_mut(at..at + 4).map(|place| place.copy_from_slice(&all.to_ne_bytes()))
    };
    info.get_mut(at..at + 2)?.copy_from_slice(&first.to_ne_bytes());
    info.get_mut(at + 2..at + 4)?.copy_from_slice(&last.to_ne_bytes());
    set(info, AT_FLAGS, bit)?;
    set(info, AT_INVERTED, if inverted { bit } else { 0 })
}

fn show(shown: &mut Shown, saved: bool) {
    let (flags, inverted) = (shown.u32(AT_FLAGS), shown.u32(AT_INVERTED));
    for (at, bit, option, word) in [(4, SPORT, "--sport", "spt"), (0, DPORT, "--dport", "dpt")] {
        if flags & bit == 0 {
            continue;
        }
        let port = |at| bytes_at(shown.info, at).map_or(0, u16::from_ne_bytes);
        let (first, last, not) = (port(at), port(at + 2), inverted & bit != 0);
        if !saved && !not && (first, last) == (0, u16::MAX) {
            continue;
        }
        let name = |port| shown_port(port, saved || shown.numeric, "sctp");
        let text = match (saved, first == last) {
            (true, true) => format!("{} {option} {first}", if not { " !" } else { "" }),
            (true, false) => format!("{} {option} {first}:{last}", if not { " !" } else { "" }),
            (false, true) => format!(" {word}:{}{}", if not { "!" } else { "" }, name(first)),
            (false, false) => format!(" {word}s:{}{}:{}", if not { "!" } else { "" }, name(first), name(last)),
        };
        shown.text(text);
    }
}
