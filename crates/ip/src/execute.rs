//! Commands that `exec` verbs run: found by PATH; a tool that the image lacks and our own file is, `ip` itself for one, is
//! our own file again.

use netmite_grammar::{Context, Error, Options, Result, Session, Words};
use netmite_netlink::sys::process;
use netmite_netlink::{errno, sys};
use netmite_output::Io;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The words that are left: a command.
///
/// # Errors
/// None are left.
pub(crate) fn command<'w>(words: &Words<'w>) -> Result<&'w [&'w [u8]]> {
    let command = words.rest();
    if command.is_empty() { Err(Error::new(1, "No command specified")) } else { Ok(command) }
}

/// Runs the command where `enter` leads: in our place, or in a batch as a child.
pub(crate) fn run(
    command: &[&[u8]],
    session: &mut Session,
    enter: &mut dyn FnMut(&mut Io) -> Result<()>,
) -> Result<()> {
    let Context { out, options, .. } = &mut session.context;
    let io = out.io();
    if options.batch.is_some() {
        return child(command, options, io, enter).and_then(status);
    }
    enter(io)?;
    io.flush();
    Err(replace(command, options))
}

/// Puts the command in our place. Only a failure returns.
fn replace(command: &[&[u8]], options: &Options) -> Error {
    let tool = command.first().map_or(OsStr::new(""), |tool| OsStr::from_bytes(tool));
    let mut error = process::execute(tool, command);
    if options.own_tool.map_or(tool == "ip", |is_own| is_own(tool.as_bytes()).is_some()) {
        // Without /proc there is still the path that we were started by.
        for file in [Some(OsStr::new("/proc/self/exe")), sys::executable()].into_iter().flatten() {
            if errno::number(&error) != errno::ENOENT {
                break;
            }
            error = process::execute(file, command);
        }
    }
    not_run(command, &error)
}

/// Runs the command as a child, to its end, once the child has done what `prepare` says: the exit status, or the number of the
/// signal that ended it. What the child can't do it says itself.
pub(crate) fn child(
    command: &[&[u8]],
    options: &Options,
    io: &mut Io,
    prepare: &mut dyn FnMut(&mut Io) -> Result<()>,
) -> Result<std::result::Result<u8, u8>> {
    io.flush();
    let run = || prepare(io).map_or_else(|error| error, |()| replace(command, options)).report(io);
    process::child(run).and_then(process::wait).map_err(|error| not_run(command, &error))
}

/// A child's exit status, or that which stands for the signal that ended it, is ours.
fn status(ended: std::result::Result<u8, u8>) -> Result<()> {
    exit(ended.unwrap_or_else(|signal| 128u8.saturating_add(signal)))
}

/// The exit status of a program that told its failures itself is ours.
pub(crate) fn exit(status: u8) -> Result<()> {
    if status == 0 { Ok(()) } else { Err(Error::told(status)) }
}

/// The error that the command was not run.
fn not_run(command: &[&[u8]], error: &std::io::Error) -> Error {
    let why = errno::why(error);
    let name = command.first().copied().unwrap_or(b"");
    Error::of(1, &[b"exec of \"", name, format!("\" failed: {why}").as_bytes()])
}
