//! Which neighbours are shown or flushed.

use super::state;
use netmite_grammar::address::{self, GivenPrefix};
use netmite_grammar::names::Database;
use netmite_grammar::{Context, Error, Result, Words, by_word, exact, key, matches};
use netmite_links::select::{device, vrf};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView, Prefix};

/// A filter.
pub(crate) struct Filter<'w> {
    family: u8,
    dev: Option<&'w [u8]>,
    /// The interface's index once it was looked up; 0 for all.
    pub(super) index: u32,
    /// The states that pass; [`STATELESS`] lets those pass that have none.
    pub(super) states: u16,
    states_given: bool,
    /// The bridge or VRF that the interface belongs to; `u32::MAX` for none at all.
    master: Option<u32>,
    to: Option<Prefix>,
    unused: bool,
    protocol: Option<u8>,
    proxy: bool,
}

/// Stands for the absence of a state among [`Filter::states`].
const STATELESS: u16 = 0x100;

impl<'w> Filter<'w> {
    /// Lets everything pass: for events, and for what was asked for by its address.
    pub(crate) fn open() -> Self {
        Filter { states: u16::MAX, ..Filter::with(AF_UNSPEC, 0) }
    }

    fn with(family: u8, states: u16) -> Self {
        let (dev, master, to, protocol) = (None, None, None, None);
        Filter { family, dev, index: 0, states, states_given: false, master, to, unused: false, protocol, proxy: false }
    }

    /// Reads the words of `show`, or those of `flush`, which spares by itself what is permanent.
    pub(super) fn parse(words: &mut Words<'w>, flush: bool, context: &mut Context) -> Result<Self> {
        let all = if flush { !NUD_PERMANENT } else { 0xff };
        let mut filter = Filter::with(context.options.family, all & !NUD_NOARP);
        while let Some(word) = words.take() {
            filter.word(word, words, flush, context)?;
        }
        if let Some(name) = filter.dev {
            filter.index = context.index_of(name)?;
        }
        Ok(filter)
    }

    #[inline(never)]
    fn word(&mut self, word: &'w [u8], words: &mut Words<'w>, flush: bool, context: &mut Context) -> Result<()> {
        by_word!(word, {
            [exact("dev")] => {
                let name = words.value()?;
                if self.dev.replace(name).is_some() {
                    return Err(Error::duplicate("dev", name));
                }
            },
            [exact("master")] => self.master = Some(device(words, context)?),
            [exact("vrf")] => self.master = Some(vrf(words, context, "Not a valid VRF name\n")?),
            [exact("nomaster")] => self.master = Some(u32::MAX),
            [exact("unused")] => self.unused = true,
            [exact("nud")] => self.state(words.value()?, flush)?,
            [exact("proxy")] => self.proxy = true,
            [key("protocol", 1)] => {
                let protocol = context.named_or_all(Database::Protocols, words, "invalid \"protocol\"\n")?;
                // 0 is the protocol of whatever has none; as a filter it lets all pass.
                self.protocol = protocol.filter(|protocol| *protocol != 0);
            },
            [exact("to")] => self.address(words.value()?)?,
            _ => self.address(word)?,
        });
        Ok(())
    }

    fn address(&mut self, word: &[u8]) -> Result<()> {
        if matches(word, "help") {
            return Err(super::usage());
        }
        let given: GivenPrefix = address::prefix(word, self.family)?;
        if self.family == AF_UNSPEC {
            self.family = given.family(AF_UNSPEC);
        }
        self.to = Some(given.prefix).filter(|_| !given.everything);
        Ok(())
    }

    fn state(&mut self, word: &[u8], flush: bool) -> Result<()> {
        let state = match state::parse(word) {
            Some(0) => STATELESS,
            Some(state) => state,
            None if word == b"all" && flush => !NUD_NOARP,
            None if word == b"all" => u16::MAX,
            None => return Err(Error::wrong(word, "nud state is bad")),
        };
        self.states = if self.states_given { self.states | state } else { state };
        self.states_given = true;
        Ok(())
    }

    /// The request for a dump, with what the kernel can filter.
    pub(super) fn request(&self) -> Message {
        let flags = if self.proxy { NTF_PROXY } else { 0 };
        let header = NeighbourHeader { family: self.family, flags, ..NeighbourHeader::default() };
        let mut request = Message::new(RTM_GETNEIGH, 0, &header.to_bytes());
        if let Some(master) = self.master {
            request.put(NDA_MASTER, master);
        }
        if self.index != 0 {
            request.put(NDA_IFINDEX, self.index);
        }
        request
    }

    /// Whether it depends on a neighbour's address or use that it is shown.
    pub(super) fn by_values(&self) -> bool {
        self.to.is_some() || self.unused
    }

    /// Whether a neighbour passes; the kernel has filtered by master where it says that it filters.
    pub(super) fn passes(&self, view: &MessageView, header: &NeighbourHeader, slots: &Slots) -> bool {
        let stateless = header.state == 0 && self.states & STATELESS != 0;
        let by_state =
            self.states & header.state != 0 || stateless || header.flags & (NTF_PROXY | NTF_EXT_LEARNED) != 0;
        let filtered = view.flags & NLM_F_DUMP_FILTERED != 0;
        by_state
            && (self.family == AF_UNSPEC || self.family == header.family)
            && (self.index == 0 || self.index == header.index)
            && (filtered || self.master.is_none_or(|master| slots.u32(NDA_MASTER) == Some(master)))
            && self.to.is_none_or(|to| slots.ip(NDA_DST).is_some_and(|own| contains(&to, own)))
            && !(self.unused && references(slots) != 0)
            && self.protocol.is_none_or(|wanted| slots.u8(NDA_PROTOCOL).unwrap_or(0) == wanted)
    }
}

/// How many parts of the kernel hold on to a neighbour: the last member of `struct nda_cacheinfo`.
fn references(slots: &Slots) -> u32 {
    slots.get(NDA_CACHEINFO).and_then(|info| info.get(12..)).and_then(array).map_or(0, u32::from_ne_bytes)
}

fn contains(prefix: &Prefix, address: std::net::IpAddr) -> bool {
    Prefix::new(address, prefix.len()).is_some_and(|own| own.network() == prefix.network())
}
