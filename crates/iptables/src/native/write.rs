//! Matches as expressions.

use crate::encode;
use crate::extensions::conntrack::{AT_FLAGS, AT_INVERSIONS, AT_STATES, AT_STATUSES, STATE, STATE_ALIAS, STATUS};
use crate::extensions::ports::{
    AT_COMPARED, AT_MASK, AT_OPTION, FLAGS_OFFSET, INV_FLAGS, INV_OPTION, TCP_INVERSIONS, UDP_INVERSIONS,
};
use crate::extensions::{Wanted, sctp, u8_at, u16_at, u32_at};
use crate::rule::Family;
use netmite_netlink::nftables::Expression;
use netmite_netlink::nftables::uapi::*;

/// States of a connection that are bits of its status in nf_tables, and where those are: `SNAT`, `DNAT`.
pub(super) const NAT_STATES: u16 = 0xc0;
/// `SNAT` to `IPS_SRC_NAT`.
pub(super) const NAT_SHIFT: u16 = 2;
/// `UNTRACKED`, here and in nf_tables.
pub(super) const UNTRACKED: (u16, u32) = (0x100, 0x40);
/// The statuses that `--ctstatus` names.
pub(super) const STATUSES: u32 = 0xf;
/// Flags of `struct xt_addrtype_info_v1`: inverted source, inverted destination, and which interface must have it.
const ONLY_INPUT: u32 = 4;
const ONLY_OUTPUT: u32 = 8;
/// `ARPHRD_ETHER`, and where its header has the source.
pub(super) const ETHERNET: u16 = 1;
pub(super) const MAC_OFFSET: u32 = 6;
/// What a probability is a part of.
pub(super) const CHANCES: u32 = 1 << 31;

/// See [`crate::extensions::Native`].
type Said = Result<bool, &'static str>;

