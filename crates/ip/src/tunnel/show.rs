//! `ip tunnel show`: the tunnels among the links, each asked for by ioctl.

use super::{Kind, LINK, change, four, get, get_like, name_in, print, six};
use netmite_grammar::{Operation, Result, Session, Words};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};

pub(super) fn run(words: &mut Words, session: &mut Session, kind: &'static Kind) -> Result<()> {
    let filter = change::read(words, session, kind, Operation::Delete, true)?;
    let name = name_in(&filter).to_vec();
    // Where the name or the mode says which tunnel it is, it need not be looked for.
    let one = match (kind.maker)(&filter) {
        Some(_) if kind.six => Some(name).filter(|name| !name.is_empty() && session.context.options.statistics == 0),
        Some(maker) if name.is_empty() => Some(maker.as_bytes().to_vec()),
        Some(_) => Some(name),
        None => None,
    };
    session.context.out.open_array("");
    let outcome = match one {
        Some(name) => single(&name, filter, session, kind),
        None => all(&filter, session, kind),
    };
    session.context.out.close_array();
    session.context.out.end_json();
    outcome
}

/// Of a device that makes tunnels the kernel looks for the one in the parameters.
fn single(name: &[u8], filter: Vec<u8>, session: &mut Session, kind: &Kind) -> Result<()> {
    let parameters = get_like(kind.six, name, filter)?;
    print::tunnel(kind, &parameters, &mut session.context);
    // The reference does not end this line of a tunnel over IPv6.
    print::end(!kind.six, &mut session.context);
    Ok(())
}

fn all(filter: &[u8], session: &mut Session, kind: &Kind) -> Result<()> {
    let mut request = Message::new(RTM_GETLINK, 0, &IfInfo::default().to_bytes());
    if session.context.options.statistics == 0 {
        request.put(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    }
    session.dump(&mut request, |view, context| {
        let slots: Slots = view.slots(IfInfo::LEN);
        let Some(parameters) = tunnel_of(view, &slots, filter, kind) else { return };
        print::tunnel(kind, &parameters, context);
        if context.options.statistics > 0 {
            print::statistics(&slots, context);
        }
        print::end(true, context);
    })
}

/// The parameters of a link that is a tunnel and passes.
fn tunnel_of(view: &MessageView, slots: &Slots, filter: &[u8], kind: &Kind) -> Option<Vec<u8>> {
    let header = IfInfo::of(view)?;
    let name = slots.bytes(IFLA_IFNAME)?;
    let wanted = name_in(filter);
    if !kind.link_types.contains(&header.kind) || !wanted.is_empty() && wanted != name {
        return None;
    }
    let parameters = get(kind.six, name).ok()?;
    let passes = if kind.six { passes_six(filter, &parameters) } else { passes_four(filter, &parameters) };
    passes.then_some(parameters)
}

fn field(parameters: &[u8], at: usize) -> u32 {
    parameters.get(at..).and_then(array).map_or(0, u32::from_ne_bytes)
}

/// Whether fields are open in the filter, or alike.
fn alike(filter: &[u8], own: &[u8], fields: &[usize]) -> bool {
    fields.iter().all(|at| field(filter, *at) == 0 || field(filter, *at) == field(own, *at))
}

fn passes_four(filter: &[u8], own: &[u8]) -> bool {
    alike(filter, own, &[LINK, four::at::TO, four::at::FROM, four::at::INCOMING_KEY])
}

fn passes_six(filter: &[u8], own: &[u8]) -> bool {
    let byte = |parameters: &[u8], at: usize| parameters.get(at).copied().unwrap_or(0);
    let same = |at| byte(filter, at) == 0 || byte(filter, at) == byte(own, at);
    let address = |at| {
        let wanted = six::address_at(filter, at);
        wanted.is_unspecified() || wanted == six::address_at(own, at)
    };
    let flow = |parameters: &[u8], bits: u32| u32::from_be(field(parameters, six::at::FLOW)) & bits;
    let flows = |bits| flow(filter, bits) == 0 || flow(filter, bits) == flow(own, bits);
    let flags = field(filter, six::at::FLAGS);
    // A tunnel for anything is one for each.
    let protocol = same(six::at::PROTOCOL) || six::protocol(own) == 0;
    alike(filter, own, &[LINK])
        && address(six::at::FROM)
        && address(six::at::TO)
        && protocol
        && same(six::at::ENCAP_LIMIT)
        && same(six::at::HOP_LIMIT)
        && flows(six::CLASS)
        && flows(six::LABEL)
        && (flags == 0 || flags & field(own, six::at::FLAGS) != 0)
}
