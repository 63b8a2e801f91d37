//! The files of /proc, /sys and the like: their lines, folders, processes.

use netmite_netlink::sys::file;
use std::io::Result;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Hands the words of each line of `text` to `each`.
pub(crate) fn each_line(text: &[u8], each: &mut dyn FnMut(&[&[u8]])) {
    let mut words = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        words.clear();
        words.extend(line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()));
        each(&words);
    }
}

/// The paths in a folder, and whether each is a folder, too.
///
/// # Errors
/// Those of opening it.
pub(crate) fn entries(folder: &Path) -> Result<Vec<(PathBuf, bool)>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        all.push((entry.path(), is_folder));
    }
    Ok(all)
}

/// The processes there are, each with its folder in /proc.
///
/// # Errors
/// Those of opening /proc.
pub(crate) fn processes() -> Result<Vec<(u32, PathBuf)>> {
    let mut all = Vec::new();
    for (path, _) in entries(Path::new("/proc"))? {
        let name = path.file_name().map_or(&b""[..], OsStrExt::as_bytes);
        if let Some(pid) = netmite_grammar::number::in_base(name, 10).and_then(|pid| u32::try_from(pid).ok()) {
            all.push((pid, path));
        }
    }
    Ok(all)
}

/// The name of the command that a process runs; nothing of one that has ended.
pub(crate) fn command(pid: u32) -> Vec<u8> {
    let mut name = file::contents(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.truncate(name.strip_suffix(b"\n").map_or(name.len(), <[u8]>::len));
    name
}
