//! `ip route save`, `restore` and `showdump`: routes in a file.

use super::filter::Filter;
use super::{print, show};
use crate::saved::{self, Sort};
use netmite_grammar::{Result, Session, Words};
use netmite_netlink::Message;
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::RouteHeader;
use netmite_netlink::message::HEADER_LEN;
use netmite_netlink::uapi::*;

const ROUTES: Sort = Sort { what: "route", magic: 0x4531_1224, kind: RTM_NEWROUTE, mismatch: 1, damaged: 2 };

/// Writes the routes that a filter selects to standard output.
pub(super) fn save(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::parse(words, &mut session.context)?;
    saved::begin(ROUTES.magic, &mut session.context)?;
    let outcome = show::dump(&filter, session, |view, _, _, context| saved::put(view, context));
    outcome.map_err(|error| error.with_status(2))
}

/// Makes the routes of standard input: first those to ourselves, then those without a router, then those that need the others.
pub(super) fn restore(_: &mut Words, session: &mut Session) -> Result<()> {
    ROUTES.read_again(3, |pass, message| {
        let (header, slots) = parts(message);
        let needs = match (header.kind, slots.has(RTA_GATEWAY) || slots.has(RTA_VIA) || slots.has(RTA_MULTIPATH)) {
            (RTN_LOCAL, _) => 0,
            (_, false) => 1,
            (_, true) => 2,
        };
        if needs != pass {
            return Ok(());
        }
        let answer = saved::send(message, session);
        ROUTES.refusal_unless_there(answer, session)
    })?;
    Ok(())
}

/// Prints the routes of standard input.
pub(super) fn show_dump(_: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::open(session.context.options.family);
    session.context.out.open_array("");
    let outcome = ROUTES.read(|message| {
        let (header, slots) = parts(message);
        print::route(&header, &slots, &filter, &mut session.context);
        Ok(())
    });
    session.context.out.close_list();
    outcome
}

/// The fixed header and the attributes of a message.
fn parts(message: &Message) -> (RouteHeader, Slots<'_>) {
    let body = message.as_bytes().get(HEADER_LEN..).unwrap_or(&[]);
    let header = RouteHeader::from_bytes(body).unwrap_or_default();
    (header, Slots::parse(body.get(RouteHeader::LEN..).unwrap_or(&[])))
}
