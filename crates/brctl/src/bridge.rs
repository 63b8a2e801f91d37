//! Bridges: made, deleted, their spanning tree set. Times are given in seconds, with fractions, and kept by the kernel in
//! hundredths.

use crate::{Done, Failure, Tool, number, numbers, on_off};
use netmite_netlink::attributes::Slots;
use netmite_netlink::errno::{EBUSY, EEXIST};
use netmite_netlink::header::IfInfo;
use netmite_netlink::link::{Bridge, Link};
use netmite_netlink::uapi::*;
use netmite_netlink::{IfIndex, IfName, Message};

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
    let failed = [b"can't delete bridge ", *name];
    let is_up = || Failure::new(&[b"bridge ", name, b" is still up; can't delete it"]);
    match find(tool, name, &failed)? {
        None => Err(Failure::new(&[b"bridge ", name, b" doesn't exist; can't delete it"])),
        Some(facts) if !facts.is_bridge => Err(Failure::no_bridge(&failed, b": Operation not permitted")),
        Some(facts) if facts.is_up => Err(is_up()),
        Some(_) => tool.socket.delete(Link::by_name(name)).map_err(|error| match error.errno() {
            Some(EBUSY) => is_up(),
            _ => Failure::system(&failed, &error),
        }),
    }
}

pub(crate) fn stp(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [name, word, ..] = arguments else { return Ok(()) };
    let on = u32::from(on_off(word)?);
    set(tool, name, "set stp status failed", IFLA_BR_STP_STATE, &on.to_ne_bytes())
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
    set(tool, name, "set bridge priority failed", IFLA_BR_PRIORITY, &priority.to_ne_bytes())
}

#[inline(never)]
fn time(tool: &mut Tool, arguments: &[&[u8]], bad: &str, failed: &str, attribute: u16) -> Done {
    let [name, word, ..] = arguments else { return Ok(()) };
    let Some(hundredths) = numbers::hundredths(word) else { return Err(Failure::new(&[bad.as_bytes()])) };
    let Ok(hundredths) = u32::try_from(hundredths) else {
        return Err(Failure::new(&[failed.as_bytes(), b": Numerical result out of range"]));
    };
    set(tool, name, failed, attribute, &hundredths.to_ne_bytes())
}

/// Sets an option of a bridge: an attribute, and the bytes of it.
#[inline(never)]
fn set(tool: &mut Tool, name: &[u8], failed: &str, attribute: u16, value: &[u8]) -> Done {
    let failed = [failed.as_bytes()];
    match find(tool, name, &failed)? {
        None => Err(Failure::new(&[failed[0], b": No such device"])),
        Some(facts) if !facts.is_bridge => Err(Failure::no_bridge(&failed, NO_BRIDGE)),
        Some(_) => {
            let change = Link::by_name(name).kind(Bridge::new().attribute(attribute, value));
            tool.socket.set(change).map_err(|error| Failure::system(&failed, &error))
        }
    }
}

/// The system's reason where something is no bridge.
pub(crate) const NO_BRIDGE: &[u8] = b": Operation not supported";

/// What must be known of a link before it is touched.
pub(crate) struct Facts {
    pub(crate) index: IfIndex,
    pub(crate) master: Option<IfIndex>,
    pub(crate) is_bridge: bool,
    pub(crate) is_up: bool,
}

/// Asks for the link called `name`; `None` where there is none.
#[inline(never)]
pub(crate) fn find(tool: &mut Tool, name: &[u8], failed: &[&[u8]]) -> Result<Option<Facts>, Failure> {
    let Ok(index) = tool.socket.index_of(name) else { return Ok(None) };
    let mut request = Message::new(RTM_GETLINK, 0, &IfInfo { index: index.get(), ..IfInfo::default() }.to_bytes());
    let found = tool.socket.socket().get(&mut request, |view| {
        let slots = view.slots(IfInfo::LEN);
        Ok(Facts {
            index,
            master: slots.u32(IFLA_MASTER).and_then(IfIndex::new),
            is_bridge: options(&slots).is_some(),
            is_up: IfInfo::of(view).is_some_and(|header| header.flags & IFF_UP != 0),
        })
    });
    found.map(Some).map_err(|error| Failure::system(failed, &error))
}

/// The options of a bridge, if a link's attributes are those of one.
pub(crate) fn options<'a>(link: &Slots<'a>) -> Option<&'a [u8]> {
    let info = link.nested_slots(IFLA_LINKINFO)?;
    let is_bridge = info.bytes(IFLA_INFO_KIND)? == b"bridge";
    is_bridge.then(|| info.get(IFLA_INFO_DATA).unwrap_or(&[]))
}
