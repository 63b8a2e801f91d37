//! `via [ FAMILY ] ADDRESS` and `as [ to ] ADDRESS`: where a route leads next, and what its packets get there for a
//! destination. A router may be of another family than the route.

use super::table::{family, settled_family};
use netmite_grammar::{Error, Result, Scope, Shape, address, parse_only};
use netmite_netlink::message::Value;
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;

/// An address of any family, and which that is.
pub(crate) struct Gateway {
    pub(crate) family: u8,
    pub(crate) bytes: Vec<u8>,
}

/// The families that may stand before an address.
pub(super) const FAMILIES: &[(&str, u8)] =
    &[("inet", AF_INET), ("inet6", AF_INET6), ("mpls", AF_MPLS), ("bridge", AF_BRIDGE), ("link", AF_PACKET)];

/// Reads `[ FAMILY ] ADDRESS` for a route of family `route`.
pub(crate) fn read(scope: &mut Scope, route: u8) -> Result<Gateway> {
    let mut word = scope.value()?;
    let named = FAMILIES.iter().find(|(name, _)| name.as_bytes() == word).map(|(_, family)| *family);
    if named.is_some() {
        word = scope.value()?;
    }
    let asked = named.unwrap_or(route);
    if asked == AF_PACKET {
        return Ok(Gateway { family: asked, bytes: address::link_address(word)?.as_bytes().to_vec() });
    }
    let address = address::address(word, asked)?;
    let mut bytes = Vec::with_capacity(16);
    address.write(&mut bytes);
    Ok(Gateway { family: if asked == AF_UNSPEC { address::family_of(address) } else { asked }, bytes })
}

impl Gateway {
    /// The attribute that says it in a route of family `route`: RTA_GATEWAY, or RTA_VIA with `struct rtvia`, which is a
    /// family of two bytes and an address.
    pub(super) fn attribute(self, route: u8) -> (u16, Vec<u8>) {
        match self.family == route {
            true => (RTA_GATEWAY, self.bytes),
            false => (RTA_VIA, [&u16::from(self.family).to_ne_bytes()[..], &self.bytes].concat()),
        }
    }
}

parse_only!(
    /// A route's one router.
    Via,
    Shape::Value("[ FAMILY ] ADDRESS"),
    |self, _row, _key, scope| {
        if scope.tree.has(ROOT, RTA_GATEWAY) || scope.tree.has(ROOT, RTA_VIA) {
            return Err(Error::wrong(b"via", "use nexthop syntax to specify multiple via\n"));
        }
        let gateway = read(scope, family(scope))?;
        let route = settled_family(scope, gateway.family);
        let (kind, bytes) = gateway.attribute(route);
        scope.set(kind, bytes.as_slice());
        Ok(())
    }
);

/// Reads `[ to ] ADDRESS`, of the route's family; a stack of labels where that is MPLS.
pub(super) fn new_destination(scope: &mut Scope) -> Result<Vec<u8>> {
    scope.words.take_if("to", 2);
    let word = scope.value()?;
    if family(scope) == AF_MPLS {
        return address::labels(word);
    }
    let address = address::address(word, family(scope))?;
    if family(scope) == AF_UNSPEC {
        scope.tree.set_header(ROOT, 0, address::family_of(address));
    }
    let mut bytes = Vec::with_capacity(16);
    address.write(&mut bytes);
    Ok(bytes)
}
