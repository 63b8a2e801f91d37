//! `-j LOG`: a line in the kernel's log.

use super::codecs::{ANY, Codec, string};
use super::{BASE, Bits, Definition, Kind, Opt, Shown, store};
use crate::names;
use crate::native::targets;
use crate::problem::Problem;
use crate::text::Text;
use netmite_output::{Names, names};

/// Where `struct xt_log_info` has the level, the flags and the prefix.
const AT_FLAGS: usize = 1;
const AT_PREFIX: usize = 2;
const PREFIX_LEN: usize = 30;
const LEVEL: u8 = 8;
const PREFIX: u8 = 9;

/// Levels by name; where several have one number, the first is shown. Two are shown shorter, as they are not read.
const LEVELS: Names = names![
    ("alert", 1),
    ("crit", 2),
    ("debug", 7),
    ("emerg", 0),
    ("error", 3),
    ("info", 6),
    ("notice", 5),
    ("panic", 0),
    ("warning", 4),
];

// The numbers of the flags are those of their bits.
#[rustfmt::skip]
pub(super) static ROWS: [Definition; 1] = [Definition {
    name: "LOG",
    kind: Kind::Target,
    size: 32,
    options: &[
        Opt::new("log-prefix", PREFIX).of(&TEXT, AT_PREFIX),
        Opt::new("log-level", LEVEL).of(&LEVEL_NAME, 0),
        Opt::flag("log-tcp-sequence", 0).shown(" tcp-sequence"),
        Opt::flag("log-tcp-options", 1).shown(" tcp-options"),
        Opt::flag("log-ip-options", 2).shown(" ip-options"),
        Opt::flag("log-uid", 3).shown(" uid"),
        Opt::flag("log-macdecode", 5).shown(" macdecode"),
    ],
    start: |info| {
        store(info, 0, &[4]);
    },
    has: Bits::at(AT_FLAGS, 1, 0),
    show,
    native: targets::log,
    ..BASE
}];

static LEVEL_NAME: Codec = Codec {
    parse: |scan| {
        let number = names::fitting(scan.value).filter(|number| *number < 8);
        let level = number.or_else(|| LEVELS.byte(scan.value));
        let level = level.ok_or_else(|| Problem::word("log level \"", scan.value, "\" unknown\n"))?;
        scan.put(&[level]);
        Ok(())
    },
    ..ANY
};

static TEXT: Codec = Codec {
    parse: |scan| {
        if scan.value.is_empty() {
            return Err(Problem::parameter("Argument must have a minimum length of 1 characters\n"));
        }
        if scan.value.contains(&b'\n') {
            return Err(Problem::parameter("Newlines not allowed in --log-prefix"));
        }
        string(scan, PREFIX_LEN - 1);
        Ok(())
    },
    ..ANY
};

fn show(shown: &mut Shown) {
    let (level, flags) = (shown.u8(0), shown.u8(AT_FLAGS));
    let prefix = shown.string(AT_PREFIX, PREFIX_LEN).to_vec();
    if shown.saved {
        if !prefix.is_empty() {
            shown.text(" --log-prefix ");
            shown.quoted(AT_PREFIX, PREFIX_LEN);
        }
        if level != 4 {
            write!(shown, " --log-level {level}");
        }
        return shown.options();
    }
    if shown.numeric {
        write!(shown, " LOG flags {flags} level {level}");
    } else {
        match LEVELS.name(level.into()) {
            Some("error") => shown.out.put(" LOG level err"),
            Some("warning") => shown.out.put(" LOG level warn"),
            Some(name) => write!(shown, " LOG level {name}"),
            None => write!(shown, " LOG UNKNOWN level {level}"),
        }
        shown.options();
    }
    if !prefix.is_empty() {
        shown.text([b" prefix \"", &*prefix, b"\""].concat());
    }
}
