//! The `brctl` command: bridges by fixed positions, over netlink, with the messages of bridge-utils 1.7.
//!
//! The grammar is positions, not keywords, so there are no rows here: [`COMMANDS`] holds a verb's arguments and its
//! function. Words beyond the arguments are ignored, as the original ignores them.

mod bridge;
mod numbers;
mod port;
mod ports;
mod show;
mod showmacs;
mod showstp;

use netmite_netlink::RouteSocket;
use netmite_output::{Format, Io, Out};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// What a verb works with.
pub(crate) struct Tool<'io> {
    pub(crate) socket: RouteSocket,
    pub(crate) out: Out<'io>,
}

/// Why a verb failed: the lines for standard error. The exit status is always 1.
pub(crate) struct Failure(Vec<u8>);

impl Failure {
    #[cold]
    #[inline(never)]
    pub(crate) fn new(parts: &[&[u8]]) -> Self {
        Failure(parts.concat())
    }

    /// `what` failed for the system's reason; what the kernel said besides goes below.
    #[cold]
    #[inline(never)]
    pub(crate) fn system(what: &[&[u8]], error: &netmite_netlink::Error) -> Self {
        let mut failure = Failure::new(what);
        failure.0.extend_from_slice(b": ");
        match error.errno() {
            Some(errno) => failure.0.extend_from_slice(netmite_netlink::errno::text(errno).as_bytes()),
            None => failure.0.extend_from_slice(error.to_string().as_bytes()),
        }
        match error.kernel_message() {
            Some(message) => failure.hint(&message),
            None => failure,
        }
    }

    /// What was meant to be a bridge is none: the system's reason is `why`.
    pub(crate) fn no_bridge(what: &[&[u8]], why: &[u8]) -> Self {
        let mut failure = Failure::new(what);
        failure.0.extend_from_slice(why);
        failure.hint("it is no bridge")
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn hint(mut self, hint: &str) -> Self {
        self.0.extend_from_slice(b"\n  ");
        self.0.extend_from_slice(hint.as_bytes());
        self
    }
}

pub(crate) type Done = Result<(), Failure>;

struct Command {
    name: &'static str,
    /// How many arguments it insists on.
    arguments: usize,
    usage: &'static str,
    doc: &'static str,
    run: fn(&mut Tool, &[&[u8]]) -> Done,
}

const fn command(
    name: &'static str,
    arguments: usize,
    usage: &'static str,
    doc: &'static str,
    run: fn(&mut Tool, &[&[u8]]) -> Done,
) -> Command {
    Command { name, arguments, usage, doc, run }
}

const COMMANDS: &[Command] = &[
    command("addbr", 1, "<bridge>\t\t", "add bridge", bridge::add),
    command("delbr", 1, "<bridge>\t\t", "delete bridge", bridge::delete),
    command("addif", 2, "<bridge> <device>\t", "add interface to bridge", port::add),
    command("delif", 2, "<bridge> <device>\t", "delete interface from bridge", port::delete),
    command("hairpin", 3, "<bridge> <port> {on|off}\t", "turn hairpin on/off", port::hairpin),
    command("setageing", 2, "<bridge> <time>\t\t", "set ageing time", bridge::ageing),
    command("setbridgeprio", 2, "<bridge> <prio>\t\t", "set bridge priority", bridge::priority),
    command("setfd", 2, "<bridge> <time>\t\t", "set bridge forward delay", bridge::forward_delay),
    command("sethello", 2, "<bridge> <time>\t\t", "set hello time", bridge::hello_time),
    command("setmaxage", 2, "<bridge> <time>\t\t", "set max message age", bridge::max_age),
    command("setpathcost", 3, "<bridge> <port> <cost>\t", "set path cost", port::path_cost),
    command("setportprio", 3, "<bridge> <port> <prio>\t", "set port priority", port::priority),
    command("show", 0, "[ <bridge> ]\t\t", "show a list of bridges", show::run),
    command("showmacs", 1, "<bridge>\t\t", "show a list of mac addrs", showmacs::run),
    command("showstp", 1, "<bridge>\t\t", "show bridge stp info", showstp::run),
    command("stp", 2, "<bridge> {on|off}\t", "turn stp on/off", bridge::stp),
];

/// The commands, for manuals: their names, arguments and what they do.
pub fn commands() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    COMMANDS.iter().map(|command| (command.name, command.usage, command.doc))
}

