//! The options before the object: `-j`, `-br`, `-n NAME` and the rest, a row each.
//!
//! The first row that a word abbreviates counts, so the order is part of the grammar. One leading `-` of `--json` is
//! dropped; `--` alone ends the options.

use crate::error::{Error, Result};
use crate::number;
use crate::words::Words;
use crate::words::plain;
use netmite_netlink::uapi::*;
use netmite_output::{Io, When};
use std::ffi::OsStr;

/// What runs a tool: from its arguments, the program's name first, to its exit status.
pub type Program = fn(&[&OsStr], &mut Io) -> u8;

/// The tool of a name.
pub type OwnTool = fn(&[u8]) -> Option<Program>;

/// What the options before the object said.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The address family, `AF_UNSPEC` if none was asked for.
    pub family: u8,
    /// JSON in place of text.
    pub json: bool,
    /// Indented JSON.
    pub pretty: bool,
    /// One record a line.
    pub oneline: bool,
    /// The short tabular form.
    pub brief: bool,
    /// How often `-d` was given.
    pub details: u8,
    /// How often `-s` was given.
    pub statistics: u8,
    /// Numbers with unit prefixes.
    pub human: bool,
    /// … of powers of 1,024.
    pub iec: bool,
    /// Host names in place of addresses.
    pub resolve: bool,
    /// Numbers in place of the names of tables, protocols and scopes.
    pub numeric: bool,
    /// The time in front of each event: 0 no, 1 long, 2 short.
    pub timestamp: u8,
    /// A batch goes on behind an error.
    pub force: bool,
    /// The file of commands; `-` is standard input.
    pub batch: Option<Vec<u8>>,
    /// All namespaces.
    pub all: bool,
    /// The kernel tells what it made, and that is printed.
    pub echo: bool,
    /// When to use colour.
    pub colour: When,
    /// How often a flush goes round; 0 without end.
    pub loops: u32,
    /// Size of the receive buffer in bytes.
    pub receive_buffer: Option<u32>,
    /// The network namespace to work in.
    pub netns: Option<Vec<u8>>,
    /// What our own file is by another tool's name, where it is more than one tool: for commands that an image lacks, and
    /// for `ip nat`.
    pub own_tool: Option<OwnTool>,
    /// Ranges of VLANs in one line.
    pub compress_vlans: bool,
    /// The version is asked for.
    pub version: bool,
    /// Help is asked for.
    pub help: bool,
}

/// One option before the object.
pub struct Flag {
    /// The word, without its `-`.
    pub word: &'static str,
    /// How many of its letters suffice.
    least: usize,
    /// One line of documentation.
    pub doc: &'static str,
    act: Act,
}

enum Act {
    Set(fn(&mut Options)),
    /// With a value, by the name it has in complaints; where that is empty, a missing one is an error without a text,
    /// for which the tool shows its usage.
    Value(&'static str, fn(&mut Options, &[u8]) -> Result<()>),
    /// `-color` or `-color=WHEN`.
    Colour,
}

impl Flag {
    /// What its value is called, if it has one.
    #[cfg(feature = "laws")]
    pub fn value(&self) -> Option<&'static str> {
        matches!(self.act, Act::Value(..)).then_some("VALUE")
    }
}

const fn flag(word: &'static str, least: usize, set: fn(&mut Options), doc: &'static str) -> Flag {
    Flag { word, least, doc, act: Act::Set(set) }
}
const fn value(
    word: &'static str,
    least: usize,
    name: &'static str,
    set: fn(&mut Options, &[u8]) -> Result<()>,
    doc: &'static str,
) -> Flag {
    Flag { word, least, doc, act: Act::Value(name, set) }
}

