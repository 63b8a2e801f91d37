//! `bridge fdb show` and `get`.

use super::options::{VLAN, address};
use super::print::entry;
use crate::{changed_device, device};
use netmite_grammar::{Context, Error, Lines, Result, Session, Words, matches, plain};
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};
use netmite_output::{Form, Names, brief, names};

/// What is shown; the kernel filters by device and bridge.
#[derive(Default)]
struct Filter<'w> {
    bridge: Option<&'w [u8]>,
    port: Option<&'w [u8]>,
    vlan: Option<u16>,
    /// Bits of the states asked for; 0 for all.
    states: u16,
    dynamic: bool,
}

impl<'w> Filter<'w> {
    fn parse(words: &mut Words<'w>) -> Result<Self> {
        let mut filter = Filter::default();
        while let Some(word) = words.take() {
            match plain(word) {
                "brport" | "dev" => filter.port = Some(words.value()?),
                "br" => filter.bridge = Some(words.value()?),
                "vlan" => {
                    let word = words.value()?;
                    if filter.vlan.is_some() {
                        return Err(Error::duplicate("vlan", word));
                    }
                    filter.vlan = Some(VLAN.read(word)?);
                }
                "state" => filter.states |= states(words.value()?)?,
                "dynamic" => filter.dynamic = true,
                _ if matches(word, "help") => return Err(super::usage()),
                // As with the reference, any other word is passed over.
                _ => (),
            }
        }
        Ok(filter)
    }

    fn passes(&self, header: &NeighbourHeader, slots: &Slots) -> bool {
        (self.states == 0 || header.state & self.states != 0)
            && !(self.dynamic && header.state & NUD_PERMANENT != 0)
            && self.vlan.is_none_or(|vlan| vlan == 0 || slots.u16(NDA_VLAN).unwrap_or(0) == vlan)
    }
}

/// The states that a word stands for.
fn states(word: &[u8]) -> Result<u16> {
    let known = STATES.iter().find(|(_, name)| matches(word, name));
    match known {
        Some((states, _)) => Ok(states as u16),
        None if word == b"all" => Ok(!0),
        None => Err(Error::wrong(word, "invalid state")),
    }
}

/// The words for states, in the order in which abbreviations are looked up.
const STATES: Names = names![
    ("permanent", NUD_PERMANENT),
    ("static", NUD_NOARP),
    ("temp", NUD_NOARP),
    ("stale", NUD_STALE),
    ("reachable", NUD_REACHABLE),
    ("dynamic", NUD_REACHABLE),
];

/// What entries' lines differ in, and behind the second what only `-s` shows.
const VALUES: &[(u16, Form)] = &[(NDA_LLADDR, Form::Link), (NDA_DST, Form::Ip), (NDA_CACHEINFO, Form::Unseen)];

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::parse(words)?;
    let context = &mut session.context;
    let bridge = filter.bridge.map(|name| changed_device(context, name)).transpose()?;
    let port = filter.port.map(|name| device(context, name)).transpose()?;
    let header = NeighbourHeader { family: AF_BRIDGE, index: port.unwrap_or(0), ..NeighbourHeader::default() };
    let mut request = Message::new(RTM_GETNEIGH, 0, &header.to_bytes());
    if let Some(bridge) = bridge {
        request.put(NDA_MASTER, bridge);
    }
    context.out.open_array("");
    let values = if context.options.statistics > 0 { &VALUES[..2] } else { VALUES };
    let mut lines = Lines::new(RTM_NEWNEIGH, NeighbourHeader::LEN, values, true);
    let outcome = session.dump(&mut request, |view, context| {
        lines.print(view, context, &mut |context| {
            let Some(header) = NeighbourHeader::of(view) else { return };
            // A kernel that does not filter is helped out.
            if header.family != AF_BRIDGE || port.is_some_and(|port| port != header.index) {
                return;
            }
            let slots = view.slots(NeighbourHeader::LEN);
            if filter.passes(&header, &slots) {
                print(&header, &slots, port.is_none(), context);
            }
        });
    });
    session.context.out.close_array();
    session.context.out.end_json();
    outcome
}

fn print(header: &NeighbourHeader, slots: &Slots, with_device: bool, context: &mut Context) {
    context.out.open_object("");
    entry(header, slots, with_device, context);
    context.out.close_object();
}

pub(super) fn get(words: &mut Words, session: &mut Session) -> Result<()> {
    let (mut port, mut bridge, mut written, mut vlan) = (None, None, None, None);
    let (mut flags, mut vni, mut dynamic) = (0, None, false);
    while let Some(word) = words.take() {
        match plain(word) {
            "brport" | "dev" => port = Some(words.value()?),
            "br" => bridge = Some(words.value()?),
            "self" => flags |= NTF_SELF,
            "vni" => vni = Some(super::options::vni(words.value()?)?),
            _ if matches(word, "dynamic") => dynamic = true,
            _ if matches(word, "master") => flags |= NTF_MASTER,
            _ if matches(word, "vlan") => {
                if vlan.is_some() {
                    return Err(Error::garbage("vlan", word));
                }
                vlan = Some(VLAN.read(words.value()?)?);
            }
            _ => {
                let word = if word == b"to" { words.value()? } else { word };
                if matches(word, "help") {
                    return Err(super::usage());
                }
                if written.replace(word).is_some() {
                    return Err(Error::garbage("to", word));
                }
            }
        }
    }
    let required = || Error::new(255, brief!("Device or master and address are required arguments."));
    let written = written.filter(|_| port.is_some() || bridge.is_some()).ok_or_else(required)?;
    let address = address(written)?;
    let context = &mut session.context;
    let index = port.map_or(Ok(0), |name| device(context, name))?;
    let header = NeighbourHeader { family: AF_BRIDGE, index, flags, ..NeighbourHeader::default() };
    let mut request = Message::new(RTM_GETNEIGH, 0, &header.to_bytes());
    request.put(NDA_LLADDR, address);
    if let Some(vlan) = vlan {
        request.put(NDA_VLAN, vlan);
    }
    if let Some(vni) = vni {
        request.put(NDA_VNI, vni);
    }
    if let Some(bridge) = bridge {
        request.put(NDA_MASTER, changed_device(context, bridge)?);
    }
    let filter = Filter { dynamic, ..Filter::default() };
    let shown = session.get(&mut request, |view: &MessageView, context| {
        context.out.open_array("");
        let slots = view.slots(NeighbourHeader::LEN);
        if let Some(header) = NeighbourHeader::of(view).filter(|header| filter.passes(header, &slots)) {
            print(&header, &slots, true, context);
        }
        context.out.close_array();
        context.out.end_json();
    });
    shown.map_err(|failure| {
        netmite_grammar::refused(&failure, &netmite_netlink::tree::Origins::default(), words).with_status(254)
    })
}
