//! What the file does under its own name, with no tool chosen: `install`, `--list`, `--help`, `--version`.
//!
//! clap parses this part only; it is not built on the way to a tool.

use crate::install::{Links, install};
use crate::{PRODUCT, TOOLS};
use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use netmite_nat::usage;
use netmite_output::Io;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Runs what `words` say; they come without the program's name.
pub(crate) fn run(words: &[&OsStr], io: &mut Io) -> u8 {
    let plain: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    if usage::wants_help(&plain) {
        let command = command();
        let verb = usage::verb(&command, &plain);
        let lines = usage_lines();
        io.write(usage::help(&command, verb, Some(&*lines).filter(|_| verb.is_none())).as_bytes());
        return 0;
    }
    let words = words.iter().map(OsString::from);
    let matches = match command().try_get_matches_from(std::iter::once(OsString::from(PRODUCT)).chain(words)) {
        Ok(matches) => matches,
        Err(error) => return usage::complain(&error, &command(), &plain, io),
    };
    if matches.get_flag("list") {
        for tool in TOOLS {
            io.write(format!("{}\n", tool.name).as_bytes());
        }
        return 0;
    }
    match matches.subcommand() {
        Some(("install", matches)) => run_install(matches, io),
        _ => {
            io.error(usage::help(&command(), None, Some(&usage_lines())).trim_end());
            2
        }
    }
}

/// How the file is called by its own name.
fn usage_lines() -> String {
    format!("{PRODUCT} TOOL [WORD]...\n       {PRODUCT} install [OPTIONS] DIR [TOOL]...\n       {PRODUCT} --list")
}

/// The grammar of the file's own name.
fn command() -> Command {
    let names: Vec<_> = TOOLS.iter().map(|tool| tool.name).collect();
    let default: Vec<_> = TOOLS.iter().filter(|tool| tool.default).map(|tool| tool.name).collect();
    let install = Command::new("install")
        .about("Make links to this file, one for each tool")
        .arg(
            Arg::new("directory")
                .value_name("DIR")
                .required(true)
                .value_parser(OsStringValueParser::new())
                .help("Where the links are made"),
        )
        .arg(
            Arg::new("tools")
                .value_name("TOOL")
                .num_args(0..)
                .value_parser(names.clone())
                .hide_possible_values(true)
                .help(format!("Only these tools [default: {}]", default.join(", "))),
        )
        .arg(flag("all").conflicts_with("tools").help("Every tool"))
        .arg(flag("symbolic").short('s').help("Symbolic links instead of hard ones"))
        .arg(flag("force").help("Also replace files that are not links to this file"));
    Command::new(PRODUCT)
        .version(env!("CARGO_PKG_VERSION"))
        .about("Network tools in one file: call it by a tool's name, or name the tool first")
        .after_help(format!("Tools: {}", names.join(" ")))
        .arg(flag("list").help("List the tools, one a line"))
        .subcommand(install)
        .disable_help_subcommand(true)
        .disable_help_flag(true)
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

fn run_install(matches: &ArgMatches, io: &mut Io) -> u8 {
    let named: Vec<&str> = matches.get_many::<String>("tools").into_iter().flatten().map(String::as_str).collect();
    let all = matches.get_flag("all");
    let wanted = |name: &str, default: bool| if named.is_empty() { all || default } else { named.contains(&name) };
    let tools: Vec<_> = TOOLS.iter().filter(|tool| wanted(tool.name, tool.default)).map(|tool| tool.name).collect();
    let links = if matches.get_flag("symbolic") { Links::Symbolic } else { Links::Hard };
    let Some(directory) = matches.get_one::<OsString>("directory") else { return 2 };
    match install(Path::new(directory), &tools, links, matches.get_flag("force")) {
        Ok(()) => 0,
        Err(error) => {
            for line in error.lines() {
                io.error(format_args!("{PRODUCT}: {line}"));
            }
            1
        }
    }
}
