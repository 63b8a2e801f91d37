//! `bridge link show`: all ports, those of a bridge, or one.

use super::print::port;
use crate::device;
use crate::words::filters;
use netmite_grammar::{Result, Session, Words};
use netmite_netlink::Message;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let [dev, master] = filters(words, ["dev", "master"])?;
    let context = &mut session.context;
    // Flags are of this moment.
    context.names.forget();
    let dev = dev.map(|name| device(context, name)).transpose()?;
    let master = master.map(|name| device(context, name)).transpose()?;
    let header = IfInfo { family: AF_BRIDGE, ..IfInfo::default() };
    let mut request = Message::new(RTM_GETLINK, 0, &header.to_bytes());
    // The kernel filters ports by nothing.
    context.out.open_array("");
    let outcome = session.dump(&mut request, |view, context| {
        context.learn(view);
        let Some(header) = IfInfo::of(view).filter(|header| dev.is_none_or(|dev| header.index == dev)) else { return };
        let slots = view.slots(IfInfo::LEN);
        if master.is_none_or(|master| slots.u32(IFLA_MASTER) == Some(master)) {
            // Ports are told of in this dump, bridges are few; with a peer that is neither, a thousand are a second dump.
            if slots.u32(IFLA_LINK).is_some_and(|peer| peer != 0 && !context.names.knows(peer)) {
                context.learn_links();
            }
            context.out.open_object("");
            port(&header, &slots, context);
            context.out.close_object();
        }
    });
    session.context.out.close_array();
    session.context.out.end_json();
    outcome
}
