//! `via [ FAMILY ] ADDRESS` and `as [ to ] ADDRESS`: where a route leads next, and what its packets get there for a
//! destination. A router may be of another family than the route.

use super::table::{family, settled_family};
use netmite_grammar::address::AnyAddress;
use netmite_grammar::{Error, Result, Scope, Shape, address, parse_only};
use netmite_netlink::message::Value;
use netmite_netlink::tree::{Origin, ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::{Names, names};

/// An address of any family, and which that is.
pub(crate) struct Gateway {
    pub(crate) family: u8,
    pub(crate) address: AnyAddress,
}

/// The families that may stand before an address.
pub(super) const FAMILIES: Names =
    names![("inet", AF_INET), ("inet6", AF_INET6), ("mpls", AF_MPLS), ("bridge", AF_BRIDGE), ("link", AF_PACKET)];

/// Reads `[ FAMILY ] ADDRESS` for a route of family `route`.
pub(crate) fn read(scope: &mut Scope, route: u8) -> Result<Gateway> {
    let mut word = scope.value()?;
    let named = FAMILIES.byte(word);
    if named.is_some() {
        word = scope.value()?;
    }
    let asked = named.unwrap_or(route);
    if asked == AF_PACKET {
        return Ok(Gateway { family: asked, address: AnyAddress::Link(address::link_address(word)?) });
    }
    let address = address::address(word, asked)?;
    let family = if asked == AF_UNSPEC { address::family_of(address) } else { asked };
    Ok(Gateway { family, address: AnyAddress::Ip(address) })
}

impl Gateway {
    /// Sets the attribute that says it in a route of family `route`: RTA_GATEWAY, or RTA_VIA.
    pub(super) fn set(&self, route: u8, tree: &mut Tree, origin: Origin) {
        match self.family == route {
            true => tree.set(ROOT, RTA_GATEWAY, self.address, origin),
            false => tree.set(ROOT, RTA_VIA, self, origin),
        }
    }
}

/// `struct rtvia`: a family of two bytes and an address.
impl Value for Gateway {
    fn write(&self, to: &mut Vec<u8>) {
        u16::from(self.family).write(to);
        self.address.write(to);
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
        gateway.set(route, scope.tree, scope.words.position());
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
