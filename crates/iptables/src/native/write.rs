//! Matches as expressions.

use crate::encode;
use crate::extensions::conntrack::{AT_FLAGS, AT_INVERSIONS, AT_STATES, AT_STATUSES, STATE, STATE_ALIAS, STATUS};
use crate::extensions::ports::native_ports;
use crate::extensions::{bytes_at, sctp, u32_at};
use crate::rule::{Extension, Family};
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

/// Appends the expressions of a match; an error is what of it has none, to stand behind its name.
pub fn condition(family: Family, found: &Extension, all: &mut Vec<Expression>) -> Result<(), &'static str> {
    let Extension::Known { definition, info } = found else { return Err("") };
    match definition.name {
        "conntrack" | "state" => conntrack(info, all),
        "addrtype" => addrtype(info, all),
        "iprange" => iprange(family, info, all),
        "icmp" | "icmp6" => icmp(definition.name == "icmp", info, all),
        "mac" => {
            mac(info, all);
            Ok(())
        }
        "owner" => owner(info, all),
        "statistic" => statistic(info, all),
        "sctp" => {
            if !sctp_ports(info, all) {
                any_port(all);
            }
            Ok(())
        }
        "tcp" | "udp" => {
            let written = definition.native.is_some_and(|native| native(info, all));
            let option = definition.name == "tcp" && bytes_at(info, 8).is_some_and(|[option]: [u8; 1]| option != 0);
            match (written, option) {
                (true, _) => Ok(()),
                (false, true) => Err(" --tcp-option"),
                (false, false) => {
                    any_port(all);
                    Ok(())
                }
            }
        }
        _ => match definition.native.is_some_and(|native| native(info, all)) {
            true => Ok(()),
            false => Err(""),
        },
    }
}

/// Only if there is a port: all that a match without options asks for.
fn any_port(all: &mut Vec<Expression>) {
    all.push(encode::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2));
    let (from, to) = ([0, 0].into(), [0xff, 0xff].into());
    all.push(Expression::Range { op: NFT_RANGE_EQ, sreg: NFT_REG_1, from, to });
}

/// Goes on only if the masked register is zero, or (`any`) if it is not.
fn bits(all: &mut Vec<Expression>, key: u32, bits: u32, any: bool) {
    all.push(Expression::Ct { key, dreg: NFT_REG_1, direction: None });
    all.push(encode::mask(&bits.to_ne_bytes()));
    all.push(encode::compare(any, &[0; 4]));
}

fn conntrack(info: &[u8], all: &mut Vec<Expression>) -> Result<(), &'static str> {
    let number = |at| bytes_at(info, at).map_or(0, u16::from_ne_bytes);
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
    Ok(())
}

fn addrtype(info: &[u8], all: &mut Vec<Expression>) -> Result<(), &'static str> {
    let flags = u32_at(info, 4);
    for (at, side) in [NFTA_FIB_F_SADDR, NFTA_FIB_F_DADDR].into_iter().enumerate() {
        let types: u16 = bytes_at(info, at * 2).map_or(0, u16::from_ne_bytes);
        let inverted = flags & (1 << at) != 0;
        if types.count_ones() > 1 && !inverted {
            return Err(" with several types");
        }
        let interface = [(ONLY_INPUT, NFTA_FIB_F_IIF), (ONLY_OUTPUT, NFTA_FIB_F_OIF)];
        let interface = interface.into_iter().filter(|(flag, _)| flags & flag != 0).map(|(_, flag)| flag);
        let asked = interface.fold(side, |all, flag| all | flag);
        // Of several that it must not be, each is asked for by itself.
        for kind in (0u32..16).filter(|kind| types & (1 << kind) != 0) {
            all.push(Expression::Fib { dreg: NFT_REG_1, result: NFT_FIB_RESULT_ADDRTYPE, flags: asked });
            all.push(encode::compare(inverted, &kind.to_ne_bytes()));
        }
    }
    Ok(())
}

fn iprange(family: Family, info: &[u8], all: &mut Vec<Expression>) -> Result<(), &'static str> {
    let flags = info.get(64).copied().unwrap_or(0);
    let len = if family == Family::V4 { 4u8 } else { 16 };
    let (source, destination) = encode::addresses(family);
    for (at, offset) in [source, destination].into_iter().enumerate().filter(|(at, _)| flags & (1 << at) != 0) {
        let one = |from: usize| info.get(from..from + usize::from(len)).ok_or("");
        let (from, to) = (one(at * 32)?.into(), one(at * 32 + 16)?.into());
        let op = if flags & (0x10 << at) != 0 { NFT_RANGE_NEQ } else { NFT_RANGE_EQ };
        all.push(encode::payload(NFT_PAYLOAD_NETWORK_HEADER, offset, len.into()));
        all.push(Expression::Range { op, sreg: NFT_REG_1, from, to });
    }
    Ok(())
}

