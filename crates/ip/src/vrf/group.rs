//! Control groups of VRFs: `vrf/NAME` below the group that a process was in, and in a namespace with a name
//! `NAMESPACE-ns/vrf/NAME`. What stands in these files anybody may have chosen.

use crate::netns::processes;
use crate::proc;
use netmite_grammar::{Error, Result};
use netmite_netlink::sys::file;
use netmite_netlink::sys::mounts::mount;
use netmite_output::brief;
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

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
pub(super) fn mounted() -> Result<Vec<u8>> {
    let mounts =
        read(Path::new("/proc/mounts")).map_err(|error| Error::caused(255, "Failed to open mounts file: %", error))?;
    if let Some(path) = mount_point(&mounts) {
        return Ok(path);
    }
    let failed = |error: std::io::Error| {
        let error = Error::caused(255, "Failed to mount cgroup2: %", error);
        error.hint(brief!("VRFs are kept apart by control groups of version 2, which are mounted nowhere"))
    };
    file::make_folder(OWN_MOUNT.to_bytes()).map_err(failed)?;
    mount(c"none", OWN_MOUNT, c"cgroup2", 0).map_err(failed)?;
    Ok(OWN_MOUNT.to_bytes().to_vec())
}

/// The first place that a list of mounts has for `cgroup2`.
fn mount_point(mounts: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    proc::each_line(mounts, &mut |words| match words {
        [_, place, kind, ..] if found.is_none() && *kind == b"cgroup2" => found = Some(unescaped(place)),
        _ => (),
    });
    found
}

/// A path as it stands in /proc/mounts: blanks and backslashes are a backslash and three octal digits there.
fn unescaped(word: &[u8]) -> Vec<u8> {
    let mut rest = word;
    let mut path = Vec::new();
    while let Some((first, after)) = rest.split_first() {
        let (mut byte, mut behind) = (*first, after);
        if let (b'\\', Some((digits, more))) = (*first, after.split_at_checked(3)) {
            if let Some(Ok(code)) = netmite_grammar::number::in_base(digits, 8).map(u8::try_from) {
                (byte, behind) = (code, more);
            }
        }
        path.push(byte);
        rest = behind;
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
pub(super) fn each_process(root: &[u8], ending: &[u8], each: &mut dyn FnMut(u32, &[u8])) -> bool {
    walk(Path::new(OsStr::from_bytes(root)), ending, 0, each)
}

fn walk(folder: &Path, ending: &[u8], depth: usize, each: &mut dyn FnMut(u32, &[u8])) -> bool {
    let Ok(entries) = proc::entries(folder) else { return false };
    for (path, _) in entries.iter().filter(|(_, is_folder)| *is_folder) {
        if path.as_os_str().as_bytes().ends_with(ending) {
            proc::each_line(&read(&path.join("cgroup.procs")).unwrap_or_default(), &mut |words| {
                if let Some(pid) = words.first().and_then(|word| netmite_grammar::number::u32(word)) {
                    each(pid, &proc::command(pid));
                }
            });
        }
        if depth < DEEPEST {
            walk(path, ending, depth + 1, each);
        }
    }
    true
}

/// The folder of group `group` below `root`.
pub(super) fn folder(root: &[u8], group: &[u8]) -> Vec<u8> {
    [root, b"/", group.strip_prefix(b"/").unwrap_or(group)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_found() {
        let mounts = b"proc /proc proc rw 0 0\ncgroup /a cgroup rw 0 0\nx /b\\040c\\134 cgroup2 rw 0 0\n";
        assert_eq!(mount_point(mounts).as_deref(), Some(&b"/b c\\"[..]));
        assert_eq!(mount_point(b"cgroup2 /cgroup2 tmpfs rw\n\nx"), None);
        assert_eq!(unescaped(b"\\1\\999\\"), b"\\1\\999\\");
    }

    #[test]
    fn groups_name_vrfs() {
        assert_eq!(vrf_in(b"/a/vrf/red"), Some(&b"red"[..]));
        assert_eq!(vrf_in(b"/a/vrf"), None);
    }
}
