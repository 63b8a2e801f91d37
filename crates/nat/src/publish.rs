//! `publish`: a port of this host leads to another address; or a range of ports, an entry each.
//!
//! That is a dnat of what goes to an address of this host, whoever sends it. With `--hairpin` hosts on the other
//! address's own network are served too: their packets are masqueraded, so that replies come back the way they went.

use crate::arguments;
use crate::failure::{Failure, Result};
use crate::rows::Given;
use crate::words;
use crate::{explained, hints};
use netmite_netlink::nat::Nat;
use netmite_netlink::{NetfilterSocket, Prefix, RouteSocket};
use netmite_output::Io;
use std::net::IpAddr;

/// What is published.
#[derive(Debug, PartialEq, Eq)]
struct Port {
    /// The address of this host, or any.
    host: Option<IpAddr>,
    /// First and last.
    ports: (u16, u16),
    to: IpAddr,
    /// First and last, as many.
    to_ports: (u16, u16),
    protocol: u8,
}

/// Runs the verb.
pub fn publish(socket: &mut NetfilterSocket, given: &dyn Given, io: &mut Io) -> Result<u8> {
    let word = given.value("spec").unwrap_or(b"");
    let shape = "not [ADDRESS:]PORT[-PORT]:ADDRESS:PORT[-PORT][/PROTOCOL]: ";
    let port = read(word).ok_or_else(|| Failure::word(shape, word))?;
    let fits = arguments::family(given).is_none_or(|v6| v6 == port.to.is_ipv6());
    if !fits {
        return Err(Failure::word("-4 or -6 does not go with the address of ", word));
    }
    let comment = given.value("comment").unwrap_or(b"");
    let network = if given.flag("hairpin") { Some(network_of(port.to)?) } else { None };
    let (mut entries, mut changes) = (Vec::new(), Vec::new());
    for (from, to) in (port.ports.0..=port.ports.1).zip(port.to_ports.0..=port.to_ports.1) {
        let mut entry = Nat::dnat(port.to).to_this_host().protocol(port.protocol).comment(comment);
        entry = entry.destination_port(from).to_port(to);
        if let Some(host) = port.host {
            entry = entry.destination(Prefix::host(host));
        }
        changes.push(if given.flag("replace") { entry.clone().replace() } else { entry.clone().add() });
        entries.push(entry);
        if let Some((network, name)) = &network {
            let back = if port.to.is_ipv6() { Nat::masquerade_v6() } else { Nat::masquerade_v4() };
            let back = back.source(*network).destination(Prefix::host(port.to)).out_interface(name);
            changes.push(back.protocol(port.protocol).destination_port(to).comment(comment).add());
        }
    }
    let outcome = socket.commit(changes);
    outcome.map_err(|error| explained(socket, error, &entries))?;
    if !given.flag("quiet") {
        hints::after_adding(socket, &entries, io);
    }
    Ok(0)
}

/// The network of this host's that an address is in, and the name of the interface there.
fn network_of(address: IpAddr) -> Result<(Prefix, Vec<u8>)> {
    let mut socket = RouteSocket::open()?;
    let holds =
        |prefix: Prefix| Prefix::new(address, prefix.len()).is_some_and(|same| same.network() == prefix.network());
    let same_version = |prefix: Prefix| prefix.address().is_ipv4() == address.is_ipv4();
    let all = socket.addresses()?.into_iter().filter(|own| same_version(own.prefix) && holds(own.prefix));
    let found = all.max_by_key(|own| own.prefix.len());
    let found = found.and_then(|own| Some((own.prefix.network(), socket.name_of(own.index)?.as_bytes().to_vec())));
    found.ok_or_else(|| Failure::refused(format!("--hairpin: {address} is on no network of this host's")))
}

/// `[ADDRESS:]PORT[-PORT]:ADDRESS:PORT[-PORT][/PROTOCOL]`, IPv6 addresses between brackets. Port 0 is none.
fn read(word: &[u8]) -> Option<Port> {
    let text = std::str::from_utf8(word).ok()?;
    let (text, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = words::protocol(protocol.as_bytes()).filter(|number| matches!(number, 6 | 17 | 33 | 132 | 136))?;
    let (front, to_port) = text.rsplit_once(':')?;
    let (front, to) = last_address(front)?;
    let (host, port) = match front.rsplit_once(':') {
        Some((host, port)) => (Some(host.trim_matches(['[', ']']).parse::<IpAddr>().ok()?), port),
        None => (None, front),
    };
    let numbers = |text: &str| words::ports(text.as_bytes()).filter(|(first, _)| *first > 0);
    let (ports, to_ports) = (numbers(port)?, numbers(to_port)?);
    let port = Port { host, ports, to, to_ports, protocol };
    let as_many = ports.1 - ports.0 == to_ports.1 - to_ports.0;
    let same = port.host.is_none_or(|host| host.is_ipv4() == to.is_ipv4());
    (same && as_many).then_some(port)
}

/// Splits `REST:ADDRESS`.
fn last_address(text: &str) -> Option<(&str, IpAddr)> {
    match text.strip_suffix(']') {
        Some(open) => {
            let (rest, address) = open.rsplit_once('[')?;
            Some((rest.strip_suffix(':')?, address.parse().ok().filter(IpAddr::is_ipv6)?))
        }
        None => {
            let (rest, address) = text.rsplit_once(':')?;
            Some((rest, address.parse().ok().filter(IpAddr::is_ipv4)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published() {
        let port = read(b"8080:10.0.0.2:80/tcp").unwrap();
        assert_eq!((port.host, port.ports, port.to_ports, port.protocol), (None, (8080, 8080), (80, 80), 6));
        let several = read(b"8080-8089:10.0.0.2:80-89/udp").unwrap();
        assert_eq!((several.ports, several.to_ports), ((8080, 8089), (80, 89)));
        assert_eq!(read(b"192.0.2.1:53:10.0.0.2:5353/udp").unwrap().host, "192.0.2.1".parse().ok());
        assert_eq!(read(b"[fd00::1]:80:[fd00::2]:8080").unwrap().to, "fd00::2".parse::<IpAddr>().unwrap());
        for bad in [
            "",
            "80",
            "80:10.0.0.2",
            "80:10.0.0.2:x",
            "[fd00::1]:80:10.0.0.2:80",
            "80:10.0.0.2:80/icmp",
            "1:2:3:4:5",
            "0:10.0.0.2:80",
            "80-81:10.0.0.2:80",
            "81-80:10.0.0.2:81-80",
        ] {
            assert_eq!(read(bad.as_bytes()), None, "{bad}");
        }
    }
}
