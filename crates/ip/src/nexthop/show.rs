//! `ip nexthop show`, `get` and `flush`.

use super::filter::{Filter, Selected, statistics};
use super::print::print;
use netmite_grammar::{Lines, Result, Session, Words, refused_whole};
use netmite_netlink::Message;
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::NextHopObject;
use netmite_netlink::uapi::*;
use netmite_output::Form;

/// What objects' lines differ in.
const VALUES: &[(u16, Form)] = &[(NHA_ID, Form::Number), (NHA_GATEWAY, Form::Ip)];

pub(super) fn show(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = match Filter::parse(words, &mut session.context)? {
        Selected::Some(filter) => filter,
        Selected::One(id) => return one(id, session),
    };
    let mut request = filter.request(RTM_GETNEXTHOP, &session.context);
    let mut lines = Lines::new(RTM_NEWNEXTHOP, NextHopObject::LEN, VALUES, true);
    let outcome = session.list(&mut request, None, &mut |view, context| {
        lines.print(view, context, &mut |context| {
            if NextHopObject::of(view).is_some_and(|header| filter.passes(&header)) {
                print(view, context);
            }
        });
    });
    outcome.map_err(|error| error.with_status(2))
}

/// Shows the object that `id ID` names; of several the last.
pub(super) fn get(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut id = 0;
    while let Some(word) = words.take() {
        if word != b"id" {
            return Err(super::usage());
        }
        id = super::id(words)?;
    }
    if id == 0 {
        return Err(super::usage());
    }
    one(id, session)
}

fn one(id: u32, session: &mut Session) -> Result<()> {
    let header = NextHopObject { family: session.context.options.family, ..NextHopObject::default() };
    let mut request = Message::new(RTM_GETNEXTHOP, 0, &header.to_bytes());
    request.put(NHA_ID, id).put(NHA_OP_FLAGS, statistics(&session.context));
    session.show(&mut request, &mut print).map_err(refused_whole)
}

/// Deletes what a filter selects; without one the groups first, which would vanish with their members.
pub(super) fn flush(words: &mut Words, session: &mut Session) -> Result<()> {
    let all = words.is_empty();
    let filter = match Filter::parse(words, &mut session.context)? {
        Selected::Some(filter) => filter,
        Selected::One(id) => {
            let outcome = delete(id, session);
            return outcome.map_err(|error| refused_whole(error).with_status(1));
        }
    };
    let mut count = 0u64;
    if all {
        count += flush_some(&Filter::groups(), session)?;
    }
    count += flush_some(&filter, session)?;
    let text = if count == 0 { "Nothing to flush\n".to_owned() } else { format!("Flushed {count} nexthops\n") };
    session.context.out.io().write(text.as_bytes());
    Ok(())
}

/// How many were deleted. What the kernel does not let go is told, and the others go on.
fn flush_some(filter: &Filter, session: &mut Session) -> Result<u64> {
    let mut selected = Vec::new();
    let outcome = session.dump(&mut filter.request(RTM_GETNEXTHOP, &session.context), |view, _| {
        let slots: Slots = view.slots(NextHopObject::LEN);
        let passes = NextHopObject::of(view).is_some_and(|header| filter.passes(&header));
        selected.extend(slots.u32(NHA_ID).filter(|_| passes));
    });
    outcome.map_err(|error| error.with_status(2))?;
    let mut count = 0;
    for id in selected {
        match delete(id, session) {
            Ok(()) => count += 1,
            Err(error) => {
                refused_whole(error).report(session.context.out.io());
            }
        }
    }
    Ok(count)
}

fn delete(id: u32, session: &mut Session) -> std::result::Result<(), netmite_netlink::Error> {
    let mut request = Message::new(RTM_DELNEXTHOP, 0, &NextHopObject::default().to_bytes());
    request.put(NHA_ID, id);
    session.socket().request(&mut request).map(drop)
}
