//! The table while a restore is read: changed here first, then brought about in one transaction.
//!
//! A chain that lines only append to gets those rules; any other that changed is emptied and filled anew, counters kept.

use crate::change::{self, Plan};
use crate::command::{Command, Verb};
use crate::dump;
use crate::print;
use crate::problem::{Problem, Result};
use crate::rule::{Family, Rule};
use crate::table;
use netmite_netlink::nftables::uapi::NF_ACCEPT;
use netmite_netlink::nftables::{Bytes, Chain, NetfilterSocket, Place};

/// A chain under way.
#[derive(Debug)]
struct Draft {
    name: Bytes,
    /// The chain in the kernel.
    there: Option<Chain>,
    /// The rules and the line each came from, 0 of one that was there; `None` where iptables has no words for it.
    rules: Vec<(Option<Rule>, usize)>,
    /// How many of the rules are as they were, from the first on.
    kept: usize,
    /// Whether a rule that was there is gone or in another place.
    changed: bool,
    /// Counters to be set, of a built-in chain.
    counters: Option<(u64, u64)>,
}

/// The table under way.
#[derive(Debug)]
pub struct Model {
    family: Family,
    chains: Vec<Draft>,
    /// Chains of the kernel's to be deleted.
    gone: Vec<Bytes>,
    /// What `-v` shows.
    pub echo: Vec<u8>,
}

impl Model {
    /// The table as it is.
    pub fn read(socket: &mut NetfilterSocket, family: Family) -> Result<Self> {
        let (_, all) = dump::read(socket, family)?;
        let chains = all.into_iter().map(|filled| {
            let kept = filled.rules.len();
            let rules = filled.rules.into_iter().map(|placed| (placed.rule, 0)).collect();
            Draft { name: filled.name, there: filled.chain, rules, kept, changed: false, counters: None }
        });
        Ok(Model { family, chains: chains.collect(), gone: Vec::new(), echo: Vec::new() })
    }

    /// Takes away all rules and all chains that users made.
    pub fn empty(&mut self, verbose: bool) {
        let users = self.chains.iter().filter(|chain| !is_built_in(&chain.name));
        let flushed = self.chains.iter().map(|chain| (&b"Flushing"[..], chain));
        for (what, chain) in flushed.chain(users.map(|chain| (&b"Deleting"[..], chain))).filter(|_| verbose) {
            self.echo.extend_from_slice(&[what, b" chain `", &*chain.name, b"'\n"].concat());
        }
        let (built_in, users) =
            std::mem::take(&mut self.chains).into_iter().partition(|chain: &Draft| is_built_in(&chain.name));
        self.chains = built_in;
        for chain in &mut self.chains {
            chain.clear();
            let hook = chain.there.as_ref().and_then(|there| there.hook.as_ref());
            let counted = hook.and_then(|hook| hook.counters).is_some_and(|counters| counters != (0, 0));
            chain.counters = counted.then_some((0, 0));
        }
        self.gone.extend(users.into_iter().filter(|chain: &Draft| chain.there.is_some()).map(|chain| chain.name));
    }

    fn find(&mut self, name: &[u8]) -> Result<&mut Draft> {
        self.chains.iter_mut().find(|chain| *chain.name == *name).ok_or_else(Problem::no_such_name)
    }

    /// Whether there is such a chain.
    pub fn has(&self, name: &[u8]) -> bool {
        self.chains.iter().any(|chain| *chain.name == *name)
    }

    /// `:CHAIN POLICY [P:B]`: makes the chain, or empties it.
    pub fn declare(&mut self, name: &[u8], policy: &[u8], counters: Option<(u64, u64)>) -> Result<()> {
        if is_built_in(name) {
            check_policy(policy)?;
            let chain = self.find(name)?;
            chain.counters = counters.or(chain.counters);
            return Ok(());
        }
        match self.find(name) {
            Ok(chain) => chain.clear(),
            Err(_) => self.make(name),
        }
        Ok(())
    }

    fn make(&mut self, name: &[u8]) {
        let (rules, there) = (Vec::new(), None);
        self.chains.push(Draft { name: name.into(), there, rules, kept: 0, changed: false, counters: None });
    }

