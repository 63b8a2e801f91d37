//! Values and how each is written: numbers, addresses, names.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a fact can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A whole number.
    Unsigned(u64),
    /// A whole number that may be below zero.
    Signed(i64),
    /// Hexadecimal with `0x` in front; a string in JSON.
    Hex(u64),
    /// The same, but zero is `0`: as C's `%#x` writes it.
    HexOrZero(u64),
    /// A whole number that stands in the place of a name: a string in JSON.
    Numeral(u64),
    /// Hexadecimal with at least so many digits behind `0x`; a string in JSON.
    HexPadded(u64, u8),
    /// Hexadecimal with at least so many digits, and nothing in front; a string in JSON.
    HexDigits(u64, u8),
    /// Bytes as two hexadecimal digits each, with nothing between.
    Octets(&'a [u8]),
    /// `true` or `false` in JSON; in text `on` or `off`.
    OnOff(bool),
    /// `true` or `false` in both.
    Bool(bool),
    /// Words of our own, or text that is known to be UTF-8.
    Str(&'a str),
    /// Bytes that anybody may have chosen: names, aliases.
    Bytes(&'a [u8]),
    /// An IP address.
    Ip(IpAddr),
    /// An address and, behind a slash, the length of its prefix.
    Prefix(IpAddr, u8),
    /// A link-layer address: hexadecimal bytes between colons.
    Link(&'a [u8]),
    /// A stack of MPLS labels, four bytes each: `100/200`.
    Labels(&'a [u8]),
    /// A number with as many digits behind the point as the second member says, 18 at most: `Decimal(1234, 2)` is `12.34`.
    Decimal(u64, u8),
    /// As [`Value::Decimal`], of at most four digits behind the point, but with no more than six digits of precision, and with an
    /// exponent where those are too few: C's `%g`. `Short(1230, 2)` is `12.3`.
    Short(u64, u8),
    /// `null` in JSON, nothing in text.
    Null,
}

macro_rules! from {
    ($($type:ty => $variant:ident as $as:ty;)*) => {
        $(impl From<$type> for Value<'_> {
            fn from(value: $type) -> Self {
                Value::$variant(<$as>::from(value))
            }
        })*
    };
}
from! {
    u8 => Unsigned as u64; u16 => Unsigned as u64; u32 => Unsigned as u64; u64 => Unsigned as u64;
    i32 => Signed as i64; i64 => Signed as i64; bool => Bool as bool;
    IpAddr => Ip as IpAddr; Ipv4Addr => Ip as IpAddr; Ipv6Addr => Ip as IpAddr;
}
impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Value::Str(value)
    }
}
impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Value::Bytes(value)
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        to.write_str(&String::from_utf8_lossy(&text))
    }
}

impl Value<'_> {
    /// Appends the value as text shows it. Every arm is a call and no more: no value pays for another's registers.
    pub fn write(&self, to: &mut Vec<u8>) {
        match *self {
            Value::Unsigned(number) | Value::Numeral(number) => decimal(to, number),
            Value::Signed(number) => signed(to, number),
            Value::Hex(number) => prefixed_hex(to, number, 1),
            Value::HexOrZero(number) => hex_or_zero(to, number),
            Value::HexPadded(number, least) => prefixed_hex(to, number, least),
            Value::HexDigits(number, least) => hex_padded(to, number, least),
            Value::Octets(bytes) => octets(to, bytes),
            Value::OnOff(on) => extend(to, if on { b"on" } else { b"off" }),
            Value::Bool(yes) => extend(to, if yes { b"true" } else { b"false" }),
            Value::Str(text) => extend(to, text.as_bytes()),
            Value::Bytes(bytes) => extend(to, bytes),
            Value::Ip(IpAddr::V4(address)) => ipv4(to, address),
            Value::Ip(IpAddr::V6(address)) => ipv6(to, address),
            Value::Prefix(address, len) => prefix(to, address, len),
            Value::Link(bytes) => link_address(to, bytes),
            Value::Labels(bytes) => labels(to, bytes),
            Value::Decimal(number, digits) => fixed_point(to, number, digits),
            Value::Short(number, places) => crate::fraction::short(to, number, places),
            Value::Null => (),
        }
    }

    /// Appends the value as JSON.
    pub(crate) fn write_json(&self, to: &mut Vec<u8>) {
        match *self {
            Value::Unsigned(_) | Value::Signed(_) | Value::Decimal(..) | Value::Short(..) => self.write(to),
            Value::OnOff(yes) | Value::Bool(yes) => Value::Bool(yes).write(to),
            Value::Null => to.extend_from_slice(b"null"),
            Value::Str(text) => crate::json::string(to, text.as_bytes()),
            Value::Bytes(bytes) => crate::json::string(to, bytes),
            Value::Numeral(_)
            | Value::Hex(_)
            | Value::HexOrZero(_)
            | Value::HexPadded(..)
            | Value::HexDigits(..)
            | Value::Octets(_)
            | Value::Ip(_)
            | Value::Prefix(..)
            | Value::Link(_)
            | Value::Labels(_) => {
                to.push(b'"');
                self.write(to);
                to.push(b'"');
            }
        }
    }
}

