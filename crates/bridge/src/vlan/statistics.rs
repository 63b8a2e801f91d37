//! `bridge -statistics vlan show`: what went through each VLAN, of bridges and then of ports.

use super::print::{Port, counters, flags, includes};
use super::show::Filter;
use netmite_grammar::{Context, Result, Session};
use netmite_netlink::attributes::array;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};

/// The length of `struct if_stats_msg` in bytes: family, padding, index, mask of what is asked for.
const HEADER_LEN: usize = 12;

pub(super) fn show(filter: Filter, session: &mut Session) -> Result<()> {
    of(IFLA_STATS_LINK_XSTATS, filter, session)?;
    of(IFLA_STATS_LINK_XSTATS_SLAVE, filter, session)
}

/// One dump: attribute `kind` of each link.
fn of(kind: u16, filter: Filter, session: &mut Session) -> Result<()> {
    let mask = 1u32 << kind.saturating_sub(1);
    let header = [&[0; 8][..], &mask.to_ne_bytes()].concat();
    session.dump(&mut Message::new(RTM_GETSTATS, 0, &header), |view, context| {
        let index = view.body.get(4..).and_then(array).map(u32::from_ne_bytes);
        if let Some(index) = index.filter(|index| view.kind == RTM_NEWSTATS && filter.wants(*index)) {
            link(view, kind, index, filter.vid, context);
        }
    })
}

fn link(view: &MessageView, kind: u16, index: u32, vid: u32, context: &mut Context) {
    let Some(bridge) = view.slots(HEADER_LEN).nested_slots(kind) else { return };
    let mut port = Port::new("vlans");
    let all = bridge.nested(LINK_XSTATS_TYPE_BRIDGE).filter(|one| one.kind == BRIDGE_XSTATS_VLAN);
    for vlan in all.filter_map(|one| Vlan::read(one.payload)).filter(|vlan| includes((vlan.vid, vlan.vid), vid)) {
        port.line(&|context| context.name_of(index), context);
        context.out.put("vid", "", vlan.vid, "");
        flags(vlan.flags, context);
        context.out.newline();
        counters(vlan.counters, context);
        context.out.close_object();
    }
    port.end(context);
}

/// `struct bridge_vlan_xstats`.
struct Vlan {
    counters: [u64; 4],
    vid: u16,
    flags: u16,
}

impl Vlan {
    /// `None` also for what is no VLAN of this link's own.
    fn read(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at * 8..).and_then(array).map(u64::from_ne_bytes);
        let short = |at: usize| bytes.get(at..).and_then(array).map(u16::from_ne_bytes);
        // A bridge keeps an entry for each VLAN that its ports have, which need not be its own.
        if short(34)? & (BRIDGE_VLAN_INFO_MASTER | BRIDGE_VLAN_INFO_BRENTRY) == BRIDGE_VLAN_INFO_MASTER {
            return None;
        }
        Some(Vlan { counters: [number(0)?, number(1)?, number(2)?, number(3)?], vid: short(32)?, flags: short(34)? })
    }
}
