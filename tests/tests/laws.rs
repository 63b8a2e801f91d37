//! Tier "laws": what holds for every row of every table. `known/laws.txt` names the exceptions, each below its reason.

use netmite_grammar::manual::{Manual, Object, Part};
use netmite_grammar::{Row, Table};
use netmite_tests::laws;
use netmite_tests::{tools, tracer};

/// A row and where it stands.
struct Place<'m> {
    manual: &'m Manual,
    object: &'m Object,
    /// None of what only shows.
    part: Option<&'m Part>,
    table: &'static Table,
    at: usize,
    row: Row,
}

/// Every row of every table.
fn rows(manuals: &[Manual]) -> Vec<Place<'_>> {
    let mut all = Vec::new();
    for (manual, object) in manuals.iter().flat_map(|manual| manual.objects.iter().map(move |object| (manual, object)))
    {
        let read = object.parts.iter().filter_map(|part| Some((Some(part), part.table?)));
        for (part, table) in read.chain(object.shown.iter().map(|table| (None, *table))) {
            let rows = table.rows.iter().enumerate();
            all.extend(rows.map(|(at, row)| Place { manual, object, part, table, at, row }));
        }
    }
    all
}

/// Whether two tables have this row for the same thing: one reads it, the other shows it.
fn other<'m>(place: &Place, all: &'m [Place<'m>]) -> impl Iterator<Item = &'m Place<'m>> {
    let (object, word, number) = (place.object.name, place.row.word(), place.row.number());
    let (tool, reads) = (place.manual.name, place.part.is_some());
    all.iter().filter(move |one| {
        (one.manual.name, one.object.name) == (tool, object)
            && one.part.is_some() != reads
            && one.row.word() == word
            && one.row.number() == number
    })
}

/// What breaks a law and is not excepted, and exceptions that break none.
fn judge(law: &str, broken: Vec<String>) -> String {
    let known: Vec<String> = tools::known("laws")
        .iter()
        .filter_map(|line| line.strip_prefix(law)?.strip_prefix(": ").map(str::to_owned))
        .collect();
    // `ip link inet: *` excepts all rows of a table.
    let excepts =
        |known: &str, line: &str| known.strip_suffix('*').map_or(known == line, |start| line.starts_with(start));
    let mut new: Vec<&String> = broken.iter().filter(|line| !known.iter().any(|known| excepts(known, line))).collect();
    new.dedup();
    let old = known.iter().filter(|known| !broken.iter().any(|line| excepts(known, line)));
    let new = new.into_iter().map(|line| format!("{law}: {line}\n"));
    new.chain(old.map(|line| format!("no exception any more: {law}: {line}\n"))).collect()
}

#[test]
fn every_row_is_tried_shown_and_told_of() {
    if let Some(why) = tracer::refused() {
        return tools::skipped("laws", &why);
    }
    let Some(directory) = tools::built_links() else { return tools::skipped("laws", "there is no program under test") };
    let manuals = laws::manuals();
    let all = rows(&manuals);
    let name = |place: &Place| laws::name_of(place.manual, place.object, place.part, &place.row);
    println!("{} rows", all.len());
    let help = laws::helped(directory, &manuals);
    let told = |place: &Place| {
        let words = place.part.and_then(|part| help.get(&part.help));
        place.row.keys().all(|key| words.is_some_and(|words| words.contains(key.word)))
    };
    let mut broken = judge("help", all.iter().filter(|place| place.part.is_some() && !told(place)).map(name).collect());

    let wired = laws::wired(directory);
    let reads = |place: &&Place| place.part.is_some() && (place.row.has_keys() || place.row.spec().positional);
    let tried = |place: &Place| wired.has("parsed", place.table, place.at);
    broken += &judge("wire", all.iter().filter(reads).filter(|place| !tried(place)).map(name).collect());

    let (rendered, reported) = laws::rendered(directory);
    let shown = |place: &Place| laws::is_shown(place.table, place.at, &place.row, &rendered, &reported);
    let either = |place: &Place| shown(place) || other(place, &all).any(shown);
    broken += &judge("render", all.iter().filter(|place| !either(place)).map(name).collect());

    // What a walk prints has words, its own or those of a row with the same attribute, and they make the same attributes again.
    let stable = |place: &Place| wired.has("stable", place.table, place.at);
    let told = |place: &Place| {
        let same = |one: &&Place| std::ptr::eq(one.table, place.table) && one.row.number() == place.row.number();
        stable(place) || all.iter().filter(same).any(stable)
    };
    let by_hand = |row: &Row| row.is_header() || !row.codec().shows();
    let speaks = |place: &&Place| place.part.is_some() && place.row.has_keys() && !by_hand(&place.row);
    let silent = all.iter().filter(speaks).filter(|place| !told(place));
    broken += &judge("words", silent.map(name).collect());
    let mut how = String::new();
    let other = all.iter().filter(|place| place.part.is_some());
    let other = other.filter_map(|place| Some((name(place), wired.unstable(place.table, place.at)?)));
    let other = other.map(|(name, line)| {
        how += &format!("{name}: {line}\n");
        name
    });
    let other = judge("the same words", other.collect());
    broken += &other;
    assert!(broken.is_empty(), "\n{broken}{}", if other.is_empty() { "" } else { &how });
}
