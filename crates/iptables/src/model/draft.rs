//! A chain while a restore is read.

use crate::problem::{Problem, Result};
use crate::rule::Rule;
use crate::table::{self, Filled, Placed};
use netmite_netlink::nftables::{Bytes, Chain};

/// A chain under way.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) name: Bytes,
    /// The chain in the kernel.
    pub(super) there: Option<Chain>,
    /// The rules and the line each came from, 0 of one that was there; `None` where iptables has no words for it.
    pub(super) rules: Vec<(Option<Rule>, usize)>,
    /// How many of the rules are as they were, from the first on.
    pub(super) kept: usize,
    /// Whether a rule that was there is gone or in another place.
    pub(super) changed: bool,
    /// The name that the kernel renames it from in this transaction: until that is through none is there to put rules by.
    pub(super) hidden: Option<Bytes>,
    /// Whether it is to be there though it has no rules.
    pub(super) wanted: bool,
    /// The line that made it, or 0.
    pub(super) line: usize,
    /// The policy and counters to be set, of a built-in chain.
    pub(super) policy: Option<u32>,
    pub(super) counters: Option<(u64, u64)>,
}

impl Draft {
    pub(super) fn new(name: Bytes, line: usize) -> Self {
        Draft {
            name,
            there: None,
            rules: Vec::new(),
            kept: 0,
            changed: false,
            hidden: None,
            wanted: false,
            line,
            policy: None,
            counters: None,
        }
    }

    /// Whether it is there, or is to be.
    pub(super) fn exists(&self) -> bool {
        self.there.is_some() || self.wanted || !self.rules.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.changed |= self.kept > 0;
        self.kept = 0;
        self.rules.clear();
    }

    fn at(&self, number: u32) -> Option<usize> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        (at < self.rules.len()).then_some(at)
    }

    /// Notes that the rules from `at` on are no longer those that were there.
    fn touch(&mut self, at: usize) {
        self.changed |= at < self.kept;
    }

    pub(super) fn insert(&mut self, number: u32, rules: &[Rule], line: usize) -> Result<()> {
        let at = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        if at > self.rules.len() {
            return Err(Problem::refused("Index of insertion too big."));
        }
        self.touch(at);
        for rule in rules {
            self.rules.insert(at, (Some(rule.clone()), line));
        }
        Ok(())
    }

    pub(super) fn replace(&mut self, number: u32, rules: &[Rule], line: usize) -> Result<()> {
        // Of several addresses the original takes the first.
        let rule = rules.first().ok_or_else(Problem::no_such_rule)?;
        let at = self.at(number).ok_or_else(|| Problem::refused("Index of replacement too big."))?;
        self.touch(at);
        if let Some(place) = self.rules.get_mut(at) {
            *place = (Some(rule.clone()), line);
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, number: u32) -> Result<()> {
        let at = self.at(number).ok_or_else(|| Problem::refused("Index of deletion too big."))?;
        self.remove(at)
    }

    fn remove(&mut self, at: usize) -> Result<()> {
        self.touch(at);
        self.rules.remove(at);
        Ok(())
    }

    pub(super) fn position(&self, rule: &Rule) -> Result<usize> {
        let same = |(found, _): &(Option<Rule>, usize)| found.as_ref().is_some_and(|found| found.same(rule));
        self.rules.iter().position(same).ok_or_else(Problem::no_such_rule)
    }

    pub(super) fn delete_same(&mut self, rule: &Rule) -> Result<()> {
        let at = self.position(rule)?;
        self.remove(at)
    }

    /// Zeroes counters: of the rule of that number, or of all and the policy.
    pub(super) fn zero(&mut self, number: Option<u32>) -> Result<()> {
        let only = match number {
            Some(number) => Some(self.at(number).ok_or_else(Problem::no_such_rule)?),
            None => None,
        };
        if only.is_none() && self.there.as_ref().is_some_and(|there| there.hook.is_some()) {
            self.counters = Some((0, 0));
        }
        for (at, (rule, _)) in self.rules.iter_mut().enumerate() {
            let rule = rule.as_mut().ok_or_else(table::incompatible)?;
            if only.is_none_or(|only| only == at) && rule.counters != (0, 0) {
                rule.counters = (0, 0);
                self.changed |= at < self.kept;
            }
        }
        Ok(())
    }

    /// `chain` with the policy and counters that are to be set.
    pub(super) fn set(&self, mut chain: Chain) -> Chain {
        if let Some(hook) = &mut chain.hook {
            hook.policy = self.policy.unwrap_or(hook.policy);
            hook.counters = self.counters.or(hook.counters);
        }
        chain
    }

    /// The name that the kernel has for it so far.
    pub(super) fn shown_name(&self) -> &[u8] {
        self.hidden.as_ref().unwrap_or(&self.name)
    }

    /// The chain as it is listed in the midst: with its rules, under the name, policy and counters that the kernel has.
    pub(super) fn filled(&self) -> Filled {
        let rules = self.rules.iter().map(|(rule, _)| Placed { handle: 0, rule: rule.clone() }).collect();
        Filled { chain: self.there.clone(), name: self.shown_name().into(), rules }
    }
}
