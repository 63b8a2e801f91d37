//! A request as a tree of attributes, filled in any order and written once, at the end.
//!
//! Command lines scatter the members of one nest (`mtu 1400 dev v0 rtt 5ms`), and builders set options one by one: so
//! values are collected per place here, and the message is closed when all are known. Each value can carry the number
//! of the word that set it, so that the offset in a kernel's refusal leads back to the word.

use crate::attributes::{NESTED, align};
use crate::message::{HEADER_LEN, Message, Value, attribute, header, zeros};

/// A place in a [`Tree`] that holds attributes: the message itself, or a nest in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node(u16);

/// The message itself: where top-level attributes and the family's fixed header are.
pub const ROOT: Node = Node(0);

/// The number of the word on the command line (or the like) that set a value; 0 where none did.
pub type Origin = u16;

#[derive(Clone, Copy, Debug)]
struct Entry {
    parent: u16,
    kind: u16,
    nest: bool,
    origin: Origin,
    /// The payload; of a nest its fixed header, mostly empty.
    start: u32,
    len: u32,
}

impl Entry {
    fn range(&self) -> std::ops::Range<usize> {
        let start = self.start as usize;
        start..start + self.len as usize
    }
}

/// A tree of attributes with a fixed header at its root.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
    /// The bit of every place that was ever filled: most questions are about places that were not.
    filled: u64,
    /// The length of the fixed header.
    header: usize,
    notes: u32,
}

/// The bit of a place in [`Tree::filled`], which others may share.
const fn bit(parent: u16, kind: u16) -> u64 {
    1 << ((kind ^ (parent << 3)) % 64)
}

impl Tree {
    /// An empty tree whose fixed header (`struct ifinfomsg` …) is `header`.
    pub fn new(header: &[u8]) -> Self {
        let mut tree = Tree::default();
        tree.reset(header);
        tree
    }

    /// Empties the tree for another request; what memory it has serves again.
    pub fn reset(&mut self, header: &[u8]) {
        self.entries.clear();
        self.bytes.clear();
        (self.filled, self.header, self.notes) = (0, header.len(), 0);
        self.entries.reserve(16);
        self.bytes.reserve(256);
        self.bytes.extend_from_slice(header);
        self.entries.push(Entry { parent: GONE, kind: 0, nest: true, origin: 0, start: 0, len: header.len() as u32 });
    }

    /// The fixed header of the message or of a nest; bytes beyond those it was made with can't be reached.
    pub fn header_mut(&mut self, node: Node) -> &mut [u8] {
        let range = self.entries.get(usize::from(node.0)).map_or(0..0, Entry::range);
        self.bytes.get_mut(range).unwrap_or(&mut [])
    }

    /// The fixed header of the message or of a nest.
    pub fn header(&self, node: Node) -> &[u8] {
        self.entries.get(usize::from(node.0)).map_or(&[], |entry| self.payload(entry))
    }

    /// A byte of the message's fixed header; 0 beyond its end.
    pub fn header_byte(&self, at: usize) -> u8 {
        self.bytes.get(..self.header).and_then(|header| header.get(at)).copied().unwrap_or(0)
    }

    /// Overwrites a byte of the message's fixed header, if it is so long.
    pub fn set_header_byte(&mut self, at: usize, value: u8) {
        if let Some(byte) = self.bytes.get_mut(..self.header).and_then(|header| header.get_mut(at)) {
            *byte = value;
        }
    }

    /// Notes that something was said: bits of whoever makes the request, which are no part of it.
    pub fn note(&mut self, bits: u32) {
        self.notes |= bits;
    }

    /// Whether any of these bits was noted.
    pub fn noted(&self, bits: u32) -> bool {
        self.notes & bits != 0
    }

    /// Overwrites part of a fixed header, `at` bytes from its start. What lies beyond the header is left out.
    pub fn set_header(&mut self, node: Node, at: usize, value: impl Value) {
        let start = self.bytes.len();
        value.write(&mut self.bytes);
        self.move_to_header(node, at, start);
    }

