//! Matches and targets: one row a revision, with its options and its functions; one file a kind.
//!
//! A structure (`info`) is kept as the kernel's module has it, so that what is read back compares byte by byte.
//! Of several revisions of a name the first row is the one written; the others are read. An option is a row too: where
//! its value lies, and by which [`Codec`] it is read and shown.

mod address_type;
mod basic;
mod codecs;
pub mod conntrack;
mod host;
mod icmp;
mod log;
mod mark;
mod multiport;
mod nat;
mod policy;
pub mod ports;
pub mod range;
mod scan;
pub mod sctp;
mod set;
mod shown;
mod statistic;

use crate::decode::{Decoder, From, Loaded};
use crate::getopt::Value;
use crate::problem::Result;
use crate::rule::{Extension, Family};
use codecs::{Codec, FLAG};
use netmite_netlink::nftables::Expression;
use netmite_netlink::nftables::uapi::*;
pub use scan::{Given, Scan};
pub use shown::Shown;

/// Whether a row is a match or a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `-m`.
    Match,
    /// `-j`.
    Target,
}

/// An option of a match or target.
pub struct Opt {
    /// The word, without dashes.
    pub word: &'static str,
    /// What `-L` shows before the value, the word being `%`; what stands in brackets is shown only of one that is inverted.
    /// Without, it is another spelling of the next row, or shown by a function of the match's own.
    pub label: &'static str,
    /// How the value is read and shown.
    pub codec: &'static Codec,
    /// Where the value lies in the structure: bytes from its start.
    at: u16,
    /// Whether it has a value.
    pub value: Value,
    /// The bit of the option in [`Definition::has`] and [`Definition::inverted`]; several spellings may share a number.
    pub id: u8,
    /// Whether `!` may stand before it.
    pub inverts: bool,
    /// Whether it must be given.
    pub needed: bool,
    /// Whether it has a second value.
    pub second: bool,
    /// Whether it may be given more than once.
    pub repeats: bool,
}

impl Opt {
    /// An option with a value.
    pub const fn new(word: &'static str, id: u8) -> Self {
        let (label, codec, value) = ("", &FLAG, Value::Yes);
        Opt { word, label, codec, at: 0, value, id, inverts: false, needed: false, second: false, repeats: false }
    }

    /// An option without value.
    pub const fn flag(word: &'static str, id: u8) -> Self {
        Opt { value: Value::No, ..Opt::new(word, id) }
    }

    /// An option with two values.
    pub const fn two(word: &'static str, id: u8) -> Self {
        Opt { second: true, ..Opt::new(word, id) }
    }

    /// Its value lies at `at`, as `codec` has it.
    pub const fn of(self, codec: &'static Codec, at: usize) -> Self {
        assert!(at < 65_536);
        Opt { codec, at: at as u16, ..self }
    }

    /// Where the value lies in the structure: bytes from its start.
    pub fn at(&self) -> usize {
        self.at.into()
    }

    /// `-L` shows it behind `label`.
    pub const fn shown(self, label: &'static str) -> Self {
        Opt { label, ..self }
    }

    /// `!` may stand before it.
    pub const fn inverts(self) -> Self {
        Opt { inverts: true, ..self }
    }

    /// It may be given more than once.
    pub const fn repeats(self) -> Self {
        Opt { repeats: true, ..self }
    }

    /// It must be given.
    pub const fn needed(self) -> Self {
        Opt { needed: true, ..self }
    }
}

/// A number in a structure that has a bit for each option: where, how many bytes, the first option's bit.
#[derive(Clone, Copy)]
pub struct Bits(u16, u8, u8);

impl Bits {
    /// There is none.
    pub const NONE: Bits = Bits(0, 0, 0);

    /// `len` bytes at `at`, in which the first option has bit `first`.
    pub const fn at(at: usize, len: u8, first: u8) -> Self {
        assert!(at < 65_536);
        Bits(at as u16, len, first)
    }

    fn all(self, info: &[u8], base: usize) -> u32 {
        let at = base + usize::from(self.0);
        match self.1 {
            0 => 0,
            1 => u8_at(info, at).into(),
            2 => u16_at(info, at).into(),
            _ => u32_at(info, at),
        }
    }

