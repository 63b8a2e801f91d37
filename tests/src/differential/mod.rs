//! Command lines and replies of the kernel that nobody thought of, given to the reference and to the suite.
//!
//! Both are changed from the case lists by a seed, so that a difference repeats: [`Corpus`] changes words of a list's lines,
//! [`replies()`] attributes of its snapshot. What differs is put together by its cause, as far as text can tell one.

mod replies;
mod words;

pub use replies::replies;
pub use words::Corpus;

use crate::cases::{self, Command};
use crate::kernel::{Kernel, Snapshot, fixture};
use crate::{render, text, wire};
use std::path::Path;

/// What would run another program, wait for events or look at the machine does so with any words.
const RUNS: &[&str] = &["exec", "monitor", "-b", "-batch", "pids", "identify", "-V", "-Version"];

/// Whether a command line can be tried without side effects.
pub fn harmless(command: &Command) -> bool {
    let words = command.0.iter().skip(1).filter_map(|word| word.to_str());
    !words
        .into_iter()
        .any(|word| RUNS.iter().any(|run| word.len() > 1 && run.starts_with(word) || word == "e" || word == "m"))
}

/// What `command` does, on standard output too.
///
/// # Errors
/// Those of starting and tracing the program.
pub fn whole(directory: &Path, command: &Command, snapshot: &Snapshot) -> std::io::Result<String> {
    let mut kernel = Kernel::new(snapshot.clone());
    let outcome = wire::run_against(directory, command, &mut kernel)?;
    let complaint = match outcome.hung {
        Some(why) => Some(format!("killed: {why}")),
        None => wire::complaint(&outcome),
    };
    let usage = complaint.as_deref() == Some("stderr usage");
    let mut text = render::block(command, outcome.status, complaint, if usage { b"" } else { &outcome.stdout });
    kernel.requests.concat().iter().for_each(|line| text += &format!("{line}\n"));
    Ok(text)
}

/// The fixture with the objects of a list, as both programs see it.
pub fn world(snapshot: Option<&Snapshot>) -> Snapshot {
    snapshot.cloned().unwrap_or_else(fixture)
}

/// A difference, and what it seems to come from.
pub struct Difference {
    /// The lines that differ first, without the words and numbers in them.
    pub cause: String,
    /// All lines.
    pub shown: String,
}

/// What differs between two texts of [`whole`].
pub fn compare(wanted: &str, got: &str) -> Option<Difference> {
    if wanted == got {
        return None;
    }
    let shown = text::difference(wanted, got);
    let first = |mark: &str| {
        let lines = shown.lines().filter(|line| line.starts_with(mark) && !line.contains(" exit "));
        lines.map(plain).next().unwrap_or_default()
    };
    let cause = format!("{} {}", first("-"), first("+"));
    Some(Difference { cause, shown })
}

/// A line without what is quoted in it, and without its digits.
fn plain(line: &str) -> String {
    let mut parts = line.splitn(2, "stderr \"");
    let head = parts.next().unwrap_or_default();
    let Some(told) = parts.next() else { return head.chars().filter(|c| !c.is_ascii_digit()).take(60).collect() };
    let mut text = head.to_owned();
    let mut quoted = false;
    for part in told.split("\\\"") {
        text += if quoted { "X" } else { part };
        quoted = !quoted;
    }
    text.chars().filter(|c| !c.is_ascii_digit()).take(110).collect()
}

/// The commands of a list of `cases/wire` or `cases/render`.
///
/// # Errors
/// With the line that is not understood.
pub fn list(name: &str) -> Result<(Vec<Command>, Option<Snapshot>), String> {
    let read = |folder: &str| std::fs::read_to_string(crate::tools::home().join(format!("{folder}/{name}.txt"))).ok();
    if let Some(list) = read("cases/wire") {
        return Ok((cases::commands(&list)?, None));
    }
    let list = render::List::parse(&read("cases/render").ok_or_else(|| format!("{name} is no list"))?)?;
    let snapshot = Snapshot::parse(&read("recorded/snapshots").ok_or_else(|| format!("{name} has no snapshot"))?)?;
    Ok((list.shows, Some(snapshot)))
}
