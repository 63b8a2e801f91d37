//! Lines of a long dump, most of which differ from an earlier one in a value or two.
//!
//! A router's million routes lead to a few next hops: the kernel's messages are equal but for the destination, and so are
//! their lines. [`Templates`] keeps the bytes of some objects beside the text that was made of them, and where in both the
//! values stand that may differ. An object that equals one of these everywhere else is not looked at: the text is copied,
//! and its own values are written in their places. Of a million routes' lines, in text or JSON, each takes some 200
//! instructions so, where the printer takes 2,600 and more.
//!
//! That is right only where a value decides nothing but its own text: who names a [`Hole`] vouches for it. An object whose
//! value is not to be found exactly once in its text makes no template.

use crate::value::{decimal, ipv4, ipv6, link_address};

/// How a value that may differ is shown; in JSON the same stands between quotes or alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An IPv4 or IPv6 address of 4 or 16 bytes.
    Ip,
    /// A link-layer address.
    Link,
    /// A number of four bytes in the host's order, in decimal.
    Number,
    /// Not at all.
    Unseen,
}

/// A place in an object's bytes where it may differ from others.
#[derive(Clone, Copy, Debug)]
pub struct Hole {
    /// Where the value begins.
    pub at: usize,
    /// Its length in bytes.
    pub len: usize,
    /// How it is shown.
    pub form: Form,
}

/// The lines that are kept. Those of one dump in one form: names, options and what JSON has open must stay as they are.
#[derive(Debug, Default)]
pub struct Templates {
    kept: Vec<Template>,
    /// The one that fitted last.
    last: usize,
    /// The one that should fit next.
    guess: usize,
    /// The next one to make room for another.
    oldest: usize,
    /// How many objects came that no template fitted.
    missed: usize,
    /// How many did that one fitted.
    fitted: usize,
}

#[derive(Debug)]
struct Template {
    /// The object in blocks, its holes zero, each with the bits of it that count.
    blocks: Vec<Block>,
    /// The end of it, which may overlap the last block.
    end: Block,
    /// The object's length in bytes.
    len: usize,
    /// The values that are shown, in the order of the text, each behind what stands in front of it.
    values: Vec<(Box<[u8]>, Hole)>,
    /// The text behind the last value.
    tail: Box<[u8]>,
    /// Which template fitted after this one the last time: the routes of a table alternate.
    next: usize,
}

/// So many lines are kept: next hops that routes alternate between.
const KEPT: usize = 16;
/// So many objects are printed before one is kept: short lists pay nothing.
const BEFORE: usize = 8;
/// The largest object that is kept, in bytes.
const LARGEST: usize = 4096;

impl Templates {
    /// Appends the text of `object` if a line is kept that fits. Not inlined: whoever calls is compiled for size.
    #[inline(never)]
    pub fn write(&mut self, object: &[u8], to: &mut Vec<u8>) -> bool {
        let guessed = self.kept.get(self.guess).is_some_and(|template| template.fits(object));
        if !guessed && !self.find(object) {
            return false;
        }
        let Some(template) = self.kept.get(self.guess) else { return false };
        self.fitted = self.fitted.wrapping_add(1);
        self.last = self.guess;
        self.guess = template.next;
        template.write(object, to);
        true
    }

    /// Looks for a template that fits where the one guessed did not: it becomes the guess, and is the next time.
    fn find(&mut self, object: &[u8]) -> bool {
        let found = self.kept.iter().position(|template| template.fits(object));
        match found {
            Some(at) => self.expect(at),
            None => self.missed = self.missed.wrapping_add(1),
        }
        found.is_some()
    }

    /// Has the template at `at` come after the last one from now on.
    fn expect(&mut self, at: usize) {
        if let Some(last) = self.kept.get_mut(self.last) {
            last.next = at;
        }
        self.guess = at;
    }

    /// Whether a line is worth keeping: not in a short list, and not where those that were kept have fitted next to nothing.
    pub fn wants(&self) -> bool {
        self.missed > BEFORE && self.missed / 8 <= self.fitted.saturating_add(BEFORE)
    }

