//! Words that several objects of `bridge` share: VLANs, states, switches, and those that are passed over.

use crate::on_off;
use netmite_grammar::codec::OnOff;
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Words, parse_only};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::link::PORT_STATES;
use netmite_netlink::tree::{Node, ROOT, Tree};
use netmite_netlink::uapi::*;

/// A place for a VLAN while words are read, and for the last one of a range; no attributes of the kernel's have these
/// numbers. Behind the number stands that of the word.
pub(crate) const VID: u16 = 0x3ffd;
/// The last VLAN of a range.
pub(crate) const VID_END: u16 = 0x3ffc;
/// No place at all.
pub(crate) const NOWHERE: u16 = 0x3ff0;

/// The end of the numbers of VLANs: 12 bits.
const VLANS: u32 = 4096;

/// `on` or `off`; another word exits with 234.
pub(crate) struct Switch;

impl Codec for Switch {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        scope.set(row.number(), on_off(key.word, word)?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        OnOff.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        OnOff.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        OnOff.shape()
    }
}

/// A state of a port, by its whole name or by number.
pub(crate) struct State {
    /// What is said of another word.
    pub bad: &'static str,
    /// How a number is read.
    pub number: fn(&[u8]) -> Option<u8>,
}

impl State {
    /// The number of the state that `word` is.
    pub(crate) fn read(&self, word: &[u8]) -> Result<u8> {
        let named = PORT_STATES.iter().position(|name| name.as_bytes() == word);
        let state = named.and_then(|at| u8::try_from(at).ok()).or_else(|| (self.number)(word));
        state.ok_or_else(|| Error::new(255, self.bad).hint(format!("it takes {}", PORT_STATES.join(", "))))
    }
}

impl Codec for State {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        scope.set(row.number(), self.read(word)?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(number) = attrs.u8(row.number()) {
            state(row.json_key(), row.text_label(), number, context);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(name) = attrs.u8(row.number()).and_then(|state| PORT_STATES.get(usize::from(state))) {
            netmite_grammar::codec::say(to, row.word(), (*name).into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Words(PORT_STATES)
    }
}

/// Prints a state of a port; in brackets one that has no name.
pub(crate) fn state(key: &str, label: &str, state: u8, context: &mut Context) {
    match PORT_STATES.get(usize::from(state)) {
        Some(name) => context.out.field(key, label, *name),
        None => context.out.put(key, "state (", state, ") "),
    }
}

parse_only!(
    /// Whom the request is for: a flag each, which add up.
    Whose,
    Shape::Nothing,
    |self, row, key, scope| {
        add_flag(scope, row.number(), u16::try_from(key.tag).unwrap_or(0));
        Ok(())
    }
);

/// Adds to the flags in attribute `kind`.
pub(crate) fn add_flag(scope: &mut Scope, kind: u16, flag: u16) {
    let flags = number(scope.tree, scope.node, kind).unwrap_or(0);
    scope.set(kind, flags | flag);
}

/// The two-byte number that attribute `kind` of `node` holds so far.
pub(crate) fn number(tree: &Tree, node: Node, kind: u16) -> Option<u16> {
    tree.get(node, kind).and_then(array).map(u16::from_ne_bytes)
}

parse_only!(
    /// A word that no option has. The reference passes over such a word, and scripts that say `tagged` count on that.
    Stray(fn(&[u8], &mut Scope) -> Result<()>),
    Shape::Nothing,
    |self, _row, _key, scope| {
        let word = scope.value()?;
        (self.0)(word, scope)
    }
);

parse_only!(
    /// A VLAN or a range of them, `10-20`; `true` where they are checked at once.
    Vids(bool),
    Shape::Value("VLAN[-VLAN]"),
    |self, _row, _key, scope| {
        let word = scope.value()?;
        let (first, last) = ends(word);
        let origin = scope.words.position();
        for (kind, end) in [(VID, Some(first)), (VID_END, last)] {
            let Some(end) = end else { continue };
            let vid = plain(end).ok_or_else(|| no_vlan(word))?;
            let [a, b, c, d] = vid.to_ne_bytes();
            let [e, f] = origin.to_ne_bytes();
            scope.tree.set(scope.node, kind, [a, b, c, d, e, f], origin);
        }
        if self.0 {
            Vlans::of(scope.tree, scope.node).map_or(Ok(()), |vlans| vlans.check())?;
        }
        Ok(())
    }
);

/// A number of decimal digits and nothing else.
pub(crate) fn plain(word: &[u8]) -> Option<u32> {
    let digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(word).ok().filter(|_| digits)?.parse().ok()
}

/// The complaint about a word that is no VLAN.
pub(crate) fn no_vlan(word: &[u8]) -> Error {
    Error::about(255, "Invalid VLAN ID \"%\"", word)
}

/// The ends of a range `FIRST-LAST`, or one of which there is no last.
pub(crate) fn ends(word: &[u8]) -> (&[u8], Option<&[u8]>) {
    let (first, rest) = word.split_at(word.iter().position(|byte| *byte == b'-').unwrap_or(word.len()));
    (first, rest.get(1..))
}

/// The words behind those that say what to show. As with the reference, any other word is passed over. That behind `vid` is a
/// VLAN.
pub(crate) fn filters<'w, const N: usize>(words: &mut Words<'w>, keys: [&str; N]) -> Result<[Option<&'w [u8]>; N]> {
    let mut found = [None; N];
    read_filters(words, &keys, &mut found)?;
    Ok(found)
}

fn read_filters<'w>(words: &mut Words<'w>, keys: &[&str], found: &mut [Option<&'w [u8]>]) -> Result<()> {
    while let Some(word) = words.take() {
        let Some((key, place)) = keys.iter().zip(&mut *found).find(|(key, _)| key.as_bytes() == word) else { continue };
        let value = words.value()?;
        if *key == "vid" && plain(value).is_none() {
            return Err(no_vlan(value));
        }
        if place.replace(value).is_some() {
            return Err(Error::duplicate(key, value));
        }
    }
    Ok(())
}

/// Takes a word that was kept in a place that is no attribute out of a request.
#[inline(never)]
pub(crate) fn take(tree: &mut Tree, place: u16) -> Option<Vec<u8>> {
    let word = tree.get(ROOT, place).map(<[u8]>::to_vec);
    tree.remove(ROOT, place);
    word
}

/// The VLANs that a request is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vlans {
    first: u32,
    last: Option<u32>,
    /// The number of the word.
    pub origin: u16,
}

impl Vlans {
    /// Those that [`Vids`] put into `node`.
    pub(crate) fn of(tree: &Tree, node: Node) -> Option<Self> {
        let number = |kind| tree.get(node, kind).and_then(array).map(u32::from_ne_bytes);
        let origin = tree.get(node, VID).and_then(|bytes| array(bytes.get(4..)?)).map_or(0, u16::from_ne_bytes);
        Some(Vlans { first: number(VID)?, last: number(VID_END), origin })
    }

