//! `-m owner`: whose socket it is; `-m physdev`: which port of a bridge.

use super::codecs::{ANY, Codec, range_at};
use super::{BASE, Bits, Definition, Opt, Scan, Shown};
use crate::names;
use crate::native::write;
use crate::problem::{Problem, Result};
use crate::text::Text;

#[rustfmt::skip]
pub(super) static ROWS: [Definition; 2] = [
    Definition {
        name: "owner",
        revision: 1,
        size: 24,
        options: &[
            Opt::flag("socket-exists", 2).inverts().shown("[ !] owner socket exists"),
            Opt::new("uid-owner", 0).inverts().of(&USER, 0).shown("[ !] owner UID match "),
            Opt::new("gid-owner", 1).inverts().of(&GROUP, 8).shown("[ !] owner GID match "),
            Opt::flag("suppl-groups", 3).of(&OTHER_GROUPS, 0).shown("[ !] incl. suppl. groups"),
        ],
        has: Bits::at(16, 1, 0),
        inverted: Bits::at(17, 1, 0),
        check: |scan| scan.needs_one("owner: At least one of --uid-owner, --gid-owner or --socket-exists is required"),
        native: write::owner,
        ..BASE
    },
    Definition {
        name: "physdev",
        size: 72,
        options: &[
            Opt::flag("physdev-is-in", 3).inverts().shown("[ !] --%"),
            Opt::new("physdev-in", 0).inverts().of(&INTERFACE, 0).shown("[ !] --% "),
            Opt::flag("physdev-is-out", 4).inverts().shown("[ !] --%"),
            Opt::new("physdev-out", 1).inverts().of(&INTERFACE, 32).shown("[ !] --% "),
            Opt::flag("physdev-is-bridged", 2).inverts().shown("[ !] --%"),
        ],
        has: Bits::at(65, 1, 0),
        inverted: Bits::at(64, 1, 0),
        check: |scan| scan.needs_one("PHYSDEV: no physdev option specified"),
        show: |shown| shown.titled(" PHYSDEV match"),
        ..BASE
    },
];

static USER: Codec = Codec {
    parse: |scan| account(scan, "/etc/passwd"),
    show: |shown, opt| show_account(shown, opt, "/etc/passwd"),
    ..ANY
};
static GROUP: Codec = Codec {
    parse: |scan| account(scan, "/etc/group"),
    show: |shown, opt| show_account(shown, opt, "/etc/group"),
    ..ANY
};

/// `NUMBER[-NUMBER]`, or a name of that file.
fn account(scan: &mut Scan, file: &str) -> Result<()> {
    let range = names::cut(scan.value, b'-').and_then(|(first, last)| names::fitting(first).zip(names::fitting(last)));
    let one = || names::fitting(scan.value).or_else(|| names::account(file, scan.value)).map(|one| (one, one));
    let range = range.or_else(one).ok_or_else(|| scan.bad_value(scan.value))?;
    scan.put_range(range);
    Ok(())
}

fn show_account(shown: &mut Shown, opt: &Opt, file: &str) {
    shown.lead(opt);
    let range = range_at(shown, opt.at());
    let look = !shown.saved && !shown.numeric && range.0 == range.1;
    match if look { names::account_name(file, range.0) } else { None } {
        Some(name) => shown.out.put(&name),
        None => shown.range(range, "-"),
    }
}

static OTHER_GROUPS: Codec = Codec {
    parse: |scan| if scan.has(1) { Ok(()) } else { Err(scan.bad_value(b"you need to use --gid-owner first")) },
    ..ANY
};

static INTERFACE: Codec = Codec {
    parse: |scan| {
        let value = scan.value;
        if value.len() > 15 {
            return Err(Problem::word("interface name `", value, "' must be shorter than IFNAMSIZ (15)"));
        }
        crate::values::weird(value, scan.line.warnings);
        scan.put(value);
        // Of a wildcard the bytes before the `+` count; of a name all and the NUL behind it.
        let counted = value.strip_suffix(b"+").map_or(value.len() + 1, <[u8]>::len);
        scan.set(scan.opt.at() + 16, [0xff; 16].get(..counted).unwrap_or(&[0xff; 16]));
        Ok(())
    },
    show: |shown, opt| {
        shown.lead(opt);
        let name = shown.string(opt.at(), 16).to_vec();
        shown.text(name);
    },
    ..ANY
};
