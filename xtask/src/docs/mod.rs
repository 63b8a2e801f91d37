//! `cargo xtask docs`: manual pages and completion for bash, from the tables that the tools read: docs/man, docs/completion.
//!
//! `cargo xtask tidy` fails where they are out of step.

mod completion;
mod manual;
mod pages;

use crate::run::{self, Result, at};
use clap::{ArgMatches, Command as Grammar};
use std::fs;

/// The errand's grammar.
pub fn command() -> Grammar {
    Grammar::new("docs").about("Write manual pages and completion for shells, from the tables of the tools")
}

/// The errand.
pub fn run(_: &ArgMatches) -> Result<()> {
    for (path, text) in files() {
        let path = run::home().join(path);
        at(&path, path.parent().map_or(Ok(()), fs::create_dir_all))?;
        at(&path, fs::write(&path, text))?;
    }
    Ok(())
}

/// Every file that is made, by its path in the workspace.
pub fn files() -> Vec<(String, String)> {
    let tools = pages::tools();
    let mut files = manual::files(&tools);
    files.extend(tools.iter().map(|tool| (format!("docs/completion/{}.bash", tool.name), completion::script(tool))));
    files
}

/// Those that are not as they are in the tree.
pub fn out_of_step() -> Vec<String> {
    let differs = |(path, text): &(String, String)| {
        fs::read_to_string(run::home().join(path)).ok().as_deref() != Some(text.as_str())
    };
    let files = files().into_iter().filter(differs);
    files.map(|(path, _)| format!("{path}: not what the tables say; `cargo xtask docs` writes it")).collect()
}
