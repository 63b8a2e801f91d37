//! Entries as the kernel has them: the rules of our chains in order, each look-up with the elements of its set.

use super::change::CHAINS;
use super::rule::{family, layout};
use super::shape::Shape;
use super::{Addresses, Interface, Kind, Nat, Not, TABLE};
use crate::attributes::{array, ip};
use crate::error::Result;
use crate::nftables::uapi::*;
use crate::nftables::{Bytes, Element, Expression, NetfilterSocket, Rule, userdata};
use crate::types::Prefix;

/// An entry as it is listed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listed {
    /// The entry; `None` for a rule in our table that somebody else wrote.
    pub entry: Option<Nat>,
    /// The rule's handle; of an element that of the rule which looks it up.
    pub handle: u64,
    /// Packets and bytes it was found for.
    pub counter: Option<(u64, u64)>,
}

/// Hands each entry to `each`, in the order packets meet them; elements of one set in no particular one.
/// None where our table does not exist.
pub fn for_each(socket: &mut NetfilterSocket, mut each: impl FnMut(Listed) -> Result<()>) -> Result<()> {
    each_of(socket, &mut each)
}

fn each_of(socket: &mut NetfilterSocket, each: &mut dyn FnMut(Listed) -> Result<()>) -> Result<()> {
    for chain in CHAINS {
        for rule in socket.rules(TABLE, Some(chain.name.as_bytes()))? {
            match set_of(&rule) {
                Some((shape, set)) => {
                    let handle = rule.handle;
                    // What one gets of a set that changes meanwhile is each of its elements at least.
                    let _ = socket.for_each_element(TABLE, set, |element| each(listed(&shape, element, handle)))?;
                }
                None => each(plain(&rule))?,
            }
        }
    }
    Ok(())
}

pub(super) fn set_of(rule: &Rule) -> Option<(Shape, &[u8])> {
    rule.expressions.iter().find_map(|expression| match expression {
        Expression::Lookup { set, .. } => Shape::parse(set).map(|shape| (shape, &**set)),
        _ => None,
    })
}

pub(super) fn listed(shape: &Shape, element: Element, handle: u64) -> Listed {
    let mut entry = shape.entry(&element.key, element.data.as_deref());
    if let (Some(entry), Some(comment)) = (&mut entry, userdata::comment(&element.userdata)) {
        entry.comment = comment.into();
    }
    Listed { entry, handle, counter: element.counter }
}

pub(super) fn plain(rule: &Rule) -> Listed {
    let counter = rule.expressions.iter().find_map(|expression| match expression {
        Expression::Counter { packets, bytes } => Some((*packets, *bytes)),
        _ => None,
    });
    let mut entry = decode(&rule.expressions);
    if let (Some(entry), Some(comment)) = (&mut entry, userdata::comment(&rule.userdata)) {
        entry.comment = comment.into();
    }
    Listed { entry, handle: rule.handle, counter }
}

/// The entry that `expressions` are, if we would write it so.
fn decode(expressions: &[Expression]) -> Option<Nat> {
    let mut nat = Nat::new(Kind::Masquerade, false);
    let mut loaded = None;
    let mut bits: Option<u8> = None;
    let mut immediate: Vec<(u32, Bytes)> = Vec::new();
    for expression in expressions {
        match expression {
            Expression::Meta { .. } | Expression::Payload { .. } | Expression::Fib { .. } => {
                (loaded, bits) = (Some(expression), None)
            }
            Expression::Bitwise { mask, .. } => {
                let len: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
                bits = u8::try_from(len).ok();
            }
            Expression::Cmp { op, data, .. } => {
                let inverted = *op == NFT_CMP_NEQ;
                compared(&mut nat, loaded?, bits, inverted, data)?;
            }
            Expression::Range { op, from, to, .. } => ranged(&mut nat, loaded?, *op == NFT_RANGE_NEQ, from, to)?,
            Expression::Immediate { dreg, data } => immediate.push((*dreg, data.clone())),
            Expression::Counter { .. } => (),
            action => rewritten(&mut nat, action, &immediate)?,
        }
    }
    Some(nat)
}

