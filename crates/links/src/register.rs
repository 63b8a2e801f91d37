//! The kinds of links, a line each.

use netmite_grammar::{Context, Table};

/// Every kind that has options or reports some; `…_slave` are the options of the ports of a kind.
#[rustfmt::skip]
pub const KINDS: &[&Table] = &[
    &crate::amt::AMT,
    &crate::bareudp::BAREUDP,
    &crate::bond::BOND,
    &crate::bond_slave::BOND_SLAVE,
    &crate::bridge::BRIDGE,
    &crate::bridge_slave::BRIDGE_SLAVE,
    &crate::can::CAN,
    &crate::geneve::GENEVE,
    &crate::gre::ERSPAN,
    &crate::gre::GRE,
    &crate::gre::GRETAP,
    &crate::gre6::IP6ERSPAN,
    &crate::gre6::IP6GRE,
    &crate::gre6::IP6GRETAP,
    &crate::gtp::GTP,
    &crate::hsr::HSR,
    &crate::ip6tnl::IP6TNL,
    &crate::ipip::IPIP,
    &crate::ipip::SIT,
    &crate::ipoib::IPOIB,
    &crate::ipvlan::IPVLAN,
    &crate::ipvlan::IPVTAP,
    &crate::macsec::MACSEC,
    &crate::macvlan::MACVLAN,
    &crate::macvlan::MACVTAP,
    &crate::netkit::NETKIT,
    &crate::rmnet::RMNET,
    &crate::small::BATADV,
    &crate::small::DSA,
    &crate::small::OVPN,
    &crate::small::WWAN,
    &crate::tun::TUN,
    &crate::veth::VETH,
    &crate::vlan::VLAN,
    &crate::vrf::VRF,
    &crate::vrf::VRF_SLAVE,
    &crate::vti::VTI,
    &crate::vti::VTI6,
    &crate::vxcan::VXCAN,
    &crate::vxlan::VXLAN,
    &crate::xfrm::XFRM,
];

/// Kinds that are known to take no options, for help and completion.
pub const WITHOUT_OPTIONS: &[&str] = &["dummy", "ifb", "nlmon", "team", "team_slave", "vcan"];

/// The table of the kind called `name`.
pub fn kind(name: &[u8]) -> Option<&'static Table> {
    KINDS.iter().copied().find(|table| table.name.as_bytes() == name)
}

/// The table of the ports of the kind called `name`.
pub fn slave(name: &[u8]) -> Option<&'static Table> {
    KINDS.iter().copied().find(|table| table.name.strip_suffix("_slave").is_some_and(|own| own.as_bytes() == name))
}

/// What `-s` tells of the counters that a kind has of its own, `IFLA_INFO_XSTATS`.
pub fn statistics(kind: &[u8]) -> Option<fn(&[u8], &mut Context)> {
    (kind == b"can").then_some(crate::can_report::statistics)
}
