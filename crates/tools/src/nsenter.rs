//! `nsenter`: a program in the namespaces of another process, in util-linux's words.
//!
//! All namespaces are opened before the first is entered, so that what cannot be had leaves us where we are. A PID
//! namespace holds only children of who entered it: the program then is a child, and its exit status is ours.
//! Source: nsenter(1), setns(2).

use crate::getopt::{Opt, Takes, opt, parse};
use netmite_netlink::errno;
use netmite_netlink::sys::process::{child, execute};
use netmite_output::Io;
use nix::errno::Errno;
use nix::libc;
use nix::sched::{CloneFlags, setns};
use nix::sys::signal::{Signal, kill, raise};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Gid, Pid, Uid, chroot, fchdir, setgid, setgroups, setuid};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A kind of namespace: its option, its file below /proc/PID/ns.
struct Kind {
    option: u8,
    file: &'static str,
    flag: CloneFlags,
}

const TIME: CloneFlags = CloneFlags::from_bits_retain(0x80);

/// The kinds, in the order they are entered in: that of users first, as it brings the privileges for the others.
const KINDS: &[Kind] = &[
    Kind { option: b'U', file: "user", flag: CloneFlags::CLONE_NEWUSER },
    Kind { option: b'C', file: "cgroup", flag: CloneFlags::CLONE_NEWCGROUP },
    Kind { option: b'i', file: "ipc", flag: CloneFlags::CLONE_NEWIPC },
    Kind { option: b'u', file: "uts", flag: CloneFlags::CLONE_NEWUTS },
    Kind { option: b'n', file: "net", flag: CloneFlags::CLONE_NEWNET },
    Kind { option: b'p', file: "pid", flag: CloneFlags::CLONE_NEWPID },
    Kind { option: b'm', file: "mnt", flag: CloneFlags::CLONE_NEWNS },
    Kind { option: b'T', file: "time", flag: TIME },
];

const KEEP: u8 = 1;

const TABLE: &[Opt] = &[
    opt(b'a', "all", Takes::Nothing),
    opt(b't', "target", Takes::Value),
    opt(b'm', "mount", Takes::Maybe),
    opt(b'u', "uts", Takes::Maybe),
    opt(b'i', "ipc", Takes::Maybe),
    opt(b'n', "net", Takes::Maybe),
    opt(b'p', "pid", Takes::Maybe),
    opt(b'C', "cgroup", Takes::Maybe),
    opt(b'U', "user", Takes::Maybe),
    opt(b'T', "time", Takes::Maybe),
    opt(b'r', "root", Takes::Maybe),
    opt(b'w', "wd", Takes::Maybe),
    opt(b'W', "wdns", Takes::Value),
    opt(b'S', "setuid", Takes::Value),
    opt(b'G', "setgid", Takes::Value),
    opt(b'F', "no-fork", Takes::Nothing),
    opt(KEEP, "preserve-credentials", Takes::Nothing),
    opt(b'h', "help", Takes::Nothing),
    opt(b'V', "version", Takes::Nothing),
];

const USAGE: &str = "\
Usage: nsenter [OPTION]... [PROGRAM [WORD]...]

Runs PROGRAM, or $SHELL or /bin/sh, in namespaces of another process.

  -t, --target PID       the process
  -a, --all              all of its namespaces that are not ours
  -m, --mount[=FILE]     its mounts, or those that FILE stands for
  -u, --uts[=FILE]       its host name
  -i, --ipc[=FILE]       its System V IPC
  -n, --net[=FILE]       its network
  -p, --pid[=FILE]       its process numbers
  -C, --cgroup[=FILE]    its control groups
  -U, --user[=FILE]      its users
  -T, --time[=FILE]      its clocks
  -r, --root[=DIR]       with its root directory, or DIR
  -w, --wd[=DIR]         in its working directory, or DIR
  -W, --wdns=DIR         in DIR as it is called there
  -S, --setuid=UID       as this user
  -G, --setgid=GID       as this group, and in no other
  -F, --no-fork          do not fork before PROGRAM
      --preserve-credentials  keep user and group when users are entered
  -h, --help             this text
  -V, --version          the version
";

/// Why it failed: the exit status and what is said.
type Failure = (u8, String);

/// Runs `nsenter` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    let parsed = match parse(arguments.get(1..).unwrap_or_default(), TABLE, false) {
        Ok(parsed) => parsed,
        Err(text) => {
            io.error_bytes(format!("nsenter: {text}").as_bytes());
            io.error("Try 'nsenter --help' for more information.");
            return 1;
        }
    };
    for (option, _) in &parsed.options {
        match option {
            b'h' => io.write(USAGE.as_bytes()),
            b'V' => io.write(format!("nsenter, netmite {}\n", env!("CARGO_PKG_VERSION")).as_bytes()),
            _ => continue,
        }
        return 0;
    }
    let entered = Plan::read(&parsed.options).and_then(|plan| {
        plan.enter()?;
        Ok(plan)
    });
    entered.and_then(|plan| plan.start(&parsed.operands, io)).unwrap_or_else(|failure| complain(failure, io))
}

