//! `show`: bridges and their ports, of one dump, by name.

use crate::{Done, Failure, Tool};
use netmite_netlink::attributes::Slots;
use netmite_netlink::link::{Filter, LinkView};
use netmite_netlink::uapi::*;
use netmite_netlink::{IfIndex, IfName};
use netmite_output::Value;

/// A bridge as `show` tells it.
struct Bridge {
    index: IfIndex,
    name: IfName,
    /// Priority and address; 8 bytes.
    id: [u8; 8],
    stp: bool,
}

pub(crate) fn run(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let (mut bridges, mut ports) = (Vec::new(), Vec::new());
    let failed = |error| Failure::system(&[b"can't list bridges"], &error);
    let end = tool.socket.for_each_link(Filter::new().without_statistics(), |link| {
        bridges.extend(bridge(link));
        // Those of other masters are no bridge's, and so not shown.
        ports.extend(link.master().map(|master| (master, link.name())));
        Ok(())
    });
    let _ = end.map_err(failed)?;
    netmite_output::sort_by_key(&mut bridges, |bridge: &Bridge| bridge.name);
    netmite_output::sort_by_key(&mut ports, |port| *port);
    let named = |name: &[u8]| bridges.iter().find(|bridge| bridge.name.as_bytes() == name);
    let shown: Vec<&Bridge> = match arguments {
        [] => bridges.iter().collect(),
        names => names.iter().filter_map(|name| named(name)).collect(),
    };
    let missing: Vec<&[u8]> = arguments.iter().copied().filter(|name| named(name).is_none()).collect();
    // Text shows the bridges beside one that is not there; a JSON value is whole or not there at all.
    if missing.is_empty() || !tool.out.is_json() {
        tool.out.open_array("");
        if !shown.is_empty() {
            tool.out.text("bridge name\tbridge id\t\tSTP enabled\tinterfaces\n");
        }
        shown.iter().for_each(|bridge| print(tool, bridge, &ports));
        tool.out.close_array();
        tool.out.end_json();
    }
    let failures: Vec<Vec<u8>> = missing.iter().map(|name| not_a_bridge(tool, name).text).collect();
    if failures.is_empty() { Ok(()) } else { Err(Failure::new(&[&failures.join(&b'\n')])) }
}

/// The complaint about a name that is no bridge's.
pub(crate) fn not_a_bridge(tool: &mut Tool, name: &[u8]) -> Failure {
    match tool.socket.index_of(name) {
        Ok(_) => Failure::new(&[b"device ", name, b" is not a bridge!"]),
        Err(_) => Failure::new(&[b"bridge ", name, b" does not exist!"]),
    }
}

/// The options of a bridge, if the link is one.
pub(crate) fn options<'a>(link: &LinkView<'a>) -> Option<Slots<'a>> {
    let info = Slots::parse(link.attribute(IFLA_LINKINFO)?);
    info.bytes(IFLA_INFO_KIND).filter(|kind| *kind == b"bridge")?;
    info.nested_slots(IFLA_INFO_DATA)
}

fn bridge(link: &LinkView) -> Option<Bridge> {
    let options = options(link)?;
    Some(Bridge {
        index: link.index(),
        name: link.name(),
        id: options.get(IFLA_BR_BRIDGE_ID)?.first_chunk().copied()?,
        stp: options.u32(IFLA_BR_STP_STATE).unwrap_or(0) != 0,
    })
}

/// A bridge's id: priority and address in hexadecimal.
pub(crate) fn id(bytes: &[u8]) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (priority, address) = bytes.split_at_checked(2).unwrap_or((&[], &[]));
    format!("{}.{}", hex(priority), hex(address))
}

fn print(tool: &mut Tool, bridge: &Bridge, ports: &[(IfIndex, IfName)]) {
    let out = &mut tool.out;
    out.open_object("");
    out.put("ifname", "", bridge.name.as_bytes(), "\t\t");
    out.put("bridge_id", "", id(&bridge.id).as_str(), "\t");
    out.json("stp_enabled", bridge.stp);
    out.text(if bridge.stp { "yes\t\t" } else { "no\t\t" });
    out.open_array("interfaces");
    let first = ports.partition_point(|(master, _)| *master < bridge.index);
    let own = ports.iter().skip(first).take_while(|(master, _)| *master == bridge.index);
    for (at, (_, name)) in own.enumerate() {
        out.text(if at > 0 { "\n\t\t\t\t\t\t\t" } else { "" });
        out.put("", "", Value::Bytes(name.as_bytes()), "");
    }
    out.close_array();
    out.end_line();
    out.close_object();
}
