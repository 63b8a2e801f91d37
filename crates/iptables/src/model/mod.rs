//! The verbs that change rules and chains, and `-C`: the table is changed here first, then brought about in one transaction.
//!
//! That serves a command line, which looks at no more of the kernel's rules than it has to, and the lines of a file. Rules
//! that stay are left alone.

mod draft;

use crate::command::{Command, Verb};
use crate::print;
use crate::problem::{Problem, Result, Warnings};
use crate::rule::{Family, Rule, Target};
use crate::show;
use crate::table::{self, Chains, Filled};
use crate::transaction::Plan;
use draft::Draft;
use netmite_netlink::nftables::uapi::{NF_ACCEPT, NF_DROP};
use netmite_netlink::nftables::{Bytes, Chain, NetfilterSocket};

/// The table under way.
#[derive(Debug)]
pub struct Model {
    family: Family,
    /// The chains in the order they were or will be made; built-in ones be they there or not.
    chains: Vec<Draft>,
    /// Whether the table is made anew.
    fresh: bool,
    /// Whether the rules of all chains go, be they chains that iptables does not have.
    emptied: bool,
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
    pub warnings: Warnings,
}

/// The chain that a rule leads to.
fn jump(rule: &Rule) -> Option<&[u8]> {
    match &rule.target {
        Target::Jump(chain) | Target::Goto(chain) => Some(chain),
        _ => None,
    }
}

impl Model {
    /// A table of which nothing is known.
    pub fn new(family: Family) -> Self {
        Self::with(family, table::BUILT_IN.iter().map(|own| Draft::empty(own.name.as_bytes())).collect())
    }

    fn with(family: Family, chains: Vec<Draft>) -> Self {
        Model {
            family,
            chains,
            fresh: false,
            emptied: false,
            renamed: Vec::new(),
            gone: Vec::new(),
            foreign: false,
            echo: Vec::new(),
            silent: false,
            warnings: Warnings::default(),
        }
    }

    /// The table as it is; only the rules of chains that are `wanted` are looked at.
    pub fn read(socket: &mut NetfilterSocket, family: Family, wanted: &dyn Fn(&[u8]) -> bool) -> Result<Self> {
        let there = Chains::read(socket, family)?;
        let mut chains = Vec::new();
        for name in there.names(None)? {
            let look = wanted(&name);
            chains.push(Draft::new(there.fill(socket, name, look)?));
        }
        Ok(Model { foreign: !there.foreign.is_empty(), ..Self::with(family, chains) })
    }

    /// As much of the table as a verb of a command line has to look at.
    pub fn of(socket: &mut NetfilterSocket, command: &Command, verb: &Verb) -> Result<Self> {
        let by_rule = matches!(verb, Verb::Replace(_) | Verb::Delete | Verb::DeleteNumber(_) | Verb::Check);
        let looks = by_rule || matches!(verb, Verb::Insert(2..) | Verb::Zero(_));
        let only = command.chain.as_deref();
        Self::read(socket, command.family, &|name| looks && only.is_none_or(|only| only == name))
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
        let found = self.chains.iter().position(|chain| *chain.name == *name && !chain.is_renamed());
        let mut at = found.ok_or_else(Problem::no_such_name)?;
        if self.chains.get(at).is_some_and(|chain| !chain.exists()) {
            // It is made behind those that lines before asked for.
            let chain = self.chains.remove(at);
            at = self.chains.len();
            self.chains.push(chain);
        }
        self.chains.get_mut(at).ok_or_else(Problem::no_such_name)
    }

    /// As [`Model::find`], of a chain that is there or was asked for.
    fn existing(&mut self, name: &[u8]) -> Result<&mut Draft> {
        let chain = self.find(name)?;
        if chain.exists() { Ok(chain) } else { Err(Problem::no_such_name()) }
    }

    /// Whether there is such a chain.
    fn has(&self, name: &[u8]) -> bool {
        self.chains.iter().any(|chain| *chain.name == *name)
    }

