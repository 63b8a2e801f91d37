//! vrf: a routing table of its own for the links that belong to it; and vrf_slave, what such a link reports.

use netmite_grammar::codec::{U32, say};
use netmite_grammar::names::Database;
use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, Table, attr, key, number, row, rows,
};
use netmite_netlink::uapi::*;

/// The options of a VRF.
pub static VRF: Table = Table {
    unknown: Table::unknown_word,
    ..Table::new(
        "vrf",
        rows!(&[row(&[key("table", 1)], attr!(IFLA_VRF_TABLE), &RoutingTable, "the routing table of its links")]),
    )
};

/// What a VRF's link reports.
pub static VRF_SLAVE: Table = Table::new(
    "vrf_slave",
    rows!(&[row(&[], attr!(IFLA_VRF_PORT_TABLE), &U32, "the routing table it uses").json("table").label("table")]),
);

/// A routing table: a name or number on the command line, shown as a number.
struct RoutingTable;

impl Codec for RoutingTable {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let table = scope.context.databases.number(Database::Tables, word).or_else(|| number::u32(word));
        scope.set(row.number(), table.ok_or_else(|| Error::wrong(word, "invalid table ID\n"))?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        U32.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(table) = attrs.u32(row.number()) {
            say(to, row.word(), table.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("TABLE")
    }
}
