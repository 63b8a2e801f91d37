//! Links to our own file, one for each tool.
//!
//! A name that something else has is refused, unless forced; a folder is refused always. All names are looked at, and
//! all links made under other names, before the first gets its own: what fails on the way leaves nothing behind.

use netmite_netlink::errno::why;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

/// The kind of link.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    Hard,
    Symbolic,
}

/// Our own executable file.
struct Own {
    path: PathBuf,
    metadata: Metadata,
}

/// A link to make: its final path, and the one that it is made under.
struct Step {
    target: PathBuf,
    made: PathBuf,
}

/// Makes links to our own file in `directory`. The error is what to say of it, a line for each name refused.
pub(crate) fn install(directory: &Path, tools: &[&str], links: Links, force: bool) -> Result<(), String> {
    let own = Own::find()?;
    let folder = fs::canonicalize(directory).map_err(|error| failed(directory, &error))?;
    let metadata = fs::metadata(&folder).map_err(|error| failed(directory, &error))?;
    if !metadata.is_dir() {
        return Err(format!("{}: Not a directory", directory.display()));
    }
    if links == Links::Hard && metadata.dev() != own.metadata.dev() {
        let path = own.path.display();
        return Err(format!("{}: not on the filesystem of {path}; -s makes symbolic links", directory.display()));
    }
    let mut steps = Vec::new();
    let mut refused = Vec::new();
    for tool in tools {
        let target = folder.join(tool);
        match own.needs(&target, links, force) {
            Ok(false) => {}
            Ok(true) => {
                let made = folder.join(format!(".{tool}.{}", std::process::id()));
                steps.push(Step { target, made });
            }
            Err(error) => refused.push(error),
        }
    }
    if !refused.is_empty() {
        return Err(refused.join("\n"));
    }
    let result = own.make(&steps, links);
    if result.is_err() {
        steps.iter().for_each(|step| drop(fs::remove_file(&step.made)));
    }
    result
}

impl Own {
    fn find() -> Result<Self, String> {
        let path = std::env::current_exe().map_err(|error| format!("cannot find our own file: {}", why(&error)))?;
        let metadata = fs::metadata(&path).map_err(|error| failed(&path, &error))?;
        Ok(Own { path, metadata })
    }

    fn is(&self, metadata: &Metadata) -> bool {
        (metadata.dev(), metadata.ino()) == (self.metadata.dev(), self.metadata.ino())
    }

    /// Whether a link has to be made at `target`: not where it is there, or where the file itself stands. The error
    /// says what has the name.
    fn needs(&self, target: &Path, links: Links, force: bool) -> Result<bool, String> {
        let there = match fs::symlink_metadata(target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(failed(target, &error)),
            Ok(there) => there,
        };
        if there.is_dir() {
            return Err(format!("{}: Is a directory", target.display()));
        }
        if self.is(&there) {
            return Ok(links == Links::Symbolic && target != self.path);
        }
        let points_here = there.is_symlink() && fs::read_link(target).is_ok_and(|to| to == self.path);
        if points_here || fs::metadata(target).is_ok_and(|metadata| self.is(&metadata)) {
            return Ok(links == Links::Hard || !points_here);
        }
        match force {
            true => Ok(true),
            false => Err(format!("{}: not a link to this file; --force replaces it", target.display())),
        }
    }

    /// Makes the links, all of them under other names first.
    fn make(&self, steps: &[Step], links: Links) -> Result<(), String> {
        for Step { made, target } in steps {
            let done = match links {
                Links::Hard => fs::hard_link(&self.path, made),
                Links::Symbolic => symlink(&self.path, made),
            };
            done.map_err(|error| failed(target, &error))?;
        }
        for Step { made, target } in steps {
            fs::rename(made, target).map_err(|error| failed(target, &error))?;
        }
        Ok(())
    }
}

fn failed(path: &Path, error: &io::Error) -> String {
    format!("{}: {}", path.display(), why(error))
}
