//! `ip link`: verbs. Changes are in [`change`], what is shown in [`show`]; a link's line in [`head`].

mod afstats;
mod change;
mod details;
pub(crate) mod functions;
pub(crate) mod head;
pub(crate) mod show;
pub(crate) mod stats;
mod xstats;

use netmite_grammar::{Command, Error, Key, Part, Result, Session, Words, key, run_verb};
use netmite_output::brief;

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
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip link", VERBS, show::run, words, session)
}

/// Help on all links, or on a kind: `ip link help bridge`.
fn help(words: &mut Words, session: &mut Session) -> Result<()> {
    let Some(name) = words.take() else { return Err(usage()) };
    match netmite_links::register::kind(name).filter(|kind| kind.takes_options()) {
        Some(kind) => {
            session.context.out.text(&kind.help_text());
            Ok(())
        }
        None if netmite_links::register::WITHOUT_OPTIONS.iter().any(|kind| kind.as_bytes() == name) => {
            session.context.out.text(&format!("Usage: ... {}\nThis kind takes no options.\n", name.escape_ascii()));
            Ok(())
        }
        None => Err(usage()),
    }
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Nothing, Value};
    use netmite_grammar::manual::{Object, choice, position};
    const CHANGES: &[&str] = &["add", "replace", "set", "change", "delete"];
    let filters = vec![
        position(Device, "only this one"),
        choice("dev", Device, "only this one"),
        choice("up", Nothing, "only those that are up"),
        choice("down", Nothing, "only those that are down"),
        choice("master", Device, "only its ports"),
        choice("nomaster", Nothing, "only those that are no ports"),
        choice("vrf", Device, "only those in it"),
        choice("type", Value("KIND"), "only those of this kind"),
        choice("group", Value("GROUP"), "only those in this group"),
        choice("novf", Nothing, "virtual functions are left out"),
    ];
    let link = &netmite_links::link::LINK;
    let mut object = Object::new("link", "network interfaces", VERBS)
        .table(CHANGES, "", link, "ip link help")
        .words(&["show", "list", "lst"], filters)
        .words(&["afstats"], vec![choice("dev", Device, "only this one")])
        .words(&["xstats"], vec![choice("type", Value("KIND"), "of links of this kind")]);
    for kind in netmite_links::register::KINDS {
        match kind.takes_options() {
            true => {
                let help = format!("ip link help {}", kind.name);
                object = object.table(CHANGES, &format!("type {}", kind.name), kind, &help);
            }
            false => object = object.shows(kind),
        }
    }
    for (after, table) in netmite_links::link::INNER {
        object = object.table(CHANGES, after, table, "ip link help");
    }
    for kind in netmite_links::register::WITHOUT_OPTIONS {
        let mut none = Object::new::<()>("link", "", &[]).words(CHANGES, Vec::new());
        none.parts.iter_mut().for_each(|part| part.after = format!("type {kind}"));
        object.parts.append(&mut none.parts);
    }
    object
}

/// The usage text.
pub(crate) fn usage() -> Error {
    let kinds = netmite_links::register::KINDS.iter().filter(|kind| kind.takes_options());
    let kinds: Vec<_> = kinds.map(|kind| kind.name).collect();
    let inner: String =
        netmite_links::link::INNER.iter().map(|(after, table)| format!("{after}:\n{}", table.usage())).collect();
    netmite_grammar::usage(
        brief!(
            "Usage: ip link { add | replace } [ name ] NAME [ OPTIONS ] type KIND [ KIND OPTIONS ]\n       ip link { set | change } \
         [ dev ] DEVICE [ OPTIONS ]\n       ip link delete { DEVICE | group GROUP } [ type KIND ]\n       ip link show [ DEVICE | \
         group GROUP | up | down | master DEVICE | vrf NAME | type KIND | nomaster | novf ]\n       ip link property { add | del \
         } dev DEVICE [ altname NAME ]...\n       ip link xstats type KIND [ OPTIONS ]\n       ip link afstats [ dev DEVICE ]\n       ip link help [ KIND ]\nOPTIONS:\n%%KINDS WITH OPTIONS: %\nKINDS WITHOUT OPTIONS: %\nAny other kind that the kernel has (wireguard, ovpn, batadv ...) is taken by its name, without options."
        ),
        &[
            Part::Options(&netmite_links::link::LINK),
            Part::Text(&inner),
            Part::Words(&kinds),
            Part::Words(netmite_links::register::WITHOUT_OPTIONS),
        ],
    )
}
