//! `bridge vlan`: the VLANs of ports, their options, tunnels and statistics.
//!
//! What a verb takes is in [`table`], a request's making in [`change`], what is shown in [`show`], [`statistics`] and
//! [`print`], which also serves the monitor.

mod change;
mod print;
mod show;
mod statistics;
mod table;

pub(crate) use print::{OPTION, Port, event, range_column};
pub(crate) use show::{Filter, name_in, table as show_table};

use netmite_grammar::{Command, Error, Key, Part, Result, Session, Words, exact, key, plain, run_verb};
use netmite_output::brief;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("add", 1), change::add),
    (key("delete", 1), change::delete),
    (key("show", 1), show::vlans),
    (key("lst", 1), show::vlans),
    (key("list", 1), show::vlans),
    (key("tunnelshow", 1), show::tunnels),
    (key("set", 2), change::set),
    (exact("global"), global),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `bridge vlan`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("bridge vlan", VERBS, show::vlans, words, session)
}

/// `bridge vlan global`, whose verbs are not abbreviated.
fn global(words: &mut Words, session: &mut Session) -> Result<()> {
    match words.take().map_or("show", plain) {
        "show" | "lst" | "list" => show::options(words, session),
        "set" => change::set_options(words, session),
        _ => Err(usage()),
    }
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Value};
    use netmite_grammar::manual::{Object, choice};
    let filters =
        || vec![choice("dev", Device, "only of this port or bridge"), choice("vid", Value("VLAN"), "only this VLAN")];
    Object::new("vlan", "VLANs of ports and bridges", VERBS)
        .table(&["add", "delete"], "", &table::CHANGE, "bridge vlan help")
        .table(&["set"], "", &table::SET, "bridge vlan help")
        .table(&["global set"], "", &table::GLOBAL, "bridge vlan help")
        .words(&["show", "list", "lst", "tunnelshow"], filters())
        .words(&["global show", "global list", "global lst"], filters())
        .shows(&table::ENTRY)
        .shows(&table::OPTIONS)
}

/// The usage text.
fn usage() -> Error {
    let text = brief!(
        "Usage: bridge vlan { add | delete } vid VLAN[-VLAN] dev DEVICE [ OPTIONS ]\n       bridge vlan set vid VLAN[-VLAN] dev \
                    DEVICE [ PORT-OPTIONS ]\n       bridge vlan { show | tunnelshow } [ dev DEVICE ] [ vid VLAN ]\n       bridge vlan global set \
                    vid VLAN[-VLAN] dev BRIDGE [ BRIDGE-OPTIONS ]\n       bridge vlan global show [ dev BRIDGE ] [ vid VLAN ]\nOPTIONS:\n%PORT-OPTIONS:\n%BRIDGE-OPTIONS:\n%"
    );
    netmite_grammar::usage(text, &[&table::CHANGE, &table::ENTRY, &table::OPTIONS].map(Part::Options))
}
