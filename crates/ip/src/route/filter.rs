//! Which routes are shown or flushed. What all shown routes have in common is not repeated in each line.

use super::gateway::FAMILIES;
use super::table::{realms, table_of_vrf};
use crate::nexthop::NextHops;
use netmite_grammar::address;
use netmite_grammar::names::Database;
use netmite_grammar::{Context, Error, Result, Words, by_word, exact, key, matches, plain};
use netmite_netlink::attributes::{Slots, ip};
use netmite_netlink::header::RouteHeader;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, Prefix};
use std::net::IpAddr;

/// Which routing table is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tables {
    /// All, each named.
    All,
    /// One.
    One(u32),
    /// What the kernel cached.
    Cache,
}

/// What bounds a route's destination or source: it lies in the first, and the second lies in it.
type Range = [Option<Prefix>; 2];

/// The address that stands for none.
fn nowhere(family: u8) -> Option<IpAddr> {
    match family {
        AF_INET => Some(Prefix::ANY_V4.address()),
        AF_INET6 => Some(Prefix::ANY_V6.address()),
        _ => None,
    }
}

/// A router, and the family of its address.
#[derive(Clone, Copy)]
pub(super) struct Via {
    family: u8,
    prefix: Prefix,
}

impl Via {
    /// Whether a route of family `route` leads to it: by RTA_GATEWAY, or by `struct rtvia` where the families differ.
    fn is_way_of(&self, route: u8, slots: &Slots) -> bool {
        let own = match slots.get(RTA_VIA).and_then(|via| via.split_first_chunk::<2>()) {
            Some((family, bytes)) if u16::from_ne_bytes(*family) == u16::from(self.family) => ip(bytes),
            _ if route == self.family => slots.ip(RTA_GATEWAY).or(nowhere(route)),
            _ => None,
        };
        own.is_some_and(|own| contains(&self.prefix, &Prefix::host(own)))
    }
}

/// A filter. Without words it passes the main table.
pub(super) struct Filter {
    /// The family asked for, or that of an address given.
    pub(super) family: u8,
    /// The family asked for: what addresses are read as.
    asked: u8,
    pub(super) tables: Tables,
    pub(super) protocol: Option<u8>,
    pub(super) scope: Option<u8>,
    pub(super) kind: Option<u8>,
    /// A VRF's routes: not those that its interfaces' own addresses make.
    vrf: bool,
    pub(super) tos: Option<u8>,
    pub(super) metric: Option<u32>,
    /// A pair of realms, and which bits of it count: one number alone is that of the destination.
    realm: Option<(u32, u32)>,
    mark: Option<u32>,
    pub(super) device: Option<u32>,
    incoming: Option<u32>,
    pub(super) via: Option<Via>,
    pub(super) src: Option<Prefix>,
    to: Range,
    from: Range,
    /// The next hop objects told so far.
    pub(super) next_hops: NextHops,
}

impl Filter {
    /// Passes everything, and every word is shown: for a single route.
    pub(super) fn open(family: u8) -> Self {
        Filter {
            family,
            asked: family,
            tables: Tables::All,
            protocol: None,
            scope: None,
            kind: None,
            vrf: false,
            tos: None,
            metric: None,
            realm: None,
            mark: None,
            device: None,
            incoming: None,
            via: None,
            src: None,
            to: Range::default(),
            from: Range::default(),
            next_hops: NextHops::default(),
        }
    }

    pub(super) fn parse(words: &mut Words, context: &mut Context) -> Result<Self> {
        let mut filter = Filter::open(context.options.family);
        filter.tables = Tables::One(RT_TABLE_MAIN);
        // Interfaces are looked up when all words are read, so that a wrong word is told first.
        let (mut device, mut incoming) = (None, None);
        while let Some(word) = words.take() {
            match word {
                b"dev" | b"oif" => device = Some(words.value()?),
                b"iif" => incoming = Some(words.value()?),
                _ => filter.word(word, words, context)?,
            }
        }
        filter.incoming = incoming.map(|name| context.index_of(name)).transpose()?;
        filter.device = device.map(|name| context.index_of(name)).transpose()?;
        Ok(filter)
    }

    /// Whether the router that is asked for is a single one, which lines need not repeat.
    pub(super) fn has_router(&self) -> bool {
        self.via.as_ref().is_some_and(|via| is_host(&via.prefix))
    }

    /// Whether the preferred source that is asked for is a single one.
    pub(super) fn has_source(&self) -> bool {
        self.src.as_ref().is_some_and(is_host)
    }

    /// Whether both realms are asked for, which lines need not repeat.
    pub(super) fn has_realms(&self) -> bool {
        self.realm.is_some_and(|(_, mask)| mask == u32::MAX)
    }

