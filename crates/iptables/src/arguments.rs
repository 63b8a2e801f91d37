//! What `iptables-save` and `iptables-restore` are asked for.

use crate::getopt::{self, Getopt, Item, Value};
use crate::options::{listed, long};
use crate::problem::VERSION;
use netmite_output::{Io, Names, names};

/// The options of either.
#[derive(Default)]
pub struct Arguments<'w> {
    /// `-c`.
    pub counters: bool,
    /// `-n`.
    pub noflush: bool,
    /// `--test`.
    pub test: bool,
    /// `-v`.
    pub verbose: bool,
    /// `--table`.
    pub table: Option<&'w [u8]>,
    /// The file.
    pub file: Option<&'w [u8]>,
}

/// A program's options, for getopt, and where it says to look for more.
pub struct Options {
    short: &'static [u8],
    long: Names,
    more: &'static str,
    /// Whether a word is the file.
    takes_file: bool,
}

/// Those of `iptables-save`.
pub static SAVE: Options = Options {
    short: b"bcdt:M:f:V",
    long: names![
        ("counters", long(b'c', Value::No)),
        ("version", long(b'V', Value::No)),
        ("dump", long(b'd', Value::No)),
        ("table", long(b't', Value::Yes)),
        ("modprobe", long(b'M', Value::Yes)),
        ("file", long(b'f', Value::Yes)),
    ],
    more: "Look at manual page `iptables-save.8'",
    takes_file: false,
};

/// Those of `iptables-restore`.
pub static RESTORE: Options = Options {
    short: b"bchnvVtM:T:wW",
    long: names![
        ("counters", long(b'c', Value::No)),
        ("verbose", long(b'v', Value::No)),
        ("version", long(b'V', Value::No)),
        ("test", long(b't', Value::No)),
        ("help", long(b'h', Value::No)),
        ("noflush", long(b'n', Value::No)),
        ("modprobe", long(b'M', Value::Yes)),
        ("table", long(b'T', Value::Yes)),
        ("wait", long(b'w', Value::Maybe)),
        ("wait-interval", long(b'W', Value::Maybe)),
        ("ipv4", long(b'4', Value::No)),
        ("ipv6", long(b'6', Value::No)),
    ],
    more: "",
    takes_file: true,
};

/// Reads them; an error is the exit status where there is nothing more to do.
pub fn read<'w>(program: &str, options: &Options, words: &'w [&'w [u8]], io: &mut Io) -> Result<Arguments<'w>, u8> {
    let mut found = Arguments::default();
    let mut getopt = Getopt::new(words, options.short);
    let long = listed(options.long);
    while let Some(item) = getopt.next(&long) {
        let complaint = getopt::complaint(&item, &long);
        if let Some(complaint) = &complaint {
            io.error_bytes(&[program.as_bytes(), b": ", complaint].concat());
        }
        // To the original those of one family are options and yet unknown.
        let of_family = matches!(item, Item::Option { id, .. } if id == u32::from(b'4') || id == u32::from(b'6'));
        if of_family || complaint.is_some() {
            match options.more {
                "" => io.error(format_args!("Try `{program} -h' for more information.")),
                more => io.error(format_args!("{more} for more information.")),
            }
            return Err(1);
        }
        match item {
            Item::Option { id, value } => match u8::try_from(id).unwrap_or(0) {
                b'b' => io.error("-b/--binary option is not implemented"),
                b'c' => found.counters = true,
                b'n' => found.noflush = true,
                b't' if options.takes_file => found.test = true,
                b'v' => found.verbose = true,
                b't' | b'T' => found.table = value,
                b'f' => found.file = value,
                // There is no lock to wait for: transactions are the kernel's.
                b'w' | b'W' if value.is_none() => drop(getopt.value_apart()),
                b'V' => {
                    io.write(version(program).as_bytes());
                    return Err(0);
                }
                b'h' => {
                    let text = "[-c] [-n] [-t] [-v] [-T nat] [FILE]: the lines of iptables-save, or standard input's";
                    io.write(format!("{program} {text}\n").as_bytes());
                    return Err(0);
                }
                _ => (),
            },
            Item::Word(file) if options.takes_file && found.file.is_none() => found.file = Some(file),
            _ => {
                io.error("Unknown arguments found on commandline");
                return Err(1);
            }
        }
    }
    Ok(found)
}

/// What `-V` prints.
pub fn version(program: &str) -> String {
    format!("{program} {VERSION}, netmite {}\n", env!("CARGO_PKG_VERSION"))
}
