//! What bridges and tunnels tell in dumps: of all that was captured what a request asks for.

use super::bytes::{Message, attribute, attribute_at, attributes, put, put_nest, u16_at, u32_at};
use super::{RTM_GETSTATS, RTM_GETVLAN, Snapshot};

const NDA_MASTER: u16 = 9;
const IFLA_MASTER: u16 = 10;
const IFLA_PROTINFO: u16 = 12;
const IFLA_AF_SPEC: u16 = 26;
const IFLA_EXT_MASK: u16 = 29;
const IFLA_BRIDGE_VLAN_INFO: u16 = 2;
const IFLA_BRIDGE_MST: u16 = 6;
const RTEXT_FILTER_BRVLAN: u32 = 2;
const RTEXT_FILTER_BRVLAN_COMPRESSED: u32 = 4;
const RTEXT_FILTER_MST: u32 = 0x80;
/// VLANs, whole or in ranges, MRP, CFM, MST: what a bridge itself is only told with, and ports are only told more of with.
const RTEXT_FILTER_BRIDGE: u32 = 2 | 4 | 16 | 32 | 64 | 128;
const RANGE_BEGIN: u16 = 8;
const RANGE_END: u16 = 16;

fn mask(filter: &[u8]) -> u32 {
    attribute(filter, IFLA_EXT_MASK).map_or(0, |mask| u32_at(mask, 0))
}

/// Whether a link of the bridge family is told: a port always, a bridge itself where the request asks for more; and what
/// was captured with spanning tree instances where it wants these.
pub(super) fn selects_link(filter: &[u8], link: &[u8]) -> bool {
    let (mask, is_port) = (mask(filter), attribute(link, IFLA_PROTINFO).is_some());
    let with_instances = attribute_at(link, &[IFLA_AF_SPEC, IFLA_BRIDGE_MST]).is_some();
    (is_port || mask & RTEXT_FILTER_BRIDGE != 0) && with_instances == (mask & RTEXT_FILTER_MST != 0)
}

/// A link of the bridge family with as much of its VLANs as the request's filter mask asks for.
pub(super) fn link(body: &[u8], filter: &[u8]) -> Vec<u8> {
    let (head, rest) = body.split_at(body.len().min(16));
    let mask = mask(filter);
    let mut link = head.to_vec();
    for (number, payload) in attributes(rest).0 {
        match number & 0x3fff {
            IFLA_AF_SPEC if mask & (RTEXT_FILTER_BRVLAN | RTEXT_FILTER_MST) != 0 => put(&mut link, number, payload),
            IFLA_AF_SPEC if mask & RTEXT_FILTER_BRVLAN_COMPRESSED != 0 => {
                put_nest(&mut link, number, |nest| compress(nest, payload));
            }
            IFLA_AF_SPEC => (),
            _ => put(&mut link, number, payload),
        }
    }
    link
}

/// Writes the members of IFLA_AF_SPEC with neighbouring VLANs that have the same flags as a range.
fn compress(to: &mut Vec<u8>, af_spec: &[u8]) {
    let (vlans, others): (Vec<_>, Vec<_>) =
        attributes(af_spec).0.into_iter().partition(|(number, _)| number & 0x3fff == IFLA_BRIDGE_VLAN_INFO);
    let mut ranges: Vec<(u16, u16, u16)> = Vec::new();
    for (flags, vid) in vlans.iter().map(|(_, info)| (u16_at(info, 0), u16_at(info, 2))) {
        match ranges.last_mut().filter(|range| range.0 == flags && range.2 + 1 == vid) {
            Some(range) => range.2 = vid,
            None => ranges.push((flags, vid, vid)),
        }
    }
    let mut vlan = |flags: u16, vid: u16| {
        put(to, IFLA_BRIDGE_VLAN_INFO, &[flags.to_ne_bytes(), vid.to_ne_bytes()].concat());
    };
    for (flags, first, last) in ranges {
        if first == last {
            vlan(flags, first);
        } else {
            vlan(flags | RANGE_BEGIN, first);
            vlan(flags | RANGE_END, last);
        }
    }
    others.into_iter().for_each(|(number, payload)| put(to, number, payload));
}

/// Whether a message about VLANs, VNIs or statistics is of the interface and of the sort that a request asks for.
pub(super) fn selects(request: &Message, message: &Message) -> bool {
    let (asked, has) = (&request.body, &message.body);
    if u32_at(asked, 4) != 0 && u32_at(asked, 4) != u32_at(has, 4) {
        return false;
    }
    if request.kind == RTM_GETSTATS {
        return u32_at(asked, 8) == u32_at(has, 8);
    }
    let entries = attributes(has.get(8..).unwrap_or(&[])).0;
    let flags = match request.kind {
        RTM_GETVLAN => attribute(asked.get(8..).unwrap_or(&[]), 1).map_or(0, |flags| u32_at(flags, 0)),
        _ => asked.get(1).map_or(0, |flags| u32::from(*flags)),
    };
    // Bit 0 asks for statistics, which are attribute 5 of each entry; bit 1 for options, in entries of type 2.
    let statistics = entries.iter().any(|(_, entry)| attribute(entry, 5).is_some());
    let options = entries.iter().any(|(number, _)| number & 0x3fff == 2);
    if flags & 2 != 0 { options } else { !options && statistics == (flags & 1 != 0) }
}

/// Whether an entry of a forwarding database is of the device that a request names, and of its bridge or that bridge's ports.
pub(super) fn selects_address(snapshot: &Snapshot, request: &Message, filter: &[u8], message: &Message) -> bool {
    let (asked, index) = (u32_at(&request.body, 4), u32_at(&message.body, 4));
    let bridge = attribute(filter, NDA_MASTER).map_or(0, |master| u32_at(master, 0));
    let master =
        || snapshot.link(index).and_then(|link| attribute(link.get(16..)?, IFLA_MASTER)).map(|of| u32_at(of, 0));
    (asked == 0 || asked == index) && (bridge == 0 || bridge == index || master() == Some(bridge))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_the_same_flags_are_a_range() {
        let mut vlans = Vec::new();
        let put_all = |to: &mut Vec<u8>, all: &[(u16, u16)]| {
            all.iter().for_each(|(flags, vid)| put(to, 2, &[flags.to_ne_bytes(), vid.to_ne_bytes()].concat()));
        };
        put_all(&mut vlans, &[(6, 1), (0, 2), (0, 3), (0, 4), (0, 6)]);
        let (mut got, mut wanted) = (Vec::new(), Vec::new());
        compress(&mut got, &vlans);
        put_all(&mut wanted, &[(6, 1), (8, 2), (16, 4), (0, 6)]);
        assert_eq!(got, wanted);
    }
}
