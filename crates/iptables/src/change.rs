//! The verbs that change rules and chains: each is a plan, which is one transaction.

use crate::command::{Command, Verb};
use crate::print;
use crate::problem::{Problem, Result};
use crate::rule::{Family, Rule, Target};
use crate::table::{self, Chains, Filled};
use crate::transaction::Plan;
use netmite_netlink::nftables::uapi::NF_ACCEPT;
use netmite_netlink::nftables::{Chain, NetfilterSocket, Place};

/// Plans one verb of `command`.
pub fn plan(socket: &mut NetfilterSocket, plan: &mut Plan, command: &Command, verb: &Verb) -> Result<()> {
    let chains = Chains::read(socket, command.family)?;
    let chain = command.chain.as_deref().unwrap_or(b"");
    if let (true, Some(target)) = (command.jumps, command.rules.first().and_then(jump)) {
        if !chains.has(target) {
            return Err(Problem::no_chain(target));
        }
    }
    match verb {
        Verb::Append | Verb::Insert(_) | Verb::Replace(_) | Verb::Delete | Verb::DeleteNumber(_) => {
            let lists = !matches!(verb, Verb::Append | Verb::Insert(1));
            let filled = if lists { chains.fill(socket, chain)? } else { empty(chain) };
            rules(plan, command, &chains, &filled, verb)?;
        }
        Verb::Flush => flush(plan, command, &chains)?,
        Verb::Zero(number) => zero(socket, plan, command, &chains, *number)?,
        Verb::NewChain => {
            if chains.has(chain) {
                return Err(Problem::refused("Chain already exists."));
            }
            plan.table();
            let new = Chain::new(table::name(command.family), chain, None);
            plan.push(new.create(true), "CHAIN_USER_ADD", "chain", chain);
        }
        Verb::DeleteChain => delete_chains(plan, command, &chains)?,
        Verb::Rename => rename(plan, command.family, &chains, chain, &command.to)?,
        Verb::Policy => policy(plan, command, &chains)?,
        Verb::Check | Verb::List(_) | Verb::Save(_) | Verb::Help | Verb::Version => (),
    }
    Ok(())
}

fn empty(name: &[u8]) -> Filled {
    Filled { chain: None, name: name.into(), rules: Vec::new() }
}

/// The chain that a rule leads to.
pub fn jump(rule: &Rule) -> Option<&[u8]> {
    match &rule.target {
        Target::Jump(chain) | Target::Goto(chain) => Some(chain),
        _ => None,
    }
}

fn rules(plan: &mut Plan, command: &Command, chains: &Chains, filled: &Filled, verb: &Verb) -> Result<()> {
    let chain = &*filled.name;
    let append = *verb == Verb::Append;
    if command.style.verbose && append {
        command.rules.iter().for_each(|rule| print::echoed(&mut plan.echo, command.family, rule));
    }
    match verb {
        Verb::Append => {
            plan.ensure(chains, chain)?;
            command.rules.iter().for_each(|rule| plan.rule(chain, rule, Place::Last));
        }
        Verb::Insert(number) => insert(plan, command, chains, filled, *number)?,
        Verb::Replace(number) => {
            if chains.get(chain).is_none() {
                return Err(Problem::no_such_name());
            }
            // Of several addresses the original takes the first.
            let rule = command.rules.first().ok_or_else(Problem::no_such_rule)?;
            let old = at(filled, *number).ok_or_else(|| Problem::refused("Index of replacement too big."))?;
            plan.rule(chain, rule, Place::InsteadOf(old.handle));
        }
        Verb::DeleteNumber(number) => {
            if chains.get(chain).is_none() {
                return Err(Problem::no_such_name());
            }
            let old = at(filled, *number).ok_or_else(|| Problem::refused("Index of deletion too big."))?;
            plan.delete_rule(chain, old.handle);
            return Ok(());
        }
        _ => {
            let mut gone = Vec::new();
            for rule in &command.rules {
                let handle = find(filled, rule, &gone).ok_or_else(Problem::no_such_rule)?;
                gone.push(handle);
                plan.delete_rule(chain, handle);
            }
        }
    }
    if command.style.verbose && !append {
        command.rules.iter().for_each(|rule| print::echoed(&mut plan.echo, command.family, rule));
    }
    Ok(())
}

fn at(filled: &Filled, number: u32) -> Option<&table::Placed> {
    filled.rules.get(usize::try_from(number).ok()?.checked_sub(1)?)
}

/// The handle of the first rule that is the same, but for those in `gone`.
pub fn find(filled: &Filled, rule: &Rule, gone: &[u64]) -> Option<u64> {
    let same = |placed: &&table::Placed| placed.rule.as_ref().is_some_and(|found| found.same(rule));
    let mut fitting = filled.rules.iter().filter(same).map(|placed| placed.handle);
    fitting.find(|handle| !gone.contains(handle))
}

