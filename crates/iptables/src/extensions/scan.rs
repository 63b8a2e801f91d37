//! An option of a match or target while it is read.

use super::{Definition, Opt, bit, store};
use crate::address;
use crate::names;
use crate::problem::{Problem, Result, Warnings};
use crate::rule::{Family, Maybe};
use std::net::IpAddr;

/// What the rest of the line says.
pub struct Given<'a> {
    /// IPv4 or IPv6.
    pub family: Family,
    /// `-p`.
    pub protocol: Option<Maybe<u8>>,
    /// What to say on standard error although nothing is wrong.
    pub warnings: &'a mut Warnings,
}

/// An option under way, and what was seen so far.
pub struct Scan<'a> {
    /// The row.
    pub row: &'static Definition,
    /// The option; meaningless in [`Definition::check`].
    pub opt: &'static Opt,
    /// The structure being filled in.
    pub info: &'a mut Vec<u8>,
    /// Where the part of the structure begins that the option's place is counted from.
    pub base: usize,
    /// Its value.
    pub value: &'a [u8],
    /// Its second value, of an option that has two.
    pub second: &'a [u8],
    /// Whether `!` stood before it.
    pub inverted: bool,
    /// Bits by option number: which were given so far, this one included.
    pub seen: u64,
    /// The line.
    pub line: Given<'a>,
}

impl Scan<'_> {
    /// Takes an option as its row says.
    pub fn take(&mut self) -> Result<()> {
        (self.opt.codec.parse)(self)?;
        self.mark();
        Ok(())
    }

    /// Notes in the structure that the option is there, and whether it is inverted.
    pub fn mark(&mut self) {
        self.row.has.add(self.info, self.base, self.opt.id);
        if self.inverted {
            self.row.inverted.add(self.info, self.base, self.opt.id);
        }
    }

    /// Whether option `id` was given.
    pub fn has(&self, id: u8) -> bool {
        self.seen & bit(id) != 0
    }

    /// Writes `bytes` into the structure at `at`.
    pub fn set(&mut self, at: usize, bytes: &[u8]) {
        store(self.info, at, bytes);
    }

    /// Writes `bytes` where the option's value lies.
    pub fn put(&mut self, bytes: &[u8]) {
        self.set(self.base + self.opt.at(), bytes);
    }

    /// Writes two numbers of two bytes there, the second `apart` bytes behind the first.
    pub fn put_ports(&mut self, (first, last): (u16, u16), apart: usize) {
        self.put(&first.to_ne_bytes());
        self.set(self.base + self.opt.at() + apart, &last.to_ne_bytes());
    }

    /// Writes two numbers of four bytes there.
    pub fn put_range(&mut self, (first, last): (u32, u32)) {
        self.put(&first.to_ne_bytes());
        self.set(self.base + self.opt.at() + 4, &last.to_ne_bytes());
    }

    /// A complaint in the form of the extension: `NAME: text`, and an empty line.
    #[cold]
    #[inline(never)]
    pub fn complain(&self, text: &str) -> Problem {
        Problem::parameter(format!("{}: {text}\n", self.row.name))
    }

    /// What is wrong with the option itself.
    #[cold]
    #[inline(never)]
    pub fn refused(&self, what: &str) -> Problem {
        self.complain(&format!("option \"--{}\" {what}", self.opt.word))
    }

    /// The value, or what of it is at fault, is none of those that are taken.
    #[cold]
    #[inline(never)]
    pub fn bad_value(&self, value: &[u8]) -> Problem {
        let head = format!("{}: Bad value for \"--{}\" option: \"", self.row.name, self.opt.word);
        Problem::word(&head, value, "\"")
    }

    /// The value is no number, or none of those that are taken. `near` is the part at fault.
    #[cold]
    #[inline(never)]
    pub fn bad_number(&self, near: Option<&[u8]>, range: &str) -> Problem {
        let near = near.map_or_else(Vec::new, |near| [b" near \"", near, b"\""].concat());
        let head = format!("{}: bad value for option \"--{}\"", self.row.name, self.opt.word);
        Problem::word(&head, &near, &format!(", or out of range ({range}).\n"))
    }

    /// The value as a number from `least` to `most`.
    pub fn number(&self, least: u32, most: u32) -> Result<u32> {
        let number = names::fitting(self.value).filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.bad_number(None, &format!("{least}-{most}")))
    }

    /// The one address of the value, whose other bits stay, and its mask.
    pub fn address(&self) -> Result<(IpAddr, IpAddr)> {
        let most = if self.line.family == Family::V4 { 32 } else { 128 };
        let bad = || {
            let head = format!("{}: bad value for option \"--{}\"", self.row.name, self.opt.word);
            Problem::parameter(format!("{head}, neither a valid network mask nor valid CIDR (0-{most}).\n"))
        };
        address::unmasked(self.line.family, self.value, &bad)
    }

    /// Refuses, in these words, that no option was given.
    pub fn needs_one(&self, text: &str) -> Result<()> {
        if self.seen == 0 { Err(Problem::parameter(text)) } else { Ok(()) }
    }

    /// Of options that exclude each other the first two that were given are named, in the order of their numbers.
    pub fn exclusive(&self, ids: std::ops::RangeInclusive<u8>) -> Result<()> {
        let mut given = ids.filter(|id| self.has(*id));
        let word = |id| self.row.option(id).map_or("", |option| option.word);
        match (given.next().map(word), given.next().map(word)) {
            (Some(one), Some(other)) => {
                Err(self.complain(&format!("option \"--{one}\" cannot be used together with \"--{other}\".")))
            }
            _ => Ok(()),
        }
    }
}
