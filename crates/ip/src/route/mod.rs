//! `ip route`: verbs. The words of a route are in [`table`], [`metrics`] and [`encap`]; what is shown in [`filter`], [`show`] and [`print`].

mod cache;
mod change;
pub(crate) mod encap;
mod filter;
mod flush;
pub(crate) mod gateway;
mod get;
mod metrics;
mod nexthops;
pub(crate) mod print;
mod save;
pub(crate) mod show;
mod table;

use netmite_grammar::{Command, Context, Error, Key, Part, Result, Session, Words, exact, key, run_verb, select};
use netmite_netlink::MessageView;
use netmite_netlink::header::RouteHeader;
use netmite_netlink::uapi::*;
use netmite_output::{Names, brief, names};

pub(crate) use table::realms;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("add", 1), |words, session| change::run(words, session, NLM_F_CREATE | NLM_F_EXCL)),
    (key("change", 1), |words, session| change::run(words, session, NLM_F_REPLACE)),
    (exact("chg"), |words, session| change::run(words, session, NLM_F_REPLACE)),
    (key("replace", 1), |words, session| change::run(words, session, NLM_F_CREATE | NLM_F_REPLACE)),
    (key("prepend", 1), |words, session| change::run(words, session, NLM_F_CREATE)),
    (key("append", 2), |words, session| change::run(words, session, NLM_F_CREATE | NLM_F_APPEND)),
    (key("test", 1), |words, session| change::run(words, session, NLM_F_EXCL)),
    (key("delete", 1), change::delete),
    (key("get", 1), get::run),
    (key("show", 1), show::run),
    (key("save", 2), save::save),
    (key("restore", 3), save::restore),
    (key("showdump", 5), save::show_dump),
    (key("list", 1), show::run),
    (key("lst", 2), show::run),
    (key("flush", 1), flush::run),
    (key("help", 1), help),
];

/// Runs `ip route`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip route", VERBS, show::run, words, session)
}

/// Prints what a notification tells of a route.
pub(crate) fn event(view: &MessageView, device: u32, context: &mut Context) {
    let Some(header) = RouteHeader::of(view) else { return };
    let mut filter = filter::Filter::open(AF_UNSPEC);
    filter.device = Some(device).filter(|device| *device != 0);
    print::route(&header, &view.slots(RouteHeader::LEN), &filter, context);
}

fn help(_: &mut Words, _: &mut Session) -> Result<()> {
    Err(usage())
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Nothing, Value};
    use netmite_grammar::manual::{Object, choice};
    const CHANGES: &[&str] = &["add", "change", "chg", "replace", "prepend", "append", "test", "delete"];
    let filters = vec![
        choice("root", Value("PREFIX"), "only those within"),
        choice("match", Value("PREFIX"), "only those around"),
        choice("exact", Value("PREFIX"), "only those to this"),
        choice("table", Value("TABLE"), "only those of this table; all for all"),
        choice("vrf", Device, "only those of its table"),
        choice("proto", Value("PROTOCOL"), "only those made by this"),
        choice("type", Value("TYPE"), "only those of this type"),
        choice("scope", Value("SCOPE"), "only those of this scope"),
        choice("dev", Device, "only those by this link"),
        choice("via", Value("ADDRESS"), "only those by this router"),
        choice("src", Value("ADDRESS"), "only those with this source"),
        choice("cache", Nothing, "what was looked up lately"),
    ];
    let lookup = vec![
        choice("to", Value("ADDRESS"), "where to"),
        choice("from", Value("ADDRESS"), "where from"),
        choice("iif", Device, "where it came in"),
        choice("oif", Device, "where it is to leave"),
        choice("vrf", Device, "in which VRF"),
        choice("tos", Value("TOS"), "its type of service"),
        choice("mark", Value("MARK"), "its mark"),
        choice("uid", Value("NUMBER"), "whose it is"),
        choice("ipproto", Value("PROTOCOL"), "its protocol"),
        choice("sport", Value("PORT"), "its source port"),
        choice("dport", Value("PORT"), "its destination port"),
        choice("fibmatch", Nothing, "the route itself rather than what comes of it"),
    ];
    let object = Object::new("route", "routes", VERBS)
        .table(CHANGES, "", &table::ROUTE, "ip route help")
        .words(&["show", "list", "lst", "flush", "save"], filters)
        .words(&["get"], lookup)
        .shows(&metrics::METRICS);
    encap::manual(object, CHANGES)
}

/// The usage text.
fn usage() -> Error {
    let types: Vec<_> = TYPES.words().collect();
    netmite_grammar::usage(
        brief!(
            "Usage: ip route { add | change | replace | prepend | append | test | delete } [ TYPE ] PREFIX [ OPTIONS ]\n       ip route \
         { show | flush } [ root PREFIX | match PREFIX | exact PREFIX ] [ table TABLE ] [ vrf NAME ]\n           [ proto PROTOCOL ] \
         [ type TYPE ] [ scope SCOPE ] [ dev DEVICE ] [ via ADDRESS ] [ src ADDRESS ]\n       ip route flush cache\n       ip route save FILTER > FILE\n       ip route { restore | showdump } < FILE\n       ip route get \
         ADDRESS [ from ADDRESS iif DEVICE ] [ oif DEVICE ] [ tos TOS ] [ mark MARK ]\n           [ vrf NAME ] [ uid NUMBER ] [ ipproto \
         PROTOCOL ] [ sport PORT ] [ dport PORT ] [ fibmatch ]\nTYPE: %\nOPTIONS:\n%"
        ),
        &[Part::Words(&types), Part::Options(&table::ROUTE)],
    )
}

/// The types of routes: their names, and `RTN_…`.
pub(crate) const TYPES: Names = names![
    ("unspec", 0),
    ("unicast", RTN_UNICAST),
    ("local", RTN_LOCAL),
    ("broadcast", RTN_BROADCAST),
    ("anycast", RTN_ANYCAST),
    ("multicast", RTN_MULTICAST),
    ("blackhole", RTN_BLACKHOLE),
    ("unreachable", RTN_UNREACHABLE),
    ("prohibit", RTN_PROHIBIT),
    ("throw", RTN_THROW),
    ("nat", RTN_NAT),
    ("xresolve", RTN_XRESOLVE),
];

/// The words for types, in the order in which abbreviations are looked up.
const TYPE_WORDS: &[(Key, u8)] = &[
    (exact("local"), RTN_LOCAL),
    (exact("nat"), RTN_NAT),
    (key("broadcast", 1), RTN_BROADCAST),
    (exact("brd"), RTN_BROADCAST),
    (key("anycast", 1), RTN_ANYCAST),
    (key("multicast", 1), RTN_MULTICAST),
    (key("prohibit", 1), RTN_PROHIBIT),
    (key("unreachable", 1), RTN_UNREACHABLE),
    (key("blackhole", 1), RTN_BLACKHOLE),
    (key("xresolve", 1), RTN_XRESOLVE),
    (key("unicast", 1), RTN_UNICAST),
    (exact("throw"), RTN_THROW),
];

/// The type that a word names, or a number.
pub(crate) fn type_of(word: &[u8]) -> Option<u8> {
    select(word, TYPE_WORDS).or_else(|| netmite_grammar::number::u8(word))
}