fn compared(nat: &mut Nat, loaded: &Expression, bits: Option<u8>, inverted: bool, data: &[u8]) -> Option<()> {
    let (source, destination, len) = layout(nat.v6);
    match *loaded {
        Expression::Meta { key: NFT_META_NFPROTO, .. } => nat.v6 = *data.first()? == family(true),
        Expression::Fib { result: NFT_FIB_RESULT_ADDRTYPE, .. } if !inverted => nat.local = true,
        Expression::Meta { key: NFT_META_L4PROTO, .. } => {
            nat.protocol = Some(Not { value: *data.first()?, inverted });
        }
        Expression::Meta { key: key @ (NFT_META_IIFNAME | NFT_META_OIFNAME), .. } => {
            let end = data.iter().position(|byte| *byte == 0);
            let name = data.get(..end.unwrap_or(data.len()))?.into();
            let interface = Some(Not { value: Interface { name, wildcard: end.is_none() }, inverted });
            match key {
                NFT_META_IIFNAME => nat.input = interface,
                _ => nat.output = interface,
            }
        }
        Expression::Payload { base: NFT_PAYLOAD_NETWORK_HEADER, offset, len: loaded, .. } if loaded == len => {
            let prefix = Prefix::new(ip(data)?, bits.unwrap_or(u8::try_from(len * 8).ok()?))?;
            let value = Some(Not { value: Addresses::Prefix(prefix), inverted });
            match offset {
                _ if offset == source => nat.source = value,
                _ if offset == destination => nat.destination = value,
                _ => return None,
            }
        }
        Expression::Payload { base: NFT_PAYLOAD_TRANSPORT_HEADER, .. } => {
            return ranged(nat, loaded, inverted, data, data);
        }
        _ => return None,
    }
    Some(())
}

fn ranged(nat: &mut Nat, loaded: &Expression, inverted: bool, from: &[u8], to: &[u8]) -> Option<()> {
    let (source, destination, _) = layout(nat.v6);
    match *loaded {
        Expression::Payload { base: NFT_PAYLOAD_NETWORK_HEADER, offset, .. } => {
            let value = Some(Not { value: Addresses::Range(ip(from)?, ip(to)?), inverted });
            match offset {
                _ if offset == source => nat.source = value,
                _ if offset == destination => nat.destination = value,
                _ => return None,
            }
        }
        Expression::Payload { base: NFT_PAYLOAD_TRANSPORT_HEADER, offset, len: 2, .. } => {
            let value = (array(from).map(u16::from_be_bytes)?, array(to).map(u16::from_be_bytes)?);
            let value = Some(Not { value, inverted });
            match offset {
                0 => nat.source_ports = value,
                2 => nat.destination_ports = value,
                _ => return None,
            }
        }
        _ => return None,
    }
    Some(())
}

fn rewritten(nat: &mut Nat, action: &Expression, immediate: &[(u32, Bytes)]) -> Option<()> {
    let value = |register: Option<u32>| {
        let found = immediate.iter().find(|(number, _)| Some(*number) == register);
        found.map(|(_, data)| &**data)
    };
    let port = |register| value(register).and_then(array).map(u16::from_be_bytes);
    let ports = |(first, last)| Some((port(first)?, port(last).or_else(|| port(first))?));
    let (kind, proto, flags) = match action {
        Expression::Masq { proto, flags } => (Kind::Masquerade, proto, flags),
        Expression::Redir { proto, flags } => (Kind::Redirect, proto, flags),
        Expression::Nat { kind, addr, proto, flags, .. } => {
            let address = |register| value(register).and_then(ip);
            nat.to = address(addr.0).map(|first| (first, address(addr.1).unwrap_or(first)));
            let kind = match *kind {
                _ if flags & NF_NAT_RANGE_NETMAP != 0 => Kind::Netmap,
                NFT_NAT_SNAT => Kind::Snat,
                _ => Kind::Dnat,
            };
            (kind, proto, flags)
        }
        _ => return None,
    };
    nat.kind = kind;
    nat.to_ports = ports(*proto);
    let chosen = NF_NAT_RANGE_PROTO_RANDOM | NF_NAT_RANGE_PROTO_RANDOM_FULLY | NF_NAT_RANGE_PERSISTENT;
    nat.flags = flags & chosen;
    Some(())
}
