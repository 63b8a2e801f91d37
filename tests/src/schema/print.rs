//! Requests as lines of text.

use super::table::{Format, Section, section};
use crate::kernel::bytes::{Message, align, attribute, attributes, u16_at, u32_at, until_nul};
use crate::text::{quoted, to_hex};
use nix::libc::{NETLINK_GENERIC, NETLINK_ROUTE};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What numbers in a request stand for.
pub struct Names<'a> {
    /// The name of the interface with this index.
    pub device: &'a dyn Fn(u32) -> Option<String>,
    /// The index of the interface with this name.
    pub index: &'a dyn Fn(&[u8]) -> Option<u32>,
    /// What a descriptor was opened for.
    pub label: &'a dyn Fn(i32) -> Option<String>,
    /// The name of a generic netlink family.
    pub family: &'a dyn Fn(u16) -> Option<String>,
}

const OBJECTS: &[(u16, &str, &str)] = &[
    (16, "LINK", "link"),
    (20, "ADDR", "address"),
    (24, "ROUTE", "route"),
    (28, "NEIGH", "neighbour"),
    (32, "RULE", "rule"),
    (64, "NEIGHTBL", "ntable"),
    (72, "ADDRLABEL", "addrlabel"),
    (80, "NETCONF", "configuration"),
    (84, "MDB", "mdb"),
    (88, "NSID", "nsid"),
    (92, "STATS", "stats"),
    (104, "NEXTHOP", "nexthop"),
    (108, "LINKPROP", "link"),
    (112, "VLAN", "vlan"),
    (116, "NEXTHOPBUCKET", "nexthop"),
    (120, "TUNNEL", "tunnel"),
];

const FLAGS: &[(u16, &str)] =
    &[(8, "echo"), (0x100, "replace"), (0x200, "exclusive"), (0x400, "create"), (0x800, "append")];

/// The text of one request: its type and flags, its header, then its attributes, nested ones indented.
pub fn request_lines(protocol: i32, message: &Message, names: &Names) -> Vec<String> {
    let (title, section) = match protocol {
        NETLINK_ROUTE => {
            let object = OBJECTS.iter().find(|object| object.0 == message.kind & !3);
            let verb = ["NEW", "DEL", "GET", "SET"][usize::from(message.kind & 3)];
            match object {
                // Links as their bridge sees them.
                Some((_, name, "link")) if message.body.first() == Some(&7) => {
                    (format!("RTM_{verb}{name}"), section("bridge-link"))
                }
                Some((_, name, fields)) => (format!("RTM_{verb}{name}"), section(fields)),
                None => (format!("type {}", message.kind), section("")),
            }
        }
        NETLINK_GENERIC => {
            let family = (names.family)(message.kind).unwrap_or_else(|| message.kind.to_string());
            (format!("generic {family}"), section("genl"))
        }
        _ => (format!("netfilter {}:{}", message.kind >> 8, message.kind & 0xff), section("netfilter")),
    };
    let mut title = format!("request {title}");
    FLAGS.iter().filter(|flag| message.flags & flag.0 != 0).for_each(|flag| title += &format!(" {}", flag.1));
    let mut body = message.body.clone();
    let mut skipped = None;
    if protocol == NETLINK_ROUTE && section.header_len() == 16 && u32_at(&body, 4) == 0 {
        skipped = named_link(message, names).map(|(number, index)| {
            body[4..8].copy_from_slice(&index.to_ne_bytes());
            number
        });
    }
    let mut lines = vec![title];
    let printer = Printer { names };
    lines.push(format!("  header{}", printer.header(section, &body)));
    let rest = body.get(section.header_len()..).unwrap_or(&[]);
    lines.extend(printer.attributes(section, rest, 1, skipped));
    lines
}

/// For a request that gives an existing link by name: the attribute and the link's index.
fn named_link(message: &Message, names: &Names) -> Option<(u16, u32)> {
    if message.kind == 16 && message.flags & 0x400 != 0 {
        return None;
    }
    let within = message.body.get(16..)?;
    [3, 53].into_iter().find_map(|number| {
        let name = until_nul(attribute(within, number)?);
        Some((number, (names.index)(name)?))
    })
}

struct Printer<'a> {
    names: &'a Names<'a>,
}