    /// Takes them out of `node`.
    pub(crate) fn take(tree: &mut Tree, node: Node) -> Option<Self> {
        let vlans = Vlans::of(tree, node);
        tree.remove(node, VID);
        tree.remove(node, VID_END);
        vlans
    }

    /// Refuses a range that does not rise, and numbers of more than 12 bits.
    pub(crate) fn check(&self) -> Result<()> {
        match self.last {
            Some(last) if last <= self.first || last >= VLANS => {
                Err(Error::new(255, format!("Invalid VLAN range \"{}-{last}\"", self.first)))
            }
            None if self.first >= VLANS => {
                Err(Error::new(255, format!("Invalid VLAN ID \"{}\"", self.first)).hint("it takes 1 to 4094"))
            }
            _ => Ok(()),
        }
    }

    /// The first, or the only one.
    pub(crate) fn first(&self) -> u16 {
        u16::try_from(self.first).unwrap_or(u16::MAX)
    }

    /// The last of a range.
    pub(crate) fn last(&self) -> Option<u16> {
        self.last.map(|last| u16::try_from(last).unwrap_or(u16::MAX))
    }
}

/// `struct bridge_vlan_info`.
pub(crate) fn vlan_info(flags: u16, vid: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (flags.to_ne_bytes(), vid.to_ne_bytes());
    [a, b, c, d]
}

/// The flags and the VLAN of a `struct bridge_vlan_info`.
pub(crate) fn read_vlan_info(payload: &[u8]) -> Option<(u16, u16)> {
    let [a, b, c, d] = array(payload)?;
    Some((u16::from_ne_bytes([a, b]), u16::from_ne_bytes([c, d])))
}

/// The request for the attributes behind a header of the bridge family, `struct br_port_msg` and its siblings: family,
/// one byte of flags, two of padding, the index of a link.
pub(crate) fn header(flags: u8, index: u32) -> [u8; 8] {
    let [a, b, c, d] = index.to_ne_bytes();
    [AF_BRIDGE, flags, 0, 0, a, b, c, d]
}

/// The length of that header in bytes.
pub(crate) const HEADER_LEN: usize = 8;

/// The index in such a header.
pub(crate) fn header_index(body: &[u8]) -> Option<u32> {
    body.get(4..).and_then(array).map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vlans(first: u32, last: Option<u32>) -> Vlans {
        Vlans { first, last, origin: 0 }
    }

    #[test]
    fn ranges_rise_and_end_at_12_bits() {
        for (first, last) in [(1, None), (4095, None), (0, Some(1)), (1, Some(4094))] {
            assert_eq!(vlans(first, last).check(), Ok(()));
        }
        for (first, last, text) in [
            (4096, None, "Invalid VLAN ID \"4096\""),
            (20, Some(10), "Invalid VLAN range \"20-10\""),
            (10, Some(10), "Invalid VLAN range \"10-10\""),
            (1, Some(4096), "Invalid VLAN range \"1-4096\""),
        ] {
            assert_eq!(vlans(first, last).check().unwrap_err().text(), text.as_bytes());
        }
    }

    #[test]
    fn numbers_are_digits_alone() {
        assert_eq!(plain(b"010"), Some(10));
        for word in [&b""[..], b"x", b"1x", b"+1", b"-1", b"10,20", b"0x10", b"4294967296"] {
            assert_eq!(plain(word), None, "{word:?}");
        }
    }

    #[test]
    fn vlan_infos_survive() {
        assert_eq!(read_vlan_info(&vlan_info(0x46, 4094)), Some((0x46, 4094)));
        assert_eq!(read_vlan_info(&[1, 2, 3]), None);
    }
}
