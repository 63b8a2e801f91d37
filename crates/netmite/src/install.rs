//! Links to our own file, one for each tool.
//!
//! A name that something else has is refused, unless forced; a folder is refused always. All names are looked at, and
//! all links made under other names, before the first gets its own: what fails on the way leaves nothing behind.

use crate::base_name;
use netmite_netlink::errno::{self, why};
use std::ffi::OsStr;
use std::fs;
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
    about: About,
    /// The folder that it is in; nothing if that can't be looked at.
    folder: Option<About>,
}

/// What is known of a file: that which makes it the same as another, its filesystem first; and its kind.
#[derive(Clone, Copy, PartialEq, Eq)]
struct About {
    identity: (u64, u64),
    folder: bool,
    link: bool,
}

/// A link to make: its final path, and the one that it is made under.
struct Step {
    target: Vec<u8>,
    made: Vec<u8>,
}

/// Makes links to our own file in `directory`. The error is what to say of it, a line for each name refused.
pub(crate) fn install(directory: &[u8], tools: &[&str], links: Links, force: bool) -> Result<(), Vec<String>> {
    let own = Own::find()?;
    let folder = about(directory, true).map_err(|error| failed(directory, &error))?;
    if !folder.folder {
        return Err(said(directory, "Not a directory"));
    }
    if links == Links::Hard && folder.identity.0 != own.about.identity.0 {
        let own = String::from_utf8_lossy(&own.path);
        return Err(said(directory, &format!("not on the filesystem of {own}; -s makes symbolic links")));
    }
    let at_home = own.folder == Some(folder);
    let shown = directory.strip_suffix(b"/").unwrap_or(directory);
    let mut steps = Vec::new();
    let mut refused = Vec::new();
    for tool in tools {
        let target = [shown, b"/", tool.as_bytes()].concat();
        let itself = at_home && base_name(&own.path) == tool.as_bytes();
        match own.needs(&target, itself, links, force) {
            Ok(false) => {}
            Ok(true) => {
                let made = format!("/.{tool}.{}", std::process::id());
                steps.push(Step { target, made: [shown, made.as_bytes()].concat() });
            }
            Err(error) => refused.extend(error),
        }
    }
    if !refused.is_empty() {
        return Err(refused);
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
    fn find() -> Result<Self, Vec<String>> {
        const LINK: &[u8] = b"/proc/self/exe";
        let path = target(LINK).map_err(|error| vec![format!("cannot find our own file: {}", why(&error))])?;
        let itself = about(&path, true).map_err(|error| failed(&path, &error))?;
        let folder = path.strip_suffix(base_name(&path)).and_then(|folder| about(folder, true).ok());
        Ok(Own { path, about: itself, folder })
    }

    /// Whether a link has to be made at `place`: not where it is there, or where the file `itself` stands. The error
    /// says what has the name.
    fn needs(&self, place: &[u8], itself: bool, links: Links, force: bool) -> Result<bool, Vec<String>> {
        let there = match about(place, false) {
            Err(error) if errno::number(&error) == errno::ENOENT => return Ok(true),
            Err(error) => return Err(failed(place, &error)),
            Ok(there) => there,
        };
        if there.folder {
            return Err(said(place, "Is a directory"));
        }
        if there == self.about {
            return Ok(links == Links::Symbolic && !itself);
        }
        let points_here = there.link && target(place).is_ok_and(|to| to == self.path);
        if points_here || about(place, true).is_ok_and(|there| there == self.about) {
            return Ok(links == Links::Hard || !points_here);
        }
        if force { Ok(true) } else { Err(said(place, "not a link to this file; --force replaces it")) }
    }

    /// Makes the links, all of them under other names first.
    fn make(&self, steps: &[Step], links: Links) -> Result<(), Vec<String>> {
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

/// What a symbolic link says.
fn target(link: &[u8]) -> io::Result<Vec<u8>> {
    fs::read_link(path(link)).map(|to| to.into_os_string().into_vec())
}

/// What there is at a path; of a symbolic link, where it leads if that is to be followed.
fn about(file: &[u8], follow: bool) -> io::Result<About> {
    let about = if follow { fs::metadata(path(file)) } else { fs::symlink_metadata(path(file)) }?;
    Ok(About { identity: (about.dev(), about.ino()), folder: about.is_dir(), link: about.is_symlink() })
}

fn said(path: &[u8], what: &str) -> Vec<String> {
    vec![format!("{}: {what}", String::from_utf8_lossy(path))]
}

#[cold]
fn failed(path: &[u8], error: &io::Error) -> Vec<String> {
    said(path, why(error))
}
