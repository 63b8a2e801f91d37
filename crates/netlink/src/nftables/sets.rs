//! Sets and maps and their elements: as they are listed, and the requests that make and unmake them.
//!
//! A set made here is a hash of exact keys, so that adding an element costs the same however many there are.

use super::expression::{Bytes, Expression};
use super::fields::{self, numbers, string};
use super::objects::{GENERAL_LEN, TableName, slots};
use super::uapi::*;
use crate::attributes::{Attributes, Slots};
use crate::message::{Message, MessageView};
use crate::uapi::{NLM_F_CREATE, NLM_F_EXCL};

impl TableName<'_> {
    /// A request about one element.
    pub(super) fn element_request(&self, kind: u16, set: &[u8], element: &Element) -> Message {
        let mut m = self.message(kind, 0, NFTA_SET_ELEM_LIST_TABLE);
        string(&mut m, NFTA_SET_ELEM_LIST_SET, set);
        m.nested(NFTA_SET_ELEM_LIST_ELEMENTS, |m| element.write(m));
        m
    }

    /// Adds elements to a set, or (`delete`) takes them away. With `exclusive`, one that is there is an error.
    /// What does not fit one message is left for another: the number of elements written is returned.
    pub fn elements(&self, set: &[u8], change: ElementChange, elements: &[Element]) -> (Message, usize) {
        let (kind, flags) = match change {
            ElementChange::Add => (NFT_MSG_NEWSETELEM, NLM_F_CREATE),
            ElementChange::Create => (NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL),
            ElementChange::Delete => (NFT_MSG_DELSETELEM, 0),
        };
        let mut m = self.message(kind, flags, NFTA_SET_ELEM_LIST_TABLE);
        string(&mut m, NFTA_SET_ELEM_LIST_SET, set);
        let mut written = 0;
        m.nested(NFTA_SET_ELEM_LIST_ELEMENTS, |m| {
            let start = m.len();
            for element in elements {
                if m.len() - start > 60_000 {
                    break;
                }
                element.write(m);
                written += 1;
            }
        });
        (m, written)
    }
}

/// A set or map.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Set {
    /// `NFPROTO_…`.
    pub family: u8,
    /// The table it is in.
    pub table: Bytes,
    /// Its name.
    pub name: Bytes,
    /// `NFT_SET_…`.
    pub flags: u32,
    /// Type of the keys, a number of user space's own, and their length in bytes.
    pub key: (u32, u32),
    /// Type and length of a map's values.
    pub data: Option<(u32, u32)>,
    /// What the one who made it keeps with it.
    pub userdata: Bytes,
    /// Whether every element has a counter of its own.
    pub counted: bool,
}

impl Set {
    /// A set to be created.
    pub fn new(table: TableName, name: &[u8], key: (u32, u32), data: Option<(u32, u32)>) -> Self {
        let flags = if data.is_some() { NFT_SET_MAP } else { 0 };
        let (family, table) = (table.family, fields::copy(table.name));
        Set { family, table, name: fields::copy(name), flags, key, data, userdata: Box::default(), counted: false }
    }

    /// Reads a set from a reply.
    pub fn read(view: &MessageView) -> Option<Self> {
        let (family, s) = slots(view)?;
        Some(Set {
            family,
            table: fields::name(&s, NFTA_SET_TABLE)?,
            name: fields::name(&s, NFTA_SET_NAME)?,
            flags: s.u32_be(NFTA_SET_FLAGS).unwrap_or(0),
            key: (s.u32_be(NFTA_SET_KEY_TYPE).unwrap_or(0), s.u32_be(NFTA_SET_KEY_LEN)?),
            data: s.u32_be(NFTA_SET_DATA_LEN).map(|len| (s.u32_be(NFTA_SET_DATA_TYPE).unwrap_or(0), len)),
            userdata: fields::blob(&s, NFTA_SET_USERDATA),
            counted: s.has(NFTA_SET_EXPR) || s.has(NFTA_SET_EXPRESSIONS),
        })
    }

    /// Makes the set if there is none. `id` is its number within the transaction.
    pub fn create(&self, id: u32) -> Message {
        let table = TableName { family: self.family, name: &self.table };
        let mut m = table.message(NFT_MSG_NEWSET, NLM_F_CREATE, NFTA_SET_TABLE);
        string(&mut m, NFTA_SET_NAME, &self.name);
        numbers(&mut m, &[(NFTA_SET_ID, id), (NFTA_SET_KEY_TYPE, self.key.0), (NFTA_SET_KEY_LEN, self.key.1)]);
        if let Some((kind, len)) = self.data {
            numbers(&mut m, &[(NFTA_SET_DATA_TYPE, kind), (NFTA_SET_DATA_LEN, len)]);
        }
        let flags = if self.counted { self.flags | NFT_SET_EXPR } else { self.flags };
        numbers(&mut m, &[(NFTA_SET_FLAGS, flags)]);
        if self.counted {
            Expression::Counter { packets: 0, bytes: 0 }.write(NFTA_SET_EXPR, &mut m);
        }
        if !self.userdata.is_empty() {
            m.put(NFTA_SET_USERDATA, &*self.userdata);
        }
        m
    }
}

/// What [`TableName::elements`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ElementChange {
    /// Adds what is not there; what is there with the same value is left as it is.
    Add,
    /// Adds; what is there is an error.
    Create,
    /// Takes away; what is not there is an error.
    Delete,
}

/// An element of a set or map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The key.
    pub key: Bytes,
    /// The value it is mapped to.
    pub data: Option<Bytes>,
    /// What the one who made it keeps with it.
    pub userdata: Bytes,
    /// Packets and bytes that it was found for, where they are counted.
    pub counter: Option<(u64, u64)>,
}

impl Element {
    fn write(&self, m: &mut Message) {
        m.nested(NFTA_LIST_ELEM, |m| {
            fields::value(m, NFTA_SET_ELEM_KEY, &self.key);
            if let Some(data) = &self.data {
                fields::value(m, NFTA_SET_ELEM_DATA, data);
            }
            if !self.userdata.is_empty() {
                m.put(NFTA_SET_ELEM_USERDATA, &*self.userdata);
            }
        });
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let s = Slots::parse(payload);
        let single = s.get(NFTA_SET_ELEM_EXPR).map(Expression::read);
        let list = s.get(NFTA_SET_ELEM_EXPRESSIONS).map(Expression::read_list).unwrap_or_default();
        let counter = single.iter().chain(&list).find_map(|expression| match expression {
            Expression::Counter { packets, bytes } => Some((*packets, *bytes)),
            _ => None,
        });
        Some(Element {
            key: fields::data(&s, NFTA_SET_ELEM_KEY)?,
            data: fields::data(&s, NFTA_SET_ELEM_DATA),
            userdata: fields::blob(&s, NFTA_SET_ELEM_USERDATA),
            counter,
        })
    }

    /// Reads the elements in a reply.
    pub fn read_all<'a>(view: &MessageView<'a>) -> impl Iterator<Item = Element> + use<'a> {
        let list = view.attributes(GENERAL_LEN).get(NFTA_SET_ELEM_LIST_ELEMENTS).unwrap_or(&[]);
        Attributes::new(list).filter_map(|element| Element::read(element.payload))
    }
}
