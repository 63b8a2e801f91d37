//! `ip address`: verbs. The words of a change are in [`table`], what is shown in [`show`] and [`print`].

mod change;
pub(crate) mod filter;
mod flush;
mod print;
mod save;
mod show;
mod table;

use netmite_grammar::{Command, Error, Key, Part, Result, Session, Words, exact, key, run_verb};
use netmite_output::brief;

pub(crate) use show::event;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("add", 1), change::add),
    (key("change", 1), change::change),
    (exact("chg"), change::change),
    (key("replace", 1), change::replace),
    (key("delete", 1), change::delete),
    (key("show", 1), show::run),
    (key("save", 2), save::save),
    (key("restore", 3), save::restore),
    (key("showdump", 5), save::show_dump),
    (key("list", 1), show::run),
    (key("lst", 2), show::run),
    (key("flush", 1), flush::run),
    (key("help", 1), help),
];

/// Runs `ip address`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip address", VERBS, show::run, words, session)
}

fn help(_: &mut Words, _: &mut Session) -> Result<()> {
    Err(usage())
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Nothing, Value};
    use netmite_grammar::manual::{Object, choice, position};
    let filters = vec![
        position(Device, "only its addresses"),
        choice("dev", Device, "only its addresses"),
        choice("scope", Value("SCOPE"), "only those of this scope"),
        choice("to", Value("PREFIX"), "only those within"),
        choice("label", Value("PATTERN"), "only those whose label matches"),
        choice("up", Nothing, "only of links that are up"),
        choice("master", Device, "only of its ports"),
        choice("nomaster", Nothing, "only of links that are no ports"),
        choice("novf", Nothing, "virtual functions are not asked for"),
        choice("vrf", Device, "only of links in it"),
        choice("type", Value("KIND"), "only of links of this kind"),
        choice("group", Value("GROUP"), "only of links in this group"),
        choice("proto", Value("NUMBER"), "only those made by this"),
    ];
    Object::new("address", "IP addresses of links", VERBS)
        .table(&["add", "change", "chg", "replace", "delete"], "", &table::ADDRESS, "ip address help")
        .words(&["show", "list", "lst", "flush", "save"], filters)
}

/// The usage text.
fn usage() -> Error {
    let flags: Vec<_> = print::FLAGS.iter().map(|(_, name)| *name).collect();
    netmite_grammar::usage(
        brief!(
            "Usage: ip address { add | change | replace | delete } ADDRESS dev DEVICE [ OPTIONS ]\n       ip address { show | flush } \
         [ dev DEVICE ] [ scope SCOPE ] [ to PREFIX ] [ label PATTERN ]\n           [ up | down | master DEVICE | nomaster | novf | vrf \
         NAME | type KIND | group GROUP | proto NUMBER ]\n           [ [-]FLAG ]...\n       ip address save [ dev DEVICE ] > FILE\n       ip address { restore | showdump } < FILE\nFLAG: %\nOPTIONS:\n%"
        ),
        &[Part::Words(&flags), Part::Options(&table::ADDRESS)],
    )
}
