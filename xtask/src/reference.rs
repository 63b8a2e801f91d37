//! `cargo xtask reference`: the tools that netmite is compared with, Debian's newest, under target/reference; and under
//! target/stable the iptables of its stable release.
//!
//! `bin` holds runnable copies whose loader and libraries are those that came with them. Nothing is installed. What was
//! made from the same record is kept. `bin/busybox` is the static one, for `ping` and `arping`; its shell would run its
//! own commands before those in PATH, so `shell` holds another build, which does not.

use crate::apt::{self, Apt};
use crate::needs;
use crate::run::{self, Result, at};
use clap::{ArgMatches, Command as Grammar};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The record of packages: versions and digests.
const LOCK: &str = include_str!("../reference.lock");

/// The same of the stable release.
const STABLE_LOCK: &str = include_str!("../stable.lock");

/// What is unpacked with all that it needs.
const PACKAGES: &[&str] = &["iproute2", "nftables", "iptables", "bridge-utils", "busybox-static"];

/// Programs with libraries.
const TOOLS: &[&str] = &["ip", "bridge", "brctl", "nft", "ss", "tc", "xtables-nft-multi"];

/// Names of the iptables program, called through a script that says where its extensions are.
const TABLES: &[&str] =
    &["iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"];

/// The errand's grammar.
pub fn command() -> Grammar {
    Grammar::new("reference").about("Unpack the tools netmite is compared with under target/reference")
}

/// The errand.
pub fn run(_: &ArgMatches) -> Result<()> {
    let folder = prepare()?;
    stable()?;
    println!("{}", run::output(Command::new(folder.join("bin/ip")).arg("-V"))?.trim_end());
    Ok(())
}

/// The folder, made where it is not there yet.
pub fn prepare() -> Result<PathBuf> {
    let folder = run::target().join("reference");
    let stamp = folder.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == LOCK) {
        return Ok(folder);
    }
    needs::programs(&[("patchelf", "patchelf")])?;
    run::say("fetching the reference tools");
    let _ = fs::remove_dir_all(&folder);
    let apt = Apt::new(&folder.join("apt"), apt::NEWEST)?;
    let (root, shell) = (folder.join("root"), folder.join("shell-root"));
    apt.unpack(PACKAGES, &apt::pins(LOCK), false, &root)?;
    apt.unpack(&["busybox"], &apt::pins(LOCK), true, &shell)?;
    make(&folder, TOOLS)?;
    // The static busybox is called `ping` and `arping`.
    let busybox = folder.join("bin/busybox");
    at(&busybox, fs::copy(root.join("usr/bin/busybox"), &busybox).map(drop))?;
    make_shell(&folder, &shell)?;
    at(&stamp, fs::write(&stamp, LOCK))?;
    Ok(folder)
}

/// As [`prepare`], with what Debian's stable release has for NAT, under target/stable.
pub fn stable() -> Result<PathBuf> {
    let folder = run::target().join("stable");
    let stamp = folder.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == STABLE_LOCK) {
        return Ok(folder);
    }
    needs::programs(&[("patchelf", "patchelf")])?;
    run::say("fetching iptables of Debian's stable release");
    let _ = fs::remove_dir_all(&folder);
    let apt = Apt::new(&folder.join("apt"), apt::STABLE)?;
    apt.unpack(&["nftables", "iptables", "ipset"], &apt::pins(STABLE_LOCK), false, &folder.join("root"))?;
    make(&folder, &["nft", "xtables-nft-multi", "ipset"])?;
    at(&stamp, fs::write(&stamp, STABLE_LOCK))?;
    Ok(folder)
}

/// The folder of the unpacked libraries, and the loader in it.
pub fn libraries(root: &Path) -> Result<(PathBuf, PathBuf)> {
    let folder = root.join("usr/lib");
    let holds_loader = |path: &Path| loader(path).map(|loader| (path.to_path_buf(), loader));
    let mut folders = at(&folder, fs::read_dir(&folder))?.flatten().map(|entry| entry.path());
    folders.find_map(|path| holds_loader(&path)).ok_or_else(|| format!("{}: no loader below", folder.display()))
}

fn loader(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.find(|file| {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("ld-linux") || name.starts_with("ld64.so")
    })
}

/// The copies in `bin`.
fn make(folder: &Path, tools: &[&str]) -> Result<()> {
    let (root, bin) = (folder.join("root"), folder.join("bin"));
    at(&bin, fs::create_dir_all(&bin))?;
    let (libraries, loader) = libraries(&root)?;
    for tool in tools {
        let places = ["usr/sbin", "usr/bin"].map(|place| root.join(place).join(tool));
        let regular = |path: &&PathBuf| path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        let file = places.iter().find(regular).ok_or_else(|| format!("the packages hold no {tool}"))?;
        copy(file, &bin.join(tool), &loader, &libraries)?;
    }
    for name in TABLES {
        let script = format!(
            "#!/bin/sh\nXTABLES_LIBDIR={}/xtables exec {}/xtables-nft-multi {name} \"$@\"\n",
            libraries.display(),
            bin.display()
        );
        let path = bin.join(name);
        at(&path, fs::write(&path, script))?;
        at(&path, fs::set_permissions(&path, fs::Permissions::from_mode(0o755)))?;
    }
    Ok(())
}

/// A runnable copy of `file`.
pub fn copy(file: &Path, to: &Path, loader: &Path, libraries: &Path) -> Result<()> {
    at(file, fs::copy(file, to))?;
    at(to, fs::set_permissions(to, fs::Permissions::from_mode(0o755)))?;
    let mut patch = Command::new("patchelf");
    patch.arg("--set-interpreter").arg(loader).arg("--force-rpath").arg("--set-rpath").arg(libraries).arg(to);
    run::output(&mut patch).map(drop)
}

/// The shell for an otherwise empty root: its loader and libraries are expected in the root's /shell.
fn make_shell(folder: &Path, unpacked: &Path) -> Result<()> {
    let shell = folder.join("shell");
    at(&shell, fs::create_dir_all(&shell))?;
    let (libraries, loader) = libraries(&folder.join("root"))?;
    let name = loader.file_name().unwrap_or_default();
    let inside = Path::new("/shell");
    copy(&unpacked.join("usr/bin/busybox"), &shell.join("busybox"), &inside.join(name), inside)?;
    for library in ["libc.so.6", "libresolv.so.2"] {
        let from = libraries.join(library);
        at(&from, fs::copy(&from, shell.join(library)))?;
    }
    at(&loader, fs::copy(&loader, shell.join(name)).map(drop))
}