    /// Keeps the text that was made of `object`, whose holes are these.
    #[cold]
    #[inline(never)]
    pub fn keep(&mut self, object: &[u8], holes: &[Hole], text: &[u8]) {
        let Some(new) = Template::of(object, holes, text) else { return };
        let at = self.oldest;
        self.expect(at);
        match self.kept.get_mut(at) {
            Some(place) => *place = new,
            None => self.kept.push(new),
        }
        (self.last, self.guess) = (at, 0);
        self.oldest = (at + 1) % KEPT;
    }
}

impl Template {
    fn of(object: &[u8], holes: &[Hole], text: &[u8]) -> Option<Self> {
        if !(BLOCK..=LARGEST).contains(&object.len()) {
            return None;
        }
        let mut mask = vec![0xff; object.len()];
        let (mut places, mut shown) = (Vec::new(), Vec::new());
        for hole in holes {
            mask.get_mut(hole.at..)?.get_mut(..hole.len)?.fill(0);
            if hole.form != Form::Unseen {
                shown.clear();
                hole.write(object, &mut shown);
                places.push((only(text, &shown)?, shown.len(), *hole));
            }
        }
        crate::sort_by_key(&mut places, |(start, ..)| *start);
        let (mut values, mut from) = (Vec::new(), 0);
        for (start, len, hole) in places {
            values.push((text.get(from..start)?.into(), hole));
            from = start + len;
        }
        let block = |(object, mask): (&[u8; BLOCK], &[u8; BLOCK])| {
            let (object, mask) = (u128::from_ne_bytes(*object), u128::from_ne_bytes(*mask));
            Block { own: object & mask, mask }
        };
        let end = block(object.last_chunk().zip(mask.last_chunk())?);
        let mut all = Vec::with_capacity(object.len() / BLOCK);
        for both in blocks(object).zip(blocks(&mask)) {
            all.push(block(both));
        }
        let tail = text.get(from..)?.into();
        Some(Template { blocks: all, end, len: object.len(), values, tail, next: 0 })
    }

    /// Whether `object` differs in no bit that counts. Without a branch for each block: mostly it does not.
    #[inline(always)]
    fn fits(&self, object: &[u8]) -> bool {
        let Some(end) = object.last_chunk().filter(|_| object.len() == self.len) else { return false };
        let (mut differs, mut rest) = (self.end.differs(end), object);
        for own in &self.blocks {
            let Some((block, behind)) = rest.split_first_chunk() else { break };
            differs |= own.differs(block);
            rest = behind;
        }
        differs == 0
    }

    #[inline]
    fn write(&self, object: &[u8], to: &mut Vec<u8>) {
        for (before, hole) in &self.values {
            to.extend_from_slice(before);
            hole.write(object, to);
        }
        to.extend_from_slice(&self.tail);
    }
}

impl Hole {
    #[inline]
    fn write(&self, object: &[u8], to: &mut Vec<u8>) {
        let Some(value) = object.get(self.at..self.at.saturating_add(self.len)) else { return };
        match (self.form, self.len) {
            (Form::Ip, 4) => ipv4(to, value.first_chunk::<4>().map_or([0; 4], |octets| *octets).into()),
            (Form::Ip, _) => ipv6(to, value.first_chunk::<16>().map_or([0; 16], |octets| *octets).into()),
            (Form::Link, _) => link_address(to, value),
            (Form::Number, _) => decimal(to, value.first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes)).into()),
            (Form::Unseen, _) => (),
        }
    }
}

const BLOCK: usize = size_of::<u128>();

/// Some bytes of an object, and which of their bits count.
#[derive(Debug)]
struct Block {
    own: u128,
    mask: u128,
}

impl Block {
    #[inline(always)]
    fn differs(&self, bytes: &[u8; BLOCK]) -> u128 {
        (u128::from_ne_bytes(*bytes) ^ self.own) & self.mask
    }
}

fn blocks(bytes: &[u8]) -> impl Iterator<Item = &[u8; BLOCK]> {
    bytes.chunks_exact(BLOCK).filter_map(|block| block.first_chunk())
}