    /// Does what one line asks for.
    pub fn apply(&mut self, command: &Command, line: usize) -> Result<()> {
        if let Some(target) = command.rules.first().and_then(change::jump).filter(|target| !self.has(target)) {
            return Err(Problem::word("Chain '", target, "' does not exist"));
        }
        for verb in &command.verbs {
            self.verb(command, verb, line)?;
        }
        if command.style.verbose && command.verbs.iter().any(takes_rule) {
            command.rules.iter().for_each(|rule| print::echoed(&mut self.echo, self.family, rule));
        }
        Ok(())
    }

    fn verb(&mut self, command: &Command, verb: &Verb, line: usize) -> Result<()> {
        let name = command.chain.as_deref().unwrap_or(b"");
        match verb {
            Verb::Append => {
                let chain = self.find(name)?;
                chain.rules.extend(command.rules.iter().map(|rule| (Some(rule.clone()), line)));
            }
            Verb::Insert(number) => self.find(name)?.insert(*number, &command.rules, line)?,
            Verb::Replace(number) => self.find(name)?.replace(*number, &command.rules, line)?,
            Verb::DeleteNumber(number) => self.find(name)?.delete(*number)?,
            Verb::Delete => command.rules.iter().try_for_each(|rule| self.find(name)?.delete_same(rule))?,
            Verb::Check => {
                let chain = self.find(name).map_err(|_| Problem::no_such_rule())?;
                command.rules.iter().try_for_each(|rule| chain.position(rule).map(drop))?;
            }
            Verb::Flush => self.each(command, |chain| {
                chain.clear();
                Ok(())
            })?,
            Verb::Zero(_) => self.each(command, Draft::zero)?,
            Verb::NewChain if self.has(name) => return Err(Problem::refused("Chain already exists.")),
            Verb::NewChain => self.make(name),
            Verb::DeleteChain => self.delete_chains(command.chain.as_deref())?,
            Verb::Rename(to) => self.rename(name, to)?,
            Verb::Policy(policy) => {
                check_policy(policy)?;
                if !is_built_in(name) {
                    return Err(Problem::refused("Bad built-in chain name."));
                }
            }
            Verb::List(_) | Verb::Save(_) | Verb::Help | Verb::Version => {
                return Err(Problem::parameter("only commands that change rules can stand in a file"));
            }
        }
        Ok(())
    }

    fn each(&mut self, command: &Command, mut change: impl FnMut(&mut Draft) -> Result<()>) -> Result<()> {
        match command.chain.as_deref() {
            Some(name) => change(self.find(name)?),
            None => self.chains.iter_mut().try_for_each(change),
        }
    }

    fn delete_chains(&mut self, only: Option<&[u8]>) -> Result<()> {
        if let Some(name) = only {
            self.find(name)?;
        }
        let goes = |chain: &Draft| !is_built_in(&chain.name) && only.is_none_or(|name| *chain.name == *name);
        let used = |name: &[u8]| {
            let mut rules = self.chains.iter().flat_map(|chain| &chain.rules);
            rules.any(|(rule, _)| rule.as_ref().and_then(change::jump) == Some(name))
        };
        if let Some(busy) =
            self.chains.iter().find(|chain| goes(chain) && (!chain.rules.is_empty() || used(&chain.name)))
        {
            let text = [b" CHAIN_DEL failed (Device or resource busy): chain ", &*busy.name].concat();
            return Err(Problem::failed(4, text));
        }
        let (goes, stays) = std::mem::take(&mut self.chains).into_iter().partition(goes);
        self.chains = stays;
        self.gone.extend(goes.into_iter().filter(|chain: &Draft| chain.there.is_some()).map(|chain| chain.name));
        Ok(())
    }

    fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<()> {
        crate::options::new_name(to, self.family)?;
        if self.has(to) {
            return Err(Problem::refused("File exists."));
        }
        if self.find(from)?.there.is_some() {
            return Err(Problem::parameter("a chain that exists can't be renamed in a file"));
        }
        self.find(from)?.name = to.into();
        Ok(())
    }

