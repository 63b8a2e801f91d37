//! Scripts on the running kernel, each in namespaces of its own, and what came of them.
//!
//! A file of `cases/live` holds scripts. `## TITLE` begins one; each line after it is a command for `/bin/sh`, run with
//! the tools under test first in PATH; `{a|b}` makes a line of each alternative, as in other case lists; `#` starts a
//! comment. A line that follows a command and begins with `> ` is text that its standard output must hold, `= N` is
//! its exit status; both are checked where there is no reference to compare with. What a line that begins with `! ` does is
//! meant to differ from the reference and is held only to these; docs/compatibility.md says why.
//!
//! A script has its own network, mount and process namespaces, and a user namespace where the tests don't run as root;
//! /run is empty, /sys shows its network. Duplicate address detection is off, lest addresses be tentative by chance.

use crate::{cases, tools};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// File and title.
    pub title: String,
    /// Its commands.
    pub lines: Vec<Line>,
}

/// One command of a script, and what is known of it beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// For the shell.
    pub command: String,
    /// Texts that standard output must hold.
    pub holds: Vec<String>,
    /// The exit status.
    pub status: Option<i32>,
    /// Whether it is meant to differ from the reference.
    pub own: bool,
}

/// What one command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Its exit status.
    pub status: i32,
    /// Its standard output.
    pub stdout: String,
    /// The first line of its standard error.
    pub complaint: String,
}

/// What a script did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// A result for each line.
    pub lines: Vec<Done>,
    /// What each of the [`Reading`]s printed afterwards.
    pub state: Vec<String>,
}

/// A command that tells of the state that a script left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How reports call it.
    pub name: String,
    /// For the shell.
    pub command: String,
}

/// Readings of links, addresses, routes and namespaces, as JSON, by the `ip` of that path.
pub fn links(ip: &Path) -> Vec<Reading> {
    let words = [
        "-d -j link show",
        "-j addr show",
        "-d -j route show table all",
        "-6 -d -j route show table all",
        "-j netns list",
        "-j rule show",
    ];
    let reading = |words: &str| Reading { name: words.to_owned(), command: format!("{} {words}", ip.display()) };
    words.into_iter().map(reading).collect()
}

/// The scripts of a file.
///
/// # Errors
/// With the line that is not understood.
pub fn parse(file: &str, text: &str) -> std::result::Result<Vec<Script>, String> {
    let mut scripts: Vec<Script> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            scripts.push(Script { title: format!("{file}: {title}"), lines: Vec::new() });
            continue;
        }
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let script = scripts.last_mut().ok_or_else(|| format!("{file}: {line:?} stands before any script"))?;
        if let Some(text) = line.strip_prefix("> ") {
            script.lines.last_mut().ok_or(line)?.holds.push(text.to_owned());
        } else if let Some(status) = line.strip_prefix("= ") {
            script.lines.last_mut().ok_or(line)?.status = Some(status.parse().map_err(|_| line)?);
        } else {
            let (own, line) = line.strip_prefix("! ").map_or((false, line), |line| (true, line));
            let lines = cases::expand(line)?;
            script.lines.extend(lines.into_iter().map(|command| Line { command, own, ..Line::default() }));
        }
    }
    Ok(scripts)
}

impl Script {
    /// All its commands, a line each.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{}\n", line.command)).collect()
    }

    /// Runs the script with the tools of `directory`, and the readings after it.
    ///
    /// # Errors
    /// Where namespaces or files can't be had; what the commands do is in the outcome.
    pub fn run(&self, directory: &Path, readings: &[Reading]) -> Result<Outcome> {
        self.run_slowly(directory, readings, 0)
    }

    /// The same, with a pause before each command, of that many tenths of a second, and a longer one before the state is read:
    /// the kernel looks at links that came up once a second.
    ///
    /// # Errors
    /// As [`Script::run`].
    pub fn run_slowly(&self, directory: &Path, readings: &[Reading], pause: u32) -> Result<Outcome> {
        let folder = Folder::new()?;
        let mut shell = String::from(PREPARE);
        for (number, line) in self.lines.iter().enumerate() {
            std::fs::write(folder.0.join(format!("{number}.sh")), &line.command)?;
            if pause > 0 {
                shell += &format!("sleep 0.{pause}\n");
            }
            shell += &format!("run {number}\n");
        }
        if pause > 0 {
            shell += "sleep 1.5\n";
        }
        for (number, reading) in readings.iter().enumerate() {
            std::fs::write(folder.0.join(format!("state{number}.sh")), &reading.command)?;
            shell += &format!("timeout -k 1 30 sh $OUT/state{number}.sh >$OUT/state{number} 2>&1\n");
        }
        let status = isolated(&shell)
            .env_clear()
            .env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", directory.display()))
            .env("OUT", &folder.0)
            .env("CASES", tools::home().join("cases/nat"))
            .stdin(Stdio::null())
            .output()?;
        if !status.status.success() {
            let why = String::from_utf8_lossy(&status.stderr).into_owned();
            return Err(Error::other(format!("{}: {}: {why}", self.title, status.status)));
        }
        let read =
            |name: String| std::fs::read(folder.0.join(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut outcome = Outcome { lines: Vec::new(), state: Vec::new() };
        for number in 0..self.lines.len() {
            let status = read(format!("{number}.status"))?.trim().parse().map_err(Error::other)?;
            let stderr = read(format!("{number}.err"))?;
            let first = stderr.lines().next().unwrap_or("").to_owned();
            let complaint = if first.to_ascii_lowercase().starts_with("usage:") { "usage".to_owned() } else { first };
            outcome.lines.push(Done { status, stdout: read(format!("{number}.out"))?, complaint });
        }
        outcome.state = (0..readings.len()).map(|number| read(format!("state{number}"))).collect::<Result<_>>()?;
        Ok(outcome)
    }
}

/// Scripts wait for timers more than they work, so more of them than cores may run at a time.
const AT_ONCE: usize = 6;

/// The scripts of the files in a folder of this crate: those that the environment's `NETMITE_CASES` is in.
///
/// # Panics
/// With the line that is not understood.
pub fn scripts(folder: &str) -> Vec<Script> {
    let only = std::env::var("NETMITE_CASES").unwrap_or_default();
    let files = tools::text_files(folder);
    let scripts = files.iter().flat_map(|(name, text)| parse(name, text).unwrap_or_else(|why| panic!("{why}")));
    scripts.filter(|script| script.title.contains(&only) || script.text().contains(&only)).collect()
}

/// Runs `work` on every script, several at a time. Fails if it returns a complaint of one, or if there are none.
///
/// # Panics
/// To fail.
pub fn each(scripts: &[Script], what: &str, work: impl Fn(&Script) -> Option<String> + Sync) {
    let (next, complaints) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let add = |complaint| complaints.lock().unwrap_or_else(PoisonError::into_inner).push(complaint);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(script).into_iter().for_each(|complaint| add((script.title.clone(), complaint)));
                }
            });
        }
    });
    let mut complaints = complaints.into_inner().unwrap_or_else(PoisonError::into_inner);
    complaints.sort();
    let count = scripts.len();
    let shown: String = complaints.iter().take(tools::shown()).map(|(_, complaint)| &**complaint).collect();
    println!("{count} scripts, {} {what}", complaints.len());
    assert!(complaints.is_empty(), "{} of {count} scripts {what}; the first:\n{shown}", complaints.len());
    assert!(count > 0, "there are no scripts");
}

