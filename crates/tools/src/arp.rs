//! ARP packets and the link they go over. Source: RFC 826, RFC 5227, packet(7).

use netmite_netlink::header::{IfInfo, RouteHeader};
use netmite_netlink::message::{Message, MessageView};
use netmite_netlink::uapi::*;
use netmite_netlink::{Error, IfIndex, IfName, LLADDR_MAX, MacAddress, Result, RouteSocket};
use std::net::{IpAddr, Ipv4Addr};

const REQUEST: u16 = 1;
const REPLY: u16 = 2;
const IPV4: u16 = 0x0800;
const ETHERNET: u16 = 1;

/// A link, as far as ARP is concerned.
#[derive(Debug)]
pub(crate) struct ArpLink {
    pub(crate) index: IfIndex,
    pub(crate) name: IfName,
    pub(crate) flags: u32,
    kind: u16,
    pub(crate) address: MacAddress,
    pub(crate) broadcast: MacAddress,
}

impl ArpLink {
    /// Asks for the link.
    pub(crate) fn find(socket: &mut RouteSocket, index: IfIndex) -> Result<Self> {
        let header = IfInfo { index: index.get(), ..IfInfo::default() };
        let mut request = Message::new(RTM_GETLINK, 0, &header.to_bytes());
        let read = |view: &MessageView| {
            let header = IfInfo::of(view)?;
            let slots = view.slots(IfInfo::LEN);
            let address = MacAddress::new(slots.get(IFLA_ADDRESS).unwrap_or_default())?;
            let all = [0xff; LLADDR_MAX];
            let broadcast = slots.get(IFLA_BROADCAST).or(all.get(..address.as_bytes().len()))?;
            let broadcast = MacAddress::new(broadcast)?;
            let name = IfName::new(slots.bytes(IFLA_IFNAME)?)?;
            Some(ArpLink { index, name, flags: header.flags, kind: header.kind, address, broadcast })
        };
        socket.socket().get(&mut request, |view| read(view).ok_or(Error::Malformed("a link without name")))
    }

    /// Whether the link has addresses that ARP finds.
    pub(crate) fn has_arp(&self) -> bool {
        self.flags & (IFF_NOARP | IFF_LOOPBACK) == 0 && (1..=8).contains(&self.address.as_bytes().len())
    }

    /// A packet from this link.
    pub(crate) fn packet(&self, reply: bool, from: Ipv4Addr, to: Ipv4Addr, to_link: &MacAddress) -> Vec<u8> {
        let (kind, operation) = (self.kind().to_be_bytes(), if reply { REPLY } else { REQUEST }.to_be_bytes());
        let address = self.address.as_bytes();
        let sizes = [address.len() as u8, 4];
        let (from, to) = (from.octets(), to.octets());
        [&kind[..], &IPV4.to_be_bytes(), &sizes, &operation, address, &from, to_link.as_bytes(), &to].concat()
    }

    /// The hardware type that packets carry: that of the link, but Ethernet's for those that speak as it does.
    fn kind(&self) -> u16 {
        match self.kind {
            // ARPHRD_IEEE802 and ARPHRD_FDDI, linux/if_arp.h.
            6 | 774 => ETHERNET,
            kind => kind,
        }
    }

    /// Reads a packet for this link; `None` where it is none for IPv4, or cut short.
    pub(crate) fn read<'a>(&self, packet: &'a [u8]) -> Option<ArpPacket<'a>> {
        let (&[k0, k1, p0, p1, len, ip_len, o0, o1], rest) = packet.split_first_chunk()?;
        let own = self.address.as_bytes().len();
        let fits = u16::from_be_bytes([p0, p1]) == IPV4 && usize::from(len) == own && ip_len == 4;
        let fits = fits && u16::from_be_bytes([k0, k1]) == self.kind();
        let (from_link, rest) = rest.split_at_checked(own).filter(|_| fits)?;
        let (from, rest) = rest.split_first_chunk::<4>()?;
        let (_, rest) = rest.split_at_checked(own)?;
        let to = rest.first_chunk::<4>()?;
        let request = match u16::from_be_bytes([o0, o1]) {
            REQUEST => true,
            REPLY => false,
            _ => return None,
        };
        Some(ArpPacket { request, from: (*from).into(), from_link, to: (*to).into() })
    }
}

/// A packet that was received.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ArpPacket<'a> {
    pub(crate) request: bool,
    pub(crate) from: Ipv4Addr,
    pub(crate) from_link: &'a [u8],
    pub(crate) to: Ipv4Addr,
}

/// The way to `to`: the link, and the address to speak from. Over `link`, if one is given.
pub(crate) fn way(
    socket: &mut RouteSocket,
    to: Ipv4Addr,
    link: Option<IfIndex>,
) -> Result<(IfIndex, Option<Ipv4Addr>)> {
    let header = RouteHeader { family: AF_INET, dst_len: 32, ..RouteHeader::default() };
    let mut request = Message::new(RTM_GETROUTE, 0, &header.to_bytes());
    request.put(RTA_DST, to);
    if let Some(link) = link {
        request.put(RTA_OIF, link);
    }
    let read = |view: &MessageView| {
        let slots = view.slots(RouteHeader::LEN);
        let local = RouteHeader::of(view)?.kind == RTN_LOCAL;
        let source = match slots.ip(RTA_PREFSRC) {
            Some(IpAddr::V4(source)) => Some(source),
            _ => None,
        };
        Some((slots.u32(RTA_OIF).and_then(IfIndex::new)?, source, local))
    };
    let answer = socket.socket().get(&mut request, |view| read(view).ok_or(Error::Malformed("a route without link")));
    let (index, source, local) = answer?;
    match (link, local) {
        (None, true) => Ok((holder(socket, to)?.unwrap_or(index), source)),
        _ => Ok((index, source)),
    }
}

/// The link that has one of our own addresses. The route there leads over lo.
fn holder(socket: &mut RouteSocket, address: Ipv4Addr) -> Result<Option<IfIndex>> {
    let mut found = None;
    let _ = socket.for_each_address(|candidate| {
        if candidate.prefix().address() == IpAddr::V4(address) {
            found = found.or(Some(candidate.index()));
        }
        Ok(())
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> ArpLink {
        let index = IfIndex::new(2).unwrap();
        let name = IfName::new(b"v0").unwrap();
        let [address, broadcast] = [[2, 0, 0, 0, 0, 1], [255; 6]].map(|bytes| MacAddress::new(&bytes).unwrap());
        ArpLink { index, name, flags: 0, kind: ETHERNET, address, broadcast }
    }

    #[test]
    fn packets_are_read_as_they_are_written() {
        let (a, b) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let packet = link().packet(true, a, b, &link().broadcast);
        assert_eq!(packet.len(), 28);
        let from_link = [2, 0, 0, 0, 0, 1];
        let expected = ArpPacket { request: false, from: a, from_link: &from_link, to: b };
        assert_eq!(link().read(&packet), Some(expected));
    }

    #[test]
    fn packets_cut_short_or_of_another_kind_are_dropped() {
        let packet = link().packet(false, Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST, &link().broadcast);
        for len in 0..packet.len() {
            assert_eq!(link().read(&packet[..len]), None, "{len}");
        }
        for (at, byte) in [(0, 1), (2, 0x86), (4, 8), (4, 255), (5, 16), (7, 3)] {
            let mut wrong = packet.clone();
            wrong[at] = byte;
            assert_eq!(link().read(&wrong), None, "{at}");
        }
    }
}
