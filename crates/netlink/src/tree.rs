//! A request as a tree of attributes, filled in any order and written once, at the end.
//!
//! Command lines scatter the members of one nest (`mtu 1400 dev v0 rtt 5ms`), and builders set options one by one: so
//! values are collected per place here, and the message is closed when all are known. Each value can carry the number
//! of the word that set it, so that the offset in a kernel's refusal leads back to the word.

use crate::attributes::align;
use crate::message::{HEADER_LEN, Message, Value};

/// A place in a [`Tree`] that holds attributes: the message itself, or a nest in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node(u16);

/// The message itself: where top-level attributes and the family's fixed header are.
pub const ROOT: Node = Node(0);

/// The number of the word on the command line (or the like) that set a value; 0 where none did.
pub type Origin = u16;

#[derive(Clone, Debug)]
struct Entry {
    parent: u16,
    kind: u16,
    nest: bool,
    origin: Origin,
    /// The payload; of a nest its fixed header, mostly empty.
    start: usize,
    len: usize,
}

/// A tree of attributes with a fixed header at its root.
#[derive(Clone, Debug)]
pub struct Tree {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

impl Tree {
    /// An empty tree whose fixed header (`struct ifinfomsg` …) is `header`.
    pub fn new(header: &[u8]) -> Self {
        let root = Entry { parent: u16::MAX, kind: 0, nest: true, origin: 0, start: 0, len: header.len() };
        Tree { entries: vec![root], bytes: header.to_vec() }
    }

    /// The fixed header of the message or of a nest; bytes beyond those it was made with can't be reached.
    pub fn header_mut(&mut self, node: Node) -> &mut [u8] {
        let range = self.entries.get(usize::from(node.0)).map_or(0..0, |entry| entry.start..entry.start + entry.len);
        self.bytes.get_mut(range).unwrap_or(&mut [])
    }

    /// The fixed header of the message or of a nest.
    pub fn header(&self, node: Node) -> &[u8] {
        self.entries.get(usize::from(node.0)).map_or(&[], |entry| self.payload(entry))
    }

    /// Overwrites part of a fixed header, `at` bytes from its start. What lies beyond the header is left out.
    pub fn set_header(&mut self, node: Node, at: usize, value: impl Value) {
        let mut bytes = Vec::with_capacity(8);
        value.write(&mut bytes);
        let place = self.header_mut(node).iter_mut().skip(at);
        place.zip(bytes).for_each(|(to, from)| *to = from);
    }

    /// Sets bits of a four-byte field of a fixed header that lies `at` bytes from its start.
    pub fn set_header_bits(&mut self, node: Node, at: usize, bits: u32, on: bool) {
        if let Some(field) = self.header_mut(node).get_mut(at..at + 4).and_then(|field| field.first_chunk_mut::<4>()) {
            let old = u32::from_ne_bytes(*field);
            *field = if on { old | bits } else { old & !bits }.to_ne_bytes();
        }
    }

    /// The nest of type `kind` in `parent`: the one that is there, else a new one.
    pub fn nest(&mut self, parent: Node, kind: u16) -> Node {
        self.nest_with(parent, kind, &[])
    }

    /// As [`Tree::nest`]; a new nest starts with a fixed header of its own (the peer of a veth).
    pub fn nest_with(&mut self, parent: Node, kind: u16, header: &[u8]) -> Node {
        let found = self.position(parent, kind).filter(|at| self.entries.get(*at).is_some_and(|entry| entry.nest));
        found.and_then(|at| u16::try_from(at).ok()).map_or_else(|| self.push_nest(parent, kind, header), Node)
    }

    /// A new nest of type `kind` beside those that are there: a list's next element.
    pub fn push_nest(&mut self, parent: Node, kind: u16, header: &[u8]) -> Node {
        let at = self.add(parent, kind, true, 0, header);
        Node(at)
    }

    /// Sets attribute `kind` in `parent`, in the place of what it had.
    pub fn set(&mut self, parent: Node, kind: u16, value: impl Value, origin: Origin) {
        let mut bytes = Vec::with_capacity(16);
        value.write(&mut bytes);
        match self.position(parent, kind).and_then(|at| self.entries.get_mut(at)).filter(|entry| !entry.nest) {
            Some(entry) => {
                (entry.start, entry.len, entry.origin) = (self.bytes.len(), bytes.len(), origin);
                self.bytes.extend_from_slice(&bytes);
            }
            None => drop(self.add(parent, kind, false, origin, &bytes)),
        }
    }

    /// Adds another attribute of type `kind` to `parent`: for lists.
    pub fn push(&mut self, parent: Node, kind: u16, value: impl Value, origin: Origin) {
        let mut bytes = Vec::with_capacity(16);
        value.write(&mut bytes);
        self.add(parent, kind, false, origin, &bytes);
    }

    /// Adds all of `other` to `parent`: as a nest of type `kind` that starts with the other's fixed header.
    pub fn graft(&mut self, parent: Node, kind: u16, other: &Tree) {
        let node = self.push_nest(parent, kind, other.header(ROOT));
        self.copy(node, other, ROOT.0);
    }