/// What to enter, and how.
struct Plan {
    namespaces: Vec<(&'static Kind, File)>,
    root: Option<File>,
    directory: Option<File>,
    /// As it is called once all is entered.
    directory_there: Option<PathBuf>,
    user: Option<u32>,
    group: Option<u32>,
    fork: bool,
}

impl Plan {
    fn read(options: &[(u8, Option<&[u8]>)]) -> Result<Self, Failure> {
        let mut target = None;
        let has = |wanted| options.iter().any(|(option, _)| *option == wanted);
        let (mut user, mut group) = (None, None);
        for (option, value) in options {
            let value = value.unwrap_or_default();
            match option {
                b't' => target = Some(number(value, "pid", i32::MAX.unsigned_abs())?).filter(|pid| *pid != 0),
                b'S' => user = Some(number(value, "uid", u32::MAX)?),
                b'G' => group = Some(number(value, "gid", u32::MAX)?),
                _ => {}
            }
        }
        let all = has(b'a');
        if all && target.is_none() {
            return Err((1, "no target PID specified for --all".to_owned()));
        }
        let last = |wanted| options.iter().rev().find(|(option, _)| *option == wanted).map(|(_, value)| *value);
        // What an option names, or else the target's file.
        let file = |option, file: &str| {
            let path = match (last(option), target) {
                (None, _) => return Ok(None),
                // The short form may have an equals sign, too.
                (Some(Some(path)), _) => PathBuf::from(OsStr::from_bytes(path.strip_prefix(b"=").unwrap_or(path))),
                (Some(None), Some(pid)) => PathBuf::from(format!("/proc/{pid}/{file}")),
                (Some(None), None) => return Err((1, format!("neither filename nor target pid supplied for {file}"))),
            };
            open(&path).map(Some)
        };
        let mut namespaces = Vec::new();
        for kind in KINDS {
            let named = file(kind.option, &format!("ns/{}", kind.file))?;
            let found = match (named, target) {
                (None, Some(pid)) if all => foreign(pid, kind).map(|path| open(&path)).transpose()?,
                (named, _) => named,
            };
            namespaces.extend(found.map(|file| (kind, file)));
        }
        let entered = |wanted| namespaces.iter().any(|(kind, _)| kind.option == wanted);
        if entered(b'U') && !has(KEEP) {
            (user, group) = (user.or(Some(0)), group.or(Some(0)));
        }
        let fork = !has(b'F') && entered(b'p');
        let directory_there = last(b'W').flatten().map(|path| PathBuf::from(OsStr::from_bytes(path)));
        let (root, directory) = (file(b'r', "root")?, file(b'w', "cwd")?);
        Ok(Plan { namespaces, root, directory, directory_there, user, group, fork })
    }

    /// Enters all. That of users is tried first; if it needs privileges of ours that it would take, last.
    fn enter(&self) -> Result<(), Failure> {
        let failed =
            |kind: &Kind, errno: Errno| refused(&format!("reassociate to namespace 'ns/{}'", kind.file), errno);
        let mut later = None;
        for (kind, file) in &self.namespaces {
            match setns(file, kind.flag) {
                Ok(()) => {}
                Err(Errno::EPERM) if kind.option == b'U' => later = Some((kind, file)),
                Err(errno) => return Err(failed(kind, errno)),
            }
        }
        if let Some((kind, file)) = later {
            setns(file, kind.flag).map_err(|errno| failed(kind, errno))?;
        }
        self.go()
    }

    /// Takes on the root directory, then the working directory; with another root the old working directory stays.
    fn go(&self) -> Result<(), Failure> {
        let to = |file: &File, what: &str| {
            fchdir(file).map_err(|errno| refused(&format!("change directory by {what}"), errno))
        };
        let stay = match self.root {
            Some(_) if self.directory.is_none() && self.directory_there.is_none() => Some(open(Path::new("."))?),
            _ => None,
        };
        if let Some(root) = &self.root {
            to(root, "root file descriptor")?;
            chroot(".").map_err(|errno| refused("chroot", errno))?;
        }
        let there = self.directory_there.as_deref().map(open).transpose()?;
        match there.as_ref().or(self.directory.as_ref()).or(stay.as_ref()) {
            Some(directory) => to(directory, "working directory file descriptor"),
            None => Ok(()),
        }
    }

    /// Takes on the user and the group.
    fn become_them(&self) -> Result<(), Failure> {
        if let Some(group) = self.group {
            match setgroups(&[]) {
                // A namespace may forbid it; then the groups stay.
                Ok(()) | Err(Errno::EPERM) => {}
                Err(errno) => return Err(refused("setgroups", errno)),
            }
            setgid(Gid::from_raw(group)).map_err(|errno| refused("setgid", errno))?;
        }
        match self.user {
            Some(user) => setuid(Uid::from_raw(user)).map_err(|errno| refused("setuid", errno)),
            None => Ok(()),
        }
    }

