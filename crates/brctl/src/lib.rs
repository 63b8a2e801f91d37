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
pub(crate) struct Failure {
    text: Vec<u8>,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(parts: &[&[u8]]) -> Self {
        Failure { text: parts.concat(), hint: None }
    }

    /// `what` failed for the system's reason; what the kernel said besides goes below.
    pub(crate) fn system(parts: &[&[u8]], error: &netmite_netlink::Error) -> Self {
        let why =
            error.errno().map_or_else(|| error.to_string(), |errno| netmite_netlink::errno::text(errno).to_owned());
        Failure {
            text: [&parts.concat()[..], b": ", why.as_bytes()].concat(),
            hint: error.kernel_message().map(|message| message.into_owned()),
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Failure { hint: Some(hint.into()), ..self }
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
    let program = arguments.first().map_or(&b"brctl"[..], |name| name.as_bytes());
    let (rest, json) = match options(&words) {
        Ok(Given::Words(rest, json)) => (rest, json),
        Ok(Given::Help) => {
            usage(io);
            return 0;
        }
        Ok(Given::Version) => {
            let own = env!("CARGO_PKG_VERSION");
            io.write(format!("bridge-utils, 1.7, netmite {own}\n").as_bytes());
            return 0;
        }
        Err(why) => {
            io.error_bytes(&[program, b": ", &why, b"\nUnknown option '?'"].concat());
            usage(io);
            return 1;
        }
    };
    let Some((name, arguments)) = rest.split_first() else {
        usage(io);
        return 1;
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name.as_bytes() == *name) else {
        io.error_bytes(&[b"never heard of command [", *name, b"]"].concat());
        usage(io);
        return 1;
    };
    if arguments.len() < command.arguments {
        let line = format!("Usage: brctl {} {}{}\n", command.name, command.usage, command.doc);
        io.write(b"Incorrect number of arguments for command\n");
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
            let io = tool.out.io();
            io.error_bytes(&failure.text);
            if let Some(hint) = failure.hint {
                io.error(format_args!("  {hint}"));
            }
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

/// Reads the options, which may stand anywhere before `--`. The error is what getopt says of one that is none.
fn options<'w>(words: &[&'w [u8]]) -> Result<Given<'w>, Vec<u8>> {
    let (mut rest, mut json) = (Vec::new(), false);
    for (at, word) in words.iter().copied().enumerate() {
        match word {
            b"--" => {
                rest.extend(words.iter().skip(at + 1));
                break;
            }
            [b'-', b'-', name @ ..] => match name {
                _ if b"help".starts_with(name) => return Ok(Given::Help),
                _ if b"version".starts_with(name) => return Ok(Given::Version),
                _ if b"json".starts_with(name) => json = true,
                _ => return Err([b"unrecognized option '", word, b"'"].concat()),
            },
            [b'-', letters @ ..] if !letters.is_empty() => {
                for letter in letters {
                    match letter {
                        b'h' => return Ok(Given::Help),
                        b'V' => return Ok(Given::Version),
                        b'j' => json = true,
                        _ => return Err([&b"invalid option -- '"[..], &[*letter], b"'"].concat()),
                    }
                }
            }
            word => rest.push(word),
        }
    }
    Ok(Given::Words(rest, json))
}

/// The list of commands, on standard output.
fn usage(io: &mut Io) {
    io.write(b"Usage: brctl [-j] [commands]\ncommands:\n");
    for command in COMMANDS {
        io.write(format!("\t{:<10}\t{}{}\n", command.name, command.usage, command.doc).as_bytes());
    }
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
