//! `ip tunnel prl` and `6rd`: potential routers of an ISATAP tunnel, and the prefixes of IPv6 rapid deployment (RFC 5969) of
//! a tunnel for IPv6 over IPv4.

use super::words::any_or_ipv4;
use super::{ADD_PREFIXES, ADD_ROUTER, DELETE_PREFIXES, DELETE_ROUTER, Kind, failed_ioctl};
use netmite_grammar::{Error, Result, Session, Words, address, plain};
use netmite_netlink::IfName;
use netmite_netlink::sys::tunnel;
use netmite_netlink::uapi::*;
use std::net::IpAddr;

/// `PRL_DEFAULT`.
const DEFAULT: u16 = 1;

pub(super) fn routers(words: &mut Words, _: &mut Session, _: &'static Kind) -> Result<()> {
    let (mut device, mut asked) = (None, None);
    while let Some(word) = words.take() {
        let request = match plain(word) {
            "prl-default" => (ADD_ROUTER, DEFAULT),
            "prl-nodefault" => (ADD_ROUTER, 0),
            "prl-delete" => (DELETE_ROUTER, 0),
            "dev" => {
                device = Some(interface(words)?);
                continue;
            }
            _ => return Err(Error::about(255, "Invalid PRL parameter \"%\"", word)),
        };
        let address = any_or_ipv4(words.value()?)?;
        if asked.replace((request, address)).is_some() {
            return Err(Error::new(255, "One PRL entry at a time"));
        }
    }
    let device = device.ok_or_else(|| Error::new(255, "Must specify device"))?;
    let ((request, flags), address) = asked.ok_or_else(|| nothing_asked(device))?;
    // `struct ip_tunnel_prl`: an address, flags, and for requests of lists a length.
    let mut entry = [0; ADD_ROUTER.size(false)];
    let bytes = address.octets().into_iter().chain(flags.to_ne_bytes());
    entry.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    tunnel::ask(request, false, device, &mut entry).map_err(|error| failed_ioctl(device, request, &error))
}

/// A name that an interface may have.
fn interface<'w>(words: &mut Words<'w>) -> Result<&'w [u8]> {
    let word = words.value()?;
    IfName::new(word).map(|_| word).ok_or_else(|| Error::wrong(word, "\"dev\" not a valid ifname"))
}

/// The reference sends a request without a number.
fn nothing_asked(device: &[u8]) -> Error {
    let text = [device, b": ioctl 0 failed: Inappropriate ioctl for device"].concat();
    Error::new(1, text).hint("nothing was said to be done")
}

pub(super) fn rapid_deployment(words: &mut Words, _: &mut Session, _: &'static Kind) -> Result<()> {
    let (mut device, mut asked) = (None, None);
    // `struct ip_tunnel_6rd`: a prefix, that of the relays, and the lengths of both.
    let mut prefixes = [0; ADD_PREFIXES.size(false)];
    while let Some(word) = words.take() {
        match plain(word) {
            "6rd-prefix" => {
                let given = address::prefix(words.value()?, AF_INET6)?;
                store(&mut prefixes, 0, 20, &given.prefix);
                asked = Some(ADD_PREFIXES);
            }
            "6rd-relay_prefix" => {
                let given = address::prefix(words.value()?, AF_INET)?;
                store(&mut prefixes, 16, 22, &given.prefix);
                asked = Some(ADD_PREFIXES);
            }
            "6rd-reset" => asked = Some(DELETE_PREFIXES),
            "dev" => device = Some(interface(words)?),
            _ => return Err(Error::about(255, "Invalid 6RD parameter \"%\"", word)),
        }
    }
    let device = device.ok_or_else(|| Error::new(255, "Must specify device"))?;
    let request = asked.ok_or_else(|| nothing_asked(device))?;
    tunnel::ask(request, false, device, &mut prefixes).map_err(|error| failed_ioctl(device, request, &error))
}

fn store(prefixes: &mut [u8], at: usize, length_at: usize, prefix: &netmite_netlink::Prefix) {
    let mut put = |at: usize, bytes: &[u8]| prefixes.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = *from);
    match prefix.address() {
        IpAddr::V4(address) => put(at, &address.octets()),
        IpAddr::V6(address) => put(at, &address.octets()),
    }
    put(length_at, &u16::from(prefix.len()).to_ne_bytes());
}
