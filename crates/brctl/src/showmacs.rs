//! `showmacs`: a bridge's forwarding database, by address.
//!
//! One dump over netlink, where the original reads sysfs in pieces that each start over. The bridge's own entries, which
//! sysfs leaves out, are left out.

use crate::bridge::{NO_BRIDGE, find};
use crate::ports::each_port;
use crate::{Done, Failure, Tool};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::uapi::*;
use netmite_netlink::{IfIndex, Message};
use netmite_output::Value;

/// One entry, packed so that the greater number is the one that comes later: from the top, address (48 bits), port (16),
/// whether it is local (1), and how long ago it was seen in clock ticks (32), 0 for what does not age.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u128);

impl Entry {
    fn new(address: [u8; 6], port: u16, local: bool, age: u32) -> Self {
        let [a, b, c, d, e, f] = address;
        let address = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        Entry(u128::from(address) << 49 | u128::from(port) << 33 | u128::from(local) << 32 | u128::from(age))
    }

    fn address(self) -> [u8; 6] {
        let [_, _, address @ ..] = ((self.0 >> 49) as u64).to_be_bytes();
        address
    }

    fn port(self) -> u16 {
        (self.0 >> 33) as u16
    }

    fn is_local(self) -> bool {
        self.0 >> 32 & 1 == 1
    }

    fn age(self) -> u32 {
        self.0 as u32
    }
}

pub(crate) fn run(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [name, ..] = arguments else { return Ok(()) };
    let refused = |why: &[u8]| Failure::new(&[FAILED, b": ", why]);
    let bridge = match find(tool, name, &[FAILED])? {
        None => return Err(refused(b"No such device")),
        Some(facts) if !facts.is_bridge => return Err(Failure::no_bridge(&[FAILED], NO_BRIDGE)),
        Some(facts) => facts.index,
    };
    let failed = |error| Failure::system(&[FAILED], &error);
    let mut ports = Vec::new();
    each_port(tool, &mut |port| {
        let number = Slots::parse(port.options).u16(IFLA_BRPORT_NO).filter(|_| port.master == bridge);
        ports.extend(number.map(|number| (port.index, number)));
    })
    .map_err(failed)?;
    netmite_output::sort_by_key(&mut ports, |port| *port);
    let mut entries = read(tool, bridge, &ports).map_err(failed)?;
    entries.sort_unstable();
    print(tool, &entries);
    Ok(())
}

const FAILED: &[u8] = b"read of forward table failed";

/// The entries of a bridge whose ports have these indexes and numbers, by index.
fn read(tool: &mut Tool, bridge: IfIndex, ports: &[(u32, u16)]) -> netmite_netlink::Result<Vec<Entry>> {
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
            if master == bridge.get() {
                let local = header.state & NUD_PERMANENT != 0;
                let ages = !local && header.state & NUD_NOARP == 0;
                // struct nda_cacheinfo: confirmed, used, updated, refcnt.
                let updated = slots.get(NDA_CACHEINFO).and_then(|info| array(info.get(8..)?)).map(u32::from_ne_bytes);
                let age = updated.filter(|_| ages).unwrap_or(0);
                entries.push(Entry::new(address, *port, local, age));
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
        let hundredths = u64::from(entry.age()) * 100 / ticks;
        if !out.is_json() {
            line(*entry, hundredths, out.io().buffer());
            out.io().drain();
            continue;
        }
        out.open_object("");
        out.json("port_no", entry.port());
        out.json("mac", Value::Link(&entry.address()));
        out.json("local", entry.is_local());
        out.json("ageing_timer", Value::Decimal(hundredths, 2));
        out.close_object();
    }
    out.close_array();
    out.end_json();
}

/// An entry's line, without the detour over values: there are many.
fn line(entry: Entry, hundredths: u64, to: &mut Vec<u8>) {
    padded(to, u64::from(entry.port()), 3);
    to.push(b'\t');
    netmite_output::link_address(to, &entry.address());
    to.extend_from_slice(if entry.is_local() { b"\tyes\t\t" } else { b"\tno\t\t" });
    padded(to, hundredths / 100, 4);
    let rest = hundredths % 100;
    to.extend_from_slice(&[b'.', b'0' + (rest / 10) as u8, b'0' + (rest % 10) as u8, b'\n']);
}

/// A number with blanks in front, up to `width` bytes.
fn padded(to: &mut Vec<u8>, number: u64, width: u32) {
    let mut least = 10;
    for _ in 1..width {
        if number < least {
            to.push(b' ');
        }
        least *= 10;
    }
    netmite_output::decimal(to, number);
}

#[cfg(test)]
mod tests {
    use super::Entry;

    #[test]
    fn lines() {
        let mut text = Vec::new();
        super::line(Entry::new([0, 1, 2, 3, 4, 255], 1, true, 0), 0, &mut text);
        super::line(Entry::new([0, 1, 2, 3, 4, 5], 1023, false, 7), 1_234_567, &mut text);
        super::line(Entry::new([0, 1, 2, 3, 4, 5], 10, false, 7), 99_909, &mut text);
        let lines = "  1\t00:01:02:03:04:ff\tyes\t\t   0.00\n1023\t00:01:02:03:04:05\tno\t\t12345.67\n 10\t00:01:02:03:04:05\tno\t\t 999.09\n";
        assert_eq!(String::from_utf8(text).unwrap(), lines);
    }

    #[test]
    fn entries_keep_what_they_hold_and_sort_by_address() {
        let entry = Entry::new([0xfe, 2, 3, 4, 5, 6], 1023, true, u32::MAX);
        assert_eq!((entry.address(), entry.port(), entry.is_local()), ([0xfe, 2, 3, 4, 5, 6], 1023, true));
        assert_eq!(entry.age(), u32::MAX);
        assert!(Entry::new([0, 2, 3, 4, 5, 7], 1, false, 0) > Entry::new([0, 2, 3, 4, 5, 6], 2, true, 9));
        assert_eq!(Entry::new([0, 0, 0, 0, 0, 1], u16::MAX, false, 7).port(), u16::MAX);
    }
}
