//! Targets as expressions, both ways.

use super::REGISTER;
use crate::address;
use crate::decode::{Decoder, From};
use crate::encode;
use crate::extensions::range::{Form, Range};
use crate::extensions::{self, Kind, Wanted, bytes_at, u8_at, u32_at};
use crate::rule::{Extension, Family, Target};
use crate::table;
use netmite_netlink::attributes::until_nul;
use netmite_netlink::nftables::Expression;
use netmite_netlink::nftables::uapi::*;

/// Registers of first and last.
type Pair = (Option<u32>, Option<u32>);

/// The flags that have a word of their own.
const WORDS: u32 = NF_NAT_RANGE_PROTO_RANDOM | NF_NAT_RANGE_PROTO_RANDOM_FULLY | NF_NAT_RANGE_PERSISTENT;

/// What `--log-…` options set, and the longest `--log-prefix`.
const LOG_FLAGS: u8 = 0x2f;
const LOG_PREFIX: usize = 29;

/// `-j LOG`.
pub fn log(wanted: &Wanted, all: &mut Vec<Expression>) -> Result<bool, &'static str> {
    let prefix = until_nul(wanted.info.get(2..).unwrap_or(&[])).into();
    let (level, flags) = (u8_at(wanted.info, 0), u8_at(wanted.info, 1));
    all.push(Expression::Log { prefix, level: level.into(), flags: flags.into() });
    Ok(true)
}

/// `-j MARK`: `mark = (mark & ~mask) ^ value`.
pub fn mark(wanted: &Wanted, all: &mut Vec<Expression>) -> Result<bool, &'static str> {
    let (value, mask) = (u32_at(wanted.info, 0), u32_at(wanted.info, 4));
    encode::meta(all, NFT_META_MARK);
    encode::mask(all, &(!mask).to_ne_bytes(), &value.to_ne_bytes());
    all.push(Expression::MetaSet { key: NFT_META_MARK, sreg: NFT_REG_1 });
    Ok(true)
}

/// `-j SNAT` and the like.
pub fn nat(wanted: &Wanted, all: &mut Vec<Expression>) -> Result<bool, &'static str> {
    let name = wanted.row.name;
    let (kind, whole) = match name {
        "DNAT" => (NFT_NAT_DNAT, 0),
        "NETMAP" => (netmap(wanted.chain).ok_or(" outside of the built-in chains")?, NF_NAT_RANGE_NETMAP),
        _ => (NFT_NAT_SNAT, 0),
    };
    let range = Form::of(wanted.row.size).read(wanted.info, wanted.family);
    if range.flags & NF_NAT_RANGE_PROTO_OFFSET != 0 {
        return Err(" with a port range that is shifted");
    }
    let mut addr = (None, None);
    if let Some((first, last)) = range.addresses {
        addr = load(all, REGISTER, &address::octets(first), &address::octets(last));
    }
    let mut proto = (None, None);
    if range.flags & NF_NAT_RANGE_PROTO_SPECIFIED != 0 {
        proto = load(all, REGISTER + 2, &range.ports.0.to_be_bytes(), &range.ports.1.to_be_bytes());
    }
    let flags = range.flags & (WORDS | NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED);
    all.push(match name {
        "MASQUERADE" => Expression::Masq { proto, flags },
        "REDIRECT" => Expression::Redir { proto, flags },
        _ => Expression::Nat { kind, family: wanted.family.number().into(), addr, proto, flags: flags | whole },
    });
    Ok(true)
}

/// Appends the constants of first and last, which is loaded only where it is another.
fn load(all: &mut Vec<Expression>, register: u32, first: &[u8], last: &[u8]) -> Pair {
    all.push(Expression::Immediate { dreg: register, data: first.into() });
    if first == last {
        return (Some(register), Some(register));
    }
    all.push(Expression::Immediate { dreg: register + 1, data: last.into() });
    (Some(register), Some(register + 1))
}

/// Which address NETMAP rewrites: that depends on the chain.
fn netmap(chain: &[u8]) -> Option<u32> {
    table::built_in(chain).map(|chain| if chain.is_behind() { NFT_NAT_SNAT } else { NFT_NAT_DNAT })
}

