//! `ip netconf`: what `/proc/sys/net` says of interfaces, as the kernel tells it over netlink.

use netmite_grammar::{Command, Context, DeviceName, Error, Key, Result, Session, Words, key, refused_whole, run_verb};
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::Family;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};
use netmite_output::{Colour, Value, brief};

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] =
    &[(key("show", 1), show), (key("list", 1), show), (key("lst", 2), show), (key("help", 1), |_, _| Err(usage()))];

/// Runs `ip netconf`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip netconf", VERBS, show, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::manual::{Object, choice};
    let filters = vec![choice("dev", netmite_grammar::Shape::Device, "only its settings")];
    Object::new("netconf", "settings of IPv4, IPv6 and MPLS", VERBS).words(&["show", "list", "lst"], filters)
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(brief!("Usage: ip netconf show [ dev DEVICE ]"), &[])
}

// linux/netconf.h
const NETCONFA_IFINDEX: u16 = 1;
const NETCONFA_FORWARDING: u16 = 2;
const NETCONFA_RP_FILTER: u16 = 3;
const NETCONFA_MC_FORWARDING: u16 = 4;
const NETCONFA_PROXY_NEIGH: u16 = 5;
const NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN: u16 = 6;
const NETCONFA_INPUT: u16 = 7;
/// Stands for the settings of all interfaces in place of an index.
const NETCONFA_IFINDEX_ALL: u32 = u32::MAX;
/// Stands for the settings that a new interface gets.
const NETCONFA_IFINDEX_DEFAULT: u32 = u32::MAX - 1;

/// Of the words behind `show` only the interface counts; the reference passes over all others.
fn show(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut only = 0;
    while let Some(word) = words.take() {
        if word == b"dev" {
            let name = words.value()?;
            only = session.context.index_of(name).map_err(|_| Error::no_such_device(name))?;
        }
    }
    let family = session.context.options.family;
    let mut request = Message::new(RTM_GETNETCONF, 0, &Family { family }.to_bytes());
    let one = only != 0 && family != AF_UNSPEC;
    session.context.out.open_array("");
    let outcome = if one {
        request.put(NETCONFA_IFINDEX, only);
        let answer = session.ask(&mut request, &mut |view, context| print(view, only, context));
        answer.map_err(refused_whole)
    } else {
        session.dump(&mut request, |view, context| print(view, only, context))
    };
    session.context.out.close_list();
    outcome
}

/// Prints the settings of an interface, or an event that tells of them, if `only` is its index or 0.
pub(crate) fn print(view: &MessageView, only: u32, context: &mut Context) {
    let Some(header) = Family::of(view) else { return };
    let slots = view.slots(Family::LEN);
    let index = slots.u32(NETCONFA_IFINDEX);
    let family = context.options.family;
    if (only != 0 && index != Some(only)) || (family != AF_UNSPEC && family != header.family) {
        return;
    }
    context.out.open_object("");
    if view.kind == RTM_DELNETCONF {
        context.out.deleted();
    }
    let name = match header.family {
        AF_INET => "inet",
        AF_INET6 => "inet6",
        AF_MPLS => "mpls",
        _ => "???",
    };
    context.out.put("family", "", name, " ");
    if let Some(index) = index {
        let name = match index {
            NETCONFA_IFINDEX_ALL => DeviceName::from(&b"all"[..]),
            NETCONFA_IFINDEX_DEFAULT => DeviceName::from(&b"default"[..]),
            _ => context.name_of(index),
        };
        context.out.put_over(Colour::IfName, "interface", "", &name, " ");
    }
    on_off(&slots, NETCONFA_FORWARDING, "forwarding", context);
    if let Some(number) = slots.u32(NETCONFA_RP_FILTER) {
        let words = ["off", "strict", "loose"];
        let word = usize::try_from(number).ok().and_then(|number| words.get(number)).unwrap_or(&"unknown mode");
        context.out.field("rp_filter", "rp_filter", *word);
    }
    on_off(&slots, NETCONFA_MC_FORWARDING, "mc_forwarding", context);
    on_off(&slots, NETCONFA_PROXY_NEIGH, "proxy_neigh", context);
    on_off(&slots, NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN, "ignore_routes_with_linkdown", context);
    on_off(&slots, NETCONFA_INPUT, "input", context);
    context.out.end_line();
    context.out.close_object();
}

fn on_off(slots: &Slots, kind: u16, name: &str, context: &mut Context) {
    if let Some(number) = slots.u32(kind) {
        context.out.field(name, name, Value::OnOff(number != 0));
    }
}
