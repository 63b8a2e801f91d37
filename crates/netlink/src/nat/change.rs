//! Changes to entries, planned together: one transaction for all of them.

use super::rival::Holders;
use super::rule::{lookup, plain, userdata};
use super::shape::Shape;
use super::{Kind, Nat, TABLE};
use crate::error::{Error, Result};
use crate::extack::Refusal;
use crate::nftables::uapi::*;
use crate::nftables::{self, Batch, Chain, Change, Element, ElementChange, Hook, NetfilterSocket, Place, Rule, Set};

/// A change to one entry; [`NetfilterSocket::commit`] makes several at once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NatChange {
    /// Adds it, unless it is there.
    Add(Nat),
    /// Adds it; `EEXIST` if it is there.
    Create(Nat),
    /// Adds it in place of what matches the same.
    Replace(Nat),
    /// Takes it away; `ENOENT` if it is not there.
    Delete(Nat),
    /// Takes it away, if it is there.
    Destroy(Nat),
    /// Takes all entries away, and the table.
    Flush,
}

/// A chain of ours.
pub(super) struct OwnChain {
    pub(super) name: &'static str,
    hook: u32,
    /// Five before the priority that others use: what is ours decides.
    priority: i32,
}

/// Where destinations are rewritten. What this host sends itself passes output in place of prerouting: that has the rules for
/// what is published, once more.
static BEFORE: [OwnChain; 2] = [
    OwnChain { name: "prerouting", hook: NF_INET_PRE_ROUTING, priority: -105 },
    OwnChain { name: "output", hook: NF_INET_LOCAL_OUT, priority: -105 },
];

/// Where sources are rewritten.
static BEHIND: [OwnChain; 1] = [OwnChain { name: "postrouting", hook: NF_INET_POST_ROUTING, priority: 95 }];

/// The chains that entries are listed by, in the order packets meet them.
pub(super) static CHAINS: [&OwnChain; 2] = [&BEFORE[0], &BEHIND[0]];

/// The chain that an entry is listed by.
pub(super) fn chain_of(nat: &Nat) -> &'static OwnChain {
    let [before, behind] = CHAINS;
    if nat.rewrites_source() { behind } else { before }
}

/// All chains that an entry's rule is in.
fn chains_of(nat: &Nat) -> &'static [OwnChain] {
    match nat.local && !nat.rewrites_source() {
        true => &BEFORE,
        false => std::slice::from_ref(chain_of(nat)),
    }
}

impl Change for NatChange {
    fn apply(&self, socket: &mut NetfilterSocket, batch: &mut Batch) -> Result<()> {
        Self::apply_all(std::slice::from_ref(self), socket, batch)
    }

    fn apply_all(changes: &[Self], socket: &mut NetfilterSocket, batch: &mut Batch) -> Result<()> {
        let mut plan =
            Plan { socket, batch, known: Vec::new(), made: Vec::new(), run: None, flushed: false, holders: None };
        for change in changes {
            match change {
                NatChange::Add(nat) => plan.add(nat, ElementChange::Add)?,
                NatChange::Create(nat) => plan.add(nat, ElementChange::Create)?,
                NatChange::Replace(nat) => {
                    for rival in plan.rivals(nat)? {
                        plan.delete(&rival, false)?;
                    }
                    plan.put(nat, ElementChange::Add)?;
                }
                NatChange::Delete(nat) => plan.delete(nat, true)?,
                NatChange::Destroy(nat) => plan.delete(nat, false)?,
                NatChange::Flush => plan.flush()?,
            }
        }
        plan.end_run();
        Ok(())
    }
}

/// A transaction under way.
struct Plan<'a> {
    socket: &'a mut NetfilterSocket,
    batch: &'a mut Batch,
    /// The sets that exist, in order.
    known: Vec<String>,
    /// The chains that this transaction has made sure of.
    made: Vec<&'static str>,
    /// Elements for one set that are not yet in the batch.
    run: Option<(String, ElementChange, Vec<Element>)>,
    /// Whether all that was there is to be deleted by what is in the batch.
    flushed: bool,
    /// What was there before.
    holders: Option<Holders>,
}

