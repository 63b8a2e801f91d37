//! `ip nexthop`: next hops that are objects of their own, which routes name, and groups of them. The words of one are in
//! [`table`], shown ones are selected in [`filter`] and printed in [`print`]; [`bucket`] shows how a resilient group spreads
//! its flows.

mod bucket;
mod change;
mod filter;
mod lookup;
pub(crate) mod print;
mod show;
mod table;

use netmite_grammar::{Error, Key, Part, Result, Session, Words, key, select};
use netmite_netlink::uapi::*;
use netmite_output::brief;

pub(crate) use lookup::NextHops;

type Verb = fn(&mut Words, &mut Session) -> Result<()>;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Verb)] = &[
    (key("add", 1), |words, session| change::run(words, session, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_EXCL)),
    (key("replace", 1), |words, session| change::run(words, session, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE)),
    (key("delete", 1), |words, session| change::run(words, session, RTM_DELNEXTHOP, 0)),
    (key("list", 1), show::show),
    (key("lst", 2), show::show),
    (key("show", 1), show::show),
    (key("get", 1), show::get),
    (key("bucket", 1), bucket::run),
    (key("flush", 1), show::flush),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `ip nexthop`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let Some(word) = words.take() else { return show::show(words, session) };
    match select(word, VERBS) {
        Some(verb) => verb(words, session),
        None => Err(unknown(word)),
    }
}

fn unknown(verb: &[u8]) -> Error {
    Error::unknown_command("ip nexthop", verb, VERBS.iter().map(|(key, _)| key.word))
}

/// The number of a next hop object, which an option insists on.
fn id(words: &mut Words) -> Result<u32> {
    words.u32("invalid id value")
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Nothing, Value};
    use netmite_grammar::manual::{Object, choice};
    let filters = vec![
        choice("id", Value("ID"), "only this one"),
        choice("dev", Device, "only those by this link"),
        choice("vrf", Device, "only those in it"),
        choice("master", Device, "only those by its ports"),
        choice("groups", Nothing, "only groups"),
        choice("fdb", Nothing, "only those of forwarding databases"),
        choice("protocol", Value("PROTOCOL"), "only those made by this"),
    ];
    let object = Object::new("nexthop", "next hops that routes name", VERBS)
        .table(&["add", "replace", "delete", "get"], "", &table::NEXT_HOP, "ip nexthop help")
        .table(&["add", "replace"], "type resilient", &table::RESILIENT, "ip nexthop help")
        .words(&["show", "list", "lst", "flush"], filters);
    crate::route::encap::manual(object, &["add", "replace"])
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: ip nexthop { add | replace } id ID { OPTIONS | group ID[,WEIGHT]/… }\n       ip nexthop { get | delete } id ID\n       ip nexthop \
         { show | flush } [ id ID ] [ dev DEVICE ] [ vrf NAME ] [ master DEVICE ] [ groups ] [ fdb ] [ protocol NUMBER ]\n       ip nexthop \
         bucket [ show ] [ id ID ] [ nhid ID ] [ dev DEVICE ] [ vrf NAME ] [ master DEVICE ]\n       ip nexthop bucket get id ID index \
         NUMBER\nOPTIONS:\n%of resilient groups:\n%"
        ),
        &[Part::Options(&table::NEXT_HOP), Part::Options(&table::RESILIENT)],
    )
}
