//! `nsenter`: a program in the namespaces of another process, in util-linux's words.
//!
//! All namespaces are opened before the first is entered, so that what cannot be had leaves us where we are. A PID
//! namespace holds only children of who entered it: the program then is a child, and its exit status is ours.
//! Source: nsenter(1), setns(2).

use crate::failure::{Failure, Result, number_of};
use crate::getopt::{Parsed, Table, Takes, digits, opt, parse};
use netmite_netlink::errno;
use netmite_netlink::sys::file::open as open_file;
use netmite_netlink::sys::process::{child, execute, leave_groups, set_group, set_user};
use netmite_netlink::sys::variable;
use netmite_output::{Brief, Io, brief, names};
use nix::errno::Errno;
use nix::libc;
use nix::sched::{CloneFlags, setns};
use nix::sys::signal::{Signal, kill, raise};
use nix::sys::stat::fstat;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, chroot, fchdir};
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;

/// A kind of namespace: its option, its file below /proc/PID.
struct Kind {
    option: u8,
    file: &'static str,
    flag: CloneFlags,
}

const TIME: CloneFlags = CloneFlags::from_bits_retain(0x80);

/// The kinds, in the order they are entered in: that of users first, as it brings the privileges for the others.
const KINDS: &[Kind] = &[
    Kind { option: b'U', file: "ns/user", flag: CloneFlags::CLONE_NEWUSER },
    Kind { option: b'C', file: "ns/cgroup", flag: CloneFlags::CLONE_NEWCGROUP },
    Kind { option: b'i', file: "ns/ipc", flag: CloneFlags::CLONE_NEWIPC },
    Kind { option: b'u', file: "ns/uts", flag: CloneFlags::CLONE_NEWUTS },
    Kind { option: b'n', file: "ns/net", flag: CloneFlags::CLONE_NEWNET },
    Kind { option: b'p', file: "ns/pid", flag: CloneFlags::CLONE_NEWPID },
    Kind { option: b'm', file: "ns/mnt", flag: CloneFlags::CLONE_NEWNS },
    Kind { option: b'T', file: "ns/time", flag: TIME },
];

const KEEP: u8 = 1;

const TABLE: Table = names![
    ("all", opt(b'a', Takes::Nothing)),
    ("target", opt(b't', Takes::Value)),
    ("mount", opt(b'm', Takes::Maybe)),
    ("uts", opt(b'u', Takes::Maybe)),
    ("ipc", opt(b'i', Takes::Maybe)),
    ("net", opt(b'n', Takes::Maybe)),
    ("pid", opt(b'p', Takes::Maybe)),
    ("cgroup", opt(b'C', Takes::Maybe)),
    ("user", opt(b'U', Takes::Maybe)),
    ("time", opt(b'T', Takes::Maybe)),
    ("root", opt(b'r', Takes::Maybe)),
    ("wd", opt(b'w', Takes::Maybe)),
    ("wdns", opt(b'W', Takes::Value)),
    ("setuid", opt(b'S', Takes::Value)),
    ("setgid", opt(b'G', Takes::Value)),
    ("no-fork", opt(b'F', Takes::Nothing)),
    ("preserve-credentials", opt(KEEP, Takes::Nothing)),
    ("help", opt(b'h', Takes::Nothing)),
    ("version", opt(b'V', Takes::Nothing)),
];

const USAGE: Brief = brief!(
    "\
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
"
);

/// Runs `nsenter` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    nsenter(arguments.get(1..).unwrap_or_default(), io).unwrap_or_else(|failure| failure.report("nsenter", io))
}

fn nsenter(words: &[&OsStr], io: &mut Io) -> Result<u8> {
    let parsed = parse(words, TABLE, false, brief!("Try 'nsenter --help' for more information."))?;
    let told = match parsed.options.iter().find(|(option, _)| b"hV".contains(option)) {
        Some((b'h', _)) => USAGE.text(),
        Some(_) => concat!("nsenter, netmite ", env!("CARGO_PKG_VERSION"), "\n").to_owned(),
        None => {
            let plan = Plan::read(&parsed)?;
            plan.enter()?;
            return plan.start(&parsed.operands, io);
        }
    };
    io.write(told.as_bytes());
    Ok(0)
}

