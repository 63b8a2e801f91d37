//! Addresses in the lines of a batch, as they are written and as they stand in messages.

use crate::address::plain_ipv4;
use netmite_output::{ipv4, ipv6, link_address};
use std::net::Ipv6Addr;

/// An address of 4, 6 or 16 bytes, as it stands in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    bytes: [u8; 16],
    pub(super) len: usize,
}

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0c | b'\n')
}

impl Value {
    fn new(address: &[u8]) -> Self {
        let mut value = Value { bytes: [0; 16], len: address.len().min(16) };
        value.bytes.iter_mut().zip(address).for_each(|(to, from)| *to = *from);
        value
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    pub(super) fn is_at(&self, message: &[u8], at: usize) -> bool {
        message.get(at..).is_some_and(|rest| rest.starts_with(self.as_bytes()))
    }

    /// The address that `text` begins with, if it ends where a word or a prefix may, and its length there.
    #[inline]
    pub(super) fn in_front_of(text: &[u8]) -> Option<(Self, usize)> {
        let len = text.iter().position(|byte| is_space(*byte) || *byte == b'/')?;
        let word = text.get(..len)?;
        // IPv4 in nearly all lines: no other address has a point in its first four bytes.
        let value = match word.get(..4).is_some_and(|start| start.contains(&b'.')) {
            true => Value::new(&plain_ipv4(word)?.octets()),
            false if word.contains(&b':') => six_bytes(word).or_else(|| {
                let address: Ipv6Addr = std::str::from_utf8(word).ok()?.parse().ok()?;
                Some(Value::new(&address.octets()))
            })?,
            false => return None,
        };
        value.is_common().then_some((value, len))
    }

    /// Whether nothing but its own bytes is to be expected of it.
    fn is_common(&self) -> bool {
        match (self.bytes[0], self.len) {
            (first, 4) => (1..224).contains(&first) && first != 127,
            (first, 6) => first & 1 == 0 && self.bytes != [0; 16],
            (first, _) => matches!(first, 0x20..=0x3f | 0xfc | 0xfd),
        }
    }

    /// Another one, common too, and different in every byte.
    pub(super) fn other(&self, salt: u8) -> Self {
        let mut other = Value::new(self.as_bytes());
        for byte in other.bytes.iter_mut().take(self.len) {
            *byte = !(*byte ^ salt);
        }
        other.bytes[0] = match self.len {
            4 => (self.bytes[0] ^ 0x40) % 126 + 1,
            6 => self.bytes[0] ^ 0x54,
            _ => self.bytes[0] ^ 1,
        };
        other
    }

    pub(super) fn write(&self, line: &mut Vec<u8>) {
        match self.bytes {
            [a, b, c, d, ..] if self.len == 4 => ipv4(line, [a, b, c, d].into()),
            octets if self.len == 16 => ipv6(line, octets.into()),
            _ => link_address(line, self.as_bytes()),
        }
    }
}

/// Six bytes of two digits each.
fn six_bytes(word: &[u8]) -> Option<Value> {
    let mut bytes = [0; 6];
    let word: &[u8; 17] = word.try_into().ok()?;
    for (byte, digits) in bytes.iter_mut().zip(word.chunks(3)) {
        let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
        if digits.get(2).is_some_and(|colon| *colon != b':') {
            return None;
        }
        *byte = (digit(0)? * 16 + digit(1)?) as u8;
    }
    Some(Value::new(&bytes))
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn addresses() {
        for (word, len) in [("10.0.0.1 ", 4), ("02:00:00:00:00:fE\n", 6), ("2001:db8::1/64", 16), ("fd00::1\t", 16)] {
            let (value, end) = Value::in_front_of(word.as_bytes()).unwrap();
            assert_eq!((value.len, end), (len, word.len() - if word.ends_with("64") { 3 } else { 1 }), "{word}");
            for salt in 0..8 {
                let other = value.other(salt);
                assert!(other.is_common() && other.len == len, "{word} {salt}");
                assert!(value.as_bytes().iter().zip(other.as_bytes()).all(|(own, other)| own != other));
            }
        }
        for word in
            ["10.0.0.1", "10.0.0 ", "fe80::1 ", "::1 ", "ff02::1 ", "01:00:00:00:00:01 ", "2:0:0:0:0:1 ", "dev "]
        {
            assert_eq!(Value::in_front_of(word.as_bytes()), None, "{word}");
        }
    }
}
