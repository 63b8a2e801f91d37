//! `ip tuntap`: interfaces whose packets a program reads and writes. Made and deleted in [`change`], shown in [`show`].

mod change;
mod processes;
mod show;

use netmite_grammar::{Command, Error, Key, Part, Result, Session, Words, key, run_verb};
use netmite_output::brief;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("add", 1), change::add),
    (key("delete", 1), change::delete),
    (key("show", 1), show::run),
    (key("list", 1), show::run),
    (key("lst", 2), show::run),
    (key("help", 1), help),
];

/// Runs `ip tuntap`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip tuntap", VERBS, show::run, words, session)
}

fn help(_: &mut Words, _: &mut Session) -> Result<()> {
    Err(usage())
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    netmite_grammar::manual::Object::new("tuntap", "interfaces whose packets a program reads and writes", VERBS).table(
        &["add", "delete"],
        "",
        &change::TUN,
        "ip tuntap help",
    )
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: ip tuntap add [ NAME ] mode { tun | tap } [ OPTIONS ]\n       ip tuntap del NAME mode { tun | tap }\n       ip \
         tuntap show\nOPTIONS:\n%"
        ),
        &[Part::Options(&change::TUN)],
    )
}
