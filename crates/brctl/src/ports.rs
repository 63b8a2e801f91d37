//! All ports of all bridges, of one dump that holds nothing else.

use crate::Tool;
use netmite_netlink::attributes::until_nul;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_netlink::{IfIndex, IfName, Message};

/// A port in the dump.
pub(crate) struct Port<'a> {
    pub(crate) index: u32,
    pub(crate) name: IfName,
    pub(crate) master: IfIndex,
    /// What its bridge says of it, `IFLA_BRPORT_…`.
    pub(crate) options: &'a [u8],
}

/// Hands each port to `each`.
pub(crate) fn each_port(tool: &mut Tool, each: &mut dyn FnMut(Port)) -> netmite_netlink::Result<()> {
    let header = IfInfo { family: AF_BRIDGE, ..IfInfo::default() };
    let mut request = Message::new(RTM_GETLINK, 0, &header.to_bytes());
    let end = tool.socket.socket().dump(&mut request, |view| {
        let Some(header) = IfInfo::of(view) else { return Ok(()) };
        let slots = view.slots(IfInfo::LEN);
        let name = slots.get(IFLA_IFNAME).and_then(|name| IfName::new(until_nul(name)));
        let master = slots.u32(IFLA_MASTER).and_then(IfIndex::new);
        if let (Some(name), Some(master), Some(options)) = (name, master, slots.get(IFLA_PROTINFO)) {
            each(Port { index: header.index, name, master, options });
        }
        Ok(())
    });
    end.map(|_| ())
}
