//! `showmacs`: a bridge's forwarding database, by address.
//!
//! One dump over netlink, where the original reads sysfs in pieces that each start over. The bridge's own entries, which
//! sysfs leaves out, are left out.

use crate::bridge::find;
use crate::{Done, Failure, Tool};
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::link::Filter;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, attributes::array};
use netmite_output::Value;

/// One entry: what is printed, in the order in which it sorts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    address: [u8; 6],
    port: u16,
    local: bool,
    /// Since it was last seen, in clock ticks; 0 for what does not age.
    age: u32,
}

pub(crate) fn run(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [name, ..] = arguments else { return Ok(()) };
    let failed = |error: netmite_netlink::Error| Failure::system(&[b"read of forward table failed"], &error);
    let refused = |why: &[u8]| Failure::new(&[b"read of forward table failed: ", why]);
    let bridge = match find(tool, name).map_err(failed)? {
        None => return Err(refused(b"No such device")),
        Some(facts) if !facts.is_bridge => return Err(refused(b"Operation not supported").hint("it is no bridge")),
        Some(facts) => facts.index,
    };
    let ports = port_numbers(tool, name).map_err(failed)?;
    let mut entries = read(tool, bridge, &ports).map_err(failed)?;
    entries.sort_unstable();
    print(tool, &entries);
    Ok(())
}

/// The ports' indexes and numbers, by index.
fn port_numbers(tool: &mut Tool, bridge: &[u8]) -> netmite_netlink::Result<Vec<(u32, u16)>> {
    let mut ports = Vec::new();
    let _ = tool.socket.for_each_link(Filter::new().master(bridge), |link| {
        let info = link.attribute(IFLA_LINKINFO).map(netmite_netlink::attributes::Slots::parse);
        let data = info.and_then(|info| info.nested_slots(IFLA_INFO_SLAVE_DATA));
        ports.extend(data.and_then(|data| data.u16(IFLA_BRPORT_NO)).map(|number| (link.index().get(), number)));
        Ok(())
    })?;
    ports.sort_unstable();
    Ok(ports)
}

fn read(tool: &mut Tool, bridge: u32, ports: &[(u32, u16)]) -> netmite_netlink::Result<Vec<Entry>> {
    let header = NeighbourHeader { family: AF_BRIDGE, ..NeighbourHeader::default() };
    let mut request = Message::new(RTM_GETNEIGH, 0, &header.to_bytes());
    request.put(NDA_MASTER, bridge);
    let mut entries = Vec::new();
    let _ = tool.socket.socket().dump(&mut request, |view| {
        let Some(header) = NeighbourHeader::of(view) else { return Ok(()) };
        let slots = view.slots(NeighbourHeader::LEN);
        let port = ports.binary_search_by_key(&header.index, |port| port.0).ok().and_then(|at| ports.get(at));
        let address = slots.get(NDA_LLADDR).and_then(array::<6>);
        if let (Some((_, port)), Some(address), Some(master)) = (port, address, slots.u32(NDA_MASTER)) {
            if master == bridge {
                let local = header.state & NUD_PERMANENT != 0;
                let ages = !local && header.state & NUD_NOARP == 0;
                // struct nda_cacheinfo: confirmed, used, updated, refcnt.
                let updated = slots.get(NDA_CACHEINFO).and_then(|info| array(info.get(8..)?)).map(u32::from_ne_bytes);
                let age = updated.filter(|_| ages).unwrap_or(0);
                entries.push(Entry { address, port: *port, local, age });
            }
        }
        Ok(())
    })?;
    Ok(entries)
}

fn print(tool: &mut Tool, entries: &[Entry]) {
    let ticks = netmite_netlink::sys::clock_ticks();
    let out = &mut tool.out;
    out.text("port no\tmac addr\t\tis local?\tageing timer\n");
    out.open_array("");
    for entry in entries {
        let hundredths = u64::from(entry.age) * 100 / ticks;
        out.open_object("");
        out.json("port_no", entry.port);
        out.text_padded(entry.port, 3, true);
        out.put("mac", "\t", Value::Link(&entry.address), "\t");
        out.json("local", entry.local);
        out.text(if entry.local { "yes\t\t" } else { "no\t\t" });
        out.json("ageing_timer", Value::Decimal(hundredths, 2));
        out.text_padded(Value::Decimal(hundredths, 2), 7, true);
        out.end_line();
        out.close_object();
    }
    out.close_array();
    out.end_json();
}
