//! The ioctls of tunnels, as text: linux/if_tunnel.h and linux/ip6_tunnel.h. Only x86_64's layout is known here.

use crate::kernel::bytes::{u16_at, u32_at};
use std::net::{Ipv4Addr, Ipv6Addr};

const NAMES: &[&str] = &[
    "SIOCGETTUNNEL",
    "SIOCADDTUNNEL",
    "SIOCDELTUNNEL",
    "SIOCCHGTUNNEL",
    "SIOCGETPRL",
    "SIOCADDPRL",
    "SIOCDELPRL",
    "SIOCCHGPRL",
    "SIOCGET6RD",
    "SIOCADD6RD",
    "SIOCDEL6RD",
    "SIOCCHG6RD",
];

/// The first of these requests: `SIOCDEVPRIVATE`.
pub const FIRST: u64 = 0x89f0;

/// The name of a request, and how many bytes of parameters it has on a socket of IPv6 or IPv4.
pub fn request(number: u64, six: bool) -> Option<(&'static str, usize)> {
    let at = usize::try_from(number.checked_sub(FIRST)?).ok()?;
    let size = match at {
        0..=3 if six => 76,
        0..=3 => 52,
        4..=7 => 16,
        _ => 24,
    };
    NAMES.get(at).map(|name| (*name, size))
}

/// What the fake kernel has for every tunnel: one of GRE.
pub fn answer(name: &[u8], six: bool) -> Vec<u8> {
    let mut bytes = vec![0; if six { 76 } else { 52 }];
    bytes.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
    match six {
        true => bytes[20..23].copy_from_slice(&[41, 4, 64]),
        false => {
            bytes[32] = 0x45;
            bytes[38..42].copy_from_slice(&[0x40, 0, 64, 47]);
        }
    }
    bytes
}

/// A request as the line of a recording.
pub fn text(request: &str, device: &[u8], six: bool, bytes: &[u8]) -> String {
    let device = String::from_utf8_lossy(device).into_owned();
    let four = |at: usize| Ipv4Addr::from([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let sixteen = |at: usize| Ipv6Addr::from(<[u8; 16]>::try_from(&bytes[at..at + 16]).unwrap_or_default());
    let big = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let name = || String::from_utf8_lossy(bytes[..16].split(|byte| *byte == 0).next().unwrap_or(&[])).into_owned();
    match bytes.len() {
        52 => format!(
            "{request} {device:?} name={:?} link={} flags={:#x}/{:#x} keys={}/{} version={:#x} tos={:#x} frag={:#x} ttl={} \
             protocol={} from={} to={}",
            name(),
            u32_at(bytes, 16) as i32,
            big(20),
            big(22),
            four(24),
            four(28),
            bytes[32],
            bytes[33],
            big(38),
            bytes[40],
            bytes[41],
            four(44),
            four(48),
        ),
        76 => format!(
            "{request} {device:?} name={:?} link={} protocol={} encaplimit={} hoplimit={} flowinfo={:#x} flags={:#x} from={} to={} \
             keyed={:#x}/{:#x} keys={}/{}",
            name(),
            u32_at(bytes, 16) as i32,
            bytes[20],
            bytes[21],
            bytes[22],
            u32::from_be(u32_at(bytes, 24)),
            u32_at(bytes, 28),
            sixteen(32),
            sixteen(48),
            big(64),
            big(66),
            four(68),
            four(72),
        ),
        16 => format!("{request} {device:?} address={} flags={:#x}", four(0), u16_at(bytes, 4)),
        _ => format!(
            "{request} {device:?} prefix={}/{} relay={}/{} six={six}",
            sixteen(0),
            u16_at(bytes, 20),
            four(16),
            u16_at(bytes, 22)
        ),
    }
}
