//! `ip mroute`: which way the kernel forwards multicast, as a routing daemon told it.

use crate::route::show::absent;
use netmite_grammar::names::Database;
use netmite_grammar::{Command, Context, Error, Key, Result, Session, Words, address, key, matches, number, run_verb};
use netmite_netlink::attributes::{Slots, u64_at};
use netmite_netlink::header::{NextHopHeader, RouteHeader};
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView, Prefix};
use netmite_output::{Colour, Value, brief};
use std::net::IpAddr;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] =
    &[(key("show", 1), show), (key("list", 1), show), (key("lst", 2), show), (key("help", 1), |_, _| Err(usage()))];

/// Runs `ip mroute`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip mroute", VERBS, show, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::Shape::{Device, Value};
    use netmite_grammar::manual::{Object, choice};
    let filters = vec![
        choice("to", Value("PREFIX"), "only those to groups within"),
        choice("from", Value("PREFIX"), "only those from sources within"),
        choice("iif", Device, "only those for what comes in there"),
        choice("table", Value("TABLE"), "only those of this table"),
    ];
    Object::new("mroute", "multicast routes", VERBS).words(&["show", "list", "lst"], filters)
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!("Usage: ip mroute show [ [ to ] PREFIX ] [ from PREFIX ] [ iif DEVICE ] [ table { TABLE | all } ]"),
        &[],
    )
}

// `RTNL_FAMILY_IPMR` and `RTNL_FAMILY_IP6MR` of linux/rtnetlink.h
const IPMR: u8 = 128;
const IP6MR: u8 = 129;

/// Which routes are shown.
pub(crate) struct Filter {
    family: u8,
    /// The table; `None` for all, whose names are shown then.
    table: Option<u32>,
    to: Option<Prefix>,
    from: Option<Prefix>,
    incoming: Option<u32>,
}

impl Filter {
    fn parse(words: &mut Words, context: &mut Context) -> Result<Self> {
        let family = context.options.family;
        let table = Some(RT_TABLE_DEFAULT).filter(|_| family != AF_INET6);
        let (to, from, incoming) = (None, None, None);
        let mut filter = Filter { family, table, to, from, incoming };
        let mut name = None;
        while let Some(word) = words.take() {
            match word {
                _ if matches(word, "table") => filter.table = table_of(words.value()?, context)?,
                b"iif" => name = Some(words.value()?),
                _ if matches(word, "from") => filter.from = filter.prefix(words.value()?)?,
                _ => {
                    let word = if word == b"to" { words.value()? } else { word };
                    if matches(word, "help") {
                        return Err(usage());
                    }
                    filter.to = filter.prefix(word)?;
                }
            }
        }
        filter.incoming = name.map(|name| context.index_of(name)).transpose()?;
        Ok(filter)
    }

    /// A prefix; `default` and its like let everything pass.
    fn prefix(&mut self, word: &[u8]) -> Result<Option<Prefix>> {
        let given = address::prefix(word, self.family)?;
        Ok(Some(given.prefix).filter(|_| !given.everything))
    }

    fn passes(&self, header: &RouteHeader, slots: &Slots) -> bool {
        let family = match header.family {
            IPMR => AF_INET,
            IP6MR => AF_INET6,
            _ => return false,
        };
        let table = slots.u32(RTA_TABLE).unwrap_or(u32::from(header.table));
        let within = |wanted: Option<Prefix>, own: Option<IpAddr>| {
            wanted.is_none_or(|wanted| {
                let own = own.and_then(|own| Prefix::new(own, wanted.len()));
                own.is_some_and(|own| own.network() == wanted.network())
            })
        };
        (self.family == AF_UNSPEC || self.family == family)
            && self.table.is_none_or(|wanted| wanted == table)
            && self.incoming.is_none_or(|wanted| slots.u32(RTA_IIF) == Some(wanted))
            && within(self.to, slots.ip(RTA_DST))
            && within(self.from, slots.ip(RTA_SRC))
    }
}

/// The table that a word names, `None` for all of them.
fn table_of(word: &[u8], context: &mut Context) -> Result<Option<u32>> {
    if word == b"all" {
        return Ok(None);
    }
    let table = context.databases.number(Database::Tables, word).or_else(|| number::u32(word));
    table
        .map(|table| Some(table).filter(|table| *table != RT_TABLE_UNSPEC))
        .ok_or_else(|| Error::wrong(word, "table id value is invalid\n"))
}

fn show(words: &mut Words, session: &mut Session) -> Result<()> {
    // Other families have no multicast routes, and nobody looks at what else is asked of them.
    if !matches!(session.context.options.family, AF_UNSPEC | AF_INET | AF_INET6) {
        return Ok(());
    }
    let filter = Filter::parse(words, &mut session.context)?;
    let family = if filter.family == AF_INET6 { IP6MR } else { IPMR };
    let mut request = Message::new(RTM_GETROUTE, 0, &RouteHeader { family, ..RouteHeader::default() }.to_bytes());
    if let Some(table) = filter.table {
        request.put(RTA_TABLE, table);
    }
    let nothing = absent(false, session);
    // A kernel without multicast routing of a family answers with its other routes.
    let mut strange = false;
    let outcome = session.list(&mut request, nothing, &mut |view, context| {
        strange |= RouteHeader::of(view).is_none_or(|header| header.kind != RTN_MULTICAST);
        if !strange {
            print(view, &filter, context);
        }
    });
    match strange {
        true => Err(Error::new(
            1,
            brief!("Non multicast route received, kernel does support IP multicast?\nDump terminated"),
        )),
        false => outcome,
    }
}

