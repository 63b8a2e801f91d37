//! Tables, chains and rules: as they are listed, and the requests that make and unmake them.
//!
//! Requests are plain [`Message`]s, to be put into a [`Batch`](super::Batch) in the order they are to take effect.

use super::expression::{Bytes, Expression};
use super::fields::{self, numbers, string};
use super::uapi::*;
use crate::attributes::Slots;
use crate::message::{Message, MessageView};
use crate::uapi::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};

/// Length of `struct nfgenmsg`: family, version, resource id.
pub(super) const GENERAL_LEN: usize = 4;

/// A request of nf_tables for objects of `family`.
pub(super) fn request(kind: u16, flags: u16, family: u8) -> Message {
    Message::new((NFNL_SUBSYS_NFTABLES << 8) | kind, flags, &[family, 0, 0, 0])
}

pub(super) fn slots<'a>(view: &MessageView<'a>) -> Option<(u8, Slots<'a>)> {
    let family = *view.body.first()?;
    Some((family, view.slots(GENERAL_LEN)))
}

/// Which table: its family (`NFPROTO_…`) and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableName<'a> {
    /// `NFPROTO_IPV4`, `NFPROTO_INET` …
    pub family: u8,
    /// Its name.
    pub name: &'a [u8],
}

impl TableName<'_> {
    /// Makes the table if there is none.
    pub fn create(&self) -> Message {
        self.message(NFT_MSG_NEWTABLE, NLM_F_CREATE, NFTA_TABLE_NAME)
    }

    /// Deletes the table with all in it.
    pub fn delete(&self) -> Message {
        self.message(NFT_MSG_DELTABLE, 0, NFTA_TABLE_NAME)
    }

    /// Deletes the rules of `chain`, or those of all chains.
    pub fn flush_rules(&self, chain: Option<&[u8]>) -> Message {
        let mut m = self.message(NFT_MSG_DELRULE, 0, NFTA_RULE_TABLE);
        if let Some(chain) = chain {
            string(&mut m, NFTA_RULE_CHAIN, chain);
        }
        m
    }

    /// Deletes the rule with this handle.
    pub fn delete_rule(&self, chain: &[u8], handle: u64) -> Message {
        let mut m = self.flush_rules(Some(chain));
        m.put(NFTA_RULE_HANDLE, handle.to_be_bytes());
        m
    }

    /// Deletes a chain that no rule is in and none leads to; another is refused.
    pub fn delete_empty_chain(&self, chain: &[u8]) -> Message {
        let mut m = self.delete_chain(chain);
        m.add_flags(crate::uapi::NLM_F_NONREC);
        m
    }

    /// Deletes a chain and its rules; one that a rule leads to is refused.
    pub fn delete_chain(&self, chain: &[u8]) -> Message {
        let mut m = self.message(NFT_MSG_DELCHAIN, 0, NFTA_CHAIN_TABLE);
        string(&mut m, NFTA_CHAIN_NAME, chain);
        m
    }

    /// Gives the chain with this handle another name.
    pub fn rename_chain(&self, handle: u64, name: &[u8]) -> Message {
        let mut m = self.message(NFT_MSG_NEWCHAIN, 0, NFTA_CHAIN_TABLE);
        m.put(NFTA_CHAIN_HANDLE, handle.to_be_bytes());
        string(&mut m, NFTA_CHAIN_NAME, name);
        m
    }

    /// Deletes a set; one that a rule uses is refused.
    pub fn delete_set(&self, set: &[u8]) -> Message {
        let mut m = self.message(NFT_MSG_DELSET, 0, NFTA_SET_TABLE);
        string(&mut m, NFTA_SET_NAME, set);
        m
    }

    pub(super) fn message(&self, kind: u16, flags: u16, table: u16) -> Message {
        let mut m = request(kind, flags, self.family);
        string(&mut m, table, self.name);
        m
    }
}

