//! `show`: bridges and their ports, of one dump, by name.

use crate::bridge::options;
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
    each_link(tool, &[b"can't list bridges"], Filter::new().without_statistics(), &mut |link| {
        bridges.extend(bridge(link));
        // Those of other masters are no bridge's, and so not shown.
        ports.extend(link.master().map(|master| (master, link.name())));
    })?;
    netmite_output::sort_by_key(&mut bridges, |bridge: &Bridge| bridge.name);
    netmite_output::sort_by_key(&mut ports, |port| *port);
    let (mut shown, mut complaints): (Vec<&Bridge>, _) = (Vec::new(), Vec::new());
    if arguments.is_empty() {
        shown.extend(&bridges);
    }
    for name in arguments {
        match bridges.iter().find(|bridge| bridge.name.as_bytes() == *name) {
            Some(bridge) => shown.push(bridge),
            None => {
                complaints.extend_from_slice(&not_a_bridge(tool, name).0);
                complaints.push(b'\n');
            }
        }
    }
    // Text shows the bridges beside one that is not there; a JSON value is whole or not there at all.
    if complaints.is_empty() || !tool.out.is_json() {
        tool.out.open_array("");
        if !shown.is_empty() {
            tool.out.text("bridge name\tbridge id\t\tSTP enabled\tinterfaces\n");
        }
        for bridge in shown {
            print(tool, bridge, &ports);
        }
        tool.out.close_array();
        tool.out.end_json();
    }
    // The newline that ends the last one comes with the error.
    if complaints.pop().is_some() { Err(Failure(complaints)) } else { Ok(()) }
}

/// Hands each link that passes `filter` to `each`.
pub(crate) fn each_link(tool: &mut Tool, failed: &[&[u8]], filter: Filter, each: &mut dyn FnMut(&LinkView)) -> Done {
    let end = tool.socket.for_each_link(filter, |link| {
        each(link);
        Ok(())
    });
    end.map(drop).map_err(|error| Failure::system(failed, &error))
}

/// The complaint about a name that is no bridge's.
#[cold]
#[inline(never)]
pub(crate) fn not_a_bridge(tool: &mut Tool, name: &[u8]) -> Failure {
    match tool.socket.index_of(name) {
        Ok(_) => Failure::new(&[b"device ", name, b" is not a bridge!"]),
        Err(_) => Failure::new(&[b"bridge ", name, b" does not exist!"]),
    }
}

fn bridge(link: &LinkView) -> Option<Bridge> {
    let options = Slots::parse(options(link.attributes())?);
    Some(Bridge {
        index: link.index(),
        name: link.name(),
        id: options.get(IFLA_BR_BRIDGE_ID)?.first_chunk().copied()?,
        stp: options.u32(IFLA_BR_STP_STATE).unwrap_or(0) != 0,
    })
}

/// A bridge's id: priority and address in hexadecimal.
#[inline(never)]
pub(crate) fn id(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        if at == 2 {
            text.push('.');
        }
        text.extend([byte >> 4, byte & 15].iter().filter_map(|digit| char::from_digit((*digit).into(), 16)));
    }
    text
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
