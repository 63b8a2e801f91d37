//! A rule as expressions, in the order and form in which iptables 1.8.13 writes them.

use crate::address::{length, octets};
use crate::rule::Masked;
use crate::rule::{Extension, Family, Interface, Maybe, Rule, Target};
use netmite_netlink::nftables::uapi::*;
use netmite_netlink::nftables::{Bytes, Expression, Verdict};

/// The name that no interface has: what `! -o +` compares with.
pub const NO_INTERFACE: &[u8] = b"INVAL/D\0";
/// Bytes from the start of the IPv4 header to its protocol, and to its fragment offset.
pub const IPV4_PROTOCOL: u32 = 9;
/// See [`IPV4_PROTOCOL`].
pub const IPV4_FRAGMENT: u32 = 6;

/// Bytes from the start of the IP header to the source and to the destination address.
pub const fn addresses(family: Family) -> (u32, u32) {
    match family {
        Family::V4 => (12, 16),
        Family::V6 => (8, 24),
    }
}

/// Appends a load from a header into register 1.
#[inline(never)]
pub fn payload(all: &mut Vec<Expression>, base: u32, offset: u32, len: u32) {
    all.push(Expression::Payload { base, offset, len, dreg: NFT_REG_1 });
}

/// Appends a load of a fact into register 1.
#[inline(never)]
pub fn meta(all: &mut Vec<Expression>, key: u32) {
    all.push(Expression::Meta { key, dreg: NFT_REG_1 });
}

/// Appends a comparison with register 1: equality, or (`inverted`) inequality.
#[inline(never)]
pub fn compare(all: &mut Vec<Expression>, inverted: bool, data: &[u8]) {
    order(all, if inverted { NFT_CMP_NEQ } else { NFT_CMP_EQ }, data);
}

/// Appends a comparison with register 1; `op` is the kernel's.
#[inline(never)]
pub fn order(all: &mut Vec<Expression>, op: u32, data: &[u8]) {
    all.push(Expression::Cmp { op, sreg: NFT_REG_1, data: data.into() });
}

/// Appends a comparison of register 1 with a range.
#[inline(never)]
pub fn range(all: &mut Vec<Expression>, inverted: bool, from: &[u8], to: &[u8]) {
    let op = if inverted { NFT_RANGE_NEQ } else { NFT_RANGE_EQ };
    all.push(Expression::Range { op, sreg: NFT_REG_1, from: from.into(), to: to.into() });
}

/// Appends a mask over register 1, after which the bits of `xor` are flipped.
#[inline(never)]
pub fn mask(all: &mut Vec<Expression>, mask: &[u8], xor: &[u8]) {
    all.push(Expression::Bitwise { sreg: NFT_REG_1, dreg: NFT_REG_1, mask: mask.into(), xor: xor.into() });
}

/// The expressions of `rule`.
pub fn expressions(family: Family, rule: &Rule) -> Vec<Expression> {
    let mut all = head(family, rule);
    rule.matches.iter().for_each(|found| extension(family, &mut all, found, true));
    all.push(counter(rule));
    match &rule.target {
        Target::Extension(found) => extension(family, &mut all, found, false),
        other => all.extend(verdict(other)),
    }
    all
}

/// What counts the packets that got so far.
pub fn counter(rule: &Rule) -> Expression {
    Expression::Counter { packets: rule.counters.0, bytes: rule.counters.1 }
}

/// The expressions of what a rule selects without matches.
pub fn head(family: Family, rule: &Rule) -> Vec<Expression> {
    let mut all = Vec::with_capacity(8);
    let (source, destination) = addresses(family);
    for (offset, masked) in [(source, &rule.source), (destination, &rule.destination)] {
        if let Some(masked) = masked {
            address(&mut all, offset, masked);
        }
    }
    for (key, name) in [(NFT_META_IIFNAME, &rule.input), (NFT_META_OIFNAME, &rule.output)] {
        if let Some(name) = name {
            interface(&mut all, key, name);
        }
    }
    if let Some(protocol) = rule.protocol {
        match family {
            Family::V4 => payload(&mut all, NFT_PAYLOAD_NETWORK_HEADER, IPV4_PROTOCOL, 1),
            Family::V6 => meta(&mut all, NFT_META_L4PROTO),
        }
        compare(&mut all, protocol.inverted, &[protocol.value]);
    }
    if let Some(fragment) = rule.fragment {
        payload(&mut all, NFT_PAYLOAD_NETWORK_HEADER, IPV4_FRAGMENT, 2);
        mask(&mut all, &[0x1f, 0xff], &[0, 0]);
        compare(&mut all, fragment, &[0, 0]);
    }
    all
}

/// The protocol and flags beside the expressions, which xtables' modules are shown.
pub fn compat(rule: &Rule) -> (u32, u32) {
    rule.protocol.map_or((0, 0), |protocol| {
        (u32::from(protocol.value), if protocol.inverted { NFT_RULE_COMPAT_F_INV } else { 0 })
    })
}

/// What a target that is no extension decides.
pub fn verdict(target: &Target) -> Option<Expression> {
    let (code, chain): (i32, Option<&Bytes>) = match target {
        Target::None | Target::Extension(_) => return None,
        Target::Accept => (NF_ACCEPT, None),
        Target::Drop => (NF_DROP, None),
        Target::Return => (NFT_RETURN, None),
        Target::Jump(chain) => (NFT_JUMP, Some(chain)),
        Target::Goto(chain) => (NFT_GOTO, Some(chain)),
    };
    Some(Expression::Verdict(Verdict { code, chain: chain.cloned() }))
}

fn address(all: &mut Vec<Expression>, offset: u32, masked: &Maybe<Masked>) {
    let Masked { address, mask: bits } = masked.value;
    let bytes = octets(address);
    // Whole bytes are loaded and compared alone. None at all (`! -s 0/0`) is for the kernel to refuse.
    let whole = length(bits).filter(|len| len % 8 == 0).map(|len| usize::from(len / 8));
    let bytes = bytes.get(..whole.unwrap_or(bytes.len())).unwrap_or(&bytes);
    payload(all, NFT_PAYLOAD_NETWORK_HEADER, offset, u32::try_from(bytes.len()).unwrap_or(0));
    if whole.is_none() {
        mask(all, &octets(bits), [0; 16].get(..bytes.len()).unwrap_or(&[]));
    }
    compare(all, masked.inverted, bytes);
}

fn interface(all: &mut Vec<Expression>, key: u32, interface: &Maybe<Interface>) {
    let Interface { name, wildcard } = &interface.value;
    if name.is_empty() {
        if interface.inverted {
            meta(all, key);
            compare(all, false, NO_INTERFACE);
        }
        return;
    }
    meta(all, key);
    compare(all, interface.inverted, &[&**name, if *wildcard { b"" } else { b"\0" }].concat());
}

fn extension(family: Family, all: &mut Vec<Expression>, extension: &Extension, is_match: bool) {
    let (name, revision, info): (&[u8], u32, &[u8]) = match extension {
        Extension::Known { definition, info } => {
            if definition.is_native(family, info, all) {
                return;
            }
            (definition.module().as_bytes(), definition.revision.into(), info)
        }
        Extension::Unknown { name, revision, info } => (name, *revision, info),
    };
    let (name, info) = (name.into(), info.into());
    all.push(match is_match {
        true => Expression::Match { name, revision, info },
        false => Expression::Target { name, revision, info },
    });
}
