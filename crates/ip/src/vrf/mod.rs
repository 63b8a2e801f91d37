//! `ip vrf`: the VRFs there are, commands whose sockets are bound to one, and which processes run so.
//!
//! A process belongs to a VRF by its control group, the folder `vrf/NAME` below the one it was in: [`group`] finds, makes and
//! reads these.

mod exec;
mod group;

use netmite_grammar::{Command, Error, Key, Result, Session, Words, key, number, run_verb};
use netmite_links::select::{table_in, vrf_table};
use netmite_netlink::Message;
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_output::{Colour, brief};

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("identify", 1), identify),
    (key("pids", 1), pids),
    (key("exec", 1), exec::run),
    (key("show", 1), show),
    (key("list", 1), show),
    (key("lst", 2), show),
    (key("help", 1), |_, _| Err(usage())),
];

/// The name that stands for no VRF.
const NONE: &[u8] = b"default";

/// Runs `ip vrf`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip vrf", VERBS, show, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::manual::{Object, position};
    Object::new("vrf", "virtual routing and forwarding, and programs in it", VERBS)
        .words(&["exec", "pids", "show", "list", "lst"], vec![position(netmite_grammar::Shape::Device, "the VRF")])
}

fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: ip vrf [ show [ NAME ] ]\n       ip vrf exec NAME COMMAND …\n       ip vrf identify [ PID ]\n       ip vrf pids NAME"
        ),
        &[],
    )
}

/// `RT_TABLE_MAIN`: the table of what is in no VRF.
const MAIN_TABLE: u32 = 254;

/// Index and table of the VRF called `name`: a link's own name counts, and no other.
fn find(name: &[u8], session: &mut Session) -> Option<(u32, u32)> {
    if name == NONE {
        return Some((0, MAIN_TABLE));
    }
    let index = session.context.names.index_of(name).ok()?.get();
    vrf_table(index).map(|table| (index, table))
}

fn show(words: &mut Words, session: &mut Session) -> Result<()> {
    match (words.take(), words.is_empty()) {
        (None, _) => all(session),
        (Some(name), true) => {
            let (_, table) = find(name, session).ok_or_else(|| Error::new(255, "Invalid VRF"))?;
            let io = session.context.out.io();
            io.write(&[name, format!(" {table}\n").as_bytes()].concat());
            Ok(())
        }
        _ => Err(usage()),
    }
}

fn all(session: &mut Session) -> Result<()> {
    let mut request = Message::new(RTM_GETLINK, 0, &IfInfo::default().to_bytes());
    request.put(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    request.nested(IFLA_LINKINFO, |info| {
        info.put(IFLA_INFO_KIND, "vrf");
    });
    session.context.out.open_array("");
    session.context.out.text("Name              Table\n-----------------------\n");
    let mut count = 0u64;
    let outcome = session.dump(&mut request, |view, context| {
        let slots: Slots = view.slots(IfInfo::LEN);
        // Kernels without strict checking send all links.
        let (Some(name), Some(table)) = (slots.bytes(IFLA_IFNAME), table_in(&slots)) else { return };
        count += 1;
        context.out.open_object("");
        context.out.json("name", name);
        context.out.json("table", table);
        context.out.begin_colour(Colour::None);
        context.out.text_padded(name, 16, false);
        context.out.end_colour(Colour::None);
        context.out.text(" ");
        context.out.text_padded(table, 5, true);
        context.out.end_line();
        context.out.close_object();
    });
    if count == 0 {
        session.context.out.text("No VRF has been configured\n");
    }
    session.context.out.close_array();
    session.context.out.end_json();
    outcome
}

/// Tells the VRF that a process runs in; nothing if in none.
fn identify(words: &mut Words, session: &mut Session) -> Result<()> {
    let word = words.take();
    if let Some(word) = words.take() {
        return Err(Error::wrong(word, "Extra arguments specified\n"));
    }
    let pid = match word {
        None => std::process::id(),
        Some(word) => number::u32(word).ok_or_else(|| Error::wrong(word, "Invalid pid\n"))?,
    };
    let unknown = |error| Error::caused(1, "Failed to lookup vrf association: %", error);
    let path = group::of_process(pid).map_err(unknown)?;
    if let Some(name) = group::vrf_in(&path) {
        session.context.out.io().write(&[name, b"\n"].concat());
    }
    Ok(())
}

/// Lists the processes that run in a VRF.
fn pids(words: &mut Words, session: &mut Session) -> Result<()> {
    let name = words.take().filter(|_| words.is_empty()).ok_or_else(|| Error::new(1, "Invalid arguments"))?;
    if name == NONE || find(name, session).is_none() {
        return Err(Error::new(1, "Invalid VRF name"));
    }
    let root = group::mounted().map_err(|error| error.with_status(1))?;
    let ending = group::ending(name)?;
    let io = session.context.out.io();
    if group::each_process(&root, &ending, &mut |pid, command| {
        io.write(format!("{pid:5}  ").as_bytes());
        io.write(&[command, b"\n"].concat());
    }) {
        Ok(())
    } else {
        // The reference says nothing.
        Err(Error::new(1, ""))
    }
}
