//! Bridges: made, deleted, their spanning tree set. Times are given in seconds, with fractions, and kept by the kernel in
//! hundredths.

use crate::{Done, Failure, Tool, number, numbers, on_off};
use netmite_netlink::link::{Bridge, Link};
use netmite_netlink::uapi::*;
use netmite_netlink::{Error, IfName};

const EEXIST: i32 = 17;
const EBUSY: i32 = 16;

pub(crate) fn add(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [name, ..] = arguments else { return Ok(()) };
    if IfName::new(name).is_none() {
        let failure = Failure::new(&[b"add bridge failed: Invalid argument"]);
        return Err(failure.hint("a name has 1 to 15 bytes, no slash and no white space, and is not . or .."));
    }
    tool.socket.add(Link::new(name).kind(Bridge::new())).map_err(|error| match error.errno() {
        Some(EEXIST) => Failure::new(&[b"device ", name, b" already exists; can't create bridge with the same name"]),
        _ => Failure::system(&[b"add bridge failed"], &error),
    })
}

pub(crate) fn delete(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [name, ..] = arguments else { return Ok(()) };
    let missing = || Failure::new(&[b"bridge ", name, b" doesn't exist; can't delete it"]);
    let facts = find(tool, name).map_err(|error| Failure::system(&[b"can't delete bridge ", name], &error))?;
    match facts {
        None => Err(missing()),
        Some(facts) if !facts.is_bridge => {
            Err(Failure::new(&[b"can't delete bridge ", name, b": Operation not permitted"]).hint("it is no bridge"))
        }
        Some(facts) if facts.is_up => Err(Failure::new(&[b"bridge ", name, b" is still up; can't delete it"])),
        Some(_) => tool.socket.delete(Link::by_name(name)).map_err(|error| match error.errno() {
            Some(EBUSY) => Failure::new(&[b"bridge ", name, b" is still up; can't delete it"]),
            _ => Failure::system(&[b"can't delete bridge ", name], &error),
        }),
    }
}

pub(crate) fn stp(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [name, word, ..] = arguments else { return Ok(()) };
    let on = on_off(word)?;
    set(tool, name, "set stp status failed", |bridge| bridge.stp(on))
}

pub(crate) fn ageing(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    time(tool, arguments, "bad ageing time value", "set ageing time failed", IFLA_BR_AGEING_TIME)
}

pub(crate) fn forward_delay(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    time(tool, arguments, "bad forward delay value", "set forward delay failed", IFLA_BR_FORWARD_DELAY)
}

pub(crate) fn hello_time(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    time(tool, arguments, "bad hello timer value", "set hello timer failed", IFLA_BR_HELLO_TIME)
}

pub(crate) fn max_age(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    time(tool, arguments, "bad max age value", "set max age failed", IFLA_BR_MAX_AGE)
}

pub(crate) fn priority(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [name, word, ..] = arguments else { return Ok(()) };
    // The original passes on the lower 16 bits of whatever it is given.
    let priority = number(word, "priority")? as u16;
    set(tool, name, "set bridge priority failed", |bridge| bridge.attribute(IFLA_BR_PRIORITY, priority))
}

fn time(tool: &mut Tool, arguments: &[&[u8]], bad: &str, failed: &str, attribute: u16) -> Done {
    let [name, word, ..] = arguments else { return Ok(()) };
    let hundredths = numbers::hundredths(word).ok_or_else(|| Failure::new(&[bad.as_bytes()]))?;
    let Ok(hundredths) = u32::try_from(hundredths) else {
        return Err(Failure::new(&[failed.as_bytes(), b": Numerical result out of range"]));
    };
    set(tool, name, failed, |bridge| bridge.attribute(attribute, hundredths))
}

fn set(tool: &mut Tool, name: &[u8], failed: &str, option: impl FnOnce(Bridge) -> Bridge) -> Done {
    let refused = |why: &str| Failure::new(&[failed.as_bytes(), b": ", why.as_bytes()]);
    match find(tool, name) {
        Ok(None) => return Err(refused("No such device")),
        Ok(Some(facts)) if !facts.is_bridge => return Err(refused("Operation not supported").hint("it is no bridge")),
        Ok(Some(_)) => (),
        Err(error) => return Err(Failure::system(&[failed.as_bytes()], &error)),
    }
    let change = Link::by_name(name).kind(option(Bridge::new()));
    tool.socket.set(change).map_err(|error| Failure::system(&[failed.as_bytes()], &error))
}

/// What must be known of a link before it is touched.
pub(crate) struct Facts {
    pub(crate) index: u32,
    pub(crate) master: Option<u32>,
    pub(crate) is_bridge: bool,
    pub(crate) is_up: bool,
}

/// Asks for the link called `name`; `None` where there is none.
pub(crate) fn find(tool: &mut Tool, name: &[u8]) -> netmite_netlink::Result<Option<Facts>> {
    let link = match tool.socket.link(name) {
        Ok(link) => link,
        Err(Error::NoSuchInterface(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(Facts {
        index: link.index.get(),
        master: link.master.map(netmite_netlink::IfIndex::get),
        is_bridge: link.kind.as_deref() == Some(b"bridge"),
        is_up: link.flags & IFF_UP != 0,
    }))
}