    fn copy(&mut self, to: Node, other: &Tree, from: u16) {
        for (at, entry) in other.entries.iter().enumerate().filter(|(_, entry)| entry.parent == from) {
            let made = self.add(to, entry.kind, entry.nest, entry.origin, other.payload(entry));
            if let Some(at) = u16::try_from(at).ok().filter(|_| entry.nest) {
                self.copy(Node(made), other, at);
            }
        }
    }

    /// The payload of attribute `kind` in `parent`, if it was set; of several the first.
    pub fn get(&self, parent: Node, kind: u16) -> Option<&[u8]> {
        let at = self.position(parent, kind)?;
        self.entries.get(at).map(|entry| self.payload(entry))
    }

    /// Whether attribute `kind` was set in `parent`.
    pub fn has(&self, parent: Node, kind: u16) -> bool {
        self.position(parent, kind).is_some()
    }

    /// Takes attribute `kind` out of `parent`.
    pub fn remove(&mut self, parent: Node, kind: u16) {
        if let Some(entry) = self.position(parent, kind).and_then(|at| self.entries.get_mut(at)) {
            entry.parent = u16::MAX; // belongs to no node any more, so it will not be written
        }
    }

    /// Whether nothing is set in `node`.
    pub fn is_empty(&self, node: Node) -> bool {
        !self.entries.iter().any(|entry| entry.parent == node.0)
    }

    /// The request: type, flags, fixed header, all attributes in the order they were first set; and for each attribute
    /// where it starts and the word it came from.
    pub fn message(&self, kind: u16, flags: u16) -> (Message, Origins) {
        let mut message = Message::new(kind, flags, self.header(ROOT));
        let mut origins = Origins(Vec::new());
        self.write(ROOT.0, &mut message, &mut origins);
        (message, origins)
    }

    fn write(&self, node: u16, message: &mut Message, origins: &mut Origins) {
        for (at, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.parent == node) {
            if entry.origin != 0 {
                origins.0.push((message.len(), entry.origin));
            }
            match u16::try_from(at) {
                Ok(at) if entry.nest => drop(message.nested(entry.kind, |message| {
                    message.raw(self.payload(entry));
                    self.write(at, message, origins);
                })),
                _ => drop(message.put(entry.kind, self.payload(entry))),
            }
        }
    }

    fn payload(&self, entry: &Entry) -> &[u8] {
        self.bytes.get(entry.start..entry.start + entry.len).unwrap_or(&[])
    }

    fn position(&self, parent: Node, kind: u16) -> Option<usize> {
        self.entries.iter().position(|entry| entry.parent == parent.0 && entry.kind == kind)
    }

    fn add(&mut self, parent: Node, kind: u16, nest: bool, origin: Origin, payload: &[u8]) -> u16 {
        let (start, len) = (self.bytes.len(), payload.len());
        self.bytes.extend_from_slice(payload);
        // 65,534 values are more than a message of 64 KiB holds; beyond them the last place is written over.
        let at = u16::try_from(self.entries.len()).unwrap_or(u16::MAX - 1).min(u16::MAX - 1);
        self.entries.truncate(usize::from(at));
        self.entries.push(Entry { parent: parent.0, kind, nest, origin, start, len });
        at
    }
}

/// Where each attribute of a message starts, and the word it came from.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<(usize, Origin)>);

impl Origins {
    /// The word whose attribute starts at, or last before, `offset` bytes from the start of the message.
    pub fn at(&self, offset: usize) -> Option<Origin> {
        let before = self.0.iter().filter(|(start, _)| *start <= offset);
        before.max_by_key(|(start, _)| *start).map(|(_, origin)| *origin)
    }
}

/// Bytes that a fixed header and the general one take in a message, for those who compute offsets.
pub const fn body_offset(header: usize) -> usize {
    HEADER_LEN + align(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Messages;

    #[test]
    fn scattered_members_of_a_nest_come_together() {
        let mut tree = Tree::new(&[0; 12]);
        let metrics = tree.nest(ROOT, 8);
        tree.set(metrics, 2, 1400u32, 3);
        tree.set(ROOT, 4, 7u32, 5);
        let metrics = tree.nest(ROOT, 8);
        tree.set(metrics, 1, 4u32, 9);
        tree.set(metrics, 2, 1300u32, 11);
        tree.set_header_bits(ROOT, 8, 6, true);
        tree.set_header_bits(ROOT, 8, 2, false);
        let (mut message, origins) = tree.message(24, 0);
        let bytes = message.finish(1).to_vec();
        let view = Messages::new(&bytes).next().unwrap();
        assert_eq!(view.body.get(8..12), Some(&4u32.to_ne_bytes()[..]));
        let slots = view.slots(12);
        let inner = slots.nested_slots(8).unwrap();
        assert_eq!((inner.u32(2), inner.u32(1), slots.u32(4)), (Some(1300), Some(4), Some(7)));
        assert_eq!(origins.at(body_offset(12) + 4), Some(11));
        assert_eq!(origins.at(bytes.len() - 8), Some(5));
    }
}