    #[inline(never)]
    fn word(&mut self, word: &[u8], words: &mut Words, context: &mut Context) -> Result<()> {
        by_word!(word, {
            [key("vrf", 1)] => {
                let word = words.value()?;
                self.tables = Tables::One(table_of_vrf(context, word)?);
                // As the reference takes it, a type that is asked for before counts no more.
                (self.kind, self.vrf) = (None, true);
            },
            [exact("tos")] => self.tos(words, context)?,
            [key("scope", 1)] => {
                self.scope = context.named_or_all(Database::Scopes, words, "invalid \"scope\"\n")?;
            },
            [exact("mark")] => self.mark = Some(words.u32("invalid mark value")?),
            // What begins as `protocol` does is that.
            [exact("preference"), key("metric", 1), key("priority", 3)] => {
                self.metric = Some(words.u32("\"metric\" value is invalid\n")?);
            },
            [exact("via")] => self.via = self.via(words)?,
            [exact("src")] => self.src = self.prefix(words.value()?)?,
            [key("from", 1)] => self.range(words, |filter| &mut filter.from)?,
            [key("table", 1)] => self.table(words, context)?,
            [key("cached", 1), key("cloned", 1)] => self.tables = Tables::Cache,
            [key("dsfield", 1)] => self.tos(words, context)?,
            [key("protocol", 1)] => {
                self.protocol = context.named_or_all(Database::Protocols, words, "invalid \"protocol\"\n")?;
            },
            [key("type", 1)] => {
                let word = words.value()?;
                let kind = super::type_of(word).ok_or_else(|| Error::wrong(word, "node type value is invalid\n"))?;
                (self.kind, self.vrf) = (Some(kind), false);
            },
            [key("realms", 1)] => {
                let word = words.value()?;
                let realm = realms(context, word).ok_or_else(|| Error::wrong(word, "invalid realms\n"))?;
                let whole = word.contains(&b'/') || realm > 0xffff;
                self.realm = Some((realm, if whole { u32::MAX } else { 0xffff }));
            },
            [exact("to")] => self.range(words, |filter| &mut filter.to)?,
            _ => {
                words.back();
                self.range(words, |filter| &mut filter.to)?;
            },
        });
        Ok(())
    }

    fn tos(&mut self, words: &mut Words, context: &mut Context) -> Result<()> {
        self.tos = Some(context.named_tos(words)?);
        Ok(())
    }

    fn table(&mut self, words: &mut Words, context: &mut Context) -> Result<()> {
        let word = words.value()?;
        self.tables = match plain(word) {
            "all" => Tables::All,
            _ if matches(word, "cache") => Tables::Cache,
            _ => match context.number_of(Database::Tables, word) {
                Some(0) => Tables::All,
                Some(number) => Tables::One(number),
                None => return Err(Error::wrong(word, "table id value is invalid\n")),
            },
        };
        Ok(())
    }

    /// A prefix to select by. `all` says nothing where no family was asked for.
    fn prefix(&mut self, word: &[u8]) -> Result<Option<Prefix>> {
        let given = address::prefix(word, self.asked)?;
        if self.family == AF_UNSPEC && !given.everything {
            self.family = address::family_of(given.prefix.address());
        }
        Ok(Some(given.prefix).filter(|_| !given.everything || self.asked != AF_UNSPEC))
    }

    fn via(&mut self, words: &mut Words) -> Result<Option<Via>> {
        let named = words.peek().and_then(|word| FAMILIES.byte(word));
        if let Some(family) = named {
            words.take();
            return Ok(Some(Via { family, prefix: address::prefix(words.value()?, family)?.prefix }));
        }
        let prefix = self.prefix(words.value()?)?;
        let family =
            |prefix: &Prefix| if self.asked == AF_MPLS { AF_MPLS } else { address::family_of(prefix.address()) };
        Ok(prefix.map(|prefix| Via { family: family(&prefix), prefix }))
    }

    /// `root PREFIX`, `match PREFIX`, `exact PREFIX`, or a prefix alone, which is exact: bounds of `which`.
    fn range(&mut self, words: &mut Words, which: fn(&mut Self) -> &mut Range) -> Result<()> {
        let word = words.value()?;
        let (root, within, word) = match word {
            _ if matches(word, "root") => (true, false, words.value()?),
            _ if matches(word, "match") => (false, true, words.value()?),
            _ if matches(word, "exact") => (true, true, words.value()?),
            _ => (true, true, word),
        };
        let mut prefix = self.prefix(word)?;
        if prefix.is_none() && word == b"default" {
            // The route of that name, whatever its family.
            prefix = Some(address::prefix(word, self.asked)?.prefix);
        }
        for (bound, given) in which(self).iter_mut().zip([root, within]) {
            if given {
                *bound = prefix;
            }
        }
        Ok(())
    }