    /// The bits, the first option's lowest.
    pub fn get(self, info: &[u8], base: usize) -> u32 {
        self.all(info, base) >> self.2
    }

    /// Sets that of option `id`.
    pub fn add(self, info: &mut [u8], base: usize, id: u8) {
        let all = self.all(info, base) | 1u32.checked_shl(u32::from(id + self.2)).unwrap_or(0);
        let bytes = all.to_ne_bytes();
        let len = usize::from(self.1);
        let bytes = if cfg!(target_endian = "big") { bytes.get(4 - len..) } else { bytes.get(..len) };
        store(info, base + usize::from(self.0), bytes.unwrap_or(&[]));
    }
}

/// What is to be written as the kernel's own expressions.
pub struct Wanted<'a> {
    /// IPv4 or IPv6.
    pub family: Family,
    /// The chain that the rule is in.
    pub chain: &'a [u8],
    /// The match or target.
    pub row: &'static Definition,
    /// Its structure.
    pub info: &'a [u8],
}

/// Appends the kernel's own expressions for a structure; `false`, and none, where there is nothing to ask of a packet. An
/// error is what of it has none, to stand behind its name.
pub type Native = fn(&Wanted, &mut Vec<Expression>) -> std::result::Result<bool, &'static str>;

/// A match or target of one revision.
pub struct Definition {
    /// The word behind `-m` or `-j`.
    pub name: &'static str,
    /// Match or target.
    pub kind: Kind,
    /// The structure's revision.
    pub revision: u8,
    /// The structure's length in bytes, padded to eight.
    pub size: u16,
    /// For which of the two it is, unless it is for both.
    pub family: Option<Family>,
    /// Its options, in the order in which they are shown.
    pub options: &'static [Opt],
    /// Fills the structure in before the first option.
    pub start: fn(&mut [u8]),
    /// What to say of an option that is given twice, by its number, where that is other words than usual.
    pub twice: Option<fn(u8) -> &'static str>,
    /// Takes an option.
    pub parse: fn(&mut Scan) -> Result<()>,
    /// Which options the structure holds.
    pub has: Bits,
    /// Which of them are inverted.
    pub inverted: Bits,
    /// Looks at the whole, after the last option.
    pub check: fn(&Scan) -> Result<()>,
    /// As `-S` shows it, each option with a blank before it, or as `-L` does, with a blank before each part.
    pub show: fn(&mut Shown),
    /// The kernel's own expressions for it.
    pub native: Native,
    /// Whether the original writes those, wherever there are any.
    pub always_native: bool,
    /// Whether this row, and not another of the same module and revision, has this structure.
    pub owns: fn(&[u8]) -> bool,
}

impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}
impl Eq for Definition {}

impl Definition {
    /// The first option of that number, by which the original names it.
    pub fn option(&self, id: u8) -> Option<&'static Opt> {
        self.options.iter().find(|option| option.id == id)
    }

    /// The kernel's name of the module.
    pub fn module(&self) -> &'static str {
        // An older name of the same.
        if self.name == "state" { "conntrack" } else { self.name }
    }

    fn is_for(&self, family: Family) -> bool {
        self.family.is_none_or(|only| only == family)
    }

    /// The structure without options.
    pub fn blank(&self) -> Vec<u8> {
        let mut info = vec![0; self.size.into()];
        (self.start)(&mut info);
        info
    }

    /// Appends what the original writes as the kernel's own expressions; `false` where it writes the structure.
    pub fn is_native(&'static self, family: Family, info: &[u8], all: &mut Vec<Expression>) -> bool {
        let wanted = Wanted { family, chain: b"", row: self, info };
        self.always_native && (self.native)(&wanted, all) == Ok(true)
    }
}

/// What most rows have in common.
pub const BASE: Definition = Definition {
    name: "",
    kind: Kind::Match,
    revision: 0,
    size: 0,
    family: None,
    options: &[],
    start: |_| (),
    twice: None,
    parse: |scan| scan.take(),
    has: Bits::NONE,
    inverted: Bits::NONE,
    check: |_| Ok(()),
    show: |shown| shown.options(),
    native: |_, _| Err(""),
    always_native: false,
    owns: |_| true,
};

