//! The objects of every wire case: interfaces of the kinds that requests refer to, addresses and routes to flush.

use super::Snapshot;
use super::bytes::{Message, put, put_nest, put_text, put_u32};

/// Generic netlink families: name, number, version.
pub const FAMILIES: &[(&str, u16, u32)] = &[
    ("macsec", 0x20, 1),
    ("l2tp", 0x21, 1),
    ("fou", 0x22, 1),
    ("ila", 0x23, 1),
    ("tcp_metrics", 0x24, 1),
    ("SEG6", 0x25, 1),
    ("mptcp_pm", 0x26, 1),
    ("IOAM6", 0x27, 1),
    ("nl80211", 0x28, 1),
    ("gtp", 0x29, 0),
    ("wireguard", 0x2a, 1),
];

/// An interface: index, name, kind, flags.
struct Link {
    index: u32,
    name: &'static str,
    kind: &'static str,
    up: bool,
    alias: Option<&'static str>,
}

const fn link(index: u32, name: &'static str, kind: &'static str, up: bool) -> Link {
    Link { index, name, kind, up, alias: None }
}

const LINKS: &[Link] = &[
    link(1, "lo", "", true),
    Link { alias: Some("enp0s31f6-long-alternative"), ..link(2, "eth0", "", true) },
    link(3, "eth1", "", true),
    link(4, "br0", "bridge", true),
    link(5, "veth0", "veth", true),
    link(6, "veth1", "veth", false),
    link(7, "vrf-red", "vrf", true),
    link(8, "bond0", "bond", true),
    link(9, "dummy0", "dummy", false),
    link(10, "vlan10", "vlan", true),
    link(11, "vxlan0", "vxlan", true),
    link(12, "gre1", "gre", false),
    link(13, "team0", "team", false),
    link(14, "eth2", "", false),
    link(15, "tun0", "tun", false),
    link(16, "macsec0", "macsec", false),
    link(17, "hsr0", "hsr", false),
];

