//! `bridge vlan show`, `tunnelshow` and `global show`.
//!
//! A plain listing is a dump of the ports, as the reference makes it: with `-compressvlans` the kernel sends ranges in it.
//! Options and `global` are a dump of the VLAN database, statistics one of the statistics.

use super::print::{Port, entries, flags, includes, range, range_column};
use super::statistics;
use crate::device;
use crate::words::{filters, header, header_index, plain, read_vlan_info};
use netmite_grammar::{Context, Result, Session, Words};
use netmite_netlink::attributes::{Attributes, Slots};
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};

/// What is to be shown: a link, 0 for all, and a VLAN, 0 for all.
#[derive(Clone, Copy, Default)]
pub(crate) struct Filter {
    pub(crate) dev: u32,
    pub(crate) vid: u32,
}

impl Filter {
    /// Those that `dev` and `vid` say.
    pub(crate) fn parse(words: &mut Words, context: &mut Context) -> Result<Self> {
        let [dev, vid] = filters(words, ["dev", "vid"])?;
        let dev = dev.map_or(Ok(0), |name| device(context, name))?;
        Ok(Filter { dev, vid: vid.and_then(plain).unwrap_or(0) })
    }

    /// Whether link `index` is to be shown.
    pub(crate) fn wants(&self, index: u32) -> bool {
        self.dev == 0 || self.dev == index
    }
}

/// Prints the line above a table, then the table in a JSON array.
pub(crate) fn table(
    title: &str,
    session: &mut Session,
    rows: &mut dyn FnMut(&mut Session) -> Result<()>,
) -> Result<()> {
    session.context.out.open_array("");
    session.context.out.text(title);
    let outcome = rows(session);
    session.context.out.close_array();
    session.context.out.end_json();
    outcome
}

/// `bridge vlan show`.
pub(super) fn vlans(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::parse(words, &mut session.context)?;
    let options = &session.context.options;
    let (details, counted) = (options.details > 0, options.statistics > 0);
    if details {
        let flags = if counted { BRIDGE_VLANDB_DUMPF_STATS } else { 0 };
        table("port              vlan-id  \n", session, &mut |session| database(flags, filter, session))
    } else if counted {
        table("port              vlan-id\n", session, &mut |session| statistics::show(filter, session))
    } else {
        table("port              vlan-id  \n", session, &mut |session| ports(filter, print_vlans, session))
    }
}

/// `bridge vlan tunnelshow`; statistics it has none of its own.
pub(super) fn tunnels(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::parse(words, &mut session.context)?;
    if session.context.options.statistics > 0 {
        return table("port              vlan-id\n", session, &mut |session| statistics::show(filter, session));
    }
    table("port              vlan-id    tunnel-id\n", session, &mut |session| ports(filter, print_tunnels, session))
}

/// `bridge vlan global show`.
pub(super) fn options(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::parse(words, &mut session.context)?;
    table("port              vlan-id  \n", session, &mut |session| {
        database(BRIDGE_VLANDB_DUMPF_GLOBAL, filter, session)
    })
}

/// The VLAN database. Of a link that is no port the kernel refuses to tell, so that all are asked for.
fn database(flags: u32, filter: Filter, session: &mut Session) -> Result<()> {
    let mut request = Message::new(RTM_GETVLAN, 0, &header(0, 0));
    request.put(BRIDGE_VLANDB_DUMP_FLAGS, flags);
    session.dump(&mut request, |view, context| {
        let wanted = view.kind == RTM_NEWVLAN && header_index(view.body).is_some_and(|index| filter.wants(index));
        if wanted {
            entries(view, Port::new("vlans"), filter.vid, context);
        }
    })
}

/// Ports with what the bridge says of their VLANs.
fn ports(filter: Filter, print: fn(&Slots, Attributes, u32, u32, &mut Context), session: &mut Session) -> Result<()> {
    let head = IfInfo { family: AF_BRIDGE, ..IfInfo::default() };
    let mut request = Message::new(RTM_GETLINK, 0, &head.to_bytes());
    let compressed = session.context.options.compress_vlans;
    request.put(IFLA_EXT_MASK, if compressed { RTEXT_FILTER_BRVLAN_COMPRESSED } else { RTEXT_FILTER_BRVLAN });
    session.dump(&mut request, |view: &MessageView, context| {
        let Some(head) = IfInfo::of(view).filter(|head| view.kind == RTM_NEWLINK && filter.wants(head.index)) else {
            return;
        };
        let slots = view.slots(IfInfo::LEN);
        print(&slots, slots.nested(IFLA_AF_SPEC), head.index, filter.vid, context);
    })
}

/// The name that a port's message gives it.
pub(crate) fn name_in(slots: &Slots, index: u32, context: &mut Context) -> netmite_grammar::DeviceName {
    match slots.bytes(IFLA_IFNAME) {
        Some(name) => name.into(),
        None => context.name_of(index),
    }
}

fn print_vlans(slots: &Slots, spec: Attributes, index: u32, vid: u32, context: &mut Context) {
    let (mut port, mut begun) = (Port::new("vlans"), None);
    for info in spec.filter(|info| info.kind == IFLA_BRIDGE_VLAN_INFO) {
        let Some((bits, last)) = read_vlan_info(info.payload) else { continue };
        if bits & BRIDGE_VLAN_INFO_RANGE_BEGIN != 0 {
            begun = Some(last);
            continue;
        }
        let first = begun.take().filter(|_| bits & BRIDGE_VLAN_INFO_RANGE_END != 0).unwrap_or(last);
        if !includes((first, last), vid) {
            continue;
        }
        port.line(&|context| name_in(slots, index, context), context);
        range("vlan", first, "vlanEnd", last, context);
        flags(bits, context);
        context.out.newline();
        context.out.close_object();
    }
    port.end(context);
}

/// The width of the column of VLANs, without the two blanks behind it.
const VLANS: usize = 9;

fn print_tunnels(slots: &Slots, spec: Attributes, index: u32, vid: u32, context: &mut Context) {
    let (mut port, mut begun) = (Port::new("tunnels"), None);
    for info in spec.filter(|info| info.kind == IFLA_BRIDGE_VLAN_TUNNEL_INFO) {
        let tunnel = Slots::parse(info.payload);
        let numbers = tunnel.u32(IFLA_BRIDGE_VLAN_TUNNEL_ID).zip(tunnel.u16(IFLA_BRIDGE_VLAN_TUNNEL_VID));
        let Some((last_id, last)) = numbers else { continue };
        let bits = tunnel.u16(IFLA_BRIDGE_VLAN_TUNNEL_FLAGS).unwrap_or(0);
        if bits & BRIDGE_VLAN_INFO_RANGE_BEGIN != 0 {
            begun = Some((last_id, last));
            continue;
        }
        let ranged = begun.take().filter(|_| bits & BRIDGE_VLAN_INFO_RANGE_END != 0);
        let (first_id, first) = ranged.unwrap_or((last_id, last));
        if !includes((first, last), vid) {
            continue;
        }
        port.line(&|context| name_in(slots, index, context), context);
        context.out.json("vlan", first);
        if last > first {
            context.out.json("vlanEnd", last);
        }
        range_column(first.into(), Some(last.into()).filter(|_| last > first), VLANS, context);
        context.out.put("tunid", "  ", first_id, "");
        if last > first {
            context.out.put("tunidEnd", "-", last_id, "");
        }
        context.out.newline();
        context.out.close_object();
    }
    port.end(context);
}
