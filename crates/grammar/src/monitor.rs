//! What the monitors of the tools have in common: groups joined, names kept fresh, times and labels in front of events, and one
//! write for all that came together.

use crate::error::{Error, Result};
use crate::session::{Context, Session};
use netmite_netlink::errno;
use netmite_netlink::header::IfInfo;
use netmite_netlink::message::Messages;
use netmite_netlink::sys::clock::{self, LocalTime};
use netmite_netlink::sys::file::Reader;
use netmite_netlink::uapi::*;
use netmite_netlink::{Event, MessageView, Notifications};
use std::fs::File;
use std::ops::ControlFlow;

/// Bytes of notifications that may wait, if the user asks for no other room.
const ROOM: usize = 4 << 20;

/// A moment: seconds and microseconds since the start of 1970, UTC.
type Moment = (u64, u32);

/// One notification.
pub struct Notification<'a> {
    /// The message.
    pub view: &'a MessageView<'a>,
    /// The id of the namespace that it comes from, where that is another.
    pub nsid: Option<i32>,
    moment: Moment,
}

impl Notification<'_> {
    /// Opens the line of an event that is shown: the time if it was asked for, and the label if there is one. In JSON it is an
    /// object with the members `timestamp`, `event` and `nsid`, which [`end`] closes.
    pub fn begin(&self, label: &str, labelled: bool, context: &mut Context) {
        context.out.open_object("");
        match context.options.timestamp {
            0 => (),
            1 if !context.out.is_json() => long_timestamp(self.moment, "usec", context),
            _ => short_timestamp(self.moment, context),
        }
        context.out.json("event", label);
        if labelled {
            context.out.text("[");
            context.out.text(label);
            context.out.text("]");
        }
        if let Some(nsid) = self.nsid {
            context.out.json("nsid", nsid);
        }
    }
}

/// Closes the line of an event in JSON; text has ended its own.
pub fn end(context: &mut Context) {
    context.out.close_object();
    context.out.end_json();
}

/// The time on a line of its own; `unit` is what microseconds are called, which differs from one place to another.
fn long_timestamp((seconds, micros): Moment, unit: &str, context: &mut Context) {
    let text = format!("Timestamp: {} {micros} {unit}\n", LocalTime::of(seconds.try_into().unwrap_or(0)));
    context.out.text(&text);
}

/// The time in front of the event.
fn short_timestamp((seconds, micros): Moment, context: &mut Context) {
    let LocalTime { year, month, day, hour, minute, second, .. } = LocalTime::of(seconds.try_into().unwrap_or(0));
    let text = format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}", month + 1);
    context.out.put("timestamp", "[", text.as_str(), "] ");
}

fn now() -> Moment {
    let now = clock::now();
    (now.as_secs(), now.subsec_micros())
}

