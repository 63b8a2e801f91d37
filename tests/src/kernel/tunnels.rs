//! Tunnels of the wire cases: a change of one starts from what it is, so each has settings.

use super::bytes::{put, put_nest, put_text};

/// A tunnel: index, name, kind, and its settings as the kernel reports them.
pub(super) struct Tunnel {
    pub index: u32,
    name: &'static str,
    kind: &'static str,
    data: &'static [(u16, &'static [u8])],
}

const fn tunnel(index: u32, name: &'static str, kind: &'static str, data: &'static [(u16, &'static [u8])]) -> Tunnel {
    Tunnel { index, name, kind, data }
}

const V4: [&[u8]; 2] = [&[192, 0, 2, 1], &[192, 0, 2, 2]];
const V6: [&[u8]; 2] = [
    &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
];
const ETH1: (u16, &[u8]) = (1, &3u32.to_ne_bytes());
const MARK: &[u8] = &7u32.to_ne_bytes();
const FOU: &[u8] = &1u16.to_ne_bytes();
/// A checksum for IPv4 (1) and for IPv6 (2).
const SUMS: &[u8] = &3u16.to_ne_bytes();
/// The same in either byte order: the reference mistakes it in a change.
const PORT: &[u8] = &0x1515u16.to_be_bytes();
const FLAGS6: &[u8] = &0x1au32.to_ne_bytes();

const GRE: &[(u16, &[u8])] = &[
    ETH1,
    (2, &[0xb0, 0]),
    (3, &[0x20, 0]),
    (4, &[0, 0, 0, 5]),
    (5, &[0, 0, 0, 6]),
    (6, V4[0]),
    (7, V4[1]),
    (8, &[0]),
    (9, &[1]),
    (10, &[0]),
    (14, FOU),
    (15, SUMS),
    (16, PORT),
    (17, PORT),
    (19, &[1]),
    (20, MARK),
];

const ERSPAN: &[(u16, &[u8])] = &[
    (2, &[0x30, 0]),
    (3, &[0x30, 0]),
    (4, &[0, 0, 0, 5]),
    (5, &[0, 0, 0, 5]),
    (6, V4[0]),
    (7, V4[1]),
    (8, &[64]),
    (9, &[0]),
    (10, &[1]),
    (21, &123u32.to_ne_bytes()),
    (22, &[2]),
    (23, &[1]),
    (24, &17u16.to_ne_bytes()),
];

const GRE6: &[(u16, &[u8])] = &[
    ETH1,
    (2, &[0xb0, 0]),
    (3, &[0x20, 0]),
    (4, &[0, 0, 0, 5]),
    (5, &[0, 0, 0, 6]),
    (6, V6[0]),
    (7, V6[1]),
    (8, &[33]),
    (11, &[7]),
    (12, &[0x02, 0x31, 0x23, 0x45]),
    (13, FLAGS6),
    (14, FOU),
    (15, SUMS),
    (16, PORT),
    (17, PORT),
    (20, MARK),
];

const ERSPAN6: &[(u16, &[u8])] = &[
    (2, &[0x30, 0]),
    (3, &[0x30, 0]),
    (4, &[0, 0, 0, 5]),
    (5, &[0, 0, 0, 5]),
    (6, V6[0]),
    (7, V6[1]),
    (8, &[64]),
    (11, &[4]),
    (12, &[0, 0, 0, 0]),
    (13, &[0, 0, 0, 0]),
    (21, &123u32.to_ne_bytes()),
    (22, &[1]),
];

/// A tunnel that takes its ends from the routes.
const EXTERNAL_GRE: &[(u16, &[u8])] = &[(18, &[]), (2, &[0, 0]), (3, &[0, 0]), (6, &[0; 4]), (7, &[0; 4]), (8, &[0])];
const EXTERNAL_GRE6: &[(u16, &[u8])] =
    &[(18, &[]), (2, &[0, 0]), (3, &[0, 0]), (6, &[0; 16]), (7, &[0; 16]), (8, &[0])];
const EXTERNAL: &[(u16, &[u8])] = &[(19, &[]), (2, &[0; 4]), (3, &[0; 4]), (4, &[0]), (9, &[0])];
const EXTERNAL6: &[(u16, &[u8])] = &[(19, &[]), (2, &[0; 16]), (3, &[0; 16]), (4, &[0]), (9, &[0])];

