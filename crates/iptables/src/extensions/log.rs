//! `-j LOG`: a line in the kernel's log.

use super::{BASE, Definition, Kind, Opt, Scan, Shown};
use crate::names;
use crate::problem::{Problem, Result};

const LEVEL: u8 = 0;
const PREFIX: u8 = 1;
const FIRST_FLAG: u8 = 2;
const PREFIX_LEN: usize = 30;

/// Levels by name; where several have one number, the first is shown. Two are shown shorter, as they are not read.
const LEVELS: [(u8, &str); 9] = [
    (1, "alert"),
    (2, "crit"),
    (7, "debug"),
    (0, "emerg"),
    (3, "error"),
    (6, "info"),
    (5, "notice"),
    (0, "panic"),
    (4, "warning"),
];

/// Flags: bit, option, what `-L` shows.
const FLAGS: [(u8, &str, &str); 5] = [
    (0x01, " --log-tcp-sequence", " tcp-sequence"),
    (0x02, " --log-tcp-options", " tcp-options"),
    (0x04, " --log-ip-options", " ip-options"),
    (0x08, " --log-uid", " uid"),
    (0x20, " --log-macdecode", " macdecode"),
];

pub(super) static ROWS: &[Definition] = &[Definition {
    name: "LOG",
    module: "LOG",
    kind: Kind::Target,
    size: 32,
    options: &[
        Opt::new("log-level", LEVEL),
        Opt::new("log-prefix", PREFIX),
        Opt::flag("log-tcp-sequence", FIRST_FLAG),
        Opt::flag("log-tcp-options", FIRST_FLAG + 1),
        Opt::flag("log-ip-options", FIRST_FLAG + 2),
        Opt::flag("log-uid", FIRST_FLAG + 3),
        Opt::flag("log-macdecode", FIRST_FLAG + 4),
    ],
    start: |info| info.iter_mut().take(1).for_each(|level| *level = 4),
    parse,
    save,
    print,
    ..BASE
}];

fn parse(scan: &mut Scan) -> Result<()> {
    match scan.option {
        LEVEL => {
            let unknown = || Problem::word("log level \"", scan.value, "\" unknown\n");
            let named = LEVELS.iter().find(|(_, name)| name.as_bytes() == scan.value);
            let number = names::number(scan.value).and_then(|number| u8::try_from(number).ok()).filter(|n| *n < 8);
            let level = number.or(named.map(|(number, _)| *number)).ok_or_else(unknown)?;
            scan.set(0, &[level]);
        }
        PREFIX => {
            if scan.value.is_empty() {
                return Err(Problem::parameter("Argument must have a minimum length of 1 characters\n"));
            }
            if scan.value.contains(&b'\n') {
                return Err(Problem::parameter("Newlines not allowed in --log-prefix"));
            }
            let text = scan.value.get(..PREFIX_LEN - 1).unwrap_or(scan.value);
            scan.set(2, text);
        }
        flag => {
            let bit = FLAGS.get(usize::from(flag.saturating_sub(FIRST_FLAG))).map_or(0, |(bit, ..)| *bit);
            let flags = scan.info.get(1).copied().unwrap_or(0) | bit;
            scan.set(1, &[flags]);
        }
    }
    Ok(())
}

fn save(shown: &mut Shown) {
    let prefix = shown.string(2, PREFIX_LEN).to_vec();
    if !prefix.is_empty() {
        shown.text(" --log-prefix ");
        shown.quoted(&prefix);
    }
    if shown.u8(0) != 4 {
        shown.text(format!(" --log-level {}", shown.u8(0)));
    }
    let flags = shown.u8(1);
    FLAGS.iter().filter(|(bit, ..)| flags & bit != 0).for_each(|(_, option, _)| shown.text(option));
}

fn print(shown: &mut Shown) {
    let (level, flags) = (shown.u8(0), shown.u8(1));
    if shown.numeric {
        shown.text(format!(" LOG flags {flags} level {level}"));
    } else {
        let name = LEVELS.iter().find(|(number, _)| *number == level).map(|(_, name)| *name);
        let name = name.map(|name| match name {
            "error" => "err",
            "warning" => "warn",
            name => name,
        });
        match name {
            Some(name) => shown.text(format!(" LOG level {name}")),
            None => shown.text(format!(" LOG UNKNOWN level {level}")),
        }
        FLAGS.iter().filter(|(bit, ..)| flags & bit != 0).for_each(|(_, _, name)| shown.text(name));
    }
    let prefix = shown.string(2, PREFIX_LEN).to_vec();
    if !prefix.is_empty() {
        shown.text([b" prefix \"", &*prefix, b"\""].concat());
    }
}
