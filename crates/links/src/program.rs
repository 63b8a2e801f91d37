//! eBPF programs, as `ip link set … xdp` and `encap bpf` name them: `{ object FILE [ section NAME ] | pinned PATH }`.
//!
//! Only a pinned program is taken. An object file is refused: loading one takes a linker of its own (libbpf), which this
//! file has not; the reference built without it refuses in the same words.

use netmite_grammar::{Error, Result, Scope, matches};
use netmite_output::brief;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

/// A program that the kernel has, and the name it is shown by.
pub struct Program {
    /// The program.
    pub descriptor: OwnedFd,
    /// The file it is pinned at, and that it is pinned.
    pub name: Vec<u8>,
}

/// Reads which program is meant.
///
/// # Errors
/// A path at which none is pinned; any object file.
pub fn read(scope: &mut Scope) -> Result<Program> {
    let mode = scope.value()?;
    // What is short of `object-file` is it, `object` and `obj` too.
    if matches(mode, "object-file") {
        let file = scope.value()?;
        while let Some(word) = scope.words.peek().filter(|word| !word.is_empty()) {
            let named = matches(word, "section") || matches(word, "program");
            if !named && !matches(word, "verbose") {
                break;
            }
            scope.words.take();
            if named {
                scope.value()?;
            }
        }
        return Err(no_loader(file));
    }
    if mode != b"fd" && !matches(mode, "object-pinned") && !matches(mode, "pinned") {
        return Err(Error::about(255, "What mode is \"%\"?", mode));
    }
    let path = scope.value()?;
    let descriptor = netmite_netlink::sys::pinned_program(OsStr::from_bytes(path)).map_err(|error| {
        let why = netmite_netlink::errno::why(&error);
        Error::of(255, &[b"Couldn't retrieve pinned program '", path, format!("': {why}").as_bytes()])
    })?;
    let base = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    Ok(Program { descriptor, name: [base, b":[*fsobj]"].concat() })
}

fn no_loader(file: &[u8]) -> Error {
    match std::fs::File::open(OsStr::from_bytes(file)) {
        Err(error) => {
            let why = netmite_netlink::errno::why(&error);
            Error::of(255, &[b"Error opening object ", file, format!(": {why}").as_bytes()])
        }
        Ok(_) => Error::new(255, brief!("No ELF library support compiled in."))
            .hint(brief!("load and pin it with another program (bpftool prog load FILE PATH), then say `pinned PATH`")),
    }
}
