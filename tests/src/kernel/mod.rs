//! A kernel of fixed objects: it answers lookups and dumps from them, acknowledges changes and notes what they were.
//!
//! Nothing a program asks for is carried out, with one exception: what a delete request names is gone from later
//! dumps, for else `flush` would never end.

mod bridge;
pub mod bytes;
mod dump;
mod fixture;
mod generic;
mod snapshot;
mod tunnels;

pub use fixture::{FAMILIES, fixture};
pub use snapshot::Snapshot;

use crate::schema::{Names, request_lines};
use crate::tracer::{Datagram, Redirect, Socket, World};
use bytes::{Message, attribute, messages, put_text, u32_at, until_nul};
use std::path::PathBuf;

pub(crate) const NLM_F_MULTI: u16 = 2;
pub(crate) const NLM_F_ACK: u16 = 4;
pub(crate) const NLM_F_DUMP: u16 = 0x300;
pub(crate) const NLM_F_DUMP_FILTERED: u16 = 0x20;
pub(crate) const NLM_F_CAPPED: u16 = 0x100;
pub(crate) const NLM_F_ACK_TLVS: u16 = 0x200;
pub(crate) const NLM_F_CREATE: u16 = 0x400;
pub(crate) const NLMSG_ERROR: u16 = 2;
pub(crate) const NLMSG_DONE: u16 = 3;
pub(crate) const RTM_NEWLINK: u16 = 16;
pub(crate) const RTM_DELLINK: u16 = 17;
pub(crate) const RTM_GETLINK: u16 = 18;
pub(crate) const RTM_SETLINK: u16 = 19;
pub(crate) const RTM_GETADDR: u16 = 22;
pub(crate) const RTM_GETROUTE: u16 = 26;
pub(crate) const RTM_GETNEIGH: u16 = 30;
pub(crate) const RTM_GETMULTICAST: u16 = 58;
pub(crate) const RTM_GETADDRLABEL: u16 = 74;
pub(crate) const RTM_GETMDB: u16 = 86;
pub(crate) const RTM_GETNSID: u16 = 90;
pub(crate) const RTM_GETSTATS: u16 = 94;
pub(crate) const RTM_NEWLINKPROP: u16 = 108;
pub(crate) const RTM_GETVLAN: u16 = 114;
pub(crate) const RTM_GETTUNNEL: u16 = 122;
pub(crate) const IFLA_IFNAME: u16 = 3;
pub(crate) const IFLA_ALT_IFNAME: u16 = 53;
const ENOENT: i32 = -2;
const ENODEV: i32 = -19;
const ENETUNREACH: i32 = -101;
const EOPNOTSUPP: i32 = -95;

/// The fake kernel of one run.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// What it has.
    pub snapshot: Snapshot,
    /// The requests that asked for a change, as text, in their order.
    pub requests: Vec<Vec<String>>,
    /// Those that make an object, as dumps of it would have them.
    pub asked: Vec<Message>,
    /// Where name files and namespaces are found: the folder `fixture` of the test crate.
    files: PathBuf,
    /// The routing tables there are, by family and number: one that is flushed does not vanish.
    tables: Vec<(u8, u32)>,
    /// The names of the namespaces there are.
    namespaces: Vec<String>,
}

impl Kernel {
    /// A kernel with the objects of `snapshot`.
    pub fn new(snapshot: Snapshot) -> Self {
        let files = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixture");
        let namespaces = ["red", "blue"].map(str::to_owned).to_vec();
        Kernel { tables: dump::tables(&snapshot), snapshot, requests: Vec::new(), asked: Vec::new(), files, namespaces }
    }

    /// The replies to one message of a socket, whole datagrams.
    fn answer(
        &mut self,
        socket: &Socket,
        message: &Message,
        label: &dyn Fn(i32) -> Option<String>,
    ) -> Vec<Vec<Message>> {
        match socket.protocol {
            nix::libc::NETLINK_ROUTE => self.answer_route(socket, message, label),
            nix::libc::NETLINK_GENERIC => self.answer_generic(message, label),
            _ => self.answer_netfilter(message, label),
        }
    }