/// Where `part` stands in `text`, if it does once.
fn only(text: &[u8], part: &[u8]) -> Option<usize> {
    let mut found = None;
    for (at, window) in text.windows(part.len().max(1)).enumerate() {
        if window == part {
            if found.is_some() {
                return None;
            }
            found = Some(at);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Hole = Hole { at: 4, len: 4, form: Form::Ip };
    const NUMBER: Hole = Hole { at: 12, len: 4, form: Form::Number };

    fn object(first: u32, address: [u8; 4], middle: u32, number: u32) -> Vec<u8> {
        [first.to_ne_bytes(), address, middle.to_ne_bytes(), number.to_ne_bytes()].concat()
    }

    fn written(templates: &mut Templates, object: &[u8]) -> Option<String> {
        let mut text = Vec::new();
        templates.write(object, &mut text).then(|| String::from_utf8(text).unwrap())
    }

    #[test]
    fn values_are_written_in_their_places() {
        let mut templates = Templates::default();
        templates.keep(&object(1, [10, 0, 0, 1], 2, 77), &[NUMBER, ADDRESS], b"10.0.0.1 via 10.9.0.1 metric 77 \n");
        let longer = object(1, [192, 168, 100, 200], 2, u32::MAX);
        assert_eq!(
            written(&mut templates, &longer).as_deref(),
            Some("192.168.100.200 via 10.9.0.1 metric 4294967295 \n")
        );
        let shorter = object(1, [1, 2, 3, 4], 2, 0);
        assert_eq!(written(&mut templates, &shorter).as_deref(), Some("1.2.3.4 via 10.9.0.1 metric 0 \n"));
    }

    #[test]
    fn what_differs_elsewhere_fits_not() {
        let mut templates = Templates::default();
        let first = object(1, [10, 0, 0, 1], 2, 77);
        templates.keep(&first, &[ADDRESS], b"10.0.0.1 77\n");
        for other in [object(0, [10, 0, 0, 1], 2, 77), object(1, [10, 0, 0, 1], 2, 76), first[..12].to_vec()] {
            assert_eq!(written(&mut templates, &other), None, "{other:?}");
        }
        assert_eq!(written(&mut templates, &[&first[..], &[0; 4]].concat()), None);
        assert_eq!(written(&mut templates, &first).as_deref(), Some("10.0.0.1 77\n"));
    }

    #[test]
    fn a_value_that_stands_twice_or_nowhere_makes_no_template() {
        let mut templates = Templates::default();
        let first = object(1, [10, 0, 0, 1], 2, 7);
        for text in ["10.0.0.1 via 10.0.0.1\n", "10.0.0.1 via 10.0.0.12\n", "default\n", ""] {
            templates.keep(&first, &[ADDRESS], text.as_bytes());
            assert_eq!(written(&mut templates, &first), None, "{text}");
        }
        templates.keep(&first, &[Hole { at: 14, ..ADDRESS }], b"10.0.0.1\n");
        assert_eq!(written(&mut templates, &first), None, "a hole beyond the end");
    }

    #[test]
    fn objects_that_alternate_find_their_own() {
        let mut templates = Templates::default();
        for round in 0..5u8 {
            for form in (0..40u32).chain((0..KEPT as u32).rev()) {
                let object = object(form, [10, round, 0, 1], 2, 3);
                let text = format!("10.{round}.0.1 form {form}\n");
                match written(&mut templates, &object) {
                    Some(found) => assert_eq!(found, text),
                    None => templates.keep(&object, &[ADDRESS], text.as_bytes()),
                }
            }
        }
        assert!(templates.kept.len() == KEPT && templates.fitted > 0);
    }

    #[test]
    fn what_never_fits_is_given_up() {
        let mut templates = Templates::default();
        let mut kept = 0;
        for number in 0..10_000 {
            let object = object(number, [10, 0, 0, 1], 2, 3);
            assert_eq!(written(&mut templates, &object), None);
            if templates.wants() {
                kept += 1;
                templates.keep(&object, &[ADDRESS], b"10.0.0.1\n");
            }
        }
        assert!((1..100).contains(&kept), "{kept}");
    }
}