/// The target that an expression means.
pub fn read(decoder: &Decoder, expression: &Expression) -> Option<Target> {
    let none = (None, None);
    let (name, words, to, flags) = match *expression {
        Expression::Log { ref prefix, level, flags } => return read_log(decoder, prefix, level, flags),
        Expression::MetaSet { key: NFT_META_MARK, sreg } => return read_mark(decoder, sreg),
        Expression::Masq { proto, flags } => ("MASQUERADE", WORDS & !NF_NAT_RANGE_PERSISTENT, (none, proto), flags),
        Expression::Redir { proto, flags } => ("REDIRECT", NF_NAT_RANGE_PROTO_RANDOM, (none, proto), flags),
        Expression::Nat { kind, family, addr, proto, flags } if family == u32::from(decoder.family.number()) => {
            let (name, words) = match kind {
                kind if flags & NF_NAT_RANGE_NETMAP != 0 => {
                    Some(()).filter(|()| netmap(decoder.chain) == Some(kind) && proto == none)?;
                    ("NETMAP", NF_NAT_RANGE_NETMAP)
                }
                NFT_NAT_SNAT => ("SNAT", WORDS),
                NFT_NAT_DNAT => ("DNAT", WORDS & !NF_NAT_RANGE_PROTO_RANDOM_FULLY),
                _ => return None,
            };
            (name, words, (addr, proto), flags)
        }
        _ => return None,
    };
    rewriting(decoder, name, words, to, flags)
}

/// The constants of first and last; `None` where a register holds something else.
fn pair<'r>(decoder: &Decoder<'r>, (first, last): Pair, len: usize) -> Option<Option<(&'r [u8], &'r [u8])>> {
    let Some(first) = first else { return Some(None) };
    let one = |register| decoder.constant(register)?.get(..len);
    Some(Some((one(first)?, one(last.unwrap_or(first))?)))
}

fn rewriting(decoder: &Decoder, name: &str, words: u32, to: (Pair, Pair), flags: u32) -> Option<Target> {
    if flags & !(words | NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED) != 0 {
        return None;
    }
    let len = if decoder.family == Family::V4 { 4 } else { 16 };
    let (addresses, ports) = (pair(decoder, to.0, len)?, pair(decoder, to.1, 2)?);
    let needs = !matches!(name, "MASQUERADE" | "REDIRECT");
    if (needs && addresses.is_none() && ports.is_none()) || (name == "NETMAP" && addresses.is_none()) {
        return None;
    }
    let mut range = Range { flags: flags & WORDS, ..Range::default() };
    if let Some((first, last)) = addresses {
        range.flags |= NF_NAT_RANGE_MAP_IPS;
        range.addresses = address::from_octets(first).zip(address::from_octets(last));
    }
    if let Some((first, last)) = ports {
        range.flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
        let port = |bytes| bytes_at(bytes, 0).map(u16::from_be_bytes);
        range.ports = port(first).zip(port(last))?;
    }
    target(decoder, name, &|size| Form::of(size).write(&range))
}

/// The target of that name with a structure, filled up to its length.
fn target(decoder: &Decoder, name: &str, info: &dyn Fn(u16) -> Vec<u8>) -> Option<Target> {
    let definition = extensions::by_name(Kind::Target, name.as_bytes(), decoder.family)?;
    let mut info = info(definition.size);
    info.resize(definition.size.into(), 0);
    Some(Target::Extension(Extension::Known { definition, info }))
}

fn read_log(decoder: &Decoder, prefix: &[u8], level: u32, flags: u32) -> Option<Target> {
    let level = u8::try_from(level).ok().filter(|level| *level < 8)?;
    let flags = u8::try_from(flags).ok().filter(|flags| flags & !LOG_FLAGS == 0)?;
    if prefix.len() > LOG_PREFIX || prefix.contains(&b'\n') {
        return None;
    }
    target(decoder, "LOG", &|_| [&[level, flags], prefix].concat())
}

fn read_mark(decoder: &Decoder, register: u32) -> Option<Target> {
    let number = |data: &[u8]| data.first_chunk().copied().map(u32::from_ne_bytes);
    let (value, mask) = match decoder.constant(register) {
        Some(data) => (number(data)?, u32::MAX),
        None => {
            let loaded = decoder.loaded(register).filter(|loaded| loaded.from == From::Meta(NFT_META_MARK))?;
            let kept = loaded.mask.map_or(Some(u32::MAX), number)?;
            (loaded.xor.map_or(Some(0), number)?, !kept)
        }
    };
    target(decoder, "MARK", &|_| [value.to_ne_bytes(), mask.to_ne_bytes()].concat())
}
