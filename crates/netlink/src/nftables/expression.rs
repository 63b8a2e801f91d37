//! The expressions a rule is made of, and their attributes both ways.
//!
//! What is not known here, or does not look as it should, is kept as its bytes ([`Expression::Unknown`]) and written
//! back unchanged: a listing may not lose what it can't name. Source: linux/netfilter/nf_tables.h.

pub(super) use super::fields::{data, numbers, string, u64_be, value};
use super::fields::{number, optional};
use super::uapi::*;
use crate::attributes::{Attributes, Slots, array};
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
    pub fn write(&self, kind: u16, to: &mut Message) {
        to.nested(kind, |m| {
            string(m, NFTA_EXPR_NAME, self.name());
            match self {
                Expression::Unknown { data, .. } => {
                    m.put(NFTA_EXPR_DATA | crate::attributes::NESTED, &**data);
                }
                known => {
                    m.nested(NFTA_EXPR_DATA, |m| known.write_data(m));
                }
            }
        });
    }

    fn write_data(&self, m: &mut Message) {
        match self {
            Expression::Meta { key, dreg } => numbers(m, &[(NFTA_META_KEY, *key), (NFTA_META_DREG, *dreg)]),
            Expression::MetaSet { key, sreg } => numbers(m, &[(NFTA_META_KEY, *key), (NFTA_META_SREG, *sreg)]),
            Expression::Payload { base, offset, len, dreg } => {
                numbers(m, &[(NFTA_PAYLOAD_DREG, *dreg), (NFTA_PAYLOAD_BASE, *base)]);
                numbers(m, &[(NFTA_PAYLOAD_OFFSET, *offset), (NFTA_PAYLOAD_LEN, *len)]);
            }
            Expression::Cmp { op, sreg, data } => {
                numbers(m, &[(NFTA_CMP_SREG, *sreg), (NFTA_CMP_OP, *op)]);
                value(m, NFTA_CMP_DATA, data);
            }
            Expression::Bitwise { sreg, dreg, mask, xor } => {
                let len = u32::try_from(mask.len()).unwrap_or(0);
                numbers(m, &[(NFTA_BITWISE_SREG, *sreg), (NFTA_BITWISE_DREG, *dreg), (NFTA_BITWISE_LEN, len)]);
                value(m, NFTA_BITWISE_MASK, mask);
                value(m, NFTA_BITWISE_XOR, xor);
            }
            Expression::Range { op, sreg, from, to } => {
                numbers(m, &[(NFTA_RANGE_SREG, *sreg), (NFTA_RANGE_OP, *op)]);
                value(m, NFTA_RANGE_FROM_DATA, from);
                value(m, NFTA_RANGE_TO_DATA, to);
            }
            Expression::Lookup { set, sreg, dreg, flags } => {
                string(m, NFTA_LOOKUP_SET, set);
                numbers(m, &[(NFTA_LOOKUP_SREG, *sreg)]);
                optional(m, NFTA_LOOKUP_DREG, *dreg);
                optional(m, NFTA_LOOKUP_FLAGS, Some(*flags).filter(|flags| *flags != 0));
            }
            Expression::Immediate { dreg, data } => {
                numbers(m, &[(NFTA_IMMEDIATE_DREG, *dreg)]);
                value(m, NFTA_IMMEDIATE_DATA, data);
            }
            Expression::Verdict(verdict) => {
                numbers(m, &[(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT)]);
                m.nested(NFTA_IMMEDIATE_DATA, |m| verdict.write(m));
            }
            Expression::Counter { packets, bytes } => {
                m.put(NFTA_COUNTER_BYTES, bytes.to_be_bytes()).put(NFTA_COUNTER_PACKETS, packets.to_be_bytes());
            }
            other => other.write_rarer(m),
        }
    }

    fn write_rarer(&self, m: &mut Message) {
        match self {
            Expression::Ct { key, dreg, direction } => {
                numbers(m, &[(NFTA_CT_KEY, *key), (NFTA_CT_DREG, *dreg)]);
                if let Some(direction) = direction {
                    m.put(NFTA_CT_DIRECTION, *direction);
                }
            }
            Expression::Fib { dreg, result, flags } => {
                numbers(m, &[(NFTA_FIB_FLAGS, *flags), (NFTA_FIB_RESULT, *result), (NFTA_FIB_DREG, *dreg)]);
            }
            Expression::Numgen { dreg, modulus, kind, offset } => {
                numbers(m, &[(NFTA_NG_DREG, *dreg), (NFTA_NG_MODULUS, *modulus)]);
                numbers(m, &[(NFTA_NG_TYPE, *kind), (NFTA_NG_OFFSET, *offset)]);
            }
            Expression::Byteorder { sreg, dreg, op, len, size } => {
                numbers(m, &[(NFTA_BYTEORDER_SREG, *sreg), (NFTA_BYTEORDER_DREG, *dreg), (NFTA_BYTEORDER_OP, *op)]);
                numbers(m, &[(NFTA_BYTEORDER_LEN, *len), (NFTA_BYTEORDER_SIZE, *size)]);
            }
            Expression::Log { prefix, level, flags } => {
                if !prefix.is_empty() {
                    string(m, NFTA_LOG_PREFIX, prefix);
                }
                numbers(m, &[(NFTA_LOG_LEVEL, *level)]);
                optional(m, NFTA_LOG_FLAGS, Some(*flags).filter(|flags| *flags != 0));
            }
            Expression::Limit { rate, unit, burst, kind, flags } => {
                m.put(NFTA_LIMIT_RATE, rate.to_be_bytes()).put(NFTA_LIMIT_UNIT, unit.to_be_bytes());
                numbers(m, &[(NFTA_LIMIT_BURST, *burst), (NFTA_LIMIT_TYPE, *kind), (NFTA_LIMIT_FLAGS, *flags)]);
            }
            Expression::Nat { kind, family, addr, proto, flags } => {
                numbers(m, &[(NFTA_NAT_TYPE, *kind), (NFTA_NAT_FAMILY, *family)]);
                optional(m, NFTA_NAT_REG_ADDR_MIN, addr.0);
                optional(m, NFTA_NAT_REG_ADDR_MAX, addr.1);
                optional(m, NFTA_NAT_REG_PROTO_MIN, proto.0);
                optional(m, NFTA_NAT_REG_PROTO_MAX, proto.1);
                optional(m, NFTA_NAT_FLAGS, Some(*flags).filter(|flags| *flags != 0));
            }
            Expression::Masq { proto, flags } => {
                optional(m, NFTA_MASQ_FLAGS, Some(*flags).filter(|flags| *flags != 0));
                optional(m, NFTA_MASQ_REG_PROTO_MIN, proto.0);
                optional(m, NFTA_MASQ_REG_PROTO_MAX, proto.1);
            }
            Expression::Redir { proto, flags } => {
                optional(m, NFTA_REDIR_REG_PROTO_MIN, proto.0);
                optional(m, NFTA_REDIR_REG_PROTO_MAX, proto.1);
                optional(m, NFTA_REDIR_FLAGS, Some(*flags).filter(|flags| *flags != 0));
            }
            Expression::Match { name, revision, info } => {
                string(m, NFTA_MATCH_NAME, name);
                numbers(m, &[(NFTA_MATCH_REV, *revision)]);
                m.put(NFTA_MATCH_INFO, &**info);
            }
            Expression::Target { name, revision, info } => {
                string(m, NFTA_TARGET_NAME, name);
                numbers(m, &[(NFTA_TARGET_REV, *revision)]);
                m.put(NFTA_TARGET_INFO, &**info);
            }
            _ => (),
        }
    }

    /// Reads one expression: the payload of a list's element.
    pub fn read(payload: &[u8]) -> Self {
        let slots = Slots::parse(payload);
        let name = slots.bytes(NFTA_EXPR_NAME).unwrap_or(b"");
        let data = slots.get(NFTA_EXPR_DATA).unwrap_or(&[]);
        let known = Self::read_known(name, &Slots::parse(data));
        known.unwrap_or_else(|| Expression::Unknown { name: name.into(), data: data.into() })
    }

    fn read_known(name: &[u8], s: &Slots) -> Option<Self> {
        Some(match name {
            b"meta" => match number(s, NFTA_META_DREG) {
                Some(dreg) => Expression::Meta { key: number(s, NFTA_META_KEY)?, dreg },
                None => Expression::MetaSet { key: number(s, NFTA_META_KEY)?, sreg: number(s, NFTA_META_SREG)? },
            },
            b"payload" => Expression::Payload {
                base: number(s, NFTA_PAYLOAD_BASE)?,
                offset: number(s, NFTA_PAYLOAD_OFFSET)?,
                len: number(s, NFTA_PAYLOAD_LEN)?,
                dreg: number(s, NFTA_PAYLOAD_DREG)?,
            },
            b"cmp" => Expression::Cmp {
                op: number(s, NFTA_CMP_OP)?,
                sreg: number(s, NFTA_CMP_SREG)?,
                data: data(s, NFTA_CMP_DATA)?,
            },
            // Shifts, and operations between two registers, are other operations: unknown here.
            b"bitwise" if number(s, NFTA_BITWISE_OP).unwrap_or(0) == 0 => Expression::Bitwise {
                sreg: number(s, NFTA_BITWISE_SREG)?,
                dreg: number(s, NFTA_BITWISE_DREG)?,
                mask: data(s, NFTA_BITWISE_MASK)?,
                xor: data(s, NFTA_BITWISE_XOR)?,
            },
            b"range" => Expression::Range {
                op: number(s, NFTA_RANGE_OP)?,
                sreg: number(s, NFTA_RANGE_SREG)?,
                from: data(s, NFTA_RANGE_FROM_DATA)?,
                to: data(s, NFTA_RANGE_TO_DATA)?,
            },
            b"lookup" => Expression::Lookup {
                set: s.bytes(NFTA_LOOKUP_SET)?.into(),
                sreg: number(s, NFTA_LOOKUP_SREG)?,
                dreg: number(s, NFTA_LOOKUP_DREG),
                flags: number(s, NFTA_LOOKUP_FLAGS).unwrap_or(0),
            },
            b"immediate" => {
                let dreg = number(s, NFTA_IMMEDIATE_DREG)?;
                match s.nested_slots(NFTA_IMMEDIATE_DATA)?.nested_slots(NFTA_DATA_VERDICT) {
                    Some(verdict) => Expression::Verdict(Verdict::read(&verdict)?),
                    None => Expression::Immediate { dreg, data: data(s, NFTA_IMMEDIATE_DATA)? },
                }
            }
            b"counter" => {
                Expression::Counter { packets: u64_be(s, NFTA_COUNTER_PACKETS)?, bytes: u64_be(s, NFTA_COUNTER_BYTES)? }
            }
            _ => return Self::read_rarer(name, s),
        })
    }

    fn read_rarer(name: &[u8], s: &Slots) -> Option<Self> {
        Some(match name {
            b"ct" => Expression::Ct {
                key: number(s, NFTA_CT_KEY)?,
                dreg: number(s, NFTA_CT_DREG)?,
                direction: s.u8(NFTA_CT_DIRECTION),
            },
            b"fib" => Expression::Fib {
                dreg: number(s, NFTA_FIB_DREG)?,
                result: number(s, NFTA_FIB_RESULT)?,
                flags: number(s, NFTA_FIB_FLAGS)?,
            },
            b"numgen" => Expression::Numgen {
                dreg: number(s, NFTA_NG_DREG)?,
                modulus: number(s, NFTA_NG_MODULUS)?,
                kind: number(s, NFTA_NG_TYPE)?,
                offset: number(s, NFTA_NG_OFFSET).unwrap_or(0),
            },
            b"byteorder" => Expression::Byteorder {
                sreg: number(s, NFTA_BYTEORDER_SREG)?,
                dreg: number(s, NFTA_BYTEORDER_DREG)?,
                op: number(s, NFTA_BYTEORDER_OP)?,
                len: number(s, NFTA_BYTEORDER_LEN)?,
                size: number(s, NFTA_BYTEORDER_SIZE)?,
            },
            // To a group it is a packet for a program, not a line.
            b"log" if !s.has(NFTA_LOG_GROUP) => Expression::Log {
                prefix: s.bytes(NFTA_LOG_PREFIX).unwrap_or(b"").into(),
                level: number(s, NFTA_LOG_LEVEL)?,
                flags: number(s, NFTA_LOG_FLAGS).unwrap_or(0),
            },
            b"limit" => Expression::Limit {
                rate: u64_be(s, NFTA_LIMIT_RATE)?,
                unit: u64_be(s, NFTA_LIMIT_UNIT)?,
                burst: number(s, NFTA_LIMIT_BURST).unwrap_or(0),
                kind: number(s, NFTA_LIMIT_TYPE).unwrap_or(0),
                flags: number(s, NFTA_LIMIT_FLAGS).unwrap_or(0),
            },
            b"nat" => Expression::Nat {
                kind: number(s, NFTA_NAT_TYPE)?,
                family: number(s, NFTA_NAT_FAMILY)?,
                addr: (number(s, NFTA_NAT_REG_ADDR_MIN), number(s, NFTA_NAT_REG_ADDR_MAX)),
                proto: (number(s, NFTA_NAT_REG_PROTO_MIN), number(s, NFTA_NAT_REG_PROTO_MAX)),
                flags: number(s, NFTA_NAT_FLAGS).unwrap_or(0),
            },
            b"masq" => Expression::Masq {
                proto: (number(s, NFTA_MASQ_REG_PROTO_MIN), number(s, NFTA_MASQ_REG_PROTO_MAX)),
                flags: number(s, NFTA_MASQ_FLAGS).unwrap_or(0),
            },
            b"redir" => Expression::Redir {
                proto: (number(s, NFTA_REDIR_REG_PROTO_MIN), number(s, NFTA_REDIR_REG_PROTO_MAX)),
                flags: number(s, NFTA_REDIR_FLAGS).unwrap_or(0),
            },
            b"match" => Expression::Match {
                name: s.bytes(NFTA_MATCH_NAME)?.into(),
                revision: number(s, NFTA_MATCH_REV)?,
                info: s.get(NFTA_MATCH_INFO)?.into(),
            },
            b"target" => Expression::Target {
                name: s.bytes(NFTA_TARGET_NAME)?.into(),
                revision: number(s, NFTA_TARGET_REV)?,
                info: s.get(NFTA_TARGET_INFO)?.into(),
            },
            _ => return None,
        })
    }

    /// Reads a list of expressions: the payload of `NFTA_RULE_EXPRESSIONS` and the like.
    pub fn read_list(payload: &[u8]) -> Vec<Self> {
        let elements = Attributes::new(payload).filter(|element| element.kind == NFTA_LIST_ELEM);
        elements.map(|element| Self::read(element.payload)).collect()
    }
}

impl Verdict {
    fn write(&self, to: &mut Message) {
        to.nested(NFTA_DATA_VERDICT, |m| {
            m.put(NFTA_VERDICT_CODE, self.code.to_be_bytes());
            if let Some(chain) = &self.chain {
                string(m, NFTA_VERDICT_CHAIN, chain);
            }
        });
    }

    fn read(slots: &Slots) -> Option<Self> {
        let code = array(slots.get(NFTA_VERDICT_CODE)?).map(i32::from_be_bytes)?;
        Some(Verdict { code, chain: slots.bytes(NFTA_VERDICT_CHAIN).map(Box::from) })
    }
}

#[cfg(test)]
#[path = "expression_tests.rs"]
mod tests;
