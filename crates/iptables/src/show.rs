//! The verbs that show: `-L`, `-S`.

use crate::command::Command;
use crate::print::{self, Style};
use crate::problem::Result;
use crate::rule::Rule;
use crate::table::{self, Filled};
use crate::text::Text;
use netmite_netlink::nftables::NetfilterSocket;
use netmite_output::Io;

/// Reads the chains to be shown, all of one moment, and says whether there are base chains that iptables does not have.
pub fn snapshot(socket: &mut NetfilterSocket, command: &Command, io: &mut Io) -> Result<(bool, Vec<Filled>)> {
    let only = command.chain.as_deref();
    let (chains, all) = table::snapshot(socket, command.family, only)?;
    if all.is_err() && chains.foreign.iter().any(|name| Some(&**name) == only) {
        io.write(FOREIGN);
    }
    Ok((!chains.foreign.is_empty(), all?))
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

/// Refuses rules for which iptables has no words; and the line about base chains that iptables does not have.
fn check_all(all: &[&Filled], foreign: bool, to: &mut dyn Sink) -> Result<()> {
    all.iter().try_for_each(|filled| filled.check())?;
    if foreign && all.len() > 1 {
        to.buffer().extend_from_slice(FOREIGN);
    }
    Ok(())
}

/// `-L`, of these chains; `foreign` says whether there are base chains that iptables does not have.
pub fn list(all: &[&Filled], foreign: bool, command: &Command, number: Option<u32>, to: &mut dyn Sink) -> Result<()> {
    check_all(all, foreign, to)?;
    for (at, filled) in all.iter().enumerate() {
        if number.is_none() {
            if at > 0 {
                to.buffer().push(b'\n');
            }
            title(filled, command.style, to.buffer());
        }
        each(filled, number, to, &mut |buffer, number, rule| {
            print::listed(buffer, command.family, rule, number, command.style);
        });
    }
    Ok(())
}

/// `-S`, as [`list`].
pub fn save(all: &[&Filled], foreign: bool, command: &Command, number: Option<u32>, to: &mut dyn Sink) -> Result<()> {
    check_all(all, foreign, to)?;
    let heads = if number.is_some() { &[] } else { all };
    for filled in heads {
        let buffer = to.buffer();
        let built_in = table::built_in(&filled.name).is_some();
        buffer.put(if built_in { "-P " } else { "-N " });
        buffer.extend_from_slice(&filled.name);
        if built_in {
            write!(buffer, " {}", filled.policy());
        }
        if built_in && command.style.verbose {
            let (packets, bytes) = filled.counters();
            write!(buffer, " -c {packets} {bytes}");
        }
        buffer.push(b'\n');
    }
    for filled in all {
        each(filled, number, to, &mut |buffer, _, rule| {
            print::appended(buffer, command.family, &filled.name, rule, command.style.verbose);
        });
    }
    Ok(())
}

/// Hands each rule of a chain, or the one of that number, to `print`, with its number.
fn each(filled: &Filled, only: Option<u32>, to: &mut dyn Sink, print: &mut dyn FnMut(&mut Vec<u8>, usize, &Rule)) {
    let only = only.map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    for (number, placed) in (1..).zip(&filled.rules) {
        if let Some(rule) = placed.rule.as_ref().filter(|_| only.is_none_or(|only| only == number)) {
            print(to.buffer(), number, rule);
            to.drain();
        }
    }
}

fn title(filled: &Filled, style: Style, buffer: &mut Vec<u8>) {
    buffer.extend_from_slice(b"Chain ");
    buffer.extend_from_slice(&filled.name);
    if table::built_in(&filled.name).is_some() {
        write!(buffer, " (policy {}", filled.policy());
        if style.verbose {
            print::policy_count(buffer, filled.counters(), style.exact);
        }
        buffer.extend_from_slice(b")\n");
    } else {
        // In the midst of a file there may be more rules than the kernel knows of.
        match filled.references() {
            Some(count) => writeln!(buffer, " ({count} references)"),
            None => buffer.put(" (ERROR obtaining refs)\n"),
        }
    }
    print::heading(buffer, style);
}
