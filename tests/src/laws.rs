//! What holds for every row of every table: that cases try it, that help tells of it, that its words are what they make.
//!
//! The program under test tells which rows read a word and which printed, and tries the law that words, encoded, decoded to words and
//! encoded again, are the same attributes (`netmite_grammar::witness`). So what counts as a case is what a case made use of.

use crate::cases::Command;
use crate::kernel::{Kernel, Snapshot, fixture};
use crate::schema::{Names, request_lines};
use crate::tracer::{Outcome, Program, run};
use crate::{pool, render, tools, wire};
use netmite_grammar::manual::{Manual, Object, Part};
use netmite_grammar::{Place, Row, Table};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The tools whose grammar is tables.
pub fn manuals() -> Vec<Manual> {
    vec![netmite_ip::manual(), netmite_bridge::manual()]
}

/// What runs of the program made use of.
#[derive(Default)]
pub struct Facts {
    /// `parsed`, `printed` or `stable`, the table and the row.
    rows: HashSet<String>,
    /// Where words make other attributes: the table and the row, the words, and what became of them.
    unstable: BTreeMap<String, String>,
}

impl Facts {
    /// Whether a fact of a row is known.
    pub fn has(&self, fact: &str, table: &Table, at: usize) -> bool {
        self.rows.contains(&format!("{fact}\t{}\t{at}", table.identity()))
    }

    /// How words of a row make other attributes than those they are of.
    pub fn unstable(&self, table: &Table, at: usize) -> Option<&str> {
        self.unstable.get(&format!("unstable\t{}\t{at}", table.identity())).map(String::as_str)
    }

    fn take(&mut self, text: &str) {
        for line in text.lines() {
            let mut parts = line.splitn(4, '\t');
            let fact: Vec<&str> = parts.by_ref().take(3).collect();
            match parts.next() {
                Some(how) => drop(self.unstable.insert(fact.join("\t"), how.to_owned())),
                None => drop(self.rows.insert(fact.join("\t"))),
            }
        }
    }
}

/// Runs each command on the objects that it is with, with a witness.
fn witnessed(directory: &Path, commands: &[(&Command, &Snapshot)]) -> Facts {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let told = pool::map(commands, |(command, snapshot)| {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let file = std::env::temp_dir().join(format!("netmite-witness-{}-{number}", std::process::id()));
        let (tool, words) = command.0.split_first().expect("a command");
        let program = Program {
            path: directory.join(tool),
            words: words.to_vec(),
            limit: Duration::from_secs(20),
            witness: Some(file.clone()),
        };
        run(&program, &mut Kernel::new((*snapshot).clone())).expect("a traced program");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let _ = std::fs::remove_file(&file);
        text
    });
    let mut facts = Facts::default();
    told.iter().for_each(|text| facts.take(text));
    facts
}

/// Of the wire cases that send a request: what they made use of.
///
/// # Panics
/// If a recording is not understood.
pub fn wired(directory: &Path) -> Facts {
    let tables =
        |case: &wire::Case| matches!(case.command.0.first().and_then(|tool| tool.to_str()), Some("ip" | "bridge"));
    let sends =
        |case: &wire::Case| case.lines.iter().any(|line| line.starts_with("request") || line.starts_with("ioctl"));
    let mut cases = Vec::new();
    for (name, text) in tools::text_files("recorded/wire") {
        let own = wire::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        cases.extend(own.into_iter().filter(|case| tables(case) && sends(case)));
    }
    let objects = fixture();
    let commands: Vec<_> = cases.iter().map(|case| (&case.command, &objects)).collect();
    witnessed(directory, &commands)
}

/// Of the render cases: what they made use of, and the names of the attributes of their objects, each with the kind of link it
/// is of.
///
/// # Panics
/// If a recording is not understood.
pub fn rendered(directory: &Path) -> (Facts, HashSet<(String, String)>) {
    let mut snapshots = HashMap::new();
    let mut names = HashSet::new();
    for (name, text) in tools::text_files("recorded/snapshots") {
        let snapshot = Snapshot::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        names.extend(reported(&snapshot));
        snapshots.insert(name, snapshot);
    }
    let mut cases = Vec::new();
    for (name, text) in tools::text_files("recorded/render") {
        let own = render::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        cases.extend(own.into_iter().map(|(command, _)| (command, name.clone())));
    }
    let commands: Vec<_> = cases.iter().map(|(command, name)| (command, &snapshots[name])).collect();
    (witnessed(directory, &commands), names)
}

