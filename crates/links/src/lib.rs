//! What a link is: the table of what every link takes, and one file per kind with the options of that kind.
//!
//! A kind's file holds its rows, the codecs that only it needs, and what holds between its options. [`register`] names
//! the kinds; nothing else does. A kind that is not registered is passed to the kernel by name, without options.

// What only the words of a codec use is known with the feature that has them.
#![cfg_attr(not(feature = "laws"), allow(unused_imports, dead_code))]

pub mod amt;
pub mod bareudp;
pub mod bond;
pub mod bond_slave;
pub mod bridge;
pub mod bridge_slave;
pub mod can;
mod can_report;
mod can_timing;
mod endpoint;
mod erspan;
mod flag;
pub mod geneve;
pub mod gre;
pub mod gre6;
pub mod gtp;
pub mod head;
pub mod hsr;
mod inet;
pub mod ip6tnl;
pub mod ipip;
pub mod ipoib;
pub mod ipvlan;
pub mod link;
mod link_netns;
mod mac_list;
pub mod macsec;
pub mod macvlan;
mod masked;
pub mod netkit;
mod peer;
pub mod program;
pub mod querier;
mod question;
pub mod register;
pub mod rmnet;
pub mod select;
pub mod small;
mod targets;
pub mod tun;
mod tunnel;
pub mod veth;
pub mod vf;
pub mod vlan;
pub mod vrf;
pub mod vti;
pub mod vxcan;
pub mod vxlan;
pub mod xdp;
pub mod xfrm;
