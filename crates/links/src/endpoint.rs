//! The ends of a vxlan's outer packets: addresses of one family, multicast or not.

use netmite_grammar::codec::say;
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, address};
use netmite_netlink::uapi::*;
use netmite_output::brief;
use std::net::IpAddr;

/// Which end; a group and a remote end share their attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// A multicast group.
    Group,
    /// The other end.
    Remote,
    /// This end.
    Local,
}

/// An address of an end. All ends are of one family, that of the first one given.
pub(crate) struct Endpoint(pub(crate) Which);

impl Endpoint {
    /// The attributes for IPv4 and IPv6.
    fn attributes(&self) -> [u16; 2] {
        match self.0 {
            Which::Local => [IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6],
            Which::Group | Which::Remote => [IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6],
        }
    }

    /// The address that is there, if it is of this sort; one of zeros is none.
    fn read(&self, attrs: &Slots) -> Option<IpAddr> {
        let [four, six] = self.attributes();
        let address = attrs.ip(if attrs.has(four) { four } else { six })?;
        let fits = self.0 == Which::Local || address.is_multicast() == (self.0 == Which::Group);
        (fits && !address.is_unspecified()).then_some(address)
    }

    fn parse_address(&self, row: &Row, scope: &mut Scope) -> Result<IpAddr> {
        let word = scope.value()?;
        let has = |kind| scope.tree.has(scope.node, kind);
        let family = if has(IFLA_VXLAN_GROUP) || has(IFLA_VXLAN_LOCAL) {
            AF_INET
        } else if has(IFLA_VXLAN_GROUP6) || has(IFLA_VXLAN_LOCAL6) {
            AF_INET6
        } else {
            AF_UNSPEC
        };
        let address = match family {
            AF_INET if word == b"default" => Some(IpAddr::from([0; 4])),
            AF_INET6 if word == b"default" => Some(IpAddr::from([0; 16])),
            _ if address::is_everything(word) => None,
            _ => Some(address::address(word, family)?),
        };
        let fits = address.filter(|address| address.is_multicast() == (self.0 == Which::Group));
        fits.ok_or_else(|| invalid(row, word))
    }
}

/// Shows an end's address, which has a key of its own for IPv6 in JSON.
pub(crate) fn address_of_family(row: &Row, address: IpAddr, context: &mut Context) {
    let host = context.host(address);
    let key = [row.json_key(), if address.is_ipv4() { "" } else { "6" }].concat();
    context.out.field(&key, row.text_label(), &host);
}

/// The complaint about an address that is none of such an end.
pub(crate) fn invalid(row: &Row, word: &[u8]) -> Error {
    Error::wrong(word, &format!("invalid {} address", row.word()))
}

impl Codec for Endpoint {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let [four, six] = self.attributes();
        if scope.tree.has(scope.node, four) || scope.tree.has(scope.node, six) {
            return Err(Error::new(1, brief!("vxlan: both group and remote cannot be specified")));
        }
        let address = self.parse_address(row, scope)?;
        scope.set(if address.is_ipv4() { four } else { six }, address);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(address) = self.read(attrs) else { return };
        address_of_family(row, address, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(address) = self.read(attrs) {
            say(to, row.word(), address.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("ADDRESS")
    }
}
