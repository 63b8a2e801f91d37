//! Values that a rule is made with and that shown rules are selected by.

use netmite_grammar::{Context, Error, Result, number};
use netmite_netlink::IfName;

/// A value and the bits of it that count; `None` where no mask was given.
pub(super) type Masked<T> = (T, Option<T>);

/// The six bits of a differentiated services code point, linux/in6.h and RFC 2474.
pub(super) const DSCP_BITS: u8 = 0x3f;
/// The twenty bits of a flow label, RFC 8200.
pub(super) const FLOW_LABEL_BITS: u32 = 0xf_ffff;

/// The word in front of `separator`, and what is behind it.
fn split(word: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    let mut parts = word.splitn(2, |byte| *byte == separator);
    (parts.next().unwrap_or(&[]), parts.next())
}

/// `VALUE` or `VALUE/MASK`, each read by a function of its own; the texts are what is said of wrong ones.
fn masked<T>(
    word: &[u8],
    value: impl FnOnce(&[u8]) -> Option<T>,
    mask: impl FnOnce(&[u8]) -> Option<T>,
    bad: [&str; 2],
) -> Result<Masked<T>> {
    let (first, rest) = split(word, b'/');
    let value = value(first).ok_or_else(|| Error::wrong(first, bad[0]))?;
    let mask = rest.map(|rest| mask(rest).ok_or_else(|| Error::wrong(rest, bad[1]))).transpose()?;
    Ok((value, mask))
}

pub(super) fn mark(word: &[u8]) -> Result<Masked<u32>> {
    masked(word, number::u32, number::u32, ["fwmark value is invalid\n", "fwmask value is invalid\n"])
}

/// A code point: a number, or else a name, whose type of service holds it in the upper six bits.
pub(super) fn dscp(word: &[u8], context: &mut Context) -> Result<Masked<u8>> {
    let value = |word: &[u8]| number::u8(word).or_else(|| context.type_of_service(word).map(|tos| tos >> 2));
    masked(word, value, number::u8, ["invalid dscp", "invalid dscp mask"])
}

pub(super) fn flow_label(word: &[u8]) -> Result<Masked<u32>> {
    masked(word, number::u32, number::u32, ["invalid flowlabel", "invalid flowlabel mask"])
}

/// Ports: the first, the last, and a mask, which a single one alone can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) mask: Option<u16>,
}

impl Ports {
    /// `FIRST-LAST`, `PORT` or `PORT/MASK`.
    pub(super) fn parse(word: &[u8]) -> Result<Self> {
        if let (first, Some(last)) = split(word, b'-') {
            let first = number::u16(first).ok_or_else(|| Error::wrong(first, "invalid port range start"))?;
            let last = number::u16(last).ok_or_else(|| Error::wrong(last, "invalid port range end"))?;
            return Ok(Ports { first, last, mask: None });
        }
        let (port, mask) = masked(word, number::u16, number::u16, ["invalid port", "invalid mask"])?;
        Ok(Ports { first: port, last: port, mask })
    }

    /// `struct fib_rule_port_range`.
    pub(super) fn to_bytes(self) -> [u8; 4] {
        let ([a, b], [c, d]) = (self.first.to_ne_bytes(), self.last.to_ne_bytes());
        [a, b, c, d]
    }
}

/// `FIRST-LAST`: `struct fib_rule_uid_range`.
pub(super) fn uids(word: &[u8]) -> Result<[u8; 8]> {
    let read = |word: &[u8]| number::in_base(word, 10).and_then(|number| u32::try_from(number).ok());
    let (first, last) = split(word, b'-');
    match (read(first), last.and_then(read)) {
        (Some(first), Some(last)) => {
            let ([a, b, c, d], [e, f, g, h]) = (first.to_ne_bytes(), last.to_ne_bytes());
            Ok([a, b, c, d, e, f, g, h])
        }
        _ => Err(Error::wrong(word, "invalid UID range\n")),
    }
}

pub(super) fn tunnel(word: &[u8]) -> Result<u64> {
    number::unsigned(word).ok_or_else(|| Error::wrong(word, "\"tun_id\" value is invalid\n"))
}

pub(super) fn preference(word: &[u8]) -> Result<u32> {
    number::u32(word).ok_or_else(|| Error::wrong(word, "preference value is invalid\n"))
}

/// The name of an interface, which need not be there.
pub(super) fn interface(word: &[u8], bad: &str) -> Result<IfName> {
    IfName::new(word).ok_or_else(|| Error::wrong(word, bad))
}

/// What is said of a wrong name of an incoming interface.
pub(super) const BAD_INCOMING: &str = "\"iif\"/\"dev\" not a valid ifname";
/// What is said of a wrong name of an outgoing interface.
pub(super) const BAD_OUTGOING: &str = "\"oif\" not a valid ifname";

/// What the kernel knows of a rule beside its selectors: linux/fib_rules.h.
pub(super) mod flags {
    pub(in crate::rule) const INVERT: u32 = 2;
    pub(in crate::rule) const UNRESOLVED: u32 = 4;
    pub(in crate::rule) const INCOMING_DETACHED: u32 = 8;
    pub(in crate::rule) const OUTGOING_DETACHED: u32 = 16;
}

/// What a rule does: linux/fib_rules.h. The others are numbered as types of routes.
pub(super) mod action {
    pub(in crate::rule) const TO_TABLE: u8 = 1;
    pub(in crate::rule) const GOTO: u8 = 2;
    pub(in crate::rule) const NOP: u8 = 3;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_masks() {
        assert_eq!(Ports::parse(b"80-90").unwrap(), Ports { first: 80, last: 90, mask: None });
        assert_eq!(Ports::parse(b"80/0xf0").unwrap(), Ports { first: 80, last: 80, mask: Some(0xf0) });
        assert_eq!(uids(b"1-2").unwrap(), [1u32.to_ne_bytes(), 2u32.to_ne_bytes()].concat()[..]);
        for bad in [&b"1-2x"[..], b"1-2-3", b"4294967296-1", b"1", b"-", b""] {
            assert!(uids(bad).is_err(), "{bad:?}");
        }
        assert_eq!(mark(b"1/x").unwrap_err().text(), b"Error: argument \"x\" is wrong: fwmask value is invalid\n");
    }
}
