//! `-m mark` and `-j MARK`: the number that a packet bears.

use super::codecs::{ANY, Codec};
use super::{BASE, Bits, Definition, Kind, Opt, Scan, Shown};
use crate::names;
use crate::native::{targets, write};
use crate::problem::Result;
use crate::rule::Extension;

pub(super) static ROWS: [Definition; 2] = [
    Definition {
        name: "mark",
        revision: 1,
        size: 16,
        options: &[Opt::new("mark", 0).inverts().needed().of(&MARK, 0).shown(" mark match [! ]")],
        inverted: Bits::at(8, 1, 0),
        native: write::mark,
        always_native: true,
        ..BASE
    },
    Definition {
        name: "MARK",
        kind: Kind::Target,
        revision: 2,
        size: 8,
        options: &[
            Opt::new("set-xmark", 0),
            Opt::new("set-mark", 1),
            Opt::new("and-mark", 2),
            Opt::new("or-mark", 3),
            Opt::new("xor-mark", 4),
        ],
        parse: set,
        check: |scan| {
            scan.needs_one("MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required")?;
            scan.exclusive(0..=4)
        },
        show,
        native: targets::mark,
        ..BASE
    },
];

static MARK: Codec = Codec {
    parse: |scan| {
        let (value, mask) = masked(scan)?;
        scan.put_range((value, mask));
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        match (shown.u32(0), shown.u32(4)) {
            (mark, u32::MAX) => write!(shown, "0x{mark:x}"),
            (mark, mask) => write!(shown, "0x{mark:x}/0x{mask:x}"),
        }
    },
    ..ANY
};

/// `VALUE[/MASK]`.
fn masked(scan: &Scan) -> Result<(u32, u32)> {
    let (value, mask) = names::cut(scan.value, b'/').map_or((scan.value, None), |(value, mask)| (value, Some(mask)));
    let mask = mask.map_or(Some(u32::MAX), names::fitting);
    names::fitting(value).zip(mask).ok_or_else(|| {
        scan.complain(&format!("bad integer value for option \"--{}\", or out of range.", scan.opt.word))
    })
}

fn set(scan: &mut Scan) -> Result<()> {
    if scan.opt.id >= 2 {
        scan.number(0, u32::MAX)?;
    }
    let (value, mask) = masked(scan)?;
    scan.put_range(match scan.opt.id {
        0 => (value, mask),
        1 => (value, value | mask),
        2 => (0, !value),
        3 => (value, value),
        _ => (value, 0),
    });
    Ok(())
}

fn show(shown: &mut Shown) {
    match (shown.u32(0), shown.u32(4)) {
        (mark, mask) if shown.saved => write!(shown, " --set-xmark 0x{mark:x}/0x{mask:x}"),
        (0, mask) => write!(shown, " MARK and 0x{:x}", !mask),
        (mark, mask) if mark == mask => write!(shown, " MARK or 0x{mark:x}"),
        (mark, 0) => write!(shown, " MARK xor 0x{mark:x}"),
        (mark, u32::MAX) => write!(shown, " MARK set 0x{mark:x}"),
        (mark, mask) => write!(shown, " MARK xset 0x{mark:x}/0x{mask:x}"),
    }
}

/// The match that a comparison of the packet's mark means.
pub(super) fn compared(inverted: bool, mask: Option<&[u8]>, data: &[u8]) -> Option<Extension> {
    let definition = ROWS.first()?;
    let mut info = [data.get(..4)?, mask.unwrap_or(&[0xff; 4]).get(..4)?, &[u8::from(inverted)]].concat();
    info.resize(definition.size.into(), 0);
    Some(Extension::Known { definition, info })
}
