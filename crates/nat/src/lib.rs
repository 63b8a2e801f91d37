//! The `nat` command: entries of masquerade, snat, dnat, redirect and netmap in a table of our own.
//!
//! One command is one transaction. Adding what is there leaves one; nothing outside of table `inet netmite` is touched.
//! Refused: what names no entry (2), what is not there, and what the kernel refuses (1).

mod arguments;
mod failure;
mod hints;
mod list;
mod publish;
mod words;

use clap::ArgMatches;
use failure::{Failure, Result};
use netmite_netlink::nat::{self, Nat, NatChange};
use netmite_netlink::{NetfilterSocket, Netns};
use netmite_output::Io;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Runs `nat` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    let words: Vec<&[u8]> = arguments.iter().skip(1).map(|word| word.as_bytes()).collect();
    let parsed = match parse(&mut arguments::command(), &words) {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(error)) => return clap_error(&error, io),
        Err(failure) => return failure.report(io),
    };
    execute(&parsed, io).unwrap_or_else(|failure| failure.report(io))
}

fn parse(command: &mut clap::Command, words: &[&[u8]]) -> Result<std::result::Result<ArgMatches, clap::Error>> {
    let joined = arguments::join_bangs(words)?;
    let words = std::iter::once(b"nat".to_vec()).chain(joined).map(OsString::from_vec);
    Ok(command.try_get_matches_from_mut(words))
}

fn clap_error(error: &clap::Error, io: &mut Io) -> u8 {
    let text = error.render().to_string();
    if error.use_stderr() {
        io.error(text.trim_end());
        return 2;
    }
    io.write(text.as_bytes());
    0
}

fn execute(parsed: &ArgMatches, io: &mut Io) -> Result<u8> {
    if let Some(name) = parsed.get_one::<OsString>("netns") {
        Netns::open(name).and_then(|netns| netns.enter())?;
    }
    let mut socket = NetfilterSocket::open()?;
    let Some((verb, matches)) = parsed.subcommand() else { return Err(Failure::usage("a verb is needed")) };
    match verb {
        "publish" => publish::publish(&mut socket, matches, io),
        "add" | "create" => add(&mut socket, verb, matches, io),
        "delete" | "destroy" => delete(&mut socket, verb == "delete", matches),
        "check" => check(&mut socket, matches),
        "list" => list::list(&mut socket, matches, io),
        "flush" => flush(&mut socket, matches),
        "save" => list::save(&mut socket, io),
        _ => restore(&mut socket, matches, io),
    }
}

fn add(socket: &mut NetfilterSocket, verb: &str, matches: &ArgMatches, io: &mut Io) -> Result<u8> {
    let entries = arguments::entries(matches)?;
    let replace = verb == "add" && matches.get_flag("replace");
    let change = |nat: &Nat| match verb {
        _ if replace => nat.clone().replace(),
        "add" => nat.clone().add(),
        _ => nat.clone().create(),
    };
    if let Err(error) = socket.commit(entries.iter().map(change)) {
        let existing = error.errno() == Some(EEXIST);
        let failure = Failure::from(error);
        let found = if existing { entries.iter().find_map(|nat| there(socket, nat)) } else { None };
        return Err(match found {
            Some(found) => failure.behind(&[b": ", &*words::entry(&found)].concat()),
            None => failure,
        });
    }
    if !matches.get_flag("quiet") {
        hints::after_adding(socket, entries.iter().any(|nat| nat.v6), io);
    }
    Ok(0)
}

/// The kernel has one already.
const EEXIST: i32 = 17;
/// The kernel has none.
const ENOENT: i32 = 2;

/// The entry that matches the same, whatever it rewrites to.
fn there(socket: &mut NetfilterSocket, nat: &Nat) -> Option<Nat> {
    let mut found = None;
    let same = |other: &Nat| {
        let mut bare = other.clone();
        (bare.to, bare.to_ports, bare.flags, bare.comment) = (None, None, 0, Box::default());
        bare
    };
    let wanted = same(nat);
    let _ = nat::for_each(socket, |listed| {
        found = found.take().or_else(|| listed.entry.filter(|entry| same(entry) == wanted));
        Ok(())
    });
    found
}

