//! `cargo xtask test`: everything that can fail, in order, and how much of it did.
//!
//! First, with the network, it fetches what the rest needs. The rest runs in network and mount namespaces of its own,
//! where cargo is offline; it refuses to run in the machine's. Nothing is skipped: what can't run has failed, and so has a
//! step that does not come to an end. The last line is `N passed, N failed`.

use crate::run::{self, Result, at};
use crate::{dist, kernel, needs, reference, tidy, tutorial};
use clap::{Arg, ArgMatches, Command as Grammar};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Seconds after which the second kernel is ended, and any other step.
const GUEST_LIMIT: u32 = 900;
const STEP_LIMIT: u32 = 1200;

/// The errand's grammar.
pub fn command() -> Grammar {
    let kernel = Arg::new("kernel").long("kernel").value_name("KERNEL").value_parser(["uml"]);
    let inside = Arg::new("inside").long("inside").value_name("NAMESPACE").hide(true);
    Grammar::new("test")
        .about("Run every test, against the reference and on a second kernel too (root)")
        .arg(kernel.help("Only the live tests, on this second kernel"))
        .arg(inside)
}

/// The errand.
pub fn run(matches: &ArgMatches) -> Result<()> {
    if !run::is_root() {
        return Err(
            "the tests must be run as root; `cargo test` needs no root and runs what does not either".to_owned()
        );
    }
    let guest_only = matches.contains_id("kernel");
    if let Some(outside) = matches.get_one::<String>("inside") {
        return inside(outside, guest_only);
    }
    needs::programs(&[("unshare", "util-linux"), ("mount", "mount"), ("git", "git")])?;
    dist::prepare()?;
    reference::prepare()?;
    reference::stable()?;
    kernel::prepare()?;
    dist::musl().map(drop).or_else(|why| {
        run::say(&format!("the release file will be linked with glibc: {why}"));
        Ok::<(), String>(())
    })?;
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut again = Command::new("unshare");
    again.args(["--net", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /run && exec \"$@\"", "sh"]).arg(own);
    again.args(["test", "--inside", &namespace("self")?]).args(if guest_only { &["--kernel", "uml"][..] } else { &[] });
    run::done(again.env("CARGO_NET_OFFLINE", "true"))
}

/// What the network namespace of a process is called.
fn namespace(process: &str) -> Result<String> {
    let path = PathBuf::from(format!("/proc/{process}/ns/net"));
    at(&path, fs::read_link(&path)).map(|name| name.display().to_string())
}

/// Runs the steps; we are in namespaces of our own, started from the network namespace `outside`.
fn inside(outside: &str, guest_only: bool) -> Result<()> {
    // Where PID 1 may not be looked at, what the outer call saw has to do.
    let machine = [Some(outside.to_owned()), namespace("1").ok()];
    let own = Some(namespace("self")?);
    if machine.contains(&own) {
        return Err("this is the machine's own network namespace: nothing is tested in it".to_owned());
    }
    let reference = reference::prepare()?;
    run::output(Command::new(reference.join("bin/ip")).args(["link", "set", "lo", "up"]))?;
    let mut steps = Steps::default();
    if !guest_only {
        steps.step("format", || one(run::cargo().args(["fmt", "--all", "--check"])));
        let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"];
        steps.step("lints", || one(run::cargo().args(clippy)));
        steps.step("rules of the house", || {
            let found = tidy::check(false)?;
            if found.is_empty() { Ok(PASSED) } else { Err(found.join("\n")) }
        });
        steps.step("tests, debug build", || tests(run::cargo().args(["test", "--workspace"]), &reference, None));
    }
    let mut release = None;
    steps.step("release file", || {
        release = Some(dist::build(None)?.0);
        Ok(PASSED)
    });
    let Some(release) = release else { return steps.end() };
    if !guest_only {
        let package = ["test", "--package", "netmite-tests"];
        steps.step("tests, release file", || tests(run::cargo().args(package), &reference, Some(&release)));
        steps.step("NAT beside Debian stable's iptables, release file", || {
            let nat = ["test", "--package", "netmite-tests", "--test", "nat"];
            tests(run::cargo().args(nat), &reference::stable()?, Some(&release))
        });
        steps.step("tutorial", || tutorial::play(&release).map(|()| PASSED));
    }
    steps.step("live tests on the second kernel", || {
        let folder = kernel::prepare()?;
        let live = live_tests()?;
        with_environment(kernel::guest(&folder, GUEST_LIMIT).arg(live), &reference, Some(&release))
    });
    steps.end()
}

