//! Which next hop objects, or buckets of resilient groups, are shown or flushed: nearly all by the kernel.

use netmite_grammar::{Context, Error, Result, Words, by_word, exact, key, number};
use netmite_links::select::{device, vrf};
use netmite_netlink::Message;
use netmite_netlink::header::NextHopObject;
use netmite_netlink::uapi::*;

/// A filter; by default everything passes.
#[derive(Default)]
pub(super) struct Filter {
    device: Option<u32>,
    master: Option<u32>,
    groups: bool,
    fdb: bool,
    /// Only of buckets: the group they are of, and the next hop they lead to.
    group: Option<u32>,
    hop: Option<u32>,
    /// Who made them; 0 is anybody.
    protocol: u32,
}

/// What the words of a filter are for.
pub(super) enum Selected {
    /// A dump.
    Some(Filter),
    /// One object, by its number; words behind that are not read.
    One(u32),
}

impl Filter {
    /// All groups.
    pub(super) fn groups() -> Self {
        Filter { groups: true, ..Filter::default() }
    }

    /// Reads what selects objects.
    pub(super) fn parse(words: &mut Words, context: &mut Context) -> Result<Selected> {
        let mut filter = Filter::default();
        while let Some(word) = words.take() {
            by_word!(word, {
                [exact("id")] => return Ok(Selected::One(super::id(words)?)),
                [key("groups", 1)] => filter.groups = true,
                [key("fdb", 1)] => filter.fdb = true,
                [key("protocol", 1)] => {
                    let word = words.value()?;
                    let protocol = number::u32(word);
                    filter.protocol = protocol.ok_or_else(|| not_by_name(word, context))?;
                },
                _ => filter.place(word, words, context)?,
            });
        }
        Ok(Selected::Some(filter))
    }

    /// Reads what selects buckets.
    pub(super) fn parse_buckets(words: &mut Words, context: &mut Context) -> Result<Self> {
        let mut filter = Filter::default();
        while let Some(word) = words.take() {
            match word {
                b"id" => filter.group = Some(super::id(words)?),
                b"nhid" => filter.hop = Some(super::id(words)?),
                _ => filter.place(word, words, context)?,
            }
        }
        Ok(filter)
    }

    /// Reads the value of a word for where next hops lead.
    fn place(&mut self, word: &[u8], words: &mut Words, context: &mut Context) -> Result<()> {
        by_word!(word, {
            [key("dev", 1)] => self.device = Some(device(words, context)?),
            [key("vrf", 1)] => self.master = Some(vrf(words, context, "Invalid VRF\n")?),
            [key("master", 1)] => self.master = Some(device(words, context)?),
            [key("help", 1)] => return Err(super::usage()),
            _ => return Err(Error::wrong(word, "")),
        });
        Ok(())
    }

    /// The request for a dump of messages of type `kind`, with statistics of groups where `-s` asks for them.
    pub(super) fn request(&self, kind: u16, context: &Context) -> Message {
        let header = NextHopObject { family: context.options.family, ..NextHopObject::default() };
        let mut request = Message::new(kind, 0, &header.to_bytes());
        if let Some(group) = self.group.filter(|group| *group != 0) {
            request.put(NHA_ID, group);
        }
        if let Some(device) = self.device {
            request.put(NHA_OIF, device);
        }
        if self.groups {
            request.put(NHA_GROUPS, ());
        }
        if let Some(master) = self.master {
            request.put(NHA_MASTER, master);
        }
        if self.fdb {
            request.put(NHA_FDB, ());
        }
        let flags = statistics(context);
        if kind == RTM_GETNEXTHOP && flags != 0 {
            request.put(NHA_OP_FLAGS, flags);
        }
        if let Some(hop) = self.hop.filter(|hop| *hop != 0) {
            request.nested(NHA_RES_BUCKET, |nest| {
                nest.put(NHA_RES_BUCKET_NH_ID, hop);
            });
        }
        request
    }

    /// Whether an object passes that the kernel sent.
    pub(super) fn passes(&self, header: &NextHopObject) -> bool {
        self.protocol == 0 || self.protocol == u32::from(header.protocol)
    }
}

/// Protocols are selected by number alone, as with the reference.
fn not_by_name(word: &[u8], context: &mut Context) -> Error {
    let number = context.databases.number(netmite_grammar::names::Database::Protocols, word);
    let error = Error::wrong(word, "invalid protocol value");
    match number {
        Some(number) => error.hint(format!("it is taken by number here: {number}")),
        None => error,
    }
}

/// What `-s` asks for: the packets that groups have sent, and with a second one those that hardware has.
pub(super) fn statistics(context: &Context) -> u32 {
    match context.options.statistics {
        0 => 0,
        1 => NHA_OP_FLAG_DUMP_STATS,
        _ => NHA_OP_FLAG_DUMP_STATS | NHA_OP_FLAG_DUMP_HW_STATS,
    }
}
