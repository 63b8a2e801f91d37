//! ip6tnl: packets in IPv6, without anything between.

use crate::tunnel::fields::V6;
use crate::tunnel::mode::{self, Mode};
use crate::tunnel::numbers::*;
use crate::tunnel::{self, IPTUN as NUMBERS, encap, six};
use netmite_grammar::{Attr, Result, Scope, Spec, Table, joined, rows, unambiguous};
use netmite_output::names;

/// IPv4 or IPv6 in IPv6.
pub static IP6TNL: Table = Table { begin, rules, unknown: Table::unknown_usage, ..Table::new("ip6tnl", rows!(&ROWS)) };

#[rustfmt::skip]
const MODE: Mode = Mode(names![
    ("ip6ip6", 41), ("ipv6/ipv6", 41), ("ipip6", 4), ("ip4ip6", 4), ("ipv4/ipv6", 4), ("any", 0), ("any/ipv6", 0),
]);
const FLAGS: &[Attr] = &[NUMBERS.flags];
const ENDS: [Spec; 5] = joined(
    &[tunnel::external(&NUMBERS), mode::row_of(&MODE)],
    &tunnel::ends(NUMBERS.remote, NUMBERS.local, NUMBERS.link, &V6, false),
    &[],
);
static ROWS: [Spec; 19] = ALL;
const ALL: [Spec; 19] = joined(
    &joined::<13>(&joined::<11>(&ENDS, &six::rows(&NUMBERS, FLAGS, false), &[]), &six::tail(&NUMBERS, FLAGS), &[]),
    &encap::rows(&NUMBERS),
    &[],
);
const _: () = unambiguous(&ALL);

/// The reference does not take over how packets are wrapped: a change ends that unless it is said again.
const FORGOTTEN: &[u16] =
    &[IFLA_IPTUN_ENCAP_TYPE, IFLA_IPTUN_ENCAP_FLAGS, IFLA_IPTUN_ENCAP_SPORT, IFLA_IPTUN_ENCAP_DPORT];

fn begin(table: &Table, scope: &mut Scope) -> Result<()> {
    scope.tree.set(scope.node, IFLA_IPTUN_LINK, 0u32, 0);
    scope.tree.set(scope.node, IFLA_IPTUN_PROTO, 0u8, 0);
    tunnel::begin(table, scope, &six::IPTUN_DEFAULTS, &[NUMBERS.remote, NUMBERS.local], 16, FORGOTTEN)
}

fn rules(scope: &mut Scope) -> Result<()> {
    tunnel::finish(scope, &NUMBERS, &[IFLA_IPTUN_PROTO]);
    Ok(())
}
