//! Dumps: the objects that a request selects, as the kernel filters them under strict checking.

use super::bytes::{Message, attribute, attribute_at, attributes, put, put_nest, put_text, u32_at};
use super::snapshot::family;
use super::{NLM_F_ACK_TLVS, NLM_F_DUMP_FILTERED, NLM_F_MULTI, NLMSG_DONE, Snapshot};
use super::{RTM_GETADDR, RTM_GETADDRLABEL, RTM_GETLINK, RTM_GETMDB, RTM_GETMULTICAST, RTM_GETNEIGH, RTM_GETROUTE};
use super::{RTM_GETSTATS, RTM_GETTUNNEL, RTM_GETVLAN, RTM_NEWLINK, bridge};

/// As much as the kernel puts in one datagram, about.
const DATAGRAM: usize = 16 * 1024;
const AF_UNSPEC: u8 = 0;
const AF_INET: u8 = 2;
const AF_BRIDGE: u8 = 7;
const AF_INET6: u8 = 10;
const IFLA_MASTER: u16 = 10;
const IFLA_EXT_MASK: u16 = 29;
const RTEXT_FILTER_SKIP_STATS: u32 = 8;
const RTM_F_CLONED: u32 = 0x200;
const ENOENT: i32 = -2;

/// The datagrams that answer a dump request.
pub(super) fn dump(snapshot: &Snapshot, tables: &[(u8, u32)], strict: bool, request: &Message) -> Vec<Vec<Message>> {
    let wanted = family(&request.body);
    let header = header_of(request.kind);
    let filter = request.body.get(header..).unwrap_or(&[]);
    let selects = |message: &Message| match request.kind {
        106 | 118 => next_hop_selected(snapshot, filter, message),
        _ => selects(snapshot, strict, request, filter, message),
    };
    // Multicast groups come in messages of the request's own type; those of VXLAN don't.
    let own = matches!(request.kind, RTM_GETMULTICAST | RTM_GETMDB);
    let of_kind = |kind: u16| kind == request.kind - 2 || (own && kind == request.kind);
    // Few lists have the links as IPv6 tells of them; the others make do with the common ones.
    let without_six = |message: &Message| message.kind != RTM_NEWLINK || family(&message.body) != AF_INET6;
    let wanted = if wanted == AF_INET6 && request.kind == RTM_GETLINK && snapshot.messages.iter().all(without_six) {
        AF_UNSPEC
    } else {
        wanted
    };
    let of_family =
        |message: &&Message| of_kind(message.kind) && family_matches(request.kind, wanted, family(&message.body));
    let found: Vec<&Message> = snapshot.messages.iter().filter(of_family).collect();
    let filtered = strict && is_filtered(request, filter);
    if let Some(missing) = missing_table(tables, strict, request, filter) {
        return vec![vec![done(request, ENOENT, Some(missing))]];
    }
    let flags = NLM_F_MULTI | if filtered { NLM_F_DUMP_FILTERED } else { 0 };
    let (mut datagrams, mut open, mut size) = (Vec::new(), Vec::new(), 0);
    for message in found.into_iter().filter(|message| selects(message)) {
        let body = match request.kind {
            RTM_GETLINK if wanted == AF_BRIDGE => bridge::link(&message.body, filter),
            RTM_GETLINK => without_unwanted(&message.body, filter),
            106 => without_statistics(&message.body, filter),
            _ => message.body.clone(),
        };
        size += body.len() + 16;
        if size > DATAGRAM && !open.is_empty() {
            datagrams.push(std::mem::take(&mut open));
            size = body.len() + 16;
        }
        open.push(Message { kind: message.kind, flags, sequence: request.sequence, body });
    }
    if !open.is_empty() {
        datagrams.push(open);
    }
    datagrams.push(vec![Message { flags, ..done(request, 0, None) }]);
    datagrams
}

/// The end of a dump, or its refusal.
fn done(request: &Message, errno: i32, said: Option<&str>) -> Message {
    let mut body = errno.to_ne_bytes().to_vec();
    let mut flags = NLM_F_MULTI;
    if let Some(said) = said {
        put_text(&mut body, 1, said);
        flags |= NLM_F_DUMP_FILTERED | NLM_F_ACK_TLVS;
    }
    Message { kind: NLMSG_DONE, flags, sequence: request.sequence, body }
}