/// How many tests passed and failed.
type Count = (usize, usize);

/// One that passed.
const PASSED: Count = (1, 0);

/// What came of the steps so far.
#[derive(Default)]
struct Steps {
    count: Count,
    lines: Vec<String>,
}

impl Steps {
    /// Runs a step.
    fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Count>) {
        println!("\n=== {name}");
        let start = std::time::Instant::now();
        let (passed, failed) = work().unwrap_or_else(|why| {
            println!("{why}");
            (0, 1)
        });
        self.count = (self.count.0 + passed, self.count.1 + failed);
        let took = start.elapsed().as_secs();
        self.lines.push(format!("{name}: {passed} passed, {failed} failed, {took} s"));
    }

    /// Says what came of all.
    fn end(self) -> Result<()> {
        let (passed, failed) = self.count;
        println!("\n=== all\n{}\n{passed} passed, {failed} failed", self.lines.join("\n"));
        if failed == 0 { Ok(()) } else { Err("not everything passed".to_owned()) }
    }
}

/// A command that is one test.
fn one(command: &Command) -> Result<Count> {
    run::done(&mut run::within(STEP_LIMIT, command)).map(|()| PASSED)
}

/// cargo's tests, with the reference and perhaps another file under test.
fn tests(command: &mut Command, reference: &Path, binary: Option<&Path>) -> Result<Count> {
    with_environment(command.args(["--locked", "--quiet", "--no-fail-fast"]), reference, binary)
}

fn with_environment(command: &mut Command, reference: &Path, binary: Option<&Path>) -> Result<Count> {
    command.env("NETMITE_REFERENCE", reference).env("NETMITE_REQUIRE", "1");
    match binary {
        Some(binary) => command.env("NETMITE_BINARY", binary),
        None => command.env_remove("NETMITE_BINARY"),
    };
    counted(command)
}

/// Runs a command, passes its output on and adds up what Rust's test harness says in it. A command that fails without
/// having said so, or that is ended, is one that failed.
fn counted(command: &Command) -> Result<Count> {
    let mut limited = run::within(STEP_LIMIT, command);
    let child = limited.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("{command:?}: {error}"))?;
    let (mut passed, mut failed) = (0, 0);
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(|output| output.split(b'\n')) {
        let line = line.map_err(|error| error.to_string())?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        let (good, bad) = result_of(&line);
        (passed, failed) = (passed + good, failed + bad);
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match (status.success(), passed, failed) {
        _ if status.code() == Some(run::TIMED_OUT) => {
            println!("{}: ended after {STEP_LIMIT} s", run::line(command));
            Ok((passed, failed + 1))
        }
        (false, _, 0) => Err(format!("{}: {status}", run::line(command))),
        (true, 0, 0) => Err(format!("{}: no test was run", run::line(command))),
        _ => Ok((passed, failed)),
    }
}

/// What a line of the form `test result: ok. 3 passed; 0 failed; …` counts.
fn result_of(line: &str) -> Count {
    let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
        return (0, 0);
    };
    let count = |what: &str| {
        let part = counts.split("; ").find_map(|part| part.strip_suffix(what));
        part.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
    };
    (count(" passed"), count(" failed"))
}

/// The program of the live tests.
fn live_tests() -> Result<PathBuf> {
    let build = ["test", "--package", "netmite-tests", "--test", "live", "--no-run", "--locked", "--quiet"];
    let messages = run::output(run::cargo().args(build).arg("--message-format=json"))?;
    let programs = messages.lines().filter(|line| line.contains("\"kind\":[\"test\"]"));
    let mut paths = programs.filter_map(|line| line.split("\"executable\":\"").nth(1)?.split('"').next());
    paths.next_back().map(PathBuf::from).ok_or_else(|| "cargo names no program of the live tests".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_counted() {
        assert_eq!(result_of("test result: ok. 25 passed; 0 failed; 1 ignored; 0 measured"), (25, 0));
        assert_eq!(result_of("test result: FAILED. 3 passed; 2 failed; 0 ignored"), (3, 2));
        assert_eq!(result_of("running 2 tests"), (0, 0));
    }

    #[test]
    fn what_runs_no_test_has_not_passed() {
        assert!(counted(&Command::new("true")).is_err());
        assert!(counted(&Command::new("false")).is_err());
        assert_eq!(counted(Command::new("echo").arg("test result: ok. 2 passed; 0 failed")), Ok((2, 0)));
    }
}
