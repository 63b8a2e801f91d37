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

/// A load from a header into register 1.
pub fn payload(base: u32, offset: u32, len: u32) -> Expression {
    Expression::Payload { base, offset, len, dreg: NFT_REG_1 }
}

/// A load of a fact into register 1.
pub fn meta(key: u32) -> Expression {
    Expression::Meta { key, dreg: NFT_REG_1 }
}

/// A comparison with register 1.
pub fn compare(inverted: bool, data: &[u8]) -> Expression {
    let op = if inverted { NFT_CMP_NEQ } else { NFT_CMP_EQ };
    Expression::Cmp { op, sreg: NFT_REG_1, data: data.into() }
}

/// A mask over register 1.
pub fn mask(mask: &[u8]) -> Expression {
    Expression::Bitwise { sreg: NFT_REG_1, dreg: NFT_REG_1, mask: mask.into(), xor: vec![0; mask.len()].into() }
}

/// The expressions of `rule`.
pub fn expressions(family: Family, rule: &Rule) -> Vec<Expression> {
    let mut all = head(family, rule);
    rule.matches.iter().for_each(|found| extension(&mut all, found, true));
    all.push(counter(rule));
    match &rule.target {
        Target::Extension(found) => extension(&mut all, found, false),
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
    if let Some(masked) = &rule.source {
        address(&mut all, source, masked);
    }
    if let Some(masked) = &rule.destination {
        address(&mut all, destination, masked);
    }
    if let Some(name) = &rule.input {
        interface(&mut all, NFT_META_IIFNAME, name);
    }
    if let Some(name) = &rule.output {
        interface(&mut all, NFT_META_OIFNAME, name);
    }
    if let Some(protocol) = rule.protocol {
        all.push(match family {
            Family::V4 => payload(NFT_PAYLOAD_NETWORK_HEADER, IPV4_PROTOCOL, 1),
            Family::V6 => meta(NFT_META_L4PROTO),
        });
        all.push(compare(protocol.inverted, &[protocol.value]));
    }
    if let Some(fragment) = rule.fragment {
        all.push(payload(NFT_PAYLOAD_NETWORK_HEADER, IPV4_FRAGMENT, 2));
        all.push(mask(&[0x1f, 0xff]));
        all.push(compare(fragment, &[0, 0]));
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
    let mut bytes = octets(address);
    // Whole bytes are loaded and compared alone. None at all (`! -s 0/0`) is for the kernel to refuse.
    let whole = length(bits).filter(|len| len % 8 == 0).map(|len| usize::from(len / 8));
    bytes.truncate(whole.unwrap_or(bytes.len()));
    all.push(payload(NFT_PAYLOAD_NETWORK_HEADER, offset, u32::try_from(bytes.len()).unwrap_or(0)));
    if whole.is_none() {
        all.push(mask(&octets(bits)));
    }
    all.push(compare(masked.inverted, &bytes));
}

fn interface(all: &mut Vec<Expression>, key: u32, interface: &Maybe<Interface>) {
    let Interface { name, wildcard } = &interface.value;
    if name.is_empty() {
        if interface.inverted {
            all.extend([meta(key), compare(false, NO_INTERFACE)]);
        }
        return;
    }
    let mut data = name.to_vec();
    if !wildcard {
        data.push(0);
    }
    all.extend([meta(key), compare(interface.inverted, &data)]);
}

fn extension(all: &mut Vec<Expression>, extension: &Extension, is_match: bool) {
    let (name, revision, info): (&[u8], u32, &[u8]) = match extension {
        Extension::Known { definition, info } => {
            if definition.native.is_some_and(|native| native(info, all)) {
                return;
            }
            (definition.module.as_bytes(), definition.revision, info)
        }
        Extension::Unknown { name, revision, info } => (name, *revision, info),
    };
    let (name, info) = (name.into(), info.into());
    all.push(match is_match {
        true => Expression::Match { name, revision, info },
        false => Expression::Target { name, revision, info },
    });
}
