//! The expressions a rule is made of, and their attributes both ways.
//!
//! What is not known here, or does not look as it should, is kept as its bytes ([`Expression::Unknown`]) and written
//! back unchanged: a listing may not lose what it can't name. Source: linux/netfilter/nf_tables.h.

use super::fields::{Fields, copy, string};
use super::uapi::*;
use crate::attributes::{Attributes, Slots, until_nul};
use crate::message::Message;

/// A byte string in a register or a blob.
pub type Bytes = Box<[u8]>;

/// What is decided of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `NF_ACCEPT`, `NFT_JUMP` …
    pub code: i32,
    /// Where a jump or goto leads.
    pub chain: Option<Bytes>,
}

/// One expression; its fields are the kernel's attributes. Registers are the kernel's numbers: 1 to 4 of 16 bytes, from 8 on of four.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)] // the fields are the kernel's attributes of the same names
pub enum Expression {
    /// Loads a fact about the packet: `NFT_META_…`.
    Meta { key: u32, dreg: u32 },
    /// Sets one, mostly the mark.
    MetaSet { key: u32, sreg: u32 },
    /// Loads bytes of the packet.
    Payload { base: u32, offset: u32, len: u32, dreg: u32 },
    /// Goes on only if the comparison holds.
    Cmp { op: u32, sreg: u32, data: Bytes },
    /// `dreg = (sreg & mask) ^ xor`.
    Bitwise { sreg: u32, dreg: u32, mask: Bytes, xor: Bytes },
    /// Goes on only if the register is within, or (`NFT_RANGE_NEQ`) outside of the range.
    Range { op: u32, sreg: u32, from: Bytes, to: Bytes },
    /// Looks a register up in a set; in a map the value goes to `dreg`.
    Lookup { set: Bytes, sreg: u32, dreg: Option<u32>, flags: u32 },
    /// Loads a constant.
    Immediate { dreg: u32, data: Bytes },
    /// Decides.
    Verdict(Verdict),
    /// Counts.
    Counter { packets: u64, bytes: u64 },
    /// Loads a fact about the connection: `NFT_CT_…`.
    Ct { key: u32, dreg: u32, direction: Option<u8> },
    /// Asks the routing table.
    Fib { dreg: u32, result: u32, flags: u32 },
    /// Loads the next number of a row, or one by chance, below the modulus: `NFT_NG_…`.
    Numgen { dreg: u32, modulus: u32, kind: u32, offset: u32 },
    /// Turns `len` bytes, `size` at a time, into network order or back: `NFT_BYTEORDER_…`.
    Byteorder { sreg: u32, dreg: u32, op: u32, len: u32, size: u32 },
    /// Writes a line into the kernel's log.
    Log { prefix: Bytes, level: u32, flags: u32 },
    /// Goes on only so often.
    Limit { rate: u64, unit: u64, burst: u32, kind: u32, flags: u32 },
    /// Rewrites source or destination.
    Nat { kind: u32, family: u32, addr: (Option<u32>, Option<u32>), proto: (Option<u32>, Option<u32>), flags: u32 },
    /// Rewrites the source to the address of the interface the packet leaves by.
    Masq { proto: (Option<u32>, Option<u32>), flags: u32 },
    /// Rewrites the destination to this host.
    Redir { proto: (Option<u32>, Option<u32>), flags: u32 },
    /// A match of xtables with its own structure.
    Match { name: Bytes, revision: u32, info: Bytes },
    /// A target of xtables with its own structure.
    Target { name: Bytes, revision: u32, info: Bytes },
    /// Anything else, as it came.
    Unknown { name: Bytes, data: Bytes },
}

/// Whether two lists of expressions do the same; counters don't count.
#[inline(never)]
pub fn same(one: &[Expression], other: &[Expression]) -> bool {
    let equal = |(a, b): (&Expression, &Expression)| {
        a == b || matches!((a, b), (Expression::Counter { .. }, Expression::Counter { .. }))
    };
    one.len() == other.len() && one.iter().zip(other).all(equal)
}

impl Expression {
    /// The kernel's name of the expression.
    pub fn name(&self) -> &[u8] {
        match self {
            Expression::Meta { .. } | Expression::MetaSet { .. } => b"meta",
            Expression::Payload { .. } => b"payload",
            Expression::Cmp { .. } => b"cmp",
            Expression::Bitwise { .. } => b"bitwise",
            Expression::Range { .. } => b"range",
            Expression::Lookup { .. } => b"lookup",
            Expression::Immediate { .. } | Expression::Verdict(_) => b"immediate",
            Expression::Counter { .. } => b"counter",
            Expression::Ct { .. } => b"ct",
            Expression::Fib { .. } => b"fib",
            Expression::Numgen { .. } => b"numgen",
            Expression::Byteorder { .. } => b"byteorder",
            Expression::Log { .. } => b"log",
            Expression::Limit { .. } => b"limit",
            Expression::Nat { .. } => b"nat",
            Expression::Masq { .. } => b"masq",
            Expression::Redir { .. } => b"redir",
            Expression::Match { .. } => b"match",
            Expression::Target { .. } => b"target",
            Expression::Unknown { name, .. } => name,
        }
    }

