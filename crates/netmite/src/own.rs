//! What the file does under its own name, with no tool chosen: `install`, `--list`, `--help`, `--version`.
//!
//! clap parses this part only; it is not built on the way to a tool.

use crate::install::{Links, install};
use crate::{PRODUCT, TOOLS, Tool};
use netmite_nat::rows::{Given, Grammar, MANY, NEEDED, Verb, switch, word};
use netmite_nat::usage;
use netmite_output::Io;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

pub(crate) static OWN: Grammar = Grammar {
    name: PRODUCT,
    about: "Network tools in one file: call it by a tool's name, or name the tool first",
    needs_verb: false,
    rows: &[switch("list", "List the tools, one a line")],
    verbs: &[Verb {
        name: "install",
        alias: None,
        about: "Make links to this file, one for each tool",
        rows: &[&[
            word("directory", "DIR", "Where the links are made").with(NEEDED),
            word(
                "tools",
                "TOOL",
                "Only these tools; without any, those that systems do not commonly have from elsewhere",
            )
            .with(MANY),
            switch("all", "Every tool"),
            switch("symbolic", "Symbolic links instead of hard ones").short('s'),
            switch("force", "Also replace files that are not links to this file"),
        ]],
    }],
};

/// Runs what `words` say; they come without the program's name.
pub(crate) fn run(words: &[&OsStr], io: &mut Io) -> u8 {
    let plain: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    if usage::wants_help(&plain) {
        io.write(help(OWN.verb(&plain)).as_bytes());
        return 0;
    }
    if usage::version(&OWN, &plain, io) {
        return 0;
    }
    let mut all = vec![OsString::from(PRODUCT)];
    for word in words {
        all.push(word.into());
    }
    let matches = match OWN.command(&[]).try_get_matches_from_mut(all) {
        Ok(matches) => matches,
        Err(error) => return usage::complain(&error, &OWN, &plain, io),
    };
    if matches.flag("list") {
        for tool in TOOLS {
            io.write([tool.name, "\n"].concat().as_bytes());
        }
        return 0;
    }
    match matches.subcommand() {
        Some((_, matches)) => {
            let named = matches.get_many::<OsString>("tools").into_iter().flatten();
            run_install(matches, &named.map(|word| word.as_bytes()).collect::<Vec<_>>(), io)
        }
        None => {
            io.error(help(None).trim_end());
            2
        }
    }
}

fn help(verb: Option<&Verb>) -> String {
    let usage =
        [PRODUCT, " TOOL [WORD]...\n       ", PRODUCT, " install [OPTIONS] DIR [TOOL]...\n       ", PRODUCT, " --list"];
    let names = |wanted: fn(&Tool) -> bool| {
        TOOLS.iter().filter(|tool| wanted(tool)).fold(String::new(), |all, tool| all + " " + tool.name)
    };
    let more = ["Tools:", &names(|_| true), "\nLinked if none is named:", &names(|tool| tool.default)].concat();
    usage::help(&OWN, verb, Some(&usage.concat()), &more)
}

fn run_install(given: &dyn Given, named: &[&[u8]], io: &mut Io) -> u8 {
    let all = given.flag("all");
    if let Some(wrong) = named.iter().find(|name| !TOOLS.iter().any(|tool| tool.name.as_bytes() == **name)) {
        io.error_bytes(&[PRODUCT.as_bytes(), b": \"", wrong, b"\" is no tool"].concat());
        let near = netmite_grammar::nearest(wrong, TOOLS.iter().map(|tool| tool.name));
        io.error(near.map_or(format!("  `{PRODUCT} --list` shows them"), |near| format!("  did you mean \"{near}\"?")));
        return 2;
    }
    if all && !named.is_empty() {
        io.error(format_args!("{PRODUCT}: --all does not go with TOOL"));
        return 2;
    }
    let mut tools = Vec::new();
    for tool in TOOLS {
        if named.contains(&tool.name.as_bytes()) || named.is_empty() && (all || tool.default) {
            tools.push(tool.name);
        }
    }
    let links = if given.flag("symbolic") { Links::Symbolic } else { Links::Hard };
    let Some(directory) = given.value("directory") else { return 2 };
    match install(directory, &tools, links, given.flag("force")) {
        Ok(()) => 0,
        Err(refused) => {
            for line in refused {
                io.error(format_args!("{PRODUCT}: {line}"));
            }
            1
        }
    }
}
