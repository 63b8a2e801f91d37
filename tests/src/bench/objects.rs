//! Objects by the hundred thousand, made by messages of our own, many in a send; the same messages are the floor of
//! batches.

use super::Result;
use netmite_netlink::header::{IfInfo, RouteHeader};
use netmite_netlink::message::{Message, MessageView};
use netmite_netlink::uapi::*;
use netmite_netlink::{Protocol, Socket};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The main table, as headers say it.
pub(super) const MAIN: u8 = 254;

/// Messages a send.
const TOGETHER: u32 = 1000;

/// A socket for rtnetlink.
pub(super) fn socket() -> Result<Socket> {
    Socket::open(Protocol::Route).map_err(|error| error.to_string())
}

/// The chunks that `make` fills with one message each for the numbers below `count`; the last of a chunk asks for an
/// acknowledgement.
pub(super) fn packed(count: u32, together: u32, make: impl Fn(u32) -> Message) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    for first in (0..count).step_by(together as usize) {
        let last = first.saturating_add(together).min(count) - 1;
        let mut chunk = Vec::new();
        for number in first..=last {
            let mut message = make(number);
            message.add_flags(NLM_F_REQUEST | if number == last { NLM_F_ACK } else { 0 });
            chunk.extend_from_slice(message.finish(number));
        }
        chunks.push(chunk);
    }
    chunks
}

/// The same, with as many in a send as are usual here.
pub(super) fn many(count: u32, make: impl Fn(u32) -> Message) -> Vec<Vec<u8>> {
    packed(count, TOGETHER, make)
}

/// Sends chunks and waits for the acknowledgement of each.
pub(super) fn send(socket: &mut Socket, chunks: &[Vec<u8>]) -> Result<()> {
    for chunk in chunks {
        socket.send(chunk).map_err(|error| error.to_string())?;
        let refused = |view: MessageView| view.kind == NLMSG_ERROR && view.body.first_chunk() != Some(&[0u8; 4]);
        let (mut replies, _) = socket.receive().map_err(|error| error.to_string())?;
        if replies.any(refused) {
            return Err("the kernel refused a message".to_owned());
        }
    }
    Ok(())
}

/// Reads a dump and does nothing with it; the result is a note.
pub(super) fn drain(kind: u16, header: &[u8], attributes: &[(u16, u32)]) -> Result<String> {
    let mut request = Message::new(kind, 0, header);
    attributes.iter().for_each(|(number, value)| {
        request.put(*number, *value);
    });
    let mut count = 0u64;
    let end = socket()?.dump(&mut request, |_| {
        count += 1;
        Ok(())
    });
    end.map(|_| format!("{count} objects")).map_err(|error| error.to_string())
}

/// The address of host `number` in 11.0.0.0/8.
pub(super) fn host(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x0b00_0000 + number)
}

/// A link-layer address of its own for each number.
pub(super) fn station(number: u32) -> [u8; 6] {
    let [a, b, c, d] = number.to_be_bytes();
    [2, 0, a, b, c, d]
}

/// Host route `number` over one of `links`. Plain ones all go over the router on the first link; mixed ones vary device,
/// router, protocol and metric.
pub(super) fn route4(kind: u16, number: u32, links: &[u32], mixed: bool) -> Message {
    let form = if mixed { number % 8 } else { 1 };
    let device = if mixed { form as usize % links.len().max(1) } else { 0 };
    let (deletes, router) = (kind == RTM_DELROUTE, form % 2 == 1);
    let header = RouteHeader {
        family: AF_INET,
        dst_len: 32,
        table: MAIN,
        protocol: if form & 4 != 0 { RTPROT_STATIC } else { RTPROT_BOOT },
        scope: match (deletes, router) {
            (true, _) => RT_SCOPE_NOWHERE,
            (_, true) => RT_SCOPE_UNIVERSE,
            _ => RT_SCOPE_LINK,
        },
        kind: if deletes { 0 } else { RTN_UNICAST },
        ..RouteHeader::default()
    };
    let mut message = Message::new(kind, if deletes { 0 } else { NLM_F_CREATE | NLM_F_EXCL }, &header.to_bytes());
    message.put(RTA_DST, host(number).octets());
    message.put(RTA_OIF, links.get(device).copied().unwrap_or(0));
    if router {
        message.put(RTA_GATEWAY, [10, device as u8, 0, 2]);
    }
    if mixed && form == 3 {
        message.put(RTA_PRIORITY, 100u32);
    }
    message
}

