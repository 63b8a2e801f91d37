//! ipoib: IP over an InfiniBand partition.

use netmite_grammar::codec::{OneOf, Refusing, U16};
use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, Spec, Table, attr, key, row, rows, unambiguous,
};
use netmite_netlink::uapi::{IFLA_IPOIB_MODE, IFLA_IPOIB_PKEY, IFLA_IPOIB_UMCAST};

/// The options of an ipoib.
pub static IPOIB: Table = Table { unknown: Table::unknown_word, ..Table::new("ipoib", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[key("pkey", 1)], attr!(IFLA_IPOIB_PKEY), &Digits("0x", "pkey is invalid"), "the partition's key").json("key"),
    row(&[key("mode", 1)], attr!(IFLA_IPOIB_MODE), MODE, "how packets are carried"),
    row(&[key("umcast", 1)], attr!(IFLA_IPOIB_UMCAST), &Digits("", "umcast is invalid"), "whether programs join groups themselves: 0 or 1"),
];
const _: () = unambiguous(ROWS);

const MODE: &dyn Codec = &Refusing(
    &OneOf { width: 2, big_endian: false, words: &["datagram", "connected"], numbers: &[0, 1], bad: "" },
    |_| Error::new(1, "Error: argument of \"mode\" must be \"datagram\"or \"connected\""),
);

/// A number, shown as four hexadecimal digits, a string in JSON too: what stands in front of them, and what is said of a wrong one.
struct Digits(&'static str, &'static str);

impl Codec for Digits {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        U16.bad(self.1).parse(row, key, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(number) = attrs.u16(row.number()) {
            context.out.field(row.json_key(), row.text_label(), format!("{}{number:04x}", self.0).as_str());
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
