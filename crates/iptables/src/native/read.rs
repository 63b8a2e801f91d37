//! Expressions as the matches and targets that they mean.

use super::targets;
use super::write::{CHANCES, ETHERNET, MAC_OFFSET, NAT_SHIFT, NAT_STATES, STATUSES, UNTRACKED};
use crate::decode::{Decoder, From, Loaded};
use crate::encode;
use crate::extensions::conntrack::{AT_FLAGS, AT_INVERSIONS, AT_STATES, AT_STATUSES, STATE, STATUS};
use crate::extensions::{self, Kind, store, u8_at, u16_at, u32_at};
use crate::rule::{Family, Form, Target};
use netmite_netlink::nftables::Expression;
use netmite_netlink::nftables::uapi::*;

/// Takes an expression that no other form of a rule has.
pub fn expression<'r>(decoder: &mut Decoder<'r>, expression: &'r Expression) -> Option<()> {
    match expression {
        Expression::Immediate { dreg, data } => decoder.load_constant(*dreg, data),
        Expression::Ct { key, dreg, direction: None } => decoder.load(*dreg, From::Ct(*key)),
        Expression::Fib { dreg, result: NFT_FIB_RESULT_ADDRTYPE, flags } => {
            decoder.load(*dreg, From::Fib { flags: *flags });
        }
        Expression::Numgen { dreg, modulus, kind, offset: 0 } => {
            decoder.load(*dreg, From::Numgen { modulus: *modulus, kind: *kind });
        }
        Expression::Byteorder { sreg, dreg, op: NFT_BYTEORDER_HTON, len: 4, size } if sreg == dreg => {
            decoder.swap(*dreg, *size)?;
        }
        other => {
            let target = targets::read(decoder, other)?;
            if decoder.rule.target != Target::None {
                return None;
            }
            decoder.rule.target = target;
            decoder.rule.read_from = Some((Form::Native, decoder.family));
        }
    }
    Some(())
}

/// Takes a comparison that no other form of a rule has.
pub fn compared(decoder: &mut Decoder, loaded: &Loaded, op: u32, data: &[u8]) -> Option<()> {
    let inverted = match op {
        NFT_CMP_EQ => false,
        NFT_CMP_NEQ => true,
        NFT_CMP_GTE | NFT_CMP_LT => {
            return by_chance(decoder, loaded, op == NFT_CMP_GTE, data)
                .or_else(|| any_icmp(decoder, loaded, op == NFT_CMP_LT, data));
        }
        _ => return None,
    };
    match loaded.from {
        From::Ct(key) => {
            let bits = loaded.mask.and_then(|mask| mask.first_chunk().copied()).map(u32::from_ne_bytes)?;
            // Not being zero is what is asked for.
            connection(decoder, key, bits, !inverted).filter(|()| data.iter().all(|byte| *byte == 0))
        }
        From::Meta(NFT_META_IIFTYPE) if loaded.mask.is_none() && !inverted && !decoder.ethernet => {
            decoder.ethernet = true;
            Some(()).filter(|()| data.first_chunk() == Some(&ETHERNET.to_ne_bytes()))
        }
        From::Payload { base: NFT_PAYLOAD_LL_HEADER, offset: MAC_OFFSET, len: 6 } if decoder.ethernet => {
            let info = found(decoder, "mac", &|_| false).filter(|_| loaded.mask.is_none())?;
            store(info, 0, data.get(..6)?)?;
            store(info, 8, &u32::from(inverted).to_ne_bytes())?;
            decoder.ethernet = false;
            Some(())
        }
        From::Meta(key @ (NFT_META_SKUID | NFT_META_SKGID)) if loaded.mask.is_none() && !loaded.swapped => {
            let number = data.first_chunk().copied().map(u32::from_ne_bytes)?;
            owner(decoder, key, (number, number), inverted)
        }
        From::Numgen { modulus, kind: NFT_NG_INCREMENTAL } if loaded.mask.is_none() && !loaded.swapped => {
            let every = modulus.checked_sub(1)?;
            let packet = every.checked_sub(data.first_chunk().copied().map(u32::from_ne_bytes)?)?;
            statistic(decoder, (1, inverted), [every, packet, packet])
        }
        From::Fib { flags } if loaded.mask.is_none() => addrtype(decoder, flags, inverted, u32_at(data, 0)),
        From::Payload { base: NFT_PAYLOAD_TRANSPORT_HEADER, offset: 0, len } if loaded.mask.is_none() => {
            icmp(decoder, data.get(..usize::try_from(len).ok()?)?, inverted)
        }
        _ => None,
    }
}

