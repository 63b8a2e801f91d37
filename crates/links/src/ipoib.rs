//! ipoib: IP over an InfiniBand partition.

use netmite_grammar::codec::{Refusing, U16, one_of};
use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, Spec, Table, attr, key, row, rows, unambiguous,
};
use netmite_netlink::uapi::{IFLA_IPOIB_MODE, IFLA_IPOIB_PKEY, IFLA_IPOIB_UMCAST};
use netmite_output::{Value, brief, names};

/// The options of an ipoib.
pub static IPOIB: Table = Table { unknown: Table::unknown_word, ..Table::new("ipoib", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[key("pkey", 1)], attr!(IFLA_IPOIB_PKEY), &Digits("pkey is invalid"), "the partition's key").json("key"),
    row(&[key("mode", 1)], attr!(IFLA_IPOIB_MODE), MODE, "how packets are carried"),
    row(&[key("umcast", 1)], attr!(IFLA_IPOIB_UMCAST), &Digits("umcast is invalid"), "whether programs join groups themselves: 0 or 1"),
];
const _: () = unambiguous(ROWS);

const MODE: &dyn Codec = &Refusing(&one_of(2, names!["datagram", "connected"]), |_| {
    Error::new(1, brief!("Error: argument of \"mode\" must be \"datagram\"or \"connected\""))
});

/// A number, shown as four hexadecimal digits, a string in JSON too; the member is what is said of a wrong one.
struct Digits(&'static str);

impl Codec for Digits {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        U16.bad(self.0).parse(row, key, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(number) = attrs.u16(row.number()) {
            let number = u64::from(number);
            let is_key = row.number() == IFLA_IPOIB_PKEY;
            context.field(row, if is_key { Value::HexPadded(number, 4) } else { Value::HexDigits(number, 4) });
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        U16.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        Shape::Value("NUMBER")
    }
}
