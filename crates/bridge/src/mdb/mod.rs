//! `bridge mdb`: who listens to which multicast group, behind which port, and behind which far end of a VXLAN.
//!
//! What a verb takes is in [`table`], a request's making in [`change`], what is shown in [`show`] and [`print`], which also
//! serves the monitor.

mod change;
mod print;
mod show;
mod table;

pub(crate) use print::{event, router_port};

use netmite_grammar::{Command, Error, Key, Part, Result, Session, Words, exact, key, run_verb};
use netmite_output::brief;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("add", 1), change::add),
    (exact("replace"), change::replace),
    (key("delete", 1), change::delete),
    (key("show", 1), show::groups),
    (key("lst", 1), show::groups),
    (key("list", 1), show::groups),
    (exact("get"), show::get),
    (exact("flush"), change::flush),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `bridge mdb`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("bridge mdb", VERBS, show::groups, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Value};
    use netmite_grammar::manual::{Object, choice};
    let filters = vec![choice("dev", Device, "only of this bridge"), choice("vid", Value("VLAN"), "only in this VLAN")];
    Object::new("mdb", "who listens to which multicast group", VERBS)
        .words(&["add", "replace", "delete"], table::choices(table::CHANGE))
        .words(&["get"], table::choices(table::GET))
        .words(&["flush"], table::choices(table::FLUSH))
        .words(&["show", "list", "lst"], filters)
}

/// The usage text.
fn usage() -> Error {
    let text = brief!(
        "Usage: bridge mdb { add | replace | delete } dev BRIDGE port DEVICE grp GROUP [ OPTIONS ]\n       bridge mdb get dev \
                    BRIDGE grp GROUP [ OPTIONS ]\n       bridge mdb flush dev BRIDGE [ OPTIONS ]\n       bridge mdb show [ dev BRIDGE ] [ \
                    vid VLAN ]\nOPTIONS of a change:\n%of get:\n%of flush:\n%"
    );
    let [change, get, flush] = [table::CHANGE, table::GET, table::FLUSH].map(table::usage);
    netmite_grammar::usage(text, &[Part::Text(&change), Part::Text(&get), Part::Text(&flush)])
}
