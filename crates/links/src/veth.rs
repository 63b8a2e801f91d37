//! veth: a pair of links, each the other's far end. The peer is a whole link of its own.

use crate::peer::{Peer, unknown};
use netmite_grammar::{Spec, Table, attr, exact, row, rows};
use netmite_netlink::uapi::*;

/// The options of a veth.
pub static VETH: Table = Table { unknown, ..Table::new("veth", rows!(&[PEER])) };

const PEER: Spec = row(&[exact("peer")], attr!(VETH_INFO_PEER), &Peer, "the other end, with what `ip link add` takes");
