//! `ip monitor`: what happens to links, addresses, routes and the rest, as it happens; with `-j` an object a line.
//!
//! [`SORTS`] says what may be asked for, [`EVENTS`] how each message is shown. Statistics are not among them: nothing here
//! shows those.

use crate::{address, addrlabel, link, mroute, neighbour, netconf, netns, nexthop, route, rule};
use netmite_grammar::monitor::{Notification, end, replay, watch};
use netmite_grammar::{Context, Error, Key, Part, Result, Session, Words, by_word, exact, key};
use netmite_netlink::MessageView;
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::{IfAddr, IfInfo, NeighbourHeader, RouteHeader};
use netmite_netlink::sys::file;
use netmite_netlink::uapi::*;
use netmite_output::{Value, brief};

/// What may be asked for: its word, and its multicast groups with the family that each is of.
type Sort = (Key, &'static [(u8, u32)]);

/// The sorts, in the order in which abbreviations are looked up.
const SORTS: &[Sort] = &[
    (key("link", 2), &[(AF_UNSPEC, RTNLGRP_LINK)]),
    (key("address", 1), &[(AF_INET, RTNLGRP_IPV4_IFADDR), (AF_INET6, RTNLGRP_IPV6_IFADDR)]),
    (exact("acaddress"), &[(AF_INET6, RTNLGRP_IPV6_ACADDR)]),
    (key("maddress", 1), &[(AF_INET, RTNLGRP_IPV4_MCADDR), (AF_INET6, RTNLGRP_IPV6_MCADDR)]),
    (key("route", 1), &[(AF_INET, RTNLGRP_IPV4_ROUTE), (AF_INET6, RTNLGRP_IPV6_ROUTE), (AF_MPLS, RTNLGRP_MPLS_ROUTE)]),
    (key("mroute", 1), &[(AF_INET, RTNLGRP_IPV4_MROUTE), (AF_INET6, RTNLGRP_IPV6_MROUTE)]),
    (key("prefix", 1), &[(AF_INET6, RTNLGRP_IPV6_PREFIX)]),
    (key("neigh", 1), &[(AF_UNSPEC, RTNLGRP_NEIGH)]),
    (
        key("netconf", 2),
        &[(AF_INET, RTNLGRP_IPV4_NETCONF), (AF_INET6, RTNLGRP_IPV6_NETCONF), (AF_MPLS, RTNLGRP_MPLS_NETCONF)],
    ),
    (key("rule", 1), &[(AF_INET, RTNLGRP_IPV4_RULE), (AF_INET6, RTNLGRP_IPV6_RULE)]),
    (key("nsid", 1), &[(AF_UNSPEC, RTNLGRP_NSID)]),
    (key("nexthop", 1), &[(AF_UNSPEC, RTNLGRP_NEXTHOP)]),
];

/// What was asked for beside the sorts, and what is known.
struct Watch {
    labelled: bool,
    /// The only interface that counts, or 0: lines don't name it then.
    device: u32,
    /// The ids of namespaces, and their names, which are gone before the kernel tells that an id is.
    names: Vec<(i32, Vec<u8>)>,
}

/// How a message is shown: its types, what stands in front of it where all sorts are asked for, and what prints it with the
/// end of its line. What prints says of its own that a thing was deleted, where the third member is false.
type Event = ([u16; 2], &'static str, bool, fn(&MessageView, &Watch, &mut Context));

static EVENTS: &[Event] = &[
    ([RTM_NEWLINK, RTM_DELLINK], "LINK", true, |view, _, context| link::show::event(view, context)),
    ([RTM_NEWADDR, RTM_DELADDR], "ADDR", true, |view, _, context| address::event(view, context)),
    ([RTM_NEWMULTICAST, RTM_DELMULTICAST], "ADDR", true, |view, _, context| address::event(view, context)),
    ([RTM_NEWANYCAST, RTM_DELANYCAST], "ADDR", true, |view, _, context| address::event(view, context)),
    ([RTM_NEWROUTE, RTM_DELROUTE], "ROUTE", true, |view, watch, context| route::event(view, watch.device, context)),
    ([RTM_NEWNEIGH, RTM_DELNEIGH], "NEIGH", false, |view, watch, context| {
        neighbour::event(view, watch.device, context)
    }),
    ([RTM_GETNEIGH, RTM_GETNEIGH], "NEIGH", false, |view, watch, context| {
        neighbour::event(view, watch.device, context)
    }),
    ([RTM_NEWPREFIX, RTM_NEWPREFIX], "PREFIX", false, |view, _, context| prefix(view, context)),
    ([RTM_NEWADDRLABEL, RTM_DELADDRLABEL], "ADDRLABEL", false, |view, _, context| addrlabel::print(view, context)),
    ([RTM_NEWRULE, RTM_DELRULE], "RULE", false, |view, _, context| rule::event(view, context)),
    ([RTM_NEWNETCONF, RTM_DELNETCONF], "NETCONF", false, |view, _, context| netconf::print(view, 0, context)),
    ([RTM_NEWNSID, RTM_DELNSID], "NSID", true, |view, watch, context| netns::event(view, &watch.names, context)),
    ([RTM_NEWNEXTHOP, RTM_DELNEXTHOP], "NEXTHOP", false, |view, _, context| nexthop::print::print(view, context)),
    ([RTM_NEWNEXTHOPBUCKET, RTM_DELNEXTHOPBUCKET], "NEXTHOPBUCKET", false, |view, _, context| {
        nexthop::print::bucket(view, context)
    }),
];

/// Events of multicast routes, which come as messages of routes.
const MULTICAST: Event =
    ([RTM_NEWROUTE, RTM_DELROUTE], "MROUTE", false, |view, _, context| mroute::event(view, context));

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Nothing, Value};
    use netmite_grammar::manual::{Object, choice};
    let mut object = Object::new("monitor", "what happens, as it happens", SORTS);
    object.verbs.extend(["all", "help"]);
    let more = vec![
        choice("file", Value("FILE"), "events that were written down"),
        choice("label", Nothing, "what sort each is"),
        choice("all-nsid", Nothing, "of all namespaces that have an id here"),
        choice("dev", Device, "only of this link"),
    ];
    let verbs = object.verbs.clone();
    object.words(&verbs, more)
}

