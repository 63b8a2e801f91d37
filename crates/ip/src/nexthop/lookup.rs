//! What a route's line tells of the next hop object that it names: asked of the kernel once for each.

use super::filter::statistics;
use super::print::facts;
use netmite_grammar::Context;
use netmite_netlink::attributes::{Slots, align};
use netmite_netlink::header::NextHopObject;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, Protocol, Socket};
use std::cell::RefCell;

/// The objects asked for so far, by number, and the socket to ask on: that of the dump under way is being read.
#[derive(Default)]
pub(crate) struct NextHops(RefCell<Known>);

#[derive(Default)]
struct Known {
    socket: Option<Socket>,
    objects: Vec<(u32, Option<Vec<u8>>)>,
}

impl NextHops {
    /// Tells of object `id`, on a line of its own; nothing of one that is gone.
    pub(crate) fn tell(&self, id: u32, context: &mut Context) {
        let mut known = self.0.borrow_mut();
        let Some(body) = known.get(id, statistics(context)) else { return };
        let Some(header) = NextHopObject::from_bytes(body) else { return };
        let slots = Slots::parse(body.get(align(NextHopObject::LEN)..).unwrap_or(&[]));
        context.out.open_object("nh_info");
        // A newline even where records stand on one line: as the reference does.
        context.out.text("\n\tnh_info ");
        facts(&header, &slots, context);
        context.out.close_object();
    }
}

impl Known {
    fn get(&mut self, id: u32, statistics: u32) -> Option<&[u8]> {
        let at = match self.objects.binary_search_by_key(&id, |object| object.0) {
            Ok(at) => at,
            Err(at) => {
                let body = self.ask(id, statistics);
                self.objects.insert(at, (id, body));
                at
            }
        };
        self.objects.get(at)?.1.as_deref()
    }

    fn ask(&mut self, id: u32, statistics: u32) -> Option<Vec<u8>> {
        if self.socket.is_none() {
            self.socket = Socket::open(Protocol::Route).ok();
        }
        let mut request = Message::new(RTM_GETNEXTHOP, 0, &NextHopObject::default().to_bytes());
        request.put(NHA_ID, id).put(NHA_OP_FLAGS, statistics);
        self.socket.as_mut()?.get(&mut request, |view| Ok(view.body.to_vec())).ok()
    }
}
