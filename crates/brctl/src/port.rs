//! Ports: joined, released, their options set.

use crate::bridge::{Facts, find};
use crate::{Done, Failure, Tool, number, on_off};
use netmite_netlink::IfIndex;
use netmite_netlink::link::{BridgePort, Link};
use netmite_netlink::uapi::*;

pub(crate) fn add(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let Some((bridge, ports)) = arguments.split_first() else { return Ok(()) };
    for port in ports {
        let (facts, to) = both(tool, port, bridge)?;
        if !to.is_bridge {
            return Err(Failure::new(&[b"can't add ", port, b" to bridge ", bridge, NO_BRIDGE]).hint("it is no bridge"));
        }
        if facts.is_bridge {
            return Err(Failure::new(&[
                b"device ",
                port,
                b" is a bridge device itself; can't add a bridge device to a bridge device.",
            ]));
        }
        if facts.master.is_some() {
            return Err(Failure::new(&[
                b"device ",
                port,
                b" is already a member of a bridge; can't add it to bridge ",
                bridge,
                b".",
            ]));
        }
        let change = change(&facts).map(|link| link.attribute(IFLA_MASTER, to.index));
        let added = change.map_or(Ok(()), |link| tool.socket.set(link));
        added.map_err(|error| Failure::system(&[b"can't add ", port, b" to bridge ", bridge], &error))?;
    }
    Ok(())
}

pub(crate) fn delete(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let Some((bridge, ports)) = arguments.split_first() else { return Ok(()) };
    for port in ports {
        let (facts, from) = both(tool, port, bridge)?;
        if !from.is_bridge {
            return Err(Failure::new(&[b"can't delete ", port, b" from ", bridge, NO_BRIDGE]).hint("it is no bridge"));
        }
        if facts.master != Some(from.index) {
            return Err(Failure::new(&[b"device ", port, b" is not a port of ", bridge]));
        }
        let released = change(&facts).map_or(Ok(()), |link| tool.socket.set(link.no_master()));
        released.map_err(|error| Failure::system(&[b"can't delete ", port, b" from ", bridge], &error))?;
    }
    Ok(())
}

pub(crate) fn hairpin(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [bridge, port, word, ..] = arguments else { return Ok(()) };
    let on = on_off(word)?;
    let (facts, of) = both(tool, port, bridge)?;
    let failed = [b"can't set ", *port, b" to hairpin on bridge ", bridge].concat();
    if facts.master.is_none() && !of.is_bridge {
        return Err(Failure::new(&[&failed, NO_BRIDGE]).hint("it is no bridge"));
    }
    set(tool, &facts, &failed, |options| options.hairpin(on))
}

pub(crate) fn path_cost(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [bridge, port, word, ..] = arguments else { return Ok(()) };
    let cost = number(word, "path cost value")?;
    option(tool, bridge, port, b"set path cost failed", |options| {
        options.attribute(IFLA_BRPORT_COST, u32::try_from(cost).unwrap_or(u32::MAX))
    })
}

pub(crate) fn priority(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [bridge, port, word, ..] = arguments else { return Ok(()) };
    let priority = number(word, "path priority value")?;
    option(tool, bridge, port, b"set port priority failed", |options| {
        options.attribute(IFLA_BRPORT_PRIORITY, u16::try_from(priority).unwrap_or(u16::MAX))
    })
}

/// Sets an option of a port. As with the original, which bridge it is of plays a part only where it is of none.
fn option(
    tool: &mut Tool,
    bridge: &[u8],
    port: &[u8],
    failed: &[u8],
    option: impl FnOnce(BridgePort) -> BridgePort,
) -> Done {
    let system = |error: &_| Failure::system(&[failed], error);
    let missing = || Failure::new(&[failed, b": No such device"]);
    let facts = find(tool, port).map_err(|error| system(&error))?.ok_or_else(missing)?;
    if facts.master.is_none() && !find(tool, bridge).map_err(|error| system(&error))?.ok_or_else(missing)?.is_bridge {
        return Err(Failure::new(&[failed, NO_BRIDGE]).hint("it is no bridge"));
    }
    set(tool, &facts, failed, option)
}

fn set(tool: &mut Tool, facts: &Facts, failed: &[u8], option: impl FnOnce(BridgePort) -> BridgePort) -> Done {
    let index = IfIndex::new(facts.index).filter(|_| facts.master.is_some());
    let Some(index) = index else {
        // The original looks for the port's folder in sysfs.
        return Err(Failure::new(&[failed, b": No such file or directory"]).hint("it is no port of a bridge"));
    };
    tool.socket.set(option(BridgePort::by_index(index))).map_err(|error| Failure::system(&[failed], &error))
}

fn change(facts: &Facts) -> Option<Link> {
    IfIndex::new(facts.index).map(Link::by_index)
}

/// A port and its bridge. As with the original, the port is missed first.
fn both(tool: &mut Tool, port: &[u8], bridge: &[u8]) -> Result<(Facts, Facts), Failure> {
    let facts = interface(tool, port)?;
    let missing = || Failure::new(&[b"bridge ", bridge, b" does not exist!"]);
    let found = find(tool, bridge).map_err(|error| Failure::system(&[b"bridge ", bridge], &error))?;
    Ok((facts, found.ok_or_else(missing)?))
}

/// The end of a complaint about something that is no bridge.
const NO_BRIDGE: &[u8] = b": Operation not supported";

fn interface(tool: &mut Tool, name: &[u8]) -> Result<Facts, Failure> {
    let missing = || Failure::new(&[b"interface ", name, b" does not exist!"]);
    find(tool, name).map_err(|error| Failure::system(&[b"interface ", name], &error))?.ok_or_else(missing)
}
