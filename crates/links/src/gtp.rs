//! gtp: the tunnels of mobile networks (GPRS). The kernel makes the sockets.

use netmite_grammar::codec::{OneOf, U8, U32, one_of};
use netmite_grammar::{
    Attr, Codec, Context, Error, Key, Repeat, Result, Row, Scope, Shape, Slots, Spec, Table, attr, exact, row, rows,
    unambiguous,
};
use netmite_output::{brief, names};

/// The options of a gtp.
pub static GTP: Table = Table {
    begin: |_, scope| {
        scope.tree.set(scope.node, IFLA_GTP_PDP_HASHSIZE, 1024u32, 0);
        scope.tree.set(scope.node, IFLA_GTP_CREATE_SOCKETS, 1u8, 0);
        Ok(())
    },
    rules: |scope| match scope.tree.has(scope.node, IFLA_GTP_ROLE) {
        true => Ok(()),
        false => Err(Error::new(1, brief!("gtp: role of the gtp device was not specified"))),
    },
    ..Table::new("gtp", rows!(ROWS))
};

/// linux/if_link.h.
const IFLA_GTP_PDP_HASHSIZE: u16 = 3;
const IFLA_GTP_ROLE: u16 = 4;
const IFLA_GTP_CREATE_SOCKETS: u16 = 5;
const IFLA_GTP_RESTART_COUNT: u16 = 6;

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    once(&[exact("role")], attr!(IFLA_GTP_ROLE), &ROLE, "which of the two nodes it is"),
    once(&[exact("hsize")], attr!(IFLA_GTP_PDP_HASHSIZE), &Size, "the size of the table of contexts"),
    once(&[exact("restart_count")], attr!(IFLA_GTP_RESTART_COUNT), &U8.bad("invalid restart_count"), "how often it has been restarted"),
];
const _: () = unambiguous(ROWS);

/// A row that may be given once.
const fn once(keys: &'static [Key], attr: Attr, codec: &'static dyn Codec, doc: &'static str) -> Spec {
    row(keys, attr, codec, doc).repeat(Repeat::Garbage)
}

const ROLE: OneOf = OneOf { bad: "invalid role, use sgsn or ggsn", ..one_of(4, names!["ggsn", "sgsn"]) };

/// A size of at most 17 bits.
struct Size;

impl Codec for Size {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let size = scope.words.u32("invalid PDP hash size")?;
        if size >= 1 << 17 {
            return Err(scope.wrong("PDP hash size too big"));
        }
        scope.set(row.number(), size);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        U32.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        U32.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        Shape::Value("1..131071")
    }
}
