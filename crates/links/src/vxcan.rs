//! vxcan: a pair of CAN links, each the other's far end.

use crate::peer::{Peer, unknown};
use netmite_grammar::{Spec, Table, attr, exact, row, rows};

/// The options of a vxcan.
pub static VXCAN: Table = Table { unknown, ..Table::new("vxcan", rows!(&[PEER])) };

const PEER: Spec = row(&[exact("peer")], attr!(VXCAN_INFO_PEER), &Peer, "the other end, with what `ip link add` takes");

/// linux/can/vxcan.h.
const VXCAN_INFO_PEER: u16 = 1;
