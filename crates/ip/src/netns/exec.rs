//! `ip netns exec`: a command inside a namespace, with a /sys and the files of /etc/netns/NAME.
//!
//! Alone, the command takes our place, so its exit status and signals are the caller's. For all namespaces, and in a
//! batch, it is a child, started from a thread that entered the namespace and ends.

use super::{name, not_entered, open};
use netmite_grammar::{Error, Result, Session, Words};
use netmite_netlink::{Netns, errno};
use netmite_output::Io;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Command;

/// Tools that our own file may be, for images that have no other.
const TOOLS: &[&str] = &["ip", "bridge", "brctl", "nat", "iptables", "ping", "arping", "nsenter"];

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<u8> {
    if session.context.options.all {
        return all(words, session.context.out.io());
    }
    let name = name(words)?;
    let command = words.rest();
    if command.is_empty() {
        return Err(Error::new(1, "No command specified"));
    }
    let netns = open(name)?;
    let io = session.context.out.io();
    if session.context.options.batch.is_some() {
        return child(&netns, name, command, io);
    }
    let left_out = netns.enter_with_mounts(OsStr::from_bytes(name)).map_err(|error| not_entered(name, &error))?;
    left_out.iter().for_each(|line| io.error(line));
    io.flush();
    // Only a failure returns.
    let error = prepared(command).exec();
    let error = match own(command).filter(|_| error.kind() == std::io::ErrorKind::NotFound) {
        Some(mut own) => own.exec(),
        None => error,
    };
    Err(not_run(command, &error))
}

fn prepared(command: &[&[u8]]) -> Command {
    let mut words = command.iter().map(|word| OsStr::from_bytes(word));
    let mut prepared = Command::new(words.next().unwrap_or_default());
    prepared.args(words);
    prepared
}

/// Our own file as the tool that the command names, if it names one.
fn own(command: &[&[u8]]) -> Option<Command> {
    let (tool, arguments) = command.split_first()?;
    TOOLS.iter().find(|known| known.as_bytes() == *tool)?;
    let mut own = Command::new("/proc/self/exe");
    own.arg0(OsStr::from_bytes(tool)).args(arguments.iter().map(|word| OsStr::from_bytes(word)));
    Some(own)
}

fn not_run(command: &[&[u8]], error: &std::io::Error) -> Error {
    let why = errno::text(error.raw_os_error().unwrap_or(0));
    let name = command.first().copied().unwrap_or(b"");
    Error::new(1, [b"exec of \"", name, format!("\" failed: {why}").as_bytes()].concat())
}

/// Runs the command in every namespace. The exit status is 0 whatever the commands say, as with the reference.
fn all(words: &mut Words, io: &mut Io) -> Result<u8> {
    let command = words.rest();
    if command.is_empty() {
        return Err(Error::new(1, "No command specified"));
    }
    for name in Netns::list().map_err(|error| Error::new(1, error.to_string()))? {
        io.write(&[b"\nnetns: ", name.as_bytes(), b"\n"].concat());
        let outcome = open(name.as_bytes()).and_then(|netns| child(&netns, name.as_bytes(), command, io));
        if let Err(error) = outcome {
            error.report(io);
        }
    }
    Ok(0)
}

/// Runs the command as a child; the result is its exit status, or 128 and the number of the signal that ended it.
fn child(netns: &Netns, name: &[u8], command: &[&[u8]], io: &mut Io) -> Result<u8> {
    io.flush();
    let (left_out, outcome) = std::thread::scope(|scope| {
        let work = || {
            let left_out = netns.enter_with_mounts(OsStr::from_bytes(name));
            let left_out = left_out.map_err(|error| not_entered(name, &error))?;
            let started = prepared(command).status();
            let outcome = match own(command) {
                Some(mut own) if started.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) => {
                    own.status()
                }
                _ => started,
            };
            Ok((left_out, outcome))
        };
        scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    left_out.iter().for_each(|line| io.error(line));
    let status = outcome.map_err(|error| not_run(command, &error))?;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(u8::try_from(code).unwrap_or(1))
}
