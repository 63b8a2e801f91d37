//! `ip rule` and `ip mrule`: which routing table, or what else, packets are led to. The words of a rule are in [`table`],
//! shown rules are selected in [`filter`] and printed in [`print`].

mod change;
mod filter;
pub(crate) mod print;
mod show;
mod table;
mod values;

use netmite_grammar::{Error, Key, Part, Result, Session, Words, key, select};
use netmite_netlink::uapi::*;
use netmite_output::brief;

pub(crate) use print::event;
use print::print;

/// The families that rules are of: of routes, or of multicast routes, whose numbers are in linux/rtnetlink.h.
#[derive(Clone, Copy)]
struct Families {
    /// What prefixes are read as.
    words: u8,
    /// What the kernel is told.
    kernel: u8,
}

type Verb = fn(&mut Words, &mut Session, Families) -> Result<()>;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Verb)] = &[
    (key("add", 1), change::add),
    (key("delete", 1), change::delete),
    (key("show", 1), show::show),
    (key("list", 1), show::show),
    (key("lst", 2), show::show),
    (key("save", 2), show::save),
    (key("restore", 1), |_, session, _| crate::saved::restore("rule", MAGIC, RTM_NEWRULE, session)),
    (key("flush", 1), show::flush),
    (key("help", 1), |_, _, _| Err(usage())),
];

/// What a file of saved rules begins with.
const MAGIC: u32 = 0x7170_6986;

/// `RTNL_FAMILY_IPMR` and `RTNL_FAMILY_IP6MR`.
const MULTICAST: [u8; 2] = [128, 129];

/// Runs `ip rule`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let family = match session.context.options.family {
        AF_UNSPEC => AF_INET,
        other => other,
    };
    verb(words, session, Families { words: family, kernel: family })
}

/// Runs `ip mrule`.
pub fn run_multicast(words: &mut Words, session: &mut Session) -> Result<()> {
    let [v4, v6] = MULTICAST;
    let families = match session.context.options.family {
        AF_UNSPEC | AF_INET => Families { words: AF_INET, kernel: v4 },
        AF_INET6 => Families { words: AF_INET6, kernel: v6 },
        other => {
            let text = format!("Multicast rules are only supported for IPv4/IPv6, was: {other}");
            return Err(Error::new(255, text));
        }
    };
    verb(words, session, families)
}

fn verb(words: &mut Words, session: &mut Session, families: Families) -> Result<()> {
    let Some(word) = words.take() else { return show::show(words, session, families) };
    match select(word, VERBS) {
        Some(verb) => verb(words, session, families),
        None => Err(Error::unknown_command("ip rule", word, VERBS.iter().map(|(key, _)| key.word))),
    }
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::manual::Object;
    const READ: &[&str] = &["add", "delete", "show", "list", "lst", "flush", "save"];
    Object::new("rule", "rules that say which table routes a packet", VERBS).table(
        READ,
        "",
        &table::RULE,
        "ip rule help",
    )
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: ip rule { add | delete } SELECTORS ACTION\n       ip rule [ show | flush ] [ SELECTORS ]\n       ip rule { save | restore }\n\
         SELECTORS and ACTION, of { goto PREFERENCE | nop | TYPE | table TABLE }:\n%"
        ),
        &[Part::Options(&table::RULE)],
    )
}
