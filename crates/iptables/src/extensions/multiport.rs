//! `-m multiport`: several ports.

use super::codecs::port;
use super::range::WITH_PORTS;
use super::{BASE, Definition, Opt, Scan, Shown, u8_at};
use crate::names;
use crate::problem::{Problem, Result};
use crate::text::Text;

/// Where `struct xt_multiport_v1` has flags, count, ports, marks of ranges, inversion.
const MOST: usize = 15;
const AT_PORTS: usize = 2;
const AT_RANGES: usize = 32;
const AT_INVERTED: usize = 47;

pub(super) static ROWS: [Definition; 1] = [Definition {
    name: "multiport",
    revision: 1,
    size: 48,
    options: &[
        Opt::new("source-ports", 0).inverts(),
        Opt::new("sports", 0).inverts(),
        Opt::new("destination-ports", 1).inverts(),
        Opt::new("dports", 1).inverts(),
        Opt::new("ports", 2).inverts(),
    ],
    parse,
    check,
    show,
    ..BASE
}];

fn parse(scan: &mut Scan) -> Result<()> {
    let mut count = 0;
    for word in scan.value.split(|byte| *byte == b',') {
        let (first, last) = names::cut(word, b':').map_or((word, None), |(first, last)| (first, Some(last)));
        let (first, last) = (port(scan, first)?, last.map(|last| port(scan, last)).transpose()?);
        if last.is_some_and(|last| first >= last) {
            return Err(Problem::parameter("invalid portrange specified"));
        }
        for (port, begins) in [(Some(first), last.is_some()), (last, false)] {
            let Some(port) = port else { continue };
            if count < MOST {
                scan.set(AT_PORTS + count * 2, &port.to_ne_bytes());
                scan.set(AT_RANGES + count, &[u8::from(begins)]);
            }
            count += 1;
        }
    }
    if count > MOST {
        return Err(Problem::parameter("too many ports specified"));
    }
    scan.set(0, &[scan.opt.id, count as u8]);
    scan.set(AT_INVERTED, &[u8::from(scan.inverted)]);
    Ok(())
}

fn check(scan: &Scan) -> Result<()> {
    scan.exclusive(0..=2)?;
    let text = match scan.line.protocol {
        _ if scan.seen == 0 => "no ports specified",
        Some(protocol) if !protocol.inverted && WITH_PORTS.contains(&protocol.value) => return Ok(()),
        Some(_) => "multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP",
        _ => "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'",
    };
    Err(Problem::parameter(text))
}

fn show(shown: &mut Shown) {
    let word = match shown.u8(0) {
        0 => "sports",
        1 => "dports",
        _ => "ports",
    };
    let bang = if shown.u8(AT_INVERTED) != 0 { " !" } else { "" };
    match shown.saved {
        true => write!(shown, "{bang} --{word} "),
        false => write!(shown, " multiport {word} {bang}"),
    }
    let protocol = shown.protocol.and_then(|protocol| names::protocol_name(protocol.value, false)).unwrap_or_default();
    let count = usize::from(shown.u8(1)).min(MOST);
    let (mut at, mut between) = (0, "");
    while at < count {
        let first = shown.u16(AT_PORTS + at * 2);
        at += usize::from(u8_at(shown.info, AT_RANGES + at) != 0);
        let last = shown.u16(AT_PORTS + at * 2);
        shown.out.put(between);
        shown.ports((first, last), &protocol);
        (at, between) = (at + 1, ",");
    }
}
