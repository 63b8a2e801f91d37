//! `ip neighbour`: verbs. The words of a neighbour are in [`table`], what is shown in [`filter`], [`show`] and [`print`].

mod change;
mod filter;
mod flush;
mod print;
mod show;
mod state;
mod table;

use netmite_grammar::{Command, Error, Key, Part, Result, Session, Words, exact, key, run_verb};
use netmite_netlink::uapi::*;
use netmite_output::brief;

pub(crate) use print::event;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("add", 1), |words, session| change::run(words, session, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL)),
    (key("change", 1), |words, session| change::run(words, session, RTM_NEWNEIGH, NLM_F_REPLACE)),
    (exact("chg"), |words, session| change::run(words, session, RTM_NEWNEIGH, NLM_F_REPLACE)),
    (key("replace", 1), |words, session| change::run(words, session, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE)),
    (key("delete", 1), |words, session| change::run(words, session, RTM_DELNEIGH, 0)),
    (key("get", 1), show::get),
    (key("show", 1), show::run),
    (key("list", 1), show::run),
    (key("lst", 2), show::run),
    (key("flush", 1), flush::run),
    (key("help", 1), help),
];

/// Runs `ip neighbour`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip neigh", VERBS, show::run, words, session)
}

fn help(_: &mut Words, _: &mut Session) -> Result<()> {
    Err(usage())
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Nothing, Value};
    use netmite_grammar::manual::{Object, choice};
    let states: Vec<&'static str> = state::WORDS.iter().map(|(key, _)| key.word).collect();
    let filters = vec![
        choice("dev", Device, "only those on this link"),
        choice("to", Value("PREFIX"), "only those within"),
        choice("nud", netmite_grammar::Shape::Words(states.leak()), "only those in this state"),
        choice("proxy", Nothing, "those that are answered for"),
        choice("vrf", Device, "only those in it"),
        choice("master", Device, "only those behind its ports"),
        choice("nomaster", Nothing, "only those behind no port"),
        choice("unused", Nothing, "only those that nobody uses"),
        choice("protocol", Value("PROTOCOL"), "only those made by this"),
    ];
    Object::new("neighbour", "neighbours and their link-layer addresses", VERBS)
        .table(&["add", "change", "chg", "replace", "delete", "get"], "", &table::NEIGHBOUR, "ip neighbour help")
        .words(&["show", "list", "lst", "flush"], filters)
}

/// The usage text.
fn usage() -> Error {
    let states: Vec<_> = state::WORDS.iter().map(|(key, _)| key.word).collect();
    netmite_grammar::usage(
        brief!(
            "Usage: ip neighbour { add | change | replace | delete } { ADDRESS | proxy ADDRESS } dev DEVICE [ OPTIONS ]\n       ip \
         neighbour { show | flush } [ proxy ] [ to PREFIX ] [ dev DEVICE ] [ nud STATE ]... [ protocol PROTOCOL ]\n           [ vrf \
         NAME | master DEVICE | nomaster ] [ unused ]\n       ip neighbour get { ADDRESS | proxy ADDRESS } dev DEVICE\nSTATE: %\nOPTIONS:\n%"
        ),
        &[Part::Words(&states), Part::Options(&table::NEIGHBOUR)],
    )
}
