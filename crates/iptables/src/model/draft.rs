//! A chain under way: the kernel's, and what its rules are to be.

use crate::problem::{Problem, Result};
use crate::rule::Rule;
use crate::table::{self, Filled, Placed, UNREAD};
use crate::transaction::Plan;
use netmite_netlink::nftables::{Bytes, Chain, Place};

/// A chain under way.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) name: Bytes,
    /// The chain that the kernel has, under the name that it has there so far, with the rules it is to have.
    pub(super) now: Filled,
    /// The rules that are taken away one by one.
    gone: Vec<u64>,
    /// Whether all rules that were there are taken away.
    emptied: bool,
    /// Whether it is to be there though it has no rules.
    pub(super) wanted: bool,
    /// The line that made it, or 0.
    pub(super) line: usize,
    /// The policy and counters to be set, of a built-in chain.
    pub(super) policy: Option<u32>,
    pub(super) counters: Option<(u64, u64)>,
}

impl Draft {
    /// One that is not there, nor is to be.
    pub(super) fn empty(name: &[u8]) -> Self {
        Self::new(Filled::empty(name.into()))
    }

    /// One that stays as it is.
    pub(super) fn new(now: Filled) -> Self {
        let (name, gone) = (now.name.clone(), Vec::new());
        Draft { name, now, gone, emptied: false, wanted: false, line: 0, policy: None, counters: None }
    }

    /// Whether it is there, or is to be.
    pub(super) fn exists(&self) -> bool {
        self.now.chain.is_some() || self.wanted || !self.now.rules.is_empty()
    }

    /// Whether the kernel renames it in this transaction: until that is through none is there to put rules by.
    pub(super) fn is_renamed(&self) -> bool {
        self.name != self.now.name
    }

    /// Takes all rules away: of it `alone`, or of all chains at once.
    pub(super) fn clear(&mut self, alone: bool) {
        self.emptied = alone && self.now.chain.is_some();
        self.gone.clear();
        self.now.rules.clear();
    }

    fn at(&self, number: u32, problem: fn() -> Problem) -> Result<usize> {
        let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        at.filter(|at| *at < self.now.rules.len()).ok_or_else(problem)
    }

    pub(super) fn append(&mut self, rules: &[Rule], line: usize) {
        for rule in rules {
            self.now.rules.push(Placed::new(rule, line));
        }
    }

    /// Several rules end up in reverse: each is put at the number that was asked for.
    pub(super) fn insert(&mut self, number: u32, rules: &[Rule], line: usize) -> Result<()> {
        let at = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        if at > self.now.rules.len() {
            return Err(Problem::refused("Index of insertion too big."));
        }
        rules.iter().for_each(|rule| self.now.rules.insert(at, Placed::new(rule, line)));
        Ok(())
    }

    pub(super) fn replace(&mut self, number: u32, rules: &[Rule], line: usize) -> Result<()> {
        // Of several addresses the original takes the first.
        let rule = rules.first().ok_or_else(Problem::no_such_rule)?;
        let at = self.at(number, || Problem::refused("Index of replacement too big."))?;
        if let Some(place) = self.now.rules.get_mut(at) {
            *place = Placed { handle: place.handle, ..Placed::new(rule, line) };
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, number: u32) -> Result<()> {
        self.remove(self.at(number, || Problem::refused("Index of deletion too big."))?);
        Ok(())
    }

    pub(super) fn remove(&mut self, at: usize) {
        let handle = self.now.rules.remove(at).handle;
        self.gone.extend(Some(handle).filter(|handle| *handle != 0));
    }

    pub(super) fn position(&self, rule: &Rule) -> Result<usize> {
        let same = |placed: &Placed| placed.rule.as_ref().is_some_and(|found| found.same(rule));
        self.now.rules.iter().position(same).ok_or_else(Problem::no_such_rule)
    }

    /// Zeroes counters: of the rule of that number, or of all and the policy.
    pub(super) fn zero(&mut self, number: Option<u32>) -> Result<()> {
        let only = match number {
            Some(number) => Some(self.at(number, Problem::no_such_rule)?),
            None => None,
        };
        if only.is_none() && self.counters.unwrap_or(self.now.counters()) != (0, 0) {
            self.counters = Some((0, 0));
        }
        for (at, placed) in self.now.rules.iter_mut().enumerate() {
            if only.is_none_or(|only| only == at) {
                let rule = placed.rule.as_mut().ok_or_else(table::incompatible)?;
                placed.new |= rule.counters != (0, 0);
                rule.counters = (0, 0);
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

    /// Plans that the rules go which are to go.
    pub(super) fn take_away(&self, plan: &mut Plan) {
        if self.emptied {
            plan.flush(&self.name);
        }
        self.gone.iter().for_each(|handle| plan.delete_rule(&self.name, *handle));
    }

    /// Plans the new rules, each by the next one that was there.
    pub(super) fn put(&self, plan: &mut Plan) {
        let mut put = |placed: &Placed, place| {
            plan.line = placed.line;
            if let Some(rule) = &placed.rule {
                plan.rule(&self.name, rule, place);
            }
        };
        for run in self.now.rules.split_inclusive(|placed| placed.handle != 0) {
            match run.split_last() {
                Some((Placed { handle: UNREAD, .. }, new)) => new.iter().rev().for_each(|new| put(new, Place::First)),
                Some((there, new)) if there.handle != 0 => {
                    new.iter().for_each(|new| put(new, Place::Before(there.handle)));
                    if there.new {
                        put(there, Place::InsteadOf(there.handle));
                    }
                }
                _ => run.iter().for_each(|new| put(new, Place::Last)),
            }
        }
    }
}
