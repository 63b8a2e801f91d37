//! `bridge link`: ports and their options.

mod options;
pub(crate) mod print;
mod set;
mod show;

use netmite_grammar::{Command, Error, Key, Part, Result, Session, Words, key, run_verb};
use netmite_output::brief;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("set", 1), set::run),
    (key("change", 1), set::run),
    (key("show", 1), show::run),
    (key("lst", 1), show::run),
    (key("list", 1), show::run),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `bridge link`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("bridge link", VERBS, show::run, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::Device;
    use netmite_grammar::manual::{Object, choice};
    let filters = vec![choice("dev", Device, "only this port"), choice("master", Device, "only its ports")];
    Object::new("link", "ports of bridges", VERBS)
        .table(&["set", "change"], "", &options::LINK, "bridge link help")
        .words(&["show", "list", "lst"], filters)
        .shows(&options::BRIEF)
        .shows(&options::DETAILS)
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: bridge link set dev DEVICE [ OPTIONS ]\n       bridge link show [ dev DEVICE ] [ master DEVICE ]\nOPTIONS:\n%"
        ),
        &[Part::Options(&options::LINK)],
    )
}
