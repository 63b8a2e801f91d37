//! `ip netns exec`: a command inside a namespace, with a /sys and the files of /etc/netns/NAME.
//!
//! Alone, the command takes our place, so its exit status and signals are the caller's. For all namespaces, and in a
//! batch, it is a child, started from a thread that entered the namespace and ends. A tool that the image lacks and
//! our own file is, `ip` itself for one, is our own file again.

use super::name;
use netmite_grammar::netns::{not_entered, open};
use netmite_grammar::{Error, Options, Result, Session, Words};
use netmite_netlink::{Netns, errno, sys};
use netmite_output::Io;
use std::convert::Infallible;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<u8> {
    if session.context.options.all {
        return all(words, session);
    }
    let name = name(words)?;
    let command = words.rest();
    if command.is_empty() {
        return Err(Error::new(1, "No command specified"));
    }
    let netns = open(name)?;
    let options = session.context.options.clone();
    let io = session.context.out.io();
    if options.batch.is_some() {
        let status = child(&netns, name, command, &options, io)?;
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
        return Ok(u8::try_from(code).unwrap_or(1));
    }
    let left_out = netns.enter_with_mounts(OsStr::from_bytes(name)).map_err(|error| not_entered(name, &error))?;
    left_out.iter().for_each(|line| io.error(line));
    io.flush();
    // Only a failure returns.
    match attempts(command, &options, |ready| Err::<Infallible, _>(ready.exec())) {
        Err(error) => Err(not_run(command, &error)),
        Ok(never) => match never {},
    }
}

/// Starts the command as found by PATH; where there is none, our own file, if it is the tool that the command names.
fn attempts<T>(
    command: &[&[u8]],
    options: &Options,
    start: impl Fn(&mut Command) -> std::io::Result<T>,
) -> std::io::Result<T> {
    let (tool, arguments) =
        command.split_first().map_or((OsStr::new(""), command), |(tool, rest)| (OsStr::from_bytes(tool), rest));
    let prepared = |file: &OsStr| {
        let mut prepared = Command::new(file);
        prepared.arg0(tool).args(arguments.iter().map(|word| OsStr::from_bytes(word)));
        prepared
    };
    let missing = |outcome: &std::io::Result<T>| {
        outcome.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    };
    let first = start(&mut prepared(tool));
    let is_own = options.own_tool.map_or(tool == "ip", |is_own| is_own(tool.as_bytes()));
    if !is_own || !missing(&first) {
        return first;
    }
    // Without /proc there is still the path that we were started by.
    let files = [Some(OsStr::new("/proc/self/exe")), sys::executable()];
    let mut own = files.into_iter().flatten().map(|file| start(&mut prepared(file)));
    own.find(|outcome| !missing(outcome)).unwrap_or(first)
}

fn not_run(command: &[&[u8]], error: &std::io::Error) -> Error {
    let why = errno::text(error.raw_os_error().unwrap_or(0));
    let name = command.first().copied().unwrap_or(b"");
    Error::new(1, [b"exec of \"", name, format!("\" failed: {why}").as_bytes()].concat())
}

/// Runs the command in every namespace. The exit status is 0 whatever the commands say, as with the reference; but one that
/// a signal ends is the last.
fn all(words: &mut Words, session: &mut Session) -> Result<u8> {
    let command = words.rest();
    if command.is_empty() {
        return Err(Error::new(1, "No command specified"));
    }
    let options = session.context.options.clone();
    let io = session.context.out.io();
    for name in Netns::list().map_err(|error| Error::new(1, error.to_string()))? {
        io.write(&[b"\nnetns: ", name.as_bytes(), b"\n"].concat());
        let outcome = open(name.as_bytes()).and_then(|netns| child(&netns, name.as_bytes(), command, &options, io));
        match outcome {
            Ok(status) if status.code().is_none() => return Ok(1),
            Ok(_) => {}
            Err(error) => {
                error.report(io);
            }
        }
    }
    Ok(0)
}

/// Runs the command as a child, to its end.
fn child(netns: &Netns, name: &[u8], command: &[&[u8]], options: &Options, io: &mut Io) -> Result<ExitStatus> {
    io.flush();
    let (left_out, outcome) = std::thread::scope(|scope| {
        let work = || {
            let left_out = netns.enter_with_mounts(OsStr::from_bytes(name));
            let left_out = left_out.map_err(|error| not_entered(name, &error))?;
            Ok((left_out, attempts(command, options, Command::status)))
        };
        scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    left_out.iter().for_each(|line| io.error(line));
    outcome.map_err(|error| not_run(command, &error))
}