const IPIP: &[(u16, &[u8])] = &[
    ETH1,
    (2, V4[0]),
    (3, V4[1]),
    (4, &[0]),
    (5, &[1]),
    (9, &[137]),
    (10, &[0]),
    (15, FOU),
    (16, SUMS),
    (17, PORT),
    (18, PORT),
    (20, MARK),
];

/// Ports that are not the same in either byte order.
const PORTS: &[(u16, &[u8])] = &[(3, V4[1]), (15, FOU), (17, &5555u16.to_be_bytes()), (18, &5556u16.to_be_bytes())];

const SIT: &[(u16, &[u8])] = &[
    ETH1,
    (2, V4[0]),
    (3, &[0; 4]),
    (4, &[64]),
    (5, &[0]),
    (8, &1u16.to_ne_bytes()),
    (9, &[41]),
    (10, &[1]),
    (11, V6[0]),
    (12, V4[0]),
    (13, &32u16.to_ne_bytes()),
    (14, &24u16.to_ne_bytes()),
    (20, MARK),
];

const IP6TNL: &[(u16, &[u8])] = &[
    ETH1,
    (2, V6[0]),
    (3, V6[1]),
    (4, &[33]),
    (6, &[7]),
    (7, &[0x02, 0x31, 0x23, 0x45]),
    (8, FLAGS6),
    (9, &[4]),
    (15, FOU),
    (16, SUMS),
    (17, PORT),
    (18, PORT),
    (20, MARK),
];

const VTI: &[(u16, &[u8])] = &[ETH1, (2, &[0, 0, 0, 5]), (3, &[0, 0, 0, 6]), (4, V4[0]), (5, V4[1]), (6, MARK)];
const VTI6: &[(u16, &[u8])] = &[ETH1, (2, &[0, 0, 0, 5]), (3, &[0, 0, 0, 6]), (4, V6[0]), (5, V6[1]), (6, MARK)];
const GENEVE: &[(u16, &[u8])] = &[(1, &5u32.to_ne_bytes()), (2, V4[1]), (3, &[9]), (5, &6081u16.to_be_bytes())];

/// All of them.
pub(super) const TUNNELS: &[Tunnel] = &[
    tunnel(30, "t-gre", "gre", GRE),
    tunnel(31, "t-gretap", "gretap", GRE),
    tunnel(32, "t-erspan", "erspan", ERSPAN),
    tunnel(33, "t-ip6gre", "ip6gre", GRE6),
    tunnel(34, "t-ip6gretap", "ip6gretap", GRE6),
    tunnel(35, "t-ip6erspan", "ip6erspan", ERSPAN6),
    tunnel(36, "t-ipip", "ipip", IPIP),
    tunnel(37, "t-sit", "sit", SIT),
    tunnel(38, "t-ip6tnl", "ip6tnl", IP6TNL),
    tunnel(39, "t-vti", "vti", VTI),
    tunnel(40, "t-vti6", "vti6", VTI6),
    tunnel(41, "t-geneve", "geneve", GENEVE),
    tunnel(42, "x-gre", "gre", EXTERNAL_GRE),
    tunnel(43, "x-ip6gre", "ip6gre", EXTERNAL_GRE6),
    tunnel(44, "x-ipip", "ipip", EXTERNAL),
    tunnel(45, "x-sit", "sit", EXTERNAL),
    tunnel(46, "x-ip6tnl", "ip6tnl", EXTERNAL6),
    tunnel(47, "can0", "can", &[]),
    tunnel(48, "p-ipip", "ipip", PORTS),
];

/// The message that reports a tunnel.
pub(super) fn body(tunnel: &Tunnel) -> Vec<u8> {
    let mut body = vec![0, 0];
    body.extend(1u16.to_ne_bytes());
    body.extend(tunnel.index.to_ne_bytes());
    body.extend(0x1002u32.to_ne_bytes());
    body.extend(0u32.to_ne_bytes());
    put_text(&mut body, 3, tunnel.name);
    put(&mut body, 1, &[2, 0, 0, 0, 0, tunnel.index as u8]);
    put_nest(&mut body, 18, |info| {
        put_text(info, 1, tunnel.kind);
        put_nest(info, 2, |data| tunnel.data.iter().for_each(|(number, payload)| put(data, *number, payload)));
    });
    body
}
