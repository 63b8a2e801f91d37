//! Everything that the kernel says of a network namespace, as a [`Snapshot`].

use crate::kernel::Snapshot;
use crate::kernel::bytes::{Message, attribute, attributes, messages, put, put_u32};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};
use std::io::{Error, Result};
use std::net::IpAddr;
use std::os::fd::{AsRawFd, OwnedFd};

const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP: u16 = 0x300;
const RTM_F_LOOKUP_TABLE: u32 = 0x1000;

/// A dump: message type, the header, which begins with the family, and one attribute of four bytes.
type Dump = (u16, &'static [u8], Option<(u16, u32)>);

/// What is dumped.
const DUMPS: &[Dump] = &[
    (18, &header::<16>(0), Some((29, 1))),
    (18, &header::<16>(7), Some((29, 2))),
    (22, &header::<8>(0), None),
    (26, &header::<12>(2), None),
    (26, &header::<12>(10), None),
    (34, &header::<12>(2), None),
    (34, &header::<12>(10), None),
    (34, &header::<12>(128), None),
    (34, &header::<12>(129), None),
    (90, &header::<4>(0), None),
];

/// What a case list may ask for besides (`dump NAME…`): message type, body of the request.
const MORE: &[(&str, u16, &[&[u8]])] = &[
    ("neighbours", 30, &[&[0; 12], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0]]),
    ("fdb", 30, &[&[7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
    ("tables", 66, &[&[0; 4]]),
    ("labels", 74, &[&[10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
    ("configuration", 82, &[&[0; 4]]),
    ("groups", 58, &[&[2, 0, 0, 0, 0, 0, 0, 0], &[10, 0, 0, 0, 0, 0, 0, 0]]),
    ("tokens", 18, &[&[10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
    ("multicast", 26, &[&[128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[129, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
];

/// What bridges and tunnels tell (`dump bridge`), as far as the kernel knows it: spanning tree instances of ports; multicast
/// groups; VLANs, these with statistics, options of VLANs; statistics of bridges, of ports; VNIs, these with statistics.
const BRIDGES: &[Dump] = &[
    (18, &header::<16>(7), Some((29, 0x80))),
    (86, &header::<8>(7), None),
    (114, &header::<8>(7), Some((1, 0))),
    (114, &header::<8>(7), Some((1, 1))),
    (114, &header::<8>(7), Some((1, 2))),
    (94, &[0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0], None),
    (94, &[0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0], None),
    (122, &header::<8>(7), None),
    (122, &[7, 1, 0, 0, 0, 0, 0, 0], None),
];

/// A fixed header with a family and nothing else.
const fn header<const N: usize>(family: u8) -> [u8; N] {
    let mut header = [0; N];
    header[0] = family;
    header
}

/// Whether a case list may ask for objects of this name.
pub fn is_object(name: &str) -> bool {
    name == "bridge" || MORE.iter().any(|more| more.0 == name)
}

/// Captures the namespace that the calling process is in, with the routes to `destinations` and the objects called so.
///
/// # Errors
/// Those of the socket.
pub fn capture(destinations: &[IpAddr], objects: &[String]) -> Result<Snapshot> {
    let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
    let mut snapshot = Snapshot::default();
    for (kind, header, value) in DUMPS {
        match ask(&socket, &dump(*kind, header, *value)) {
            // Rules for multicast routes are not in every kernel.
            Err(_) if header[0] >= 128 => (),
            replies => snapshot.messages.extend(replies?),
        }
    }
    let bridges = if objects.iter().any(|name| name == "bridge") { BRIDGES } else { &[] };
    for (kind, header, value) in bridges {
        let replies = ask(&socket, &dump(*kind, header, *value)).unwrap_or_default();
        // Those that tell nothing but that they are there are left out.
        snapshot.messages.extend(replies.into_iter().filter(|reply| reply.body.len() > header.len() + 4));
    }
    let groups: Vec<Message> = snapshot.messages.iter().filter(|message| message.kind & !3 == 84).cloned().collect();
    for request in groups.iter().flat_map(group_requests) {
        let entry = attribute(&request.body[8..], 1).unwrap_or(&[]).to_vec();
        snapshot.lookups.extend(ask(&socket, &request)?.into_iter().map(|reply| (1, entry.clone(), reply)));
    }
    for (_, kind, bodies) in MORE.iter().filter(|more| objects.iter().any(|name| name == more.0)) {
        for body in *bodies {
            let request = Message { kind: *kind, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: 1, body: body.to_vec() };
            snapshot.messages.extend(ask(&socket, &request)?);
        }
    }
    // Statistics of next hop groups are told to those who ask for them.
    let mut body = vec![0; 8];
    put_u32(&mut body, 14, 3);
    for kind in [106, 118] {
        let body = if kind == 106 { body.clone() } else { vec![0; 8] };
        let request = Message { kind, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: 1, body };
        snapshot.messages.extend(ask(&socket, &request)?);
    }
    for destination in destinations {
        let (family, bytes) = match destination {
            IpAddr::V4(four) => (2, four.octets().to_vec()),
            IpAddr::V6(six) => (10, six.octets().to_vec()),
        };
        let mut body = vec![family, bytes.len() as u8 * 8, 0, 0, 0, 0, 0, 0];
        body.extend(RTM_F_LOOKUP_TABLE.to_ne_bytes());
        put(&mut body, 1, &bytes);
        let request = Message { kind: 26, flags: NLM_F_REQUEST, sequence: 1, body };
        snapshot.lookups.extend(ask(&socket, &request)?.into_iter().map(|reply| (1, bytes.clone(), reply)));
    }
    Ok(snapshot)
}

fn dump(kind: u16, header: &[u8], value: Option<(u16, u32)>) -> Message {
    let mut body = header.to_vec();
    if let Some((number, value)) = value {
        put_u32(&mut body, number, value);
    }
    Message { kind, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: 1, body }
}

/// Requests for each of the multicast groups of a dumped message, as `bridge mdb get` asks for them: by VLAN and address.
fn group_requests(dumped: &Message) -> Vec<Message> {
    let groups = attribute(dumped.body.get(8..).unwrap_or(&[]), 1).unwrap_or(&[]);
    let infos = attributes(groups).0.into_iter().filter_map(|(_, group)| attribute(group, 1)?.get(..28));
    let requests = infos.map(|info| {
        let mut body = vec![7, 0, 0, 0];
        body.extend(&dumped.body[4..8]);
        put(&mut body, 1, &[&[0; 6], &info[6..26], &[0; 2]].concat());
        Message { kind: 86, flags: NLM_F_REQUEST, sequence: 1, body }
    });
    requests.collect()
}

/// The replies to one request, up to the end of the dump or the first of others.
fn ask(socket: &OwnedFd, request: &Message) -> Result<Vec<Message>> {
    send(socket.as_raw_fd(), &request.bytes(0), MsgFlags::empty())?;
    let (mut replies, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let len = recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
        for message in messages(&buffer[..len]) {
            match message.kind {
                3 => return Ok(replies),
                2 if request.flags & NLM_F_DUMP == 0 => return Ok(Vec::new()),
                2 => return Err(Error::other(format!("a dump of {} is refused", request.kind))),
                _ => replies.push(Message { flags: 2, sequence: 0, ..message }),
            }
        }
        if request.flags & NLM_F_DUMP == 0 {
            return Ok(replies);
        }
    }
}