/// A table as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// `NFPROTO_…`.
    pub family: u8,
    /// Its name.
    pub name: Bytes,
}

impl Table {
    /// Reads a table from a reply.
    pub fn read(view: &MessageView) -> Option<Self> {
        let (family, s) = slots(view)?;
        Some(Table { family, name: fields::name(&s, NFTA_TABLE_NAME)? })
    }
}

/// Where a base chain is hooked in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// `NF_INET_…`.
    pub number: u32,
    /// Lower goes first.
    pub priority: i32,
    /// `nat`, `filter` or `route`.
    pub kind: Bytes,
    /// What happens to a packet that no rule decided on: `NF_ACCEPT` or `NF_DROP`.
    pub policy: u32,
    /// Packets and bytes that met the policy, where they are counted.
    pub counters: Option<(u64, u64)>,
}

/// A chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chain {
    /// `NFPROTO_…`.
    pub family: u8,
    /// The table it is in.
    pub table: Bytes,
    /// Its name.
    pub name: Bytes,
    /// The kernel's number for it.
    pub handle: u64,
    /// The hook of a base chain; `None` for one that is only jumped to.
    pub hook: Option<Hook>,
    /// How many rules it has and jumps lead to it.
    pub used: u32,
}

impl Chain {
    /// A chain to be created.
    pub fn new(table: TableName, name: &[u8], hook: Option<Hook>) -> Self {
        let (family, table) = (table.family, fields::copy(table.name));
        Chain { family, table, name: fields::copy(name), handle: 0, hook, used: 0 }
    }

    /// Reads a chain from a reply.
    pub fn read(view: &MessageView) -> Option<Self> {
        let (family, s) = slots(view)?;
        let hook = s.nested_slots(NFTA_CHAIN_HOOK).and_then(|hook| {
            let counters = s.nested_slots(NFTA_CHAIN_COUNTERS).and_then(|c| {
                let packets = fields::u64_be(&c, NFTA_COUNTER_PACKETS)?;
                Some((packets, fields::u64_be(&c, NFTA_COUNTER_BYTES)?))
            });
            Some(Hook {
                number: hook.u32_be(NFTA_HOOK_HOOKNUM)?,
                priority: hook.u32_be(NFTA_HOOK_PRIORITY)? as i32,
                kind: fields::copy(s.bytes(NFTA_CHAIN_TYPE).unwrap_or(b"filter")),
                policy: s.u32_be(NFTA_CHAIN_POLICY).unwrap_or(NF_ACCEPT as u32),
                counters,
            })
        });
        Some(Chain {
            family,
            table: fields::name(&s, NFTA_CHAIN_TABLE)?,
            name: fields::name(&s, NFTA_CHAIN_NAME)?,
            handle: fields::u64_be(&s, NFTA_CHAIN_HANDLE).unwrap_or(0),
            hook,
            used: s.u32_be(NFTA_CHAIN_USE).unwrap_or(0),
        })
    }

    /// Makes the chain if there is none, or changes the policy of the one there; `exclusive`: one that is there is an error.
    pub fn create(&self, exclusive: bool) -> Message {
        let flags = if exclusive { NLM_F_CREATE | NLM_F_EXCL } else { NLM_F_CREATE };
        let table = TableName { family: self.family, name: &self.table };
        let mut m = table.message(NFT_MSG_NEWCHAIN, flags, NFTA_CHAIN_TABLE);
        string(&mut m, NFTA_CHAIN_NAME, &self.name);
        if let Some(hook) = &self.hook {
            m.nested(NFTA_CHAIN_HOOK, |m| {
                numbers(m, &[(NFTA_HOOK_HOOKNUM, hook.number), (NFTA_HOOK_PRIORITY, hook.priority as u32)]);
            });
            numbers(&mut m, &[(NFTA_CHAIN_POLICY, hook.policy)]);
            if let Some((packets, bytes)) = hook.counters {
                m.nested(NFTA_CHAIN_COUNTERS, |m| {
                    m.put(NFTA_COUNTER_PACKETS, packets.to_be_bytes()).put(NFTA_COUNTER_BYTES, bytes.to_be_bytes());
                });
            }
            string(&mut m, NFTA_CHAIN_TYPE, &hook.kind);
        }
        m
    }
}

