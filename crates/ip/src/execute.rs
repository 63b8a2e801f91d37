//! Commands that `exec` verbs run: found by PATH; a tool that the image lacks and our own file is, `ip` itself for one, is
//! our own file again.

use netmite_grammar::{Error, Options};
use netmite_netlink::{errno, sys};
use std::convert::Infallible;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};

/// Puts the command in our place. Only a failure returns.
pub(crate) fn replace(command: &[&[u8]], options: &Options) -> Error {
    match attempts(command, options, |ready| Err::<Infallible, _>(ready.exec())) {
        Err(error) => not_run(command, &error),
        Ok(never) => match never {},
    }
}

/// The exit status that stands for how a child ended.
pub(crate) fn status(ended: ExitStatus) -> u8 {
    let code = ended.code().or_else(|| ended.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

/// Starts the command as found by PATH; where there is none, our own file, if it is the tool that the command names.
pub(crate) fn attempts<T>(
    command: &[&[u8]],
    options: &Options,
    start: impl Fn(&mut Command) -> std::io::Result<T>,
) -> std::io::Result<T> {
    let (tool, arguments) =
        command.split_first().map_or((OsStr::new(""), command), |(tool, rest)| (OsStr::from_bytes(tool), rest));
    let prepared = |file: &OsStr| {
        let mut prepared = Command::new(file);
        prepared.arg0(tool).args(arguments.iter().map(|word| OsStr::from_bytes(word)));
        prepared
    };
    let missing = |outcome: &std::io::Result<T>| {
        outcome.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    };
    let first = start(&mut prepared(tool));
    let is_own = options.own_tool.map_or(tool == "ip", |is_own| is_own(tool.as_bytes()).is_some());
    if !is_own || !missing(&first) {
        return first;
    }
    // Without /proc there is still the path that we were started by.
    let files = [Some(OsStr::new("/proc/self/exe")), sys::executable()];
    let mut own = files.into_iter().flatten().map(|file| start(&mut prepared(file)));
    own.find(|outcome| !missing(outcome)).unwrap_or(first)
}

/// The error that the command was not run.
pub(crate) fn not_run(command: &[&[u8]], error: &std::io::Error) -> Error {
    let why = errno::text(error.raw_os_error().unwrap_or(0));
    let name = command.first().copied().unwrap_or(b"");
    Error::new(1, [b"exec of \"", name, format!("\" failed: {why}").as_bytes()].concat())
}
