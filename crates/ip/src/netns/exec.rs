//! `ip netns exec`: a command inside a namespace, with a /sys and the files of /etc/netns/NAME.
//!
//! Alone, the command takes our place, so its exit status and signals are the caller's. For all namespaces, and in a
//! batch, it is a child that entered the namespace first.

use super::name;
use crate::execute::{self, child, command};
use netmite_grammar::netns::{not_entered, open};
use netmite_grammar::{Context, Error, Result, Session, Words};
use netmite_netlink::Netns;
use netmite_output::Io;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    if session.context.options.all {
        return all(words, session);
    }
    let name = name(words)?;
    let command = command(words)?;
    let netns = open(name)?;
    execute::run(command, session, &mut |io| enter(&netns, name, io))
}

fn enter(netns: &Netns, name: &[u8], io: &mut Io) -> Result<()> {
    let left_out = netns.enter_with_mounts(OsStr::from_bytes(name)).map_err(|error| not_entered(name, &error))?;
    left_out.iter().for_each(|line| io.error(line));
    Ok(())
}

/// Runs the command in every namespace. The exit status is 0 whatever the commands say, as with the reference; but one that
/// a signal ends is the last.
fn all(words: &mut Words, session: &mut Session) -> Result<()> {
    let command = command(words)?;
    let Context { out, options, .. } = &mut session.context;
    let io = out.io();
    for name in Netns::list()? {
        io.write(&[b"\nnetns: ", name.as_bytes(), b"\n"].concat());
        let name = name.as_bytes();
        let outcome = open(name).and_then(|netns| child(command, options, io, &mut |io| enter(&netns, name, io)));
        match outcome {
            Ok(Err(_signal)) => return Err(Error::told(1)),
            Ok(Ok(_)) => {}
            Err(error) => {
                error.report(io);
            }
        }
    }
    Ok(())
}
