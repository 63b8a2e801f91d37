//! `ip netns exec`: a command inside a namespace, with a /sys and the files of /etc/netns/NAME.
//!
//! Alone, the command takes our place, so its exit status and signals are the caller's. For all namespaces, and in a
//! batch, it is a child, started from a thread that entered the namespace and ends.

use super::name;
use crate::execute::{attempts, not_run, replace, status};
use netmite_grammar::netns::{not_entered, open};
use netmite_grammar::{Error, Options, Result, Session, Words};
use netmite_netlink::Netns;
use netmite_output::Io;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
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
        return child(&netns, name, command, &options, io).map(status);
    }
    let left_out = netns.enter_with_mounts(OsStr::from_bytes(name)).map_err(|error| not_entered(name, &error))?;
    left_out.iter().for_each(|line| io.error(line));
    io.flush();
    Err(replace(command, &options))
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
