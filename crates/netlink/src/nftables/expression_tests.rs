//! Expressions to bytes and back.

use super::*;
use crate::message::{HEADER_LEN, Message};

fn all() -> Vec<Expression> {
    let bytes = |bytes: &[u8]| Bytes::from(bytes);
    vec![
        Expression::Meta { key: NFT_META_OIFNAME, dreg: 1 },
        Expression::MetaSet { key: NFT_META_MARK, sreg: 9 },
        Expression::Payload { base: 1, offset: 12, len: 4, dreg: 1 },
        Expression::Cmp { op: NFT_CMP_NEQ, sreg: 1, data: bytes(b"eth0\0") },
        Expression::Bitwise { sreg: 1, dreg: 1, mask: bytes(&[255, 240, 0, 0]), xor: bytes(&[0; 4]) },
        Expression::Range { op: 0, sreg: 1, from: bytes(&[0, 1]), to: bytes(&[0, 9]) },
        Expression::Lookup { set: bytes(b"s"), sreg: 1, dreg: Some(9), flags: 0 },
        Expression::Lookup { set: bytes(b"s"), sreg: 1, dreg: None, flags: NFT_LOOKUP_F_INV },
        Expression::Immediate { dreg: 1, data: bytes(&[10, 0, 0, 1]) },
        Expression::Verdict(Verdict { code: NFT_JUMP, chain: Some(bytes(b"web")) }),
        Expression::Verdict(Verdict { code: NF_ACCEPT, chain: None }),
        Expression::Counter { packets: 7, bytes: 1 << 40 },
        Expression::Ct { key: NFT_CT_STATUS, dreg: 1, direction: None },
        Expression::Fib { dreg: 1, result: NFT_FIB_RESULT_ADDRTYPE, flags: NFTA_FIB_F_DADDR },
        Expression::Limit { rate: 3, unit: 3600, burst: 5, kind: 0, flags: 0 },
        Expression::Nat { kind: 1, family: 2, addr: (Some(1), None), proto: (Some(2), Some(3)), flags: 2 },
        Expression::Masq { proto: (None, None), flags: 0 },
        Expression::Redir { proto: (Some(1), None), flags: 2 },
        Expression::Match { name: bytes(b"comment"), revision: 0, info: bytes(&[7; 256]) },
        Expression::Target { name: bytes(b"MASQUERADE"), revision: 0, info: bytes(&[1; 24]) },
        Expression::Unknown { name: bytes(b"tunnel"), data: bytes(&[8, 0, 1, 0, 0, 0, 0, 1]) },
    ]
}

#[test]
fn each_is_read_as_written() {
    let mut message = Message::new(0, 0, &[]);
    all().into_iter().for_each(|expression| expression.write(NFTA_LIST_ELEM, &mut message));
    let bytes = message.as_bytes().get(HEADER_LEN..).unwrap();
    assert_eq!(Expression::read_list(bytes), all());
}

#[test]
fn bytes_are_those_of_iptables() {
    let mut message = Message::new(0, 0, &[]);
    Expression::Meta { key: NFT_META_OIFNAME, dreg: 1 }.write(NFTA_LIST_ELEM, &mut message);
    Expression::Cmp { op: 0, sreg: 1, data: Box::from(&b"eth0\0"[..]) }.write(NFTA_LIST_ELEM, &mut message);
    let expected = b"\x24\0\x01\x80\x09\0\x01\0meta\0\0\0\0\x14\0\x02\x80\x08\0\x02\0\0\0\0\x07\x08\0\x01\0\0\0\0\x01\
        \x30\0\x01\x80\x08\0\x01\0cmp\0\x24\0\x02\x80\x08\0\x01\0\0\0\0\x01\x08\0\x02\0\0\0\0\0\x10\0\x03\x80\x09\0\x01\0eth0\0\0\0\0";
    if cfg!(target_endian = "little") {
        assert_eq!(message.as_bytes().get(HEADER_LEN..).unwrap(), expected);
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut message = Message::new(0, 0, &[]);
    all().into_iter().for_each(|expression| expression.write(NFTA_LIST_ELEM, &mut message));
    let bytes = message.as_bytes().get(HEADER_LEN..).unwrap().to_vec();
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut bad = bytes.clone();
            bad[at] = value;
            let read = Expression::read_list(&bad);
            let mut again = Message::new(0, 0, &[]);
            read.into_iter().for_each(|expression| expression.write(NFTA_LIST_ELEM, &mut again));
        }
        Expression::read_list(&bytes[..at]);
    }
}