/// The length of the fixed header of a request of this kind.
pub(super) fn header_of(kind: u16) -> usize {
    match kind {
        RTM_GETLINK => 16,
        RTM_GETROUTE | RTM_GETNEIGH | RTM_GETADDRLABEL | RTM_GETSTATS | 34 => 12,
        RTM_GETADDR | RTM_GETMULTICAST | RTM_GETMDB | RTM_GETVLAN | RTM_GETTUNNEL | 106 | 118 => 8,
        _ => 4,
    }
}

/// Addresses, routes and neighbours are dumped of all families for none; links of the bridge family are apart.
fn family_matches(kind: u16, wanted: u8, has: u8) -> bool {
    match kind {
        RTM_GETLINK => has == if matches!(wanted, 7 | 10) { wanted } else { 0 },
        RTM_GETMDB => true,
        _ => wanted == AF_UNSPEC || wanted == has,
    }
}

fn table_of(body: &[u8], attributes: &[u8]) -> u32 {
    attribute(attributes, 15).map_or_else(|| u32::from(body.get(4).copied().unwrap_or(0)), |table| u32_at(table, 0))
}

/// Whether the kernel says that it filtered.
fn is_filtered(request: &Message, filter: &[u8]) -> bool {
    let body = &request.body;
    match request.kind {
        RTM_GETLINK => attribute(filter, 10).is_some() || attribute(filter, 18).is_some(),
        RTM_GETADDR | RTM_GETMULTICAST => u32_at(body, 4) != 0,
        RTM_GETROUTE => body.get(4..8).is_some_and(|part| part.iter().any(|byte| *byte != 0)) || !filter.is_empty(),
        RTM_GETNEIGH => !filter.is_empty(),
        _ => false,
    }
}

fn selects(snapshot: &Snapshot, strict: bool, request: &Message, filter: &[u8], message: &Message) -> bool {
    let (asked, has) = (&request.body, &message.body);
    let within = has.get(header_of(request.kind)..).unwrap_or(&[]);
    let same = |number: u16| attribute(filter, number).is_none_or(|value| attribute(within, number) == Some(value));
    let byte = |at: usize| asked.get(at).is_none_or(|value| *value == 0 || has.get(at) == Some(value));
    match request.kind {
        RTM_GETLINK if asked.first() == Some(&AF_BRIDGE) => bridge::selects_link(filter, within),
        RTM_GETNEIGH if asked.first() == Some(&AF_BRIDGE) => {
            bridge::selects_address(snapshot, request, filter, message)
        }
        RTM_GETVLAN | RTM_GETTUNNEL | RTM_GETSTATS => bridge::selects(request, message),
        // A link's kind and master have been filtered for without strict checking too.
        RTM_GETLINK => {
            let kind = attribute_at(filter, &[18, 1]).map(super::until_nul);
            let master = match attribute(filter, IFLA_MASTER).map(|master| u32_at(master, 0)) {
                None | Some(0) => true,
                Some(u32::MAX) => attribute(within, IFLA_MASTER).is_none(),
                Some(_) => same(IFLA_MASTER),
            };
            master && kind.is_none_or(|kind| attribute_at(within, &[18, 1]).map(super::until_nul) == Some(kind))
        }
        RTM_GETROUTE if asked.get(8..12).is_some_and(|flags| u32_at(flags, 0) & RTM_F_CLONED != 0) => {
            u32_at(has, 8) & RTM_F_CLONED != 0
        }
        RTM_GETNEIGH => {
            let link = |index: u32| snapshot.link(index).and_then(|body| body.get(16..));
            let own = link(u32_at(has, 4)).and_then(|link| attribute(link, IFLA_MASTER)).map(|own| u32_at(own, 0));
            let master = match attribute(filter, 9).map(|master| u32_at(master, 0)) {
                None | Some(0) => true,
                Some(u32::MAX) => own.is_none(),
                wanted => own == wanted,
            };
            let on = attribute(filter, 8).is_none_or(|index| u32_at(index, 0) == u32_at(has, 4));
            // Only a request for proxies alone is one for proxies.
            let proxies = asked.get(10) == Some(&8);
            master && on && proxies == (has.get(10).is_some_and(|flags| flags & 8 != 0))
        }
        _ if !strict => true,
        RTM_GETADDR | RTM_GETMULTICAST => matches!(u32_at(asked, 4), 0) || u32_at(asked, 4) == u32_at(has, 4),
        RTM_GETROUTE => {
            let table = table_of(asked, filter);
            byte(5) && byte(7) && same(4) && (table == 0 || table == table_of(has, within))
        }
        _ => true,
    }
}