/// Appends bytes: mostly none or a blank, which is shorter than a call.
#[inline(always)]
pub(crate) fn append(to: &mut Vec<u8>, bytes: &[u8]) {
    match bytes {
        [] => (),
        [byte] => to.push(*byte),
        _ => extend(to, bytes),
    }
}

#[inline(never)]
fn extend(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend_from_slice(bytes);
}

/// Appends a number in decimal.
#[inline(never)]
pub fn decimal(to: &mut Vec<u8>, mut number: u64) {
    if number < 10 {
        return to.push(b'0' + number as u8);
    }
    let mut digits = [0u8; 20];
    let mut len = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        len += 1;
        if number == 0 {
            break;
        }
    }
    to.extend_from_slice(digits.get(20 - len..).unwrap_or(&[]));
}

#[inline(never)]
fn signed(to: &mut Vec<u8>, number: i64) {
    if number < 0 {
        to.push(b'-');
    }
    decimal(to, number.unsigned_abs());
}

/// Appends a number whose last `digits` digits, 18 at most, stand behind a point.
#[inline(never)]
fn fixed_point(to: &mut Vec<u8>, number: u64, digits: u8) {
    let unit = 10u64.pow(u32::from(digits.min(18)));
    decimal(to, number / unit);
    let point = to.len();
    // The one in front keeps the zeros behind it, and makes room for the point.
    decimal(to, unit + number % unit);
    to.get_mut(point..=point).unwrap_or_default().fill(b'.');
}

/// Appends the labels of a stack up to its bottom, which a bit marks: RFC 3032.
#[inline(never)]
fn labels(to: &mut Vec<u8>, bytes: &[u8]) {
    for (at, entry) in bytes.chunks_exact(4).enumerate() {
        let entry = entry.first_chunk().map_or(0, |entry| u32::from_be_bytes(*entry));
        if at > 0 {
            to.push(b'/');
        }
        decimal(to, u64::from(entry >> 12));
        if entry & 0x100 != 0 {
            break;
        }
    }
}

/// Appends a number in lower-case hexadecimal, without `0x` and leading zeros.
pub fn hex(to: &mut Vec<u8>, number: u64) {
    hex_padded(to, number, 1);
}

#[inline(never)]
fn prefixed_hex(to: &mut Vec<u8>, number: u64, least: u8) {
    to.extend_from_slice(b"0x");
    hex_padded(to, number, least);
}

#[inline(never)]
fn hex_or_zero(to: &mut Vec<u8>, number: u64) {
    if number == 0 { to.push(b'0') } else { prefixed_hex(to, number, 1) }
}

#[inline(never)]
fn octets(to: &mut Vec<u8>, bytes: &[u8]) {
    bytes.iter().for_each(|byte| hex_padded(to, u64::from(*byte), 2));
}

#[inline(never)]
fn hex_padded(to: &mut Vec<u8>, number: u64, least: u8) {
    let digits = (64 - number.leading_zeros()).div_ceil(4).max(u32::from(least).min(16));
    to.extend((0..digits).rev().map(|at| nibble((number >> (4 * at)) as u8)));
}

#[inline]
const fn nibble(number: u8) -> u8 {
    b"0123456789abcdef"[(number & 15) as usize]
}

/// Text of no more than `N` bytes that is put together before it is appended: a million routes have two addresses each.
struct Short<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Short<N> {
    const EMPTY: Self = Short { bytes: [0; N], len: 0 };

    #[inline]
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    #[inline]
    fn append_to(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.bytes.get(..self.len).unwrap_or(&[]));
    }
}

/// Each number of an IPv4 address with the dot behind it, and the length of both.
static OCTETS: [([u8; 4], u8); 256] = {
    let mut all = [([b'.'; 4], 4); 256];
    let mut number = 0;
    while number < 256 {
        let digits = [b'0' + (number / 100) as u8, b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8];
        let first = 2 - (number >= 10) as usize - (number >= 100) as usize;
        let mut at = first;
        while at < 3 {
            all[number].0[at - first] = digits[at];
            at += 1;
        }
        all[number].1 = 4 - first as u8;
        number += 1;
    }
    all
};

/// Appends `1.2.3.4`. All bytes that it may have at once, and then those are taken back that it has not: a copy of a length
/// that is known costs no call.
#[inline(never)]
pub fn ipv4(to: &mut Vec<u8>, address: Ipv4Addr) {
    let (mut text, mut len) = ([0; 16 + 4], 0);
    for number in address.octets() {
        let (digits, more) = OCTETS[usize::from(number)];
        let at = len & 15;
        text[at..at + 4].copy_from_slice(&digits);
        len += usize::from(more);
    }
    let end = to.len() + len - 1;
    let [text @ .., _, _, _, _] = text;
    to.extend_from_slice(&text);
    to.truncate(end);
}

