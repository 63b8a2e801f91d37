//! `-m statistic`: one packet in so many.

use super::{BASE, Definition, Opt, Scan, Shown, u32_at};
use crate::native::write;
use crate::problem::{Problem, Result};

/// Where `struct xt_statistic_info` has its parts: mode, inversion; the number of one mode, the packet of the other, and
/// how many are left.
const AT_INVERTED: usize = 2;
const AT_NUMBER: usize = 4;
const AT_PACKET: usize = 8;
const AT_COUNT: usize = 12;
/// What a probability is a part of.
const WHOLE: f64 = 2_147_483_648.0;

pub(super) static ROWS: [Definition; 1] = [Definition {
    name: "statistic",
    size: 24,
    options: &[
        Opt::new("mode", 0),
        Opt::new("probability", 1).inverts(),
        Opt::new("every", 2).inverts(),
        Opt::new("packet", 3),
    ],
    parse,
    check,
    show,
    native: write::statistic,
    ..BASE
}];

fn check(scan: &Scan) -> Result<()> {
    let text = match (scan.info.first(), scan.has(1), scan.has(2)) {
        (Some(0), true, false) => return Ok(()),
        (Some(0), false, _) => "--probability must be specified when using random mode",
        (Some(1), _, false) => "--every and --packet must be specified when using nth mode",
        (Some(1), false, true) if !scan.has(3) => {
            return Err(scan.complain("option \"--every\" also requires \"--packet\"."));
        }
        (Some(1), false, true) if u32_at(scan.info, AT_PACKET) <= u32_at(scan.info, AT_NUMBER) => return Ok(()),
        (Some(1), false, true) => "the --packet p must be 0 <= p <= n-1",
        _ => "statistic: options of both modes are given",
    };
    Err(Problem::parameter(text))
}

fn parse(scan: &mut Scan) -> Result<()> {
    let (at, number) = match (scan.opt.id, scan.value) {
        (0, b"random") => return Ok(()),
        (0, b"nth") => {
            scan.set(0, &1u16.to_ne_bytes());
            return Ok(());
        }
        (0, mode) => return Err(Problem::word("Bad mode \"", mode, "\"")),
        (1, value) => {
            let probability = netmite_output::fraction(value).filter(|p| (0.0..=1.0).contains(p));
            let probability = probability.ok_or_else(|| scan.bad_number(None, "0-1"))?;
            // A float's cast saturates, and this one is at most 2^31.
            (AT_NUMBER, (probability * WHOLE).round() as u32)
        }
        (2, _) => (AT_NUMBER, scan.number(1, u32::MAX)?.saturating_sub(1)),
        _ => (AT_PACKET, scan.number(0, u32::MAX)?),
    };
    scan.set(at, &number.to_ne_bytes());
    if scan.opt.id != 2 {
        scan.set(AT_COUNT, &number.to_ne_bytes());
    }
    if scan.inverted {
        scan.set(AT_INVERTED, &1u16.to_ne_bytes());
    }
    Ok(())
}

fn show(shown: &mut Shown) {
    shown.title(" statistic");
    let dash = if shown.saved { " --" } else { " " };
    let bang = if shown.u16(AT_INVERTED) & 1 != 0 { " !" } else { "" };
    if shown.u16(0) == 0 {
        let probability = netmite_output::fixed(f64::from(shown.u32(AT_NUMBER)) / WHOLE, 11);
        return write!(shown, "{dash}mode random{bang}{dash}probability {probability}");
    }
    let (every, packet) = (u64::from(shown.u32(AT_NUMBER)) + 1, shown.u32(AT_PACKET));
    write!(shown, "{dash}mode nth{bang}{dash}every {every}");
    if packet != 0 || shown.saved {
        write!(shown, "{dash}packet {packet}");
    }
}