    /// Appends the expression as an attribute of type `kind`: a list's element, or a set's own.
    pub fn write(mut self, kind: u16, to: &mut Message) {
        to.nested(kind, |m| {
            string(m, NFTA_EXPR_NAME, self.name());
            match &self {
                Expression::Unknown { data, .. } => {
                    m.put(NFTA_EXPR_DATA | crate::attributes::NESTED, &**data);
                }
                _ => {
                    m.nested(NFTA_EXPR_DATA, |m| self.fields(&mut Fields::Write(m)));
                }
            }
        });
    }

    /// Reads one expression: the payload of a list's element.
    pub fn read(payload: &[u8]) -> Self {
        let attributes = Attributes::new(payload);
        let name = attributes.get(NFTA_EXPR_NAME).map_or(&[][..], until_nul);
        let data = attributes.get(NFTA_EXPR_DATA).unwrap_or(&[]);
        let slots = Slots::parse(data);
        if let Some(mut known) = Self::blank(name, &slots) {
            let mut fields = Fields::Read { slots: &slots, lacks: false };
            known.fields(&mut fields);
            if !matches!(fields, Fields::Read { lacks: true, .. }) {
                return known;
            }
        }
        Expression::Unknown { name: copy(name), data: copy(data) }
    }

    /// An expression of that name whose fields are to be read; `None` where it is another than is known here.
    fn blank(name: &[u8], s: &Slots) -> Option<Self> {
        let (none, none_yet) = (Bytes::default, (None, None));
        Some(match name {
            b"meta" if s.has(NFTA_META_DREG) => Expression::Meta { key: 0, dreg: 0 },
            b"meta" => Expression::MetaSet { key: 0, sreg: 0 },
            b"payload" => Expression::Payload { base: 0, offset: 0, len: 0, dreg: 0 },
            b"cmp" => Expression::Cmp { op: 0, sreg: 0, data: none() },
            // Shifts, and operations between two registers, are other operations.
            b"bitwise" if s.u32_be(NFTA_BITWISE_OP).unwrap_or(0) == 0 => {
                Expression::Bitwise { sreg: 0, dreg: 0, mask: none(), xor: none() }
            }
            b"range" => Expression::Range { op: 0, sreg: 0, from: none(), to: none() },
            b"lookup" => Expression::Lookup { set: none(), sreg: 0, dreg: None, flags: 0 },
            b"immediate" if s.nested(NFTA_IMMEDIATE_DATA).get(NFTA_DATA_VERDICT).is_some() => {
                Expression::Verdict(Verdict { code: 0, chain: None })
            }
            b"immediate" => Expression::Immediate { dreg: 0, data: none() },
            b"counter" => Expression::Counter { packets: 0, bytes: 0 },
            b"ct" => Expression::Ct { key: 0, dreg: 0, direction: None },
            b"fib" => Expression::Fib { dreg: 0, result: 0, flags: 0 },
            b"numgen" => Expression::Numgen { dreg: 0, modulus: 0, kind: 0, offset: 0 },
            b"byteorder" => Expression::Byteorder { sreg: 0, dreg: 0, op: 0, len: 0, size: 0 },
            // To a group it is a packet for a program, not a line.
            b"log" if !s.has(NFTA_LOG_GROUP) => Expression::Log { prefix: none(), level: 0, flags: 0 },
            b"limit" => Expression::Limit { rate: 0, unit: 0, burst: 0, kind: 0, flags: 0 },
            b"nat" => Expression::Nat { kind: 0, family: 0, addr: none_yet, proto: none_yet, flags: 0 },
            b"masq" => Expression::Masq { proto: none_yet, flags: 0 },
            b"redir" => Expression::Redir { proto: none_yet, flags: 0 },
            b"match" => Expression::Match { name: none(), revision: 0, info: none() },
            b"target" => Expression::Target { name: none(), revision: 0, info: none() },
            _ => return None,
        })
    }

