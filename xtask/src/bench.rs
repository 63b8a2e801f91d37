//! `cargo xtask bench`: measures the release beside iproute2 and busybox, in namespaces of its own, and shows a table.
//!
//! `--write` records it, and a chart, in docs/performance.md; that is meant for full sizes. What is measured and how, the
//! program `bench` of the tests knows; this makes it, the release and the tools to compare with.

use crate::run::{self, Result, at};
use crate::{dist, reference};
use clap::{Arg, ArgAction, ArgMatches, Command as Grammar};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The errand's grammar.
pub fn command() -> Grammar {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let binary = Arg::new("binary").long("binary").value_name("FILE");
    let words = Arg::new("words").value_name("WORD").num_args(0..);
    Grammar::new("bench")
        .about("Measure the release beside iproute2 and busybox (root)")
        .arg(flag("full").help("The sizes that docs/performance.md speaks of; it takes half an hour"))
        .arg(flag("write").help("Record table and chart in docs/performance.md"))
        .arg(binary.help("Measure this file rather than a new build"))
        .arg(words.help("Beginnings of parts (start, route4 …), rounds=N, or SIZE=N (route4=1000)"))
}

/// The errand.
pub fn run(matches: &ArgMatches) -> Result<()> {
    if !run::is_root() {
        return Err("what is measured is made in namespaces: this must be run as root".to_owned());
    }
    dist::prepare()?;
    let reference = reference::prepare()?.join("bin");
    let binary = match matches.get_one::<String>("binary") {
        Some(file) => at(Path::new(file), fs::canonicalize(file))?,
        None => dist::build(None)?.0,
    };
    let ours = links("ours", &binary, &["ip", "bridge", "brctl", "nat"])?;
    let busybox = links("busybox", &reference.join("busybox"), &["ip", "brctl"])?;
    let mut bench = run::cargo();
    bench.args(["run", "--release", "--quiet", "--locked", "--package", "netmite-tests", "--bin", "bench", "--"]);
    bench.arg(named("ours", &ours)).arg(named("ref", &reference)).arg(named("busybox", &busybox)).arg("--");
    bench.args(["full", "write"].iter().filter(|word| matches.get_flag(word)));
    bench.args(matches.get_many::<String>("words").unwrap_or_default());
    run::done(&mut bench)
}

fn named(name: &str, folder: &Path) -> String {
    format!("{name}={}", folder.display())
}

/// A folder under target/bench with links of these names to `file`.
fn links(folder: &str, file: &Path, names: &[&str]) -> Result<PathBuf> {
    let folder = run::target().join("bench").join(folder);
    at(&folder, fs::create_dir_all(&folder))?;
    for name in names {
        let link = folder.join(name);
        let _ = fs::remove_file(&link);
        at(&link, symlink(file, &link))?;
    }
    Ok(folder)
}
