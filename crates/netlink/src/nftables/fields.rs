//! Attributes in the forms that nf_tables has everywhere: strings, numbers in network order, register data.

use super::uapi::*;
use super::{Bytes, Verdict};
use crate::attributes::{Attributes, Slots, array, until_nul};
use crate::message::Message;

/// Appends a string with the NUL that the kernel wants behind names.
#[inline(never)]
pub(super) fn string(m: &mut Message, kind: u16, bytes: &[u8]) {
    let mut text = Vec::with_capacity(bytes.len().saturating_add(1));
    text.extend_from_slice(bytes);
    text.push(0);
    m.put(kind, &*text);
}

/// Appends 32-bit numbers in network order, as nf_tables has them all.
pub(super) fn numbers(m: &mut Message, all: &[(u16, u32)]) {
    for (kind, number) in all {
        m.put(*kind, number.to_be_bytes());
    }
}

/// Appends a value as register data: a nest around the bytes.
pub(super) fn value(m: &mut Message, kind: u16, bytes: &[u8]) {
    m.nested(kind, |m| {
        m.put(NFTA_DATA_VALUE, bytes);
    });
}

/// A copy of bytes.
#[inline(never)]
pub(super) fn copy(bytes: &[u8]) -> Bytes {
    bytes.into()
}

/// The bytes of register data.
pub(super) fn data(slots: &Slots, kind: u16) -> Option<Bytes> {
    slots.nested(kind).get(NFTA_DATA_VALUE).map(copy)
}

/// A string.
#[inline(never)]
pub(super) fn name(slots: &Slots, kind: u16) -> Option<Bytes> {
    slots.bytes(kind).map(copy)
}

/// Bytes, or none where they are not there.
pub(super) fn blob(slots: &Slots, kind: u16) -> Bytes {
    copy(slots.get(kind).unwrap_or(&[]))
}

/// A number of eight bytes in network order.
pub(super) fn u64_be(slots: &Slots, kind: u16) -> Option<u64> {
    array(slots.get(kind)?).map(u64::from_be_bytes)
}

/// The fields of an expression on their way out of attributes, or into them: each is named once for both.
pub(super) enum Fields<'a, 'b> {
    /// They are filled in; `lacks` says that one was not there, or of another width.
    Read { slots: &'a Slots<'b>, lacks: bool },
    /// They are appended.
    Write(&'a mut Message),
}

impl Fields<'_, '_> {
    /// A number that must be there.
    #[inline(never)]
    pub(super) fn number(&mut self, kind: u16, field: &mut u32) -> &mut Self {
        if let Fields::Read { slots, lacks } = self {
            *lacks |= slots.u32_be(kind).is_none();
        }
        self.or_zero(kind, field);
        self
    }

    /// A number that is zero where it is not there.
    #[inline(never)]
    pub(super) fn or_zero(&mut self, kind: u16, field: &mut u32) {
        match self {
            Fields::Read { slots, .. } => *field = slots.u32_be(kind).unwrap_or(0),
            Fields::Write(m) => numbers(m, &[(kind, *field)]),
        }
    }

    /// As [`Fields::or_zero`] of one that is left out where it is zero.
    #[inline(never)]
    pub(super) fn flags(&mut self, kind: u16, field: &mut u32) {
        if *field != 0 || matches!(self, Fields::Read { .. }) {
            self.or_zero(kind, field);
        }
    }

    /// A number that may not be there.
    #[inline(never)]
    pub(super) fn optional(&mut self, kind: u16, field: &mut Option<u32>) {
        match (self, field) {
            (Fields::Read { slots, .. }, field) => *field = slots.u32_be(kind),
            (Fields::Write(m), Some(number)) => numbers(m, &[(kind, *number)]),
            (Fields::Write(_), None) => (),
        }
    }

    /// Two of them: the second has the next type.
    #[inline(never)]
    pub(super) fn pair(&mut self, kind: u16, field: &mut (Option<u32>, Option<u32>)) {
        self.optional(kind, &mut field.0);
        self.optional(kind + 1, &mut field.1);
    }

    /// One byte that may not be there.
    pub(super) fn byte(&mut self, kind: u16, field: &mut Option<u8>) {
        match (self, field) {
            (Fields::Read { slots, .. }, field) => *field = slots.u8(kind),
            (Fields::Write(m), Some(number)) => drop(m.put(kind, *number)),
            (Fields::Write(_), None) => (),
        }
    }

    /// A number of eight bytes.
    #[inline(never)]
    pub(super) fn long(&mut self, kind: u16, field: &mut u64) {
        match self {
            Fields::Read { slots, lacks } => match u64_be(slots, kind) {
                Some(number) => *field = number,
                None => *lacks = true,
            },
            Fields::Write(m) => drop(m.put(kind, field.to_be_bytes())),
        }
    }

    /// Register data.
    #[inline(never)]
    pub(super) fn data(&mut self, kind: u16, field: &mut Bytes) {
        match self {
            Fields::Read { slots, .. } => {
                let found = slots.nested(kind).get(NFTA_DATA_VALUE);
                self.fill(field, found);
            }
            Fields::Write(m) => value(m, kind, field),
        }
    }

    /// Bytes as they are.
    pub(super) fn blob(&mut self, kind: u16, field: &mut Bytes) {
        match self {
            Fields::Read { slots, .. } => {
                let found = slots.get(kind);
                self.fill(field, found);
            }
            Fields::Write(m) => drop(m.put(kind, &**field)),
        }
    }

    /// A string.
    #[inline(never)]
    pub(super) fn name(&mut self, kind: u16, field: &mut Bytes) {
        match self {
            Fields::Read { slots, .. } => {
                let found = slots.bytes(kind);
                self.fill(field, found);
            }
            Fields::Write(m) => string(m, kind, field),
        }
    }

    /// A string that is left out where it is empty.
    pub(super) fn text(&mut self, kind: u16, field: &mut Bytes) {
        let there = match self {
            Fields::Read { slots, .. } => slots.has(kind),
            Fields::Write(_) => !field.is_empty(),
        };
        if there {
            self.name(kind, field);
        }
    }

    /// A verdict, in a nest of the data.
    pub(super) fn verdict(&mut self, kind: u16, field: &mut Verdict) {
        match self {
            Fields::Read { slots, lacks } => {
                let nest = Attributes::new(slots.nested(kind).get(NFTA_DATA_VERDICT).unwrap_or(&[]));
                match nest.get(NFTA_VERDICT_CODE).and_then(array) {
                    Some(code) => field.code = i32::from_be_bytes(code),
                    None => *lacks = true,
                }
                field.chain = nest.get(NFTA_VERDICT_CHAIN).map(until_nul).map(copy);
            }
            Fields::Write(m) => {
                m.nested(kind, |m| {
                    m.nested(NFTA_DATA_VERDICT, |m| {
                        m.put(NFTA_VERDICT_CODE, field.code.to_be_bytes());
                        if let Some(chain) = &field.chain {
                            string(m, NFTA_VERDICT_CHAIN, chain);
                        }
                    });
                });
            }
        }
    }

    fn fill(&mut self, field: &mut Bytes, found: Option<&[u8]>) {
        match (self, found) {
            (_, Some(found)) => *field = copy(found),
            (Fields::Read { lacks, .. }, None) => *lacks = true,
            (Fields::Write(_), None) => (),
        }
    }
}
