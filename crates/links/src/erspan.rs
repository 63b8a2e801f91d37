//! What the kinds that mirror frames (ERSPAN) have beside GRE's options.

use crate::tunnel::numbers::*;
use netmite_grammar::codec::{OneOf, U8, U16, Unsigned, one_of};
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, attr, exact, number, row};
use netmite_netlink::attributes::Slots;
use netmite_output::names;

#[rustfmt::skip]
pub(crate) const ROWS: [Spec; 4] = [
    row(&[exact("erspan")], attr!(IFLA_GRE_ERSPAN_INDEX), &Index, "the index of the mirror session, for version 1").json("erspan_index").label("erspan_index"),
    row(&[exact("erspan_ver")], attr!(IFLA_GRE_ERSPAN_VER), &Version, "the version of ERSPAN"),
    row(&[exact("erspan_dir")], attr!(IFLA_GRE_ERSPAN_DIR), &DIRECTION, "which traffic is mirrored, for version 2"),
    row(&[exact("erspan_hwid")], attr!(IFLA_GRE_ERSPAN_HWID), &HARDWARE, "the number of the mirroring engine, for version 2"),
];

const DIRECTION: OneOf = OneOf { bad: "Invalid erspan direction.", ..one_of(1, names!["ingress", "egress"]) };
const HARDWARE: Unsigned = Unsigned { hex: true, ..U16.bad("invalid erspan hwid") };

/// What a new tunnel starts from; what its version has no use for is taken out by [`rules`].
pub(crate) fn begin(scope: &mut Scope) {
    scope.tree.set(scope.node, IFLA_GRE_ERSPAN_VER, 1u8, 0);
    scope.tree.set(scope.node, IFLA_GRE_ERSPAN_DIR, 0u8, 0);
    scope.tree.set(scope.node, IFLA_GRE_ERSPAN_HWID, 0u16, 0);
}

/// Each version has its own options: others are not sent.
pub(crate) fn rules(scope: &mut Scope) {
    let version = scope.tree.get(scope.node, IFLA_GRE_ERSPAN_VER).and_then(|version| version.first()).copied();
    let index =
        scope.tree.get(scope.node, IFLA_GRE_ERSPAN_INDEX).is_some_and(|index| index.iter().any(|byte| *byte != 0));
    if version != Some(1) || !index {
        scope.tree.remove(scope.node, IFLA_GRE_ERSPAN_INDEX);
    }
    if version != Some(2) {
        scope.tree.remove(scope.node, IFLA_GRE_ERSPAN_DIR);
        scope.tree.remove(scope.node, IFLA_GRE_ERSPAN_HWID);
    }
}

/// A number with two complaints: one about what is no such number, one about what is out of its range.
fn ranged(word: &[u8], width: u64, range: std::ops::RangeInclusive<u64>, bad: [&str; 2]) -> Result<u64> {
    let number = number::up_to(word, width).ok_or_else(|| Error::wrong(word, bad[0]))?;
    if range.contains(&number) { Ok(number) } else { Err(Error::wrong(word, bad[1])) }
}

/// The session's index.
struct Index;

impl Codec for Index {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let bad = ["invalid erspan index", "erspan index must be > 0 and <= 20-bit"];
        let index = ranged(scope.value()?, u32::MAX.into(), 1..=0xf_ffff, bad)?;
        scope.set(row.number(), index as u32);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        netmite_grammar::codec::U32.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        netmite_grammar::codec::U32.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        Shape::Value("1..1048575")
    }
}

/// The version.
struct Version;

impl Codec for Version {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let bad = ["invalid erspan version", "erspan version must be 0/1/2"];
        let version = ranged(scope.value()?, u8::MAX.into(), 0..=2, bad)?;
        scope.set(row.number(), version as u8);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        U8.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        U8.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        Shape::Choice(names!["0", "1", "2"])
    }
}