/// Takes a range that no other form of a rule has.
pub fn ranged(decoder: &mut Decoder, loaded: &Loaded, inverted: bool, from: &[u8], to: &[u8]) -> Option<()> {
    let (source, destination) = encode::addresses(decoder.family);
    let length = if decoder.family == Family::V4 { 4u8 } else { 16 };
    if let (From::Meta(key @ (NFT_META_SKUID | NFT_META_SKGID)), true) = (loaded.from, loaded.swapped) {
        let number = |data: &[u8]| data.first_chunk().copied().map(u32::from_be_bytes);
        return owner(decoder, key, (number(from)?, number(to)?), inverted);
    }
    let side = match loaded.from {
        From::Payload { base: NFT_PAYLOAD_NETWORK_HEADER, offset, len } if len == u32::from(length) => {
            [source, destination].iter().position(|side| *side == offset)?
        }
        _ => return None,
    };
    if loaded.mask.is_some() {
        return None;
    }
    let (from, to) = (from.get(..length.into())?, to.get(..length.into())?);
    let info = found(decoder, "iprange", &|info| u8_at(info, 64) & (1 << side) == 0)?;
    store(info, side * 32, from)?;
    store(info, side * 32 + 16, to)?;
    let flags = u8_at(info, 64) | (if inverted { 0x11 } else { 1 }) << side;
    store(info, 64, &[flags])
}

/// The structure of the match `name` that the last expression is part of: the rule's last one if `free` says that it has
/// room, or a new one.
fn found<'d>(decoder: &'d mut Decoder<'_>, name: &str, free: &dyn Fn(&[u8]) -> bool) -> Option<&'d mut Vec<u8>> {
    if decoder.rule.target != Target::None {
        return None;
    }
    let definition = extensions::by_name(Kind::Match, name.as_bytes(), decoder.family)?;
    let last = decoder.rule.matches.last().is_some_and(|found| found.is(definition));
    decoder.rule.read_from = Some((Form::Native, decoder.family));
    decoder.structure(definition, &|info| last && free(info))
}

/// Sets bits of a two-byte field.
fn set(info: &mut [u8], at: usize, bits: u16) -> Option<()> {
    let all = u16_at(info, at) | bits;
    store(info, at, &all.to_ne_bytes())
}

fn connection(decoder: &mut Decoder, key: u32, bits: u32, inverted: bool) -> Option<()> {
    let (flag, at, bits) = match key {
        NFT_CT_STATE => {
            let untracked = if bits & UNTRACKED.1 != 0 { UNTRACKED.0 } else { 0 };
            (STATE, AT_STATES, u16::try_from(bits & !UNTRACKED.1).ok().filter(|bits| *bits < 0x10)? | untracked)
        }
        NFT_CT_STATUS if bits & !STATUSES == 0 => (STATUS, AT_STATUSES, u16::try_from(bits).ok()?),
        NFT_CT_STATUS => {
            let states = u16::try_from(bits).ok()?.checked_mul(1 << NAT_SHIFT)?;
            (STATE, AT_STATES, Some(states).filter(|states| states & !NAT_STATES == 0)?)
        }
        _ => return None,
    };
    let info = found(decoder, "conntrack", &|info| u16_at(info, AT_FLAGS) & flag == 0)?;
    set(info, AT_FLAGS, flag)?;
    set(info, AT_INVERSIONS, if inverted { flag } else { 0 })?;
    set(info, at, bits)
}

