//! hsr: two links that carry every frame twice (HSR and PRP).

use netmite_grammar::codec::{Device, LinkAddress, Refusing, U8, U16};
use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, Spec, Table, attr, exact, key, row, rows, unambiguous,
};
use netmite_netlink::uapi::*;
use netmite_output::Colour;

/// The options of an HSR or PRP link.
pub static HSR: Table = Table {
    unknown: |table, word| table.suggest_or_help(word, Error::about(1, "hsr: what is \"%\"?", word)),
    ..Table::new("hsr", rows!(ROWS))
};

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[key("slave1", 2)], attr!(IFLA_HSR_SLAVE1), INTERFACE, "one of the two links"),
    row(&[key("slave2", 6)], attr!(IFLA_HSR_SLAVE2), INTERFACE, "the other one"),
    row(&[exact("interlink")], attr!(IFLA_HSR_INTERLINK), &Interlink, "the link to what is attached by one link alone"),
    row(&[], attr!(IFLA_HSR_SEQ_NR), &U16, "the number of the next frame").json("seq_nr").label("sequence"),
    row(&[], attr!(IFLA_HSR_SUPERVISION_ADDR), &LinkAddress, "where supervision frames go").json("supervision_addr").label("supervision"),
    row(&[key("supervision", 1)], attr!(IFLA_HSR_MULTICAST_SPEC), &U8.bad("ADDR-BYTE is invalid"), "the last byte of the address that supervision frames go to"),
    row(&[key("proto", 1)], attr!(IFLA_HSR_PROTOCOL), &U8.bad("protocol is invalid"), "0 HSR, 1 PRP"),
    row(&[key("version", 1)], attr!(IFLA_HSR_VERSION), &U8.bad("version is invalid"), "the version of HSR, 0 or 1"),
];
const _: () = unambiguous(ROWS);

const INTERFACE: &dyn Codec = &Refusing(&Device, |word| Error::wrong(word, "No such interface"));

/// A link by its name, which is shown in colour, its label too.
struct Interlink;

impl Codec for Interlink {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        INTERFACE.parse(row, key, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(index) = attrs.u32(row.number()) else { return };
        let name = context.name_of(index);
        context.coloured(Colour::IfName, &mut |context| context.field(row, &name));
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        INTERFACE.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        INTERFACE.shape()
    }
}
