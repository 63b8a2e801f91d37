//! Targets as expressions, both ways.

use super::REGISTER;
use crate::address;
use crate::decode::{Decoder, From};
use crate::encode;
use crate::extensions::range::{Form, Range};
use crate::extensions::{self, Kind, bytes_at, u32_at};
use crate::rule::{Extension, Family, Target};
use netmite_netlink::attributes::until_nul;
use netmite_netlink::nftables::uapi::*;
use netmite_netlink::nftables::{Bytes, Expression};

/// Registers of first and last.
type Pair = (Option<u32>, Option<u32>);

/// The flags that have a word of their own.
const WORDS: u32 = NF_NAT_RANGE_PROTO_RANDOM | NF_NAT_RANGE_PROTO_RANDOM_FULLY | NF_NAT_RANGE_PERSISTENT;

/// What `--log-…` options set, and the longest `--log-prefix`.
const LOG_FLAGS: u8 = 0x2f;
const LOG_PREFIX: usize = 29;

/// Appends the expressions of a target; an error is what of it has none, to stand behind its name.
pub fn write(family: Family, chain: &[u8], found: &Extension, all: &mut Vec<Expression>) -> Result<(), &'static str> {
    let Extension::Known { definition, info } = found else { return Err("") };
    if definition.name == "MARK" {
        set_mark(u32_at(info, 0), u32_at(info, 4), all);
        return Ok(());
    }
    if definition.name == "LOG" {
        let [level, flags] = bytes_at(info, 0).unwrap_or_default();
        let prefix = until_nul(info.get(2..).unwrap_or(&[])).into();
        all.push(Expression::Log { prefix, level: level.into(), flags: flags.into() });
        return Ok(());
    }
    let kind = match definition.name {
        "MASQUERADE" | "REDIRECT" => 0,
        "SNAT" => NFT_NAT_SNAT,
        "DNAT" => NFT_NAT_DNAT,
        "NETMAP" => netmap(chain).ok_or(" outside of the built-in chains")?,
        _ => return Err(""),
    };
    let range = Form::of(definition.size).read(info, family);
    if range.flags & NF_NAT_RANGE_PROTO_OFFSET != 0 {
        return Err(" with a port range that is shifted");
    }
    let mut load = |register: u32, data: Vec<u8>| {
        all.push(Expression::Immediate { dreg: register, data: data.into() });
        Some(register)
    };
    let first = range.addresses.and_then(|(first, _)| load(REGISTER, address::octets(first)));
    let last = range.addresses.filter(|(first, last)| first != last);
    let last = last.and_then(|(_, last)| load(REGISTER + 1, address::octets(last)));
    let (mut port, mut end) = (None, None);
    if range.flags & NF_NAT_RANGE_PROTO_SPECIFIED != 0 {
        port = load(REGISTER + 2, range.ports.0.to_be_bytes().into());
        if range.ports.0 != range.ports.1 {
            end = load(REGISTER + 3, range.ports.1.to_be_bytes().into());
        }
    }
    let (addr, proto) = ((first, last.or(first)), (port, end.or(port)));
    let flags = range.flags & (WORDS | NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED);
    let whole = if definition.name == "NETMAP" { NF_NAT_RANGE_NETMAP } else { 0 };
    all.push(match definition.name {
        "MASQUERADE" => Expression::Masq { proto, flags },
        "REDIRECT" => Expression::Redir { proto, flags },
        _ => Expression::Nat { kind, family: family.number().into(), addr, proto, flags: flags | whole },
    });
    Ok(())
}

/// Which address NETMAP rewrites: that depends on the chain.
fn netmap(chain: &[u8]) -> Option<u32> {
    match chain {
        b"POSTROUTING" | b"INPUT" => Some(NFT_NAT_SNAT),
        b"PREROUTING" | b"OUTPUT" => Some(NFT_NAT_DNAT),
        _ => None,
    }
}

/// `mark = (mark & ~mask) ^ value`.
fn set_mark(value: u32, mask: u32, all: &mut Vec<Expression>) {
    let mask = (!mask).to_ne_bytes().into();
    let xor = value.to_ne_bytes().into();
    all.push(encode::meta(NFT_META_MARK));
    all.push(Expression::Bitwise { sreg: NFT_REG_1, dreg: NFT_REG_1, mask, xor });
    all.push(Expression::MetaSet { key: NFT_META_MARK, sreg: NFT_REG_1 });
}