    fn answer_route(
        &mut self,
        socket: &Socket,
        message: &Message,
        label: &dyn Fn(i32) -> Option<String>,
    ) -> Vec<Vec<Message>> {
        let kind = message.kind;
        let get = kind >= RTM_NEWLINK && kind & 3 == 2;
        if get && message.flags & NLM_F_DUMP != 0 {
            return dump::dump(&self.snapshot, &self.tables, socket.strict, message);
        }
        match kind {
            RTM_GETLINK => return vec![vec![self.one_link(message)]],
            RTM_GETNSID => return vec![vec![nsid(message, label)]],
            _ if get => {
                self.note(nix::libc::NETLINK_ROUTE, message, label);
                return vec![vec![
                    self.snapshot
                        .looked_up(message)
                        .map(|reply| dump::asked_for(message, reply))
                        .unwrap_or_else(|| error(message, if kind == RTM_GETROUTE { ENETUNREACH } else { ENOENT })),
                ]];
            }
            _ => (),
        }
        if names_missing_link(&self.snapshot, message) {
            return vec![vec![error(message, ENODEV)]];
        }
        self.note(nix::libc::NETLINK_ROUTE, message, label);
        self.snapshot.forget(message);
        acknowledged(message)
    }

    /// The reply to a request for one link, by its index or by one of its names.
    fn one_link(&self, message: &Message) -> Message {
        let Some(attributes) = message.body.get(16..) else { return error(message, ENODEV) };
        let index = match u32_at(&message.body, 4) {
            0 => [IFLA_IFNAME, IFLA_ALT_IFNAME]
                .iter()
                .filter_map(|number| attribute(attributes, *number))
                .find_map(|name| self.snapshot.index_of(until_nul(name))),
            index => Some(index),
        };
        match index.and_then(|index| self.snapshot.link(index)) {
            Some(body) => Message {
                kind: RTM_NEWLINK,
                flags: 0,
                sequence: message.sequence,
                body: dump::without_unwanted(body, attributes),
            },
            None => error(message, ENODEV),
        }
    }

    /// Keeps a request for the recording.
    fn note(&mut self, protocol: i32, message: &Message, label: &dyn Fn(i32) -> Option<String>) {
        let snapshot = &self.snapshot;
        let names = Names {
            device: &|index| snapshot.name_of(index).map(|name| String::from_utf8_lossy(&name).into_owned()),
            index: &|name| snapshot.index_of(name),
            label,
            family: &|number| FAMILIES.iter().find(|family| family.1 == number).map(|family| family.0.to_owned()),
        };
        let lines = request_lines(protocol, message, &names);
        self.requests.push(lines);
        if protocol == nix::libc::NETLINK_ROUTE && message.kind & 3 == 0 {
            let mut body = message.body.clone();
            bytes::unflag(body.get_mut(dump::header_of(message.kind + 2)..).unwrap_or(&mut []));
            self.asked.push(Message { kind: message.kind, flags: NLM_F_MULTI, sequence: 0, body });
        }
    }
}

impl World for Kernel {
    fn send(&mut self, socket: &mut Socket, datagram: &[u8], label: &dyn Fn(i32) -> Option<String>) {
        for message in messages(datagram) {
            if message.flags & 1 == 0 || (message.kind < 16 && socket.protocol != nix::libc::NETLINK_NETFILTER) {
                continue;
            }
            for reply in self.answer(socket, &message, label) {
                let bytes = reply.iter().flat_map(|message| message.bytes(socket.port)).collect();
                socket.queue.push_back(Datagram { from: 0, bytes });
            }
        }
    }

    fn name_of(&self, index: u32) -> Option<Vec<u8>> {
        self.snapshot.name_of(index)
    }

    fn index_of(&self, name: &[u8]) -> Option<u32> {
        self.snapshot.index_of(name)
    }

    fn flags_of(&self, name: &[u8]) -> Option<u32> {
        self.snapshot.link(self.snapshot.index_of(name)?).map(|body| u32_at(body, 8))
    }

    fn change(&mut self, ioctl: String) -> i64 {
        self.requests.push(vec![format!("ioctl {ioctl}")]);
        0
    }