/// What to enter, and how.
struct Plan<'a> {
    namespaces: Vec<(&'static Kind, File)>,
    root: Option<File>,
    directory: Option<File>,
    /// As it is called once all is entered.
    directory_there: Option<&'a [u8]>,
    user: Option<u32>,
    group: Option<u32>,
    fork: bool,
}

impl<'a> Plan<'a> {
    fn read(given: &Parsed<'a>) -> Result<Self> {
        let (mut target, mut user, mut group) = (None, None, None);
        for (option, value) in &given.options {
            let (place, what, most) = match option {
                b't' => (&mut target, "pid", i32::MAX.unsigned_abs()),
                b'S' => (&mut user, "uid", u32::MAX),
                b'G' => (&mut group, "gid", u32::MAX),
                _ => continue,
            };
            *place = Some(number(value.unwrap_or_default(), what, most)?);
        }
        let target = target.filter(|pid| *pid != 0);
        let all = given.has(b'a');
        if all && target.is_none() {
            return Err(failure(format_args!("no target PID specified for --all")));
        }
        let mut plan = Plan {
            namespaces: Vec::new(),
            root: None,
            directory: None,
            directory_there: given.value(b'W'),
            user: None,
            group: None,
            fork: false,
        };
        for kind in KINDS {
            let found = match (file(given, kind.option, target, kind.file)?, target) {
                (None, Some(pid)) if all => foreign(pid, kind)?,
                (named, _) => named,
            };
            let Some(file) = found else { continue };
            plan.namespaces.push((kind, file));
            match kind.option {
                b'U' if !given.has(KEEP) => (user, group) = (user.or(Some(0)), group.or(Some(0))),
                b'p' => plan.fork = !given.has(b'F'),
                _ => (),
            }
        }
        (plan.user, plan.group) = (user, group);
        plan.root = file(given, b'r', target, "root")?;
        plan.directory = file(given, b'w', target, "cwd")?;
        Ok(plan)
    }

    /// Enters all. That of users is tried first; if it needs privileges of ours that it would take, last.
    fn enter(&self) -> Result<()> {
        let mut later = None;
        for (kind, file) in &self.namespaces {
            match setns(file, kind.flag) {
                Err(Errno::EPERM) if kind.option == b'U' => later = Some((kind, file)),
                entered => entered.map_err(|errno| kind.refused(errno))?,
            }
        }
        if let Some((kind, file)) = later {
            setns(file, kind.flag).map_err(|errno| kind.refused(errno))?;
        }
        self.go()
    }

    /// Takes on the root directory, then the working directory; with another root the old working directory stays.
    fn go(&self) -> Result<()> {
        let to = |file: &File, what| fchdir(file).map_err(|errno| refused(what, errno));
        let mut stay = None;
        if let Some(root) = &self.root {
            if self.directory.is_none() && self.directory_there.is_none() {
                stay = Some(open(b".")?);
            }
            to(root, "change directory by root file descriptor")?;
            chroot(".").map_err(|errno| refused("chroot", errno))?;
        }
        if let Some(there) = self.directory_there {
            stay = Some(open(there)?);
        }
        match stay.as_ref().or(self.directory.as_ref()) {
            Some(directory) => to(directory, "change directory by working directory file descriptor"),
            None => Ok(()),
        }
    }

    /// Takes on the user and the group.
    fn become_them(&self) -> Result<()> {
        if let Some(group) = self.group {
            match leave_groups().map_err(number_of) {
                // A namespace may forbid it; then the groups stay.
                Ok(()) | Err(Errno::EPERM) => {}
                Err(errno) => return Err(refused("setgroups", errno)),
            }
            set_group(group).map_err(|error| refused("setgid", number_of(error)))?;
        }
        match self.user {
            Some(user) => set_user(user).map_err(|error| refused("setuid", number_of(error))),
            None => Ok(()),
        }
    }

