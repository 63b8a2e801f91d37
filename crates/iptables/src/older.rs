//! Rules as iptables 1.8.9 wrote them, which differ from today's in the protocol (asked of the packet's facts, not of its
//! header) and in NAT targets of earlier revisions: they are listed as that version listed them.

use crate::decode;
use crate::print;
use crate::rule::Family;
use crate::table;
use netmite_netlink::nftables::uapi::*;
use netmite_netlink::nftables::{self as nft, Expression, Verdict};

fn payload(base: u32, offset: u32, len: u32) -> Expression {
    Expression::Payload { base, offset, len, dreg: NFT_REG_1 }
}

fn meta(key: u32) -> Expression {
    Expression::Meta { key, dreg: NFT_REG_1 }
}

fn cmp(op: u32, data: &[u8]) -> Expression {
    Expression::Cmp { op, sreg: NFT_REG_1, data: data.into() }
}

/// A blob whose first bytes are `head`, filled up with zeros.
fn blob(head: &[u8], len: usize) -> nft::Bytes {
    let mut info = head.to_vec();
    info.resize(len, 0);
    info.into()
}

fn target(name: &[u8], revision: u32, info: nft::Bytes) -> Expression {
    Expression::Target { name: name.into(), revision, info }
}

fn matching(name: &[u8], revision: u32, info: nft::Bytes) -> Expression {
    Expression::Match { name: name.into(), revision, info }
}

/// `struct nf_nat_ipv4_multi_range_compat` of one range.
fn range(flags: u32, first: [u8; 4], last: [u8; 4], ports: [u16; 2]) -> nft::Bytes {
    let head = [1u32.to_ne_bytes(), flags.to_ne_bytes(), first, last].concat();
    let ports = ports.map(u16::to_be_bytes).concat();
    blob(&[head, ports].concat(), 24)
}

#[test]
fn rules_of_1_8_9_are_listed_as_it_listed_them() {
    const NETWORK: u32 = NFT_PAYLOAD_NETWORK_HEADER;
    const TRANSPORT: u32 = NFT_PAYLOAD_TRANSPORT_HEADER;
    let tcp = || [meta(NFT_META_L4PROTO), cmp(NFT_CMP_EQ, &[6])];
    let counter = || Expression::Counter { packets: 0, bytes: 0 };
    let to = [&3u32.to_ne_bytes()[..], &[10, 0, 0, 2], &[0; 12], &[10, 0, 0, 2], &[0; 12], &[0x1f, 0x90, 0x1f, 0x90]];
    let dnat = [payload(TRANSPORT, 2, 2), cmp(NFT_CMP_EQ, &80u16.to_be_bytes()), counter()];
    let dnat = tcp().into_iter().chain(dnat).chain([target(b"DNAT", 2, blob(&to.concat(), 48))]).collect();
    let masquerade = vec![
        payload(NETWORK, 12, 3),
        cmp(NFT_CMP_EQ, &[10, 1, 2]),
        meta(NFT_META_OIFNAME),
        cmp(NFT_CMP_NEQ, b"br0\0"),
        counter(),
        target(b"MASQUERADE", 0, range(0, [0; 4], [0; 4], [0, 0])),
    ];
    let jump = vec![
        payload(NETWORK, 16, 4),
        Expression::Bitwise { sreg: NFT_REG_1, dreg: NFT_REG_1, mask: [255, 255, 255, 240].into(), xor: [0; 4].into() },
        cmp(NFT_CMP_NEQ, &[192, 0, 2, 16]),
        meta(NFT_META_IIFNAME),
        cmp(NFT_CMP_EQ, b"eth"),
        matching(b"comment", 0, blob(b"what it is", 256)),
        counter(),
        Expression::Verdict(Verdict { code: NFT_JUMP, chain: Some((*b"DOCKER").into()) }),
    ];
    let several = [&[1, 2][..], &80u16.to_ne_bytes(), &443u16.to_ne_bytes()].concat();
    let redirect = [matching(b"multiport", 1, blob(&several, 48)), counter()];
    let redirect = redirect.into_iter().chain([target(b"REDIRECT", 0, range(2, [0; 4], [0; 4], [3128, 3128]))]);
    let redirect = tcp().into_iter().chain(redirect).collect();
    let snat = vec![
        matching(b"addrtype", 1, blob(&[0, 0, 4, 0, 2, 0, 0, 0], 8)),
        counter(),
        target(b"SNAT", 0, range(1, [192, 0, 2, 1], [192, 0, 2, 9], [0, 0])),
    ];
    let known: [(Vec<Expression>, &str); 5] = [
        (dnat, " -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080"),
        (masquerade, " -s 10.1.2.0/24 ! -o br0 -j MASQUERADE"),
        (jump, " ! -d 192.0.2.16/28 -i eth+ -m comment --comment \"what it is\" -j DOCKER"),
        (redirect, " -p tcp -m multiport --dports 80,443 -j REDIRECT --to-ports 3128"),
        (snat, " -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.0.2.1-192.0.2.9"),
    ];
    for (expressions, text) in known {
        let there = nft::Rule::new(table::name(Family::V4), b"X", expressions);
        let rule = decode::decode(Family::V4, &there).unwrap_or_else(|| panic!("not read: {text}"));
        let mut shown = Vec::new();
        print::saved(&mut shown, Family::V4, &rule, false);
        assert_eq!(String::from_utf8_lossy(&shown), text);
    }
}