/// The objects of the wire cases.
pub fn fixture() -> Snapshot {
    let mut snapshot = Snapshot::default();
    let mut add = |kind, body| snapshot.messages.push(Message { kind, flags: 0, sequence: 0, body });
    LINKS.iter().for_each(|link| add(super::RTM_NEWLINK, link_body(link)));
    super::tunnels::TUNNELS.iter().for_each(|tunnel| add(super::RTM_NEWLINK, super::tunnels::body(tunnel)));
    add(20, address(2, 8, 0xfe, 1, &[127, 0, 0, 1], Some("lo")));
    add(20, address(2, 24, 0, 2, &[10, 0, 0, 1], Some("eth0")));
    add(20, address(2, 16, 0, 2, &[172, 16, 0, 1], Some("eth0:1")));
    add(20, address(10, 64, 0, 2, &[0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], None));
    add(24, route(2, 0, 254, 3, 0, &[], Some(&[10, 0, 0, 254]), 2));
    add(24, route(2, 24, 254, 2, 253, &[10, 0, 0, 0], None, 2));
    add(24, route(2, 8, 100, 4, 253, &[10, 0, 0, 0], None, 3));
    add(24, route(2, 32, 255, 2, 254, &[10, 0, 0, 1], None, 2));
    add(24, route(10, 64, 254, 2, 0, &[0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], None, 2));
    for family in [2, 10] {
        add(32, rule(family, 0, 255, |_| ()));
        add(32, rule(family, 100, 100, |body| put_u32(body, 10, 7)));
        add(32, rule(family, 200, 100, |body| put_text(body, 3, "eth0")));
        add(32, rule(family, 32766, 254, |_| ()));
    }
    add(32, rule(2, 32767, 253, |_| ()));
    let six = |last: u8| [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    add(28, neighbour(2, 0x02, 0, &[10, 0, 0, 10], true));
    add(28, neighbour(2, 0x04, 0, &[10, 0, 0, 11], false));
    add(28, neighbour(2, 0x80, 0, &[10, 0, 0, 12], false));
    add(28, neighbour(3, 0x20, 0, &[10, 0, 0, 13], false));
    add(28, neighbour(3, 0x40, 0, &[10, 0, 0, 14], true));
    add(28, neighbour(4, 0, 0, &[10, 0, 0, 15], true));
    add(28, neighbour(2, 0x04, 0x80, &six(10), false));
    add(28, neighbour(2, 0, 0x10, &six(11), true));
    add(28, neighbour(2, 0, 8, &[10, 0, 0, 20], true));
    add(28, neighbour(2, 0, 8, &six(20), true));
    add(72, label(96, &[0; 16], 3));
    add(72, label(7, &[0xfc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 5));
    add(
        104,
        next_hop(2, 0, 1, |body| {
            put_u32(body, 5, 2);
            put(body, 6, &[10, 0, 0, 254]);
        }),
    );
    add(104, next_hop(10, 4, 2, |body| put_u32(body, 5, 3)));
    add(104, next_hop(0, 0, 3, |body| put(body, 2, &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0])));
    add(104, next_hop(2, 11, 4, |body| put(body, 4, &[])));
    snapshot
}

fn link_body(link: &Link) -> Vec<u8> {
    let loopback = link.index == 1;
    let flags: u32 = if loopback { 0x8 } else { 0x1002 } | if link.up { 0x10041 } else { 0 };
    let mut body = vec![0, 0];
    body.extend(if loopback { 772u16 } else { 1 }.to_ne_bytes());
    body.extend(link.index.to_ne_bytes());
    body.extend(flags.to_ne_bytes());
    body.extend(0u32.to_ne_bytes());
    put_text(&mut body, 3, link.name);
    put_u32(&mut body, 13, 1000);
    put(&mut body, 16, &[if link.up { 6 } else { 2 }]);
    put(&mut body, 17, &[0]);
    put_u32(&mut body, 4, if loopback { 65536 } else { 1500 });
    put_u32(&mut body, 27, 0);
    put_text(&mut body, 6, "noqueue");
    let address = if loopback { [0; 6] } else { [2, 0, 0, 0, 0, link.index as u8] };
    put(&mut body, 1, &address);
    put(&mut body, 2, &if loopback { [0; 6] } else { [255; 6] });
    if let Some(alias) = link.alias {
        put_nest(&mut body, 52, |list| put_text(list, 53, alias));
    }
    if link.index == 2 {
        put_u32(&mut body, 21, 2);
        put_nest(&mut body, 22, |list| {
            (0..2).for_each(|number| put_nest(list, 1, |one| virtual_function(one, number)))
        });
    }
    if !link.kind.is_empty() {
        put_nest(&mut body, 18, |info| {
            put_text(info, 1, link.kind);
            if link.kind == "vrf" {
                put_nest(info, 2, |data| put_u32(data, 1, 10));
            }
        });
    }
    body
}

/// What a card says of one of its virtual functions.
fn virtual_function(info: &mut Vec<u8>, number: u32) {
    let fields = |values: &[u32]| -> Vec<u8> {
        [&[number], values].concat().iter().flat_map(|word| word.to_ne_bytes()).collect()
    };
    put(info, 1, &[&fields(&[])[..], &[2, 0, 0, 0, 1, number as u8], &[0; 26]].concat());
    put(info, 2, &fields(&[0, 0]));
    put(info, 3, &fields(&[0]));
    put(info, 4, &fields(&[1]));
    put(info, 5, &fields(&[0]));
    put(info, 6, &fields(&[10, 50]));
    put(info, 7, &fields(&[0]));
    put(info, 9, &fields(&[0]));
}

fn address(family: u8, prefix: u8, scope: u8, index: u32, bytes: &[u8], label: Option<&str>) -> Vec<u8> {
    let mut body = vec![family, prefix, 0x80, scope];
    body.extend(index.to_ne_bytes());
    put(&mut body, 1, bytes);
    if let Some(label) = label {
        put(&mut body, 2, bytes);
        put_text(&mut body, 3, label);
    }
    put_u32(&mut body, 8, 0x80);
    put(&mut body, 6, &[[255; 8], [0; 8]].concat());
    body
}

/// A rule of family `family` with `priority` that leads to `table`; `more` puts its selectors.
fn rule(family: u8, priority: u32, table: u8, more: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut body = vec![family, 0, 0, 0, table, 0, 0, 1, 0, 0, 0, 0];
    put_u32(&mut body, 15, u32::from(table));
    put_u32(&mut body, 14, u32::MAX);
    if priority > 0 {
        put_u32(&mut body, 6, priority);
    }
    put(&mut body, 21, &[2]);
    more(&mut body);
    body
}

/// A neighbour on link `index`; where it is `used`, others hold on to it.
fn neighbour(index: u32, state: u16, flags: u8, address: &[u8], used: bool) -> Vec<u8> {
    let mut body = vec![if address.len() == 4 { 2 } else { 10 }, 0, 0, 0];
    body.extend(index.to_ne_bytes());
    body.extend(state.to_ne_bytes());
    body.extend([flags, 1]);
    put(&mut body, 1, address);
    if flags & 8 == 0 {
        put(&mut body, 2, &[2, 0, 0, 0, 1, address.last().copied().unwrap_or(0)]);
        put_u32(&mut body, 4, 0);
        put(&mut body, 3, &[100u32, 200, 300, u32::from(used)].map(u32::to_ne_bytes).concat());
    }
    body
}

/// A label of IPv6 addresses.
fn label(prefix: u8, address: &[u8], label: u32) -> Vec<u8> {
    let mut body = vec![10, 0, prefix, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    put(&mut body, 1, address);
    put_u32(&mut body, 2, label);
    body
}

/// A next hop object of family `family` made by `protocol`; `more` puts what it is.
fn next_hop(family: u8, protocol: u8, id: u32, more: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut body = vec![family, 0, protocol, 0, 0, 0, 0, 0];
    put_u32(&mut body, 1, id);
    more(&mut body);
    body
}

#[allow(clippy::too_many_arguments)]
fn route(family: u8, len: u8, table: u8, protocol: u8, scope: u8, to: &[u8], via: Option<&[u8]>, dev: u32) -> Vec<u8> {
    let mut body = vec![family, len, 0, 0, table, protocol, scope, if table == 255 { 2 } else { 1 }, 0, 0, 0, 0];
    put_u32(&mut body, 15, u32::from(table));
    if !to.is_empty() {
        put(&mut body, 1, to);
    }
    if let Some(via) = via {
        put(&mut body, 5, via);
    }
    put_u32(&mut body, 4, dev);
    body
}
