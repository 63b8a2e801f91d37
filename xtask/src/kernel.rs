//! `cargo xtask kernel -- COMMAND…`: runs a command as root in a second, newer kernel, for what this one lacks.
//!
//! The kernel is Debian's User-Mode Linux, a program; kernel.sh tells what the command sees. What it changes stays in
//! the guest. Refuses machines that this kernel is not built for.

use crate::apt::{self, Apt};
use crate::run::{self, Result, at};
use crate::{needs, reference};
use clap::{Arg, ArgMatches, Command as Grammar, value_parser};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The record of packages.
const LOCK: &str = include_str!("../reference.lock");

/// The guest's memory in MiB.
const MEMORY: &str = "1024";

/// The errand's grammar.
pub fn command() -> Grammar {
    let command = Arg::new("command").value_name("COMMAND").required(true).num_args(1..).last(true);
    let limit = Arg::new("timeout").long("timeout").value_name("SECONDS").default_value("300");
    Grammar::new("kernel")
        .about("Run a command as root in a second kernel (User-Mode Linux)")
        .arg(limit.value_parser(value_parser!(u32)).help("End the guest after this time"))
        .arg(command.value_parser(value_parser!(OsString)))
}

/// The errand.
pub fn run(matches: &ArgMatches) -> Result<()> {
    let words: Vec<&OsString> = matches.get_many("command").unwrap_or_default().collect();
    let limit = matches.get_one::<u32>("timeout").copied().unwrap_or(300);
    let mut guest = guest(&prepare()?, limit);
    run::done(guest.args(words))
}

/// A guest kernel that will run the words added to the command.
pub fn guest(folder: &Path, limit: u32) -> Command {
    let mut command = Command::new("bash");
    command.arg(run::own_file("kernel.sh")).arg(folder).arg(limit.to_string()).arg(MEMORY);
    command.env("KERNEL_IP", run::target().join("reference/bin/ip"));
    command
}

/// The folder with the kernel and its modules, made where it is not there yet.
pub fn prepare() -> Result<PathBuf> {
    if std::env::consts::ARCH != "x86_64" {
        return Err("User-Mode Linux is packaged for x86_64 alone".to_owned());
    }
    needs::programs(&[("patchelf", "patchelf"), ("modprobe", "kmod"), ("taskset", "util-linux")])?;
    let reference = reference::prepare()?;
    let folder = run::target().join("kernel");
    let stamp = folder.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == LOCK) {
        return Ok(folder);
    }
    run::say("fetching the second kernel");
    let _ = fs::remove_dir_all(&folder);
    let root = folder.join("root");
    Apt::new(&folder.join("apt"), apt::NEWEST)?.unpack(&["user-mode-linux"], &apt::pins(LOCK), true, &root)?;
    let (libraries, loader) = reference::libraries(&reference.join("root"))?;
    reference::copy(&root.join("usr/bin/linux.uml"), &folder.join("linux.uml"), &loader, &libraries)?;
    let lib = folder.join("lib");
    at(&lib, fs::create_dir_all(&lib))?;
    at(&lib, symlink("../root/usr/lib/uml/modules", lib.join("modules")))?;
    at(&stamp, fs::write(&stamp, LOCK))?;
    Ok(folder)
}
