//! `encap mpls LABELS [ ttl TTL ]`. Source: linux/mpls_iptunnel.h.

use super::Type;
use netmite_grammar::codec::U8;
use netmite_grammar::{Repeat, Result, Scope, Spec, Table, address, attr, exact, row, rows};
use netmite_netlink::attributes::Slots;
use netmite_output::Value;

pub(super) const MPLS: Type = Type { word: "mpls", number: 1, table: Some(&TABLE), parse, print };

const MPLS_IPTUNNEL_DST: u16 = 1;
const MPLS_IPTUNNEL_TTL: u16 = 2;

static TABLE: Table = Table::new("mpls", rows!(ROWS));
const ROWS: &[Spec] =
    &[row(&[exact("ttl")], attr!(MPLS_IPTUNNEL_TTL), &U8.bad("\"ttl\" value is invalid\n"), "TTL of the outer header")
        .repeat(Repeat::Garbage)];

fn parse(scope: &mut Scope) -> Result<()> {
    let labels = address::labels(scope.value()?)?;
    scope.set(MPLS_IPTUNNEL_DST, labels.as_slice());
    TABLE.parse_known(scope)
}

fn print(attrs: &Slots, context: &mut netmite_grammar::Context) {
    if let Some(labels) = attrs.get(MPLS_IPTUNNEL_DST) {
        super::spaced("dst", "", Value::Labels(labels), context);
    }
    TABLE.print(attrs, context);
}