/// Hands the notifications of `groups` (`RTNLGRP_…`), of other namespaces too if `all_namespaces`, to `each`, for ever or until
/// standard output is closed. Links are always listened to, since names change. Lost notifications are told.
///
/// # Errors
/// A group that this kernel does not have, exit status 1.
pub fn watch<'io>(
    session: &mut Session<'io>,
    groups: &[u32],
    all_namespaces: bool,
    each: &mut dyn FnMut(&Notification, &mut Context<'io>),
) -> Result<()> {
    let room = session.context.options.receive_buffer.and_then(|room| usize::try_from(room).ok()).unwrap_or(ROOM);
    let mut notifications = listen(groups, room, all_namespaces)
        .map_err(|error| Error::about(1, "Cannot listen: %", error.to_string().as_bytes()))?;
    // One that is deleted can't be asked for any more, and what is true of another link when an event is shown was not when
    // it happened: names and flags are those that the events before it told.
    session.learn_links()?;
    let (context, wants_links) = (&mut session.context, groups.contains(&RTNLGRP_LINK));
    let outcome = notifications.watch(|event| {
        match event {
            Event::Message(view, nsid) => {
                let of_link = matches!(view.kind, RTM_NEWLINK | RTM_DELLINK);
                if nsid.is_none() && view.kind == RTM_NEWLINK {
                    context.learn(view);
                }
                if wants_links || !of_link {
                    let moment = if context.options.timestamp > 0 { now() } else { (0, 0) };
                    each(&Notification { view, nsid, moment }, context);
                }
                if nsid.is_none() && view.kind == RTM_DELLINK {
                    forget(view, context);
                }
            }
            Event::Lost => {
                let line = "netlink receive error No buffer space available (105)\n  events were lost: they came faster than they were shown";
                context.out.io().error(line);
            }
            // All that came together has been shown.
            _ => context.out.io().flush(),
        }
        if context.out.io().has_failed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    Ok(outcome?)
}

/// Joins the group of links, and these.
fn listen(groups: &[u32], room: usize, all_namespaces: bool) -> netmite_netlink::Result<Notifications> {
    let notifications = Notifications::open(room)?;
    notifications.join(RTNLGRP_LINK)?;
    for group in groups {
        notifications.join(*group)?;
    }
    if all_namespaces {
        notifications.all_namespaces()?;
    }
    Ok(notifications)
}

/// A port that leaves its bridge is no link deleted.
fn forget(view: &MessageView, context: &mut Context) {
    if let Some(header) = IfInfo::of(view).filter(|header| header.family == AF_UNSPEC) {
        context.names.forget_one(header.index);
    }
}

/// A message that says when those behind it came, in a file of them.
const TIMESTAMP: u16 = 15;

/// Hands the messages of a file that `rtmon` wrote to `each`.
///
/// # Errors
/// That the file can't be read, or ends in the middle of a message.
pub fn replay<'io>(
    session: &mut Session<'io>,
    file: File,
    each: &mut dyn FnMut(&Notification, &mut Context<'io>),
) -> Result<()> {
    let (mut recorded, mut file) = ((0, 0), Reader::new(file));
    let broken = || Error::new(1, "rtnl-from_file: truncated message");
    while let Some(bytes) = next(&mut file)? {
        let view = Messages::new(&bytes).next().ok_or_else(broken)?;
        if view.kind == TIMESTAMP {
            let number = |at: usize| {
                view.body.get(at..).and_then(netmite_netlink::attributes::array).map_or(0, u32::from_ne_bytes)
            };
            recorded = (u64::from(number(0)), number(4));
            if !session.context.out.is_json() {
                long_timestamp(recorded, "us", &mut session.context);
            }
            continue;
        }
        // In text the recorded time has a line of its own, and `-t` tells when the event was shown.
        let moment = if session.context.out.is_json() { recorded } else { now() };
        each(&Notification { view: &view, nsid: None, moment }, &mut session.context);
        session.context.out.io().drain();
    }
    Ok(())
}

/// The bytes of the next message in a file.
fn next(file: &mut Reader) -> Result<Option<Vec<u8>>> {
    let broken = || Error::new(1, "rtnl-from_file: truncated message");
    let mut bytes = Vec::new();
    let mut read = |len: usize, bytes: &mut Vec<u8>| {
        file.read(len, bytes).map_err(|error| Error::new(1, format!("rtnl-from_file: {}", errno::why(&error))))
    };
    match read(16, &mut bytes)? {
        0 => return Ok(None),
        16 => (),
        _ => return Err(broken()),
    }
    let len = netmite_netlink::attributes::array(&bytes).map_or(0, u32::from_ne_bytes) as usize;
    let rest = netmite_netlink::attributes::align(len).checked_sub(16).ok_or_else(broken)?;
    if read(rest, &mut bytes)? < len - 16 {
        return Err(broken());
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::{Reader, next};

    #[test]
    fn a_file_of_messages() {
        let mut file = Vec::new();
        for body in [&[1u8, 2, 3, 4][..], &[]] {
            file.extend(u32::try_from(16 + body.len()).unwrap().to_ne_bytes());
            file.extend([0; 12]);
            file.extend(body);
        }
        let mut reader = Reader::of_bytes(&file);
        assert_eq!(next(&mut reader).unwrap().map(|bytes| bytes.len()), Some(20));
        assert_eq!(next(&mut reader).unwrap().map(|bytes| bytes.len()), Some(16));
        assert_eq!(next(&mut reader), Ok(None));
        assert!(next(&mut Reader::of_bytes(&file[..19])).is_err());
        assert!(next(&mut Reader::of_bytes(&file[..5])).is_err());
        assert!(next(&mut Reader::of_bytes(&[3u8; 16])).is_err());
    }
}