    /// Moves the bytes from `start` on to where they belong.
    fn move_to_header(&mut self, node: Node, at: usize, start: usize) {
        let header = self.entries.get(usize::from(node.0)).map_or(0..0, Entry::range);
        let (kept, value) = self.bytes.split_at_mut(start);
        let place = kept.get_mut(header).and_then(|header| header.get_mut(at..)).unwrap_or_default();
        place.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
        self.bytes.truncate(start);
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
        let start = self.bytes.len();
        self.bytes.extend_from_slice(header);
        Node(self.add(parent, kind, true, 0, start))
    }

    /// Sets attribute `kind` in `parent`, in the place of what it had.
    pub fn set(&mut self, parent: Node, kind: u16, value: impl Value, origin: Origin) {
        let start = self.bytes.len();
        value.write(&mut self.bytes);
        self.place(parent, kind, origin, start);
    }

    /// Makes the bytes from `start` on the attribute's payload.
    fn place(&mut self, parent: Node, kind: u16, origin: Origin, start: usize) {
        let len = self.bytes.len() - start;
        match self.position(parent, kind).and_then(|at| self.entries.get_mut(at)).filter(|entry| !entry.nest) {
            Some(entry) => (entry.start, entry.len, entry.origin) = (start as u32, len as u32, origin),
            None => drop(self.add(parent, kind, false, origin, start)),
        }
    }

    /// Adds another attribute of type `kind` to `parent`: for lists.
    pub fn push(&mut self, parent: Node, kind: u16, value: impl Value, origin: Origin) {
        let start = self.bytes.len();
        value.write(&mut self.bytes);
        self.add(parent, kind, false, origin, start);
    }

    /// Adds all of `other` to `parent`: as a nest of type `kind` that starts with the other's fixed header.
    pub fn graft(&mut self, parent: Node, kind: u16, other: &Tree) {
        let node = self.push_nest(parent, kind, other.header(ROOT));
        self.copy(node, other, ROOT.0);
    }

    fn copy(&mut self, to: Node, other: &Tree, from: u16) {
        for (at, entry) in other.entries.iter().enumerate().filter(|(_, entry)| entry.parent == from) {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(other.payload(entry));
            let made = self.add(to, entry.kind, entry.nest, entry.origin, start);
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
            entry.parent = GONE; // belongs to no node any more, so it will not be written
        }
    }

    /// Whether nothing is set in `node`.
    pub fn is_empty(&self, node: Node) -> bool {
        !self.entries.iter().any(|entry| entry.parent == node.0)
    }

    /// The request: type, flags, fixed header, all attributes in the order they were first set.
    pub fn message(&self, kind: u16, flags: u16) -> Message {
        let mut buffer = Vec::with_capacity(256);
        self.write(kind, flags, 0, &mut buffer);
        Message::of(buffer)
    }

    /// Appends the request to `to`.
    pub fn write(&self, kind: u16, flags: u16, sequence: u32, to: &mut Vec<u8>) {
        let start = to.len();
        // The most that it can take, zero, so that nothing need be done to fill up to four bytes.
        zeros(to, HEADER_LEN + self.bytes.len() + self.entries.len() * 8);
        let message = to.get_mut(start..).unwrap_or_default();
        let len = self.write_all(message, &mut |_, _| ());
        if let Some(place) = message.first_chunk_mut() {
            *place = header(len, kind, flags, sequence);
        }
        to.truncate(start + len);
    }

    /// The word whose attribute starts at, or last before, `offset` bytes from the start of the message.
    fn origin_at(&self, offset: usize) -> Option<Origin> {
        let mut found = None;
        self.write_all(&mut [], &mut |start, origin| {
            if origin != 0 && start <= offset {
                found = Some(origin);
            }
        });
        found
    }

