//! `ip ntable`: how the kernel keeps its neighbours, table by table. Changed in [`change`], shown in [`show`].

mod change;
mod show;

use netmite_grammar::{Command, Error, Key, Part, Result, Session, Words, exact, key, run_verb};
use netmite_output::brief;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("show", 1), show::run),
    (key("list", 1), show::run),
    (key("lst", 2), show::run),
    (key("change", 1), change::run),
    (exact("chg"), change::run),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `ip ntable`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip ntable", VERBS, show::run, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Value};
    use netmite_grammar::manual::{Object, choice};
    let filters = vec![choice("dev", Device, "only of this link"), choice("name", Value("NAME"), "only this table")];
    Object::new("ntable", "tables of neighbours and their settings", VERBS)
        .table(&["change"], "", &change::TABLE, "ip ntable help")
        .words(&["show", "list", "lst"], filters)
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: ip ntable show [ dev { DEVICE | none } ] [ name NAME ]\n       ip ntable change name NAME [ dev DEVICE ] \
         OPTIONS\nNAME: arp_cache, ndisc_cache\nOPTIONS, times in thousandths of a second:\n%"
        ),
        &[Part::Options(&change::TABLE)],
    )
}
