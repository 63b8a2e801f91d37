//! `bridge monitor`: what happens to ports, forwarding databases and the rest, a line each; with `-j` an object a line.

use crate::{fdb, link, mdb, vlan, vni};
use netmite_grammar::monitor::{Notification, end, replay, watch};
use netmite_grammar::{Context, Error, Part, Result, Session, Words, matches};
use netmite_netlink::MessageView;
use netmite_netlink::header::{IfInfo, NeighbourHeader};
use netmite_netlink::sys::file;
use netmite_netlink::uapi::*;
use netmite_output::brief;

/// Events of a sort.
struct Group {
    /// The word for it, and how many of its letters suffice.
    word: &'static str,
    least: usize,
    /// The multicast group.
    group: u32,
    /// The messages of a new object and of one that is gone.
    kinds: [u16; 2],
    /// What stands in front of an event where all sorts are asked for.
    label: &'static str,
    /// Whether a message is one: neighbours of IPv4 come with the same group.
    is_ours: fn(&MessageView) -> bool,
    /// Prints one with the end of its line.
    print: fn(&MessageView, &mut Context),
}

/// The sorts, in the order in which abbreviations are looked up.
const GROUPS: &[Group] = &[
    Group {
        word: "link",
        least: 1,
        group: RTNLGRP_LINK,
        kinds: [RTM_NEWLINK, RTM_DELLINK],
        label: "LINK",
        is_ours: |view| IfInfo::of(view).is_some_and(|header| matches!(header.family, AF_UNSPEC | AF_BRIDGE)),
        print: |view, context| {
            if let Some(header) = IfInfo::of(view) {
                link::print::port(&header, &view.slots(IfInfo::LEN), context);
            }
        },
    },
    Group {
        word: "fdb",
        least: 2,
        group: RTNLGRP_NEIGH,
        kinds: [RTM_NEWNEIGH, RTM_DELNEIGH],
        label: "NEIGH",
        is_ours: |view| NeighbourHeader::of(view).is_some_and(|header| header.family == AF_BRIDGE),
        print: |view, context| {
            if let Some(header) = NeighbourHeader::of(view) {
                fdb::print::entry(&header, &view.slots(NeighbourHeader::LEN), true, context);
            }
        },
    },
    Group {
        word: "mdb",
        least: 1,
        group: RTNLGRP_MDB,
        kinds: [RTM_NEWMDB, RTM_DELMDB],
        label: "MDB",
        is_ours: |_| true,
        print: mdb::event,
    },
    Group {
        word: "vlan",
        least: 1,
        group: RTNLGRP_BRVLAN,
        kinds: [RTM_NEWVLAN, RTM_DELVLAN],
        label: "VLAN",
        is_ours: |_| true,
        print: vlan::event,
    },
    Group {
        word: "vni",
        least: 3,
        group: RTNLGRP_TUNNEL,
        kinds: [RTM_NEWTUNNEL, RTM_DELTUNNEL],
        label: "TUNNEL",
        is_ours: |_| true,
        print: vni::event,
    },
];

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::manual::{Object, choice};
    let mut object = Object::new::<()>("monitor", "what happens, as it happens", &[]);
    object.verbs = GROUPS.iter().map(|group| group.word).chain(["all", "help"]).collect();
    let verbs = object.verbs.clone();
    object.words(&verbs, vec![choice("file", netmite_grammar::Shape::Value("FILE"), "events that were written down")])
}

/// Runs `bridge monitor`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let (mut wanted, mut labelled, mut file) = (Vec::new(), false, None);
    while let Some(word) = words.take() {
        let known = GROUPS.iter().find(|group| word.len() >= group.least && matches(word, group.word));
        match known {
            _ if matches(word, "file") => file = Some(words.value()?),
            Some(group) => wanted.push(group.group),
            None if word == b"all" => (wanted, labelled) = (all(), true),
            None if matches(word, "help") => return Err(usage()),
            None => {
                let text = [b"Argument \"", word, b"\" is unknown, try \"bridge monitor help\"."].concat();
                return Err(Error::new(255, text));
            }
        }
    }
    if wanted.is_empty() {
        // As with the reference, VLANs and VNIs want to be asked for.
        wanted.extend([RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_MDB]);
    }
    let mut each = |notification: &Notification, context: &mut Context| show(notification, labelled, context);
    let Some(name) = file else { return watch(session, &wanted, false, &mut each) };
    let failed = |error| Error::caused(255, "Cannot fopen: %", error);
    let file = file::open(name).map_err(failed)?;
    replay(session, file, &mut each).map_err(|error| error.with_status(255))
}

fn all() -> Vec<u32> {
    GROUPS.iter().map(|group| group.group).collect()
}

fn usage() -> Error {
    let words: Vec<_> = GROUPS.iter().map(|group| group.word).collect();
    netmite_grammar::usage(
        brief!("Usage: bridge monitor [ file FILE | all | % ]..."),
        &[Part::Text(&words.join(" | "))],
    )
}

fn show(notification: &Notification, labelled: bool, context: &mut Context) {
    let view = notification.view;
    let Some(group) = GROUPS.iter().find(|group| group.kinds.contains(&view.kind) && (group.is_ours)(view)) else {
        return;
    };
    notification.begin(group.label, labelled, context);
    if view.kind == group.kinds[1] {
        context.out.json("deleted", true);
        context.out.text("Deleted ");
    }
    (group.print)(view, context);
    end(context);
}
