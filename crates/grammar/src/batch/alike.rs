//! Lines of a batch that differ from an earlier one in addresses alone.
//!
//! A batch of thousand routes says the same thousand times, but for the destination. [`Patterns`] keeps the request of some
//! lines, and where in line and request their addresses stand. A line that equals one of these everywhere else is not cut
//! into words: its addresses are put into the request that is kept. That takes a tenth of reading it.
//!
//! Whether an address decides nothing but its own bytes is tried, not assumed: the line is read twice more with other
//! addresses, as different as can be, and if the requests differ in anything but these bytes, nothing is kept. What addresses of a
//! class of their own may decide (none, loopback, multicast, local to a link) is no question, since those fit no pattern.

use crate::address::plain_ipv4;
use netmite_output::{ipv4, ipv6, link_address};
use std::net::Ipv6Addr;

/// So many requests are kept.
const KEPT: usize = 16;
/// So many lines are read before one is kept: short batches pay nothing.
const BEFORE: usize = 8;
/// The longest request that is kept, in bytes.
const LONGEST: usize = 512;
/// Where a message's sequence number is.
pub(crate) const SEQUENCE: std::ops::Range<usize> = 8..12;

/// The requests that are kept. Names of interfaces are part of them: they are to be forgotten with those.
#[derive(Default)]
pub(crate) struct Patterns {
    kept: Vec<Pattern>,
    /// The one that fitted last, and then the next to make room for another.
    last: usize,
    oldest: usize,
    /// How many lines came that none fitted, and how many that one did.
    missed: usize,
    fitted: usize,
}

/// A line and its request.
struct Pattern {
    /// Each address behind what stands in front of it.
    values: Vec<(Box<[u8]>, Place)>,
    /// What stands behind the last, and the end of the line.
    tail: Box<[u8]>,
    request: Box<[u8]>,
}

/// Where an address stands in a request.
struct Place {
    starts: Vec<usize>,
    len: usize,
}

/// An address of 4, 6 or 16 bytes, as it stands in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Value {
    bytes: [u8; 16],
    len: usize,
}

impl Patterns {
    /// The request of the first line of `text`, in place of `request`, if a pattern fits; the line's length with its end. The
    /// sequence number is an old one.
    #[inline(never)]
    pub(crate) fn fill(&mut self, text: &[u8], request: &mut Vec<u8>) -> Option<usize> {
        let last = self.last;
        let mut fits = |at: usize| self.kept.get(at)?.fill(text, request).map(|len| (at, len));
        match fits(last).or_else(|| (0..KEPT).find_map(&mut fits)) {
            Some((at, len)) => {
                (self.last, self.fitted) = (at, self.fitted.wrapping_add(1));
                Some(len)
            }
            None => {
                self.missed = self.missed.wrapping_add(1);
                None
            }
        }
    }

    /// Whether a line is worth keeping: not in a short batch, and not where those that were kept have fitted next to nothing.
    pub(crate) fn wants(&self) -> bool {
        self.missed > BEFORE && self.missed / 8 <= self.fitted.saturating_add(BEFORE)
    }

    /// Keeps a line whose request is this one, if `make` makes requests of lines with other addresses that differ in those.
    #[cold]
    #[inline(never)]
    pub(crate) fn keep(&mut self, line: &[u8], request: &[u8], make: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) {
        let Some(new) = Pattern::of(line, request, make) else { return };
        self.last = self.oldest;
        match self.kept.get_mut(self.last) {
            Some(place) => *place = new,
            None => self.kept.push(new),
        }
        self.oldest = (self.last + 1) % KEPT;
    }

    /// Forgets all requests.
    pub(crate) fn forget(&mut self) {
        self.kept.clear();
        (self.last, self.oldest) = (0, 0);
    }
}