    /// Runs the program.
    fn start(&self, operands: &[&[u8]], io: &mut Io) -> Result<u8> {
        if !self.fork {
            return Err(self.replace(operands));
        }
        io.flush();
        let child = child(|| self.replace(operands).report("nsenter", io));
        let child = child.map_err(|error| failure(format_args!("fork failed: {}", errno::why(&error))))?;
        wait(Pid::from_raw(child)).map_err(|errno| refused("waitpid", errno))
    }

    /// Puts the program in our place; only a failure returns.
    fn replace(&self, operands: &[&[u8]]) -> Failure {
        if let Err(failure) = self.become_them() {
            return failure;
        }
        if let [program, ..] = operands {
            return not_run(program, operands);
        }
        // A shell is called as at a login.
        let shell = variable(c"SHELL").filter(|shell| !shell.is_empty()).unwrap_or(b"/bin/sh");
        let name = shell.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        not_run(shell, &[&[b"-", name].concat()])
    }
}

impl Kind {
    fn refused(&self, errno: Errno) -> Failure {
        refused(&format!("reassociate to namespace '{}'", self.file), errno)
    }
}

/// The file that an option names, or else the target's; nothing where the option is not given.
fn file(given: &Parsed, option: u8, target: Option<u32>, file: &str) -> Result<Option<File>> {
    if !given.has(option) {
        return Ok(None);
    }
    match (given.value(option), target) {
        // The short form may have an equals sign, too.
        (Some(path), _) => open(path.strip_prefix(b"=").unwrap_or(path)),
        (None, Some(pid)) => open(format!("/proc/{pid}/{file}").as_bytes()),
        (None, None) => Err(failure(format_args!("neither filename nor target pid supplied for {file}"))),
    }
    .map(Some)
}

fn failure(text: std::fmt::Arguments) -> Failure {
    Failure::new(1, text)
}

/// Runs a program, and says why that failed.
fn not_run(program: &[u8], words: &[&[u8]]) -> Failure {
    let error = execute(OsStr::from_bytes(program), words);
    let status = if error.raw_os_error() == Some(libc::ENOENT) { 127 } else { 126 };
    let (program, why) = (String::from_utf8_lossy(program), errno::why(&error));
    Failure::new(status, format_args!("failed to execute {program}: {why}"))
}

/// A number, as strtoul(3) takes it but without a sign.
fn number(word: &[u8], what: &str, most: u32) -> Result<u32> {
    let word = word.trim_ascii_start();
    let shown = word.escape_ascii();
    match digits(word, 10).filter(|number| *number <= most) {
        Some(number) => Ok(number),
        None if !word.is_empty() && word.iter().all(u8::is_ascii_digit) => {
            let why = errno::text(libc::ERANGE);
            Err(failure(format_args!("failed to parse {what}: '{shown}': {why}")))
        }
        None => Err(failure(format_args!("failed to parse {what}: '{shown}'"))),
    }
}

fn refused(what: &str, errno: Errno) -> Failure {
    Failure::system(1, &[what, " failed"].concat(), errno)
}

fn open(path: &[u8]) -> Result<File> {
    open_file(path).map_err(|error| {
        let (path, why) = (String::from_utf8_lossy(path), errno::why(&error));
        failure(format_args!("cannot open {path}: {why}"))
    })
}

/// The namespace of process `pid`, if there is one of this kind and it is not ours.
fn foreign(pid: u32, kind: &Kind) -> Result<Option<File>> {
    let file = kind.file;
    let Ok(ours) = open_file(format!("/proc/self/{file}").as_bytes()) else { return Ok(None) };
    let theirs = open(format!("/proc/{pid}/{file}").as_bytes())?;
    let identity = |file: &File| fstat(file).map(|about| (about.st_dev, about.st_ino));
    Ok(if identity(&ours) == identity(&theirs) { None } else { Some(theirs) })
}

/// Waits for the child, stops and goes on with it, and ends as it ended.
fn wait(child: Pid) -> std::result::Result<u8, Errno> {
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
