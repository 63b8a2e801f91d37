//! `ip netns identify` and `pids`: which name a process's namespace has, and which processes are in one.

use super::name;
use crate::proc;
use netmite_grammar::{Error, Result, Session, Words, number};
use netmite_netlink::{Netns, netns};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What makes a namespace's file the same as another: device and inode.
fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|about| (about.dev(), about.ino()))
}

fn not_opened(error: std::io::Error) -> Error {
    Error::caused(1, "Cannot open network namespace: %", error)
}

pub(super) fn identify(words: &mut Words, session: &mut Session) -> Result<()> {
    let pid = match words.take() {
        None => "self".to_owned(),
        Some(word) => {
            let not_pid = || Error::about(1, "Specified string '%' is not a pid", word);
            number::u32(word).ok_or_else(not_pid)?.to_string()
        }
    };
    no_more(words)?;
    let found = name_of(&pid)?;
    let io = session.context.out.io();
    // Without a name there is an empty line.
    io.write(found.as_deref().map_or(b"", OsStr::as_bytes));
    io.write(b"\n");
    Ok(())
}

/// The name of the namespace that process `pid` is in, `self` for our own; of several the last of the folder, as with the
/// reference.
pub(crate) fn name_of(pid: &str) -> Result<Option<OsString>> {
    let wanted = identity(Path::new(&format!("/proc/{pid}/ns/net"))).map_err(not_opened)?;
    let names = Netns::list()?;
    let is = |name: &OsString| netns::path_of(name).is_ok_and(|path| identity(&path).is_ok_and(|own| own == wanted));
    Ok(names.into_iter().rev().find(is))
}

pub(super) fn pids(words: &mut Words, session: &mut Session) -> Result<()> {
    let name = name(words)?;
    no_more(words)?;
    let path = netns::path_of(OsStr::from_bytes(name)).map_err(|error| Error::new(255, error.to_string()))?;
    let wanted = identity(&path).map_err(not_opened)?;
    for (pid, folder) in proc::processes().map_err(not_opened)? {
        if identity(&folder.join("ns/net")).is_ok_and(|own| own == wanted) {
            session.context.out.io().write(format!("{pid}\n").as_bytes());
        }
    }
    Ok(())
}

fn no_more(words: &Words) -> Result<()> {
    if words.is_empty() { Ok(()) } else { Err(Error::new(1, "extra arguments specified")) }
}