impl Pattern {
    fn of(line: &[u8], request: &[u8], make: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) -> Option<Self> {
        // A quoted word, a comment or a line that goes on is another matter.
        let plain = line.ends_with(b"\n") && !line.iter().any(|byte| matches!(byte, b'"' | b'\'' | b'#' | b'\\'));
        if !plain || request.len() > LONGEST {
            return None;
        }
        let parts = parts(line);
        if parts.len() < 2 {
            return None;
        }
        let tries = [other(&parts, 0), other(&parts, 1)];
        let made = [make(&tries[0].0)?, make(&tries[1].0)?];
        // In the bytes that are no address's, all three must be equal.
        let mut own = request.to_vec();
        own.get_mut(SEQUENCE)?.fill(0);
        let mut others = made.clone();
        for other in &mut others {
            other.get_mut(SEQUENCE)?.fill(0);
        }
        let (mut values, mut text) = (Vec::new(), Vec::new());
        let originals = parts.iter().filter_map(|part| part.1);
        let mut probes = originals.zip(tries[0].1.iter().zip(&tries[1].1));
        for (before, value) in &parts {
            text.extend_from_slice(before);
            let Some((value, (first, second))) = value.and_then(|_| probes.next()) else { continue };
            let starts: Vec<usize> = (0..request.len())
                .filter(|at| value.is_at(request, *at) && first.is_at(&made[0], *at) && second.is_at(&made[1], *at))
                .collect();
            if starts.is_empty() {
                return None;
            }
            for bytes in others.iter_mut().chain([&mut own]) {
                for at in &starts {
                    bytes.get_mut(*at..*at + value.len)?.fill(0);
                }
            }
            values.push((std::mem::take(&mut text).into_boxed_slice(), Place { starts, len: value.len }));
        }
        let equal = others.iter().all(|other| *other == own) && !values.is_empty();
        equal.then(|| Pattern { values, tail: text.into_boxed_slice(), request: request.into() })
    }

    /// Makes the request of the first line of `text`, if that differs in addresses alone; the line's length.
    fn fill(&self, text: &[u8], request: &mut Vec<u8>) -> Option<usize> {
        let mut rest = text;
        for (number, (before, place)) in self.values.iter().enumerate() {
            rest = rest.strip_prefix(&**before)?;
            let (value, len) = Value::in_front_of(rest).filter(|(value, _)| value.len == place.len)?;
            if number == 0 {
                request.clear();
                request.extend_from_slice(&self.request);
            }
            for at in &place.starts {
                request.get_mut(*at..*at + place.len)?.copy_from_slice(value.as_bytes());
            }
            rest = rest.get(len..)?;
        }
        let rest = rest.strip_prefix(&*self.tail)?;
        Some(text.len() - rest.len())
    }
}

/// A line cut behind each address: what stands in front of it, and it. The last part has none.
fn parts(line: &[u8]) -> Vec<(&[u8], Option<Value>)> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while at < line.len() {
        let rest = line.get(at..).unwrap_or(&[]);
        if let Some((value, len)) = Value::in_front_of(rest) {
            parts.push((line.get(start..at).unwrap_or(&[]), Some(value)));
            (start, at) = (at + len, at + len);
        }
        // On to the next word.
        let left = line.get(at..).unwrap_or(&[]);
        at += left.iter().position(|byte| is_space(*byte)).map_or(left.len(), |space| space + 1);
    }
    parts.push((line.get(start..).unwrap_or(&[]), None));
    parts
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0c | b'\n')
}

/// The line with other addresses, and those.
fn other(parts: &[(&[u8], Option<Value>)], salt: u8) -> (Vec<u8>, Vec<Value>) {
    let (mut line, mut values) = (Vec::new(), Vec::new());
    for (before, value) in parts {
        line.extend_from_slice(before);
        if let Some(value) = value {
            let other = value.other(values.len() as u8 * 2 + salt);
            other.write(&mut line);
            values.push(other);
        }
    }
    (line, values)
}