/// Route `number` of fd00::/16 over `link`.
pub(super) fn route6(number: u32, link: u32) -> Message {
    let header = RouteHeader {
        family: AF_INET6,
        dst_len: 64,
        table: MAIN,
        protocol: RTPROT_STATIC,
        kind: RTN_UNICAST,
        ..RouteHeader::default()
    };
    let [a, b, c, d] = number.to_be_bytes();
    let prefix = Ipv6Addr::new(0xfd00, 0, u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]), 0, 0, 0, 0);
    let mut message = Message::new(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &header.to_bytes());
    message.put(RTA_DST, prefix.octets()).put(RTA_OIF, link);
    message
}

/// `struct ndmsg`, linux/neighbour.h: family, index, `NUD_…`, `NTF_…`.
fn neighbour_header(family: u8, index: u32, state: u16, flags: u8) -> [u8; 12] {
    let ([a, b, c, d], [e, f]) = (index.to_ne_bytes(), state.to_ne_bytes());
    [family, 0, 0, 0, a, b, c, d, e, f, flags, 0]
}

/// Permanent neighbour `number` on `link`.
pub(super) fn neighbour(kind: u16, number: u32, link: u32) -> Message {
    let flags = if kind == RTM_NEWNEIGH { NLM_F_CREATE | NLM_F_EXCL } else { 0 };
    let mut message = Message::new(kind, flags, &neighbour_header(AF_INET, link, NUD_PERMANENT, 0));
    message.put(NDA_DST, host(number).octets()).put(NDA_LLADDR, station(number));
    message
}

/// Forwarding entry `number` of the bridge that has `port`, as `bridge fdb add … master static` makes it.
pub(super) fn forwarding(number: u32, port: u32) -> Message {
    let header = neighbour_header(AF_BRIDGE, port, NUD_NOARP, NTF_MASTER);
    let mut message = Message::new(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, &header);
    message.put(NDA_LLADDR, station(number));
    message
}

/// The header of a dump of neighbours of `family`.
pub(super) fn neighbours_of(family: u8) -> [u8; 12] {
    neighbour_header(family, 0, 0, 0)
}

/// `ip rule add from ADDRESS lookup main pref …` for rule `number`.
pub(super) fn rule(number: u32) -> Message {
    // struct fib_rule_hdr: family, lengths, tos, table, two reserved, action FR_ACT_TO_TBL, flags.
    let header = [AF_INET, 0, 32, 0, MAIN, 0, 0, 1, 0, 0, 0, 0];
    let mut message = Message::new(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &header);
    message.put(FRA_SRC, host(number).octets()).put(FRA_PRIORITY, 1000 + number);
    message
}

/// A new link of group 7.
pub(super) fn link(name: &str, kind: &str) -> Message {
    let mut message = Message::new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &IfInfo::default().to_bytes());
    message.put(IFLA_IFNAME, name).put(IFLA_GROUP, 7u32);
    message.nested(IFLA_LINKINFO, |info| {
        info.put(IFLA_INFO_KIND, kind.as_bytes());
    });
    message
}

/// Deletes the links of group 7.
pub(super) fn without_links() -> Message {
    let mut message = Message::new(RTM_DELLINK, 0, &IfInfo::default().to_bytes());
    message.put(IFLA_GROUP, 7u32);
    message
}
