//! What a run made use of, told to the file that `NETMITE_WITNESS` names: the laws of the tables count it.
//!
//! A line is a fact, a table and, of most, the number of a row: `parsed`, `printed`; and what became of the law that words,
//! encoded, decoded to words and encoded again are the same attributes: `stable` for a row, `unstable` with both. No release has
//! any of this.

use crate::rows::Row;
use crate::table::Table;
use crate::walk::{Operation, Scope};
use crate::words::Words;
use netmite_netlink::attributes::Slots;
use netmite_netlink::tree::{ROOT, Tree};
use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

/// The variable that names the file.
pub const VARIABLE: &str = "NETMITE_WITNESS";

type Witness = Mutex<(File, HashSet<String>)>;

/// Whether the law is being tried, so that what it does itself is not told.
static TRYING: AtomicBool = AtomicBool::new(false);

fn witness() -> Option<&'static Witness> {
    static FILE: OnceLock<Option<Witness>> = OnceLock::new();
    let open = || {
        let file = File::options().append(true).create(true).open(std::env::var_os(VARIABLE)?).ok()?;
        Some(Mutex::new((file, HashSet::new())))
    };
    FILE.get_or_init(open).as_ref()
}

fn tell(line: String) {
    if let Some(Ok(mut witness)) = witness().filter(|_| !TRYING.load(Ordering::Relaxed)).map(Mutex::lock) {
        if !witness.1.contains(&line) {
            // A fact that is lost fails the law that asks for it.
            let _ = witness.0.write_all(format!("{line}\n").as_bytes());
            witness.1.insert(line);
        }
    }
}

/// Tells a fact of row `at`.
pub(crate) fn row(fact: &str, table: &Table, at: usize) {
    if witness().is_some() {
        tell(format!("{fact}\t{}\t{at}", table.identity()));
    }
}

/// Tries the law on what a table has made of its words.
pub(crate) fn words(table: &Table, scope: &mut Scope) {
    if witness().is_none() || TRYING.swap(true, Ordering::Relaxed) {
        return;
    }
    let found = again(table, scope);
    TRYING.store(false, Ordering::Relaxed);
    found.into_iter().for_each(tell);
}

/// Decodes to words, encodes these and compares; the facts found.
fn again(table: &Table, scope: &mut Scope) -> Vec<String> {
    let bytes = scope.tree.inside(scope.node);
    let mut spoken = table.words(&Slots::parse(&bytes), scope.context);
    spoken.retain(|(_, words)| !words.is_empty());
    if spoken.is_empty() {
        return Vec::new();
    }
    let words: Vec<&[u8]> = spoken.iter().flat_map(|(_, words)| words).map(Vec::as_slice).collect();
    let line = words.iter().map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>().join(" ");
    let unstable = |at: usize, why: &str| format!("unstable\t{}\t{at}\t{line}\t{why}", table.identity());
    let mut tree = Tree::new(scope.tree.header(scope.node));
    let mut words = Words::new(&words);
    let operation = scope.operation;
    let mut inner = Scope { words: &mut words, tree: &mut tree, node: ROOT, operation, context: scope.context };
    // What a change starts from is what the kernel has, of which no word need say all.
    let begun = (table.begin)(table, &mut inner);
    if operation != Operation::Add && (begun.is_err() || !inner.tree.is_empty(ROOT)) {
        return Vec::new();
    }
    if let Err(error) = begun.and_then(|()| table.parse_words(&mut inner)) {
        let why = error.text().escape_ascii().to_string();
        return spoken.iter().map(|(at, _)| unstable(*at, &why)).collect();
    }
    // Of a table that is partly printed by hand, the rest of the words is not there: rules may miss them.
    let _ = (table.rules)(&mut inner);
    let (first, second) = (scope.tree.described(scope.node), tree.described(ROOT));
    let inside = tree.inside(ROOT);
    let mut facts = Vec::new();
    for (at, row) in spoken.iter().filter_map(|(at, _)| Some((*at, table.rows.iter().nth(*at)?))) {
        let (a, b) = (found(&row, &first, &bytes), found(&row, &second, &inside));
        match a == b {
            true => facts.push(format!("stable\t{}\t{at}", table.identity())),
            false => facts.push(unstable(at, &format!("{a:?} is {b:?}"))),
        }
    }
    facts
}

/// What a row has in a tree, whose attributes are described, or in a nest of what the tree is in bytes.
fn found(row: &Row, described: &[(u16, String)], bytes: &[u8]) -> Vec<String> {
    if row.nests().is_empty() {
        let own = |kind: &u16| *kind == row.number() || row.others().contains(kind);
        return described.iter().filter(|(kind, _)| own(kind)).map(|(kind, what)| format!("{kind} {what}")).collect();
    }
    let mut slots = Slots::parse(bytes);
    for nest in row.nests() {
        let Some(inner) = slots.nested_slots(*nest) else { return Vec::new() };
        slots = inner;
    }
    slots.get(row.number()).map(|payload| format!("{payload:02x?}")).into_iter().collect()
}

impl Table {
    /// The table's name and a sum of what its rows are: several tables have one name.
    pub fn identity(&self) -> String {
        let mut sum = 0xcbf2_9ce4_8422_2325_u64;
        for row in self.rows.iter() {
            let words = row.keys().flat_map(|key| key.word.bytes().chain([0]));
            for byte in words.chain(row.number().to_le_bytes()).chain(row.spec().doc.bytes()) {
                sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        format!("{} {sum:016x}", self.name)
    }
}