    /// `:CHAIN POLICY [P:B]`: makes the chain, or empties it; of a built-in one it sets policy and counters.
    pub fn declare(&mut self, name: &[u8], policy: &[u8], counters: Option<(u64, u64)>, line: usize) -> Result<()> {
        if is_built_in(name) {
            let policy = match policy {
                b"-" => None,
                // For files alone: `-P` refuses it.
                b"DROP" => Some(NF_DROP as u32),
                _ => Some(check_policy(policy, line)?),
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
            Ok(chain) => chain.clear(true),
            Err(_) => self.make(name, line),
        }
        Ok(())
    }

    fn make(&mut self, name: &[u8], line: usize) {
        let mut chain = Draft::empty(name);
        (chain.wanted, chain.line) = (true, line);
        self.chains.push(chain);
    }

    /// Does what a verb of a command asks for; `line` is that of a file, or 0.
    pub fn apply(&mut self, command: &Command, verb: &Verb, line: usize) -> Result<()> {
        if let Some(target) = command.rules.first().and_then(jump).filter(|target| !self.has(target)) {
            return Err(Problem::no_chain(target));
        }
        let (name, rules) = (command.chain.as_deref().unwrap_or(b""), &command.rules);
        if *verb == Verb::Append {
            self.echo(command);
        }
        match verb {
            Verb::Append => return self.find(name).map(|chain| chain.append(rules, line)),
            Verb::Insert(number) => self.find(name)?.insert(*number, rules, line)?,
            Verb::Replace(number) => self.existing(name)?.replace(*number, rules, line)?,
            Verb::DeleteNumber(number) => self.existing(name)?.delete(*number)?,
            Verb::Delete | Verb::Check => {
                let chain = self.find(name).map_err(|_| Problem::no_such_rule())?;
                for rule in rules {
                    let at = chain.position(rule)?;
                    if *verb == Verb::Delete {
                        chain.remove(at);
                    }
                }
            }
            Verb::Flush if command.chain.is_none() && !command.style.verbose => {
                self.emptied = self.foreign || self.chains.iter().any(|chain| chain.now.chain.is_some());
                self.chains.iter_mut().for_each(|chain| chain.clear(false));
            }
            Verb::Flush => self.each(command, "Flushing", &mut |chain| {
                chain.clear(true);
                chain.wanted = true;
                Ok(())
            })?,
            Verb::Zero(number) => self.each(command, "Zeroing", &mut |chain| chain.zero(*number))?,
            Verb::NewChain if self.has(name) => return Err(Problem::refused("Chain already exists.")),
            Verb::NewChain => self.make(name, line),
            Verb::DeleteChain => self.delete_chains(command, line)?,
            Verb::Rename => self.rename(name, &command.to, line)?,
            Verb::Policy => {
                let policy = check_policy(&command.to, line)?;
                if !is_built_in(name) {
                    return Err(Problem::refused("Bad built-in chain name."));
                }
                let chain = self.find(name)?;
                // The original's policy begins to count anew, whatever `-c` says.
                (chain.wanted, chain.policy, chain.counters) = (true, Some(policy), Some((0, 0)));
            }
            Verb::List(_) | Verb::Save(_) if self.silent => (),
            Verb::List(number) | Verb::Save(number) => {
                let all = listed(&self.chains, command.chain.as_deref())?;
                let show = if matches!(verb, Verb::List(_)) { show::list } else { show::save };
                show(&all, self.foreign, command, *number, &mut self.echo)?;
            }
            // Those end a file.
            Verb::Help | Verb::Version => (),
        }
        if matches!(verb, Verb::Insert(_) | Verb::Replace(_) | Verb::Delete | Verb::Check) {
            self.echo(command);
        }
        Ok(())
    }

    /// Has the command's rules shown, where that is wanted.
    fn echo(&mut self, command: &Command) {
        let rules = if command.style.verbose { &*command.rules } else { &[] };
        rules.iter().for_each(|rule| print::echoed(&mut self.echo, self.family, rule));
    }

    /// Changes the chain that is named, or each one, and says what is being done.
    fn each(&mut self, command: &Command, what: &str, change: &mut dyn FnMut(&mut Draft) -> Result<()>) -> Result<()> {
        let only = command.chain.as_deref();
        if let Some(name) = only {
            self.find(name)?;
        }
        for chain in &mut self.chains {
            if only.is_none_or(|only| only == &*chain.name) {
                change(chain)?;
                if command.style.verbose {
                    print::done(&mut self.echo, what, &chain.name);
                }
            }
        }
        Ok(())
    }

    fn delete_chains(&mut self, command: &Command, line: usize) -> Result<()> {
        let only = command.chain.as_deref();
        if let Some(name) = only {
            self.existing(name)?;
        }
        // Without a name built-in chains that hold nothing go as well.
        let goes = |chain: &Draft| match only {
            Some(name) => *chain.name == *name,
            None => !is_built_in(&chain.name) || chain.now.rules.is_empty(),
        };
        let used = |name: &[u8]| {
            let mut rules = self.chains.iter().flat_map(|chain| &chain.now.rules);
            rules.any(|placed| placed.rule.as_ref().and_then(jump) == Some(name))
        };
        let mut busy = None;
        for chain in self.chains.iter().filter(|chain| goes(chain)) {
            if command.style.verbose && !is_built_in(&chain.name) {
                print::done(&mut self.echo, "Deleting", &chain.name);
            }
            if busy.is_none() && (!chain.now.rules.is_empty() || used(&chain.name)) {
                busy = Some([b"chain ", &*chain.name].concat());
            }
        }
        if let Some(about) = busy {
            return Err(Problem::request_failed("CHAIN_DEL", "Device or resource busy", &about, line));
        }
        for chain in std::mem::take(&mut self.chains) {
            if !goes(&chain) {
                self.chains.push(chain);
                continue;
            }
            if is_built_in(&chain.name) {
                self.chains.push(Draft::empty(&chain.name));
            }
            self.gone.extend(Some(chain.name).filter(|_| chain.now.chain.is_some()));
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
        let Some(there) = &mut chain.now.chain else {
            let about = [b"chain ", to].concat();
            return Err(Problem::request_failed("CHAIN_RENAME", "No such file or directory", &about, line));
        };
        there.name = to.into();
        let handle = there.handle;
        chain.name = to.into();
        self.renamed.push((handle, to.into(), line));
        if is_built_in(from) {
            self.chains.push(Draft::empty(from));
        }
        for placed in self.chains.iter_mut().flat_map(|chain| &mut chain.now.rules) {
            if let Some(Target::Jump(name) | Target::Goto(name)) = placed.rule.as_mut().map(|rule| &mut rule.target) {
                if **name == *from {
                    *name = to.into();
                }
            }
        }
        Ok(())
    }

    /// Plans what it takes to make the table so.
    pub fn plan(&self, plan: &mut Plan) {
        let (family, own) = (self.family, table::name(self.family));
        if self.fresh {
            plan.table();
            plan.push(own.delete(), "TABLE_FLUSH", "table", table::NAT);
        }
        // Of nothing no table is made.
        let is_new = |chain: &Draft| chain.now.chain.is_none() && (chain.exists() || !is_built_in(&chain.name));
        if self.chains.iter().any(is_new) {
            plan.table();
        }
        for (handle, to, line) in &self.renamed {
            plan.line = *line;
            plan.push(own.rename_chain(*handle, to), "CHAIN_RENAME", "chain", to);
        }
        for chain in &self.chains {
            plan.line = chain.line;
            let (new, what) = match (&chain.now.chain, table::built_in(&chain.name)) {
                (None, Some(built_in)) if chain.exists() => (built_in.chain(family), "CHAIN_ADD"),
                (None, None) if chain.line > 0 => (Chain::new(own, &chain.name, None), "CHAIN_ADD"),
                (None, None) => (Chain::new(own, &chain.name, None), "CHAIN_USER_ADD"),
                (Some(there), _) if chain.policy.is_some() => (there.clone(), "CHAIN_UPDATE"),
                (Some(there), _) if chain.counters.is_some() => (there.clone(), "CHAIN_ZERO"),
                _ => continue,
            };
            plan.push(chain.set(new).create(what == "CHAIN_USER_ADD"), what, "chain", &chain.name);
        }
        plan.line = 0;
        if self.emptied {
            plan.flush(b"");
        }
        self.gone.iter().for_each(|name| plan.flush(name));
        self.chains.iter().for_each(|chain| chain.take_away(plan));
        self.chains.iter().for_each(|chain| chain.put(plan));
        plan.line = 0;
        // One that was made again is filled anew instead.
        for name in
            self.gone.iter().filter(|name| !self.chains.iter().any(|chain| chain.name == **name && chain.exists()))
        {
            plan.push(own.delete_empty_chain(name), "CHAIN_DEL", "chain", name);
        }
    }
}

/// The chains to be shown, as the lines so far leave them: built-in ones, then the others by name; or that one.
fn listed<'d>(chains: &'d [Draft], only: Option<&[u8]>) -> Result<Vec<&'d Filled>> {
    let (mut all, mut users) = (Vec::new(), Vec::new());
    for own in &table::BUILT_IN {
        all.extend(chains.iter().map(|chain| &chain.now).find(|now| *now.name == *own.name.as_bytes()));
    }
    users.extend(chains.iter().filter(|chain| !is_built_in(&chain.name)).map(|chain| &chain.now));
    netmite_output::sort_by(&mut users, |one, other| one.name < other.name);
    all.append(&mut users);
    if let Some(only) = only {
        all.retain(|filled| *filled.name == *only);
        all.truncate(1);
    }
    if all.is_empty() { Err(Problem::no_such_name()) } else { Ok(all) }
}

fn is_built_in(name: &[u8]) -> bool {
    table::built_in(name).is_some()
}

fn check_policy(policy: &[u8], line: usize) -> Result<u32> {
    match policy {
        b"ACCEPT" => Ok(NF_ACCEPT as u32),
        b"DROP" => Err(Problem::no_dropping()),
        _ if line > 0 => Err(Problem::refused("Bad policy name.")),
        _ => Err(Problem::refused("Bad policy name. Run `dmesg' for more information.")),
    }
}
