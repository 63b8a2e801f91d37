//! Debian packages of another suite, fetched by apt with lists of its own and unpacked in a folder.
//!
//! The mirror is the one that the machine's own sources name; the suite is the newest. Nothing is installed, and the
//! machine's package state is neither read nor changed. Refuses a package whose digest is not the recorded one.

use crate::run::{self, Result, at};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's newest suite.
pub const NEWEST: &str = "sid";

/// Debian's stable release.
pub const STABLE: &str = "trixie";

/// The keys that sign it.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A recorded package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Its version.
    pub version: String,
    /// The SHA-256 digest of its file, per architecture as Debian calls it.
    pub digests: BTreeMap<String, String>,
}

/// The recorded packages: a line each, `NAME VERSION ARCHITECTURE=DIGEST…`; `#` starts a comment.
pub fn pins(text: &str) -> BTreeMap<String, Pin> {
    let mut pins = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            let digests = words.filter_map(|word| word.split_once('='));
            let digests = digests.map(|(architecture, digest)| (architecture.to_owned(), digest.to_owned())).collect();
            pins.insert(name.to_owned(), Pin { version: version.to_owned(), digests });
        }
    }
    pins
}

/// The first Debian mirror that a source list names, in either of apt's two formats. Mirrors of security updates alone
/// don't have the suite.
fn mirror_in(text: &str) -> Option<String> {
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let uris = words.flat_map(|words| match words.first() {
        Some(&"URIs:" | &"deb") => words.into_iter().skip(1).map(str::to_owned).collect(),
        _ => Vec::new(),
    });
    let mut uris = uris.filter(|uri| uri.contains("://") && uri.contains("debian"));
    uris.find(|uri| !uri.contains("security"))
}

/// The machine's mirror.
fn mirror() -> Result<String> {
    let folder = Path::new("/etc/apt/sources.list.d");
    let mut files = vec![PathBuf::from("/etc/apt/sources.list"), folder.join("debian.sources")];
    files.extend(fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()));
    let active = files.iter().filter(|file| file.extension().is_some_and(|end| end == "list" || end == "sources"));
    let found = active.filter_map(|file| fs::read_to_string(file).ok()).find_map(|text| mirror_in(&text));
    found.ok_or_else(|| "apt's sources name no Debian mirror; the reference is Debian's".to_owned())
}

/// apt with a folder of its own.
pub struct Apt {
    folder: PathBuf,
    suite: &'static str,
}

impl Apt {
    /// Prepares `folder` and fetches the suite's list.
    pub fn new(folder: &Path, suite: &'static str) -> Result<Self> {
        let apt = Apt { folder: folder.to_path_buf(), suite };
        for name in ["lists/partial", "cache/archives/partial"] {
            let path = folder.join(name);
            at(&path, fs::create_dir_all(&path))?;
        }
        let source = format!("deb [signed-by={KEYRING}] {} {suite} main\n", mirror()?);
        for (name, text) in [("sources.list", source.as_str()), ("status", "")] {
            let path = folder.join(name);
            at(&path, fs::write(&path, text))?;
        }
        run::output(apt.call("apt-get").args(["-qq", "update"]))?;
        Ok(apt)
    }

    /// One of apt's programs, told to use our folder alone.
    fn call(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let places = [
            ("Dir::State::Lists", "lists"),
            ("Dir::Etc::SourceList", "sources.list"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", "cache"),
        ];
        for (name, place) in places {
            command.arg(format!("-o{name}={}", self.folder.join(place).display()));
        }
        command.arg("-oDir::Etc::SourceParts=/nonexistent").arg("-oAPT::Sandbox::User=root");
        command.arg("-oAcquire::Languages=none").arg("-oAPT::Keep-Downloaded-Packages=true");
        command.arg("-oAcquire::Retries=3").current_dir(self.folder.join("cache/archives"));
        command
    }

    /// The words that name each package in its recorded version; where that is gone, in the newest, and says so.
    fn choose(&self, names: &[&str], pins: &BTreeMap<String, Pin>) -> Result<Vec<String>> {
        let mut words = Vec::new();
        for name in names {
            let known = run::output(self.call("apt-cache").args(["madison", name]))?;
            let versions: Vec<&str> = known.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim).collect();
            let newest = versions.first().ok_or_else(|| format!("the suite {} has no package {name}", self.suite))?;
            match pins.get(*name) {
                Some(pin) if versions.contains(&pin.version.as_str()) => words.push(format!("{name}={}", pin.version)),
                pin => {
                    let recorded = pin.map_or("none", |pin| pin.version.as_str());
                    run::say(&format!("{name} {recorded} was recorded and is gone; {newest} is taken"));
                    words.push(format!("{name}={newest}"));
                }
            }
        }
        Ok(words)
    }

    /// Fetches packages, with what they depend on or alone, and unpacks them in `root`. What is recorded must be it.
    pub fn unpack(&self, names: &[&str], pins: &BTreeMap<String, Pin>, alone: bool, root: &Path) -> Result<()> {
        let archives = self.folder.join("cache/archives");
        for file in packages_in(&archives)? {
            at(&file, fs::remove_file(&file))?;
        }
        let how: &[&str] = if alone { &["download"] } else { &["-y", "--no-install-recommends", "-d", "install"] };
        run::output(self.call("apt-get").arg("-qq").args(how).args(self.choose(names, pins)?))?;
        for file in packages_in(&archives)? {
            check(&file, pins)?;
            run::output(Command::new("dpkg").arg("-x").arg(&file).arg(root))?;
        }
        Ok(())
    }
}

/// The package files of a folder.
fn packages_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let files = at(folder, fs::read_dir(folder))?.flatten().map(|entry| entry.path());
    Ok(files.filter(|file| file.extension().is_some_and(|end| end == "deb")).collect())
}

/// Fails when a package of a recorded version is not the file that was recorded.
fn check(file: &Path, pins: &BTreeMap<String, Pin>) -> Result<()> {
    let field = |name| run::output(Command::new("dpkg-deb").arg("-f").arg(file).arg(name));
    let (name, version, architecture) = (field("Package")?, field("Version")?, field("Architecture")?);
    let pin = pins.get(name.trim()).filter(|pin| pin.version == version.trim());
    let sum = run::output(Command::new("sha256sum").arg(file))?;
    let sum = sum.split_whitespace().next().unwrap_or("");
    match pin.and_then(|pin| pin.digests.get(architecture.trim())) {
        Some(digest) if digest != sum => {
            Err(format!("{} {}: the file's digest {sum} is not the recorded one", name.trim(), version.trim()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_found_in_both_formats() {
        let deb822 = "Types: deb\n# comment\nURIs: http://example.org/debian-security\nSuites: x\n\nTypes: deb\nURIs: http://example.org/debian\n";
        assert_eq!(mirror_in(deb822).as_deref(), Some("http://example.org/debian"));
        let lines = "# deb http://old/debian x main\ndeb [signed-by=/k] http://example.org/debian trixie main\n";
        assert_eq!(mirror_in(lines).as_deref(), Some("http://example.org/debian"));
        assert_eq!(mirror_in("deb http://example.org/ubuntu noble main\n"), None);
    }

    #[test]
    fn pins_are_read() {
        let pins = pins("# comment\nname 1:2-3 amd64=abc arm64=def\n\n");
        assert_eq!(pins["name"].version, "1:2-3");
        assert_eq!(pins["name"].digests["arm64"], "def");
        assert_eq!(pins.len(), 1);
    }
}