    /// The fields and their attributes, in the order they are written.
    fn fields(&mut self, f: &mut Fields) {
        match self {
            Expression::Meta { key, dreg } => drop(f.number(NFTA_META_KEY, key).number(NFTA_META_DREG, dreg)),
            Expression::MetaSet { key, sreg } => drop(f.number(NFTA_META_KEY, key).number(NFTA_META_SREG, sreg)),
            Expression::Payload { base, offset, len, dreg } => {
                f.number(NFTA_PAYLOAD_DREG, dreg).number(NFTA_PAYLOAD_BASE, base);
                f.number(NFTA_PAYLOAD_OFFSET, offset).number(NFTA_PAYLOAD_LEN, len);
            }
            Expression::Cmp { op, sreg, data } => {
                f.number(NFTA_CMP_SREG, sreg).number(NFTA_CMP_OP, op);
                f.data(NFTA_CMP_DATA, data);
            }
            Expression::Bitwise { sreg, dreg, mask, xor } => {
                f.number(NFTA_BITWISE_SREG, sreg).number(NFTA_BITWISE_DREG, dreg);
                f.or_zero(NFTA_BITWISE_LEN, &mut u32::try_from(mask.len()).unwrap_or(0));
                f.data(NFTA_BITWISE_MASK, mask);
                f.data(NFTA_BITWISE_XOR, xor);
            }
            Expression::Range { op, sreg, from, to } => {
                f.number(NFTA_RANGE_SREG, sreg).number(NFTA_RANGE_OP, op);
                f.data(NFTA_RANGE_FROM_DATA, from);
                f.data(NFTA_RANGE_TO_DATA, to);
            }
            Expression::Lookup { set, sreg, dreg, flags } => {
                f.name(NFTA_LOOKUP_SET, set);
                f.number(NFTA_LOOKUP_SREG, sreg);
                f.optional(NFTA_LOOKUP_DREG, dreg);
                f.flags(NFTA_LOOKUP_FLAGS, flags);
            }
            Expression::Immediate { dreg, data } => {
                f.number(NFTA_IMMEDIATE_DREG, dreg);
                f.data(NFTA_IMMEDIATE_DATA, data);
            }
            Expression::Verdict(verdict) => {
                f.number(NFTA_IMMEDIATE_DREG, &mut { NFT_REG_VERDICT });
                f.verdict(NFTA_IMMEDIATE_DATA, verdict);
            }
            Expression::Counter { packets, bytes } => {
                f.long(NFTA_COUNTER_BYTES, bytes);
                f.long(NFTA_COUNTER_PACKETS, packets);
            }
            Expression::Ct { key, dreg, direction } => {
                f.number(NFTA_CT_KEY, key).number(NFTA_CT_DREG, dreg);
                f.byte(NFTA_CT_DIRECTION, direction);
            }
            Expression::Fib { dreg, result, flags } => {
                f.number(NFTA_FIB_FLAGS, flags).number(NFTA_FIB_RESULT, result);
                f.number(NFTA_FIB_DREG, dreg);
            }
            Expression::Numgen { dreg, modulus, kind, offset } => {
                f.number(NFTA_NG_DREG, dreg).number(NFTA_NG_MODULUS, modulus);
                f.number(NFTA_NG_TYPE, kind);
                f.or_zero(NFTA_NG_OFFSET, offset);
            }
            Expression::Byteorder { sreg, dreg, op, len, size } => {
                f.number(NFTA_BYTEORDER_SREG, sreg).number(NFTA_BYTEORDER_DREG, dreg);
                f.number(NFTA_BYTEORDER_OP, op);
                f.number(NFTA_BYTEORDER_LEN, len).number(NFTA_BYTEORDER_SIZE, size);
            }
            Expression::Log { prefix, level, flags } => {
                f.text(NFTA_LOG_PREFIX, prefix);
                f.number(NFTA_LOG_LEVEL, level);
                f.flags(NFTA_LOG_FLAGS, flags);
            }
            Expression::Limit { rate, unit, burst, kind, flags } => {
                f.long(NFTA_LIMIT_RATE, rate);
                f.long(NFTA_LIMIT_UNIT, unit);
                f.or_zero(NFTA_LIMIT_BURST, burst);
                f.or_zero(NFTA_LIMIT_TYPE, kind);
                f.or_zero(NFTA_LIMIT_FLAGS, flags);
            }
            Expression::Nat { kind, family, addr, proto, flags } => {
                f.number(NFTA_NAT_TYPE, kind).number(NFTA_NAT_FAMILY, family);
                f.pair(NFTA_NAT_REG_ADDR_MIN, addr);
                f.pair(NFTA_NAT_REG_PROTO_MIN, proto);
                f.flags(NFTA_NAT_FLAGS, flags);
            }
            Expression::Masq { proto, flags } => {
                f.flags(NFTA_MASQ_FLAGS, flags);
                f.pair(NFTA_MASQ_REG_PROTO_MIN, proto);
            }
            Expression::Redir { proto, flags } => {
                f.pair(NFTA_REDIR_REG_PROTO_MIN, proto);
                f.flags(NFTA_REDIR_FLAGS, flags);
            }
            // Both have the same numbers for their attributes.
            Expression::Match { name, revision, info } | Expression::Target { name, revision, info } => {
                f.name(NFTA_MATCH_NAME, name);
                f.number(NFTA_MATCH_REV, revision);
                f.blob(NFTA_MATCH_INFO, info);
            }
            Expression::Unknown { .. } => (),
        }
    }

    /// Reads a list of expressions: the payload of `NFTA_RULE_EXPRESSIONS` and the like.
    pub fn read_list(payload: &[u8]) -> Vec<Self> {
        let elements = Attributes::new(payload).filter(|element| element.kind == NFTA_LIST_ELEM);
        elements.map(|element| Self::read(element.payload)).collect()
    }
}

#[cfg(test)]
#[path = "expression_tests.rs"]
mod tests;
