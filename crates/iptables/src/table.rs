//! The nat table as the kernel has it: chains and rules, in the order they are shown.

use crate::decode;
use crate::problem::{Problem, Result};
use crate::rule::{Family, Rule};
use netmite_netlink::nftables::uapi::*;
use netmite_netlink::nftables::{Bytes, Chain, Hook, NetfilterSocket, TableName};

/// The table that is served.
pub const NAT: &[u8] = b"nat";

/// A chain that is there without being made.
#[derive(Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// Its hook.
    pub hook: u32,
    /// Its priority.
    pub priority: i32,
}

/// The built-in chains of the nat table, in the order they are shown.
pub static BUILT_IN: [BuiltIn; 4] = [
    BuiltIn { name: "PREROUTING", hook: NF_INET_PRE_ROUTING, priority: -100 },
    BuiltIn { name: "INPUT", hook: NF_INET_LOCAL_IN, priority: 100 },
    BuiltIn { name: "OUTPUT", hook: NF_INET_LOCAL_OUT, priority: -100 },
    BuiltIn { name: "POSTROUTING", hook: NF_INET_POST_ROUTING, priority: 100 },
];

/// The built-in chain of that name.
pub fn built_in(name: &[u8]) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|chain| chain.name.as_bytes() == name)
}

impl BuiltIn {
    /// The chain as the kernel is told of it.
    pub fn chain(&self, family: Family) -> Chain {
        let hook = Hook {
            number: self.hook,
            priority: self.priority,
            kind: Bytes::from(NAT),
            policy: NF_ACCEPT as u32,
            counters: Some((0, 0)),
        };
        Chain::new(name(family), self.name.as_bytes(), Some(hook))
    }

    /// Whether packets meet it behind routing, where it is their source that may be rewritten.
    pub fn is_behind(&self) -> bool {
        self.priority > 0
    }

    fn fits(&self, hook: &Hook) -> bool {
        (hook.number, hook.priority, &*hook.kind) == (self.hook, self.priority, NAT)
    }
}

/// The table's name in its family.
pub fn name(family: Family) -> TableName<'static> {
    TableName { family: family.number(), name: NAT }
}

/// A rule in its chain.
#[derive(Debug)]
pub struct Placed {
    /// The kernel's number for it, or for what it is to be put in the place of; 0 of one that is to be added.
    pub handle: u64,
    /// The rule; `None` where iptables has no words for it.
    pub rule: Option<Rule>,
    /// Whether the kernel is to be told of it.
    pub new: bool,
    /// The line of a file that it is from, or 0.
    pub line: usize,
}

impl Placed {
    /// One that is to be added.
    #[inline(never)]
    pub fn new(rule: &Rule, line: usize) -> Self {
        Placed { handle: 0, rule: Some(rule.clone()), new: true, line }
    }

    fn there(handle: u64, rule: Option<Rule>) -> Self {
        Placed { handle, rule, new: false, line: 0 }
    }
}

/// The number in place of all rules of a chain that were not looked at.
pub const UNREAD: u64 = u64::MAX;

/// A chain and its rules.
#[derive(Debug)]
pub struct Filled {
    /// The chain; `None` for a built-in one that does not exist yet.
    pub chain: Option<Chain>,
    /// Its name.
    pub name: Bytes,
    /// Its rules, in order.
    pub rules: Vec<Placed>,
}

impl Filled {
    /// A chain that is not there.
    pub fn empty(name: Bytes) -> Self {
        Filled { chain: None, name, rules: Vec::new() }
    }

    /// How many jumps lead here. The kernel counts rules and jumps together; `None` where it knows fewer rules.
    pub fn references(&self) -> Option<u64> {
        let used = self.chain.as_ref().map_or(0, |chain| u64::from(chain.used));
        used.checked_sub(u64::try_from(self.rules.len()).unwrap_or(u64::MAX))
    }

    /// The policy's counters, of a base chain.
    pub fn counters(&self) -> (u64, u64) {
        let hook = self.chain.as_ref().and_then(|chain| chain.hook.as_ref());
        hook.and_then(|hook| hook.counters).unwrap_or((0, 0))
    }

    /// What the policy is called.
    pub fn policy(&self) -> &'static str {
        let hook = self.chain.as_ref().and_then(|chain| chain.hook.as_ref());
        if hook.is_some_and(|hook| hook.policy == NF_DROP as u32) { "DROP" } else { "ACCEPT" }
    }

    /// Refuses a chain that has rules for which iptables has no words.
    pub fn check(&self) -> Result<()> {
        if self.rules.iter().all(|placed| placed.rule.is_some()) { Ok(()) } else { Err(incompatible()) }
    }
}

