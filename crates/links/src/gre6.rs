//! ip6gre, ip6gretap and ip6erspan: packets, frames and mirrored frames in GRE over IPv6.

use crate::erspan;
use crate::tunnel::fields::V6;
use crate::tunnel::numbers::*;
use crate::tunnel::{self, Default, GRE as NUMBERS, encap, key, six};
use netmite_grammar::{Attr, Result, Scope, Spec, Table, joined, rows, unambiguous};

/// Packets in GRE.
pub static IP6GRE: Table = table("ip6gre");
/// Frames in GRE.
pub static IP6GRETAP: Table = table("ip6gretap");
/// Mirrored frames in GRE.
pub static IP6ERSPAN: Table = table("ip6erspan");

const fn table(name: &'static str) -> Table {
    Table { begin, rules, unknown: Table::unknown_usage, ..Table::new(name, rows!(&ROWS)) }
}

const FLAGS: &[Attr] = &[NUMBERS.flags];
const ENDS: [Spec; 4] =
    joined(&[tunnel::external(&NUMBERS)], &tunnel::ends(NUMBERS.remote, NUMBERS.local, NUMBERS.link, &V6, true), &[]);
const HEAD: [Spec; 21] = joined(
    &joined::<19>(&joined::<10>(&ENDS, &six::rows(&NUMBERS, FLAGS, true), &[]), &key::GRE_ROWS, &[]),
    &six::tail(&NUMBERS, FLAGS),
    &[],
);
const ROWS: [Spec; 31] = joined(&joined::<25>(&HEAD, &erspan::ROWS, &[]), &encap::rows(&NUMBERS), &[]);
const _: () = unambiguous(&ROWS);

const KEYS: [Default; 4] =
    [(IFLA_GRE_IFLAGS, &[0; 2]), (IFLA_GRE_OFLAGS, &[0; 2]), (IFLA_GRE_IKEY, &[0; 4]), (IFLA_GRE_OKEY, &[0; 4])];

fn begin(table: &Table, scope: &mut Scope) -> Result<()> {
    erspan::begin(scope);
    for (kind, value) in KEYS {
        scope.tree.set(scope.node, kind, value, 0);
    }
    tunnel::begin(table, scope, &six::GRE_DEFAULTS, &[NUMBERS.remote, NUMBERS.local], 16, &[])
}

fn rules(scope: &mut Scope) -> Result<()> {
    erspan::rules(scope);
    tunnel::without_zeros(scope, &[NUMBERS.link]);
    tunnel::finish(scope, &NUMBERS, &[]);
    Ok(())
}
