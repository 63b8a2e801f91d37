//! The `nat` command: entries of masquerade, snat, dnat, redirect and netmap in a table of our own.
//!
//! One command is one transaction. Adding what is there leaves one; nothing outside of table `inet netmite` is touched.
//! Refused: what names no entry (2), what is not there, and what the kernel refuses (1).

mod arguments;
mod failure;
mod hints;
mod list;
mod options;
mod publish;
pub mod rows;
pub mod usage;
mod words;

use clap::ArgMatches;
use failure::{Failure, Result};
use netmite_grammar::netns::enter;
use netmite_netlink::NetfilterSocket;
use netmite_netlink::errno::{self, EEXIST, ENOENT};
use netmite_netlink::nat::{self, Kind, Nat, NatChange};
use netmite_netlink::sys::file;
use netmite_output::Io;
pub use options::NAT;
use rows::Given;
use std::ffi::OsStr;
use std::hash::Hasher;
use std::os::unix::ffi::OsStrExt;

/// The words for kinds of entries, for manuals.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    arguments::KINDS.iter().map(|(word, _)| *word)
}

/// Runs `nat` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    let words: Vec<&[u8]> = arguments.iter().skip(1).map(|word| word.as_bytes()).collect();
    if let Some(plain) = rows::plain(&NAT, &words) {
        return report(execute(plain.verb.name, &plain, plain.value("netns"), io), io);
    }
    if usage::wants_help(&words) {
        io.write(usage::help(&NAT, NAT.verb(&words), None, options::MORE).as_bytes());
        return 0;
    }
    if usage::version(&NAT, &words, io) {
        return 0;
    }
    let parsed = match parse(&mut NAT.command(&words), &words) {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(error)) => return usage::complain(&error, &NAT, &words, io),
        Err(failure) => return failure.report(io),
    };
    let Some((verb, matches)) = parsed.subcommand() else { return 2 };
    report(execute(verb, matches, parsed.value("netns"), io), io)
}

fn report(outcome: Result<u8>, io: &mut Io) -> u8 {
    outcome.unwrap_or_else(|failure| failure.report(io))
}

fn parse(command: &mut clap::Command, words: &[&[u8]]) -> Result<std::result::Result<ArgMatches, clap::Error>> {
    Ok(command.try_get_matches_from_mut(arguments::join_bangs(words)?))
}

fn execute(verb: &str, given: &dyn Given, netns: Option<&[u8]>, io: &mut Io) -> Result<u8> {
    if let Some(name) = netns {
        enter(name).map_err(|error| Failure::refused(error.text()))?;
    }
    let kind = arguments::kind(given)?;
    let mut socket = NetfilterSocket::open()?;
    match verb {
        "publish" => publish::publish(&mut socket, given, io),
        "delete" | "destroy" if kind.is_none() => {
            let found = by_comment(&mut socket, given)?;
            delete(&mut socket, verb == "delete", found)
        }
        "add" | "create" | "delete" | "destroy" | "check" => entry(&mut socket, verb, given, io),
        "list" => list::list(&mut socket, kind, given, io),
        "flush" => flush(&mut socket, kind, given),
        "save" => list::save(&mut socket, given, io),
        _ => restore(&mut socket, given, io),
    }
}

/// The verbs that are about one entry, or one for each IP version.
fn entry(socket: &mut NetfilterSocket, verb: &str, given: &dyn Given, io: &mut Io) -> Result<u8> {
    let entries = arguments::entries(given)?;
    match verb {
        "delete" | "destroy" => delete(socket, verb == "delete", entries),
        "check" => Ok(u8::from(!nat::contains(socket, &entries)?)),
        _ => add(socket, verb, &entries, given, io),
    }
}