    /// Writes all that follows the general header, as far as there is room, and tells the message's length. `each` is told
    /// where an attribute starts, and its origin.
    fn write_all(&self, message: &mut [u8], each: &mut dyn FnMut(usize, Origin)) -> usize {
        let header = self.header(ROOT);
        put(message, HEADER_LEN, header);
        self.write_node(ROOT.0, message, body_offset(header.len()), each)
    }

    /// Writes what is in `node`, from `at` on, and tells where it ends.
    fn write_node(&self, node: u16, message: &mut [u8], mut at: usize, each: &mut dyn FnMut(usize, Origin)) -> usize {
        for (number, entry) in self.entries.iter().enumerate() {
            if entry.parent != node {
                continue;
            }
            let (start, payload) = (at, self.payload(entry));
            each(start, entry.origin);
            put(message, start + 4, payload);
            let (mut end, mut kind) = (start + 4 + payload.len(), entry.kind);
            if entry.nest {
                (end, kind) = (self.write_node(number as u16, message, align(end), each), kind | NESTED);
            }
            // What no length field can say is left out.
            if end - start <= usize::from(u16::MAX) {
                put(message, start, &attribute(end - start, kind));
                at = align(end);
            }
        }
        at
    }

    /// What `node` holds as the bytes of a message, without its fixed header: to be read again.
    #[doc(hidden)]
    pub fn inside(&self, node: Node) -> Vec<u8> {
        let mut bytes = vec![0; self.bytes.len() + self.entries.len() * 8];
        let len = self.write_node(node.0, &mut bytes, 0, &mut |_, _| ());
        bytes.truncate(len);
        bytes
    }

    /// The attributes in `node` as text, in the order of their types: the same for trees that mean the same.
    #[doc(hidden)]
    pub fn described(&self, node: Node) -> Vec<(u16, String)> {
        let mut all: Vec<(u16, String)> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.parent == node.0) {
            let inner = u16::try_from(at).ok().filter(|_| entry.nest).map(|at| self.described(Node(at)));
            let inner = inner.map_or_else(String::new, |inner| format!(" {inner:?}"));
            all.push((entry.kind, format!("{:02x?}{inner}", self.payload(entry))));
        }
        all.sort_by_key(|(kind, _)| *kind);
        all
    }

    fn payload(&self, entry: &Entry) -> &[u8] {
        self.bytes.get(entry.range()).unwrap_or(&[])
    }

    #[inline(always)]
    fn position(&self, parent: Node, kind: u16) -> Option<usize> {
        if self.filled & bit(parent.0, kind) == 0 { None } else { self.search(parent, kind) }
    }

    fn search(&self, parent: Node, kind: u16) -> Option<usize> {
        self.entries.iter().position(|entry| entry.parent == parent.0 && entry.kind == kind)
    }

    /// Adds an entry whose payload are the bytes from `start` on.
    fn add(&mut self, parent: Node, kind: u16, nest: bool, origin: Origin, start: usize) -> u16 {
        let len = self.bytes.len() - start;
        // 65,534 values are more than a message of 64 KiB holds; beyond them the last place is written over.
        let at = u16::try_from(self.entries.len()).unwrap_or(GONE - 1).min(GONE - 1);
        self.entries.truncate(usize::from(at));
        self.filled |= bit(parent.0, kind);
        self.entries.push(Entry { parent: parent.0, kind, nest, origin, start: start as u32, len: len as u32 });
        at
    }
}

/// The parent of what belongs to no node.
const GONE: u16 = u16::MAX;

/// Copies bytes to where they belong in a message, if there is room.
fn put(message: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = message.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// Where the attributes of a request start, and the words they came from: those of its tree, or nothing is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origins<'t>(Option<&'t Tree>);

impl<'t> Origins<'t> {
    /// Those of a tree.
    pub const fn of(tree: &'t Tree) -> Self {
        Origins(Some(tree))
    }

    /// The word whose attribute starts at, or last before, `offset` bytes from the start of the message.
    pub fn at(&self, offset: usize) -> Option<Origin> {
        self.0?.origin_at(offset)
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
        let (mut message, origins) = (tree.message(24, 0), Origins::of(&tree));
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
