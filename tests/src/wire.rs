//! What a command line asks of the kernel, as a block of text, and the files of such blocks.
//!
//! A file of `recorded/wire` begins with `# reference: VERSION`; then come blocks, a blank line between two:
//!
//! ```text
//! $ ip link set eth0 mtu 1400
//! exit 0
//! request RTM_NEWLINK
//!   header family=0 type=0 index=eth0 flags=0x0 change=0x0
//!   IFLA_MTU 1400
//! ```
//!
//! `stderr "…"` after `exit` is the first line of standard error, in quotes; `stderr usage` stands for any usage text.

use crate::cases::Command;
use crate::kernel::{Kernel, fixture};
use crate::text::quoted;
use crate::tracer::{Outcome, Program, run};
use std::path::Path;
use std::time::Duration;

/// One command line and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The command line.
    pub command: Command,
    /// The lines after the first: exit status, complaint, requests.
    pub lines: Vec<String>,
}

/// Runs `command` with the tools of `directory` against the fixture.
///
/// # Errors
/// Those of starting and tracing the program.
pub fn record(directory: &Path, command: &Command) -> std::io::Result<Case> {
    let mut kernel = Kernel::new(fixture());
    let outcome = run_against(directory, command, &mut kernel)?;
    let mut lines = vec![format!("exit {}", outcome.status)];
    if let Some(why) = outcome.hung {
        lines.push(format!("killed: {why}"));
    }
    lines.extend(complaint(&outcome));
    lines.extend(kernel.requests.concat());
    Ok(Case { command: command.clone(), lines })
}

/// Runs `command` with the tools of `directory` against `kernel`.
///
/// # Errors
/// Those of starting and tracing the program.
pub fn run_against(directory: &Path, command: &Command, kernel: &mut Kernel) -> std::io::Result<Outcome> {
    let (tool, words) = command.0.split_first().ok_or_else(|| std::io::Error::other("an empty command"))?;
    let limit = Duration::from_secs(20);
    let program = Program { path: directory.join(tool), words: words.to_vec(), limit, witness: None };
    run(&program, kernel)
}

/// The line about standard error, if there was anything. Usage texts are each program's own.
pub fn complaint(outcome: &Outcome) -> Option<String> {
    let first = outcome.complaint();
    if outcome.stderr.is_empty() {
        return None;
    }
    let usage = first.to_ascii_lowercase().starts_with(b"usage:");
    Some(if usage { "stderr usage".to_owned() } else { format!("stderr {}", quoted(first)) })
}

impl Case {
    /// The block of a file.
    pub fn text(&self) -> String {
        let mut text = format!("$ {}\n", self.command.line());
        self.lines.iter().for_each(|line| text += &format!("{line}\n"));
        text
    }
}

/// The cases of a file.
///
/// # Errors
/// With the block that is not understood.
pub fn parse(text: &str) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for block in text.split("\n\n") {
        let mut lines = block.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let Some(first) = lines.next() else { continue };
        let line = first.strip_prefix("$ ").ok_or_else(|| format!("{first:?} is no command"))?;
        cases.push(Case { command: Command::parse(line)?, lines: lines.map(str::to_owned).collect() });
    }
    Ok(cases)
}

/// A file of cases.
pub fn file(version: &str, cases: &[Case]) -> String {
    let blocks: Vec<String> = cases.iter().map(Case::text).collect();
    format!("# reference: {version}\n\n{}", blocks.join("\n"))
}