fn delete(socket: &mut NetfilterSocket, must: bool, matches: &ArgMatches) -> Result<u8> {
    let entries = match arguments::kind_of(matches) {
        Some(_) => arguments::entries(matches)?,
        None => by_comment(socket, matches)?,
    };
    if entries.is_empty() && must {
        return Err(Failure::refused("no such entry"));
    }
    let change = |nat: Nat| if must { nat.delete() } else { nat.destroy() };
    match socket.commit(entries.into_iter().map(change)) {
        Err(error) if error.errno() == Some(ENOENT) => Err(Failure::refused("no such entry")),
        outcome => outcome.map(|()| 0).map_err(Failure::from),
    }
}

fn by_comment(socket: &mut NetfilterSocket, matches: &ArgMatches) -> Result<Vec<Nat>> {
    let Some(comment) = matches.get_one::<OsString>("comment") else {
        return Err(Failure::usage("a KIND with its options is needed, or --comment"));
    };
    let options = ["source", "destination", "in-interface", "out-interface", "protocol", "sport", "dport"];
    if let Some(other) = options.iter().find(|name| matches.get_one::<OsString>(name).is_some()) {
        return Err(Failure::usage(format!("--{other} needs a KIND")));
    }
    let mut found = Vec::new();
    nat::for_each(socket, |listed| {
        found.extend(listed.entry.filter(|entry| *entry.comment == *comment.as_bytes()));
        Ok(())
    })?;
    Ok(found)
}

fn check(socket: &mut NetfilterSocket, matches: &ArgMatches) -> Result<u8> {
    let entries = arguments::entries(matches)?;
    let all = nat::contains(socket, &entries)?;
    Ok(u8::from(!all))
}

fn flush(socket: &mut NetfilterSocket, matches: &ArgMatches) -> Result<u8> {
    let Some(kind) = arguments::kind_of(matches) else {
        socket.commit([NatChange::Flush])?;
        return Ok(0);
    };
    let mut found = Vec::new();
    nat::for_each(socket, |listed| {
        found.extend(listed.entry.filter(|entry| entry.kind == kind));
        Ok(())
    })?;
    socket.commit(found.into_iter().map(Nat::destroy))?;
    Ok(0)
}

fn restore(socket: &mut NetfilterSocket, matches: &ArgMatches, io: &mut Io) -> Result<u8> {
    let path = matches.get_one::<OsString>("file").map_or(OsStr::new("-"), |path| path);
    let text =
        read(path).map_err(|error| Failure::usage([path.as_bytes(), b": ", error.to_string().as_bytes()].concat()))?;
    let mut changes = Vec::new();
    if matches.get_flag("replace") {
        changes.push(NatChange::Flush);
    }
    let mut command = arguments::command();
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let entries = restored(&mut command, line).map_err(|failure| failure.at(&format!("line {number}")))?;
        changes.extend(entries.into_iter().map(Nat::add));
    }
    let v6 = changes.iter().any(|change| matches!(change, NatChange::Add(nat) if nat.v6));
    socket.commit(changes)?;
    if !matches.get_flag("quiet") {
        hints::after_adding(socket, v6, io);
    }
    Ok(0)
}

/// The entries of one line, `add KIND OPTIONS`; none of an empty line or a comment.
fn restored(command: &mut clap::Command, line: &[u8]) -> Result<Vec<Nat>> {
    let words = words::split(line).ok_or_else(|| Failure::usage("a quote is left open"))?;
    let words: Vec<&[u8]> = words.iter().map(|word| &**word).collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let parsed = parse(command, &words)?.map_err(|error| {
        let text = error.render().to_string();
        Failure::usage(text.lines().next().unwrap_or("").trim_start_matches("error: ").to_owned())
    })?;
    match parsed.subcommand() {
        Some(("add", matches)) => arguments::entries(matches),
        _ => Err(Failure::usage("only add is understood in a file")),
    }
}

fn read(path: &OsStr) -> std::io::Result<Vec<u8>> {
    if path != "-" {
        return std::fs::read(path);
    }
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut text)?;
    Ok(text)
}
