//! The namespace that `-n` enters, and what is said where that fails.

use crate::error::{Error, Result};
use netmite_netlink::netns;
use netmite_netlink::{Error as Failure, Netns, errno};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Moves the process into the namespace called `name`: `-n NAME`. Nothing is mounted. No name begins with a slash, so what does
/// is a path, `/proc/PID/ns/net` for one.
///
/// # Errors
/// `Cannot open network namespace` or `setting the network namespace … failed`, exit status 255.
pub fn enter(name: &[u8]) -> Result<()> {
    let netns = if name.starts_with(b"/") {
        Netns::open_path(OsStr::from_bytes(name)).map_err(|error| not_opened(name, &error))?
    } else if netns::is_valid_name(name) {
        open(name)?
    } else {
        // `.`, `..` and the empty name are folders, which can be opened but not entered.
        let folder = [netns::DIRECTORY.as_bytes(), b"/", name].concat();
        Netns::open_path(OsStr::from_bytes(&folder)).map_err(|error| not_opened(name, &error))?
    };
    netns.enter().map_err(|error| not_entered(name, &error))
}

/// Opens a namespace by name.
///
/// # Errors
/// `Cannot open network namespace`, exit status 255.
pub fn open(name: &[u8]) -> Result<Netns> {
    Netns::open(OsStr::from_bytes(name)).map_err(|error| not_opened(name, &error))
}

fn not_opened(name: &[u8], error: &Failure) -> Error {
    let why = errno::text(error.errno().unwrap_or(errno::ENOENT));
    quoted("Cannot open network namespace", name, &format!(": {why}")).with_status(255)
}

/// Why the namespace called `name` could not be entered.
pub fn not_entered(name: &[u8], error: &Failure) -> Error {
    let refusal = error.errno().unwrap_or(0);
    let why = errno::text(refusal);
    let refused = quoted("setting the network namespace", name, &format!(" failed: {why}")).with_status(255);
    let left_over = netns::path_of(OsStr::from_bytes(name)).is_ok_and(|path| !netns::is_namespace(&path));
    match refusal {
        errno::EINVAL if left_over => refused.hint(LEFT_OVER),
        errno::EPERM | errno::EACCES => refused.hint("this needs CAP_SYS_ADMIN"),
        _ => refused,
    }
}

/// What a name's file is that no namespace is mounted on.
pub const LEFT_OVER: &str =
    "its file is no namespace here: it was made in another mount namespace, or before a restart";

/// A message with a word of the user's in quotes; exit status 1.
pub fn quoted(before: &str, word: &[u8], after: &str) -> Error {
    Error::of(1, &[before.as_bytes(), b" \"", word, b"\"", after.as_bytes()])
}
