//! `ip route flush`: deletes what a filter selects, round after round until nothing is left; `flush cache` empties the
//! kernel's cache of exceptions.

use super::filter::{Filter, Tables};
use super::{print, show};
use crate::flush::{delete, tell_end, tell_round, terminated};
use netmite_grammar::{Error, Result, Session, Words};
use netmite_netlink::attributes::Slots;
use netmite_netlink::errno;
use netmite_netlink::header::RouteHeader;
use netmite_netlink::sys::file;
use netmite_netlink::uapi::*;
use netmite_output::brief;
use std::time::{Duration, Instant};

/// A route that is gone was deleted with another.
const ESRCH: i32 = 3;

/// Where the kernel takes the order to empty its cache, inside the namespace of whoever opens it.
const CACHE: &[u8] = b"/proc/sys/net/ipv4/route/flush";

/// How long a flush may go on.
const LONGEST: Duration = Duration::from_secs(30);

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    if words.is_empty() {
        return Err(Error::new(1, brief!("\"ip route flush\" requires arguments.")));
    }
    let family = session.context.options.family;
    let mut filter = Filter::parse(words, &mut session.context)?;
    if filter.family == AF_UNSPEC {
        filter.family = family;
    }
    if filter.tables == Tables::Cache {
        if family != AF_INET6 {
            empty_cache()?;
        }
        return Ok(());
    }
    let (begun, verbose) = (Instant::now(), session.context.options.statistics);
    let mut round = 0u32;
    loop {
        let selected = select(&filter, verbose > 1, session)?;
        let count = selected.len();
        if count == 0 {
            tell_end(round, session);
            return Ok(());
        }
        round += 1;
        delete(RTM_DELROUTE, &selected, ESRCH, 2, session)?;
        tell_round(round, count, "entries", session);
        // Whoever adds routes as fast as they are deleted would keep this busy for ever. `-l` counts for addresses alone.
        if begun.elapsed() > LONGEST {
            let seconds = LONGEST.as_secs();
            return Err(Error::new(1, format!("*** Flush not completed bailing out after {seconds} seconds")));
        }
    }
}

fn empty_cache() -> Result<()> {
    match file::append(CACHE, b"-1").unwrap_or_else(Err) {
        Ok(()) => Ok(()),
        // Kernels without a cache, and containers without this file, have nothing to empty.
        Err(error) if errno::number(&error) == errno::ENOENT => Ok(()),
        Err(error) => Err(Error::caused(1, "Cannot flush routing cache: %", error)),
    }
}

/// The routes to be deleted, as the kernel told them.
fn select(filter: &Filter, print: bool, session: &mut Session) -> Result<Vec<Vec<u8>>> {
    let mut selected = Vec::new();
    let nothing = show::absent(false, session);
    let outcome = session.dump_unless(&mut filter.request(show::family(filter)), nothing, |view, context| {
        let Some(header) = RouteHeader::of(view).filter(|_| view.kind == RTM_NEWROUTE) else { return };
        let slots: Slots = view.slots(RouteHeader::LEN);
        // IPv6 keeps a route of its own that can't be deleted.
        let fixed =
            header.family == AF_INET6 && header.kind == RTN_UNREACHABLE && slots.u32(RTA_PRIORITY) == Some(u32::MAX);
        if filter.passes(&header, &slots) && !fixed {
            selected.push(view.body.to_vec());
            if print {
                print::route(&header, &slots, filter, context);
            }
        }
    });
    outcome.map_err(|error| terminated(error, 2))?;
    Ok(selected)
}