fn add(socket: &mut NetfilterSocket, verb: &str, entries: &[Nat], given: &dyn Given, io: &mut Io) -> Result<u8> {
    let change = match verb {
        _ if given.flag("replace") => NatChange::Replace,
        "add" => NatChange::Add,
        _ => NatChange::Create,
    };
    let mut changes = Vec::with_capacity(entries.len());
    for nat in entries {
        changes.push(change(nat.clone()));
    }
    put(socket, changes, entries, given, io)
}

/// Makes changes that add `entries`, and says what they lack.
fn put(
    socket: &mut NetfilterSocket,
    changes: Vec<NatChange>,
    entries: &[Nat],
    given: &dyn Given,
    io: &mut Io,
) -> Result<u8> {
    socket.commit(changes).map_err(|error| explained(socket, error, entries))?;
    if !given.flag("quiet") {
        hints::after_adding(socket, entries, io);
    }
    Ok(0)
}

/// Why `entries` were not added; what is in the way is named.
fn explained(socket: &mut NetfilterSocket, error: netmite_netlink::Error, entries: &[Nat]) -> Failure {
    let existing = error.errno() == Some(EEXIST);
    let failure = Failure::from(error);
    for nat in entries.iter().filter(|_| existing) {
        if let Some(found) = in_the_way(socket, nat) {
            return failure.behind(&[b": ", &*words::entry(&found)].concat());
        }
    }
    failure
}

/// The entry that keeps another from being added: one that matches the same, or that is the same.
fn in_the_way(socket: &mut NetfilterSocket, nat: &Nat) -> Option<Nat> {
    let rival = nat::rival(socket, nat).ok().flatten();
    rival.or_else(|| nat::contains(socket, std::slice::from_ref(nat)).ok()?.then(|| nat.clone()))
}

fn delete(socket: &mut NetfilterSocket, must: bool, entries: Vec<Nat>) -> Result<u8> {
    if entries.is_empty() && must {
        return Err(Failure::refused("no such entry"));
    }
    let change = if must { NatChange::Delete } else { NatChange::Destroy };
    let mut changes = Vec::with_capacity(entries.len());
    for nat in entries {
        changes.push(change(nat));
    }
    match socket.commit(changes) {
        Err(error) if error.errno() == Some(ENOENT) => Err(Failure::refused("no such entry")),
        outcome => outcome.map(|()| 0).map_err(Failure::from),
    }
}

fn by_comment(socket: &mut NetfilterSocket, given: &dyn Given) -> Result<Vec<Nat>> {
    let Some(comment) = given.value("comment") else {
        return Err(Failure::usage("a KIND with its options is needed, or --comment"));
    };
    for row in options::ENTRY.iter().filter(|row| row.name != "comment") {
        if given.value(row.name).is_some() || given.flag(row.name) {
            return Err(Failure::wrong(&["--", row.name, " needs a KIND"]));
        }
    }
    all(socket, &|nat| *nat.comment == *comment, given)
}

/// All entries that are wanted, of the IP version that is asked for.
fn all(socket: &mut NetfilterSocket, wanted: &dyn Fn(&Nat) -> bool, given: &dyn Given) -> Result<Vec<Nat>> {
    let (family, mut found) = (arguments::family(given), Vec::new());
    nat::for_each(socket, |listed| {
        if let Some(nat) = listed.entry.filter(|nat| wanted(nat) && family.is_none_or(|v6| v6 == nat.v6)) {
            found.push(nat);
        }
        Ok(())
    })?;
    Ok(found)
}

fn flush(socket: &mut NetfilterSocket, kind: Option<Kind>, given: &dyn Given) -> Result<u8> {
    if kind.is_none() && arguments::family(given).is_none() {
        socket.commit(vec![NatChange::Flush])?;
        return Ok(0);
    }
    let found = all(socket, &|nat| kind.is_none_or(|kind| kind == nat.kind), given)?;
    delete(socket, false, found)
}

