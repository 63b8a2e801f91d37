//! `ip address`: verbs. The words of a change are in [`table`], what is shown in [`show`] and [`print`].

mod change;
mod filter;
mod flush;
mod print;
mod save;
mod show;
mod table;

use netmite_grammar::{Command, Error, Key, Result, Session, Words, exact, key, run_verb};

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
pub fn run(words: &mut Words, session: &mut Session) -> Result<u8> {
    run_verb("ip address", VERBS, show::run, words, session)
}

fn help(_: &mut Words, _: &mut Session) -> Result<u8> {
    Err(usage())
}

/// The usage text.
fn usage() -> Error {
    let text = format!(
        "Usage: ip address {{ add | change | replace | delete }} ADDRESS dev DEVICE [ OPTIONS ]\n       ip address {{ show | flush }} \
         [ dev DEVICE ] [ scope SCOPE ] [ to PREFIX ] [ label PATTERN ]\n           [ up | down | master DEVICE | nomaster | vrf \
         NAME | type KIND | group GROUP | proto NUMBER ]\n           [ [-]FLAG ]...\n       ip address save [ dev DEVICE ] > FILE\n       ip address {{ restore | showdump }} < FILE\nFLAG: {}\nOPTIONS:\n{}",
        print::FLAGS.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(" "),
        table::ADDRESS.usage()
    );
    Error::new(255, text)
}