/// Runs `ip monitor`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let (mut wanted, mut file, mut everywhere) = (Vec::new(), None, false);
    let mut own = Watch { labelled: false, device: 0, names: Vec::new() };
    let family = session.context.options.family;
    let mut add = |sort: &Sort| {
        let own = |of: u8| family == AF_UNSPEC || of == AF_UNSPEC || of == family;
        wanted.extend(sort.1.iter().filter(|(of, _)| own(*of)).map(|(_, group)| *group));
    };
    let mut all = true;
    while let Some(word) = words.take() {
        let sort = SORTS.iter().find(|(key, _)| key.takes(word));
        by_word!(word, {
            [key("file", 1)] => file = Some(words.value()?),
            [key("label", 1), exact("all")] => own.labelled = true,
            [exact("dev")] => own.device = netmite_links::select::device(words, &mut session.context)?,
            [key("all-nsid", 2)] => everywhere = true,
            [key("help", 1)] => return Err(usage()),
            [exact("stats")] => {
                return Err(Error::new(255, brief!("Events of statistics are not built in, see docs/compatibility.md")));
            },
            _ => {
                let unknown = || [b"Argument \"", word, b"\" is unknown, try \"ip monitor help\"."].concat();
                add(sort.ok_or_else(|| Error::new(255, unknown()))?);
                all = false;
            },
        });
    }
    if all {
        SORTS.iter().for_each(add);
    }
    if wanted.contains(&RTNLGRP_NSID) {
        own.names = netns::names(session);
    }
    let mut each = |notification: &Notification, context: &mut Context| show(notification, &mut own, context);
    let Some(name) = file else { return watch(session, &wanted, everywhere, &mut each) };
    let failed = |error| Error::caused(255, "Cannot fopen: %", error);
    replay(session, file::open(name).map_err(failed)?, &mut each)
}

fn usage() -> Error {
    let words: Vec<_> = SORTS.iter().map(|(key, _)| key.word).collect();
    netmite_grammar::usage(
        brief!("Usage: ip monitor [ all | label ] [ all-nsid ] [ dev DEVICE ] [ file FILE ] [ SORT ]...\nSORT: %"),
        &[Part::Words(&words)],
    )
}

fn show(notification: &Notification, watch: &mut Watch, context: &mut Context) {
    let view = notification.view;
    if watch.device != 0 && device_of(view).is_some_and(|index| index != watch.device) {
        return;
    }
    if view.kind == RTM_NEWNSID {
        watch.names.extend(netns::named(view));
    }
    let event = match event_of(view) {
        Some(_) if mroute::is_one(view) => &MULTICAST,
        Some(event) if concerns(view, context) => event,
        Some(_) => return,
        None => return unknown(view, context),
    };
    notification.begin(event.1, watch.labelled, context);
    print(event, view, watch, context);
    end(context);
}

