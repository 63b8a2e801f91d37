//! `ip address flush`: deletes what a filter selects, round after round until nothing is left.
//!
//! More than one round may be needed, since with a primary address the kernel deletes its secondaries or makes one of them
//! primary.

use super::filter::Filter;
use super::show::{line, request};
use crate::flush::{delete, tell_end, tell_round};
use netmite_grammar::{Error, Result, Session, Words};
use netmite_netlink::header::IfAddr;
use netmite_netlink::uapi::*;

/// The error number for an address that is gone: the kernel deleted it with another.
const EADDRNOTAVAIL: i32 = 99;

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    if words.is_empty() {
        return Err(Error::new(1, "Flush requires arguments."));
    }
    let filter = Filter::of_address(words, &mut session.context)?;
    if filter.family == AF_PACKET {
        return Err(Error::new(1, "Cannot flush link addresses."));
    }
    let index = match filter.link.dev {
        None => 0,
        Some(name) => session.context.index_of(name).map_err(|_| Error::no_such_device(name))?,
    };
    let (loops, verbose) = (session.context.options.loops, session.context.options.statistics);
    let mut round = 0u32;
    while loops == 0 || round < loops {
        let selected = select(&filter, index, verbose > 1, session)?;
        let count = selected.len();
        if count == 0 {
            tell_end(round, session);
            return Ok(());
        }
        round += 1;
        delete(RTM_DELADDR, &selected, EADDRNOTAVAIL, 255, session)?;
        tell_round(round, count, "addresses", session);
    }
    let text = format!("*** Flush remains incomplete after {loops} rounds. ***");
    Err(Error::new(255, text))
}

/// The addresses to be deleted, as the kernel told them.
fn select(filter: &Filter, index: u32, print: bool, session: &mut Session) -> Result<Vec<Vec<u8>>> {
    let mut selected = Vec::new();
    let oneline = std::mem::replace(&mut session.context.options.oneline, true);
    let outcome = session.dump(&mut request(filter.family, index), |view, context| {
        let Some(header) = IfAddr::of(view).filter(|header| index == 0 || header.index == index) else { return };
        let slots = view.slots(IfAddr::LEN);
        if filter.passes(&header, &slots, context) {
            selected.push(view.body.to_vec());
            if print {
                line(&header, &slots, context);
            }
        }
    });
    session.context.options.oneline = oneline;
    outcome.map(|()| selected)
}
