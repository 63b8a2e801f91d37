//! `ip link show`: filters, and a dump or one link by name.

use super::{functions, head, stats};
use crate::address::filter::Filter as AddressFilter;
use netmite_grammar::{Context, Error, Result, Session, Words};
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_netlink::{ALTNAME_MAX, IfName, Message, MessageView};

/// Which links are shown.
#[derive(Default)]
pub(crate) struct Filter<'w> {
    pub(crate) dev: Option<&'w [u8]>,
    pub(crate) up: bool,
    pub(crate) down: bool,
    pub(crate) group: Option<u32>,
    /// 0 is those without a master.
    pub(crate) master: Option<u32>,
    pub(crate) kind: Option<&'w [u8]>,
    /// The kind whose ports are wanted.
    pub(crate) slave: Option<&'w [u8]>,
    pub(crate) no_vf: bool,
    /// None is printed.
    hidden: bool,
}

impl<'w> Filter<'w> {
    /// Only links of a kind, or with `…_slave` the ports of one; if both are asked for, those that are both.
    pub(crate) fn set_kind(&mut self, kind: &'w [u8]) {
        match kind.strip_suffix(b"_slave") {
            Some(master) => self.slave = Some(master),
            None => self.kind = Some(kind),
        }
    }

    /// Whether a link is in the group asked for; one that isn't leaves no trace in JSON either.
    pub(crate) fn in_group(&self, slots: &Slots) -> bool {
        self.group.is_none_or(|group| slots.u32(IFLA_GROUP).is_none_or(|own| own == group))
    }

    /// Whether a link passes the rest. The kernel filters a dump too, but old ones don't.
    pub(crate) fn passes(&self, header: &IfInfo, slots: &Slots) -> bool {
        let up = header.flags & IFF_UP != 0;
        if self.up && !up || self.down && up {
            return false;
        }
        if self.master.is_some_and(|master| slots.u32(IFLA_MASTER).unwrap_or(0) != master) {
            return false;
        }
        if self.kind.is_none() && self.slave.is_none() {
            return true;
        }
        let info = slots.nested_slots(IFLA_LINKINFO);
        let own = |number| info.as_ref().and_then(|info| info.bytes(number));
        self.kind.is_none_or(|kind| own(IFLA_INFO_KIND) == Some(kind))
            && self.slave.is_none_or(|master| own(IFLA_INFO_SLAVE_KIND) == Some(master))
    }

    /// What the kernel is to tell of a link.
    fn parts(&self, statistics: bool) -> u32 {
        let vf = if self.no_vf { 0 } else { RTEXT_FILTER_VF };
        vf | if statistics { 0 } else { RTEXT_FILTER_SKIP_STATS }
    }

    /// The request for one link, which takes no filter.
    pub(crate) fn request_for_one(&self, family: u8, statistics: bool) -> Message {
        let mut request = Message::new(RTM_GETLINK, 0, &IfInfo { family, ..IfInfo::default() }.to_bytes());
        if family != AF_INET6 {
            request.put(IFLA_EXT_MASK, self.parts(statistics));
        }
        request
    }