/// Whether a next hop object or bucket is in a dump.
fn next_hop_selected(snapshot: &Snapshot, filter: &[u8], message: &Message) -> bool {
    let own = message.body.get(8..).unwrap_or(&[]);
    let object = |id: &[u8]| {
        let mut all = snapshot.messages.iter().filter(|message| message.kind == 104);
        all.find_map(|message| message.body.get(8..).filter(|own| attribute(own, 1) == Some(id)))
    };
    // A bucket is where the object is that it leads to.
    let hop = attribute_at(own, &[13, 3]);
    let target = hop.and_then(object).unwrap_or(own);
    // What leads nowhere does so by the loopback interface.
    let lo = attribute(target, 4).map(|_| &[1u8, 0, 0, 0][..]);
    let device = attribute(target, 5).or(lo);
    let master = device.and_then(|device| snapshot.link(u32_at(device, 0))).and_then(|link| attribute(&link[16..], 10));
    let is = |wanted: Option<&[u8]>, has: Option<&[u8]>| wanted.is_none() || wanted == has;
    let groups = attribute(filter, 9).is_none() || attribute(own, 2).is_some();
    let group = message.kind == 104 || is(attribute(filter, 1), attribute(own, 1));
    groups
        && group
        && is(attribute(filter, 5), device)
        && is(attribute(filter, 10), master)
        && is(attribute_at(filter, &[13, 3]), hop)
}

/// The routing tables of a snapshot: those that hold a route.
pub(super) fn tables(snapshot: &Snapshot) -> Vec<(u8, u32)> {
    let routes = snapshot.messages.iter().filter(|message| message.kind == RTM_GETROUTE - 2);
    routes
        .map(|message| (family(&message.body), table_of(&message.body, message.body.get(12..).unwrap_or(&[]))))
        .collect()
}

/// What the kernel says of a routing table that it does not have.
fn missing_table(tables: &[(u8, u32)], strict: bool, request: &Message, filter: &[u8]) -> Option<&'static str> {
    let table = table_of(&request.body, filter);
    if request.kind != RTM_GETROUTE || !strict || table == 0 {
        return None;
    }
    let wanted = family(&request.body);
    let there = tables.contains(&(wanted, table));
    match wanted {
        AF_INET if !there => Some("ipv4: FIB table does not exist"),
        // The default table of multicast routes is there from the start.
        128 if table != 253 && !there => Some("ipv4: MR table does not exist"),
        129 if table != 253 && !there => Some("ipv6: MR table does not exist"),
        AF_INET6 if table != 254 && table != 255 && !there => Some("ipv6: FIB table does not exist"),
        _ => None,
    }
}

/// A reply to a request for one object, without what that does not ask for.
pub(super) fn asked_for(request: &Message, reply: Message) -> Message {
    match request.kind {
        106 => Message { body: without_statistics(&reply.body, request.body.get(8..).unwrap_or(&[])), ..reply },
        _ => reply,
    }
}

/// A next hop's message without the statistics that the request does not ask for.
fn without_statistics(body: &[u8], filter: &[u8]) -> Vec<u8> {
    let asked = attribute(filter, 14).map_or(0, |flags| u32_at(flags, 0));
    let mut left = body.get(..8).unwrap_or(body).to_vec();
    for (number, payload) in attributes(body.get(8..).unwrap_or(&[])).0 {
        match number & 0x3fff {
            15..=17 if asked & 1 == 0 => (),
            15 if asked & 2 == 0 => put_nest(&mut left, number, |list| {
                for (number, entry) in attributes(payload).0 {
                    put_nest(list, number, |kept| {
                        let parts = attributes(entry).0;
                        parts
                            .iter()
                            .filter(|(number, _)| *number != 3)
                            .for_each(|(number, part)| put(kept, *number, part));
                    });
                }
            }),
            _ => put(&mut left, number, payload),
        }
    }
    left
}

/// A link's message without what the request's filter mask leaves out.
pub(super) fn without_unwanted(body: &[u8], filter: &[u8]) -> Vec<u8> {
    let mask = attribute(filter, IFLA_EXT_MASK).map_or(0, |mask| u32_at(mask, 0));
    if mask & RTEXT_FILTER_SKIP_STATS == 0 {
        return body.to_vec();
    }
    let mut left = body.get(..16).unwrap_or(body).to_vec();
    for (number, payload) in attributes(body.get(16..).unwrap_or(&[])).0 {
        if !matches!(number & 0x3fff, 7 | 23) {
            put(&mut left, number, payload);
        }
    }
    left
}
