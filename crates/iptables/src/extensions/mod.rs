//! Matches and targets: one row a revision, with its options and its functions; one file a kind.
//!
//! A structure (`info`) is kept as the kernel's module has it, so that what is read back compares byte by byte.
//! Of several revisions of a name the first row is the one written; the others are read.

mod basic;
pub mod conntrack;
mod host;
mod icmp;
mod log;
mod masquerade;
mod nat;
mod policy;
pub mod ports;
pub mod range;
pub mod sctp;
mod set;
mod several;

use crate::address;
use crate::decode::{Decoder, From, Loaded};
use crate::getopt::Value;
use crate::problem::{Problem, Result};
use crate::rule::{Extension, Family, Maybe};
use netmite_netlink::nftables::Expression;
use netmite_netlink::nftables::uapi::*;
use std::net::IpAddr;

/// Whether a row is a match or a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `-m`.
    Match,
    /// `-j`.
    Target,
}

/// An option of a match or target.
#[derive(Debug)]
pub struct Opt {
    /// The word, without dashes.
    pub word: &'static str,
    /// Whether it has a value.
    pub value: Value,
    /// What [`Scan::option`] says when it was given; several spellings may share a number.
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
        Opt { word, value: Value::Yes, id, inverts: false, needed: false, second: false, repeats: false }
    }

    /// An option without value.
    pub const fn flag(word: &'static str, id: u8) -> Self {
        Opt { value: Value::No, ..Opt::new(word, id) }
    }

    /// An option with two values.
    pub const fn two(word: &'static str, id: u8) -> Self {
        Opt { second: true, ..Opt::new(word, id) }
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

/// Appends the kernel's own expressions for a structure; `false`, and none, where they can't say it.
pub type Native = fn(&[u8], &mut Vec<Expression>) -> bool;

/// A match or target of one revision.
#[derive(Debug)]
pub struct Definition {
    /// The word behind `-m` or `-j`.
    pub name: &'static str,
    /// The kernel's name of the module.
    pub module: &'static str,
    /// Match or target.
    pub kind: Kind,
    /// The structure's revision.
    pub revision: u32,
    /// The structure's length in bytes, padded to eight.
    pub size: usize,
    /// For which of the two it is.
    pub families: &'static [Family],
    /// Its options.
    pub options: &'static [Opt],
    /// Fills the structure in before the first option.
    pub start: fn(&mut [u8]),
    /// What to say of an option that is given twice, by its number, where that is other words than usual.
    pub twice: Option<fn(u8) -> &'static str>,
    /// Takes an option.
    pub parse: fn(&mut Scan) -> Result<()>,
    /// Looks at the whole, after the last option.
    pub check: fn(&Scan) -> Result<()>,
    /// As `-S` shows it, each option with a blank before it.
    pub save: fn(&mut Shown),
    /// As `-L` shows it, with a blank before each part.
    pub print: fn(&mut Shown),
    /// The kernel's own expressions for it, where the original uses those.
    pub native: Option<Native>,
    /// Whether this row, and not another of the same module and revision, has this structure.
    pub owns: fn(&[u8]) -> bool,
}

impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.kind, self.revision, self.families) == (other.name, other.kind, other.revision, other.families)
    }
}
impl Eq for Definition {}

/// What most rows have in common.
pub const BASE: Definition = Definition {
    name: "",
    module: "",
    kind: Kind::Match,
    revision: 0,
    size: 0,
    families: &[Family::V4, Family::V6],
    options: &[],
    start: |_| (),
    twice: None,
    parse: |_| Ok(()),
    check: |_| Ok(()),
    save: |_| (),
    print: |_| (),
    native: None,
    owns: |_| true,
};

/// All rows. Where several have one name, the first is written.
static TABLE: &[&[Definition]] = &[
    masquerade::ROWS,
    nat::ROWS,
    ports::ROWS,
    basic::ROWS,
    conntrack::ROWS,
    several::ROWS,
    host::ROWS,
    icmp::ROWS,
    policy::ROWS,
    sctp::ROWS,
    set::ROWS,
    log::ROWS,
];

fn all() -> impl Iterator<Item = &'static Definition> {
    TABLE.iter().flat_map(|rows| rows.iter())
}

/// The row to write for `-m NAME` or `-j NAME`.
pub fn by_name(kind: Kind, name: &[u8], family: Family) -> Option<&'static Definition> {
    let name = if kind == Kind::Match && matches!(name, b"ipv6-icmp" | b"icmpv6") { b"icmp6" } else { name };
    all().find(|row| row.kind == kind && row.name.as_bytes() == name && row.families.contains(&family))
}

/// The row that reads a structure of the kernel's.
pub fn by_module(kind: Kind, module: &[u8], revision: u32, info: &[u8], family: Family) -> Option<&'static Definition> {
    all().find(|row| {
        (row.kind, row.revision) == (kind, revision)
            && row.module.as_bytes() == module
            && row.families.contains(&family)
            && info.len() >= row.size
            && (row.owns)(info)
    })
}

/// An option under way, and what was seen so far.
pub struct Scan<'a> {
    /// The row.
    pub definition: &'static Definition,
    /// The structure being filled in.
    pub info: &'a mut Vec<u8>,
    /// The number of the option; meaningless in [`Definition::check`].
    pub option: u8,
    /// Its word.
    pub word: &'static str,
    /// Its value.
    pub value: &'a [u8],
    /// Its second value, of an option that has two.
    pub second: &'a [u8],
    /// Whether `!` stood before it.
    pub inverted: bool,
    /// Bits by option number: which were given so far, this one included.
    pub seen: u64,
    /// IPv4 or IPv6.
    pub family: Family,
    /// `-p`.
    pub protocol: Option<Maybe<u8>>,
    /// What to say on standard error although nothing is wrong.
    pub warnings: &'a mut Vec<Vec<u8>>,
}