/// The names of all attributes of some objects, each with the kind of link whose own it is.
fn reported(snapshot: &Snapshot) -> HashSet<(String, String)> {
    let nothing = Names { device: &|_| None, index: &|_| None, label: &|_| None, family: &|_| None };
    let mut found = HashSet::new();
    let replies = snapshot.lookups.iter().map(|(_, _, reply)| reply);
    for message in snapshot.messages.iter().chain(replies) {
        // The kinds that the lines so far belong to, by their depth.
        let mut kinds: Vec<(usize, String)> = Vec::new();
        for line in request_lines(nix::libc::NETLINK_ROUTE, message, &nothing) {
            let depth = line.len() - line.trim_start().len();
            let mut words = line.split_whitespace();
            let (name, value) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            kinds.retain(|(at, _)| *at <= depth);
            match name {
                "IFLA_INFO_KIND" => kinds.push((depth, value.to_owned())),
                "IFLA_INFO_SLAVE_KIND" => kinds.push((depth, format!("{value}_slave"))),
                _ => (),
            }
            let kind = kinds.iter().rev().find(|(at, _)| *at < depth).map_or("", |(_, kind)| kind);
            found.insert((kind.to_owned(), name.to_owned()));
            found.insert((String::new(), name.to_owned()));
        }
    }
    found
}

/// What the help commands print, by command.
///
/// # Panics
/// If a program can't be traced.
pub fn helped(directory: &Path, manuals: &[Manual]) -> HashMap<String, HashSet<String>> {
    let parts = manuals.iter().flat_map(|manual| &manual.objects).flat_map(|object| &object.parts);
    let commands: BTreeSet<&str> = parts.map(|part| part.help.as_str()).filter(|help| !help.is_empty()).collect();
    let commands: Vec<&str> = commands.into_iter().collect();
    let printed = pool::map(&commands, |line| {
        let command = Command::parse(line).expect("a command");
        let outcome: Outcome =
            wire::run_against(directory, &command, &mut Kernel::new(fixture())).expect("a traced program");
        let text = [outcome.stdout, outcome.stderr].concat();
        words_of(&String::from_utf8_lossy(&text))
    });
    commands.into_iter().map(str::to_owned).zip(printed).collect()
}

fn words_of(text: &str) -> HashSet<String> {
    text.split(char::is_whitespace).map(str::to_owned).collect()
}

/// The name that a row of a table has in complaints and in the list of exceptions.
pub fn name_of(manual: &Manual, object: &Object, part: Option<&Part>, row: &Row) -> String {
    let place = part.map_or(String::new(), |part| match part.after.as_str() {
        "" => part.verbs.first().map_or(String::new(), |verb| format!(" {verb}")),
        after => format!(" {after}"),
    });
    let attribute = match row.spec().place {
        Place::Attribute(attr) | Place::Nested(attr) => attr.name,
        Place::Header(_) => "header",
    };
    let word = if row.has_keys() { row.word() } else { attribute };
    format!("{} {}{place}: {word}", manual.name, object.name)
}

/// Attributes from here on are places of our own while words are read: the kernel has none of such numbers.
const OWN: u16 = 0x3f00;

/// Whether a case shows the row: it was printed by a walk, or the attribute that is printed by hand was in a reply. What lives
/// in a header is in every reply; a place of our own, which has no name of the kernel's, is in none.
pub fn is_shown(table: &Table, at: usize, row: &Row, facts: &Facts, reported: &HashSet<(String, String)>) -> bool {
    let kind = netmite_links::register::kind(table.name.as_bytes()).filter(|kind| std::ptr::eq(*kind, table));
    let own = kind.map_or(String::new(), |kind| kind.name.to_owned());
    match row.spec().place {
        Place::Header(_) => true,
        Place::Attribute(attr) | Place::Nested(attr) => {
            attr.number >= OWN
                || !attr.name.contains('_')
                || facts.has("printed", table, at)
                || reported.contains(&(own.clone(), attr.name.to_owned()))
        }
    }
}