    /// The request for a dump, with what the kernel can filter.
    pub(crate) fn request(&self, family: u8, statistics: bool) -> Message {
        let header = IfInfo { family, ..IfInfo::default() };
        let mut request = Message::new(RTM_GETLINK, 0, &header.to_bytes());
        if family == AF_INET6 {
            // IPv6 answers with a view of its own, and refuses attributes.
            return request;
        }
        request.put(IFLA_EXT_MASK, self.parts(statistics));
        if let Some(master) = self.master {
            // The kernel's word for "none" is all ones.
            request.put(IFLA_MASTER, if master == 0 { u32::MAX } else { master });
        }
        if self.kind.is_some() || self.slave.is_some() {
            request.nested(IFLA_LINKINFO, |info| {
                for (number, kind) in [(IFLA_INFO_KIND, self.kind), (IFLA_INFO_SLAVE_KIND, self.slave)] {
                    if let Some(kind) = kind {
                        info.put(number, kind);
                    }
                }
            });
        }
        request
    }
}

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    // The words of `ip address show` are taken too. Of addresses none is asked for: only a label hides the links.
    let mut filter = AddressFilter::of(AF_PACKET);
    filter.read(super::usage, words, &mut session.context)?;
    let filter = Filter { hidden: filter.label.is_some(), ..filter.link };
    let statistics = session.context.options.statistics > 0;
    if let Some(name) = filter.dev {
        return one(name, &filter, statistics, session);
    }
    let mut request = filter.request(AF_PACKET, statistics);
    let mut known = 0;
    let outcome = session.list(&mut request, None, &mut |view, context| {
        if known == 0 {
            known = context.learn_ahead(view);
        }
        known -= 1;
        print(view, &filter, context);
    });
    // What was learned of links is of this moment.
    session.context.names.forget();
    outcome
}

/// Shows the link called `name`, of one request and nothing else.
fn one(name: &[u8], filter: &Filter, statistics: bool, session: &mut Session) -> Result<()> {
    let missing = || Error::no_such_device(name);
    let mut request = filter.request_for_one(AF_PACKET, statistics);
    match IfName::new(name) {
        Some(name) => request.put(IFLA_IFNAME, name),
        None if name.len() <= ALTNAME_MAX && !name.is_empty() && !name.contains(&0) => {
            request.put(IFLA_ALT_IFNAME, &*[name, b"\0"].concat())
        }
        None => return Err(missing()),
    };
    if shown(&mut request, filter, session) {
        return Ok(());
    }
    // An alternative name may be short.
    if let Ok(index) = session.context.names.index_of(name) {
        let mut request = filter.request_for_one(AF_PACKET, statistics);
        request.set_body(4, &index.get().to_ne_bytes());
        return if shown(&mut request, filter, session) { Ok(()) } else { Err(missing()) };
    }
    // `if7` is a name to other commands, but the kernel has no link that is called so.
    if session.context.index_of(name).is_err() {
        return Err(missing());
    }
    session.context.out.open_array("");
    session.context.out.close_list();
    Err(Error::new(1, "RTNETLINK answers: No such device"))
}

/// Asks for one link and shows it; whether there is one.
fn shown(request: &mut Message, filter: &Filter, session: &mut Session) -> bool {
    session.show(request, &mut |view, context| print(view, filter, context)).is_ok()
}

/// Prints what a notification tells of a link.
pub(crate) fn event(view: &MessageView, context: &mut Context) {
    let Some(header) = IfInfo::of(view) else { return };
    let slots = view.slots(IfInfo::LEN);
    if context.options.brief {
        head::brief(&header, &slots, context);
        head::brief_address(&header, &slots, context);
    } else {
        head::line(&header, &slots, head::Parts { mode: false, queue: false, physical: true }, context);
    }
    context.out.end_line();
}

/// Prints a link that passes the filter.
fn print(view: &MessageView, filter: &Filter, context: &mut Context) {
    let Some(header) = IfInfo::of(view).filter(|_| view.kind == RTM_NEWLINK) else { return };
    let slots = view.slots(IfInfo::LEN);
    if !filter.in_group(&slots) {
        return;
    }
    context.out.open_object("");
    if filter.hidden || !filter.passes(&header, &slots) {
        // The reference leaves an empty object behind for each link that it filters out itself.
        return context.out.close_object();
    }
    if context.options.brief {
        head::brief(&header, &slots, context);
        head::brief_address(&header, &slots, context);
        context.out.end_line();
    } else {
        head::line(&header, &slots, head::Parts { mode: true, queue: true, physical: true }, context);
        if context.options.statistics > 0 {
            stats::print(&slots, context);
        }
        functions::print(header.kind, &slots, context);
        head::altnames(&slots, context);
        context.out.end_line();
    }
    context.out.close_object();
}
