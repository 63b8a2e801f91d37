//! `encap xfrm if_id NUMBER [ link_dev DEVICE ]`. Source: linux/lwtunnel.h.
//!
//! Words behind it belong to the route, where the reference drops all of them.

use super::Type;
use netmite_grammar::codec::{U32, Unsigned};
use netmite_grammar::{
    Codec, Context, Error, Key, Repeat, Result, Row, Scope, Shape, Spec, Table, attr, exact, number, row, rows,
    unambiguous,
};
use netmite_netlink::attributes::Slots;
use netmite_output::brief;

pub(super) const XFRM: Type = Type {
    word: "xfrm",
    number: 10,
    table: Some(&TABLE),
    parse: |scope| TABLE.parse_known(scope),
    print: |attrs, context| TABLE.print(attrs, context),
};

const LWT_XFRM_IF_ID: u16 = 1;
const LWT_XFRM_LINK: u16 = 2;

static TABLE: Table = Table {
    rules: |scope| match scope.tree.has(scope.node, LWT_XFRM_IF_ID) {
        true => Ok(()),
        false => Err(Error::new(255, brief!("Usage: ip route ... encap xfrm if_id NUMBER [ link_dev DEVICE ]"))),
    },
    ..Table::new("xfrm", rows!(ROWS))
};

const ROWS: &[Spec] = &[
    row(&[exact("if_id")], attr!(LWT_XFRM_IF_ID), &IfId, "the interface id of the policies").repeat(Repeat::Garbage),
    row(&[exact("link_dev")], attr!(LWT_XFRM_LINK), &Link, "the interface below").repeat(Repeat::Garbage),
];
const _: () = unambiguous(ROWS);

/// A number that is not 0.
struct IfId;
const NUMBER: Unsigned = U32.bad("\"if_id\" value is invalid\n");

impl Codec for IfId {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let id = number::u32(word).filter(|id| *id > 0).ok_or_else(|| Error::wrong(word, NUMBER.bad))?;
        scope.set(row.number(), id);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        NUMBER.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        NUMBER.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        NUMBER.shape()
    }
}

/// An interface; for one that is not there the exit status is 255.
pub(super) struct Link;

impl Codec for Link {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let index = scope.device().map_err(|error| if error.status() == 1 { error.with_status(255) } else { error })?;
        scope.set(row.number(), index);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        netmite_grammar::codec::Device.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        netmite_grammar::codec::Device.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        Shape::Device
    }
}
