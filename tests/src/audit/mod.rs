//! An audit of the tables of links: numbers against the kernel's headers, and what of them the tests try.
//!
//! A row's attribute has the number that the newest headers give its name; of numbers, width and byte order are those that
//! the reference sends (the recordings print what has another length in hex). What the kernel has and no row covers, and
//! which prefixes of keywords nobody tried, is told; only what is wrong is an error.

mod headers;
mod tested;

use crate::schema::{Format, section};
use headers::Enumeration;
use netmite_grammar::{Place, Row, Spec, Table};
use netmite_links::{link, register};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use tested::Tested;

/// What an audit found.
pub struct Audit {
    /// Attributes whose number was compared with the headers, and whose width and order were with what is recorded.
    pub compared: (usize, usize),
    /// What is wrong.
    pub wrong: Vec<String>,
    /// Attributes of the kernel that no row covers, by table.
    pub uncovered: Vec<String>,
    /// Prefixes of keywords, and how many of them were tried.
    pub prefixes: (usize, usize),
    /// How many were not, by table, and the first.
    pub untried: Vec<String>,
    /// The table for the documentation, in Markdown.
    pub table: String,
}

/// Audits against the headers in `folder`, which is `include/linux` of a kernel.
///
/// # Errors
/// With the file that can't be read.
pub fn audit(folder: &Path) -> Result<Audit, String> {
    let headers = headers::read(folder)?;
    let tested = Tested::read()?;
    let (mut compared, mut wrong) = ((0, 0), Vec::new());
    for table in register::KINDS.iter().copied().chain([&link::LINK]) {
        for (name, number) in table.rows.specs.iter().flat_map(attributes) {
            let known = headers.iter().flatten().find(|(known, _)| known == name);
            match known {
                Some((_, known)) if *known == number => compared.0 += 1,
                Some((_, known)) => {
                    wrong.push(format!("{}: {name} is {known} in the headers, not {number}", table.name))
                }
                // A place of our own, or a family.
                None if !name.contains('_') || name.starts_with("AF_") || number >= 0x3f00 => (),
                None => wrong.push(format!("{}: {name} is not in the headers", table.name)),
            }
            match on_the_wire(table, name, number, &tested) {
                Ok(compares) => compared.1 += usize::from(compares),
                Err(why) => wrong.push(format!("{}: {name} {why}", table.name)),
            }
        }
    }
    let uncovered = register::KINDS.iter().filter_map(|table| uncovered(table, &headers)).collect();
    let (mut prefixes, mut untried) = ((0, 0), Vec::new());
    for table in register::KINDS.iter().filter(|table| table.takes_options()) {
        let tried = tested.probed.get(table.name).cloned().unwrap_or_default();
        let all: BTreeSet<&str> = table.keywords().flat_map(|word| (1..=word.len()).map(|len| &word[..len])).collect();
        let missing: Vec<&str> = all.iter().filter(|prefix| !tried.contains(**prefix)).copied().collect();
        prefixes = (prefixes.0 + all.len(), prefixes.1 + all.len() - missing.len());
        if let Some(first) = missing.first() {
            untried.push(format!("{}: {}, {first} …", table.name, missing.len()));
        }
    }
    Ok(Audit { compared, wrong, uncovered, prefixes, untried, table: markdown(&tested) })
}

/// Whether recordings tell the width and byte order of an attribute; `Err` if they tell others than the schema.
fn on_the_wire(table: &Table, name: &str, number: u16, tested: &Tested) -> Result<bool, String> {
    let section = match table.name.strip_suffix("_slave") {
        Some(kind) => format!("slave-{kind}"),
        None => format!("data-{}", table.name),
    };
    let Some((known, format)) = section_of(&section, number) else { return Ok(false) };
    if known != name {
        return Err(format!("is called {known} in tests/src/schema/attributes.txt"));
    }
    let counts = matches!(format, Format::Unsigned(_) | Format::Hex(_) | Format::Signed | Format::Network(_));
    match counts && tested.hex.contains(name) {
        true => Err("is recorded with another width than tests/src/schema/attributes.txt says".to_owned()),
        false => Ok(counts),
    }
}

fn section_of(name: &str, number: u16) -> Option<&'static (String, Format)> {
    section(name).attributes.get(&number)
}

/// The attributes that a row names, with the nests it is in.
fn attributes(row: &Spec) -> Vec<(&'static str, u16)> {
    let own = match row.place {
        Place::Attribute(attr) => [attr].iter().chain(row.with).copied().collect::<Vec<_>>(),
        Place::Nested(attr) => row.with.iter().copied().chain([attr]).collect(),
        Place::Header(_) => Vec::new(),
    };
    own.into_iter().map(|attr| (attr.name, attr.number)).collect()
}

/// What the kernel has beside the attributes of a table.
fn uncovered(table: &Table, headers: &[Enumeration]) -> Option<String> {
    let own: HashSet<&str> = table.rows.specs.iter().flat_map(attributes).map(|(name, _)| name).collect();
    let first = attributes(table.rows.specs.first()?).first()?.0;
    let members = headers.iter().find(|members| members.iter().any(|(name, _)| name == first))?;
    let counts =
        |name: &str| !name.starts_with("__") && !["_UNSPEC", "_MAX", "_PAD"].iter().any(|end| name.ends_with(end));
    let missing = members.iter().map(|(name, _)| name.as_str()).filter(|name| counts(name) && !own.contains(name));
    let missing: Vec<&str> = missing.collect();
    (!missing.is_empty()).then(|| format!("{}: {}", table.name, missing.join(" ")))
}

/// A line for each kind: its options, and which of them are tried how.
fn markdown(tested: &Tested) -> String {
    let mut text = String::from("| kind | options | wire | render | live |\n|---|---|---|---|---|\n");
    for table in register::KINDS.iter().filter(|table| table.takes_options()) {
        let options: Vec<Row> = table.rows.iter().filter(Row::has_keys).collect();
        let words = |row: &Row| row.keys().map(|key| key.word).collect::<Vec<_>>();
        let by = |found: Option<&HashSet<String>>, names: &dyn Fn(&Row) -> Vec<&'static str>| {
            let tried = |row: &&Row| names(row).iter().any(|name| found.is_some_and(|found| found.contains(*name)));
            let missing: Vec<&str> = options.iter().filter(|row| !tried(row)).map(|row| row.word()).collect();
            cell(options.len(), &missing)
        };
        let shown = |row: &Row| words(row).into_iter().chain([row.json_key()]).collect::<Vec<_>>();
        let (wire, live) = (by(tested.wire.get(table.name), &words), by(tested.live.get(table.name), &words));
        let render = by(tested.render.get(table.name), &shown);
        text += &format!("| {} | {} | {wire} | {render} | {live} |\n", table.name, options.len());
    }
    text
}

/// How many of `all` are tried, told as shortly as it goes.
fn cell(all: usize, missing: &[&str]) -> String {
    match missing.len() {
        0 => "all".to_owned(),
        len if len == all => "none".to_owned(),
        len if len <= 6 => format!("all but {}", missing.join(", ")),
        len => (all - len).to_string(),
    }
}
