//! `cargo xtask tidy`: the rules of the house, which no compiler knows. It runs in the tests too.
//!
//! Layers (which crate may use which), the one place of `unsafe`, words that no product says, the length of files, what
//! they begin with, dead links in documents, licences. Each complaint is a line with the file's name.

mod api;
mod layers;
mod rules;
mod source;
mod tree;

use crate::run::{self, Result, at};
use clap::{Arg, ArgAction, ArgMatches, Command as Grammar};
use source::Source;
use std::fs;
use std::process::Command;

/// The errand's grammar.
pub fn command() -> Grammar {
    let write = Arg::new("write").long("write").action(ArgAction::SetTrue);
    Grammar::new("tidy")
        .about(
            "Check the rules of the house: layers, unsafe, length of files, documents, manual pages, licences, the core's interface",
        )
        .arg(write.help("Record the core crate's public interface in docs/api.txt"))
}

/// The errand.
pub fn run(matches: &ArgMatches) -> Result<()> {
    let found = check(matches.get_flag("write"))?;
    for complaint in &found {
        println!("{complaint}");
    }
    if found.is_empty() { Ok(()) } else { Err(format!("{} things are not tidy", found.len())) }
}

/// Every complaint about the tree. With `record`, the core's interface is recorded instead of compared.
pub fn check(record: bool) -> Result<Vec<String>> {
    let home = run::home();
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = run::output(git.current_dir(&home))?;
    let paths = list.split('\0').filter(|path| !path.is_empty());
    // What is no text has no words; what was removed has none either.
    let files: Vec<(&str, String)> =
        paths.filter_map(|path| Some((path, fs::read_to_string(home.join(path)).ok()?))).collect();
    let register = files.iter().find(|(path, _)| *path == "crates/links/src/register.rs");
    let register = rules::Register::new(register.map_or("", |(_, text)| text));
    let mut found = Vec::new();
    for (path, text) in &files {
        found.extend(tree::words(path, text));
        if path.ends_with(".rs") {
            found.extend(rules::check(&Source::new(path, text), &register));
        }
        if path.ends_with(".md") {
            found.extend(tree::links(path, text, |path| home.join(path).exists()));
        }
        if path.ends_with("/Cargo.toml") {
            found.extend(layers::check(&layers::Manifest { path: (*path).to_owned(), text: text.clone() }));
        }
    }
    let (interface, foreign) = api::describe(&api::parse(files.iter().map(|(path, text)| (*path, text.as_str())))?);
    found.extend(foreign);
    if record {
        at(&home.join(api::RECORD), fs::write(home.join(api::RECORD), &interface))?;
    } else if fs::read_to_string(home.join(api::RECORD)).ok().as_deref() != Some(&*interface) {
        found.push(format!("{}: not what crates/netlink offers; `cargo xtask tidy --write` records it", api::RECORD));
    }
    found.extend(crate::docs::out_of_step());
    let mut cargo = run::cargo();
    cargo.args(["tree", "--workspace", "--locked", "--offline", "--prefix", "none", "--format", "{p}: {l}"]);
    found.extend(tree::licences(&run::output(&mut cargo)?));
    Ok(found)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tree_is_tidy() {
        let found = super::check(false).unwrap();
        assert!(found.is_empty(), "\n{}", found.join("\n"));
    }
}