impl Plan<'_> {
    fn add(&mut self, nat: &Nat, change: ElementChange) -> Result<()> {
        if !self.rivals(nat)?.is_empty() {
            return Err(refused(libc::EEXIST));
        }
        self.put(nat, change)
    }

    /// The entries that were there and would leave `nat` nothing to do.
    fn rivals(&mut self, nat: &Nat) -> Result<Vec<Nat>> {
        if self.flushed || nat.kind == Kind::Masquerade {
            return Ok(Vec::new());
        }
        let holders = match self.holders.take() {
            Some(holders) => holders,
            None => Holders::read(self.socket)?,
        };
        let found = holders.rivals(self.socket, nat);
        self.holders = Some(holders);
        found
    }

    fn put(&mut self, nat: &Nat, change: ElementChange) -> Result<()> {
        let Some(shape) = Shape::of(nat) else {
            chains_of(nat).iter().for_each(|own| self.chain(own));
            return self.add_rule(nat, change);
        };
        let name = shape.name();
        if let Err(place) = self.known.binary_search(&name) {
            // Where the set is, the rule that looks it up is, and so the chain.
            if self.flushed || self.socket.set(TABLE, name.as_bytes())?.is_none() {
                chains_of(nat).iter().for_each(|own| self.chain(own));
                self.add_set(&shape, &name, nat);
            }
            self.known.insert(place, name.clone());
        }
        let userdata = userdata(nat);
        let element = Element { key: shape.key_of(nat), data: shape.data_of(nat), userdata, counter: None };
        self.element(name, change, element);
        Ok(())
    }

    fn add_set(&mut self, shape: &Shape, name: &str, nat: &Nat) {
        self.end_run();
        let mut set = Set::new(TABLE, name.as_bytes(), shape.key(), shape.data());
        set.counted = true;
        set.userdata = shape.userdata();
        let id = u32::try_from(self.known.len()).unwrap_or(0).saturating_add(1);
        self.batch.push(set.create(id));
        for chain in chains_of(nat) {
            self.batch.push(Rule::new(TABLE, chain.name.as_bytes(), lookup(shape)).create(Place::Last));
        }
    }

    fn add_rule(&mut self, nat: &Nat, change: ElementChange) -> Result<()> {
        if self.find(nat)?.is_some() {
            return if change == ElementChange::Create { Err(refused(libc::EEXIST)) } else { Ok(()) };
        }
        self.end_run();
        for chain in chains_of(nat) {
            let mut rule = Rule::new(TABLE, chain.name.as_bytes(), plain(nat));
            rule.userdata = userdata(nat);
            self.batch.push(rule.create(Place::Last));
        }
        Ok(())
    }

    fn delete(&mut self, nat: &Nat, must: bool) -> Result<()> {
        match Shape::of(nat) {
            Some(shape) => {
                let (name, key) = (shape.name(), shape.key_of(nat));
                let there = self.socket.element(TABLE, name.as_bytes(), &key)?;
                let same = there.filter(|there| there.data == shape.data_of(nat));
                match same {
                    Some(_) => {
                        self.element(name, ElementChange::Delete, Element { key, ..Element::default() });
                        Ok(())
                    }
                    None if must => Err(refused(libc::ENOENT)),
                    None => Ok(()),
                }
            }
            None => {
                let mut found = false;
                let flushed = self.flushed;
                for own in chains_of(nat).iter().filter(|_| !flushed) {
                    let Some(handle) = find(self.socket, nat, own)? else { continue };
                    found = true;
                    self.end_run();
                    self.batch.push(TABLE.delete_rule(own.name.as_bytes(), handle));
                }
                if found || !must { Ok(()) } else { Err(refused(libc::ENOENT)) }
            }
        }
    }

    fn flush(&mut self) -> Result<()> {
        self.end_run();
        let there = self.socket.tables(TABLE.family)?.iter().any(|table| &*table.name == TABLE.name);
        if there && !self.flushed {
            self.batch.push(TABLE.delete());
        }
        self.known.clear();
        self.made.clear();
        self.flushed = true;
        Ok(())
    }

    /// The rule that is this entry.
    fn find(&mut self, nat: &Nat) -> Result<Option<u64>> {
        if self.flushed {
            return Ok(None);
        }
        find(self.socket, nat, chain_of(nat))
    }

    fn chain(&mut self, own: &'static OwnChain) {
        if self.made.contains(&own.name) {
            return;
        }
        self.made.push(own.name);
        self.end_run();
        self.batch.push(TABLE.create());
        let policy = NF_ACCEPT as u32;
        let hook = Hook { number: own.hook, priority: own.priority, kind: b"nat"[..].into(), policy, counters: None };
        self.batch.push(Chain::new(TABLE, own.name.as_bytes(), Some(hook)).create(false));
    }

    fn element(&mut self, set: String, change: ElementChange, element: Element) {
        match &mut self.run {
            Some((name, kind, elements)) if *name == set && *kind == change => elements.push(element),
            _ => {
                self.end_run();
                self.run = Some((set, change, vec![element]));
            }
        }
    }

    /// Writes the elements collected so far, in as many requests as it takes.
    fn end_run(&mut self) {
        let Some((set, change, elements)) = self.run.take() else { return };
        let mut rest = &*elements;
        while !rest.is_empty() {
            let (message, written) = TABLE.elements(set.as_bytes(), change, rest);
            self.batch.push(message);
            rest = rest.get(written.max(1)..).unwrap_or(&[]);
        }
    }
}

fn refused(errno: i32) -> Error {
    Error::Refused(Box::new(Refusal { errno, ..Refusal::default() }))
}

/// Whether all of `entries` are there.
pub fn contains(socket: &mut NetfilterSocket, entries: &[Nat]) -> Result<bool> {
    for nat in entries {
        let there = match Shape::of(nat) {
            Some(shape) => {
                let found = socket.element(TABLE, shape.name().as_bytes(), &shape.key_of(nat))?;
                found.is_some_and(|found| found.data == shape.data_of(nat))
            }
            None => find(socket, nat, chain_of(nat))?.is_some(),
        };
        if !there {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The handle of the rule in that chain that is this entry.
fn find(socket: &mut NetfilterSocket, nat: &Nat, own: &OwnChain) -> Result<Option<u64>> {
    let wanted = plain(nat);
    let rules = socket.rules(TABLE, Some(own.name.as_bytes()))?;
    Ok(rules.iter().find(|found| nftables::same(&found.expressions, &wanted)).map(|found| found.handle))
}