/// A rule that only nft can show is in the table.
pub fn incompatible() -> Problem {
    Problem::failed(1, "table `nat' is incompatible, use 'nft' tool.")
}

/// The chains of the table.
#[derive(Debug)]
pub struct Chains {
    /// IPv4 or IPv6.
    pub family: Family,
    all: Vec<Chain>,
    /// The names of base chains that iptables would not make.
    pub foreign: Vec<Bytes>,
}

impl Chains {
    /// Asks the kernel.
    pub fn read(socket: &mut NetfilterSocket, family: Family) -> Result<Self> {
        let (mut all, mut foreign) = (Vec::new(), Vec::new());
        for chain in socket.chains(family.number())? {
            let fits = match &chain.hook {
                Some(hook) => built_in(&chain.name).is_some_and(|built_in| built_in.fits(hook)),
                None => true,
            };
            match &*chain.table {
                NAT if fits => all.push(chain),
                NAT => foreign.push(chain.name),
                _ => (),
            }
        }
        netmite_output::sort_by(&mut all, |one, other| one.name < other.name);
        Ok(Chains { family, foreign, all })
    }

    /// The chain of that name, if it exists in the kernel.
    pub fn get(&self, name: &[u8]) -> Option<&Chain> {
        self.all.iter().find(|chain| &*chain.name == name)
    }

    /// Whether rules can be put there: it exists, or is built in.
    pub fn has(&self, name: &[u8]) -> bool {
        built_in(name).is_some() || self.get(name).is_some()
    }

    /// The names of the chains made by users.
    pub fn users(&self) -> impl Iterator<Item = &Chain> {
        self.all.iter().filter(|chain| chain.hook.is_none())
    }

    /// The names to be shown: built-in chains, then the others by name; or the one that is asked for.
    pub fn names(&self, only: Option<&[u8]>) -> Result<Vec<Bytes>> {
        match only {
            Some(name) if self.has(name) => Ok(vec![name.into()]),
            Some(_) => Err(Problem::no_such_name()),
            None => {
                let mut all = Vec::new();
                all.extend(BUILT_IN.iter().map(|chain| Bytes::from(chain.name.as_bytes())));
                all.extend(self.users().map(|chain| chain.name.clone()));
                Ok(all)
            }
        }
    }

    fn filled(&self, socket: &mut NetfilterSocket, only: Option<&[u8]>) -> Result<Vec<Filled>> {
        let mut all = Vec::new();
        for name in self.names(only)? {
            all.push(self.fill(socket, name, true)?);
        }
        Ok(all)
    }

    /// A chain with its rules; those that are not to be looked at are one that is [`UNREAD`].
    pub fn fill(&self, socket: &mut NetfilterSocket, name: Bytes, look: bool) -> Result<Filled> {
        let mut filled = Filled::empty(name);
        filled.chain = self.get(&filled.name).cloned();
        match &filled.chain {
            Some(chain) if look => {
                for rule in socket.rules(crate::table::name(self.family), Some(&chain.name))? {
                    filled.rules.push(Placed::there(rule.handle, decode::decode(self.family, &rule)));
                }
            }
            Some(chain) if chain.used > 0 => filled.rules.push(Placed::there(UNREAD, None)),
            _ => (),
        }
        Ok(filled)
    }
}

/// The chains to be shown, of one moment: read again if they changed while being read. What is wrong with the name `only`
/// is told apart from what is wrong with the kernel.
pub fn snapshot(
    socket: &mut NetfilterSocket,
    family: Family,
    only: Option<&[u8]>,
) -> Result<(Chains, Result<Vec<Filled>>)> {
    loop {
        let generation = socket.generation()?;
        let chains = Chains::read(socket, family)?;
        let filled = chains.filled(socket, only);
        if filled.is_err() || socket.generation()? == generation {
            return Ok((chains, filled));
        }
    }
}

/// Says on standard error that there are tables of the older interface, which are not shown; `suffix` of the program to use.
pub fn warn_of_legacy(family: Family, suffix: &str, io: &mut netmite_output::Io) {
    let path = match family {
        Family::V4 => "/proc/net/ip_tables_names",
        Family::V6 => "/proc/net/ip6_tables_names",
    };
    if netmite_netlink::sys::file::contents(path).is_ok_and(|names| !names.is_empty()) {
        let program = family.program();
        let text = format!("# Warning: {program}-legacy tables present, use {program}-legacy{suffix} to see them");
        io.error(text);
    }
}