fn addrtype(decoder: &mut Decoder, asked: u32, inverted: bool, kind: u32) -> Option<()> {
    let side = match asked & (NFTA_FIB_F_SADDR | NFTA_FIB_F_DADDR) {
        NFTA_FIB_F_SADDR => 0usize,
        NFTA_FIB_F_DADDR => 1,
        _ => return None,
    };
    let only = match asked & !(NFTA_FIB_F_SADDR | NFTA_FIB_F_DADDR) {
        0 => 0u32,
        NFTA_FIB_F_IIF => 4,
        NFTA_FIB_F_OIF => 8,
        _ => return None,
    };
    let kind = u16::try_from(1u32.checked_shl(kind)?).ok().filter(|kind| *kind < 1 << 12)?;
    let flag = 1u32 << side;
    // One that has the side already may take another type that it must not be; both sides have one interface.
    let free = |info: &[u8]| {
        let flags = u32_at(info, 4);
        flags & 12 == only && (u16_at(info, side * 2) == 0 || (inverted && flags & flag != 0))
    };
    let info = found(decoder, "addrtype", &free)?;
    set(info, side * 2, kind)?;
    let flags = u32_at(info, 4) | only | if inverted { flag } else { 0 };
    store(info, 4, &flags.to_ne_bytes())
}

fn owner(decoder: &mut Decoder, key: u32, (first, last): (u32, u32), inverted: bool) -> Option<()> {
    let (at, bit) = if key == NFT_META_SKUID { (0, 1u8) } else { (8, 2) };
    // They are shown in this order.
    let info = found(decoder, "owner", &|info| u8_at(info, 16) < bit)?;
    store(info, at, &first.to_ne_bytes())?;
    store(info, at + 4, &last.to_ne_bytes())?;
    let (has, inversions) = (u8_at(info, 16) | bit, u8_at(info, 17) | if inverted { bit } else { 0 });
    store(info, 16, &[has, inversions])
}

/// A number by chance that is less than so much, or (`inverted`) is not.
fn by_chance(decoder: &mut Decoder, loaded: &Loaded, inverted: bool, data: &[u8]) -> Option<()> {
    let fits = loaded.from == From::Numgen { modulus: CHANCES, kind: NFT_NG_RANDOM } && loaded.swapped;
    let number = data.first_chunk().copied().map(u32::from_be_bytes).filter(|number| fits && *number <= CHANCES)?;
    statistic(decoder, (0, inverted), [number, 0, number])
}

fn statistic(decoder: &mut Decoder, (mode, inverted): (u16, bool), numbers: [u32; 3]) -> Option<()> {
    let info = found(decoder, "statistic", &|_| false)?;
    store(info, 0, &mode.to_ne_bytes())?;
    store(info, 2, &u16::from(inverted).to_ne_bytes())?;
    store(info, 4, &numbers.map(u32::to_ne_bytes).concat())
}

/// Any type of ICMP, or none: zero and more, or less.
fn any_icmp(decoder: &mut Decoder, loaded: &Loaded, none: bool, data: &[u8]) -> Option<()> {
    let whole = From::Payload { base: NFT_PAYLOAD_TRANSPORT_HEADER, offset: 0, len: 1 };
    let fits = loaded.from == whole && loaded.mask.is_none() && data == [0] && decoder.family == Family::V4;
    if fits { put_icmp(decoder, [255, 0, 255, u8::from(none)]) } else { None }
}

fn icmp(decoder: &mut Decoder, data: &[u8], inverted: bool) -> Option<()> {
    let structure = match *data {
        // That is how any type is said.
        [255] if decoder.family == Family::V4 => return None,
        [kind] => [kind, 0, 255, u8::from(inverted)],
        [kind, code] => [kind, code, code, u8::from(inverted)],
        _ => return None,
    };
    put_icmp(decoder, structure)
}

fn put_icmp(decoder: &mut Decoder, structure: [u8; 4]) -> Option<()> {
    let (protocol, name) = if decoder.family == Family::V4 { (1, "icmp") } else { (58, "icmp6") };
    decoder.rule.protocol.filter(|found| !found.inverted && found.value == protocol)?;
    store(found(decoder, name, &|_| false)?, 0, &structure)
}
