//! `bench ours=FOLDER ref=FOLDER [NAME=FOLDER…] [-- WORD…]`: measures our tools beside the reference's and peers'.
//!
//! Words: `full` (the sizes that the documentation speaks of; small ones else), `rounds=N`, `SIZE=N`, `write` (record
//! docs/performance.md's table and chart), and beginnings of parts; none means all. `cargo xtask bench` calls it.

use netmite_tests::bench::{self, Bench, Sizes, Tool, report};
use netmite_tests::{live, tools};
use serde_json::Value;
use std::process::{ExitCode, Stdio};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> bench::Result<()> {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let (folders, words) = words.split_at(end);
    let tools = folders.iter().map(|word| tool(word)).collect::<bench::Result<Vec<_>>>()?;
    let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let mut own = Bench { sizes: Sizes::of(words.contains(&"full")), rounds: 5, tools };
    let (mut wanted, mut write, mut inside) = (Vec::new(), false, None);
    for word in &words {
        match word.split_once('=') {
            _ if *word == "full" => (),
            _ if *word == "write" => write = true,
            Some(("rounds", number)) => own.rounds = number.parse().map_err(|_| format!("{number}: no number"))?,
            Some(("inside", part)) => inside = Some(part),
            Some(_) => own.sizes.change(word)?,
            None => wanted.push(*word),
        }
    }
    if let Some(part) = inside {
        return bench::run(part, &own);
    }
    let chosen = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.starts_with(word));
    let parts: Vec<&str> = bench::parts().into_iter().map(|part| part.0).filter(|name| chosen(name)).collect();
    if parts.is_empty() {
        return Err(format!(
            "no such part; there are {}",
            bench::parts().iter().map(|part| part.0).collect::<Vec<_>>().join(" ")
        ));
    }
    // The part is run from another folder.
    let folders = own.tools.iter().map(|tool| format!("{}={}", tool.name, tool.folder.display()));
    let again: Vec<String> =
        folders.chain(["--".to_owned()]).chain(words.iter().map(|word| (*word).to_owned())).collect();
    let mut records: Vec<Value> = Vec::new();
    for part in parts {
        eprintln!("bench: {part}");
        records.extend(measured(part, &again)?);
    }
    println!("{}", report::table(&records));
    if write { record(&records) } else { Ok(()) }
}

fn tool(word: &str) -> bench::Result<Tool> {
    let (name, folder) = word.split_once('=').ok_or_else(|| format!("{word}: not NAME=FOLDER"))?;
    let folder = std::fs::canonicalize(folder).map_err(|error| format!("{folder}: {error}"))?;
    Ok(Tool { name: name.to_owned(), folder })
}

/// Runs a part in namespaces of its own; what it measured.
fn measured(part: &str, words: &[String]) -> bench::Result<Vec<Value>> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut shell = live::isolated(&format!("{} && exec \"$@\"", bench::PREPARE_NAMESPACES));
    shell.arg("sh").arg(own).args(words).arg(format!("inside={part}")).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = shell.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("{part}: {}", output.status));
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines.lines().map(|line| serde_json::from_str(line).map_err(|error| format!("{part}: {line}: {error}"))).collect()
}

/// What stands between these lines of docs/performance.md is written by this program.
const MARKS: [&str; 2] = ["<!-- measured -->", "<!-- end -->"];

/// Writes the table into docs/performance.md and the chart beside it.
fn record(records: &[Value]) -> bench::Result<()> {
    let docs = tools::home().join("../docs");
    let page = docs.join("performance.md");
    let text = std::fs::read_to_string(&page).map_err(|error| format!("{}: {error}", page.display()))?;
    let (before, rest) = text.split_once(MARKS[0]).ok_or("docs/performance.md has no place for the table")?;
    let (_, after) = rest.split_once(MARKS[1]).ok_or("docs/performance.md has no end of the table")?;
    let text = format!("{before}{}\n\n{}\n{}{after}", MARKS[0], report::markdown(records), MARKS[1]);
    std::fs::write(&page, text).map_err(|error| format!("{}: {error}", page.display()))?;
    let chart = docs.join("performance.svg");
    std::fs::write(&chart, report::chart(records)).map_err(|error| format!("{}: {error}", chart.display()))
}
