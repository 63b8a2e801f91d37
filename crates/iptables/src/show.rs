//! The verbs that show: `-L`, `-S`; and `-C`, which says by its status.

use crate::change;
use crate::command::Command;
use crate::print::{self, Style};
use crate::problem::{Problem, Result};
use crate::rule::Rule;
use crate::table::{self, Chains, Filled};
use netmite_netlink::nftables::NetfilterSocket;
use netmite_output::Io;

/// Reads the chains to be shown, all of one moment: again if they changed while being read.
pub fn snapshot(socket: &mut NetfilterSocket, command: &Command) -> Result<(Chains, Vec<Filled>)> {
    loop {
        let generation = socket.generation()?;
        let chains = Chains::read(socket, command.family)?;
        let names = chains.names(command.chain.as_deref())?;
        let filled: Result<Vec<Filled>> = names.iter().map(|name| chains.fill(socket, name)).collect();
        if socket.generation()? == generation {
            return Ok((chains, filled?));
        }
    }
}

/// The line about base chains that iptables does not have.
pub fn foreign(chains: &Chains, io: &mut Io) {
    if chains.foreign {
        io.write(b"# Table `nat' contains incompatible base-chains, use 'nft' tool to list them.\n");
    }
}

/// `-L`.
pub fn list(socket: &mut NetfilterSocket, command: &Command, number: Option<u32>, io: &mut Io) -> Result<()> {
    let (chains, all) = snapshot(socket, command)?;
    let rules: Result<Vec<Vec<&Rule>>> = all.iter().map(Filled::readable).collect();
    let rules = rules?;
    foreign(&chains, io);
    for (at, (filled, rules)) in all.iter().zip(rules).enumerate() {
        if number.is_none() {
            if at > 0 {
                io.write(b"\n");
            }
            title(filled, command.style, io);
        }
        for (number, rule) in numbered(&rules, number) {
            print::listed(io.buffer(), command.family, rule, number, command.style);
            io.drain();
        }
    }
    Ok(())
}

/// `-S`.
pub fn save(socket: &mut NetfilterSocket, command: &Command, number: Option<u32>, io: &mut Io) -> Result<()> {
    let (chains, all) = snapshot(socket, command)?;
    let rules: Result<Vec<Vec<&Rule>>> = all.iter().map(Filled::readable).collect();
    let rules = rules?;
    foreign(&chains, io);
    let heads = if number.is_some() { &[] } else { &*all };
    for filled in heads {
        let buffer = io.buffer();
        let built_in = table::built_in(&filled.name).is_some();
        buffer.extend_from_slice(if built_in { b"-P " } else { b"-N " });
        buffer.extend_from_slice(&filled.name);
        if built_in {
            buffer.extend_from_slice(format!(" {}", filled.policy()).as_bytes());
        }
        if built_in && command.style.verbose {
            let (packets, bytes) = filled.counters();
            buffer.extend_from_slice(format!(" -c {packets} {bytes}").as_bytes());
        }
        buffer.push(b'\n');
    }
    for (filled, rules) in all.iter().zip(rules) {
        for (_, rule) in numbered(&rules, number) {
            let buffer = io.buffer();
            buffer.extend_from_slice(b"-A ");
            buffer.extend_from_slice(&filled.name);
            print::saved(buffer, command.family, rule, command.style.verbose);
            buffer.push(b'\n');
            io.drain();
        }
    }
    Ok(())
}

fn numbered<'a>(rules: &'a [&'a Rule], only: Option<u32>) -> impl Iterator<Item = (usize, &'a Rule)> {
    let only = only.map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    let all = rules.iter().copied().enumerate().map(|(at, rule)| (at + 1, rule));
    all.filter(move |(number, _)| only.is_none_or(|only| only == *number))
}

fn title(filled: &Filled, style: Style, io: &mut Io) {
    let buffer = io.buffer();
    buffer.extend_from_slice(b"Chain ");
    buffer.extend_from_slice(&filled.name);
    if table::built_in(&filled.name).is_some() {
        buffer.extend_from_slice(format!(" (policy {}", filled.policy()).as_bytes());
        if style.verbose {
            print::policy_count(buffer, filled.counters(), style.exact);
        }
        buffer.extend_from_slice(b")\n");
    } else {
        buffer.extend_from_slice(format!(" ({} references)\n", filled.references()).as_bytes());
    }
    print::heading(buffer, style);
}

/// `-C`.
pub fn check(socket: &mut NetfilterSocket, command: &Command, io: &mut Io) -> Result<()> {
    let chains = Chains::read(socket, command.family)?;
    let chain = command.chain.as_deref().unwrap_or(b"");
    if let Some(target) = command.rules.first().and_then(change::jump).filter(|target| !chains.has(target)) {
        return Err(Problem::word("Chain '", target, "' does not exist"));
    }
    let filled = chains.fill(socket, chain)?;
    for rule in &command.rules {
        change::find(&filled, rule, &[]).ok_or_else(Problem::no_such_rule)?;
        if command.style.verbose {
            print::echoed(io.buffer(), command.family, rule);
        }
    }
    Ok(())
}
