//! xfrm: an end of IPsec tunnels, told apart by an identifier that policies and states have too.

use crate::tunnel::fields::{External, THROUGH};
use netmite_grammar::codec::{U32, Unsigned};
use netmite_grammar::{
    Codec, Error, Result, Scope, Shape, Spec, Table, attr, exact, key, parse_only, row, rows, unambiguous,
};
use netmite_netlink::uapi::*;
use netmite_output::brief;

/// The options of an xfrm interface.
pub static XFRM: Table = Table { rules, unknown: Table::unknown_usage, ..Table::new("xfrm", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("external")], attr!(IFLA_XFRM_COLLECT_METADATA), &External, "identifier and link come from routes or programs"),
    row(&[key("dev", 1)], attr!(IFLA_XFRM_LINK), &Through, "the device that packets leave through"),
    row(&[key("if_id", 1)], attr!(IFLA_XFRM_IF_ID), &Unsigned { least: 1, hex: true, name: "IF_ID", ..U32.bad("if_id value is invalid") }, "the identifier, not 0"),
];
const _: () = unambiguous(ROWS);

parse_only!(
    /// The device. As with the reference, it is not shown.
    Through,
    Shape::Device,
    |self, row, key, scope| Codec::parse(&THROUGH, row, key, scope)
);

fn rules(scope: &mut Scope) -> Result<()> {
    let has = |kind| scope.tree.has(scope.node, kind);
    let id = has(IFLA_XFRM_IF_ID);
    match has(IFLA_XFRM_COLLECT_METADATA) {
        true if id || has(IFLA_XFRM_LINK) => {
            Err(Error::new(1, brief!("xfrmi: both 'external' and if_id/link cannot be specified")))
        }
        false if !id => Err(Error::required("IF_ID")),
        _ => Ok(()),
    }
}
