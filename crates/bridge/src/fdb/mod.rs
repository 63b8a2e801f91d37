//! `bridge fdb`: the forwarding databases of bridges and tunnels.
//!
//! The words of a change are in [`options`]; an entry's line is in [`print`].

mod change;
mod flush;
mod options;
pub(crate) mod print;
mod show;

use netmite_grammar::{Command, Error, Key, Part, Result, Session, Words, exact, key, run_verb};
use netmite_output::brief;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("add", 1), change::add),
    (key("append", 1), change::append),
    (key("replace", 1), change::replace),
    (key("delete", 1), change::delete),
    (key("get", 1), show::get),
    (key("show", 1), show::run),
    (key("lst", 1), show::run),
    (key("list", 1), show::run),
    (exact("flush"), flush::run),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `bridge fdb`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("bridge fdb", VERBS, show::run, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Nothing, Value};
    use netmite_grammar::manual::{Object, choice};
    let filters = vec![
        choice("br", Device, "only those of this bridge"),
        choice("brport", Device, "only those behind this port"),
        choice("dev", Device, "only those of this device"),
        choice("vlan", Value("VID"), "only those in this VLAN"),
        choice("state", Value("STATE"), "only those in this state"),
        choice("dynamic", Nothing, "only those that age"),
    ];
    Object::new("fdb", "forwarding databases of bridges and tunnels", VERBS)
        .table(&["add", "append", "replace", "delete", "get"], "", &options::ENTRY, "bridge fdb help")
        .table(&["flush"], "", &options::FLUSH, "bridge fdb help")
        .words(&["show", "list", "lst"], filters)
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: bridge fdb { add | append | replace | delete } LLADDR dev DEVICE [ OPTIONS ]\n       bridge fdb [ show ] [ br BRIDGE ] \
         [ brport DEVICE ] [ vlan VID ] [ state STATE ] [ dynamic ]\n       bridge fdb get LLADDR { br BRIDGE | dev DEVICE } [ vlan \
         VID ] [ vni VNI ] [ self ] [ master ] [ dynamic ]\n       bridge fdb flush dev DEVICE [ SELECTORS ]\nOPTIONS:\n%SELECTORS:\n%"
        ),
        &[Part::Options(&options::ENTRY), Part::Options(&options::FLUSH)],
    )
}
