//! `ip vrf exec`: a command whose sockets are bound to a VRF.
//!
//! Our own process moves into the VRF's control group, for which the kernel runs a program of four instructions whenever a
//! socket is made, and the command takes our place. In a batch it is a
//! child that moves.

use super::{NONE, find, group};
use crate::execute;
use netmite_grammar::{Error, Result, Session, Words};
use netmite_netlink::sys::{self, file};
use netmite_netlink::{IfIndex, errno};
use netmite_output::{brief, escaped};
use std::os::fd::AsFd;

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let name = words.take().ok_or_else(|| Error::new(1, "No VRF name specified"))?;
    let command = execute::command(words)?;
    let (index, _) = find(name, session).ok_or_else(|| Error::new(255, "Invalid VRF name"))?;
    execute::run(command, session, &mut |_| enter(name, IfIndex::new(index)))
}

/// Moves our process into the group of VRF `name`.
fn enter(name: &[u8], index: Option<IfIndex>) -> Result<()> {
    let root = group::mounted()?;
    let own = group::of_process(std::process::id())
        .map_err(|error| Error::caused(255, "Failed to open cgroup file: %", error))?;
    let folder = group::folder(&root, &group::beside(&own, Some(name).filter(|name| *name != NONE))?);
    make(&folder)?;
    if let Some(index) = index {
        bind(&folder, index)?;
    }
    move_into(&folder)
}

/// Makes a folder and those that it is in, the outermost first: a refusal names the one that it is of.
fn make(folder: &[u8]) -> Result<()> {
    let ends = folder.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/').map(|(end, _)| end);
    for made in ends.chain([folder.len()]).filter_map(|end| folder.get(..end)) {
        match file::make_folder(made) {
            Err(error) if errno::number(&error) != errno::EEXIST => {
                let path = escaped(made);
                let why = errno::why(&error).as_bytes();
                let rest = b"\nFailed to setup vrf cgroup2 directory";
                return Err(Error::of(255, &[b"mkdir failed for ", path.as_bytes(), b": ", why, rest]));
            }
            _ => (),
        }
    }
    Ok(())
}

/// Has the sockets of the group bound to interface `index`.
fn bind(folder: &[u8], index: IfIndex) -> Result<()> {
    let group = file::open(folder).map_err(|error| Error::caused(255, "Failed to open cgroup path: '%'", error))?;
    let program = sys::socket_binder(index).map_err(|error| {
        let number = errno::number(&error);
        let refusal = Error::caused(255, "Failed to load BPF prog: '%'", error);
        match number {
            errno::EPERM | errno::EACCES => refusal.hint(brief!("this needs CAP_BPF and CAP_NET_ADMIN")),
            _ => refusal.hint(brief!("the kernel must be built with CONFIG_CGROUP_BPF")),
        }
    })?;
    sys::attach_to_sockets(group.as_fd(), program.as_fd())
        .map_err(|error| Error::caused(255, "Failed to attach prog to cgroup: '%'", error))
}

fn move_into(folder: &[u8]) -> Result<()> {
    let pid = std::process::id().to_string();
    let moved = file::append(&[folder, b"/cgroup.procs"].concat(), pid.as_bytes());
    let moved = moved.map_err(|error| Error::caused(255, "Failed to open cgroups.procs file: %.", error))?;
    moved.map_err(|error| Error::caused(255, "Failed to join cgroup: %", error))
}
