//! `audit FOLDER [write]`: holds the tables of links to the headers in FOLDER (`include/linux` of a kernel) and to the
//! tests. With `write`, the table in docs/compatibility.md is written; else it must be what it would be. `cargo xtask audit`
//! calls it.

use netmite_tests::{audit, tools};
use std::path::Path;
use std::process::ExitCode;

/// What stands around the table.
const MARKS: (&str, &str) = ("<!-- by cargo xtask audit --write -->\n", "<!-- end -->");

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [folder] => run(Path::new(folder), false),
        [folder, "write"] => run(Path::new(folder), true),
        _ => Err("usage: audit FOLDER [write]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("audit: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path, write: bool) -> Result<(), String> {
    let audit = audit::audit(folder)?;
    println!("{} attributes have the number that the headers give them", audit.compared.0);
    println!("{} of them are numbers that are sent in the width and order that the reference sends", audit.compared.1);
    println!("{} of {} prefixes of keywords are tried against the reference", audit.prefixes.1, audit.prefixes.0);
    audit.untried.iter().for_each(|line| println!("  not tried: {line}"));
    audit.uncovered.iter().for_each(|line| println!("  in no row: {line}"));
    let path = tools::home().join("../docs/compatibility.md");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let parts = text.split_once(MARKS.0).and_then(|(before, rest)| Some((before, rest.split_once(MARKS.1)?)));
    let (before, (old, after)) = parts.ok_or("docs/compatibility.md has no place for the table")?;
    if write {
        let text = format!("{before}{}{}{}{after}", MARKS.0, audit.table, MARKS.1);
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let mut wrong = audit.wrong;
    if !write && old != audit.table {
        wrong.push("the table in docs/compatibility.md is not up to date: cargo xtask audit --write".to_owned());
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
