//! Attributes in the forms that nf_tables has everywhere: strings, numbers in network order, register data.

use super::uapi::NFTA_DATA_VALUE;
use crate::attributes::{Slots, array};
use crate::message::Message;

/// Appends a string with the NUL that the kernel wants behind names.
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

/// Appends a 32-bit number that may not be there.
pub(super) fn optional(m: &mut Message, kind: u16, number: Option<u32>) {
    if let Some(number) = number {
        m.put(kind, number.to_be_bytes());
    }
}

/// Appends a value as register data: a nest around the bytes.
pub(super) fn value(m: &mut Message, kind: u16, bytes: &[u8]) {
    m.nested(kind, |m| {
        m.put(NFTA_DATA_VALUE, bytes);
    });
}

/// The bytes of register data.
pub(super) fn data(slots: &Slots, kind: u16) -> Option<super::Bytes> {
    slots.nested_slots(kind)?.get(NFTA_DATA_VALUE).map(Box::from)
}

/// A number of four bytes in network order; made once for its forty callers.
#[inline(never)]
pub(super) fn number(slots: &Slots, kind: u16) -> Option<u32> {
    slots.u32_be(kind)
}

/// A number of eight bytes in network order.
pub(super) fn u64_be(slots: &Slots, kind: u16) -> Option<u64> {
    array(slots.get(kind)?).map(u64::from_be_bytes)
}
