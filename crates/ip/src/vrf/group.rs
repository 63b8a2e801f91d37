//! Control groups of VRFs: `vrf/NAME` below the group that a process was in, and in a namespace with a name
//! `NAMESPACE-ns/vrf/NAME`. What stands in these files anybody may have chosen.

use crate::netns::processes;
use netmite_grammar::{Error, Result};
use netmite_netlink::errno::why;
use netmite_netlink::sys::file;
use netmite_netlink::sys::mounts::mount;
use std::ffi::{CStr, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Where the hierarchy is mounted if it is mounted nowhere.
const OWN_MOUNT: &CStr = c"/run/cgroup2";

/// The largest file that is read, in bytes.
const LARGEST: usize = 1 << 22;

/// How deep folders of groups are looked into.
const DEEPEST: usize = 64;

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    file::start_of(path, LARGEST)
}

/// The folder where control groups of version 2 are mounted; they are mounted if they are not.
pub(super) fn mounted() -> Result<PathBuf> {
    let mounts = read(Path::new("/proc/mounts"))
        .map_err(|error| Error::new(255, format!("Failed to open mounts file: {}", why(&error))))?;
    if let Some(path) = mount_point(&mounts) {
        return Ok(path);
    }
    let failed = |error: std::io::Error| {
        let error = Error::new(255, format!("Failed to mount cgroup2: {}", why(&error)));
        error.hint("VRFs are kept apart by control groups of version 2, which are mounted nowhere")
    };
    let path = PathBuf::from(OsStr::from_bytes(OWN_MOUNT.to_bytes()));
    std::fs::create_dir_all(&path).map_err(failed)?;
    mount(c"none", OWN_MOUNT, c"cgroup2", 0).map_err(failed)?;
    Ok(path)
}

/// The first place that a list of mounts has for `cgroup2`.
fn mount_point(mounts: &[u8]) -> Option<PathBuf> {
    let mut lines = mounts.split(|byte| *byte == b'\n').map(|line| line.split(|byte| *byte == b' '));
    let place = lines.find_map(|mut words| {
        let place = words.nth(1)?;
        (words.next()? == b"cgroup2").then_some(place)
    })?;
    Some(PathBuf::from(OsString::from_vec(unescaped(place))))
}

/// A path as it stands in /proc/mounts: blanks and backslashes are a backslash and three octal digits there.
fn unescaped(word: &[u8]) -> Vec<u8> {
    let mut rest = word;
    let mut path = Vec::with_capacity(word.len());
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| *first == b'\\');
        let code = digits.and_then(|digits| netmite_grammar::number::in_base(digits, 8));
        match code.and_then(|code| u8::try_from(code).ok()) {
            Some(byte) => {
                path.push(byte);
                rest = after.get(3..).unwrap_or(&[]);
            }
            None => {
                path.push(*first);
                rest = after;
            }
        }
    }
    path
}

/// The group of a process, as a path below the mount.
pub(super) fn of_process(pid: u32) -> std::io::Result<Vec<u8>> {
    let text = read(Path::new(&format!("/proc/{pid}/cgroup")))?;
    let mut lines = text.split(|byte| *byte == b'\n');
    Ok(lines.find_map(|line| line.strip_prefix(b"0::")).unwrap_or(b"").to_vec())
}

/// Where `/vrf/` begins in a path.
fn marker(path: &[u8]) -> Option<usize> {
    path.windows(5).position(|window| window == b"/vrf/")
}

/// The VRF that a group's path names.
pub(super) fn vrf_in(path: &[u8]) -> Option<&[u8]> {
    path.get(marker(path)? + 5..)
}

/// What the paths of a VRF's groups end with, in the namespace that we are in.
pub(super) fn ending(vrf: &[u8]) -> Result<Vec<u8>> {
    Ok([&namespace()?, &b"/vrf/"[..], vrf].concat())
}

/// `/NAME-ns`, or nothing in a namespace without a name.
fn namespace() -> Result<Vec<u8>> {
    let name = processes::name_of("self").map_err(|error| error.with_status(255))?;
    Ok(name.map_or_else(Vec::new, |name| [b"/", name.as_bytes(), b"-ns"].concat()))
}

/// The group that a process in `path` belongs in when it is to be in VRF `vrf`; the group of those in none is the folder of
/// the others.
pub(super) fn beside(path: &[u8], vrf: Option<&[u8]>) -> Result<Vec<u8>> {
    let namespace = namespace()?;
    let base = marker(path).and_then(|at| path.get(..at)).unwrap_or(path);
    let base = base.strip_suffix(b"/vrf").unwrap_or(base);
    let base = base.strip_suffix(&namespace[..]).unwrap_or(base);
    let base = if base == b"/" { b"" } else { base };
    let name = vrf.map_or_else(Vec::new, |vrf| [b"/", vrf].concat());
    Ok([base, &namespace, b"/vrf", &name].concat())
}

/// Hands the processes of all groups whose path ends with `ending` to `each`, with the names of their commands; whether
/// `root` could be read.
pub(super) fn each_process(root: &Path, ending: &[u8], each: &mut dyn FnMut(u32, &[u8])) -> bool {
    walk(root, ending, 0, each)
}

fn walk(folder: &Path, ending: &[u8], depth: usize, each: &mut dyn FnMut(u32, &[u8])) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let path = entry.path();
        if path.as_os_str().as_bytes().ends_with(ending) {
            let processes = read(&path.join("cgroup.procs")).unwrap_or_default();
            for pid in processes.split(|byte| *byte == b'\n').filter_map(netmite_grammar::number::u32) {
                each(pid, &command_of(pid));
            }
        }
        if depth < DEEPEST {
            walk(&path, ending, depth + 1, each);
        }
    }
    true
}

fn command_of(pid: u32) -> Vec<u8> {
    let mut name = read(Path::new(&format!("/proc/{pid}/comm"))).unwrap_or_default();
    name.truncate(name.strip_suffix(b"\n").map_or(name.len(), <[u8]>::len));
    name
}

/// The folder of group `group` below `root`.
pub(super) fn folder(root: &Path, group: &[u8]) -> PathBuf {
    let below = group.strip_prefix(b"/").unwrap_or(group);
    root.join(OsStr::from_bytes(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_found() {
        let mounts = b"proc /proc proc rw 0 0\ncgroup /a cgroup rw 0 0\nx /b\\040c\\134 cgroup2 rw 0 0\n";
        assert_eq!(mount_point(mounts), Some(PathBuf::from("/b c\\")));
        assert_eq!(mount_point(b"cgroup2 /cgroup2 tmpfs rw\n\nx"), None);
        assert_eq!(unescaped(b"\\1\\999\\"), b"\\1\\999\\");
    }

    #[test]
    fn groups_name_vrfs() {
        assert_eq!(vrf_in(b"/a/vrf/red"), Some(&b"red"[..]));
        assert_eq!(vrf_in(b"/a/vrf"), None);
    }
}