impl Value {
    fn new(address: &[u8]) -> Self {
        let mut value = Value { bytes: [0; 16], len: address.len().min(16) };
        value.bytes.iter_mut().zip(address).for_each(|(to, from)| *to = *from);
        value
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    fn is_at(&self, message: &[u8], at: usize) -> bool {
        message.get(at..).is_some_and(|rest| rest.starts_with(self.as_bytes()))
    }

    /// The address that `text` begins with, if it ends where a word or a prefix may, and its length there.
    #[inline]
    fn in_front_of(text: &[u8]) -> Option<(Self, usize)> {
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
    fn other(&self, salt: u8) -> Self {
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

    fn write(&self, line: &mut Vec<u8>) {
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
    use super::*;

    /// What follows the header of a request, of the two addresses in its line.
    type Body = fn([u8; 4], [u8; 4]) -> Vec<u8>;

    /// A request: a header, and behind it what `body` makes of the line's second and last word.
    fn made(line: &[u8], body: Body) -> Option<Vec<u8>> {
        let words: Vec<_> = line.trim_ascii().split(|byte| *byte == b' ').collect();
        let address = |word: &[u8]| Some(plain_ipv4(word.split(|byte| *byte == b'/').next()?)?.octets());
        Some([vec![7; 16], body(address(words[1])?, address(words[words.len() - 1])?)].concat())
    }

    /// What the patterns, one made of `line`, make of each of `others`; as long as that is right.
    fn filled(line: &str, others: &[&str], body: Body) -> Vec<bool> {
        let mut patterns = Patterns::default();
        let own = made(line.as_bytes(), body).unwrap();
        patterns.keep(line.as_bytes(), &own, &mut |line| made(line, body));
        let fits = |other: &&str| {
            let mut request = Vec::new();
            let len = patterns.fill(format!("{other}next").as_bytes(), &mut request);
            if let Some(len) = len {
                assert_eq!(len, other.len());
                assert_eq!(Some(request), made(other.as_bytes(), body));
            }
            len.is_some()
        };
        others.iter().map(fits).collect()
    }

    const LINE: &str = "add 10.0.0.0/24 via 10.9.0.1\n";

    #[test]
    fn addresses_are_put_in_their_places() {
        let others = [LINE, "add 1.2.3.0/24 via 200.1.1.255\n", "add 126.255.255.0/24 via 10.0.0.0\n"];
        let both: Body = |first, last| [first, last, first].concat();
        assert_eq!(filled(LINE, &others, both), [true; 3]);
    }

    #[test]
    fn what_differs_in_more_is_read() {
        let others = [
            "add 10.0.0.0/25 via 10.9.0.1\n",
            "add 10.0.0.0/24 via 10.9.0.1 \n",
            "add 10.0.0.0/24  via 10.9.0.1\n",
            "add 10.0.0.0/24 via 10.9.0.1 #\n",
            "add 127.0.0.0/24 via 10.9.0.1\n",
            "add 224.0.0.0/24 via 10.9.0.1\n",
            "add 0.0.0.0/24 via 10.9.0.1\n",
            "add 10.00.0.0/24 via 10.9.0.1\n",
            "add 10.0.0.256/24 via 10.9.0.1\n",
            "add 10.0.0.0/24 via 10.9.0.1\\\n",
        ];
        assert_eq!(filled(LINE, &others, |first, last| [first, last].concat()), [false; 10]);
    }

    #[test]
    fn an_address_that_decides_more_makes_no_pattern() {
        let bodies: [Body; 4] = [
            |first, _| first.to_vec(),
            |first, last| [&first[..], &last, &[first[0]]].concat(),
            // As a prefix that is cut to its length, and an address of all hosts in it.
            |[a, b, c, _], last| [[a, b, c, 0], last].concat(),
            |[a, b, c, d], last| [[a, b, c, d], [a, b, c, 255], last].concat(),
        ];
        for body in bodies {
            assert_eq!(filled(LINE, &["add 10.1.0.0/24 via 10.9.0.1\n"], body), [false]);
        }
    }

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
