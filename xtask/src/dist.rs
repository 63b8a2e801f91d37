//! `cargo xtask dist`: the release file, target/dist/netmite: static, for one address, with musl where that is to be had.
//!
//! musl's target comes from rustup where it is installed there, else on Debian from its own packages (musl-toolchain.sh,
//! into target/musl-toolchain). Elsewhere the file is linked with glibc's static libraries. The flags are passed here:
//! the tree's cargo configuration has none, so that a packager's serve. Refuses to hand out a file that is not static.

use crate::run::{self, Result, at};
use crate::{elf, needs};
use clap::{Arg, ArgMatches, Command as Grammar};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The errand's grammar.
pub fn command() -> Grammar {
    let libc = Arg::new("libc").long("libc").value_name("LIBC").value_parser(["musl", "glibc"]);
    Grammar::new("dist").about("Build the release: target/dist/netmite").arg(libc.help("Only with this one"))
}

/// The errand.
pub fn run(matches: &ArgMatches) -> Result<()> {
    prepare()?;
    let wanted = matches.get_one::<String>("libc").map(String::as_str);
    let (file, libc) = build(wanted)?;
    let size = at(&file, fs::metadata(&file))?.len();
    println!("{}: static, {libc}, {size} bytes", file.display());
    Ok(())
}

/// What a build needs from the network, fetched now, so that the build itself needs none.
pub fn prepare() -> Result<()> {
    needs::programs(&[("cc", "gcc"), ("ar", "binutils")])?;
    run::done(run::cargo().args(["fetch", "--quiet", "--locked"]))
}

/// What prepares the toolchain; one that another version made is made anew.
const MUSL_SCRIPT: &str = include_str!("../musl-toolchain.sh");

/// Seconds that fetching and building the toolchain may take.
const PREPARE_LIMIT: u32 = 1200;

/// Where the compiler for musl is.
pub enum Musl {
    /// rustup has the target.
    Rustup,
    /// The folder with Debian's.
    Debian(PathBuf),
}

/// Builds the file and says with which C library. `wanted` allows one only.
pub fn build(wanted: Option<&str>) -> Result<(PathBuf, &'static str)> {
    match (wanted, if wanted == Some("glibc") { Err(String::new()) } else { musl() }) {
        (_, Ok(musl)) => Ok((build_with(&musl)?, "musl")),
        (Some("musl"), Err(why)) => Err(why),
        (wanted, Err(why)) => {
            if wanted.is_none() {
                run::say(&format!("no musl here, so glibc: {why}"));
            }
            let triple = host()?;
            let mut cargo = run::cargo();
            cargo.args(["build", "--target", &triple]);
            Ok((finish(cargo, &triple, "")?, "glibc"))
        }
    }
}

/// This machine's musl target.
fn musl_triple() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

/// The compiler for musl, prepared where it is not there yet.
pub fn musl() -> Result<Musl> {
    let installed = run::output(Command::new("rustup").args(["target", "list", "--installed"])).unwrap_or_default();
    if installed.lines().any(|target| target == musl_triple()) {
        return Ok(Musl::Rustup);
    }
    let (folder, stamp) = (run::target().join("musl-toolchain"), run::target().join("musl-toolchain/stamp"));
    if fs::read_to_string(&stamp).is_ok_and(|made| made == MUSL_SCRIPT) {
        return Ok(Musl::Debian(folder));
    }
    if std::env::consts::ARCH != "x86_64" || !Path::new("/etc/debian_version").is_file() {
        return Err(format!("rustup has no target {} and this is no Debian on x86_64", musl_triple()));
    }
    run::say("preparing a toolchain for musl");
    // cargo does not see that another std was built.
    for outdated in [&folder, &build_folder()] {
        let _ = fs::remove_dir_all(outdated);
    }
    let script = run::own_file("musl-toolchain.sh");
    let mut prepare = Command::new("bash");
    prepare.arg(script).arg(&folder).env_remove("RUSTFLAGS");
    run::output(&mut run::within(PREPARE_LIMIT, &prepare))?;
    at(&stamp, fs::write(&stamp, MUSL_SCRIPT))?;
    Ok(Musl::Debian(folder))
}

fn build_with(musl: &Musl) -> Result<PathBuf> {
    let mut cargo = match musl {
        Musl::Rustup => run::cargo(),
        Musl::Debian(folder) => {
            let mut cargo = Command::new(folder.join("cargo-musl"));
            cargo.current_dir(run::home());
            cargo
        }
    };
    cargo.args(["build", "--target", &musl_triple()]);
    let script = run::own_file("release.ld");
    finish(cargo, &musl_triple(), &format!("-C link-arg=-Wl,--no-eh-frame-hdr,-T,{}", script.display()))
}

/// What is built for the release is kept apart: its flags are others.
fn build_folder() -> PathBuf {
    run::target().join("dist-build")
}

/// The target that the compiler builds for unasked.
fn host() -> Result<String> {
    let version = run::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// What every release is built with: static, for one address, and without what prints the frames of a panic (our own
/// `_Unwind_Backtrace` stands beside the C library's then, and comes first). Constants lie in the order of their alignment, so
/// that none needs a gap before it, and what is written stands right behind them; the compiler makes a table of addresses only of
/// a `match` with many arms, and neither keeps in a register what an instruction may hold or make anew, nor moves it out of a
/// loop: 19 KB, and next to no instruction more where a command spends its time.
const FLAGS: &str = "-C target-feature=+crt-static -C relocation-model=static --cfg netmite_no_backtrace \
                     -C link-arg=-Wl,-z,muldefs,-z,noseparate-code,-z,norelro,-z,common-page-size=64,--build-id=none,--sort-section=alignment \
                     -C llvm-args=-disable-constant-hoisting -C llvm-args=-min-jump-table-entries=8 \
                     -C llvm-args=-optsize-jump-table-density=60 -C llvm-args=-disable-machine-licm \
                     -C llvm-args=-disable-licm-promotion";

/// Builds with our flags, checks the file and puts it in its place.
fn finish(mut cargo: Command, triple: &str, more: &str) -> Result<PathBuf> {
    let folder = build_folder();
    cargo.args(["--release", "--locked", "--quiet", "--package", "netmite", "--bin", "netmite"]);
    cargo.env("RUSTFLAGS", format!("{FLAGS} {more}"));
    cargo.env("CARGO_TARGET_DIR", &folder);
    run::done(&mut cargo)?;
    let made = folder.join(triple).join("release/netmite");
    match elf::loading(&at(&made, fs::read(&made))?) {
        Some(elf::Loading { fixed: true, interpreter: false }) => (),
        other => return Err(format!("{}: not a static file for one address: {other:?}", made.display())),
    }
    let place = run::target().join("dist");
    at(&place, fs::create_dir_all(&place))?;
    let (new, file) = (place.join("netmite.new"), place.join("netmite"));
    at(&new, fs::copy(&made, &new))?;
    at(&file, fs::rename(&new, &file))?;
    Ok(file)
}