impl Printer<'_> {
    fn header(&self, section: &Section, bytes: &[u8]) -> String {
        let (mut text, mut at) = (String::new(), 0);
        for (name, format) in &section.header {
            let size = format.size();
            let field = bytes.get(at..at + size).unwrap_or(&[]);
            at += size;
            if name == "pad" && field.iter().all(|byte| *byte == 0) {
                continue;
            }
            text += &format!(" {name}={}", self.scalar(format, field));
        }
        text
    }

    /// One line for each attribute, and more for what is nested, in the order of the numbers.
    fn attributes(&self, section: &Section, bytes: &[u8], depth: usize, skipped: Option<u16>) -> Vec<String> {
        let (found, whole) = attributes(bytes);
        let mut found: Vec<(u16, &[u8], bool)> =
            found.into_iter().map(|(kind, payload)| (kind & 0x3fff, payload, kind & 0x8000 != 0)).collect();
        found.sort_by_key(|one| one.0);
        let mut lines = Vec::new();
        for (at, (number, payload, nested)) in found.iter().copied().enumerate() {
            // Of several of one number the kernel looks at the last; known lists are printed elsewhere, unknown ones may be.
            let repeated = !section.every
                && !section.attributes.is_empty()
                && found.get(at + 1).is_some_and(|next| next.0 == number);
            if Some(number) == skipped || repeated {
                continue;
            }
            let unknown = (format!("#{number}"), Format::Bytes);
            let (name, format) = section.attributes.get(&number).unwrap_or(&unknown);
            let indent = "  ".repeat(depth);
            if let Some(kind) = port_kind(payload).filter(|_| name == "IFLA_INFO_KIND") {
                lines.push(format!("{indent}IFLA_INFO_SLAVE_KIND {}", quoted(kind)));
                continue;
            }
            match self.inner(format, payload, bytes, depth + 1, nested) {
                Some(inner) => {
                    lines.push(format!("{indent}{name}"));
                    lines.extend(inner);
                }
                None => lines.push(format!("{indent}{name} {}", self.scalar(format, payload))),
            }
        }
        if !whole {
            lines.push(format!("{}not attributes: {}", "  ".repeat(depth), to_hex(bytes)));
        }
        lines
    }

    /// The lines of an attribute that holds others; `beside` are the attributes it stands among.
    fn inner(&self, format: &Format, payload: &[u8], beside: &[u8], depth: usize, nested: bool) -> Option<Vec<String>> {
        let name = match format {
            Format::Nest(name) => name.clone(),
            Format::Kind(prefix) => {
                let kind = if prefix == "slave" {
                    attribute(beside, 4).map(until_nul).or_else(|| port_kind(attribute(beside, 1)?)).unwrap_or(&[])
                } else {
                    attribute(beside, 1).map(until_nul).unwrap_or(&[])
                };
                format!("{prefix}-{}", String::from_utf8_lossy(kind))
            }
            Format::Encap => {
                // RTA_ENCAP_TYPE and NHA_ENCAP_TYPE.
                let kind = attribute(beside, 21).or_else(|| attribute(beside, 7)).map_or(0, |kind| u16_at(kind, 0));
                format!("encap-{kind}")
            }
            Format::List(each) => return Some(self.list(each, payload, depth)),
            Format::Hops => return Some(self.hops(payload, depth)),
            Format::Bytes if nested && attributes(payload).1 => String::new(),
            _ => return None,
        };
        // Peers carry a header of their own before their attributes.
        let section = section(&name);
        let len = if payload.is_empty() { 0 } else { section.header_len() };
        let mut lines = Vec::new();
        if len > 0 {
            lines.push(format!("{}header{}", "  ".repeat(depth), self.header(section, payload)));
        }
        lines.extend(self.attributes(section, payload.get(len..).unwrap_or(&[]), depth, None));
        Some(lines)
    }

    fn list(&self, each: &Format, payload: &[u8], depth: usize) -> Vec<String> {
        let indent = "  ".repeat(depth);
        let mut lines = Vec::new();
        for (number, item) in attributes(payload).0 {
            let number = number & 0x3fff;
            match self.inner(each, item, payload, depth + 1, false) {
                Some(inner) => {
                    lines.push(format!("{indent}[{number}]"));
                    lines.extend(inner);
                }
                None => lines.push(format!("{indent}[{number}] {}", self.scalar(each, item))),
            }
        }
        lines
    }

    fn hops(&self, payload: &[u8], depth: usize) -> Vec<String> {
        let (mut rest, mut lines, indent) = (payload, Vec::new(), "  ".repeat(depth));
        while rest.len() >= 8 {
            let len = usize::from(u16_at(rest, 0));
            let Some(hop) = rest.get(..len.max(8)) else { break };
            let device = self.scalar(&Format::Device, &hop[4..8]);
            lines.push(format!("{indent}hop flags={:#x} weight={} dev={device}", hop[2], u32::from(hop[3]) + 1));
            lines.extend(self.attributes(section("route"), &hop[8..], depth + 1, None));
            rest = rest.get(align(len.max(8))..).unwrap_or(&[]);
        }
        lines
    }

    fn scalar(&self, format: &Format, bytes: &[u8]) -> String {
        let number = |order: fn([u8; 8]) -> u64, at: usize| {
            let mut eight = [0; 8];
            eight.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = *from);
            order(eight)
        };
        let native = || {
            if cfg!(target_endian = "little") {
                number(u64::from_le_bytes, 0)
            } else {
                number(u64::from_be_bytes, 8 - bytes.len())
            }
        };
        match (format, bytes.len()) {
            (Format::Unsigned(size), len) if *size == len => native().to_string(),
            (Format::Hex(size), len) if *size == len => format!("{:#x}", native()),
            (Format::Signed, 4) => (u32_at(bytes, 0) as i32).to_string(),
            (Format::Network(size), len) if *size == len => number(u64::from_be_bytes, 8 - len).to_string(),
            (Format::Text, _) => quoted(bytes.strip_suffix(&[0]).unwrap_or(bytes)),
            (Format::Mac, len) if len > 0 => {
                bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
            }
            (Format::Address, 4) => Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]).to_string(),
            (Format::Address, 16) => <[u8; 16]>::try_from(bytes)
                .map_or_else(|_| to_hex(bytes), |sixteen| Ipv6Addr::from(sixteen).to_string()),
            (Format::Flag, 0) => "set".to_owned(),
            (Format::Device, 4) => match u32_at(bytes, 0) {
                0 => "0".to_owned(),
                index => (self.names.device)(index).unwrap_or_else(|| format!("#{index}")),
            },
            (Format::PortGuid, 16) => format!("vf {} {}", u32_at(bytes, 0), to_hex(&bytes[8..])),
            (Format::Descriptor, 4) => {
                let label = (self.names.label)(u32_at(bytes, 0) as i32);
                label.map_or_else(|| "a descriptor".to_owned(), |label| format!("of {label}"))
            }
            _ => format!("hex {}", to_hex(bytes)),
        }
    }
}

/// The kind of the port's master: the kernel takes a port's options where the link's kind is `bridge_slave` as where
/// the port's is `bridge`.
fn port_kind(kind: &[u8]) -> Option<&[u8]> {
    until_nul(kind).strip_suffix(b"_slave")
}
