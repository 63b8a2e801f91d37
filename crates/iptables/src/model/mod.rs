//! The table while a restore is read: changed here first, then brought about in one transaction.
//!
//! A chain that lines only append to gets those rules; any other that changed is emptied and filled anew, counters kept.

mod draft;

use crate::change;
use crate::command::{Command, Verb};
use crate::print;
use crate::problem::{Problem, Result};
use crate::rule::{Family, Target};
use crate::show;
use crate::table::{self, Filled};
use crate::transaction::Plan;
use draft::Draft;
use netmite_netlink::nftables::uapi::{NF_ACCEPT, NF_DROP};
use netmite_netlink::nftables::{Bytes, Chain, NetfilterSocket, Place};

/// The table under way.
#[derive(Debug)]
pub struct Model {
    family: Family,
    /// The chains in the order they were or will be made.
    chains: Vec<Draft>,
    /// Whether the table is made anew.
    fresh: bool,
    /// Chains of the kernel's to be renamed: handle, new name, line.
    renamed: Vec<(u64, Bytes, usize)>,
    /// Chains of the kernel's to be deleted.
    gone: Vec<Bytes>,
    /// Base chains that iptables would not make.
    foreign: bool,
    /// What `-v`, `-L` and `-S` show.
    pub echo: Vec<u8>,
    /// Whether `-L` and `-S` are passed over.
    pub silent: bool,
    /// What to say on standard error although nothing is wrong.
    pub warnings: Vec<Vec<u8>>,
}

impl Model {
    /// A table of which nothing is known.
    pub fn new(family: Family) -> Self {
        let (chains, echo) = (Vec::new(), Vec::new());
        let (renamed, gone) = (Vec::new(), Vec::new());
        Model { family, chains, fresh: false, renamed, gone, foreign: false, echo, silent: false, warnings: Vec::new() }
    }

    /// The table as it is.
    pub fn read(socket: &mut NetfilterSocket, family: Family) -> Result<Self> {
        let (there, all) = table::snapshot(socket, family, None)?;
        let mut model = Model { foreign: !there.foreign.is_empty(), ..Self::new(family) };
        for filled in all?.into_iter().filter(|filled| filled.chain.is_some()) {
            let mut draft = Draft::new(filled.name, 0);
            (draft.there, draft.kept) = (filled.chain, filled.rules.len());
            draft.rules.extend(filled.rules.into_iter().map(|placed| (placed.rule, 0)));
            model.chains.push(draft);
        }
        Ok(model)
    }

    /// Has the table made anew.
    pub fn empty(&mut self, verbose: bool) {
        let mut echo = std::mem::take(&mut self.echo);
        if verbose {
            table::BUILT_IN.iter().for_each(|chain| print::done(&mut echo, "Flushing", chain.name.as_bytes()));
            for what in ["Flushing", "Deleting"] {
                let users = self.chains.iter().filter(|chain| !is_built_in(&chain.name));
                users.for_each(|chain| print::done(&mut echo, what, &chain.name));
            }
        }
        let warnings = std::mem::take(&mut self.warnings);
        *self = Model { fresh: true, echo, silent: self.silent, warnings, ..Self::new(self.family) };
    }

    /// The chain of that name; a built-in one is there without being made.
    fn find(&mut self, name: &[u8]) -> Result<&mut Draft> {
        if !self.has(name) || self.chains.iter().any(|chain| chain.hidden.is_some() && *chain.name == *name) {
            return Err(Problem::no_such_name());
        }
        let at = self.chains.iter().position(|chain| *chain.name == *name).unwrap_or(self.chains.len());
        if at == self.chains.len() {
            self.chains.push(Draft::new(name.into(), 0));
        }
        self.chains.get_mut(at).ok_or_else(Problem::no_such_name)
    }

    /// As [`Model::find`], of a chain that is there or was asked for.
    fn existing(&mut self, name: &[u8]) -> Result<&mut Draft> {
        let chain = self.find(name)?;
        if chain.exists() { Ok(chain) } else { Err(Problem::no_such_name()) }
    }

    /// Whether there is such a chain.
    pub fn has(&self, name: &[u8]) -> bool {
        is_built_in(name) || self.chains.iter().any(|chain| *chain.name == *name)
    }