/// Only if there is a port: all that a match of ports without options asks for.
pub(super) fn any_port(all: &mut Vec<Expression>) {
    encode::payload(all, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
    encode::range(all, false, &[0, 0], &[0xff, 0xff]);
}

/// Goes on only if the masked register is zero, or (`any`) if it is not.
fn bits(all: &mut Vec<Expression>, key: u32, bits: u32, any: bool) {
    all.push(Expression::Ct { key, dreg: NFT_REG_1, direction: None });
    encode::mask(all, &bits.to_ne_bytes(), &[0; 4]);
    encode::compare(all, any, &[0; 4]);
}

/// `-m conntrack`, `-m state`.
pub fn conntrack(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    let number = |at| u16_at(wanted.info, at);
    let (flags, inverted) = (number(AT_FLAGS), number(AT_INVERSIONS));
    if flags & !(STATE | STATUS | STATE_ALIAS) != 0 {
        return Err(" but for --ctstate and --ctstatus");
    }
    if flags & STATE != 0 {
        let (states, any) = (number(AT_STATES), inverted & STATE == 0);
        match (states & NAT_STATES, states & !NAT_STATES) {
            (0, states) => {
                let untracked = if states & UNTRACKED.0 != 0 { UNTRACKED.1 } else { 0 };
                bits(all, NFT_CT_STATE, u32::from(states & !UNTRACKED.0) | untracked, any);
            }
            (nat, 0) => bits(all, NFT_CT_STATUS, u32::from(nat >> NAT_SHIFT), any),
            _ => return Err(" with SNAT or DNAT beside other states"),
        }
    }
    if flags & STATUS != 0 {
        bits(all, NFT_CT_STATUS, u32::from(number(AT_STATUSES)) & STATUSES, inverted & STATUS == 0);
    }
    Ok(true)
}

/// `-m addrtype`.
pub fn addrtype(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    let flags = u32_at(wanted.info, 4);
    for (at, side) in [(0, NFTA_FIB_F_SADDR), (1, NFTA_FIB_F_DADDR)] {
        let (types, inverted) = (u16_at(wanted.info, at * 2), flags & (1 << at) != 0);
        if types.count_ones() > 1 && !inverted {
            return Err(" with several types");
        }
        let input = if flags & ONLY_INPUT != 0 { NFTA_FIB_F_IIF } else { 0 };
        let output = if flags & ONLY_OUTPUT != 0 { NFTA_FIB_F_OIF } else { 0 };
        // Of several that it must not be, each is asked for by itself.
        for kind in (0u32..16).filter(|kind| types & (1 << kind) != 0) {
            let flags = side | input | output;
            all.push(Expression::Fib { dreg: NFT_REG_1, result: NFT_FIB_RESULT_ADDRTYPE, flags });
            encode::compare(all, inverted, &kind.to_ne_bytes());
        }
    }
    Ok(true)
}

/// `-m iprange`.
pub fn iprange(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    let flags = u8_at(wanted.info, 64);
    let len = if wanted.family == Family::V4 { 4u8 } else { 16 };
    let (source, destination) = encode::addresses(wanted.family);
    for (at, offset) in [(0, source), (1, destination)] {
        if flags & (1 << at) != 0 {
            let one = |from: usize| wanted.info.get(from..from + usize::from(len)).ok_or("");
            let (from, to) = (one(at * 32)?, one(at * 32 + 16)?);
            encode::payload(all, NFT_PAYLOAD_NETWORK_HEADER, offset, len.into());
            encode::range(all, flags & (0x10 << at) != 0, from, to);
        }
    }
    Ok(true)
}

/// `-m icmp`, `-m icmp6`.
pub fn icmp(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    let byte = |at| u8_at(wanted.info, at);
    let (kind, first, last, inverted) = (byte(0), byte(1), byte(2), byte(3) & 1 != 0);
    // Of any type one goes on if there is one, or if there is none.
    let any = kind == 255 && wanted.family == Family::V4;
    let len = match (first, last) {
        (0, 255) => 1,
        (first, last) if first == last => 2,
        _ => return Err(" with a range of codes"),
    };
    encode::payload(all, NFT_PAYLOAD_TRANSPORT_HEADER, 0, len);
    match (any && len == 1, len) {
        (true, _) => encode::order(all, if inverted { NFT_CMP_LT } else { NFT_CMP_GTE }, &[0]),
        (false, 1) => encode::compare(all, inverted, &[kind]),
        (false, _) => encode::compare(all, inverted, &[kind, first]),
    }
    Ok(true)
}

/// `-m mac`: only Ethernet has such addresses.
pub fn mac(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    encode::meta(all, NFT_META_IIFTYPE);
    encode::compare(all, false, &ETHERNET.to_ne_bytes());
    encode::payload(all, NFT_PAYLOAD_LL_HEADER, MAC_OFFSET, 6);
    encode::compare(all, u32_at(wanted.info, 8) != 0, wanted.info.get(..6).unwrap_or(&[]));
    Ok(true)
}

/// `-m mark`.
pub fn mark(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    let (mark, mask) = (u32_at(wanted.info, 0), u32_at(wanted.info, 4));
    encode::meta(all, NFT_META_MARK);
    if mask != u32::MAX {
        encode::mask(all, &mask.to_ne_bytes(), &[0; 4]);
    }
    encode::compare(all, u8_at(wanted.info, 8) != 0, &mark.to_ne_bytes());
    Ok(true)
}

/// Appends what turns a number of the host's into network order, for comparisons other than equality.
fn in_network_order(all: &mut Vec<Expression>) {
    all.push(Expression::Byteorder { sreg: NFT_REG_1, dreg: NFT_REG_1, op: NFT_BYTEORDER_HTON, len: 4, size: 4 });
}

/// `-m owner`.
pub fn owner(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    let (has, inverted) = (u8_at(wanted.info, 16), u8_at(wanted.info, 17));
    if has & !3 != 0 {
        return Err(" with --socket-exists or --suppl-groups");
    }
    for (at, key) in [(0, NFT_META_SKUID), (1, NFT_META_SKGID)] {
        if has & (1 << at) == 0 {
            continue;
        }
        let (first, last) = (u32_at(wanted.info, at * 8), u32_at(wanted.info, at * 8 + 4));
        let inverted = inverted & (1 << at) != 0;
        encode::meta(all, key);
        if first == last {
            encode::compare(all, inverted, &first.to_ne_bytes());
            continue;
        }
        in_network_order(all);
        encode::range(all, inverted, &first.to_be_bytes(), &last.to_be_bytes());
    }
    Ok(true)
}

/// `-m statistic`, one of so many packets, or by chance: the counter of xtables begins at `--packet` and matches where it
/// comes round, that of nf_tables begins at zero.
pub fn statistic(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    let (by_chance, inverted) = (u16_at(wanted.info, 0) == 0, u16_at(wanted.info, 2) & 1 != 0);
    let (number, packet) = (u32_at(wanted.info, 4), u32_at(wanted.info, 8));
    let (modulus, kind) = match by_chance {
        true => (CHANCES, NFT_NG_RANDOM),
        false => (number.checked_add(1).ok_or(" with so large a number")?, NFT_NG_INCREMENTAL),
    };
    all.push(Expression::Numgen { dreg: NFT_REG_1, modulus, kind, offset: 0 });
    if by_chance {
        in_network_order(all);
        encode::order(all, if inverted { NFT_CMP_GTE } else { NFT_CMP_LT }, &number.to_be_bytes());
        return Ok(true);
    }
    let last = number.checked_sub(packet).ok_or(" with a packet beyond the last")?;
    encode::compare(all, inverted, &last.to_ne_bytes());
    Ok(true)
}

/// `-m udp`.
pub fn udp(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    let info = wanted.info;
    Ok(ports([port(info, 0), port(info, 2), port(info, 4), port(info, 6)], u8_at(info, UDP_INVERSIONS), all))
}

/// `-m tcp`.
pub fn tcp(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    let byte = |at| u8_at(wanted.info, at);
    let (inverted, mask, compared) = (byte(TCP_INVERSIONS), byte(AT_MASK), byte(AT_COMPARED));
    if byte(AT_OPTION) != 0 || inverted & INV_OPTION != 0 {
        return Err(" --tcp-option");
    }
    // Of no flags nothing is compared, whatever they are to be.
    let some = mask != 0 || compared != 0 || inverted & INV_FLAGS != 0;
    if mask != 0 {
        encode::payload(all, NFT_PAYLOAD_TRANSPORT_HEADER, FLAGS_OFFSET, 1);
        encode::mask(all, &[mask], &[0]);
        encode::compare(all, inverted & INV_FLAGS != 0, &[compared]);
    }
    let info = wanted.info;
    Ok(ports([port(info, 0), port(info, 2), port(info, 4), port(info, 6)], inverted, all) || some)
}

/// `-m sctp`: destination ports come first in its structure.
pub fn sctp(wanted: &Wanted, all: &mut Vec<Expression>) -> Said {
    let info = wanted.info;
    let (flags, inverted) = (u32_at(info, sctp::AT_FLAGS), u32_at(info, sctp::AT_INVERTED));
    let range =
        |bit: u32, at: usize| if flags & bit != 0 { (port(info, at), port(info, at + 2)) } else { (0, u16::MAX) };
    let ((first, last), (from, to)) = (range(1, 4), range(2, 0));
    Ok(ports([first, last, from, to], (inverted & flags & 3) as u8, all))
}

fn port(info: &[u8], at: usize) -> u16 {
    u16_at(info, at)
}

/// Appends the comparisons of source and destination ports; `false` where there is nothing at all to compare. `inverted` has
/// a bit for each.
fn ports([first, last, from, to]: [u16; 4], inverted: u8, all: &mut Vec<Expression>) -> bool {
    if first == last && from == to && inverted & 3 == 0 {
        encode::payload(all, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4);
        encode::compare(all, false, &[first.to_be_bytes(), from.to_be_bytes()].concat());
        return true;
    }
    let mut some = false;
    for (offset, range, bit) in [(0, (first, last), 1), (2, (from, to), 2)] {
        let inverted = inverted & bit != 0;
        if range == (0, u16::MAX) && !inverted {
            continue;
        }
        some = true;
        encode::payload(all, NFT_PAYLOAD_TRANSPORT_HEADER, offset, 2);
        let (from, to) = (range.0.to_be_bytes(), range.1.to_be_bytes());
        match range {
            (first, last) if first == last => encode::compare(all, inverted, &from),
            (0, last) if last < u16::MAX => {
                encode::order(all, if inverted { NFT_CMP_GT } else { NFT_CMP_LTE }, &to);
            }
            _ => encode::range(all, inverted, &from, &to),
        }
    }
    some
}