/// Whether every command of a script did what is said of it beforehand; the result says what did not. No command may
/// crash or hang, whatever is said of it.
pub fn unmet(script: &Script, outcome: &Outcome) -> Option<String> {
    let each = script.lines.iter().zip(&outcome.lines);
    let complaints: String = each.filter_map(|(line, done)| line_unmet(line, done)).collect();
    (!complaints.is_empty()).then(|| format!("=== {}\n{complaints}\n", script.title))
}

fn line_unmet(line: &Line, done: &Done) -> Option<String> {
    let missing = line.holds.iter().find(|text| !done.stdout.contains(text.as_str()));
    let status = line.status.is_some_and(|status| status != done.status);
    let crashed = matches!(done.status, 101 | 124 | 132..=136 | 139) && line.status.is_none();
    if missing.is_none() && !status && !crashed {
        return None;
    }
    let missing = missing.map(|text| format!("  without {text:?}\n")).unwrap_or_default();
    Some(format!("$ {}\nexit {}\nstderr {}\n{}{missing}", line.command, done.status, done.complaint, done.stdout))
}

/// What each script begins with, in its namespaces.
const PREPARE: &str = "mount -t tmpfs tmpfs /run || exit 1
mount -t sysfs sysfs /sys 2>/dev/null
for f in all default; do
  echo 0 >/proc/sys/net/ipv6/conf/$f/accept_dad
  echo 0 >/proc/sys/net/ipv6/conf/$f/router_solicitations
done 2>/dev/null
cd /run
run() {
  timeout -k 1 30 sh $OUT/$1.sh >$OUT/$1.out 2>$OUT/$1.err </dev/null
  echo $? >$OUT/$1.status
}
";

/// A shell in new namespaces that runs `script`.
pub fn isolated(script: &str) -> Command {
    let mut command = Command::new("unshare");
    if !nix::unistd::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script]);
    command
}

/// Makes a tunnel of each kind in a namespace that goes, so that the kernel loads them all now: once loaded, some kinds
/// put a device into every new namespace, which a script must not see in one of its runs only.
pub fn load_tunnels(ip: &Path) {
    let kinds = "gre gretap erspan ip6gre ip6gretap ip6erspan ipip sit ip6tnl vti vti6";
    let script = format!("for kind in {kinds}; do {} link add type $kind; done", ip.display());
    drop(isolated(&script).stdin(Stdio::null()).output());
}

/// Why scripts can't be run here, if they can't.
pub fn refused() -> Option<String> {
    match isolated("mount -t tmpfs tmpfs /run").stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(format!("unshare: {error}")),
    }
}

/// A folder that goes when it is no longer needed.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("netmite-live-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Output up to a usage text, which is each program's own.
fn without_usage(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.to_ascii_lowercase().starts_with("usage:") {
            return &text[..at];
        }
        at += line.len();
    }
    text
}

/// A run as text: each command, what it printed, and the state afterwards; without what differs from run to run.
pub fn report(script: &Script, outcome: &Outcome, readings: &[Reading]) -> String {
    let all = script.text();
    let mut normal = crate::normal::Normal::new(&all);
    let mut text = String::new();
    for (line, done) in script.lines.iter().zip(&outcome.lines).filter(|(line, _)| !line.own) {
        text += &format!("$ {}\nexit {}\n", line.command, done.status);
        if !done.complaint.is_empty() {
            text += &format!("stderr {}\n", normal.text(&done.complaint));
        }
        text += &normal.text(without_usage(&done.stdout));
    }
    for (state, reading) in outcome.state.iter().zip(readings) {
        text += &format!("state {}\n", reading.name);
        let pretty = serde_json::from_str::<serde_json::Value>(state).ok();
        let pretty = pretty.and_then(|value| serde_json::to_string_pretty(&value).ok());
        text += &normal.text(&pretty.unwrap_or_else(|| state.clone()));
        text.push('\n');
    }
    text
}