/// Whether a message of a route tells of a multicast route.
pub(crate) fn is_one(view: &MessageView) -> bool {
    let route = matches!(view.kind, RTM_NEWROUTE | RTM_DELROUTE);
    route && RouteHeader::of(view).is_some_and(|header| matches!(header.family, IPMR | IP6MR))
}

/// Prints what a notification tells of a route.
pub(crate) fn event(view: &MessageView, context: &mut Context) {
    let family = context.options.family;
    print(view, &Filter { family, table: None, to: None, from: None, incoming: None }, context);
}

/// Prints a route if it passes `filter`.
fn print(view: &MessageView, filter: &Filter, context: &mut Context) {
    let Some(header) = RouteHeader::of(view) else { return };
    let slots = view.slots(RouteHeader::LEN);
    if !filter.passes(&header, &slots) {
        return;
    }
    context.out.open_object("");
    if view.kind == RTM_DELROUTE {
        context.out.json("deleted", true);
        context.out.text("Deleted ");
    }
    addresses(&slots, context);
    incoming(&slots, context);
    if let Some(hops) = slots.get(RTA_MULTIPATH) {
        outgoing(hops, context);
    }
    let state = if header.flags & RTNH_F_UNRESOLVED != 0 { "unresolved" } else { "resolved" };
    context.out.put("state", " State: ", state, "");
    if header.flags & RTNH_F_OFFLOAD != 0 {
        context.out.put("offload", " ", "offload", "");
    }
    if context.options.statistics > 0 {
        statistics(&slots, context);
    }
    let table = slots.u32(RTA_TABLE).unwrap_or(u32::from(header.table));
    if filter.table.is_none() && table != RT_TABLE_UNSPEC && (table != RT_TABLE_MAIN || context.options.details > 0) {
        context.put_named(Database::Tables, table, Value::Numeral(table.into()), "table", " Table: ", "");
    }
    context.out.end_line();
    context.out.close_object();
}

fn addresses(slots: &Slots, context: &mut Context) {
    let (source, group) = (slots.ip(RTA_SRC), slots.ip(RTA_DST));
    let mut both = Vec::new();
    for (key, address, before) in [("src", source, b'('), ("dst", group, b',')] {
        let value = address.map_or(Value::Str("unknown"), Value::Ip);
        context.out.json(key, value);
        both.push(before);
        value.write(&mut both);
    }
    both.push(b')');
    context.out.text_padded(both.as_slice(), 32, false);
    context.out.text(" ");
}

fn incoming(slots: &Slots, context: &mut Context) {
    match slots.u32(RTA_IIF) {
        None => context.out.put("iif", "Iif: ", "unresolved", " "),
        Some(index) => {
            let name = context.name_of(index);
            let out = &mut context.out;
            out.json("iif", &name);
            out.text("Iif: ");
            out.coloured(Colour::IfName, |out| {
                out.text_padded(&name, 10, false);
                out.text(" ");
            });
        }
    }
}

/// The interfaces that packets leave by, each with the least TTL they must have, where that is more than 1.
fn outgoing(mut hops: &[u8], context: &mut Context) {
    context.out.open_array("multipath");
    let mut first = true;
    while let Some(hop) = NextHopHeader::from_bytes(hops) {
        let name = context.name_of(hop.index);
        let out = &mut context.out;
        out.open_object("");
        out.put_in(Colour::IfName, "oif", if first { "Oifs: " } else { "" }, &name, "");
        if hop.hops > 1 {
            out.put("ttl", "(ttl ", hop.hops, ")");
        }
        out.text(" ");
        out.close_object();
        first = false;
        let len = netmite_netlink::attributes::align(usize::from(hop.len).max(NextHopHeader::LEN));
        hops = hops.get(len..).unwrap_or(&[]);
    }
    context.out.close_array();
}

/// `struct rta_mfc_stats`, and how long ago the last packet came.
fn statistics(slots: &Slots, context: &mut Context) {
    let out = &mut context.out;
    if let Some(numbers) = slots.get(RTA_MFC_STATS) {
        let number = |at| u64_at(numbers, at);
        out.newline();
        out.put("packets", "  ", number(0), " packets,");
        out.put("bytes", " ", number(8), " bytes");
        if number(16) != 0 {
            out.put("wrong_if", ", ", number(16), " arrived on wrong iif.");
        }
    }
    if let Some(ticks) = slots.u64(RTA_EXPIRES) {
        let hundredths = ticks.saturating_mul(100) / netmite_netlink::sys::clock_ticks();
        out.put("expires", ", Age ", Value::Decimal(hundredths, 2), "");
    }
}