/// All rows. Where several have one name, the first is written.
static TABLE: &[&[Definition]] = &[
    &nat::ROWS,
    &ports::ROWS,
    &basic::ROWS,
    &mark::ROWS,
    &conntrack::ROWS,
    &address_type::ROWS,
    &multiport::ROWS,
    &host::ROWS,
    &statistic::ROWS,
    &icmp::ROWS,
    &policy::ROWS,
    &sctp::ROWS,
    &set::ROWS,
    &log::ROWS,
];

fn find(fits: &dyn Fn(&Definition) -> bool) -> Option<&'static Definition> {
    TABLE.iter().find_map(|rows| rows.iter().find(|row| fits(row)))
}

/// The row to write for `-m NAME` or `-j NAME`.
pub fn by_name(kind: Kind, name: &[u8], family: Family) -> Option<&'static Definition> {
    let name = if kind == Kind::Match && matches!(name, b"ipv6-icmp" | b"icmpv6") { b"icmp6" } else { name };
    find(&|row| row.kind == kind && row.name.as_bytes() == name && row.is_for(family))
}

/// The row that reads a structure of the kernel's.
pub fn by_module(kind: Kind, module: &[u8], revision: u32, info: &[u8], family: Family) -> Option<&'static Definition> {
    find(&|row| {
        (row.kind, u32::from(row.revision)) == (kind, revision)
            && row.module().as_bytes() == module
            && row.is_for(family)
            && info.len() >= row.size.into()
            && (row.owns)(info)
    })
}

/// The match for a comment that nft keeps beside a rule.
pub fn comment(text: &[u8]) -> Option<Extension> {
    basic::comment(text)
}

/// A range that a match means.
pub fn range_matched(decoder: &mut Decoder, loaded: &Loaded, inverted: bool, from: &[u8], to: &[u8]) -> Option<()> {
    ports::matched(decoder, loaded, if inverted { NFT_CMP_NEQ } else { NFT_CMP_EQ }, from, to)
}

/// A comparison that a match means; `op` is the kernel's.
pub fn compare_matched(decoder: &mut Decoder, loaded: &Loaded, op: u32, data: &[u8]) -> Option<()> {
    match loaded.from {
        From::Meta(NFT_META_MARK) if matches!(op, NFT_CMP_EQ | NFT_CMP_NEQ) => {
            let found = mark::compared(op == NFT_CMP_NEQ, loaded.mask, data)?;
            decoder.rule.matches.push(found);
            Some(())
        }
        _ => ports::matched(decoder, loaded, op, data, data),
    }
}

/// Another expression that a match means.
pub fn expression_matched(decoder: &mut Decoder, expression: &Expression) -> Option<()> {
    match *expression {
        Expression::Limit { rate, unit, burst, kind: NFT_LIMIT_PKTS, flags: 0 } => {
            decoder.rule.matches.push(basic::limited(rate, unit, burst)?);
            Some(())
        }
        _ => None,
    }
}

/// The bit of option `id` in [`Scan::seen`].
pub fn bit(id: u8) -> u64 {
    1u64.checked_shl(u32::from(id)).unwrap_or(0)
}

/// `N` bytes of a structure.
pub fn bytes_at<const N: usize>(info: &[u8], at: usize) -> Option<[u8; N]> {
    info.get(at..)?.first_chunk().copied()
}

/// The one-byte number at `at`, or 0.
pub fn u8_at(info: &[u8], at: usize) -> u8 {
    info.get(at).copied().unwrap_or(0)
}

/// The two-byte number at `at`, in the host's order, or 0.
#[inline(never)]
pub fn u16_at(info: &[u8], at: usize) -> u16 {
    bytes_at(info, at).map_or(0, u16::from_ne_bytes)
}

/// The four-byte number at `at`, in the host's order, or 0.
#[inline(never)]
pub fn u32_at(info: &[u8], at: usize) -> u32 {
    bytes_at(info, at).map_or(0, u32::from_ne_bytes)
}

/// Writes bytes into a structure; `None` where it has no room for them.
#[inline(never)]
pub fn store(info: &mut [u8], at: usize, bytes: &[u8]) -> Option<()> {
    info.get_mut(at..)?.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(())
}
