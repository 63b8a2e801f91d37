//! `ip … nat …`: the same as `nat`, in the namespace and of the IP version that `ip`'s options name. Refused where the file
//! is `ip` alone.

use crate::execute::exit;
use netmite_grammar::{Error, Result, Session, Words};
use netmite_netlink::uapi::{AF_INET, AF_INET6};
use netmite_output::brief;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Runs what follows the object.
pub(crate) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let options = &session.context.options;
    let program = options.own_tool.and_then(|own_tool| own_tool(b"nat"));
    let program = program.ok_or_else(|| Error::new(1, brief!("Object \"nat\" is not in this file")))?;
    let version = match options.family {
        AF_INET => Some("-4"),
        AF_INET6 => Some("-6"),
        _ => None,
    };
    let own = std::iter::once("nat").chain(version).chain(options.json.then_some("-j"));
    let mut arguments: Vec<&OsStr> = own.map(OsStr::new).collect();
    while let Some(word) = words.take() {
        arguments.push(OsStr::from_bytes(word));
    }
    exit(program(&arguments, session.context.out.io()))
}
