//! `cargo xtask audit`: holds the tables of links to the kernel's newest headers, Debian's, under target/headers; and tells
//! which of their options the tests try.
//!
//! `--write` writes the table in docs/compatibility.md. The audit itself is the program `audit` of the tests.

use crate::apt::{self, Apt};
use crate::run::{self, Result, at};
use clap::{Arg, ArgAction, ArgMatches, Command as Grammar};
use std::fs;
use std::path::PathBuf;

/// The record of packages.
const LOCK: &str = include_str!("../headers.lock");

/// The errand's grammar.
pub fn command() -> Grammar {
    let write = Arg::new("write").long("write").action(ArgAction::SetTrue);
    Grammar::new("audit")
        .about("Hold the tables of links to the kernel's newest headers and to the tests")
        .arg(write.help("Write the table in docs/compatibility.md"))
}

/// The errand.
pub fn run(matches: &ArgMatches) -> Result<()> {
    let folder = prepare()?;
    let mut audit = run::cargo();
    audit.args(["run", "--quiet", "--locked", "--package", "netmite-tests", "--bin", "audit", "--"]).arg(folder);
    if matches.get_flag("write") {
        audit.arg("write");
    }
    run::done(&mut audit)
}

/// The folder of the headers, made where it is not there yet.
fn prepare() -> Result<PathBuf> {
    let folder = run::target().join("headers");
    let (root, stamp) = (folder.join("root"), folder.join("stamp"));
    if !fs::read_to_string(&stamp).is_ok_and(|made| made == LOCK) {
        run::say("fetching the kernel's headers");
        let _ = fs::remove_dir_all(&folder);
        Apt::new(&folder.join("apt"), apt::NEWEST)?.unpack(&["linux-libc-dev"], &apt::pins(LOCK), true, &root)?;
        at(&stamp, fs::write(&stamp, LOCK))?;
    }
    Ok(root.join("usr/include/linux"))
}