/// Where a rule goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// Behind all others of its chain.
    Last,
    /// Before all others of its chain.
    First,
    /// Before the rule with this handle.
    Before(u64),
    /// In place of the rule with this handle.
    InsteadOf(u64),
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// `NFPROTO_…`.
    pub family: u8,
    /// The table it is in.
    pub table: Bytes,
    /// The chain it is in.
    pub chain: Bytes,
    /// The kernel's number for it.
    pub handle: u64,
    /// What it does.
    pub expressions: Vec<Expression>,
    /// What the one who made it keeps with it; see [`super::userdata`].
    pub userdata: Bytes,
    /// The protocol and flags that xtables' extensions ask for.
    pub compat: Option<(u32, u32)>,
}

impl Rule {
    /// A rule to be created.
    pub fn new(table: TableName, chain: &[u8], expressions: Vec<Expression>) -> Self {
        let (family, table) = (table.family, fields::copy(table.name));
        Rule {
            family,
            table,
            chain: fields::copy(chain),
            handle: 0,
            expressions,
            userdata: Box::default(),
            compat: None,
        }
    }

    /// Reads a rule from a reply.
    pub fn read(view: &MessageView) -> Option<Self> {
        let (family, s) = slots(view)?;
        let compat = s
            .nested_slots(NFTA_RULE_COMPAT)
            .and_then(|compat| Some((compat.u32_be(NFTA_RULE_COMPAT_PROTO)?, compat.u32_be(NFTA_RULE_COMPAT_FLAGS)?)));
        Some(Rule {
            family,
            table: fields::name(&s, NFTA_RULE_TABLE)?,
            chain: fields::name(&s, NFTA_RULE_CHAIN)?,
            handle: fields::u64_be(&s, NFTA_RULE_HANDLE).unwrap_or(0),
            expressions: Expression::read_list(s.get(NFTA_RULE_EXPRESSIONS).unwrap_or(&[])),
            userdata: fields::blob(&s, NFTA_RULE_USERDATA),
            compat,
        })
    }

    /// Makes the rule.
    pub fn create(self, place: Place) -> Message {
        let flags = match place {
            Place::Last => NLM_F_CREATE | NLM_F_APPEND,
            Place::First | Place::Before(_) => NLM_F_CREATE,
            Place::InsteadOf(_) => NLM_F_REPLACE,
        };
        let table = TableName { family: self.family, name: &self.table };
        let mut m = table.message(NFT_MSG_NEWRULE, flags, NFTA_RULE_TABLE);
        string(&mut m, NFTA_RULE_CHAIN, &self.chain);
        match place {
            Place::Before(handle) => {
                m.put(NFTA_RULE_POSITION, handle.to_be_bytes());
            }
            Place::InsteadOf(handle) => {
                m.put(NFTA_RULE_HANDLE, handle.to_be_bytes());
            }
            Place::Last | Place::First => (),
        }
        m.nested(NFTA_RULE_EXPRESSIONS, |m| {
            self.expressions.into_iter().for_each(|expression| expression.write(NFTA_LIST_ELEM, m));
        });
        if let Some((protocol, flags)) = self.compat {
            m.nested(NFTA_RULE_COMPAT, |m| {
                numbers(m, &[(NFTA_RULE_COMPAT_PROTO, protocol), (NFTA_RULE_COMPAT_FLAGS, flags)]);
            });
        }
        if !self.userdata.is_empty() {
            m.put(NFTA_RULE_USERDATA, &*self.userdata);
        }
        m
    }
}