fn icmp(four: bool, info: &[u8], all: &mut Vec<Expression>) -> Result<(), &'static str> {
    let [kind, first, last, inverted] = bytes_at(info, 0).unwrap_or_default();
    let inverted = inverted & 1 != 0;
    let (len, data) = match (first, last) {
        // Any type, if there is one; or none.
        (0, 255) if four && kind == 255 => {
            all.push(encode::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1));
            let op = if inverted { NFT_CMP_LT } else { NFT_CMP_GTE };
            all.push(Expression::Cmp { op, sreg: NFT_REG_1, data: [0].into() });
            return Ok(());
        }
        (0, 255) => (1, vec![kind]),
        (first, last) if first == last => (2, vec![kind, first]),
        _ => return Err(" with a range of codes"),
    };
    all.push(encode::payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, len));
    all.push(encode::compare(inverted, &data));
    Ok(())
}

/// Only Ethernet has such addresses.
fn mac(info: &[u8], all: &mut Vec<Expression>) {
    all.push(encode::meta(NFT_META_IIFTYPE));
    all.push(encode::compare(false, &ETHERNET.to_ne_bytes()));
    all.push(encode::payload(NFT_PAYLOAD_LL_HEADER, MAC_OFFSET, 6));
    all.push(encode::compare(u32_at(info, 8) != 0, info.get(..6).unwrap_or(&[])));
}

/// A number of the host's, for comparisons other than equality.
pub(super) fn in_network_order(all: &mut Vec<Expression>) {
    all.push(Expression::Byteorder { sreg: NFT_REG_1, dreg: NFT_REG_1, op: NFT_BYTEORDER_HTON, len: 4, size: 4 });
}

fn owner(info: &[u8], all: &mut Vec<Expression>) -> Result<(), &'static str> {
    let [has, inverted] = bytes_at(info, 16).unwrap_or_default();
    if has & !3 != 0 {
        return Err(" with --socket-exists or --suppl-groups");
    }
    for (at, key) in [NFT_META_SKUID, NFT_META_SKGID].into_iter().enumerate().filter(|(at, _)| has & (1 << at) != 0) {
        let (first, last, inverted) = (u32_at(info, at * 8), u32_at(info, at * 8 + 4), inverted & (1 << at) != 0);
        all.push(encode::meta(key));
        if first == last {
            all.push(encode::compare(inverted, &first.to_ne_bytes()));
            continue;
        }
        in_network_order(all);
        let (from, to) = (first.to_be_bytes().into(), last.to_be_bytes().into());
        let op = if inverted { NFT_RANGE_NEQ } else { NFT_RANGE_EQ };
        all.push(Expression::Range { op, sreg: NFT_REG_1, from, to });
    }
    Ok(())
}

/// One of so many packets, or by chance: the counter of xtables begins at `--packet` and matches where it comes round, that
/// of nf_tables begins at zero.
fn statistic(info: &[u8], all: &mut Vec<Expression>) -> Result<(), &'static str> {
    let half = |at| bytes_at(info, at).map_or(0, u16::from_ne_bytes);
    let (mode, inverted) = (half(0), half(2));
    let (number, packet) = (u32_at(info, 4), u32_at(info, 8));
    let (modulus, kind) = match mode {
        0 => (CHANCES, NFT_NG_RANDOM),
        _ => (number.checked_add(1).ok_or(" with so large a number")?, NFT_NG_INCREMENTAL),
    };
    all.push(Expression::Numgen { dreg: NFT_REG_1, modulus, kind, offset: 0 });
    if mode == 0 {
        in_network_order(all);
        let op = if inverted & 1 != 0 { NFT_CMP_GTE } else { NFT_CMP_LT };
        all.push(Expression::Cmp { op, sreg: NFT_REG_1, data: number.to_be_bytes().into() });
        return Ok(());
    }
    let last = number.checked_sub(packet).ok_or(" with a packet beyond the last")?;
    all.push(encode::compare(inverted & 1 != 0, &last.to_ne_bytes()));
    Ok(())
}

fn sctp_ports(info: &[u8], all: &mut Vec<Expression>) -> bool {
    let (flags, inverted) = (u32_at(info, sctp::AT_FLAGS), u32_at(info, sctp::AT_INVERTED));
    let inverted = u8::try_from(inverted & flags & 3).unwrap_or(0);
    let mut ports = [0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff];
    // Destination ports come first in its structure.
    for (_, from, to) in [(1, 4, 0usize), (2, 0, 4)].into_iter().filter(|(bit, ..)| flags & bit != 0) {
        let range: [u8; 4] = bytes_at(info, from).unwrap_or_default();
        ports.iter_mut().skip(to).zip(range).for_each(|(to, from)| *to = from);
    }
    native_ports(&ports, inverted, Vec::new(), all)
}
