//! What is printed of recorded replies of the kernel.
//!
//! A file of `cases/render` has lines `setup COMMAND`, run by the reference in a fresh namespace (`kernel uml`: in the
//! second kernel), `get ADDRESS` for a route to look up there, `dump NAME…` for objects that not every list needs, `live COMMAND` for a command whose output is taken from
//! the namespace itself, `told COMMAND` for an object that no kernel need have (it is as the reference's request says), `message TYPE HEX` for one
//! that no request makes (as in a snapshot), and
//! command lines as in other case lists, which print the objects of the namespace. Recording it writes the objects
//! to `recorded/snapshots` and what the reference printed of them to `recorded/render`, in blocks:
//!
//! ```text
//! $ ip -br link
//! exit 0
//! | lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP>
//! ```
//!
//! `| ` stands before each line of standard output; a line that is not printable stands in quotes after `~ ` instead.

use crate::cases::{self, Command};
use crate::kernel::{Kernel, Snapshot};
use crate::text::{quoted, unquoted};
use crate::tracer::Outcome;
use crate::wire;
use std::net::IpAddr;
use std::path::Path;

/// A case list.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Whether the objects are made in the second kernel.
    pub second_kernel: bool,
    /// Shell commands that make the objects.
    pub setup: Vec<String>,
    /// Routes to look up.
    pub get: Vec<IpAddr>,
    /// Objects to be captured besides links, addresses, routes and rules.
    pub dump: Vec<String>,
    /// Commands whose output is taken from the namespace itself.
    pub live: Vec<Command>,
    /// Commands whose requests are taken for objects.
    pub told: Vec<Command>,
    /// Objects as a snapshot has them.
    pub messages: String,
    /// Commands that print the objects.
    pub shows: Vec<Command>,
}

impl List {
    /// Reads a case list.
    ///
    /// # Errors
    /// With the line that is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut list = List::default();
        let mut shows = String::new();
        for line in text.lines() {
            if let Some(command) = line.strip_prefix("setup ") {
                list.setup.push(command.to_owned());
            } else if line == "kernel uml" {
                list.second_kernel = true;
            } else if let Some(address) = line.strip_prefix("get ") {
                list.get.push(address.parse().map_err(|_| format!("{line:?} names no address"))?);
            } else if let Some(names) = line.strip_prefix("dump ") {
                list.dump.extend(names.split(' ').map(str::to_owned));
            } else if let Some(command) = line.strip_prefix("live ") {
                list.live.extend(cases::commands(command)?);
            } else if let Some(command) = line.strip_prefix("told ") {
                list.told.extend(cases::commands(command)?);
            } else if line.starts_with("message ") {
                let (head, hex) = line.rsplit_once(' ').ok_or_else(|| format!("{line:?} is no message"))?;
                list.messages += &format!("{head}\n{hex}\n\n");
            } else {
                shows += &format!("{line}\n");
            }
        }
        if let Some(name) = list.dump.iter().find(|name| !crate::capture::is_object(name)) {
            return Err(format!("{name:?} names no objects"));
        }
        list.shows = cases::commands(&shows)?;
        Ok(list)
    }
}

/// The block of a command and what it printed.
pub fn block(command: &Command, status: i32, complaint: Option<String>, stdout: &[u8]) -> String {
    let mut text = format!("$ {}\nexit {status}\n", command.line());
    text.extend(complaint.map(|line| line + "\n"));
    for line in stdout.split_inclusive(|byte| *byte == b'\n') {
        match (line.strip_suffix(b"\n"), std::str::from_utf8(line)) {
            (Some(_), Ok(line)) if !line.trim_end_matches('\n').chars().any(char::is_control) => {
                text += &format!("| {line}")
            }
            _ => text += &format!("~ {}\n", quoted(line)),
        }
    }
    text
}

/// The standard output in a block.
pub fn stdout(block: &str) -> Vec<u8> {
    let lines = block.lines().filter_map(|line| match line.split_once(' ') {
        Some(("|", rest)) => Some([rest.as_bytes(), b"\n"].concat()),
        Some(("~", rest)) => unquoted(rest),
        _ => None,
    });
    lines.collect::<Vec<_>>().concat()
}

/// Runs `command` with the tools of `directory` on the objects of `snapshot`.
///
/// # Errors
/// Those of starting and tracing the program.
pub fn show(directory: &Path, command: &Command, snapshot: &Snapshot) -> std::io::Result<(String, Outcome)> {
    let mut kernel = Kernel::new(snapshot.clone());
    let outcome = wire::run_against(directory, command, &mut kernel)?;
    let mut complaint = wire::complaint(&outcome);
    if let Some(why) = outcome.hung {
        complaint = Some(format!("killed: {why}"));
    }
    Ok((block(command, outcome.status, complaint, &outcome.stdout), outcome))
}

/// Adds to `snapshot` what `command` asks for when the tools of `directory` run it.
///
/// # Errors
/// Those of starting and tracing the program, and a command that asks for nothing.
pub fn tell(directory: &Path, command: &Command, snapshot: &mut Snapshot) -> std::io::Result<()> {
    let mut kernel = Kernel::new(snapshot.clone());
    wire::run_against(directory, command, &mut kernel)?;
    if kernel.asked.is_empty() {
        return Err(std::io::Error::other(format!("{} asks for nothing", command.line())));
    }
    for message in kernel.asked {
        snapshot.take_in(message);
    }
    Ok(())
}

/// The blocks of a recording, each with its command.
///
/// # Errors
/// With the line that is not understood.
pub fn parse(text: &str) -> Result<Vec<(Command, String)>, String> {
    let mut blocks: Vec<(Command, String)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(command) = line.strip_prefix("$ ") {
            blocks.push((Command::parse(command)?, String::new()));
        }
        let (_, block) = blocks.last_mut().ok_or_else(|| format!("{line:?} stands before any command"))?;
        *block += &format!("{line}\n");
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_survives_its_block() {
        let command = Command::parse("ip link").unwrap();
        for output in [&b"a\n\nb \n"[..], b"\x1b[0mx\n", b"\xff", b"", b"$ x\n# y\n", b"no end"] {
            let block = block(&command, 0, None, output);
            assert_eq!(stdout(&block), output);
            assert_eq!(parse(&block).unwrap(), [(command.clone(), block)]);
        }
    }
}
