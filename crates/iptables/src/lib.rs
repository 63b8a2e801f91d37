//! `iptables` and `ip6tables` for the nat table, over nf_tables, in the words and the output of iptables 1.8.13.
//!
//! Written is what the original writes, so that it and `nft` read it, and read is what they write. There is no lock and no
//! library: a command is one transaction of the kernel's. Other tables are refused.

mod address;
mod arguments;
mod command;
mod decode;
mod dump;
mod encode;
mod extensions;
mod getopt;
#[cfg(test)]
mod laws;
mod model;
mod names;
mod native;
#[cfg(test)]
mod older;
mod options;
mod print;
mod problem;
mod restore;
mod rule;
mod show;
mod table;
mod text;
mod transaction;
mod values;

use command::{Command, Verb};
use model::Model;
use netmite_netlink::nftables::NetfilterSocket;
use netmite_output::{Brief, Io, brief};
use problem::{Problem, Result, VERSION};
use rule::Family;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The tables that iptables has, of which one is served.
const TABLES: [&[u8]; 5] = [b"filter", b"nat", b"mangle", b"raw", b"security"];

/// Runs the program that `arguments[0]` names; the result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    let words: Vec<&[u8]> = arguments.iter().map(|argument| argument.as_bytes()).collect();
    let (program, words) = words.split_first().map_or((&b"iptables"[..], &[][..]), |(first, rest)| (*first, rest));
    let name = program.rsplit(|byte| *byte == b'/').next().unwrap_or(program);
    let family = if name.starts_with(b"ip6") { Family::V6 } else { Family::V4 };
    if name.ends_with(b"-save") {
        return dump::run(family, words, io);
    }
    if name.ends_with(b"-restore") {
        return restore::run(family, words, io);
    }
    match command(family, words, io) {
        Ok(()) => 0,
        Err(problem) => problem.report(family.program(), io),
    }
}

fn command(family: Family, words: &[&[u8]], io: &mut Io) -> Result<()> {
    // A line for the other family is none of ours, which is how -restore files can serve both.
    let Some(command) = command::read(family, words)? else {
        let (other, program) = if family == Family::V4 { (6, "ip6tables") } else { (4, "iptables") };
        return Err(Problem::try_help().hint(format!("-{other} is for {program}")));
    };
    command.warnings.report(io);
    if let Some(text) = about(&command, family.program()) {
        io.write(text.as_bytes());
        return Ok(());
    }
    if !TABLES.contains(&&*command.table) {
        let text =
            [b"table '", &*command.table, b"' does not exist\nPerhaps iptables or your kernel needs to be upgraded."];
        return Err(Problem::failed(3, text.concat()));
    }
    if &*command.table != table::NAT {
        return Err(Problem::other_table(&command.table));
    }
    let mut socket = NetfilterSocket::open()?;
    if command.verbs.iter().any(|verb| matches!(verb, Verb::List(_) | Verb::Save(_))) {
        table::warn_of_legacy(family, "", io);
    }
    command.verbs.iter().try_for_each(|verb| execute(&mut socket, &command, verb, io))
}

fn execute(socket: &mut NetfilterSocket, command: &Command, verb: &Verb, io: &mut Io) -> Result<()> {
    match verb {
        Verb::List(number) | Verb::Save(number) => {
            let (foreign, all) = show::snapshot(socket, command, io)?;
            let all: Vec<&table::Filled> = all.iter().collect();
            let show = if matches!(verb, Verb::List(_)) { show::list } else { show::save };
            show(&all, foreign, command, *number, io)
        }
        _ => {
            let mut echo = Vec::new();
            let program = (command.family.program(), &mut *io);
            let done = transaction::transact(socket, command.family, program, &mut |socket, plan| {
                let mut model = Model::of(socket, command, verb)?;
                let applied = model.apply(command, verb, 0);
                echo = std::mem::take(&mut model.echo);
                applied.map(|()| model.plan(plan))
            });
            // What was refused is shown all the same.
            io.write(&echo);
            done
        }
    }
}

/// What `-h` and `-V` print; `None` for other verbs. `program` is the name that it is printed with.
fn about(command: &Command, program: &str) -> Option<String> {
    match command.verbs.first()? {
        Verb::Help => {
            let help = HELP.filled(&[command.family.program()]);
            Some([program, " ", VERSION, "\n\n", &help].concat())
        }
        Verb::Version => Some(arguments::version(program)),
        _ => None,
    }
}

/// What `-h` prints, the program's name being `%`.
const HELP: Brief = brief!(
    "\
% -t nat -A CHAIN RULE            append a rule
% -t nat -I CHAIN [NUMBER] RULE   insert a rule before another
% -t nat -R CHAIN NUMBER RULE     replace a rule
% -t nat -D CHAIN NUMBER|RULE     delete a rule
% -t nat -C CHAIN RULE            tell by the exit status whether there is such a rule
% -t nat -L [CHAIN [NUMBER]]      list rules (-n numeric, -v verbose, -x exact, --line-numbers)
% -t nat -S [CHAIN [NUMBER]]      list rules as they would be typed (-v with counters)
% -t nat -F [CHAIN]               delete all rules
% -t nat -Z [CHAIN [NUMBER]]      zero counters
% -t nat -N CHAIN, -X [CHAIN]     make a chain, delete chains
% -t nat -E CHAIN NAME            rename a chain
% -t nat -P CHAIN ACCEPT          set a built-in chain's policy

RULE: [!] -s ADDRESS[/MASK] -d ADDRESS[/MASK] -i INTERFACE[+] -o INTERFACE[+] -p PROTOCOL
-m MATCH [OPTIONS]  -j TARGET [OPTIONS]  -g CHAIN  -c PACKETS BYTES
"
);