fn event_of(view: &MessageView) -> Option<&'static Event> {
    EVENTS.iter().find(|([new, gone], ..)| *new == view.kind || *gone == view.kind)
}

/// Prints what the kernel made of a request, as the event that it is.
pub(crate) fn tell(view: &MessageView, context: &mut Context) {
    let Some(event) = event_of(view) else { return };
    context.out.open_object("");
    print(event, view, &Watch { labelled: false, device: 0, names: Vec::new() }, context);
    context.out.close_object();
}

fn print((kinds, _, plain, print): &Event, view: &MessageView, watch: &Watch, context: &mut Context) {
    if *plain && view.kind == kinds[1] {
        context.out.deleted();
    }
    context.out.merge_next();
    print(view, watch, context);
}

/// The interface that a message is about, if it is about one.
fn device_of(view: &MessageView) -> Option<u32> {
    match view.kind {
        RTM_NEWLINK | RTM_DELLINK => IfInfo::of(view).map(|header| header.index),
        RTM_NEWADDR | RTM_DELADDR => IfAddr::of(view).map(|header| header.index),
        RTM_NEWNEIGH | RTM_DELNEIGH => NeighbourHeader::of(view).map(|header| header.index),
        RTM_NEWROUTE | RTM_DELROUTE => {
            view.attributes(RouteHeader::LEN).get(RTA_OIF).and_then(array).map(u32::from_ne_bytes)
        }
        _ => None,
    }
}

/// Whether the family asked for is the message's, and the route is none of the cache.
fn concerns(view: &MessageView, context: &Context) -> bool {
    let wanted = context.options.family;
    let family = view.body.first().copied().unwrap_or(AF_UNSPEC);
    let of_family = wanted == AF_UNSPEC || family == wanted;
    match view.kind {
        RTM_NEWROUTE | RTM_DELROUTE => {
            of_family && RouteHeader::of(view).is_some_and(|header| header.flags & RTM_F_CLONED == 0)
        }
        RTM_NEWADDR | RTM_DELADDR | RTM_NEWNEIGH | RTM_DELNEIGH | RTM_NEWPREFIX => of_family,
        _ => true,
    }
}

/// What is no event that is known is told on standard error.
fn unknown(view: &MessageView, context: &mut Context) {
    if matches!(view.kind, NLMSG_ERROR | NLMSG_NOOP | NLMSG_DONE) {
        return;
    }
    let len = view.body.len() + 16;
    let (kind, flags) = (view.kind, view.flags);
    let line =
        format!("Unknown message: type={kind:#010x}({kind}) flags={flags:#010x}({flags}) len={len:#010x}({len})");
    context.out.io().error(line);
}

/// `struct prefixmsg`, linux/rtnetlink.h: where the index, the length and the flags lie; then its attributes.
const PREFIX_HEADER: usize = 12;
const PREFIX_ADDRESS: u16 = 1;
const PREFIX_CACHEINFO: u16 = 2;

/// Prints a prefix that a router told.
fn prefix(view: &MessageView, context: &mut Context) {
    let [_, _, _, _, i0, i1, i2, i3, _, len, flags, _] = *view.body.get(..PREFIX_HEADER).unwrap_or(&[]) else { return };
    let slots: Slots = view.slots(PREFIX_HEADER);
    if let Some(address) = slots.ip(PREFIX_ADDRESS) {
        context.out.put("prefix", "prefix ", Value::Ip(address), "");
        context.out.put("prefixlen", "/", len, "");
    }
    let name = context.name_of(u32::from_ne_bytes([i0, i1, i2, i3]));
    context.out.field("dev", "dev", &name);
    for (bit, word) in [(1, "onlink"), (2, "autoconf")] {
        if flags & bit != 0 {
            context.out.put(word, word, Value::Null, " ");
        }
    }
    if let Some(info) = slots.get(PREFIX_CACHEINFO) {
        let seconds = |at: usize| info.get(at..).and_then(array).map_or(0, u32::from_ne_bytes);
        context.out.field("valid", "valid", seconds(4));
        context.out.field("preferred", "preferred", seconds(0));
    }
    context.out.end_line();
}