    /// `:CHAIN POLICY [P:B]`: makes the chain, or empties it; of a built-in one it sets policy and counters.
    pub fn declare(&mut self, name: &[u8], policy: &[u8], counters: Option<(u64, u64)>, line: usize) -> Result<()> {
        if is_built_in(name) {
            let policy = match policy {
                b"-" => None,
                // For files alone: `-P` refuses it.
                b"DROP" => Some(NF_DROP as u32),
                _ => Some(check_policy(policy)?),
            };
            let chain = self.find(name)?;
            chain.wanted = true;
            chain.line = line;
            chain.policy = policy;
            chain.counters = Some(counters.unwrap_or((0, 0)));
            return Ok(());
        }
        crate::values::new_name(name, None)?;
        match self.find(name) {
            Ok(chain) => chain.clear(),
            Err(_) => self.make(name, line),
        }
        Ok(())
    }

    fn make(&mut self, name: &[u8], line: usize) {
        self.chains.push(Draft { wanted: true, ..Draft::new(name.into(), line) });
    }

    /// Does what one line asks for.
    pub fn apply(&mut self, command: &Command, line: usize) -> Result<()> {
        if let Some(target) = command.rules.first().and_then(change::jump).filter(|target| !self.has(target)) {
            return Err(Problem::no_chain(target));
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
            Verb::Replace(number) => self.existing(name)?.replace(*number, &command.rules, line)?,
            Verb::DeleteNumber(number) => self.existing(name)?.delete(*number)?,
            Verb::Delete => command.rules.iter().try_for_each(|rule| self.find(name)?.delete_same(rule))?,
            Verb::Check => {
                let chain = self.find(name).map_err(|_| Problem::no_such_rule())?;
                command.rules.iter().try_for_each(|rule| chain.position(rule).map(drop))?;
            }
            Verb::Flush => self.each(command, &mut |chain| {
                chain.clear();
                chain.wanted |= command.chain.is_some();
                Ok(())
            })?,
            Verb::Zero(number) => self.each(command, &mut |chain| chain.zero(*number))?,
            Verb::NewChain if self.has(name) => return Err(Problem::refused("Chain already exists.")),
            Verb::NewChain => self.make(name, line),
            Verb::DeleteChain => self.delete_chains(command.chain.as_deref(), line)?,
            Verb::Rename => self.rename(name, &command.to, line)?,
            Verb::Policy => {
                let policy = check_policy(&command.to)?;
                if !is_built_in(name) {
                    return Err(Problem::refused("Bad built-in chain name."));
                }
                let chain = self.find(name)?;
                (chain.wanted, chain.policy, chain.counters) = (true, Some(policy), Some((0, 0)));
            }
            Verb::List(_) | Verb::Save(_) if self.silent => (),
            Verb::List(number) => {
                let all = self.listed(command.chain.as_deref())?;
                show::list(&all, self.foreign, command, *number, &mut self.echo)?;
            }
            Verb::Save(number) => {
                let all = self.listed(command.chain.as_deref())?;
                show::save(&all, self.foreign, command, *number, &mut self.echo)?;
            }
            // Those end a file.
            Verb::Help | Verb::Version => (),
        }
        Ok(())
    }

    /// The chains to be shown, as the lines so far leave them: built-in ones, then the others by name; or that one.
    fn listed(&self, only: Option<&[u8]>) -> Result<Vec<Filled>> {
        let (mut all, mut users) = (Vec::new(), Vec::new());
        for name in table::BUILT_IN.iter().map(|chain| chain.name.as_bytes()) {
            if only.is_none_or(|only| only == name) {
                let found = self.chains.iter().find(|chain| chain.shown_name() == name);
                all.push(found.map_or_else(|| Draft::new(name.into(), 0).filled(), Draft::filled));
            }
        }
        for chain in &self.chains {
            let wanted = match only {
                Some(only) => all.is_empty() && users.is_empty() && chain.shown_name() == only,
                None => !is_built_in(&chain.name),
            };
            if wanted {
                users.push(chain.filled());
            }
        }
        netmite_output::sort_by(&mut users, |one, other| one.name < other.name);
        all.append(&mut users);
        if all.is_empty() { Err(Problem::no_such_name()) } else { Ok(all) }
    }

    fn each(&mut self, command: &Command, change: &mut dyn FnMut(&mut Draft) -> Result<()>) -> Result<()> {
        match command.chain.as_deref() {
            Some(name) => change(self.find(name)?),
            None => self.chains.iter_mut().try_for_each(change),
        }
    }

