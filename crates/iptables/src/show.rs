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
pub fn snapshot(socket: &mut NetfilterSocket, command: &Command, io: &mut Io) -> Result<(Chains, Vec<Filled>)> {
    loop {
        let generation = socket.generation()?;
        let chains = Chains::read(socket, command.family)?;
        let names = chains.names(command.chain.as_deref()).inspect_err(|_| {
            if chains.foreign.iter().any(|name| Some(&**name) == command.chain.as_deref()) {
                io.write(FOREIGN);
            }
        })?;
        let filled: Result<Vec<Filled>> = names.iter().map(|name| chains.fill(socket, name)).collect();
        if socket.generation()? == generation {
            return Ok((chains, filled?));
        }
    }
}

/// Where text goes: to a tool's output, or into memory.
pub trait Sink {
    /// What is being collected.
    fn buffer(&mut self) -> &mut Vec<u8>;
    /// Between two rules, when much may have been collected.
    fn drain(&mut self) {}
}

impl Sink for Io {
    fn buffer(&mut self) -> &mut Vec<u8> {
        Io::buffer(self)
    }
    fn drain(&mut self) {
        Io::drain(self);
    }
}

impl Sink for Vec<u8> {
    fn buffer(&mut self) -> &mut Vec<u8> {
        self
    }
}

/// What is said where there are base chains that iptables does not have.
pub const FOREIGN: &[u8] = b"# Table `nat' contains incompatible base-chains, use 'nft' tool to list them.\n";

/// All rules in iptables' terms; and the line about base chains that iptables does not have.
fn readable<'f>(all: &'f [Filled], foreign: bool, to: &mut dyn Sink) -> Result<Vec<Vec<&'f Rule>>> {
    let rules = all.iter().map(Filled::readable).collect::<Result<_>>()?;
    if foreign && all.len() > 1 {
        to.buffer().extend_from_slice(FOREIGN);
    }
    Ok(rules)
}

/// `-L`, of these chains; `foreign` says whether there are base chains that iptables does not have.
pub fn list(all: &[Filled], foreign: bool, command: &Command, number: Option<u32>, to: &mut dyn Sink) -> Result<()> {
    let rules = readable(all, foreign, to)?;
    for (at, (filled, rules)) in all.iter().zip(rules).enumerate() {
        if number.is_none() {
            if at > 0 {
                to.buffer().push(b'\n');
            }
            title(filled, command.style, to.buffer());
        }
        for (number, rule) in numbered(&rules, number) {
            print::listed(to.buffer(), command.family, rule, number, command.style);
            to.drain();
        }
    }
    Ok(())
}

/// `-S`, as [`list`].
pub fn save(all: &[Filled], foreign: bool, command: &Command, number: Option<u32>, to: &mut dyn Sink) -> Result<()> {
    let rules = readable(all, foreign, to)?;
    let heads = if number.is_some() { &[] } else { all };
    for filled in heads {
        let buffer = to.buffer();
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
            let buffer = to.buffer();
            buffer.extend_from_slice(b"-A ");
            buffer.extend_from_slice(&filled.name);
            print::saved(buffer, command.family, rule, command.style.verbose);
            buffer.push(b'\n');
            to.drain();
        }
    }
    Ok(())
}

fn numbered<'a>(rules: &'a [&'a Rule], only: Option<u32>) -> impl Iterator<Item = (usize, &'a Rule)> {
    let only = only.map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    let all = rules.iter().copied().enumerate().map(|(at, rule)| (at + 1, rule));
    all.filter(move |(number, _)| only.is_none_or(|only| only == *number))
}

fn title(filled: &Filled, style: Style, buffer: &mut Vec<u8>) {
    buffer.extend_from_slice(b"Chain ");
    buffer.extend_from_slice(&filled.name);
    if table::built_in(&filled.name).is_some() {
        buffer.extend_from_slice(format!(" (policy {}", filled.policy()).as_bytes());
        if style.verbose {
            print::policy_count(buffer, filled.counters(), style.exact);
        }
        buffer.extend_from_slice(b")\n");
    } else {
        // In the midst of a file there may be more rules than the kernel knows of.
        let count = filled.references().map(|count| format!(" ({count} references)\n"));
        buffer.extend_from_slice(count.as_deref().unwrap_or(" (ERROR obtaining refs)\n").as_bytes());
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