impl Scan<'_> {
    /// Has something said on standard error.
    pub fn warn(&mut self, text: String) {
        self.warnings.push(text.into());
    }

    /// Whether option `id` was given.
    pub fn has(&self, id: u8) -> bool {
        self.seen & bit(id) != 0
    }

    /// Writes `bytes` into the structure at `at`.
    pub fn set(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.info.get_mut(at..at.saturating_add(bytes.len())) {
            place.copy_from_slice(bytes);
        }
    }

    /// Sets bits in a four-byte field of the structure.
    pub fn set_bits(&mut self, at: usize, bits: u32) {
        let old = u32_at(self.info, at);
        self.set(at, &(old | bits).to_ne_bytes());
    }

    /// A complaint in the form of the extension: `NAME: text`, and an empty line.
    pub fn complain(&self, text: &str) -> Problem {
        Problem::parameter(format!("{}: {text}\n", self.definition.name))
    }

    /// The value is no number, or none of those that are taken: from `least` on. `near` is the part at fault.
    #[cold]
    pub fn out_of_range(&self, near: Option<&[u8]>, least: u32) -> Problem {
        self.bad_number(near, &format!("{least}-{}", u32::MAX))
    }

    /// As [`Scan::out_of_range`], in words.
    #[cold]
    #[inline(never)]
    pub fn bad_number(&self, near: Option<&[u8]>, range: &str) -> Problem {
        let near = near.map_or_else(Vec::new, |near| [b" near \"", near, b"\""].concat());
        let head = format!("{}: bad value for option \"--{}\"", self.definition.name, self.word);
        Problem::word(&head, &near, &format!(", or out of range ({range}).\n"))
    }

    /// The one address of the value, whose other bits stay, and its mask.
    pub fn address(&self) -> Result<(IpAddr, IpAddr)> {
        let most = if self.family == Family::V4 { 32 } else { 128 };
        let bad = || {
            let head = format!("{}: bad value for option \"--{}\"", self.definition.name, self.word);
            Problem::parameter(format!("{head}, neither a valid network mask nor valid CIDR (0-{most}).\n"))
        };
        address::unmasked(self.family, self.value, &bad)
    }

    /// Of options that exclude each other the first two that were given are named, in the order of the rows.
    pub fn exclusive(&self, ids: std::ops::RangeInclusive<u8>) -> Result<()> {
        let mut given = ids.filter(|id| self.has(*id));
        let word = |id| self.definition.options.iter().find(|option| option.id == id).map_or("", |option| option.word);
        match (given.next().map(word), given.next().map(word)) {
            (Some(one), Some(other)) => {
                Err(self.complain(&format!("option \"--{one}\" cannot be used together with \"--{other}\".")))
            }
            _ => Ok(()),
        }
    }
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
            let found = basic::mark_compared(op == NFT_CMP_NEQ, loaded.mask.as_deref(), data)?;
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

/// What a row prints into.
pub struct Shown<'a> {
    /// Where to.
    pub out: &'a mut Vec<u8>,
    /// The structure.
    pub info: &'a [u8],
    /// The length that the row says it has.
    pub size: usize,
    /// Whether names are wanted (`false`) or numbers.
    pub numeric: bool,
    /// IPv4 or IPv6.
    pub family: Family,
    /// `-p`.
    pub protocol: Option<Maybe<u8>>,
}

impl Shown<'_> {
    /// Appends text.
    pub fn text(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    /// The one-byte number at `at`.
    pub fn u8(&self, at: usize) -> u8 {
        self.info.get(at).copied().unwrap_or(0)
    }

    /// The four-byte number at `at`, in the host's order.
    pub fn u32(&self, at: usize) -> u32 {
        u32_at(self.info, at)
    }

    /// The two-byte number at `at`, in the host's order.
    pub fn u16(&self, at: usize) -> u16 {
        bytes_at(self.info, at).map_or(0, u16::from_ne_bytes)
    }

    /// The string of at most `len` bytes at `at`.
    pub fn string(&self, at: usize, len: usize) -> &[u8] {
        let field = self.info.get(at..at.saturating_add(len)).unwrap_or(&[]);
        netmite_netlink::attributes::until_nul(field)
    }

    /// Appends a string between quotes, unless it is of letters, digits, `-` and `_` alone.
    pub fn quoted(&mut self, text: &[u8]) {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !text.is_empty() && text.iter().all(plain) {
            return self.text(text);
        }
        self.out.push(b'"');
        for byte in text {
            if matches!(byte, b'"' | b'\\' | b'\'') {
                self.out.push(b'\\');
            }
            self.out.push(*byte);
        }
        self.out.push(b'"');
    }
}

/// `N` bytes of a structure.
pub fn bytes_at<const N: usize>(info: &[u8], at: usize) -> Option<[u8; N]> {
    info.get(at..)?.first_chunk().copied()
}

/// The four-byte number at `at`, in the host's order.
pub fn u32_at(info: &[u8], at: usize) -> u32 {
    bytes_at(info, at).map_or(0, u32::from_ne_bytes)
}