/// Appends an IPv6 address in the form of RFC 5952.
#[inline(never)]
pub fn ipv6(to: &mut Vec<u8>, address: Ipv6Addr) {
    if let Some(v4) = address.to_ipv4_mapped() {
        to.extend_from_slice(b"::ffff:");
        return ipv4(to, v4);
    }
    let words = address.segments();
    // The longest run of zeros, the first of equally long ones.
    let (mut start, mut len, mut zeros) = (0, 0, 0);
    for (at, word) in words.iter().enumerate() {
        zeros = if *word == 0 { zeros + 1 } else { 0 };
        if zeros > len {
            (start, len) = (at + 1 - zeros, zeros);
        }
    }
    if len == 6 && start == 0 {
        // glibc writes ::1.2.3.4 for the old IPv4-compatible addresses.
        to.extend_from_slice(b"::");
        let [.., a, b, c, d] = address.octets();
        return ipv4(to, Ipv4Addr::new(a, b, c, d));
    }
    let mut text = Short::<40>::EMPTY;
    for (at, word) in words.iter().enumerate() {
        if len > 1 && (start..start + len).contains(&at) {
            // One colon here; the next word brings the other, but where none comes.
            if at == start || at == 7 {
                text.push(b':');
            }
            continue;
        }
        if at > 0 {
            text.push(b':');
        }
        for shift in [12, 8, 4] {
            if word >> shift != 0 {
                text.push(nibble((word >> shift) as u8));
            }
        }
        text.push(nibble(*word as u8));
    }
    text.append_to(to);
}

#[inline(never)]
fn prefix(to: &mut Vec<u8>, address: IpAddr, len: u8) {
    Value::Ip(address).write(to);
    to.push(b'/');
    decimal(to, u64::from(len));
}

/// Each byte of a link-layer address with the colon behind it.
static PAIRS: [[u8; 3]; 256] = {
    let (mut all, mut byte) = ([*b"00:"; 256], 0);
    while byte < 256 {
        all[byte] = [nibble(byte as u8 >> 4), nibble(byte as u8), b':'];
        byte += 1;
    }
    all
};

/// Appends a link-layer address: two hexadecimal digits a byte, colons between.
#[inline(never)]
pub fn link_address(to: &mut Vec<u8>, bytes: &[u8]) {
    for (at, part) in bytes.chunks(20).enumerate() {
        let mut text = Short::<60>::EMPTY;
        for (place, byte) in text.bytes.chunks_exact_mut(3).zip(part) {
            place.copy_from_slice(&PAIRS[usize::from(*byte)]);
        }
        // The last one has nothing behind it.
        text.len = part.len() * 3 - usize::from(at * 20 + part.len() == bytes.len());
        text.append_to(to);
    }
}

/// Appends bytes with control characters written as `\x1b` and the like.
pub fn escape_controls(to: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        match byte {
            0..32 | 127 if *byte != b'\n' => {
                to.extend_from_slice(&[b'\\', b'x', nibble(byte >> 4), nibble(*byte)]);
            }
            _ => to.push(*byte),
        }
    }
}

/// Bytes that anybody may have chosen, fit for a terminal: control characters escaped, other than UTF-8 replaced.
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len());
    escape_controls(&mut text, bytes);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: Value) -> String {
        let mut to = Vec::new();
        value.write(&mut to);
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn addresses_are_std_s() {
        for address in [
            "::",
            "::1",
            "1::",
            "fe80::1:0:0:1",
            "1:0:0:2:0:0:0:3",
            "1:2:3:4:5:6:7:8",
            "::ffff:1.2.3.4",
            "2001:db8::1",
            "0:1::",
            "1:2:3:4:5:6:7:0",
            "1:0:2:0:0:3::",
            "::2:0:0:3:4:5",
            "0:2::",
            "1:2:3:4:5:6::",
            "::3:4:5:6:7:8",
            "ffff:fff:ff:f:1000:100:10:1",
            "64:ff9b::102:304",
        ] {
            let address: Ipv6Addr = address.parse().unwrap();
            assert_eq!(text(address.into()), address.to_string());
        }
        for number in 0..=255u8 {
            let address = Ipv4Addr::new(number, 0, 255 - number, number);
            assert_eq!(text(address.into()), address.to_string());
        }
        assert_eq!(text("::1.2.3.4".parse::<Ipv6Addr>().unwrap().into()), "::1.2.3.4");
    }

    #[test]
    fn numbers() {
        assert_eq!(text(u64::MAX.into()), u64::MAX.to_string());
        assert_eq!(text(Value::Signed(i64::MIN)), i64::MIN.to_string());
        assert_eq!(text(Value::Hex(0)), "0x0");
        assert_eq!(text(Value::Hex(0xdead_beef)), "0xdeadbeef");
        assert_eq!(text(Value::Decimal(1204, 2)), "12.04");
        assert_eq!(text(Value::Link(&[0, 0xab, 7])), "00:ab:07");
        let long: Vec<u8> = (0..41).collect();
        let joined: Vec<_> = long.iter().map(|byte| format!("{byte:02x}")).collect();
        for len in 0..=41 {
            assert_eq!(text(Value::Link(&long[..len])), joined[..len].join(":"));
        }
    }
}