    /// Plans what it takes to make the table so.
    pub fn plan(&self, plan: &mut Plan) -> Result<()> {
        let family = self.family;
        plan.table();
        for chain in self.chains.iter().filter(|chain| chain.there.is_none()) {
            let new = match table::built_in(&chain.name) {
                Some(built_in) if !chain.rules.is_empty() || chain.counters.is_some() => built_in.chain(family),
                Some(_) => continue,
                None => Chain::new(table::name(family), &chain.name, None),
            };
            plan.push(chain.counted(new).create(false), "CHAIN_ADD", "chain", &chain.name);
        }
        let counted = self.chains.iter().filter(|chain| chain.counters.is_some());
        for (chain, there) in counted.filter_map(|chain| chain.there.clone().map(|there| (chain, there))) {
            plan.push(chain.counted(there).create(false), "CHAIN_UPDATE", "chain", &chain.name);
        }
        let emptied = self.chains.iter().filter(|chain| chain.changed && chain.there.is_some());
        for name in emptied.map(|chain| &chain.name).chain(&self.gone) {
            plan.push(table::name(family).flush_rules(Some(name)), "RULE_FLUSH", "rule in chain", name);
        }
        for name in &self.gone {
            // One that was declared again is filled anew instead.
            if !self.has(name) {
                plan.push(table::name(family).delete_empty_chain(name), "CHAIN_DEL", "chain", name);
            }
        }
        for chain in &self.chains {
            let old = if chain.changed { 0 } else { chain.kept };
            for (rule, line) in chain.rules.iter().skip(old) {
                let rule = rule.as_ref().ok_or_else(table::incompatible)?;
                plan.line = *line;
                plan.rule(&chain.name, rule, Place::Last);
            }
        }
        Ok(())
    }
}

fn takes_rule(verb: &Verb) -> bool {
    matches!(verb, Verb::Append | Verb::Insert(_) | Verb::Replace(_) | Verb::Delete | Verb::Check)
}

fn is_built_in(name: &[u8]) -> bool {
    table::built_in(name).is_some()
}

fn check_policy(policy: &[u8]) -> Result<()> {
    match policy {
        b"ACCEPT" => Ok(()),
        b"DROP" => {
            let text = "\nThe \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n";
            Err(Problem::parameter(text))
        }
        _ => Err(Problem::refused("Bad policy name.")),
    }
}

impl Draft {
    fn clear(&mut self) {
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

    fn insert(&mut self, number: u32, rules: &[Rule], line: usize) -> Result<()> {
        let at = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        if at > self.rules.len() {
            return Err(Problem::refused("Index of insertion too big."));
        }
        self.touch(at);
        let new = rules.iter().rev().map(|rule| (Some(rule.clone()), line));
        self.rules.splice(at..at, new);
        Ok(())
    }

    fn replace(&mut self, number: u32, rules: &[Rule], line: usize) -> Result<()> {
        let [rule] = rules else {
            return Err(Problem::parameter("Replacement rule does not specify a unique address"));
        };
        let at = self.at(number).ok_or_else(|| Problem::refused("Index of replacement too big."))?;
        self.touch(at);
        self.rules.splice(at..=at, [(Some(rule.clone()), line)]);
        Ok(())
    }

    fn delete(&mut self, number: u32) -> Result<()> {
        let at = self.at(number).ok_or_else(|| Problem::refused("Index of deletion too big."))?;
        self.touch(at);
        self.rules.splice(at..=at, []);
        Ok(())
    }

    fn position(&self, rule: &Rule) -> Result<usize> {
        let same = |(found, _): &(Option<Rule>, usize)| found.as_ref().is_some_and(|found| found.same(rule));
        self.rules.iter().position(same).ok_or_else(Problem::no_such_rule)
    }

    fn delete_same(&mut self, rule: &Rule) -> Result<()> {
        let at = self.position(rule)?;
        self.touch(at);
        self.rules.splice(at..=at, []);
        Ok(())
    }

    fn zero(&mut self) -> Result<()> {
        for at in 0..self.rules.len() {
            let Some((rule, _)) = self.rules.get_mut(at) else { continue };
            let rule = rule.as_mut().ok_or_else(table::incompatible)?;
            if rule.counters != (0, 0) {
                rule.counters = (0, 0);
                self.changed |= at < self.kept;
            }
        }
        Ok(())
    }

    fn counted(&self, mut chain: Chain) -> Chain {
        if let (Some(hook), Some(counters)) = (&mut chain.hook, self.counters) {
            hook.policy = NF_ACCEPT as u32;
            hook.counters = Some(counters);
        }
        chain
    }
}
