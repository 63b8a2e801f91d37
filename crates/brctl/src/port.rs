//! Ports: joined, released, their options set.

use crate::bridge::{Facts, NO_BRIDGE, find};
use crate::{Done, Failure, Tool, number, on_off};
use netmite_netlink::link::{BridgePort, Link};
use netmite_netlink::uapi::*;

pub(crate) fn add(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let Some((bridge, ports)) = arguments.split_first() else { return Ok(()) };
    for port in ports {
        let failed: [&[u8]; 4] = [b"can't add ", port, b" to bridge ", bridge];
        let (facts, to) = both(tool, port, bridge)?;
        if !to.is_bridge {
            return Err(Failure::no_bridge(&failed, NO_BRIDGE));
        }
        if facts.is_bridge {
            let why = b" is a bridge device itself; can't add a bridge device to a bridge device.";
            return Err(Failure::new(&[b"device ", port, why]));
        }
        if facts.master.is_some() {
            let why = b" is already a member of a bridge; can't add it to bridge ";
            return Err(Failure::new(&[b"device ", port, why, bridge, b"."]));
        }
        change(tool, Link::by_index(facts.index).master_index(to.index), &failed)?;
    }
    Ok(())
}

pub(crate) fn delete(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let Some((bridge, ports)) = arguments.split_first() else { return Ok(()) };
    for port in ports {
        let failed: [&[u8]; 4] = [b"can't delete ", port, b" from ", bridge];
        let (facts, from) = both(tool, port, bridge)?;
        if !from.is_bridge {
            return Err(Failure::no_bridge(&failed, NO_BRIDGE));
        }
        if facts.master != Some(from.index) {
            return Err(Failure::new(&[b"device ", port, b" is not a port of ", bridge]));
        }
        change(tool, Link::by_index(facts.index).no_master(), &failed)?;
    }
    Ok(())
}

pub(crate) fn hairpin(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [bridge, port, word, ..] = arguments else { return Ok(()) };
    let on = on_off(word)?;
    let (facts, of) = both(tool, port, bridge)?;
    let failed: [&[u8]; 4] = [b"can't set ", port, b" to hairpin on bridge ", bridge];
    if facts.master.is_none() && !of.is_bridge {
        return Err(Failure::no_bridge(&failed, NO_BRIDGE));
    }
    set(tool, &facts, &failed, IFLA_BRPORT_MODE, &[u8::from(on)])
}

pub(crate) fn path_cost(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [bridge, port, word, ..] = arguments else { return Ok(()) };
    let cost = u32::try_from(number(word, "path cost value")?).unwrap_or(u32::MAX);
    option(tool, bridge, port, b"set path cost failed", IFLA_BRPORT_COST, &cost.to_ne_bytes())
}

pub(crate) fn priority(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [bridge, port, word, ..] = arguments else { return Ok(()) };
    let priority = u16::try_from(number(word, "path priority value")?).unwrap_or(u16::MAX);
    option(tool, bridge, port, b"set port priority failed", IFLA_BRPORT_PRIORITY, &priority.to_ne_bytes())
}

/// Sets an option of a port. As with the original, which bridge it is of plays a part only where it is of none.
#[inline(never)]
fn option(tool: &mut Tool, bridge: &[u8], port: &[u8], failed: &[u8], attribute: u16, value: &[u8]) -> Done {
    let failed = [failed];
    let missing = || Failure::new(&[failed[0], b": No such device"]);
    let facts = find(tool, port, &failed)?.ok_or_else(missing)?;
    if facts.master.is_none() && !find(tool, bridge, &failed)?.ok_or_else(missing)?.is_bridge {
        return Err(Failure::no_bridge(&failed, NO_BRIDGE));
    }
    set(tool, &facts, &failed, attribute, value)
}

/// Sets an option of a port: an attribute, and the bytes of it.
fn set(tool: &mut Tool, facts: &Facts, failed: &[&[u8]], attribute: u16, value: &[u8]) -> Done {
    if facts.master.is_none() {
        // The original looks for the port's folder in sysfs.
        let why = [&failed.concat()[..], b": No such file or directory"];
        return Err(Failure::new(&why).hint("it is no port of a bridge"));
    }
    change(tool, BridgePort::by_index(facts.index).attribute(attribute, value).into(), failed)
}

#[inline(never)]
fn change(tool: &mut Tool, link: Link, failed: &[&[u8]]) -> Done {
    tool.socket.set(link).map_err(|error| Failure::system(failed, &error))
}

/// A port and its bridge. As with the original, the port is missed first.
#[inline(never)]
fn both(tool: &mut Tool, port: &[u8], bridge: &[u8]) -> Result<(Facts, Facts), Failure> {
    Ok((named(tool, b"interface ", port)?, named(tool, b"bridge ", bridge)?))
}

/// What is known of the link called `name`, which is told by `noun` where it is not there.
fn named(tool: &mut Tool, noun: &[u8], name: &[u8]) -> Result<Facts, Failure> {
    find(tool, name, &[noun, name])?.ok_or_else(|| Failure::new(&[noun, name, b" does not exist!"]))
}
