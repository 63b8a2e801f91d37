//! Links to our own file, one for each tool.
//!
//! A name that something else has is refused, unless forced; a folder is refused always. All names are looked at, and
//! all links made under other names, before the first gets its own: what fails on the way leaves nothing behind.

use netmite_netlink::errno::why;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

/// The kind of link.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    Hard,
    Symbolic,
}

/// Our own executable file.
struct Own {
    path: Vec<u8>,
    metadata: Metadata,
    /// The folder that it is in; nothing if that can't be looked at.
    folder: Option<Metadata>,
}

/// A link to make: its final path, and the one that it is made under.
struct Step {
    target: Vec<u8>,
    made: Vec<u8>,
}

/// Makes links to our own file in `directory`. The error is what to say of it, a line for each name refused.
pub(crate) fn install(directory: &[u8], tools: &[&str], links: Links, force: bool) -> Result<(), String> {
    let own = Own::find()?;
    let folder = fs::metadata(path(directory)).map_err(|error| failed(directory, &error))?;
    if !folder.is_dir() {
        return Err(said(directory, "Not a directory"));
    }
    if links == Links::Hard && folder.dev() != own.metadata.dev() {
        let own = String::from_utf8_lossy(&own.path);
        return Err(said(directory, &format!("not on the filesystem of {own}; -s makes symbolic links")));
    }
    let at_home = own.folder.as_ref().is_some_and(|home| same(home, &folder));
    let shown = directory.strip_suffix(b"/").unwrap_or(directory);
    let mut steps = Vec::new();
    let mut refused = Vec::new();
    for tool in tools {
        let target = [shown, b"/", tool.as_bytes()].concat();
        let itself = at_home && own.path.rsplit(|byte| *byte == b'/').next() == Some(tool.as_bytes());
        match own.needs(&target, itself, links, force) {
            Ok(false) => {}
            Ok(true) => {
                let made = format!("/.{tool}.{}", std::process::id());
                steps.push(Step { target, made: [shown, made.as_bytes()].concat() });
            }
            Err(error) => refused.push(error),
        }
    }
    if !refused.is_empty() {
        return Err(refused.join("\n"));
    }
    let result = own.make(&steps, links);
    if result.is_err() {
        for step in &steps {
            let _ = fs::remove_file(path(&step.made));
        }
    }
    result
}

impl Own {
    fn find() -> Result<Self, String> {
        let found = fs::read_link(path(b"/proc/self/exe"));
        let found = found.map_err(|error| format!("cannot find our own file: {}", why(&error)))?;
        let own = found.into_os_string().into_vec();
        let metadata = fs::metadata(path(&own)).map_err(|error| failed(&own, &error))?;
        let name = own.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let folder = own.get(..name + 1).and_then(|folder| fs::metadata(path(folder)).ok());
        Ok(Own { path: own, metadata, folder })
    }

    /// Whether a link has to be made at `target`: not where it is there, or where the file `itself` stands. The error
    /// says what has the name.
    fn needs(&self, target: &[u8], itself: bool, links: Links, force: bool) -> Result<bool, String> {
        let there = match fs::symlink_metadata(path(target)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(failed(target, &error)),
            Ok(there) => there,
        };
        if there.is_dir() {
            return Err(said(target, "Is a directory"));
        }
        if same(&self.metadata, &there) {
            return Ok(links == Links::Symbolic && !itself);
        }
        let points_here =
            there.is_symlink() && fs::read_link(path(target)).is_ok_and(|to| to.as_os_str().as_bytes() == self.path);
        if points_here || fs::metadata(path(target)).is_ok_and(|metadata| same(&self.metadata, &metadata)) {
            return Ok(links == Links::Hard || !points_here);
        }
        if force { Ok(true) } else { Err(said(target, "not a link to this file; --force replaces it")) }
    }

    /// Makes the links, all of them under other names first.
    fn make(&self, steps: &[Step], links: Links) -> Result<(), String> {
        for Step { made, target } in steps {
            let done = match links {
                Links::Hard => fs::hard_link(path(&self.path), path(made)),
                Links::Symbolic => symlink(path(&self.path), path(made)),
            };
            done.map_err(|error| failed(target, &error))?;
        }
        for Step { made, target } in steps {
            fs::rename(path(made), path(target)).map_err(|error| failed(target, &error))?;
        }
        Ok(())
    }
}

fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// Whether both are of one file.
fn same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn said(path: &[u8], what: &str) -> String {
    format!("{}: {what}", String::from_utf8_lossy(path))
}

fn failed(path: &[u8], error: &io::Error) -> String {
    said(path, why(error))
}
