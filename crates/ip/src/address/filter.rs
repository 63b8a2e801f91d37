//! Which links and addresses are shown or flushed.

use super::print::FLAGS;
use crate::link::show::Filter as LinkFilter;
use netmite_grammar::address;
use netmite_grammar::names::Database;
use netmite_grammar::{Context, Error, Result, Words, by_word, exact, plain};
use netmite_links::select::{device, group, vrf};
use netmite_netlink::Prefix;
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::IfAddr;
use netmite_netlink::uapi::*;
use std::net::IpAddr;

/// A filter; by default everything passes.
#[derive(Default)]
pub(crate) struct Filter<'w> {
    /// The family asked for, or that of the prefix.
    pub(super) family: u8,
    /// What links must be.
    pub(crate) link: LinkFilter<'w>,
    to: Option<Prefix>,
    scope: Option<u8>,
    /// A shell pattern.
    pub(crate) label: Option<&'w [u8]>,
    /// Flags and which of them are meant.
    flags: (u32, u32),
    proto: Option<u8>,
}

impl<'w> Filter<'w> {
    /// One for a family that nothing was asked of yet.
    pub(crate) fn of(family: u8) -> Self {
        Filter { family, ..Filter::default() }
    }

    /// Reads the words of `ip address show` and of `ip link show`, whose family is AF_PACKET.
    pub(crate) fn read(&mut self, usage: fn() -> Error, words: &mut Words<'w>, context: &mut Context) -> Result<()> {
        while let Some(word) = words.take() {
            if word == b"help" {
                return Err(usage());
            }
            self.word(word, words, context)?;
        }
        Ok(())
    }

    /// The same for a verb of `ip address`.
    pub(super) fn of_address(words: &mut Words<'w>, context: &mut Context) -> Result<Self> {
        let mut filter = Filter::of(context.options.family);
        filter.read(super::usage, words, context)?;
        Ok(filter)
    }

    #[inline(never)]
    fn word(&mut self, word: &'w [u8], words: &mut Words<'w>, context: &mut Context) -> Result<()> {
        by_word!(word, {
            [exact("to")] => {
                let given = address::prefix(words.value()?, self.family)?;
                if self.family == AF_UNSPEC {
                    self.family = given.family(AF_INET);
                }
                self.to = Some(given.prefix);
            },
            [exact("scope")] => self.scope = context.named_or_all(Database::Scopes, words, "invalid \"scope\"\n")?,
            [exact("up")] => self.link.up = true,
            [exact("down")] => self.link.down = true,
            [exact("label")] => self.label = Some(words.value()?),
            [exact("group")] => self.link.group = Some(group(context, words.value()?)?),
            [exact("master")] => self.link.master = Some(device(words, context)?),
            [exact("vrf")] => self.link.master = Some(vrf(words, context, "Not a valid VRF name\n")?),
            [exact("nomaster")] => self.link.master = Some(0),
            [exact("novf")] => self.link.no_vf = true,
            [exact("type")] => self.link.set_kind(words.value()?),
            [exact("proto")] => self.proto = Some(words.u8("\"proto\" value is invalid\n")?),
            [exact("dev")] => self.device(words.value()?)?,
            _ => if !self.flag(word) { self.device(word)? },
        });
        Ok(())
    }

    fn device(&mut self, name: &'w [u8]) -> Result<()> {
        match self.link.dev.replace(name) {
            Some(_) => Err(Error::garbage("dev", name)),
            None => Ok(()),
        }
    }

    /// A flag's name, with `-` in front for those that lack it; whether the word is one.
    fn flag(&mut self, word: &[u8]) -> bool {
        let (word, want) = match word.strip_prefix(b"-") {
            Some(rest) => (rest, false),
            None => (word, true),
        };
        let (bit, want) = match plain(word) {
            // These two names are the absence of a flag.
            "dynamic" => (IFA_F_PERMANENT, !want),
            "primary" => (IFA_F_SECONDARY, !want),
            _ => match FLAGS.iter().find(|(_, name)| name.as_bytes() == word) {
                Some((bit, _)) => (*bit, want),
                None => return false,
            },
        };
        self.flags.1 |= bit;
        self.flags.0 = if want { self.flags.0 | bit } else { self.flags.0 & !bit };
        true
    }

