//! `ip address show`: links, each with its addresses.
//!
//! Addresses are dumped once and kept as they came, with an index from a link to its own, so that a link's
//! are found without walking all of them. Those beyond 4 GiB are not shown.

use super::filter::Filter;
use super::print;
use crate::link::{functions, head, stats};
use netmite_grammar::{Context, Error, Result, Session, Words};
use netmite_netlink::attributes::Slots;
use netmite_netlink::errno::ENODEV;
use netmite_netlink::header::{IfAddr, IfInfo};
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};

/// The addresses of a dump.
#[derive(Default)]
struct Addresses {
    /// Each behind its length, two bytes. One block, so that it grows in its place.
    bodies: Vec<u8>,
    /// Interface, and where in `bodies` its address is; sorted.
    entries: Vec<(u32, u32)>,
}

impl Addresses {
    fn add(&mut self, body: &[u8]) {
        if let Ok(len) = u16::try_from(body.len()) {
            self.bodies.extend_from_slice(&len.to_ne_bytes());
            self.bodies.extend_from_slice(body);
        }
    }

    fn at(&self, start: u32) -> Option<&[u8]> {
        let (len, rest) = self.bodies.get(start as usize..)?.split_first_chunk()?;
        rest.get(..u16::from_ne_bytes(*len).into())
    }

    /// All have been added: they are made to be found.
    fn index(&mut self) {
        let mut start = 0;
        while let Some(body) = self.at(start) {
            let index = IfAddr::from_bytes(body).map_or(0, |header| header.index);
            let next = start.saturating_add(2 + body.len() as u32);
            self.entries.push((index, start));
            start = next;
        }
        self.entries.sort_unstable();
    }

    /// The addresses of interface `index`, in the kernel's order.
    fn of(&self, index: u32) -> impl Iterator<Item = (IfAddr, Slots<'_>)> {
        let first = self.entries.partition_point(|entry| entry.0 < index);
        let own = self.entries.iter().skip(first).take_while(move |entry| entry.0 == index);
        own.filter_map(|(_, start)| {
            let body = self.at(*start)?;
            Some((IfAddr::from_bytes(body)?, Slots::parse(body.get(IfAddr::LEN..)?)))
        })
    }
}

/// What is said of an index that no link has.
const GONE: &str = "RTNETLINK answers: No such device";

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::of_address(words, &mut session.context)?;
    let index = match filter.link.dev {
        None => 0,
        Some(name) => session.context.index_of(name).map_err(|_| Error::no_such_device(name))?,
    };
    // Addresses first: the links are printed while their dump is read.
    let mut addresses = Addresses::default();
    if filter.family != AF_PACKET {
        addresses = match dump(&filter, index, session) {
            Err(error) if index != 0 && error.text().starts_with(GONE.as_bytes()) => Addresses::default(),
            found => found?,
        };
    }
    session.context.out.open_array("");
    let outcome = links(&filter, index, &addresses, session);
    session.context.out.close_list();
    outcome
}

/// The request for the addresses of interface `index`, or of all.
pub(super) fn request(family: u8, index: u32) -> Message {
    let header = IfAddr { family, index, ..IfAddr::default() };
    Message::new(RTM_GETADDR, 0, &header.to_bytes())
}

fn dump(filter: &Filter, index: u32, session: &mut Session) -> Result<Addresses> {
    let mut addresses = Addresses::default();
    session.dump(&mut request(filter.family, index), |view, _| {
        let counts = |header: IfAddr| view.kind == RTM_NEWADDR && (index == 0 || header.index == index);
        if IfAddr::of(view).is_some_and(counts) {
            addresses.add(view.body);
        }
    })?;
    addresses.index();
    Ok(addresses)
}

fn links(filter: &Filter, index: u32, addresses: &Addresses, session: &mut Session) -> Result<()> {
    let statistics = session.context.options.statistics > 0;
    if index != 0 {
        let mut request = filter.link.request_for_one(session.context.options.family, statistics);
        request.set_body(4, &index.to_ne_bytes());
        let shown = session.ask(&mut request, &mut |view, context| link(view, filter, addresses, context));
        return match shown {
            // Asked for as `if7`, or gone meanwhile: the reference tells it, and is content.
            Err(error) if error.errno() == Some(ENODEV) => {
                let line = format!("{GONE}\nCannot send link request: No such device");
                session.context.out.io().error(line);
                Ok(())
            }
            shown => shown.map_err(|error| Error::new(2, error.to_string())),
        };
    }
    let mut request = filter.link.request(session.context.options.family, statistics);
    let mut known = 0;
    let outcome = session.dump(&mut request, |view, context| {
        if known == 0 {
            known = context.learn_ahead(view);
        }
        known -= 1;
        link(view, filter, addresses, context);
    });
    // What was learned of links is of this moment.
    session.context.names.forget();
    outcome
}