const LOOPS: Flag = value("loops", 1, "loop count", set_loops, "how often a flush goes round, 0 without end");
const FAMILY: Flag = value("family", 1, "family type", set_family, "inet, inet6, mpls, bridge or link");
const V4: Flag = flag("4", 1, |o| o.family = AF_INET, "IPv4");
const V6: Flag = flag("6", 1, |o| o.family = AF_INET6, "IPv6");
const STATISTICS: &[Flag] = &[
    flag("stats", 1, |o| o.statistics = o.statistics.saturating_add(1), "statistics; twice for more"),
    flag("statistics", 1, |o| o.statistics = o.statistics.saturating_add(1), "statistics; twice for more"),
];
const DETAILS: Flag = flag("details", 1, |o| o.details = o.details.saturating_add(1), "details");
const ONELINE: Flag = flag("oneline", 1, |o| o.oneline = true, "one record a line");
const TIMESTAMP: Flag = flag("timestamp", 1, |o| o.timestamp = 1, "the time in front of each event");
const TSHORT: Flag = flag("tshort", 2, |o| o.timestamp = 2, "the time, shorter");
const VERSION: Flag = flag("Version", 1, |o| o.version = true, "the version");
const FORCE: Flag = flag("force", 1, |o| o.force = true, "a batch goes on behind an error");
const BATCH: Flag = value("batch", 1, "batch file", set_batch, "commands from a file, - for standard input");
const JSON: Flag = flag("json", 1, |o| o.json = true, "JSON");
const PRETTY: Flag = flag("pretty", 1, |o| o.pretty = true, "indented JSON");
const COLOUR: Flag = Flag { word: "color", least: 1, doc: "colour: always, auto or never", act: Act::Colour };
const HELP: Flag = flag("help", 1, |o| o.help = true, "help");
const NETNS: Flag = value("netns", 1, "netns", set_netns, "work in this network namespace");

/// The options of `ip`, in the order in which abbreviations are looked up.
pub const IP_FLAGS: &[&[Flag]] = &[
    &[
        LOOPS,
        FAMILY,
        V4,
        V6,
        flag("0", 1, |o| o.family = AF_PACKET, "link level"),
        flag("M", 1, |o| o.family = AF_MPLS, "MPLS"),
        flag("B", 1, |o| o.family = AF_BRIDGE, "bridge"),
        flag("human", 1, |o| o.human = true, "numbers with unit prefixes"),
        flag("human-readable", 1, |o| o.human = true, "numbers with unit prefixes"),
        flag("iec", 1, |o| (o.human, o.iec) = (true, true), "numbers with binary unit prefixes"),
    ],
    STATISTICS,
    &[
        DETAILS,
        flag("resolve", 1, |o| o.resolve = true, "host names in place of addresses"),
        ONELINE,
        TIMESTAMP,
        TSHORT,
        VERSION,
        FORCE,
        BATCH,
        flag("brief", 2, |o| o.brief = true, "the short tabular form"),
        JSON,
        PRETTY,
        value("rcvbuf", 2, "rcvbuf size", set_receive_buffer, "size of the receive buffer in bytes"),
        COLOUR,
        HELP,
        NETNS,
        flag("Numeric", 1, |o| o.numeric = true, "numbers in place of names"),
        flag("all", 1, |o| o.all = true, "all namespaces"),
        flag("echo", 4, |o| o.echo = true, "print what the kernel made"),
    ],
];

/// The options of `bridge`, in the order in which abbreviations are looked up.
pub const BRIDGE_FLAGS: &[&[Flag]] = &[
    &[HELP, VERSION],
    STATISTICS,
    &[
        DETAILS,
        ONELINE,
        TIMESTAMP,
        value("family", 1, "", set_ip_family, "inet or inet6"),
        V4,
        V6,
        value("netns", 1, "", set_netns, "work in this network namespace"),
        COLOUR,
        flag("compressvlans", 3, |o| o.compress_vlans = true, "ranges of VLANs in one line"),
        FORCE,
        JSON,
        PRETTY,
        value("batch", 1, "", set_batch, "commands from a file, - for standard input"),
    ],
];

fn set_loops(options: &mut Options, word: &[u8]) -> Result<()> {
    options.loops = number::u32(word).ok_or_else(|| Error::wrong(word, "loop count"))?;
    Ok(())
}

fn set_family(options: &mut Options, word: &[u8]) -> Result<()> {
    options.family = match plain(word) {
        "inet" => AF_INET,
        "inet6" => AF_INET6,
        "link" => AF_PACKET,
        "mpls" => AF_MPLS,
        "bridge" => AF_BRIDGE,
        "help" => {
            options.help = true;
            return Ok(());
        }
        _ => return Err(Error::wrong(word, "invalid protocol family")),
    };
    Ok(())
}

fn set_ip_family(options: &mut Options, word: &[u8]) -> Result<()> {
    match plain(word) {
        "inet" | "inet6" | "help" => set_family(options, word),
        _ => Err(Error::wrong(word, "invalid protocol family")),
    }
}

fn set_batch(options: &mut Options, word: &[u8]) -> Result<()> {
    options.batch = Some(word.to_vec());
    Ok(())
}