    fn redirect(&self, path: &[u8]) -> Option<Redirect> {
        let path = std::str::from_utf8(path).ok()?;
        if path == "/dev/net/tun" {
            return Some(Redirect { path: PathBuf::from("/dev/null"), label: None });
        }
        if let Some(file) = path.strip_prefix("/proc/net/") {
            return Some(Redirect { path: self.files.join("net").join(file), label: None });
        }
        for directory in ["/run/netns/", "/var/run/netns/"] {
            if let Some(name) = path.strip_prefix(directory) {
                let known = self.namespaces.iter().any(|one| one == name);
                let place =
                    if known { PathBuf::from("/proc/self/ns/net") } else { PathBuf::from("/nonexistent/netns") };
                return Some(Redirect { path: place, label: Some(name.to_owned()) });
            }
        }
        if let Some(pid) = path.strip_prefix("/proc/").and_then(|rest| rest.strip_suffix("/ns/net")) {
            // Process 1 is there on every machine, but not everyone may look at it.
            let place = match pid {
                "1" | "self" | "thread-self" => "/proc/self/ns/net",
                _ => "/nonexistent/netns",
            };
            return Some(Redirect { path: PathBuf::from(place), label: Some(format!("process {pid}")) });
        }
        if matches!(path, "/run/netns" | "/var/run/netns") {
            return Some(Redirect { path: self.files.join("netns"), label: None });
        }
        if path.starts_with("/proc/sys/") {
            // `route flush cache` writes there; the machine's own is none of our business.
            return Some(Redirect { path: PathBuf::from("/dev/null"), label: None });
        }
        if path == "/proc/mounts" {
            return Some(Redirect { path: self.files.join("mounts"), label: None });
        }
        if path.starts_with("/sys/") {
            return Some(Redirect { path: PathBuf::from("/nonexistent/sys"), label: None });
        }
        if let Some(file) = path.strip_prefix("/etc/iproute2") {
            return Some(Redirect { path: self.files.join(format!("iproute2{file}")), label: None });
        }
        let elsewhere = path.starts_with("/usr/share/iproute2") || path.starts_with("/usr/lib/iproute2");
        elsewhere.then(|| Redirect { path: PathBuf::from("/nonexistent/iproute2"), label: None })
    }
}

/// Whether a request changes a link that it names and that does not exist.
fn names_missing_link(snapshot: &Snapshot, message: &Message) -> bool {
    let changes = matches!(message.kind, RTM_DELLINK | RTM_SETLINK | RTM_NEWLINKPROP..=109)
        || (message.kind == RTM_NEWLINK && message.flags & NLM_F_CREATE == 0);
    let Some(attributes) = message.body.get(16..) else { return false };
    changes
        && u32_at(&message.body, 4) == 0
        && [IFLA_IFNAME, IFLA_ALT_IFNAME]
            .iter()
            .filter_map(|number| attribute(attributes, *number))
            .any(|name| snapshot.index_of(until_nul(name)).is_none())
}

/// The acknowledgement of a request, if it asks for one.
pub(crate) fn acknowledged(message: &Message) -> Vec<Vec<Message>> {
    if message.flags & NLM_F_ACK == 0 { Vec::new() } else { vec![vec![error(message, 0)]] }
}

/// A refusal with `errno` below zero, or an acknowledgement with 0.
pub(crate) fn error(message: &Message, errno: i32) -> Message {
    let mut body = errno.to_ne_bytes().to_vec();
    body.extend(message.bytes(0).iter().take(16));
    let mut flags = if errno == 0 { NLM_F_CAPPED } else { 0 };
    if errno != 0 {
        body.extend(message.bytes(0).iter().skip(16));
        let said = match errno {
            EOPNOTSUPP => Some("Operation is not supported by this kernel"),
            _ => None,
        };
        if let Some(said) = said {
            flags |= NLM_F_ACK_TLVS;
            put_text(&mut body, 1, said);
        }
    }
    Message { kind: NLMSG_ERROR, flags, sequence: message.sequence, body }
}

/// The id of a namespace: 5 for the one called red, none for others.
fn nsid(message: &Message, label: &dyn Fn(i32) -> Option<String>) -> Message {
    let fd = message.body.get(4..).and_then(|attributes| attribute(attributes, 3)).map(|fd| u32_at(fd, 0) as i32);
    let id = if fd.and_then(label).as_deref() == Some("red") { 5i32 } else { -1 };
    let mut body = vec![0; 4];
    bytes::put(&mut body, 1, &id.to_ne_bytes());
    Message { kind: 88, flags: 0, sequence: message.sequence, body }
}
