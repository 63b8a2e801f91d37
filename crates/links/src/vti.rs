//! vti and vti6: ends of IPsec tunnels, told apart by keys that are marks.

use crate::tunnel::fields::{V4, V6};
use crate::tunnel::key::TunnelKey;
use crate::tunnel::numbers::*;
use crate::tunnel::{self, Default};
use netmite_grammar::{Attr, Result, Scope, Spec, Table, attr, joined, key, row, rows, unambiguous};

/// In IPv4.
pub static VTI: Table = Table {
    begin: |table, scope| tunnel::begin(table, scope, DEFAULTS, ENDS, 4, &[]),
    rules,
    unknown: Table::unknown_usage,
    ..Table::new("vti", rows!(&ROWS))
};
/// In IPv6.
pub static VTI6: Table = Table {
    begin: |table, scope| tunnel::begin(table, scope, DEFAULTS, ENDS, 16, &[]),
    rules,
    unknown: Table::unknown_usage,
    ..Table::new("vti6", rows!(&ROWS6))
};

const REMOTE: Attr = attr!(IFLA_VTI_REMOTE);
const LOCAL: Attr = attr!(IFLA_VTI_LOCAL);
const LINK: Attr = attr!(IFLA_VTI_LINK);
const ENDS: &[Attr; 2] = &[REMOTE, LOCAL];

const KEY: TunnelKey = TunnelKey { flags: &[], silent: false };
const KEYS: TunnelKey = TunnelKey { flags: &[], silent: true };
const KEYED: [Spec; 4] = [
    row(&[key("ikey", 1)], attr!(IFLA_VTI_IKEY), &KEY, "the mark of packets that arrive"),
    row(&[key("okey", 1)], attr!(IFLA_VTI_OKEY), &KEY, "the mark of packets that leave"),
    row(&[key("key", 1)], attr!(IFLA_VTI_IKEY), &KEYS, "the mark in both directions").also(&[attr!(IFLA_VTI_OKEY)]),
    tunnel::marked(attr!(IFLA_VTI_FWMARK)),
];
const ROWS: [Spec; 7] = joined(&tunnel::ends(REMOTE, LOCAL, LINK, &V4, true), &KEYED, &[]);
const ROWS6: [Spec; 7] = joined(&tunnel::ends(REMOTE, LOCAL, LINK, &V6, true), &KEYED, &[]);
const _: () = unambiguous(&ROWS6);

const DEFAULTS: &[Default] = &[(IFLA_VTI_IKEY, &[0; 4]), (IFLA_VTI_OKEY, &[0; 4]), (IFLA_VTI_FWMARK, &[0; 4])];

fn rules(scope: &mut Scope) -> Result<()> {
    tunnel::without_zeros(scope, &[REMOTE, LOCAL, LINK]);
    Ok(())
}
