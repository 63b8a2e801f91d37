//! `publish`: a port of this host leads to another address; or a range of ports, an entry each.
//!
//! That is a dnat of what goes to an address of this host, whoever sends it. With `--hairpin` hosts on the other
//! address's own network are served too: their packets are masqueraded, so that replies come back the way they went.

use crate::arguments;
use crate::failure::{Failure, Result};
use crate::rows::Given;
use crate::{put, words};
use netmite_netlink::nat::{Addresses, Interface, Kind, Nat, NatChange};
use netmite_netlink::{IfIndex, NetfilterSocket, Prefix, RouteSocket};
use netmite_output::{Io, Value};
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
    for above in 0..=port.ports.1.saturating_sub(port.ports.0) {
        let (from, to) = (port.ports.0.saturating_add(above), port.to_ports.0.saturating_add(above));
        let mut entry = Nat::dnat(port.to);
        entry.to_ports = Some((to, to));
        entry.local = true;
        entry.destination = port.host.map(|host| Addresses::Prefix(Prefix::host(host)).into());
        finish(&mut entry, port.protocol, from, comment);
        entries.push(entry.clone());
        changes.push(if given.flag("replace") { NatChange::Replace(entry) } else { NatChange::Add(entry) });
        if let Some((network, name)) = &network {
            let mut back = Nat::new(Kind::Masquerade, port.to.is_ipv6());
            back.source = Some(Addresses::Prefix(*network).into());
            back.destination = Some(Addresses::Prefix(Prefix::host(port.to)).into());
            back.output = Some(Interface { name: name[..].into(), wildcard: false }.into());
            finish(&mut back, port.protocol, to, comment);
            changes.push(NatChange::Add(back));
        }
    }
    put(socket, changes, &entries, given, io)
}

/// What both entries of a port have.
fn finish(nat: &mut Nat, protocol: u8, port: u16, comment: &[u8]) {
    nat.protocol = Some(protocol.into());
    nat.destination_ports = Some((port, port).into());
    nat.comment = comment.into();
}

/// The network of this host's that an address is in, and the name of the interface there.
fn network_of(address: IpAddr) -> Result<(Prefix, Vec<u8>)> {
    let mut socket = RouteSocket::open()?;
    let mut found: Option<(Prefix, IfIndex)> = None;
    let _ = socket.for_each_address(|own| {
        let prefix = own.prefix();
        let holds = Prefix::new(address, prefix.len()).is_some_and(|same| same.network() == prefix.network());
        if holds && found.is_none_or(|(best, _)| prefix.len() >= best.len()) {
            found = Some((prefix, own.index()));
        }
        Ok(())
    })?;
    let named = found.and_then(|(prefix, index)| Some((prefix.network(), socket.name_of(index)?.as_bytes().to_vec())));
    named.ok_or_else(|| Failure::refused(format!("--hairpin: {} is on no network of this host's", Value::Ip(address))))
}

/// `[ADDRESS:]PORT[-PORT]:ADDRESS:PORT[-PORT][/PROTOCOL]`, IPv6 addresses between brackets. Port 0 is none.
fn read(word: &[u8]) -> Option<Port> {
    let (word, protocol) = words::cut(word, b"/").unwrap_or((word, b"tcp"));
    let protocol = words::protocol(protocol).filter(|number| matches!(number, 6 | 17 | 33 | 132 | 136))?;
    let (front, to_ports) = words::cut_last(word, b':')?;
    let (front, to) = last_address(front)?;
    let (host, ports) = match words::cut_last(front, b':') {
        Some((host, ports)) => (Some(words::bracketed(host)?), ports),
        None => (None, front),
    };
    let (ports, to_ports) = (words::ports(ports)?, words::ports(to_ports)?);
    let fits = host.is_none_or(|host| host.is_ipv4() == to.is_ipv4())
        && ports.0 > 0
        && to_ports.0 > 0
        && ports.1 - ports.0 == to_ports.1 - to_ports.0;
    fits.then_some(Port { host, ports, to, to_ports, protocol })
}

/// Splits `REST:ADDRESS`.
fn last_address(word: &[u8]) -> Option<(&[u8], IpAddr)> {
    let (rest, to) = match word.strip_suffix(b"]") {
        Some(open) => {
            let (rest, to) = words::cut_last(open, b'[')?;
            (rest.strip_suffix(b":")?, to)
        }
        None => words::cut_last(word, b':')?,
    };
    Some((rest, words::address(to).filter(|to| to.is_ipv6() == word.ends_with(b"]"))?))
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