    /// Runs the program.
    fn start(&self, operands: &[&OsStr], io: &mut Io) -> Result<u8, Failure> {
        let shell = std::env::var_os("SHELL").filter(|shell| !shell.is_empty()).unwrap_or_else(|| "/bin/sh".into());
        let words: Vec<&[u8]> = operands.iter().map(|word| word.as_bytes()).collect();
        let run = || match (self.become_them(), operands) {
            (Err(failure), _) => failure,
            (Ok(()), [program, ..]) => not_run(program, execute(program, &words)),
            // A shell is called as at a login.
            (Ok(()), []) => {
                let name = shell.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                not_run(&shell, execute(&shell, &[&[b"-", name].concat()]))
            }
        };
        if !self.fork {
            return Err(run());
        }
        io.flush();
        let child = child(|| complain(run(), io));
        let child = child.map_err(|error| (1, format!("fork failed: {}", errno::why(&error))))?;
        wait(Pid::from_raw(child)).map_err(|errno| (1, format!("waitpid failed: {}", errno::text(errno as i32))))
    }
}

fn not_run(program: &OsStr, error: std::io::Error) -> Failure {
    let status = if error.raw_os_error() == Some(libc::ENOENT) { 127 } else { 126 };
    (status, format!("failed to execute {}: {}", program.to_string_lossy(), errno::why(&error)))
}

/// Says why it failed; the exit status.
fn complain((status, text): Failure, io: &mut Io) -> u8 {
    io.error_bytes(format!("nsenter: {text}").as_bytes());
    status
}

/// A number, as strtoul(3) takes it but without a sign.
fn number(word: &[u8], what: &str, most: u32) -> Result<u32, Failure> {
    let shown = word.trim_ascii_start().escape_ascii();
    let digits = std::str::from_utf8(word).ok().map(str::trim_ascii_start);
    let digits = digits.filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let digits = digits.ok_or_else(|| (1, format!("failed to parse {what}: '{shown}'")))?;
    let number = digits.parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| (1, format!("failed to parse {what}: '{shown}': {}", errno::text(libc::ERANGE))))
}

fn refused(what: &str, errno: Errno) -> Failure {
    (1, format!("{what} failed: {}", errno::text(errno as i32)))
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| (1, format!("cannot open {}: {}", path.display(), errno::why(&error))))
}

/// The namespace of process `pid`, if there is one of this kind and it is not ours.
fn foreign(pid: u32, kind: &Kind) -> Option<PathBuf> {
    let path = PathBuf::from(format!("/proc/{pid}/ns/{}", kind.file));
    let ours = fs::metadata(Path::new("/proc/self/ns").join(kind.file)).ok()?;
    let same = fs::metadata(&path).is_ok_and(|theirs| (theirs.dev(), theirs.ino()) == (ours.dev(), ours.ino()));
    (!same).then_some(path)
}

/// Waits for the child, stops and goes on with it, and ends as it ended.
fn wait(child: Pid) -> Result<u8, Errno> {
    loop {
        match waitpid(child, Some(WaitPidFlag::WUNTRACED)) {
            Ok(WaitStatus::Exited(_, status)) => return Ok(status.to_le_bytes()[0]),
            Ok(WaitStatus::Signaled(_, signal, _)) => {
                raise(signal)?;
                // Blocked or ignored in our parent: the shell's number for it.
                return Ok(128u8.saturating_add((signal as i32).to_le_bytes()[0]));
            }
            Ok(WaitStatus::Stopped(..)) => {
                raise(Signal::SIGSTOP)?;
                kill(child, Signal::SIGCONT)?;
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(line: &str) -> (u8, String) {
        let words: Vec<&OsStr> = line.split(' ').map(OsStr::new).collect();
        let mut io = Io::memory();
        let status = run(&words, &mut io);
        (status, String::from_utf8(io.captured().1).unwrap())
    }

    #[test]
    fn what_cannot_be_entered_is_named() {
        for (line, text) in [
            ("nsenter -n true", "nsenter: neither filename nor target pid supplied for ns/net\n"),
            ("nsenter -t 0 -m true", "nsenter: neither filename nor target pid supplied for ns/mnt\n"),
            ("nsenter -a true", "nsenter: no target PID specified for --all\n"),
            ("nsenter -t x true", "nsenter: failed to parse pid: 'x'\n"),
            ("nsenter -t -1 true", "nsenter: failed to parse pid: '-1'\n"),
            (
                "nsenter -t 4294967296 true",
                "nsenter: failed to parse pid: '4294967296': Numerical result out of range\n",
            ),
            ("nsenter -n=/nonexistent true", "nsenter: cannot open /nonexistent: No such file or directory\n"),
            ("nsenter --foo", "nsenter: unrecognized option '--foo'\nTry 'nsenter --help' for more information.\n"),
        ] {
            assert_eq!(complaint(line), (1, text.to_owned()), "{line}");
        }
    }
}