/// Several rules end up in reverse: each is put at the number that was asked for.
fn insert(plan: &mut Plan, command: &Command, chains: &Chains, filled: &Filled, number: u32) -> Result<()> {
    let chain = &*filled.name;
    plan.ensure(chains, chain)?;
    if number == 1 {
        command.rules.iter().for_each(|rule| plan.rule(chain, rule, Place::First));
        return Ok(());
    }
    let place = match at(filled, number) {
        Some(behind) => Place::Before(behind.handle),
        None if at(filled, number - 1).is_some() => Place::Last,
        None => return Err(Problem::refused("Index of insertion too big.")),
    };
    command.rules.iter().rev().for_each(|rule| plan.rule(chain, rule, place));
    Ok(())
}

fn flush(plan: &mut Plan, command: &Command, chains: &Chains) -> Result<()> {
    if command.chain.is_none() && !command.style.verbose {
        // Those of chains that iptables does not have go as well.
        if chains.any() {
            plan.push(table::name(command.family).flush_rules(None), "RULE_FLUSH", "rule in chain", b"");
        }
        return Ok(());
    }
    for name in chains.names(command.chain.as_deref())? {
        if command.style.verbose {
            print::done(&mut plan.echo, "Flushing", &name);
        }
        plan.ensure(chains, &name)?;
        if chains.get(&name).is_some() {
            let message = table::name(command.family).flush_rules(Some(&name));
            plan.push(message, "RULE_FLUSH", "rule in chain", &name);
        }
    }
    Ok(())
}

fn zero(
    socket: &mut NetfilterSocket,
    plan: &mut Plan,
    command: &Command,
    chains: &Chains,
    number: Option<u32>,
) -> Result<()> {
    for name in chains.names(command.chain.as_deref())? {
        let filled = chains.fill(socket, &name)?;
        if number.is_some_and(|number| at(&filled, number).is_none()) {
            return Err(Problem::no_such_rule());
        }
        if command.style.verbose {
            print::done(&mut plan.echo, "Zeroing", &name);
        }
        if let (None, Some(chain), true) = (number, &filled.chain, filled.counters() != (0, 0)) {
            let mut chain = chain.clone();
            if let Some(hook) = &mut chain.hook {
                hook.counters = Some((0, 0));
            }
            plan.push(chain.create(false), "CHAIN_ZERO", "chain", &name);
        }
        for (at, placed) in (1..).zip(&filled.rules) {
            if number.is_some_and(|number| number != at) {
                continue;
            }
            let rule = placed.rule.as_ref().ok_or_else(table::incompatible)?;
            if rule.counters != (0, 0) {
                let zeroed = Rule { counters: (0, 0), ..rule.clone() };
                plan.rule(&name, &zeroed, Place::InsteadOf(placed.handle));
            }
        }
    }
    Ok(())
}

fn delete_chains(plan: &mut Plan, command: &Command, chains: &Chains) -> Result<()> {
    let mut names: Vec<&[u8]> = Vec::new();
    match command.chain.as_deref() {
        Some(name) if chains.get(name).is_some() => names.push(name),
        Some(_) => return Err(Problem::no_such_name()),
        None => {
            names.extend(chains.users().map(|chain| &*chain.name));
            // Built-in chains that hold nothing go as well; nobody is told.
            for own in &table::BUILT_IN {
                if chains.get(own.name.as_bytes()).is_some_and(|chain| chain.used == 0) {
                    names.push(own.name.as_bytes());
                }
            }
        }
    }
    for name in names {
        if command.style.verbose && table::built_in(name).is_none() {
            print::done(&mut plan.echo, "Deleting", name);
        }
        let message = table::name(command.family).delete_empty_chain(name);
        plan.push(message, "CHAIN_DEL", "chain", name);
    }
    Ok(())
}

fn rename(plan: &mut Plan, family: Family, chains: &Chains, from: &[u8], to: &[u8]) -> Result<()> {
    crate::values::new_name(to, Some(family))?;
    if chains.has(to) {
        return Err(Problem::refused("File exists."));
    }
    let chain = chains.get(from).ok_or_else(Problem::no_such_name)?;
    let message = table::name(family).rename_chain(chain.handle, to);
    plan.push(message, "CHAIN_RENAME", "chain", to);
    Ok(())
}

fn policy(plan: &mut Plan, command: &Command, chains: &Chains) -> Result<()> {
    let name = command.chain.as_deref().unwrap_or(b"");
    match &*command.to {
        b"ACCEPT" => (),
        b"DROP" => return Err(Problem::no_dropping()),
        _ => return Err(Problem::refused("Bad policy name. Run `dmesg' for more information.")),
    }
    let built_in = table::built_in(name).ok_or_else(|| Problem::refused("Bad built-in chain name."))?;
    plan.table();
    let mut chain = chains.get(name).cloned().unwrap_or_else(|| built_in.chain(command.family));
    if let Some(hook) = &mut chain.hook {
        hook.policy = NF_ACCEPT as u32;
        // The original's policy begins to count anew, whatever `-c` says.
        hook.counters = Some((0, 0));
    }
    plan.push(chain.create(false), "CHAIN_UPDATE", "chain", name);
    Ok(())
}