/// Prints a link with its addresses, if it passes.
fn link(view: &MessageView, filter: &Filter, addresses: &Addresses, context: &mut Context) {
    let Some(header) = IfInfo::of(view).filter(|_| view.kind == RTM_NEWLINK) else { return };
    if filter.by_address() && !has_some(header.index, filter, addresses, context) {
        return;
    }
    let slots = view.slots(IfInfo::LEN);
    if !filter.link.in_group(&slots) {
        return;
    }
    context.out.open_object("");
    let passes = filter.link.passes(&header, &slots);
    // By label, the addresses are shown without their links.
    if passes && filter.label.is_none() {
        head_of(&header, &slots, filter, context);
    }
    if (passes || filter.label.is_some()) && filter.family != AF_PACKET {
        own(header.index, filter, addresses, context);
    }
    if context.options.brief && passes {
        context.out.end_line();
    }
    if passes && !context.options.brief && !context.options.oneline && context.options.statistics > 0 {
        stats::print_behind(&slots, context);
    }
    context.out.close_object();
}

/// Whether a link has an address that counts; one that has none at all does where no family is asked for.
fn has_some(index: u32, filter: &Filter, addresses: &Addresses, context: &mut Context) -> bool {
    let mut any = false;
    for (header, slots) in addresses.of(index) {
        any = true;
        if filter.counts(&header, &slots, context) {
            return true;
        }
    }
    !any && matches!(filter.family, AF_UNSPEC | AF_PACKET)
}

fn head_of(header: &IfInfo, slots: &Slots, filter: &Filter, context: &mut Context) {
    if context.options.brief {
        head::brief(header, slots, context);
        if filter.family == AF_PACKET {
            head::brief_address(header, slots, context);
        }
    } else if !context.options.oneline || context.out.is_json() || filter.family == AF_PACKET {
        let physical = matches!(filter.family, AF_UNSPEC | AF_PACKET) || context.options.details > 0;
        head::line(header, slots, head::Parts { mode: false, queue: true, physical }, context);
        if context.options.details > 0 {
            functions::print(header.kind, slots, context);
        }
        head::altnames(slots, context);
        context.out.end_line();
    }
}

fn own(index: u32, filter: &Filter, addresses: &Addresses, context: &mut Context) {
    context.out.open_array("addr_info");
    for (header, slots) in addresses.of(index) {
        let shown = filter.passes(&header, &slots, context);
        // The reference leaves an empty object behind for each address that it filters out.
        context.out.open_object("");
        if shown {
            line(&header, &slots, context);
        }
        context.out.close_object();
    }
    context.out.close_array();
}

/// Prints what a notification tells of an address, with its interface in front.
pub(crate) fn event(view: &MessageView, context: &mut Context) {
    let Some(header) = IfAddr::of(view) else { return };
    if context.options.echo {
        line(&header, &view.slots(IfAddr::LEN), context);
        if context.options.brief {
            context.out.end_line();
        }
        return;
    }
    let name = context.name_of(header.index);
    context.out.put("ifindex", "", header.index, ": ");
    context.out.put("ifname", "", &name, if context.options.brief { " " } else { "" });
    print::address(&header, &view.slots(IfAddr::LEN), context);
    if context.options.brief {
        context.out.end_line();
    }
}

/// Prints an address, with its interface in front where records stand on one line, and wherever the kernel is to echo.
pub(super) fn line(header: &IfAddr, slots: &Slots, context: &mut Context) {
    let named = context.options.echo || context.options.oneline && !context.out.is_json();
    if named && !context.options.brief {
        let name = context.name_of(header.index);
        context.out.put("index", "", header.index, ": ");
        context.out.put("dev", "", &name, "");
    }
    print::address(header, slots, context);
}