    /// Whether links that have no address that passes are left out.
    pub(super) fn by_address(&self) -> bool {
        !matches!(self.family, AF_UNSPEC | AF_PACKET)
            || self.to.is_some()
            || self.scope.is_some()
            || self.flags.1 != 0
            || self.label.is_some()
    }

    /// Whether an address counts for its link: all but the protocol is asked for.
    pub(super) fn counts(&self, header: &IfAddr, slots: &Slots, context: &mut Context) -> bool {
        let flags = flags_of(header, slots);
        if self.family != AF_UNSPEC && self.family != header.family {
            return false;
        }
        if self.scope.is_some_and(|scope| scope != header.scope) || (self.flags.0 ^ flags) & self.flags.1 != 0 {
            return false;
        }
        if let Some(to) = self.to {
            let local = slots.ip(IFA_LOCAL).or(slots.ip(IFA_ADDRESS));
            if !local.is_some_and(|local| contains(&to, local)) {
                return false;
            }
        }
        match self.label {
            Some(pattern) => {
                let name = context.name_of(header.index);
                matches_pattern(pattern, slots.bytes(IFA_LABEL).unwrap_or(name.as_bytes()))
            }
            None => true,
        }
    }

    /// Whether an address is shown. One without a protocol passes any.
    pub(super) fn passes(&self, header: &IfAddr, slots: &Slots, context: &mut Context) -> bool {
        let other = self.proto.zip(slots.u8(IFA_PROTO)).is_some_and(|(want, own)| want != own);
        !other && self.counts(header, slots, context)
    }
}

/// All of an address's flags.
pub(super) fn flags_of(header: &IfAddr, slots: &Slots) -> u32 {
    slots.u32(IFA_FLAGS).unwrap_or(u32::from(header.flags))
}

fn contains(prefix: &Prefix, address: IpAddr) -> bool {
    Prefix::new(address, prefix.len()).is_some_and(|own| own.network() == prefix.network())
}

/// Whether `text` matches a shell pattern of `*`, `?`, `[…]` and `\`.
fn matches_pattern(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| matches_pattern(rest, text))),
        [b'?', rest @ ..] => text.split_first().is_some_and(|(_, text)| matches_pattern(rest, text)),
        [b'[', rest @ ..] => match (rest.iter().skip(1).position(|byte| *byte == b']'), text.split_first()) {
            (Some(end), Some((first, text))) => {
                let (set, after) = rest.split_at(end + 1);
                let (set, want) = match set {
                    [b'!' | b'^', set @ ..] => (set, false),
                    set => (set, true),
                };
                in_set(set, *first) == want && matches_pattern(after.get(1..).unwrap_or(&[]), text)
            }
            _ => text.first() == Some(&b'[') && matches_pattern(rest, text.get(1..).unwrap_or(&[])),
        },
        [b'\\', byte, rest @ ..] | [byte, rest @ ..] => {
            text.first() == Some(byte) && matches_pattern(rest, text.get(1..).unwrap_or(&[]))
        }
    }
}

fn in_set(set: &[u8], byte: u8) -> bool {
    match set {
        [low, b'-', high, rest @ ..] => (*low..=*high).contains(&byte) || in_set(rest, byte),
        [one, rest @ ..] => *one == byte || in_set(rest, byte),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, want) in [
            ("v0*", "v0:1", true),
            ("v0:*", "v0", false),
            ("*", "", true),
            ("e?h0", "eth0", true),
            ("eth[0-3]", "eth2", true),
            ("eth[!0-3]", "eth2", false),
            ("a\\*", "a*", true),
            ("[", "[", true),
            ("a*b*c", "axxbyyc", true),
        ] {
            assert_eq!(matches_pattern(pattern.as_bytes(), text.as_bytes()), want, "{pattern} {text}");
        }
    }
}
