//! `ip route show`: a dump, printed while it is read.

use super::filter::{Filter, Tables};
use super::print;
use netmite_grammar::{Context, Lines, Result, Session, Words};
use netmite_netlink::MessageView;
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::RouteHeader;
use netmite_netlink::uapi::*;
use netmite_output::Form;

/// `ENOENT`: what the kernel says of a table that no route was ever in.
const NO_TABLE: i32 = 2;

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::parse(words, &mut session.context)?;
    let mut lines = Lines::new(RTM_NEWROUTE, RouteHeader::LEN, &[(RTA_DST, Form::Ip)], !filter.by_destination());
    let nothing = nothing(&filter, session);
    let outcome = session.list(&mut filter.request(family(&filter)), nothing, &mut |view, context| {
        lines.print(view, context, &mut |context| {
            passing(view, &filter, &mut |header, slots| print::route(header, slots, &filter, context));
        });
    });
    outcome.map_err(|error| error.with_status(2))
}

/// The family to be dumped: IPv4 unless another was asked for, every one for all tables.
pub(super) fn family(filter: &Filter) -> u8 {
    match (filter.family, filter.tables) {
        (AF_INET6 | AF_MPLS, _) => filter.family,
        (AF_UNSPEC, Tables::All) => AF_UNSPEC,
        _ => AF_INET,
    }
}

/// Hands each route that passes the filter to `then`.
pub(super) fn dump(
    filter: &Filter,
    session: &mut Session,
    mut then: impl FnMut(&MessageView, &RouteHeader, &Slots, &mut Context),
) -> Result<()> {
    let nothing = nothing(filter, session);
    session.dump_unless(&mut filter.request(family(filter)), nothing, |view, context| {
        passing(view, filter, &mut |header, slots| then(view, header, slots, context));
    })
}

/// Hands a message's route to `then`, if it is one that passes the filter.
fn passing(view: &MessageView, filter: &Filter, then: &mut dyn FnMut(&RouteHeader, &Slots)) {
    let Some(header) = RouteHeader::of(view).filter(|_| view.kind == RTM_NEWROUTE) else { return };
    let slots = view.slots(RouteHeader::LEN);
    if filter.passes(&header, &slots) {
        then(&header, &slots);
    }
}

/// The error number of a dump that is to be read as "no routes": that of a table which is not there, where `silent`, and in a
/// batch, where the reference has the kernel dump all tables. A family that has no routes has no tables.
pub(crate) fn absent(silent: bool, session: &Session) -> Option<i32> {
    let other = !matches!(session.context.options.family, AF_UNSPEC | AF_INET | AF_INET6 | AF_MPLS);
    (silent || other || session.context.options.batch.is_some()).then_some(NO_TABLE)
}

/// As [`absent`], of a filter: the main table comes into being with its first route.
fn nothing(filter: &Filter, session: &Session) -> Option<i32> {
    absent(filter.tables == Tables::One(RT_TABLE_MAIN), session)
}
