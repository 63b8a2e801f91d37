//! Errands of the workspace: `cargo xtask NAME`. One file an errand; `--help` lists them.
//!
//! An errand installs what it needs, works under target/ and leaves the rest of the system as it is. It fails with one
//! line that says why; it never skips.

mod apt;
mod audit;
mod bench;
mod dist;
mod docs;
mod elf;
mod kernel;
mod needs;
mod reference;
mod run;
mod test;
mod tidy;
mod tutorial;

use clap::{ArgMatches, Command};
use run::Result;
use std::process::ExitCode;

/// An errand: its grammar, and what does it.
struct Errand {
    command: fn() -> Command,
    run: fn(&ArgMatches) -> Result<()>,
}

/// Every errand.
const ERRANDS: &[Errand] = &[
    Errand { command: tutorial::command, run: tutorial::run },
    Errand { command: test::command, run: test::run },
    Errand { command: dist::command, run: dist::run },
    Errand { command: kernel::command, run: kernel::run },
    Errand { command: bench::command, run: bench::run },
    Errand { command: audit::command, run: audit::run },
    Errand { command: docs::command, run: docs::run },
    Errand { command: tidy::command, run: tidy::run },
    Errand { command: reference::command, run: reference::run },
];

fn command() -> Command {
    let errands = ERRANDS.iter().map(|errand| (errand.command)());
    Command::new("xtask")
        .bin_name("cargo xtask")
        .about("Errands of the workspace")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(errands)
}

fn main() -> ExitCode {
    let matches = command().get_matches();
    let chosen = ERRANDS.iter().find_map(|errand| {
        let own = (errand.command)();
        Some((errand, matches.subcommand_matches(own.get_name())?))
    });
    match chosen.map(|(errand, matches)| (errand.run)(matches)) {
        Some(Err(why)) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_grammar_is_sound() {
        super::command().debug_assert();
    }
}
