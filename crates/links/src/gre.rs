//! gre, gretap and erspan: packets, frames and mirrored frames in GRE over IPv4.

use crate::erspan;
use crate::tunnel::fields::{Asserted, Discovery, V4};
use crate::tunnel::numbers::*;
use crate::tunnel::{self, Default, GRE as NUMBERS, encap, key};
use netmite_grammar::{
    Error, Result, Rows, Scope, Spec, Table, attr, exact, joined, key as word, row, rows, unambiguous,
};
use netmite_output::brief;

/// Packets in GRE.
pub static GRE: Table = table("gre", ROWS);
/// Frames in GRE.
pub static GRETAP: Table = table("gretap", ROWS);
/// Mirrored frames in GRE.
pub static ERSPAN: Table = Table {
    begin: |table, scope| {
        erspan::begin(scope);
        begin(table, scope)
    },
    rules: |scope| {
        erspan::rules(scope);
        rules(scope)
    },
    ..table("erspan", rows!(&ERSPAN_ROWS))
};

const fn table(name: &'static str, rows: &'static Rows) -> Table {
    Table { begin, rules, unknown: Table::unknown_usage, ..Table::new(name, rows) }
}

const OUTER: [Spec; 6] = joined(
    &joined::<4>(
        &[tunnel::external(&NUMBERS)],
        &tunnel::ends(NUMBERS.remote, NUMBERS.local, NUMBERS.link, &V4, true),
        &[],
    ),
    &tunnel::ipv4(&NUMBERS, true),
    &[],
);

#[rustfmt::skip]
const FRAGMENTS: [Spec; 2] = [
    row(&[word("pmtudisc", 1).tag(1), word("nopmtudisc", 3)], NUMBERS.pmtudisc, &Discovery { loud: false }, "outer packets may not be fragmented"),
    row(&[exact("ignore-df").tag(1), exact("noignore-df")], attr!(IFLA_GRE_IGNORE_DF), &Asserted, "what inner packets say of fragments is ignored").json("ignore_df"),
];

const HEAD: [Spec; 18] = joined(
    &joined::<17>(&joined::<8>(&OUTER, &FRAGMENTS, &[]), &key::GRE_ROWS, &[]),
    &[tunnel::marked(NUMBERS.mark)],
    &[],
);
const ROWS: &Rows = rows!(&joined::<24>(&HEAD, &encap::rows(&NUMBERS), &[]));
const ERSPAN_ROWS: [Spec; 28] = joined(&joined::<22>(&HEAD, &erspan::ROWS, &[]), &encap::rows(&NUMBERS), &[]);
const _: () = unambiguous(&ERSPAN_ROWS);

const DEFAULTS: &[Default] = &[
    (IFLA_GRE_IFLAGS, &[0; 2]),
    (IFLA_GRE_OFLAGS, &[0; 2]),
    (IFLA_GRE_IKEY, &[0; 4]),
    (IFLA_GRE_OKEY, &[0; 4]),
    (IFLA_GRE_TTL, &[0]),
    (IFLA_GRE_TOS, &[0]),
    (IFLA_GRE_PMTUDISC, &[1]),
    (IFLA_GRE_ENCAP_TYPE, &[0; 2]),
    (IFLA_GRE_ENCAP_FLAGS, &[0; 2]),
    (IFLA_GRE_ENCAP_SPORT, &[0; 2]),
    (IFLA_GRE_ENCAP_DPORT, &[0; 2]),
    (IFLA_GRE_FWMARK, &[0; 4]),
];

fn begin(table: &Table, scope: &mut Scope) -> Result<()> {
    tunnel::begin(table, scope, DEFAULTS, &[NUMBERS.remote, NUMBERS.local], 4, &[])
}

fn rules(scope: &mut Scope) -> Result<()> {
    tunnel::without_zeros(scope, &[NUMBERS.remote, NUMBERS.local, NUMBERS.link]);
    let remote = scope.tree.get(scope.node, IFLA_GRE_REMOTE);
    let multicast = remote.and_then(|remote| remote.first()).is_some_and(|first| first & 0xf0 == 0xe0);
    if multicast && !scope.tree.has(scope.node, IFLA_GRE_LOCAL) {
        return Err(Error::new(1, brief!("A broadcast tunnel requires a source address.")));
    }
    tunnel::finish(scope, &NUMBERS, &[]);
    Ok(())
}
