//! `ip netns list` and `list-id`: names, and the ids that namespaces have in ours.
//!
//! One dump tells whether any namespace has an id at all; only then is each name asked for its own. A file that is no
//! namespace is listed, since it has the name, and a line on standard error says what it is. Where as many mounts lie below the
//! folder as it has names, none is looked at: two thousand names take a tenth of the time so.

use super::usage;
use crate::link::head::netns_name;
use netmite_grammar::netns::LEFT_OVER;
use netmite_grammar::{Context, Error, Result, Session, Words, number, refused_whole};
use netmite_netlink::header::Family;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView, Netns, netns};
use netmite_output::{Out, Value};
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// So many names are few.
const FEW: usize = 8;

pub(super) fn run(_: &mut Words, session: &mut Session) -> Result<()> {
    let names = match Netns::list() {
        Ok(names) => names,
        // As with the reference, what may not be read has nothing to list; but it is told.
        Err(error) => {
            Error::from(error).report(session.context.out.io());
            return Ok(());
        }
    };
    if names.is_empty() && !std::path::Path::new(netmite_netlink::netns::DIRECTORY).exists() {
        return Ok(());
    }
    let mut any = false;
    if !names.is_empty() {
        session.dump(&mut request(), |_, _| any = true)?;
    }
    // Few are looked at one by one for less than it takes to count mounts.
    let sound = names.len() > FEW && netns::are_mounted(names.len());
    session.context.out.open_array("");
    for name in names {
        if !sound {
            complain(&name, session);
        }
        let id = if any { id_of(&name, session) } else { None };
        let out = &mut session.context.out;
        out.open_object("");
        out.put("name", "", name.as_bytes(), "");
        if let Some(id) = id {
            out.put("id", " (id: ", id, ")");
        }
        out.end_line();
        out.close_object();
    }
    session.context.out.close_array();
    session.context.out.end_json();
    Ok(())
}

fn request() -> Message {
    Message::new(RTM_GETNSID, 0, &Family::default().to_bytes())
}

/// The id that a namespace has in ours; none for a name that is no namespace's.
fn id_of(name: &OsString, session: &mut Session) -> Option<i32> {
    let netns = Netns::open(name).ok()?;
    let mut request = request();
    request.put(NETNSA_FD, netns.as_fd().as_raw_fd());
    let id = session.get(&mut request, |view, _| view.slots(Family::LEN).i32(NETNSA_NSID));
    id.ok().flatten().filter(|id| *id >= 0)
}

/// Prints what a notification tells of an id.
pub(crate) fn event(view: &MessageView, names: &[(i32, Vec<u8>)], context: &mut Context) {
    let slots = view.slots(Family::LEN);
    let Some(id) = slots.i32(NETNSA_NSID) else { return context.out.end_line() };
    let name = names.iter().rev().find(|(known, _)| *known == id);
    line(id.into(), slots.i32(NETNSA_CURRENT_NSID), name.map(|(_, name)| name.as_slice()), &mut context.out);
}

/// A line about an id.
fn line(id: Value, current: Option<i32>, name: Option<&[u8]>, out: &mut Out) {
    let key = if matches!(id, Value::Str(_)) { "not-assigned" } else { "nsid" };
    out.put(key, "nsid ", id, " ");
    if let Some(current) = current {
        out.field("current-nsid", "current-nsid", current);
    }
    if let Some(name) = name {
        out.put("name", "(iproute2 netns name: ", name, ")");
    }
    out.end_line();
}

/// The id that a notification tells of, and its name.
pub(crate) fn named(view: &MessageView) -> Option<(i32, Vec<u8>)> {
    let id = view.slots(Family::LEN).i32(NETNSA_NSID)?;
    Some((id, netns_name(id)?))
}

/// All names whose namespaces have an id in ours.
pub(crate) fn names(session: &mut Session) -> Vec<(i32, Vec<u8>)> {
    let names = Netns::list().unwrap_or_default().into_iter();
    names.filter_map(|name| Some((id_of(&name, session)?, name.into_vec()))).collect()
}

/// Says so of a file that is no namespace.
fn complain(name: &OsStr, session: &mut Session) {
    if netns::path_of(name).is_ok_and(|path| !netns::is_namespace(&path)) {
        let line = ["Error: Peer netns reference is invalid.\n  ", &name.to_string_lossy(), ": ", LEFT_OVER].concat();
        session.context.out.io().error(line);
    }
}

/// An id as `list-id` tells it: in the namespace asked about, and in ours.
struct Id {
    id: i32,
    current: Option<i32>,
}

/// What may be asked for: the word and its attribute.
const ASKED: [(&str, u16); 2] = [("nsid", NETNSA_NSID), ("target-nsid", NETNSA_TARGET_NSID)];

pub(super) fn ids(words: &mut Words, session: &mut Session) -> Result<()> {
    let (mut request, mut seen) = (request(), [false; 2]);
    while let Some(word) = words.take() {
        let Some(at) = ASKED.iter().position(|asked| asked.0.as_bytes() == word) else { return Err(usage()) };
        let (Some((key, kind)), Some(seen)) = (ASKED.get(at), seen.get_mut(at)) else { continue };
        if std::mem::replace(seen, true) {
            return Err(Error::duplicate(key, word));
        }
        let value = words.value()?;
        let why = match number::i32(value) {
            Some(id @ 0..) => {
                request.put(*kind, id);
                continue;
            }
            Some(_) => "should be >= 0",
            None => "is invalid",
        };
        return Err(Error::wrong(value, &["\"", key, "\" value ", why].concat()));
    }
    let [one, _] = seen;
    let mut found = Vec::new();
    let read = |view: &netmite_netlink::MessageView| {
        let slots = view.slots(Family::LEN);
        slots.i32(NETNSA_NSID).map(|id| Id { id, current: slots.i32(NETNSA_CURRENT_NSID) })
    };
    if one {
        let id = session.get(&mut request, |view, _| read(view));
        found.extend(id.map_err(refused_whole)?);
    } else {
        session.dump(&mut request, |view, _| found.extend(read(view)))?;
    }
    let mut names = Vec::new();
    for name in Netns::list()? {
        complain(&name, session);
        names.extend(id_of(&name, session).map(|id| (id, name)));
    }
    print(&found, &names, session);
    Ok(())
}

fn print(found: &[Id], names: &[(i32, OsString)], session: &mut Session) {
    let out = &mut session.context.out;
    out.open_array("");
    for id in found {
        out.open_object("");
        let own = id.current.unwrap_or(id.id);
        let name = names.iter().find(|(known, _)| *known == own).map(|(_, name)| name.as_bytes());
        line(if id.id < 0 { Value::Str("unassigned") } else { id.id.into() }, id.current, name, out);
        out.close_object();
    }
    out.close_array();
    out.end_json();
}
