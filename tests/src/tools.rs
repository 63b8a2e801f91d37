//! Where the programs under test, the reference's and the files of this crate are.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The names under which the suite's one file is called.
pub const TOOLS: &[&str] = &[
    "ip",
    "bridge",
    "brctl",
    "nat",
    "iptables",
    "iptables-save",
    "iptables-restore",
    "ip6tables",
    "ip6tables-save",
    "ip6tables-restore",
    "ping",
    "arping",
    "nsenter",
    "netmite",
];

/// The folder of this crate, where cases and recordings are.
pub fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with a link for each tool to `binary`. There is one for each process, and it goes with the target folder.
///
/// # Panics
/// If it can't be made.
pub fn links_to(binary: &Path) -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("netmite-tools-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for links");
        for tool in TOOLS {
            let link = folder.join(tool);
            let _ = std::fs::remove_file(&link);
            std::os::unix::fs::symlink(binary, &link).expect("a link to the program under test");
        }
        folder
    })
}

/// The reference's folder, with `bin` in it: the environment's `NETMITE_REFERENCE`.
pub fn reference() -> Option<PathBuf> {
    std::env::var_os("NETMITE_REFERENCE").map(PathBuf::from)
}

/// Whether a test that can't run must fail: the environment's `NETMITE_REQUIRE` is 1.
pub fn required() -> bool {
    std::env::var_os("NETMITE_REQUIRE").is_some_and(|value| value == "1")
}

/// Says that a test did not run and why, or fails where nothing may be left out.
///
/// # Panics
/// If [`required`].
pub fn skipped(what: &str, why: &str) {
    assert!(!required(), "{what} can't run: {why}");
    println!("skipped: {what}: {why}");
}

/// The text files of `folder` under [`home`], by name without their ending, in order.
///
/// # Panics
/// If the folder can't be read.
pub fn text_files(folder: &str) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(home().join(folder)).expect("a folder of this crate");
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry of a folder").path()) {
        if path.extension().is_some_and(|ending| ending == "txt") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path).expect("a file of this crate")));
        }
    }
    files.sort();
    files
}

/// The folder of links to the program under test: the environment's `NETMITE_BINARY` (or the tools in that folder), else
/// the one that this crate builds.
///
/// # Panics
/// If the former is no file.
pub fn under_test() -> Option<&'static Path> {
    let binary = std::env::var_os("NETMITE_BINARY").map(PathBuf::from).or_else(built)?;
    if binary.is_dir() {
        return Some(Box::leak(binary.into_boxed_path()));
    }
    Some(links_to(&binary.canonicalize().expect("the program under test")))
}

/// The folder of links to the program that this crate builds, which tells what it makes use of; a release does not.
pub fn built_links() -> Option<&'static Path> {
    built().map(|binary| links_to(&binary))
}

/// The program that is built beside the running test: `target/debug/deps/wire-…` lies below `target/debug`.
fn built() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let binary = test.ancestors().nth(2)?.join("netmite-under-test");
    binary.exists().then_some(binary)
}

/// How many differences are shown in full: the environment's `NETMITE_SHOWN`, else 20.
pub fn shown() -> usize {
    std::env::var("NETMITE_SHOWN").ok().and_then(|count| count.parse().ok()).unwrap_or(20)
}

/// The differences from the reference that are known, `known/TIER.txt`: a line each, below a comment that says why.
pub fn known(tier: &str) -> Vec<String> {
    let text = std::fs::read_to_string(home().join(format!("known/{tier}.txt"))).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// Those of the `known` differences that are none any more: `differing` are the cases that differ. The list may not rot.
pub fn outlived(known: &[String], differing: &[String]) -> Vec<String> {
    known.iter().filter(|line| !differing.contains(line)).cloned().collect()
}
