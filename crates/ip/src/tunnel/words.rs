//! Words that tunnels over both families have.

use super::{LINK, PARAMETERS, flag, get, note, set_bits};
use netmite_grammar::{Error, Operation, Result, Scope, Shape, address, number, parse_only};
use netmite_netlink::IfName;
use netmite_netlink::attributes::array;
use netmite_netlink::tree::ROOT;

/// Where the flags and keys of a family's parameters are.
#[derive(Clone, Copy)]
pub(crate) struct Keyed {
    /// Of packets that come in: flags, and four bytes of key.
    pub(super) incoming: (usize, usize),
    /// Of packets that go out.
    pub(super) outgoing: (usize, usize),
}

/// Bits of a keyword's tag: which of the directions it is for.
pub(super) const IN: u32 = 1;
/// As [`IN`].
pub(super) const OUT: u32 = 2;

impl Keyed {
    fn directions(self, tag: u32) -> impl Iterator<Item = (usize, usize)> {
        [(IN, self.incoming), (OUT, self.outgoing)].into_iter().filter(move |(bit, _)| tag & bit != 0).map(|(_, at)| at)
    }
}

parse_only!(
    /// A key: four octets or a number.
    TunnelKey(Keyed),
    Shape::Value("KEY"),
    |self, _row, key, scope| {
        let word = scope.value()?;
        let bytes = match word.contains(&b'.') {
            true => any_or_ipv4(word)?.octets(),
            false => number::u32(word).ok_or_else(|| bad_key(key.word, word))?.to_be_bytes(),
        };
        for (flags, place) in self.0.directions(key.tag) {
            set_bits(scope.tree, flags, flag::KEY.to_be_bytes());
            scope.tree.set_header(PARAMETERS, place, bytes);
        }
        Ok(())
    }
);

fn bad_key(key: &str, word: &[u8]) -> Error {
    let head = format!("invalid value for \"{key}\": \"");
    Error::of(255, &[head.as_bytes(), word, b"\"; it should be an unsigned integer"])
}

/// An IPv4 address, or a word for any.
pub(super) fn any_or_ipv4(word: &[u8]) -> Result<std::net::Ipv4Addr> {
    if address::is_everything(word) {
        return Ok(std::net::Ipv4Addr::UNSPECIFIED);
    }
    let wrong = || Error::about(1, "Error: an IP address is expected rather than \"%\"", word);
    address::ipv4(word).ok_or_else(wrong)
}

parse_only!(
    /// A flag, for either direction or both.
    TunnelFlag((Keyed, u16)),
    Shape::Nothing,
    |self, _row, key, scope| {
        for (flags, _) in self.0.0.directions(key.tag) {
            set_bits(scope.tree, flags, self.0.1.to_be_bytes());
        }
        Ok(())
    }
);

parse_only!(Device, Shape::Device, |self, _row, _key, scope, word| {
    scope.set(note::DEVICE, word);
    Ok(())
});

parse_only!(
    /// The tunnel's name; the field is whether it is over IPv6. A change begins with what the tunnel of that name is like, if the name comes first.
    Name(bool),
    Shape::Value("NAME"),
    |self, _row, key, scope| {
        let word = scope.value()?;
        let name = IfName::new(word).ok_or_else(|| Error::wrong(word, "\"name\" not a valid ifname"))?;
        let start = scope.tree.get(ROOT, note::START).and_then(array).map_or(0, u16::from_ne_bytes);
        let first = start + u16::from(!key.word.is_empty());
        if scope.operation == Operation::Set && scope.words.position() == first {
            let known = get(self.0, word)?;
            scope.tree.set_header(PARAMETERS, 0, known.as_slice());
        }
        scope.tree.set_header(PARAMETERS, 0, [0u8; 16]);
        scope.tree.set_header(PARAMETERS, 0, name.as_bytes());
        Ok(())
    }
);

/// Looks the interface below up, once all words are read.
pub(super) fn find_device(scope: &mut Scope) -> Result<()> {
    if let Some(device) = scope.tree.get(ROOT, note::DEVICE).map(<[u8]>::to_vec) {
        let index = scope.context.index_of(&device)?;
        scope.tree.set_header(PARAMETERS, LINK, index);
    }
    Ok(())
}
