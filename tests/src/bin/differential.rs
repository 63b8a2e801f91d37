//! Gives the reference and the suite command lines and replies that nobody thought of, and prints where they part.
//!
//! `differential lines|replies FIRST COUNT [LIST…]`: seeds FIRST and on, COUNT of them for each list of `cases/wire` or
//! `cases/render`. The reference's folder is the environment's `NETMITE_REFERENCE`. Differences are grouped by what they
//! seem to come from, the most frequent first; each group's first few are shown (`NETMITE_SHOWN`).
//!
//! `differential given FILE`: the command lines of a file instead, each with what both do.
//!
//! To be run in a network and mount namespace of its own with an empty /run: words by chance may name any file there.

use netmite_tests::cases::Command;
use netmite_tests::differential::{Corpus, Difference, compare, harmless, list, replies, whole, world};
use netmite_tests::fuzz::Chance;
use netmite_tests::{cases, pool, tools};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("differential: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The commands of a file, in the syntax of case lists: what both do, with the differences marked.
fn given(file: &str) -> Result<(), String> {
    let (reference, ours) = programs()?;
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let commands = cases::commands(&text)?;
    let snapshot = world(None);
    let shown = pool::map(&commands, |command| {
        let both = [&reference, &ours]
            .map(|folder| whole(folder, command, &snapshot).unwrap_or_else(|error| error.to_string()));
        compare(&both[0], &both[1]).map_or_else(|| format!("equal:\n{}", both[0]), |difference| difference.shown)
    });
    shown.iter().for_each(|text| println!("{text}"));
    Ok(())
}

fn programs() -> Result<(PathBuf, PathBuf), String> {
    let reference = tools::reference().ok_or("NETMITE_REFERENCE names no folder")?.join("bin");
    let ours = tools::under_test().ok_or("there is no program under test")?;
    Ok((reference, ours.to_owned()))
}

fn run(words: &[String]) -> Result<(), String> {
    if let [what, file] = words
        && what == "given"
    {
        return given(file);
    }
    let [what, first, count, names @ ..] = words else {
        return Err("usage: differential lines|replies FIRST COUNT [LIST…]".to_owned());
    };
    let number = |word: &String| word.parse::<u64>().map_err(|_| format!("{word} is no number"));
    let (first, count) = (number(first)?, number(count)?);
    let (reference, ours) = programs()?;
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut tried = 0;
    for name in names {
        let (commands, snapshot) = list(name)?;
        let snapshot = world(snapshot.as_ref());
        let corpus = Corpus::new(&commands);
        let seeds: Vec<u64> = (first..first + count).collect();
        let found = pool::map(&seeds, |seed| {
            let mut chance = Chance::new(*seed);
            let (command, snapshot) = match what.as_str() {
                "lines" => (corpus.line(&mut chance), snapshot.clone()),
                _ => (commands[chance.below(commands.len())].clone(), replies(&snapshot, &mut chance)),
            };
            harmless(&command).then(|| one(&reference, &ours, &command, &snapshot)).flatten()
        });
        tried += count;
        for (seed, difference) in seeds.iter().zip(found) {
            if let Some(difference) = difference {
                groups.entry(difference.cause).or_default().push(format!("{name} {seed}:\n{}", difference.shown));
            }
        }
    }
    let mut groups: Vec<(String, Vec<String>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, shown)| std::cmp::Reverse(shown.len()));
    let differ: usize = groups.iter().map(|(_, shown)| shown.len()).sum();
    println!("{differ} of {tried} differ, {} causes", groups.len());
    for (cause, shown) in &groups {
        println!("==== {} x {cause}", shown.len());
        shown.iter().take(tools::shown()).for_each(|one| println!("{one}"));
    }
    Ok(())
}

fn one(
    reference: &Path,
    ours: &Path,
    command: &Command,
    snapshot: &netmite_tests::kernel::Snapshot,
) -> Option<Difference> {
    let wanted = whole(reference, command, snapshot).unwrap_or_else(|error| error.to_string());
    let got = whole(ours, command, snapshot).unwrap_or_else(|error| error.to_string());
    compare(&wanted, &got)
}
