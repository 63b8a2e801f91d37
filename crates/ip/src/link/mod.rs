//! `ip link`: verbs. Changes are in [`change`], what is shown in [`show`]; a link's line in [`head`].

mod afstats;
mod change;
mod details;
pub(crate) mod functions;
pub(crate) mod head;
pub(crate) mod show;
pub(crate) mod stats;
mod xstats;

use netmite_grammar::{Command, Error, Key, Result, Session, Words, key, run_verb};

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("add", 1), change::add),
    (key("set", 1), change::set),
    (key("change", 1), change::set),
    (key("replace", 1), change::replace),
    (key("delete", 1), change::delete),
    (key("show", 2), show::run),
    (key("lst", 1), show::run),
    (key("list", 1), show::run),
    (key("xstats", 1), xstats::run),
    (key("afstats", 2), afstats::run),
    (key("help", 1), help),
    (key("property", 1), change::property),
];

/// Runs `ip link`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<u8> {
    run_verb("ip link", VERBS, show::run, words, session)
}

/// Help on all links, or on a kind: `ip link help bridge`.
fn help(words: &mut Words, session: &mut Session) -> Result<u8> {
    let Some(name) = words.take() else { return Err(usage()) };
    match netmite_links::register::kind(name).filter(|kind| kind.takes_options()) {
        Some(kind) => {
            session.context.out.text(&kind.help_text());
            Ok(0)
        }
        None if netmite_links::register::WITHOUT_OPTIONS.iter().any(|kind| kind.as_bytes() == name) => {
            session.context.out.text(&format!("Usage: ... {}\nThis kind takes no options.\n", name.escape_ascii()));
            Ok(0)
        }
        None => Err(usage()),
    }
}

/// The usage text.
pub(crate) fn usage() -> Error {
    let kinds = netmite_links::register::KINDS.iter().filter(|kind| kind.takes_options());
    let kinds: Vec<_> = kinds.map(|kind| kind.name).collect();
    let text = format!(
        "Usage: ip link {{ add | replace }} [ name ] NAME [ OPTIONS ] type KIND [ KIND OPTIONS ]\n       ip link {{ set | change }} \
         [ dev ] DEVICE [ OPTIONS ]\n       ip link delete {{ DEVICE | group GROUP }} [ type KIND ]\n       ip link show [ DEVICE | \
         group GROUP | up | down | master DEVICE | vrf NAME | type KIND | nomaster | novf ]\n       ip link property {{ add | del \
         }} dev DEVICE [ altname NAME ]...\n       ip link xstats type KIND [ OPTIONS ]\n       ip link afstats [ dev DEVICE ]\n       ip link help [ KIND ]\nOPTIONS:\n{}KINDS WITH OPTIONS: {}\nKINDS WITHOUT OPTIONS: {}\nAny other kind that the kernel has (wireguard, ovpn, batadv ...) is taken by its name, without options.",
        netmite_links::link::LINK.usage(),
        kinds.join(" "),
        netmite_links::register::WITHOUT_OPTIONS.join(" "),
    );
    Error::new(255, text)
}
