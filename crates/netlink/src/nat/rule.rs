//! The rules: one that looks a shape's set up, and one for each entry that no set can hold.

use super::shape::{Field, NAME_LEN, Shape, octets};
use super::{Addresses, Interface, Kind, Nat, Not};
use crate::nftables::uapi::*;
use crate::nftables::{Bytes, Expression};
use crate::types::Prefix;
use std::net::IpAddr;

/// The kernel's number for the register that starts `slot` times four bytes in, as it reports it.
fn register(slot: u32) -> u32 {
    if slot % 4 == 0 { NFT_REG_1 + slot / 4 } else { NFT_REG32_00 + slot }
}

/// Bytes from the start of the IP header to source and destination, and their length.
pub(super) fn layout(v6: bool) -> (u32, u32, u32) {
    if v6 { (8, 24, 16) } else { (12, 16, 4) }
}

pub(super) fn family(v6: bool) -> u8 {
    if v6 { NFPROTO_IPV6 } else { NFPROTO_IPV4 }
}

/// Appends an expression; not inlined, since there are many.
#[inline(never)]
fn push(all: &mut Vec<Expression>, expression: Expression) {
    all.push(expression);
}

fn meta(key: u32, dreg: u32) -> Expression {
    Expression::Meta { key, dreg }
}

/// The bytes of an address.
fn bytes(address: IpAddr) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(16);
    octets(&mut bytes, address);
    bytes
}

fn compare(all: &mut Vec<Expression>, inverted: bool, data: &[u8]) {
    let op = if inverted { NFT_CMP_NEQ } else { NFT_CMP_EQ };
    push(all, Expression::Cmp { op, sreg: NFT_REG_1, data: data.into() });
}

fn network(offset: u32, len: u32, dreg: u32) -> Expression {
    Expression::Payload { base: NFT_PAYLOAD_NETWORK_HEADER, offset, len, dreg }
}

fn transport(offset: u32, dreg: u32) -> Expression {
    Expression::Payload { base: NFT_PAYLOAD_TRANSPORT_HEADER, offset, len: 2, dreg }
}

fn mask(bits: u8, v6: bool, register: u32) -> Option<Expression> {
    let ones: IpAddr = if v6 { [0xff; 16].into() } else { [0xff; 4].into() };
    let prefix = Prefix::new(ones, bits)?;
    if prefix == Prefix::host(ones) {
        return None;
    }
    let mask = bytes(prefix.network().address());
    let xor = vec![0; mask.len()].into();
    Some(Expression::Bitwise { sreg: register, dreg: register, mask: mask.into(), xor })
}

/// Only packets of one IP version.
fn version(all: &mut Vec<Expression>, v6: bool) {
    push(all, meta(NFT_META_NFPROTO, NFT_REG_1));
    compare(all, false, &[family(v6)]);
}

/// Only packets to an address of this host.
fn to_this_host(all: &mut Vec<Expression>) {
    const LOCAL: u32 = 2; // RTN_LOCAL
    push(all, Expression::Fib { dreg: NFT_REG_1, result: NFT_FIB_RESULT_ADDRTYPE, flags: NFTA_FIB_F_DADDR });
    compare(all, false, &LOCAL.to_ne_bytes());
}

/// The rule that looks a packet up in a shape's set and does what the entry says.
pub(super) fn lookup(shape: &Shape) -> Vec<Expression> {
    let mut all = Vec::with_capacity(16);
    version(&mut all, shape.v6);
    if shape.local {
        to_this_host(&mut all);
    }
    let (source, destination, len) = layout(shape.v6);
    for (field, slot) in shape.slots() {
        let dreg = register(slot);
        let (load, bits) = match field {
            Field::Source(bits) => (network(source, len, dreg), Some(bits)),
            Field::Destination(bits) => (network(destination, len, dreg), Some(bits)),
            Field::Input => (meta(NFT_META_IIFNAME, dreg), None),
            Field::Output => (meta(NFT_META_OIFNAME, dreg), None),
            Field::Protocol => (meta(NFT_META_L4PROTO, dreg), None),
            Field::SourcePort => (transport(0, dreg), None),
            Field::DestinationPort => (transport(2, dreg), None),
        };
        push(&mut all, load);
        if let Some(mask) = bits.and_then(|bits| mask(bits, shape.v6, dreg)) {
            push(&mut all, mask);
        }
    }
    let dreg = shape.data().map(|_| NFT_REG_1);
    let set = shape.name().into_bytes().into();
    push(&mut all, Expression::Lookup { set, sreg: NFT_REG_1, dreg, flags: 0 });
    let behind = if shape.to.0 { len / 4 } else { 0 };
    let address = shape.to.0.then_some(NFT_REG_1);
    let port = shape.to.1.then(|| register(behind));
    push(&mut all, action(shape.kind, shape.v6, (address, address), (port, port), shape.flags));
    all
}

