//! Lines of a batch that differ from an earlier one in addresses alone.
//!
//! A batch of thousand routes says the same thousand times, but for the destination. [`Patterns`] keeps the request of some
//! lines, and where in line and request their addresses stand. A line that equals one of these everywhere else is not cut
//! into words: its addresses are put into the request that is kept. That takes a tenth of reading it.
//!
//! Whether an address decides nothing but its own bytes is tried, not assumed: the line is read twice more with other
//! addresses, as different as can be, and if the requests differ in anything but these bytes, nothing is kept. What addresses of a
//! class of their own may decide (none, loopback, multicast, local to a link) is no question, since those fit no pattern.

use super::value::{Value, is_space};

/// So many requests are kept: shapes of lines that take turns.
const KEPT: usize = 4;
/// So many lines are read before one is kept: short batches pay nothing.
const BEFORE: u32 = 8;
/// After so many lines in a row that none fitted, all are forgotten, for a while that grows each time up to so many lines.
const GIVEN_UP: u32 = 16;
const LONGEST_PAUSE: u32 = 1024;
/// To keep a line takes as long as is saved by so many that fit.
const PRICE: u32 = 8;
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
    /// How many lines were read, and how many of them in a row none fitted.
    read: u32,
    missed: u32,
    /// What was saved, as a number of lines, less what was spent to keep some.
    saved: u32,
    /// For how many lines nothing is tried, and how many those were the last time.
    pause: u32,
    last_pause: u32,
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

impl Patterns {
    /// The request of the first line of `text`, in place of `request`, if a pattern fits; the line's length with its end. The
    /// sequence number is an old one.
    #[inline(never)]
    pub(crate) fn fill(&mut self, text: &[u8], request: &mut Vec<u8>) -> Option<usize> {
        if self.pause > 0 {
            self.pause -= 1;
            return None;
        }
        let last = self.last;
        let mut fits = |at: usize| self.kept.get(at)?.fill(text, request).map(|len| (at, len));
        if let Some((at, len)) = fits(last).or_else(|| (0..KEPT).find_map(&mut fits)) {
            (self.last, self.missed, self.last_pause) = (at, 0, 0);
            self.saved = (self.saved + 1).min(KEPT as u32 * PRICE);
            return Some(len);
        }
        self.read = self.read.saturating_add(1);
        self.missed += 1;
        if self.read == BEFORE {
            self.saved = KEPT as u32 * PRICE;
        }
        if self.missed >= BEFORE + GIVEN_UP {
            self.forget();
            self.last_pause = (self.last_pause * 2).clamp(GIVEN_UP, LONGEST_PAUSE);
            (self.missed, self.pause, self.saved) = (0, self.last_pause, PRICE);
        }
        None
    }

    /// Whether a line is worth keeping: not in a short batch, and not where those that were kept do not fit.
    pub(crate) fn wants(&self) -> bool {
        self.saved >= PRICE && self.pause == 0
    }

    /// Keeps a line whose request is this one, if `make` makes requests of lines with other addresses that differ in those.
    #[cold]
    #[inline(never)]
    pub(crate) fn keep(&mut self, line: &[u8], request: &[u8], make: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) {
        self.saved = self.saved.saturating_sub(PRICE);
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
        let (parts, tail) = parts(line);
        if parts.is_empty() {
            return None;
        }
        let others = [with_others(&parts, tail, 0), with_others(&parts, tail, 1)];
        let mut made = [make(&others[0])?, make(&others[1])?];
        let mut pattern = Pattern { values: Vec::new(), tail: tail.into(), request: request.into() };
        for (number, (before, value)) in parts.iter().enumerate() {
            let probes = [probe(value, number, 0), probe(value, number, 1)];
            let mut starts = Vec::new();
            for at in 0..request.len() {
                if value.is_at(request, at) && probes[0].is_at(&made[0], at) && probes[1].is_at(&made[1], at) {
                    starts.push(at);
                }
            }
            if starts.is_empty() {
                return None;
            }
            pattern.values.push((Box::from(*before), Place { starts, len: value.len }));
        }
        // What the pattern makes of the other lines must be what they made, but for the sequence number.
        for (salt, made) in [0, 1].into_iter().zip(&mut made) {
            made.get_mut(SEQUENCE)?.copy_from_slice(request.get(SEQUENCE)?);
            if pattern.with_others(&parts, salt)? != *made {
                return None;
            }
        }
        Some(pattern)
    }

    /// The request of the line with other addresses in the place of its `parts`.
    #[inline(never)]
    fn with_others(&self, parts: &[(&[u8], Value)], salt: u8) -> Option<Vec<u8>> {
        let mut request = self.request.to_vec();
        for (number, ((_, value), (_, place))) in parts.iter().zip(&self.values).enumerate() {
            let value = probe(value, number, salt);
            for at in &place.starts {
                request.get_mut(*at..*at + place.len)?.copy_from_slice(value.as_bytes());
            }
        }
        Some(request)
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

/// A line cut behind each address: what stands in front of each, and it; and what stands behind the last.
fn parts(line: &[u8]) -> (Vec<(&[u8], Value)>, &[u8]) {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while at < line.len() {
        let rest = line.get(at..).unwrap_or(&[]);
        if let Some((value, len)) = Value::in_front_of(rest) {
            parts.push((line.get(start..at).unwrap_or(&[]), value));
            (start, at) = (at + len, at + len);
        }
        // On to the next word.
        while line.get(at).is_some_and(|byte| !is_space(*byte)) {
            at += 1;
        }
        at += 1;
    }
    (parts, line.get(start..).unwrap_or(&[]))
}

/// Another address in the place of the one of that number in a line.
fn probe(value: &Value, number: usize, salt: u8) -> Value {
    value.other((number as u8).wrapping_mul(2).wrapping_add(salt))
}

/// The line with other addresses.
fn with_others(parts: &[(&[u8], Value)], tail: &[u8], salt: u8) -> Vec<u8> {
    let mut line = Vec::new();
    for (number, (before, value)) in parts.iter().enumerate() {
        line.extend_from_slice(before);
        probe(value, number, salt).write(&mut line);
    }
    line.extend_from_slice(tail);
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::plain_ipv4;

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

    /// Of lines that go by turns all are kept; where none fits again, little is spent.
    #[test]
    fn lines_that_take_turns_and_lines_that_never_fit() {
        let (mut patterns, mut fitted, mut kept) = (Patterns::default(), 0, 0);
        let body: Body = |first, last| [first, last].concat();
        let mut run = |line: String| {
            if patterns.fill(line.as_bytes(), &mut Vec::new()).is_some() {
                fitted += 1;
            } else if patterns.wants() {
                kept += 1;
                let own = made(line.as_bytes(), body).unwrap();
                patterns.keep(line.as_bytes(), &own, &mut |line| made(line, body));
            }
            (fitted, kept)
        };
        for number in 0..100 {
            run(format!("add 10.0.{number}.0/{} via 10.9.0.1\n", 24 + number % 3));
        }
        assert_eq!(run("add 10.1.0.0/24 via 10.9.0.2\n".to_owned()), (101 - 7 - 3, 3));
        for number in 0..10_000 {
            run(format!("add 10.0.0.1/32 metric {number} via 10.9.0.1\n"));
        }
        let (fitted, kept) = run("add 10.1.0.0/24 via 10.9.0.2\n".to_owned());
        assert!(fitted == 91 && kept < 50, "{fitted} {kept}");
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
}
