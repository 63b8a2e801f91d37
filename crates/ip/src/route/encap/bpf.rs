//! `encap bpf [ in PROGRAM ] [ out PROGRAM ] [ xmit PROGRAM ] [ headroom BYTES ]`. Source: linux/lwtunnel.h.

use super::Type;
use netmite_grammar::codec::say;
use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, Table, attr, exact, number, row, rows, unambiguous,
};
use netmite_links::program;
use netmite_netlink::attributes::Slots;
use netmite_output::Value;

pub(super) const BPF: Type = Type {
    word: "bpf",
    number: 6,
    table: Some(&TABLE),
    parse: |scope| TABLE.parse_known(scope),
    print: |attrs, context| TABLE.print(attrs, context),
};

const LWT_BPF_IN: u16 = 1;
const LWT_BPF_OUT: u16 = 2;
const LWT_BPF_XMIT: u16 = 3;
const LWT_BPF_XMIT_HEADROOM: u16 = 4;
/// Inside each of the first three, and inside SEG6_LOCAL_BPF.
const PROGRAM_FD: u16 = 1;
const PROGRAM_NAME: u16 = 2;

static TABLE: Table = Table::new("bpf", rows!(ROWS));
const ROWS: &[Spec] = &[
    row(&[exact("in")], attr!(LWT_BPF_IN), &Program, "run on packets that come in"),
    row(&[exact("out")], attr!(LWT_BPF_OUT), &Program, "run on packets that go out"),
    row(&[exact("xmit")], attr!(LWT_BPF_XMIT), &Program, "run on packets that are sent"),
    row(&[exact("headroom")], attr!(LWT_BPF_XMIT_HEADROOM), &Headroom, "bytes in front that a program may fill"),
];
const _: () = unambiguous(ROWS);

/// A program, kept open until the request is sent.
struct Program;

impl Codec for Program {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        set_program(row, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(name) = name(row, attrs) {
            context.field(row, name);
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("pinned PATH")
    }
}

fn set_program(row: &Row, scope: &mut Scope) -> Result<()> {
    let program = program::read(scope)?;
    let descriptor = scope.context.keep(program.descriptor);
    scope.tree.remove(scope.node, row.number());
    let nest = scope.tree.nest(scope.node, row.number());
    let position = scope.words.position();
    scope.tree.set(nest, PROGRAM_FD, descriptor, position);
    scope.tree.set(nest, PROGRAM_NAME, &*[&program.name[..], b"\0"].concat(), position);
    Ok(())
}

fn name<'a>(row: &Row, attrs: &Slots<'a>) -> Option<&'a [u8]> {
    attrs.nested_slots(row.number())?.bytes(PROGRAM_NAME)
}

/// The program that a segment is handed to.
pub(super) struct Endpoint;

impl Codec for Endpoint {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        set_program(row, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(name) = name(row, attrs) {
            context.field(row, name);
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("pinned PATH")
    }
}

/// A number of bytes that is not 0; of several the first counts.
struct Headroom;

impl Codec for Headroom {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let bytes = number::u32(word).filter(|bytes| *bytes > 0);
        let bytes = bytes.ok_or_else(|| Error::wrong(word, "headroom is invalid\n"))?;
        if !scope.tree.has(scope.node, row.number()) {
            scope.set(row.number(), bytes);
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(bytes) = attrs.u32(row.number()) {
            super::spaced(row.json_key(), "", bytes, context);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(bytes) = attrs.u32(row.number()) {
            say(to, row.word(), Value::from(bytes));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("BYTES")
    }
}