fn action(
    kind: Kind,
    v6: bool,
    addr: (Option<u32>, Option<u32>),
    proto: (Option<u32>, Option<u32>),
    flags: u32,
) -> Expression {
    // What is given is said by flags as well, which the kernel adds where they are missing: so comparing stays simple.
    let flags = flags
        | if addr.0.is_some() { NF_NAT_RANGE_MAP_IPS } else { 0 }
        | if proto.0.is_some() { NF_NAT_RANGE_PROTO_SPECIFIED } else { 0 };
    match kind {
        Kind::Masquerade => Expression::Masq { proto, flags },
        Kind::Redirect => Expression::Redir { proto, flags },
        Kind::Snat | Kind::Netmap => {
            Expression::Nat { kind: NFT_NAT_SNAT, family: family(v6).into(), addr, proto, flags }
        }
        Kind::Dnat => Expression::Nat { kind: NFT_NAT_DNAT, family: family(v6).into(), addr, proto, flags },
    }
}

/// The rule that is an entry by itself.
pub(super) fn plain(nat: &Nat) -> Vec<Expression> {
    let mut all = Vec::with_capacity(16);
    version(&mut all, nat.v6);
    if nat.local {
        to_this_host(&mut all);
    }
    let (source, destination, _) = layout(nat.v6);
    addresses(&mut all, source, nat.v6, &nat.source);
    addresses(&mut all, destination, nat.v6, &nat.destination);
    interface(&mut all, NFT_META_IIFNAME, &nat.input);
    interface(&mut all, NFT_META_OIFNAME, &nat.output);
    if let Some(protocol) = nat.protocol {
        push(&mut all, meta(NFT_META_L4PROTO, NFT_REG_1));
        compare(&mut all, protocol.inverted, &[protocol.value]);
    }
    ports(&mut all, 0, nat.source_ports);
    ports(&mut all, 2, nat.destination_ports);
    push(&mut all, Expression::Counter { packets: 0, bytes: 0 });
    rewrite(&mut all, nat);
    all
}

fn rewrite(all: &mut Vec<Expression>, nat: &Nat) {
    let mut load = |slot: u32, data: Vec<u8>| {
        let dreg = register(slot);
        push(all, Expression::Immediate { dreg, data: data.into() });
        dreg
    };
    let first = nat.to.map(|(first, _)| load(0, bytes(first)));
    let last = nat.to.filter(|(first, last)| first != last).map(|(_, last)| load(4, bytes(last)));
    let port = nat.to_ports.map(|(port, _)| load(8, port.to_be_bytes().to_vec()));
    let end = nat.to_ports.filter(|(first, last)| first != last).map(|(_, last)| load(12, last.to_be_bytes().to_vec()));
    let flags = if nat.kind == Kind::Netmap { nat.flags | NF_NAT_RANGE_NETMAP } else { nat.flags };
    let kind = match nat.kind {
        Kind::Netmap if !nat.rewrites_source() => Kind::Dnat,
        kind => kind,
    };
    push(all, action(kind, nat.v6, (first, last.or(first)), (port, end.or(port)), flags));
}

fn addresses(all: &mut Vec<Expression>, offset: u32, v6: bool, addresses: &Option<Not<Addresses>>) {
    let Some(Not { value, inverted }) = addresses else { return };
    push(all, network(offset, layout(v6).2, NFT_REG_1));
    match value {
        Addresses::Prefix(prefix) => {
            if let Some(mask) = mask(prefix.len(), v6, NFT_REG_1) {
                push(all, mask);
            }
            compare(all, *inverted, &bytes(prefix.network().address()));
        }
        Addresses::Range(first, last) => range(all, *inverted, &bytes(*first), &bytes(*last)),
    }
}

fn range(all: &mut Vec<Expression>, inverted: bool, from: &[u8], to: &[u8]) {
    let op = if inverted { NFT_RANGE_NEQ } else { NFT_RANGE_EQ };
    push(all, Expression::Range { op, sreg: NFT_REG_1, from: from.into(), to: to.into() });
}

fn interface(all: &mut Vec<Expression>, key: u32, interface: &Option<Not<Interface>>) {
    let Some(Not { value, inverted }) = interface else { return };
    push(all, meta(key, NFT_REG_1));
    let mut name = value.name.to_vec();
    if !value.wildcard {
        name.resize(NAME_LEN, 0);
    }
    compare(all, *inverted, &name);
}

fn ports(all: &mut Vec<Expression>, offset: u32, ports: Option<Not<(u16, u16)>>) {
    let Some(Not { value: (first, last), inverted }) = ports else { return };
    push(all, transport(offset, NFT_REG_1));
    match first == last {
        true => compare(all, inverted, &first.to_be_bytes()),
        false => range(all, inverted, &first.to_be_bytes(), &last.to_be_bytes()),
    }
}

/// What an entry keeps beside itself.
pub(super) fn userdata(nat: &Nat) -> Bytes {
    let mut bytes = Vec::new();
    if !nat.comment.is_empty() {
        let text: Vec<u8> = nat.comment.iter().copied().take(128).chain([0]).collect();
        crate::nftables::userdata::put(&mut bytes, crate::nftables::userdata::RULE_COMMENT, &text);
    }
    bytes.into()
}
