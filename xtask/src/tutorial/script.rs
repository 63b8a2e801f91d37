//! The commands of a tutorial, read from its text, each with what it says the command prints.
//!
//! Commands stand in blocks between lines of `~~~`, from the line's first column. What is indented, or follows a command
//! given to `docker exec`, is output. Refuses a line that is neither.

use crate::run::Result;

/// A command, and what the tutorial shows of its output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line as it stands there.
    pub command: String,
    /// The lines of output.
    pub expected: Vec<String>,
}

/// The first words of commands.
const PROGRAMS: &[&str] =
    &["alias", "arping", "brctl", "docker", "host$", "ip", "iptables", "ls", "nat", "ping", "red"];

/// Reads a tutorial.
pub fn steps(text: &str) -> Result<Vec<Step>> {
    let (mut steps, mut inside): (Vec<Step>, bool) = (Vec::new(), false);
    for line in text.lines() {
        if line.trim_end() == "~~~" {
            inside = !inside;
        } else if inside {
            read(line, &mut steps)?;
        }
    }
    if inside { Err("the last block of commands is not closed".to_owned()) } else { Ok(steps) }
}

/// Reads a line of a block.
fn read(line: &str, steps: &mut Vec<Step>) -> Result<()> {
    let picture = line.starts_with("![");
    if line.trim().is_empty() || picture {
        return Ok(());
    }
    let first = line.split(' ').next().unwrap_or("");
    if PROGRAMS.contains(&first) {
        steps.push(Step { command: line.to_owned(), expected: Vec::new() });
        return Ok(());
    }
    let last = steps.last_mut();
    if let Some(comment) = line.strip_prefix('#') {
        // A file list is shown as a comment.
        if let Some(step) = last.filter(|step| step.command.starts_with("ls ")) {
            step.expected.push(comment.to_owned());
        }
        return Ok(());
    }
    match last {
        Some(step) if line.starts_with(' ') || step.command.starts_with("docker exec ") => {
            step.expected.push(line.trim().to_owned());
            Ok(())
        }
        _ => Err(format!("neither a command nor its output: {line:?}")),
    }
}

/// Who runs a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor<'a> {
    /// The shell in c1.
    Shell(&'a str),
    /// A new process in c1: `docker exec`.
    Exec(&'a str),
    /// A container of its own that sees the host's processes: `docker run`.
    Beside(&'a str),
}

impl Step {
    /// Who runs it, with what docker's part is replaced by.
    pub fn actor(&self) -> Result<Actor<'_>> {
        let not_understood = || format!("no way is known to play {:?}", self.command);
        let line = self.command.strip_prefix("host$ ").unwrap_or(&self.command);
        if let Some(rest) = line.strip_prefix("docker exec -it c1 sh -c ") {
            let text = rest.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            return text.map(Actor::Exec).ok_or_else(not_understood);
        }
        if line.starts_with("docker ") {
            let (_, command) = line.split_once(" --pid=host networking ").ok_or_else(not_understood)?;
            return Ok(Actor::Beside(command));
        }
        Ok(Actor::Shell(line))
    }

    /// Complains where the command did not do what the tutorial shows.
    pub fn judge(&self, status: i32, output: &str) -> Result<()> {
        let shown = self.expected.join("\n");
        let holds = |text: &str| output.contains(text);
        let (what, good) = if shown.contains("100% packet loss") {
            ("no answer", status != 0 && holds("100% packet loss") && !holds("bytes from"))
        } else if shown.contains(" 0% packet loss") {
            ("an answer", status == 0 && holds(" 0% packet loss") && holds("64 bytes from"))
        } else if shown.contains("Unicast reply from") {
            ("a reply", status == 0 && holds("Unicast reply from") && holds("Received 1 repl"))
        } else if shown.contains("bridge name") {
            let lines = output.lines().count();
            ("docker0 and its ports", status == 0 && holds("docker0") && lines == self.expected.len())
        } else if shown.is_empty() {
            ("success without a word", status == 0 && output.is_empty())
        } else {
            (shown.as_str(), status == 0 && output.trim_end() == shown)
        };
        if good { Ok(()) } else { Err(format!("{}: {what} was expected; exit status {status}", self.command)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TUTORIAL: &str = include_str!("../../../docs/tutorial.md");

    #[test]
    fn the_tutorial_is_read() {
        let steps = steps(TUTORIAL).unwrap();
        let loss = |step: &Step| step.expected.iter().find_map(|line| line.split(", ").nth(2).map(str::to_owned));
        let losses: Vec<_> = steps.iter().filter_map(loss).collect();
        let (none, all) = ("0% packet loss", "100% packet loss");
        assert_eq!(losses, [all, all, none, all, none]);
        assert_eq!(steps.len(), 25);
        assert_eq!(steps[1].expected, ["red"]);
        assert!(steps.iter().all(|step| step.actor().is_ok()));
    }

    #[test]
    fn docker_alone_is_replaced() {
        let step = |command: &str| Step { command: command.to_owned(), expected: Vec::new() };
        let exec = step("docker exec -it c1 sh -c \"ip netns exec red ping -c1 ::1\"");
        assert_eq!(exec.actor(), Ok(Actor::Exec("ip netns exec red ping -c1 ::1")));
        let run =
            step("host$ docker run -it --rm --privileged --pid=host networking nsenter -t 1 -m sh -c \"brctl show\"");
        assert_eq!(run.actor(), Ok(Actor::Beside("nsenter -t 1 -m sh -c \"brctl show\"")));
        assert_eq!(step("red ip l set lo up").actor(), Ok(Actor::Shell("red ip l set lo up")));
        assert!(step("docker rm c1").actor().is_err());
    }

    #[test]
    fn lines_of_neither_sort_are_refused() {
        assert!(steps("~~~\nrm -r x\n~~~\n").is_err());
        assert!(steps("~~~\nip l\n").is_err());
        assert_eq!(steps("rm -r x\n").unwrap(), []);
    }

    #[test]
    fn outcomes_are_judged() {
        let step = |expected: &str| Step { command: "x".to_owned(), expected: vec![expected.to_owned()] };
        let lost = step("1 packets transmitted, 0 packets received, 100% packet loss");
        assert!(lost.judge(1, "1 packets transmitted, 0 packets received, 100% packet loss\n").is_ok());
        assert!(
            lost.judge(0, "64 bytes from ::1\n1 packets transmitted, 1 packets received, 0% packet loss\n").is_err()
        );
        assert!(lost.judge(1, "").is_err());
        let silent = Step { command: "x".to_owned(), expected: Vec::new() };
        assert!(silent.judge(0, "").is_ok());
        assert!(silent.judge(1, "").is_err());
        assert!(silent.judge(0, "warning\n").is_err());
        assert!(step("red").judge(0, "red\n").is_ok());
        assert!(step("red").judge(0, "red\nblue\n").is_err());
    }
}