/// The target that an expression means.
pub fn read(decoder: &Decoder, expression: &Expression) -> Option<Target> {
    let none = (None, None);
    match *expression {
        Expression::Log { ref prefix, level, flags } => log(decoder, prefix, level, flags),
        Expression::Masq { proto, flags } => {
            rewriting(decoder, "MASQUERADE", WORDS & !NF_NAT_RANGE_PERSISTENT, (none, proto), flags)
        }
        Expression::Redir { proto, flags } => {
            rewriting(decoder, "REDIRECT", NF_NAT_RANGE_PROTO_RANDOM, (none, proto), flags)
        }
        Expression::Nat { kind, family, addr, proto, flags } if family == u32::from(decoder.family.number()) => {
            if flags & NF_NAT_RANGE_NETMAP != 0 {
                let fits = netmap(&decoder.chain) == Some(kind) && proto == none;
                return rewriting(decoder, "NETMAP", NF_NAT_RANGE_NETMAP, (addr, proto), flags).filter(|_| fits);
            }
            match kind {
                NFT_NAT_SNAT => rewriting(decoder, "SNAT", WORDS, (addr, proto), flags),
                NFT_NAT_DNAT => {
                    rewriting(decoder, "DNAT", WORDS & !NF_NAT_RANGE_PROTO_RANDOM_FULLY, (addr, proto), flags)
                }
                _ => None,
            }
        }
        Expression::MetaSet { key: NFT_META_MARK, sreg } => mark(decoder, sreg),
        _ => None,
    }
}

fn constant(decoder: &Decoder, register: u32) -> Option<&Bytes> {
    decoder.constants.iter().find(|(number, _)| *number == register).map(|(_, data)| data)
}

/// The constants of first and last; `None` where a register holds something else.
fn pair<T: Copy>(decoder: &Decoder, pair: Pair, of: impl Fn(&[u8]) -> Option<T>) -> Option<Option<(T, T)>> {
    let (Some(first), last) = pair else { return Some(None) };
    let one = |register| constant(decoder, register).and_then(|data| of(data));
    Some(Some((one(first)?, one(last.unwrap_or(first))?)))
}

fn rewriting(decoder: &Decoder, name: &str, words: u32, to: (Pair, Pair), flags: u32) -> Option<Target> {
    let definition = extensions::by_name(Kind::Target, name.as_bytes(), decoder.family)?;
    if flags & !(words | NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED) != 0 {
        return None;
    }
    let len = if decoder.family == Family::V4 { 4 } else { 16 };
    let addresses = pair(decoder, to.0, |data| data.get(..len).and_then(address::from_octets))?;
    let ports = pair(decoder, to.1, |data| data.first_chunk().copied().map(u16::from_be_bytes))?;
    let needs = !matches!(name, "MASQUERADE" | "REDIRECT");
    if (needs && addresses.is_none() && ports.is_none()) || (name == "NETMAP" && addresses.is_none()) {
        return None;
    }
    let given = if addresses.is_some() { NF_NAT_RANGE_MAP_IPS } else { 0 }
        | if ports.is_some() { NF_NAT_RANGE_PROTO_SPECIFIED } else { 0 };
    let range = Range { flags: flags & WORDS | given, addresses, ports: ports.unwrap_or_default(), base: 0 };
    let info = Form::of(definition.size).write(&range);
    Some(Target::Extension(Extension::Known { definition, info }))
}

fn log(decoder: &Decoder, prefix: &[u8], level: u32, flags: u32) -> Option<Target> {
    let definition = extensions::by_name(Kind::Target, b"LOG", decoder.family)?;
    let level = u8::try_from(level).ok().filter(|level| *level < 8)?;
    let flags = u8::try_from(flags).ok().filter(|flags| flags & !LOG_FLAGS == 0)?;
    let mut info = [&[level, flags], prefix].concat();
    if prefix.len() > LOG_PREFIX || prefix.contains(&b'\n') {
        return None;
    }
    info.resize(definition.size, 0);
    Some(Target::Extension(Extension::Known { definition, info }))
}

fn mark(decoder: &Decoder, register: u32) -> Option<Target> {
    let number = |data: &Bytes| data.first_chunk().copied().map(u32::from_ne_bytes);
    let (value, mask) = match constant(decoder, register) {
        Some(data) => (number(data)?, u32::MAX),
        None => {
            let loaded = decoder.loaded(register).filter(|loaded| loaded.from == From::Meta(NFT_META_MARK))?;
            let kept = loaded.mask.as_ref().map_or(Some(u32::MAX), number)?;
            (loaded.xor.as_ref().map_or(Some(0), number)?, !kept)
        }
    };
    let definition = extensions::by_name(Kind::Target, b"MARK", decoder.family)?;
    let mut info = [value.to_ne_bytes(), mask.to_ne_bytes()].concat();
    info.resize(definition.size, 0);
    Some(Target::Extension(Extension::Known { definition, info }))
}
