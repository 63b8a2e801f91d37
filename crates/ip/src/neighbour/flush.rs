//! `ip neighbour flush`: deletes what a filter selects, round after round until nothing is left.
//!
//! What is deleted stays for a while as failed, so rounds after the first pass that over.

use super::filter::Filter;
use super::print::print;
use crate::flush::{delete, tell_end, tell_round, terminated};
use netmite_grammar::{Error, Result, Session, Words};
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::uapi::*;

/// More rounds than this find what somebody else makes anew each time.
const ROUNDS: u32 = 10;
/// `ENOENT`: the neighbour is gone already.
const GONE: i32 = 2;

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    if words.is_empty() {
        return Err(Error::new(1, "Flush requires arguments."));
    }
    let mut filter = Filter::parse(words, true, &mut session.context)?;
    for round in 0..ROUNDS {
        let selected = select(&filter, session)?;
        if selected.is_empty() {
            tell_end(round, session);
            return Ok(());
        }
        let count = selected.len();
        delete(RTM_DELNEIGH, &selected, GONE, 1, session)?;
        tell_round(round + 1, count, "entries", session);
        filter.states &= !NUD_FAILED;
    }
    session.context.out.text(&format!("*** Flush not complete bailing out after {ROUNDS} rounds\n"));
    Err(Error::told(1))
}

/// The neighbours to be deleted, as the kernel told them; shown too where `-s -s` asks for it.
fn select(filter: &Filter, session: &mut Session) -> Result<Vec<Vec<u8>>> {
    let mut selected = Vec::new();
    let outcome = session.dump(&mut filter.request(), |view, context| {
        let Some(header) = NeighbourHeader::of(view).filter(|_| view.kind == RTM_NEWNEIGH) else { return };
        if !filter.passes(view, &header, &view.slots(NeighbourHeader::LEN)) {
            return;
        }
        selected.push(view.body.to_vec());
        if context.options.statistics > 1 {
            print(view, filter, context);
        }
    });
    outcome.map(|()| selected).map_err(|error| terminated(error, 1))
}
