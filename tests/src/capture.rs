//! Everything that the kernel says of a network namespace, as a [`Snapshot`].

use crate::kernel::Snapshot;
use crate::kernel::bytes::{Message, attribute, messages, put, put_u32};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};
use std::io::{Error, Result};
use std::net::IpAddr;
use std::os::fd::{AsRawFd, OwnedFd};

const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP: u16 = 0x300;
const RTM_F_LOOKUP_TABLE: u32 = 0x1000;

/// What is dumped: message type, family, length of the header, and the filter mask of links.
const DUMPS: &[(u16, u8, usize, Option<u32>)] = &[
    (18, 0, 16, Some(1)),
    (18, 7, 16, Some(2)),
    (22, 0, 8, None),
    (26, 2, 12, None),
    (26, 10, 12, None),
    (34, 2, 12, None),
    (34, 10, 12, None),
    (90, 0, 4, None),
];

/// What a case list may ask for besides (`dump NAME…`): message type, body of the request.
const MORE: &[(&str, u16, &[&[u8]])] = &[
    ("neighbours", 30, &[&[0; 12], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0]]),
    ("tables", 66, &[&[0; 4]]),
    ("labels", 74, &[&[10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
    ("configuration", 82, &[&[0; 4]]),
    ("groups", 58, &[&[2, 0, 0, 0, 0, 0, 0, 0], &[10, 0, 0, 0, 0, 0, 0, 0]]),
    ("tokens", 18, &[&[10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
    ("multicast", 26, &[&[128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[129, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]),
];

/// Whether a case list may ask for objects of this name.
pub fn is_object(name: &str) -> bool {
    MORE.iter().any(|more| more.0 == name)
}

/// Captures the namespace that the calling process is in, with the routes to `destinations` and the objects called so.
///
/// # Errors
/// Those of the socket.
pub fn capture(destinations: &[IpAddr], objects: &[String]) -> Result<Snapshot> {
    let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
    let mut snapshot = Snapshot::default();
    for (kind, family, header, mask) in DUMPS {
        let mut body = vec![0; *header];
        body[0] = *family;
        if let Some(mask) = mask {
            put_u32(&mut body, 29, *mask);
        }
        let request = Message { kind: *kind, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: 1, body };
        snapshot.messages.extend(ask(&socket, &request)?);
    }
    for (_, kind, bodies) in MORE.iter().filter(|more| objects.iter().any(|name| name == more.0)) {
        for body in *bodies {
            let request = Message { kind: *kind, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: 1, body: body.to_vec() };
            snapshot.messages.extend(ask(&socket, &request)?);
        }
    }
    // A route shown in detail has its next hop object looked up.
    let request = Message { kind: 106, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: 1, body: vec![0; 8] };
    for reply in ask(&socket, &request)? {
        let id = attribute(reply.body.get(8..).unwrap_or(&[]), 1).unwrap_or(&[]).to_vec();
        snapshot.lookups.push((1, id, reply));
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