    fn delete_chains(&mut self, only: Option<&[u8]>, line: usize) -> Result<()> {
        if let Some(name) = only {
            self.existing(name)?;
        }
        // Without a name built-in chains that hold nothing go as well.
        let goes = |chain: &Draft| match only {
            Some(name) => *chain.name == *name,
            None => !is_built_in(&chain.name) || chain.rules.is_empty(),
        };
        let used = |name: &[u8]| {
            let mut rules = self.chains.iter().flat_map(|chain| &chain.rules);
            rules.any(|(rule, _)| rule.as_ref().and_then(change::jump) == Some(name))
        };
        if let Some(busy) =
            self.chains.iter().find(|chain| goes(chain) && (!chain.rules.is_empty() || used(&chain.name)))
        {
            let about = [b"chain ", &*busy.name].concat();
            return Err(Problem::request_failed("CHAIN_DEL", "Device or resource busy", &about, line));
        }
        for chain in std::mem::take(&mut self.chains) {
            if !goes(&chain) {
                self.chains.push(chain);
            } else if chain.there.is_some() {
                self.gone.push(chain.name);
            }
        }
        Ok(())
    }

    fn rename(&mut self, from: &[u8], to: &[u8], line: usize) -> Result<()> {
        crate::values::new_name(to, Some(self.family))?;
        if self.has(to) {
            return Err(Problem::refused("File exists."));
        }
        let chain = self.existing(from)?;
        // The kernel knows a chain to be renamed by its number, which one that is made beside has not got yet.
        let Some(there) = &mut chain.there else {
            let about = [b"chain ", to].concat();
            return Err(Problem::request_failed("CHAIN_RENAME", "No such file or directory", &about, line));
        };
        there.name = to.into();
        let handle = there.handle;
        chain.hidden = Some(std::mem::replace(&mut chain.name, to.into()));
        self.renamed.push((handle, to.into(), line));
        for (rule, _) in self.chains.iter_mut().flat_map(|chain| &mut chain.rules) {
            if let Some(Target::Jump(name) | Target::Goto(name)) = rule.as_mut().map(|rule| &mut rule.target) {
                if **name == *from {
                    *name = to.into();
                }
            }
        }
        Ok(())
    }

    /// Plans what it takes to make the table so.
    pub fn plan(&self, plan: &mut Plan) -> Result<()> {
        let (family, own) = (self.family, table::name(self.family));
        if self.fresh {
            plan.table();
            plan.push(own.delete(), "TABLE_FLUSH", "table", table::NAT);
        }
        // Of nothing no table is made.
        if self.chains.iter().any(|chain| chain.there.is_none() && (chain.exists() || !is_built_in(&chain.name))) {
            plan.table();
        }
        for (handle, to, line) in &self.renamed {
            plan.line = *line;
            plan.push(own.rename_chain(*handle, to), "CHAIN_RENAME", "chain", to);
        }
        for chain in &self.chains {
            plan.line = chain.line;
            let (new, what) = match (&chain.there, table::built_in(&chain.name)) {
                (None, Some(built_in)) if chain.exists() => (built_in.chain(family), "CHAIN_ADD"),
                (None, None) => (Chain::new(own, &chain.name, None), "CHAIN_ADD"),
                (Some(there), _) if chain.counters.is_some() => (there.clone(), "CHAIN_UPDATE"),
                _ => continue,
            };
            plan.push(chain.set(new).create(false), what, "chain", &chain.name);
        }
        plan.line = 0;
        let emptied = self.chains.iter().filter(|chain| chain.changed && chain.there.is_some());
        for name in emptied.map(|chain| &chain.name).chain(&self.gone) {
            plan.push(own.flush_rules(Some(name)), "RULE_FLUSH", "rule in chain", name);
        }
        for name in &self.gone {
            // One that was made again is filled anew instead.
            if !self.chains.iter().any(|chain| chain.name == *name) {
                plan.push(own.delete_empty_chain(name), "CHAIN_DEL", "chain", name);
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

fn check_policy(policy: &[u8]) -> Result<u32> {
    match policy {
        b"ACCEPT" => Ok(NF_ACCEPT as u32),
        b"DROP" => Err(Problem::no_dropping()),
        _ => Err(Problem::refused("Bad policy name.")),
    }
}