/// Runs `brctl` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    let words: Vec<&[u8]> = arguments.iter().skip(1).map(|word| word.as_bytes()).collect();
    let (rest, json) = match options(&words) {
        Ok(Given::Words(rest, json)) => (rest, json),
        Ok(Given::Help) => return 1 - complain(&[], io),
        Ok(Given::Version) => {
            io.write(concat!("bridge-utils, 1.7, netmite ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
            return 0;
        }
        Err((why, word)) => {
            let program = arguments.first().map_or(&b"brctl"[..], |name| name.as_bytes());
            return complain(&[program, b": ", why, word, b"'\nUnknown option '?'"], io);
        }
    };
    let Some((name, arguments)) = rest.split_first() else { return complain(&[], io) };
    let Some(command) = COMMANDS.iter().find(|command| command.name.as_bytes() == *name) else {
        return complain(&[b"never heard of command [", name, b"]"], io);
    };
    if arguments.len() < command.arguments {
        let Command { name, usage, doc, .. } = command;
        let line = format!("Incorrect number of arguments for command\nUsage: brctl {name} {usage}{doc}\n");
        io.write(line.as_bytes());
        return 1;
    }
    let socket = match RouteSocket::open() {
        Ok(socket) => socket,
        Err(error) => {
            io.error(error);
            return 1;
        }
    };
    let mut tool = Tool { socket, out: Out::new(io, Format { json, ..Format::default() }) };
    match (command.run)(&mut tool, arguments) {
        Ok(()) => 0,
        Err(failure) => {
            tool.out.io().error_bytes(&failure.0);
            1
        }
    }
}

/// What the options say.
enum Given<'w> {
    /// The words that are no options, and whether JSON is wanted.
    Words(Vec<&'w [u8]>, bool),
    Help,
    Version,
}

/// Reads the options, which may stand anywhere before `--`. The error is what getopt says of one that is none, and that one.
fn options<'w>(words: &[&'w [u8]]) -> Result<Given<'w>, (&'static [u8], &'w [u8])> {
    let (mut rest, mut json) = (Vec::new(), false);
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            b"--" => rest.extend(words.by_ref()),
            [b'-', b'-', name @ ..] => match name {
                _ if b"help".starts_with(name) => return Ok(Given::Help),
                _ if b"version".starts_with(name) => return Ok(Given::Version),
                _ if b"json".starts_with(name) => json = true,
                _ => return Err((b"unrecognized option '", word)),
            },
            [b'-', letters @ ..] if !letters.is_empty() => {
                for letter in letters.chunks(1) {
                    match letter {
                        b"h" => return Ok(Given::Help),
                        b"V" => return Ok(Given::Version),
                        b"j" => json = true,
                        _ => return Err((b"invalid option -- '", letter)),
                    }
                }
            }
            word => rest.push(word),
        }
    }
    Ok(Given::Words(rest, json))
}

/// Complains on standard error, if there is something to complain of, and lists the commands on standard output; exit status 1.
#[inline(never)]
fn complain(complaint: &[&[u8]], io: &mut Io) -> u8 {
    if !complaint.is_empty() {
        io.error_bytes(&complaint.concat());
    }
    io.write(b"Usage: brctl [-j] [commands]\ncommands:\n");
    for command in COMMANDS {
        io.write(format!("\t{:<10}\t{}{}\n", command.name, command.usage, command.doc).as_bytes());
    }
    1
}

/// Whether a word means on.
pub(crate) fn on_off(word: &[u8]) -> Result<bool, Failure> {
    match word {
        b"on" | b"yes" | b"1" => Ok(true),
        b"off" | b"no" | b"0" => Ok(false),
        _ => Err(Failure::new(&[b"expect on/off for argument"])),
    }
}

/// A whole number; `what` is named where it is none. Below zero it wraps, as the original's does.
pub(crate) fn number(word: &[u8], what: &str) -> Result<u64, Failure> {
    let number = numbers::integer(word).map(|number| number as u64);
    number.ok_or_else(|| Failure::new(&[b"bad ", what.as_bytes()]))
}
