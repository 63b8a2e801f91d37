//! Expressions as a rule: what any version of iptables writes, and what nft writes of the same kind.
//!
//! An expression that has no place in iptables' model makes the rule unreadable ([`decode`] gives `None`), and its
//! table with it: a rule shown without one of its conditions would be a lie.

use crate::address;
use crate::encode::{IPV4_FRAGMENT, IPV4_PROTOCOL, NO_INTERFACE, addresses};
use crate::extensions::{self, Definition, Kind};
use crate::native;
use crate::rule::{Extension, Family, Form, Interface, Masked, Maybe, Rule, Target};
use netmite_netlink::nftables::uapi::*;
use netmite_netlink::nftables::{self as nft, Bytes, Expression, Verdict, userdata};

/// What a register was loaded with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loaded<'r> {
    pub(crate) from: From,
    /// What was masked out of it since.
    pub(crate) mask: Option<&'r [u8]>,
    /// What was flipped in it after that; none where that is nothing.
    pub(crate) xor: Option<&'r [u8]>,
    /// Whether it was turned into network order since.
    pub(crate) swapped: bool,
}

/// Where a register was loaded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Meta(u32),
    Payload { base: u32, offset: u32, len: u32 },
    Ct(u32),
    Fib { flags: u32 },
    Numgen { modulus: u32, kind: u32 },
}

/// What a register holds.
#[derive(Clone, Copy)]
enum Held<'r> {
    Loaded(Loaded<'r>),
    Constant(&'r [u8]),
}

/// A rule under way.
pub(crate) struct Decoder<'r> {
    pub(crate) family: Family,
    pub(crate) rule: Rule,
    /// The chain that it is in.
    pub(crate) chain: &'r [u8],
    /// Whether only Ethernet was asked for, which must go with a look at its header.
    pub(crate) ethernet: bool,
    /// By number, as they were filled; the last counts.
    registers: Vec<(u32, Held<'r>)>,
}

/// The rule in iptables' terms, if it has any.
pub fn decode(family: Family, rule: &nft::Rule) -> Option<Rule> {
    let (chain, registers) = (&*rule.chain, Vec::new());
    let mut decoder = Decoder { family, rule: Rule::default(), chain, ethernet: false, registers };
    for expression in &rule.expressions {
        decoder.take(expression)?;
    }
    if let Some(comment) = userdata::comment(&rule.userdata) {
        decoder.rule.matches.extend(extensions::comment(comment));
        decoder.rule.read_from = decoder.rule.read_from.or(Some((Form::Comment, family)));
    }
    (!decoder.ethernet).then_some(decoder.rule)
}

impl<'r> Decoder<'r> {
    fn take(&mut self, expression: &'r Expression) -> Option<()> {
        if self.rule.read_from.is_some() && self.rule.target != Target::None {
            return None;
        }
        match expression {
            Expression::Meta { key, dreg } => self.load(*dreg, From::Meta(*key)),
            Expression::Payload { base, offset, len, dreg } => {
                self.load(*dreg, From::Payload { base: *base, offset: *offset, len: *len });
            }
            Expression::Bitwise { sreg, dreg, mask, xor } => {
                let mut loaded = self.loaded(*sreg)?;
                if loaded.mask.is_some() {
                    return None;
                }
                loaded.mask = Some(mask);
                loaded.xor = Some(&**xor).filter(|xor| xor.iter().any(|byte| *byte != 0));
                self.registers.push((*dreg, Held::Loaded(loaded)));
            }
            Expression::Cmp { op, sreg, data } => {
                self.compared(&self.plain(*sreg)?, *op, data)?;
            }
            Expression::Range { op, sreg, from, to } => {
                let (loaded, inverted) = (self.plain(*sreg)?, *op == NFT_RANGE_NEQ);
                extensions::range_matched(self, &loaded, inverted, from, to)
                    .or_else(|| native::ranged(self, &loaded, inverted, from, to))?;
            }
            Expression::Counter { packets, bytes } => self.rule.counters = (*packets, *bytes),
            Expression::Match { name, revision, info } => {
                self.rule.matches.push(self.extension(Kind::Match, name, *revision, info));
            }
            Expression::Target { name, revision, info } => {
                self.rule.target = Target::Extension(self.extension(Kind::Target, name, *revision, info));
            }
            Expression::Verdict(verdict) => self.rule.target = target(verdict)?,
            other => extensions::expression_matched(self, other).or_else(|| native::expression(self, other))?,
        }
        Some(())
    }

    pub(crate) fn load(&mut self, register: u32, from: From) {
        self.registers.push((register, Held::Loaded(Loaded { from, mask: None, xor: None, swapped: false })));
    }

    /// Notes a constant.
    pub(crate) fn load_constant(&mut self, register: u32, data: &'r [u8]) {
        self.registers.push((register, Held::Constant(data)));
    }

    /// Notes that what a register holds was turned into network order; only native matches have that.
    pub(crate) fn swap(&mut self, register: u32, size: u32) -> Option<()> {
        let mut loaded = self.plain(register)?;
        let number = matches!(loaded.from, From::Meta(NFT_META_SKUID | NFT_META_SKGID) | From::Numgen { .. });
        if !number || loaded.mask.is_some() || loaded.swapped || size != 4 {
            return None;
        }
        loaded.swapped = true;
        self.registers.push((register, Held::Loaded(loaded)));
        Some(())
    }

    /// What was loaded and no more than masked.
    fn plain(&self, register: u32) -> Option<Loaded<'r>> {
        self.loaded(register).filter(|loaded| loaded.xor.is_none())
    }

    fn held(&self, register: u32) -> Option<Held<'r>> {
        self.registers.iter().rev().find(|(number, _)| *number == register).map(|(_, held)| *held)
    }

    pub(crate) fn loaded(&self, register: u32) -> Option<Loaded<'r>> {
        match self.held(register)? {
            Held::Loaded(loaded) => Some(loaded),
            Held::Constant(_) => None,
        }
    }

    /// The constant that a register holds.
    pub(crate) fn constant(&self, register: u32) -> Option<&'r [u8]> {
        match self.held(register)? {
            Held::Constant(data) => Some(data),
            Held::Loaded(_) => None,
        }
    }

    /// The structure of the rule's last match of that row, if `free` says that it has room for more, or a new one's.
    pub(crate) fn structure(
        &mut self,
        definition: &'static Definition,
        free: &dyn Fn(&[u8]) -> bool,
    ) -> Option<&mut Vec<u8>> {
        let matches = &mut self.rule.matches;
        let last = matches.iter().rposition(|found| found.is(definition));
        let last = last.filter(|at| matches.get(*at).and_then(Extension::info).is_some_and(free));
        let at = last.unwrap_or_else(|| {
            matches.push(Extension::Known { definition, info: definition.blank() });
            matches.len() - 1
        });
        match matches.get_mut(at) {
            Some(Extension::Known { info, .. }) => Some(info),
            _ => None,
        }
    }

    fn extension(&self, kind: Kind, name: &[u8], revision: u32, info: &[u8]) -> Extension {
        match extensions::by_module(kind, name, revision, info, self.family) {
            Some(definition) => Extension::Known { definition, info: info.to_vec() },
            None => Extension::Unknown { name: name.into(), revision, info: info.into() },
        }
    }

    fn compared(&mut self, loaded: &Loaded, op: u32, data: &[u8]) -> Option<()> {
        let (source, destination) = addresses(self.family);
        let inverted = op == NFT_CMP_NEQ;
        if native::compared(self, loaded, op, data).is_some() {
            return Some(());
        }
        match loaded.from {
            From::Meta(NFT_META_MARK) | From::Payload { base: NFT_PAYLOAD_TRANSPORT_HEADER, .. } => {
                extensions::compare_matched(self, loaded, op, data)?;
            }
            _ if !matches!(op, NFT_CMP_EQ | NFT_CMP_NEQ) => return None,
            From::Meta(key @ (NFT_META_IIFNAME | NFT_META_OIFNAME)) => {
                let rule = &mut self.rule;
                let field = if key == NFT_META_IIFNAME { &mut rule.input } else { &mut rule.output };
                once(field, interface(inverted, data)?)?;
            }
            From::Meta(NFT_META_L4PROTO) => once(&mut self.rule.protocol, protocol(inverted, data)?)?,
            From::Payload { base: NFT_PAYLOAD_NETWORK_HEADER, offset, len } => match offset {
                _ if offset == source || offset == destination => {
                    let value = masked(self.family, loaded, inverted, len, data)?;
                    let rule = &mut self.rule;
                    once(if offset == source { &mut rule.source } else { &mut rule.destination }, value)?;
                }
                IPV4_PROTOCOL if self.family == Family::V4 => once(&mut self.rule.protocol, protocol(inverted, data)?)?,
                IPV4_FRAGMENT if self.family == Family::V4 && loaded.mask == Some(&[0x1f, 0xff]) => {
                    once(&mut self.rule.fragment, inverted)?;
                }
                _ => return None,
            },
            _ => return None,
        }
        Some(())
    }
}