fn restore(socket: &mut NetfilterSocket, given: &dyn Given, io: &mut Io) -> Result<u8> {
    let path = given.value("file").unwrap_or(b"-");
    let text = read(path).map_err(|error| Failure::usage([path, b": ", errno::why(&error).as_bytes()].concat()))?;
    let replace = given.flag("replace");
    let mut command = None;
    let (mut entries, mut lines) = (Vec::new(), Vec::new());
    for (number, line) in (1u32..).zip(text.split(|byte| *byte == b'\n')) {
        let found = restored(&mut command, line).map_err(|failure| failure.at(&format!("line {number}")))?;
        lines.resize(entries.len() + found.len(), number);
        entries.extend(found);
    }
    two_targets(&entries, &lines)?;
    let mut changes = Vec::with_capacity(entries.len() + 1);
    if replace {
        changes.push(NatChange::Flush);
    }
    for nat in &entries {
        changes.push(NatChange::Add(nat.clone()));
    }
    if let Err(error) = socket.commit(changes) {
        if error.errno() == Some(EEXIST) && !replace {
            for (nat, line) in entries.iter().zip(&lines) {
                if in_the_way(socket, nat).is_some_and(|other| other != *nat) {
                    return Err(explained(socket, error, std::slice::from_ref(nat)).at(&format!("line {line}")));
                }
            }
        }
        return Err(error.into());
    }
    if !given.flag("quiet") {
        hints::after_adding(socket, &entries, io);
    }
    Ok(0)
}

/// Fails if two entries match the same and rewrite it otherwise, with the line of the second.
fn two_targets(entries: &[Nat], lines: &[u32]) -> Result<()> {
    let mut all = Vec::new();
    for (nat, line) in entries.iter().zip(lines) {
        if nat.kind != Kind::Masquerade {
            all.push((hash(nat), nat, *line));
        }
    }
    netmite_output::sort_by_key(&mut all, |(hash, ..)| *hash);
    let mut first: Option<(u32, u32, &Nat)> = None;
    for pair in all.windows(2) {
        let [(one_hash, one, before), (other_hash, other, line)] = pair else { continue };
        let earlier = first.is_none_or(|(least, ..)| *line < least);
        if one_hash == other_hash && earlier && one.matches_same(other) && !one.rewrites_same(other) {
            first = Some((*line, *before, one));
        }
    }
    let Some((line, before, other)) = first else { return Ok(()) };
    let text = format!("line {line}: it is in line {before} already: ");
    Err(Failure::refused([text.as_bytes(), &*words::entry(other)].concat()))
}

/// A number that entries have in common which match the same; it brings those together.
fn hash(nat: &Nat) -> u64 {
    struct Fnv(u64);
    impl Hasher for Fnv {
        fn write(&mut self, bytes: &[u8]) {
            self.0 = bytes.iter().fold(self.0, |all, byte| (all ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        }
        fn finish(&self) -> u64 {
            self.0
        }
    }
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    nat.hash_matching(&mut hasher);
    hasher.finish()
}

/// The entries of one line, `add KIND OPTIONS`; none of an empty line or a comment.
fn restored(command: &mut Option<clap::Command>, line: &[u8]) -> Result<Vec<Nat>> {
    let words = words::split(line).ok_or_else(|| Failure::usage("a quote is left open"))?;
    let words: Vec<&[u8]> = words.iter().map(|word| &**word).collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(plain) = rows::plain(&NAT, &words).filter(|plain| plain.verb.name == "add") {
        return arguments::entries(&plain);
    }
    let parsed = parse(command.get_or_insert_with(|| NAT.command(&[])), &words)?
        .map_err(|error| Failure::usage(usage::complaint(&error)))?;
    match parsed.subcommand() {
        Some(("add", matches)) => arguments::entries(matches),
        _ => Err(Failure::usage("only add is understood in a file")),
    }
}

fn read(path: &[u8]) -> std::io::Result<Vec<u8>> {
    let opened = if path == b"-" { file::standard_input_file() } else { file::open(path) };
    file::rest(&opened?, usize::MAX)
}