    /// Whether it depends on a route's destination that the route is shown.
    pub(super) fn by_destination(&self) -> bool {
        self.to.iter().any(Option::is_some)
    }

    /// The request for a dump, with what the kernel can filter.
    pub(super) fn request(&self, family: u8) -> Message {
        let header = RouteHeader {
            family,
            protocol: self.protocol.unwrap_or(0),
            kind: self.kind.unwrap_or(0),
            flags: if self.tables == Tables::Cache { RTM_F_CLONED } else { 0 },
            ..RouteHeader::default()
        };
        let mut request = Message::new(RTM_GETROUTE, 0, &header.to_bytes());
        if let Tables::One(table) = self.tables {
            request.put(RTA_TABLE, table);
        }
        if let Some(device) = self.device {
            request.put(RTA_OIF, device);
        }
        request
    }

    /// Whether a route passes. The kernel filters too, but old ones don't.
    pub(super) fn passes(&self, header: &RouteHeader, slots: &Slots) -> bool {
        let table = slots.u32(RTA_TABLE).unwrap_or(u32::from(header.table));
        let cloned = header.flags & RTM_F_CLONED != 0;
        let in_table = match self.tables {
            Tables::All => !cloned,
            Tables::One(one) => table == one && !cloned,
            Tables::Cache => cloned,
        };
        // What IPv6 keeps for the kernel's own use is in no table anybody asked for.
        let hidden = header.family == AF_INET6 && cloned && self.tables != Tables::Cache;
        let is = |wanted: Option<u32>, kind| wanted.is_none_or(|wanted| slots.u32(kind).unwrap_or(0) == wanted);
        // A kernel without MPLS answers with the routes of all families.
        let other = self.asked != AF_UNSPEC && header.family != self.asked;
        in_table
            && !hidden
            && !other
            && self.protocol.is_none_or(|wanted| wanted == header.protocol)
            && self.scope.is_none_or(|wanted| wanted == header.scope)
            && self.kind.is_none_or(|wanted| wanted == header.kind)
            && !(self.vrf && matches!(header.kind, RTN_LOCAL | RTN_BROADCAST))
            && self.tos.is_none_or(|wanted| wanted == header.tos)
            && is(self.metric, RTA_PRIORITY)
            && is(self.mark, RTA_MARK)
            && self.realm.is_none_or(|(wanted, mask)| slots.u32(RTA_FLOW).unwrap_or(0) & mask == wanted)
            && is(self.incoming, RTA_IIF)
            && self.device.is_none_or(|device| slots.u32(RTA_OIF).is_none_or(|own| own == device))
            && self.addresses(header, slots)
    }

    fn addresses(&self, header: &RouteHeader, slots: &Slots) -> bool {
        // Mostly nothing is asked of addresses, a million times.
        let ([root, within], [from_root, from_within]) = (&self.to, &self.from);
        if [root, within, from_root, from_within, &self.src].iter().all(|asked| asked.is_none()) && self.via.is_none() {
            return true;
        }
        let any = if header.family == AF_INET { Prefix::ANY_V4 } else { Prefix::ANY_V6 };
        let prefix = |kind, len| slots.ip(kind).and_then(|address| Prefix::new(address, len)).unwrap_or(any);
        let destination = &Some(prefix(RTA_DST, header.dst_len));
        let source = &Some(prefix(RTA_SRC, header.src_len));
        let own = &slots.ip(RTA_PREFSRC).or(nowhere(header.family)).map(Prefix::host);
        let nested =
            [(root, destination), (destination, within), (from_root, source), (source, from_within), (&self.src, own)];
        let lies = |(outer, inner): &(&Option<Prefix>, &Option<Prefix>)| match (outer, inner) {
            (Some(outer), Some(inner)) => contains(outer, inner),
            _ => true,
        };
        nested.iter().all(lies)
            && (self.src.is_none() || own.is_some())
            && self.via.as_ref().is_none_or(|via| via.is_way_of(header.family, slots))
    }
}

/// Whether a prefix is a single address.
fn is_host(prefix: &Prefix) -> bool {
    *prefix == Prefix::host(prefix.address())
}

/// Whether `inner` lies in `outer`; prefixes of different families don't, but for those of everything.
fn contains(outer: &Prefix, inner: &Prefix) -> bool {
    if outer.len() == 0 && outer.address().is_unspecified() {
        return true;
    }
    outer.len() <= inner.len()
        && Prefix::new(inner.address(), outer.len()).is_some_and(|inner| inner.network() == outer.network())
}