/// Sets what a rule can ask for only once; `None` where it asks for something else already.
#[inline(never)]
fn once<T: PartialEq>(field: &mut Option<T>, value: T) -> Option<()> {
    if field.as_ref().is_some_and(|old| *old != value) {
        return None;
    }
    *field = Some(value);
    Some(())
}

fn interface(inverted: bool, data: &[u8]) -> Option<Maybe<Interface>> {
    if data == NO_INTERFACE && !inverted {
        return Some(Maybe { value: Interface { name: Bytes::default(), wildcard: true }, inverted: true });
    }
    let end = data.iter().position(|byte| *byte == 0);
    let name = data.get(..end.unwrap_or(data.len()))?;
    Some(Maybe { value: Interface { name: name.into(), wildcard: end.is_none() }, inverted })
}

fn protocol(inverted: bool, data: &[u8]) -> Option<Maybe<u8>> {
    data.first().map(|value| Maybe { value: *value, inverted })
}

fn masked(family: Family, loaded: &Loaded, inverted: bool, len: u32, data: &[u8]) -> Option<Maybe<Masked>> {
    let whole = if family == Family::V4 { 4 } else { 16 };
    let len = usize::try_from(len).ok().filter(|len| *len <= whole)?;
    let filled = |bytes: &[u8]| {
        let mut all = [0; 16];
        all.get_mut(..len)?.copy_from_slice(bytes.get(..len)?);
        address::from_octets(all.get(..whole)?)
    };
    let (address, mask) = (filled(data)?, filled(loaded.mask.unwrap_or(&[0xff; 16]))?);
    Some(Maybe { value: Masked { address, mask }, inverted })
}

fn target(verdict: &Verdict) -> Option<Target> {
    Some(match (verdict.code, &verdict.chain) {
        (NF_ACCEPT, _) => Target::Accept,
        (NF_DROP, _) => Target::Drop,
        (NFT_RETURN, _) => Target::Return,
        (NFT_JUMP, Some(chain)) => Target::Jump(chain.clone()),
        (NFT_GOTO, Some(chain)) => Target::Goto(chain.clone()),
        _ => return None,
    })
}
