//! `ip route show`: a dump, printed while it is read.

use super::filter::{Filter, Tables};
use super::print;
use netmite_grammar::{Context, Result, Session, Words};
use netmite_netlink::MessageView;
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::RouteHeader;
use netmite_netlink::uapi::*;

/// `ENOENT`: what the kernel says of a table that no route was ever in.
const NO_TABLE: i32 = 2;

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<u8> {
    let filter = Filter::parse(words, &mut session.context)?;
    session.context.out.open_array("");
    let outcome = dump(&filter, session, |_, header, slots, context| print::route(header, slots, &filter, context));
    session.context.out.close_array();
    session.context.out.end_json();
    outcome.map(|()| 0).map_err(|error| error.with_status(2))
}

/// The family to be dumped: IPv4 unless another was asked for, every one for all tables.
pub(super) fn family(filter: &Filter) -> u8 {
    match (filter.family, filter.tables) {
        (AF_INET6 | AF_MPLS, _) => filter.family,
        (AF_UNSPEC, Tables::All) => AF_UNSPEC,
        _ => AF_INET,
    }
}

/// Hands each route that passes the filter to `each`.
pub(super) fn dump(
    filter: &Filter,
    session: &mut Session,
    mut each: impl FnMut(&MessageView, &RouteHeader, &Slots, &mut Context),
) -> Result<()> {
    // The main table comes into being with its first route.
    let nothing = (filter.tables == Tables::One(RT_TABLE_MAIN)).then_some(NO_TABLE);
    session.dump_unless(&mut filter.request(family(filter)), nothing, |view, context| {
        let Some(header) = RouteHeader::of(view).filter(|_| view.kind == RTM_NEWROUTE) else { return };
        let slots: Slots = view.slots(RouteHeader::LEN);
        if filter.passes(&header, &slots) {
            each(view, &header, &slots, context);
        }
    })
}
