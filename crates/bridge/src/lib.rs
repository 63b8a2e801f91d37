//! The `bridge` command: ports of bridges, their forwarding databases, VLANs, multicast groups and tunnels.
//!
//! Options, then an object, then a verb. This file finds the object; each has a file or folder of its own with its verbs.
//! Abbreviations are looked up in the order of [`OBJECTS`], first match first, so `bridge m` is mdb and `bridge v` is vlan.
//! Failures exit with 255, the kernel's refusals too; [`device`], [`change`] and [`on_off`] see to that.

// What only the words of a codec use is known with the feature that has them.
#![cfg_attr(not(feature = "laws"), allow(unused_imports, dead_code))]

mod decimal;
mod fdb;
mod link;
mod mdb;
mod monitor;
mod mst;
mod port;
mod vlan;
mod vni;
mod words;

use decimal::Decimal;
use netmite_grammar::{
    BRIDGE_FLAGS, Command, Context, Error, Key, Result, Session, Shape, Tool, Words, key, parse_only,
};
use netmite_netlink::tree::Tree;
use netmite_output::Io;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

static BRIDGE: Tool = Tool {
    name: "bridge",
    version: "bridge utility, 7.3.0",
    flags: BRIDGE_FLAGS,
    help: "bridge help",
    objects: OBJECTS,
    unknown: 255,
};

/// The objects, in the order in which abbreviations are looked up.
const OBJECTS: &[(Key, Option<Command>)] = &[
    (key("link", 1), Some(link::run)),
    (key("fdb", 1).tag(Tool::WAITS), Some(fdb::run)),
    (key("mdb", 1), Some(mdb::run)),
    (key("mst", 1), Some(mst::run)),
    (key("vlan", 1), Some(vlan::run)),
    (key("vni", 1), Some(vni::run)),
    (key("monitor", 1), Some(monitor::run)),
    (key("help", 1), None),
];

/// What manuals tell of the tool.
#[cfg(feature = "laws")]
pub fn manual() -> netmite_grammar::manual::Manual {
    let objects = vec![
        fdb::manual(),
        link::manual(),
        mdb::manual(),
        monitor::manual(),
        mst::manual(),
        vlan::manual(),
        vni::manual(),
    ];
    BRIDGE.manual("ports, forwarding databases, VLANs and multicast groups of bridges", objects)
}

/// Runs `bridge` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    let words: Vec<&[u8]> = arguments.iter().skip(1).map(|word| word.as_bytes()).collect();
    BRIDGE.run(&words, None, None, io)
}

/// A place for the device's name while words are read; no attribute of the kernel's has this number.
pub(crate) const DEV: u16 = 0x3ffe;

parse_only!(
    /// The device, whose index is asked for when all words are read.
    Dev,
    Shape::Device,
    |self, row, _key, scope| {
        let word = scope.value()?;
        scope.set(row.number(), word);
        Ok(())
    }
);

/// The index of the interface called `name`.
///
/// # Errors
/// `Cannot find device`, exit status 255.
pub(crate) fn device(context: &mut Context, name: &[u8]) -> Result<u32> {
    context.index_of(name).map_err(|error| error.with_status(255))
}

/// The index of the interface that a change is for.
///
/// # Errors
/// `Cannot find bridge device`, exit status 255.
pub(crate) fn changed_device(context: &mut Context, name: &[u8]) -> Result<u32> {
    found(context, "Cannot find bridge device \"%\"", name)
}

/// The index of the interface called `name`; where there is none, that is told with this text, in which `%` stands for it, exit status 255.
#[inline(never)]
pub(crate) fn found(context: &mut Context, text: &str, name: &[u8]) -> Result<u32> {
    context.index_of(name).map_err(|_| Error::about(255, text, name))
}

/// [`Session::change`] with the exit status that a refusal has here: 255.
pub(crate) fn change(session: &mut Session, tree: &Tree, kind: u16, flags: u16, words: &Words) -> Result<()> {
    session.change(tree, kind, flags, words).map_err(|error| error.with_status(255))
}

/// Reads `on` or `off` for option `key`; another word exits with 234, which is what the reference makes of `-EINVAL`.
pub(crate) fn on_off(key: &str, word: &[u8]) -> Result<bool> {
    netmite_grammar::codec::on_off(key, word).map_err(|error| error.with_status(234))
}