fn set_receive_buffer(options: &mut Options, word: &[u8]) -> Result<()> {
    let bad = || Error::about(255, "Invalid rcvbuf size '%'", word);
    options.receive_buffer = Some(number::u32(word).ok_or_else(bad)?);
    Ok(())
}

fn set_netns(options: &mut Options, word: &[u8]) -> Result<()> {
    options.netns = Some(word.to_vec());
    Ok(())
}

/// Reads the options before the object into `options`; the cursor ends at the object. `try_help` is named in complaints:
/// `ip -help` for ip, `bridge help` for bridge.
pub fn parse_flags(table: &[&[Flag]], words: &mut Words, try_help: &str, options: &mut Options) -> Result<()> {
    while let Some(word) = words.peek() {
        let Some(name) = word.strip_prefix(b"-") else { break };
        words.take();
        if word == b"--" {
            break;
        }
        let name = name.strip_prefix(b"-").unwrap_or(name);
        match find(table, name) {
            Some(Act::Set(set)) => set(options),
            Some(Act::Value(what, set)) => {
                let missing = || if what.is_empty() { Error::of(255, &[]) } else { Error::required(what) };
                set(options, words.take().ok_or_else(missing)?)?;
            }
            Some(Act::Colour) => options.colour = colour(name).unwrap_or_default(),
            None => return Err(unknown(table, word, try_help)),
        }
    }
    Ok(())
}

/// What the first row does that a word abbreviates.
fn find<'t>(table: &[&'t [Flag]], name: &[u8]) -> Option<&'t Act> {
    for flag in table.iter().copied().flatten() {
        let found = match flag.act {
            Act::Colour => colour(name).is_some(),
            _ => name.len() >= flag.least && flag.word.as_bytes().starts_with(name),
        };
        if found {
            return Some(&flag.act);
        }
    }
    None
}

#[cold]
#[inline(never)]
fn unknown(table: &[&[Flag]], word: &[u8], try_help: &str) -> Error {
    // The second of two dashes tells no option from another, and is left out.
    let told = word.strip_prefix(b"-").filter(|rest| rest.starts_with(b"-")).unwrap_or(word);
    let known = table.iter().copied().flatten().map(|flag| flag.word);
    let name = word.strip_prefix(b"--").or(word.strip_prefix(b"-")).unwrap_or(word);
    let near = crate::words::nearest(name, known);
    Error::of(255, &[b"Option \"", told, b"\" is unknown, try \"", try_help.as_bytes(), b"\"."]).did_you_mean("-", near)
}

/// `c`, `color=auto` and the like.
fn colour(word: &[u8]) -> Option<When> {
    let (name, when) = match word.iter().position(|byte| *byte == b'=') {
        Some(at) => (word.get(..at)?, word.get(at + 1..)?),
        None => (word, &b"always"[..]),
    };
    if !crate::words::matches(name, "color") {
        return None;
    }
    match plain(when) {
        "always" => Some(When::Always),
        "auto" => Some(When::Auto),
        "never" => Some(When::Never),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&[u8]]) -> Result<(Options, usize)> {
        let mut words = Words::new(line);
        let mut options = Options::default();
        parse_flags(IP_FLAGS, &mut words, "ip -help", &mut options).map(|()| (options, words.rest().len()))
    }

    #[test]
    fn the_first_row_wins() {
        let (options, left) = parse(&[b"-s", b"-stat", b"--json", b"-br", b"-b", b"-", b"--", b"-x"]).unwrap();
        assert_eq!((options.statistics, options.json, options.brief, left), (2, true, true, 1));
        assert_eq!(options.batch.as_deref(), Some(&b"-"[..]));
        assert!(parse(&[b"-h"]).unwrap().0.human);
        assert_eq!(parse(&[b"-c=auto", b"-co"]).unwrap().0.colour, When::Always);
    }

    #[test]
    fn unknown_ones_are_named() {
        assert_eq!(parse(&[b"-jsn"]).unwrap_err().text(), b"Option \"-jsn\" is unknown, try \"ip -help\".");
        assert_eq!(parse(&[b"-ech"]).unwrap_err().status(), 255);
        assert_eq!(parse(&[b"-c=foo"]).unwrap_err().status(), 255);
        assert_eq!(parse(&[b"-l"]).unwrap_err().text(), b"Error: argument \"loop count\" is required");
    }
}
