//! `encap ila LOCATOR [ csum-mode MODE ] [ ident-type TYPE ] [ hook-type TYPE ]`. Source: linux/ila.h.

use super::Type;
use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, Table, attr, exact, number, row, rows, unambiguous,
};
use netmite_netlink::attributes::{Slots, array};
use netmite_output::{Names, Value, names};

pub(super) const ILA: Type = Type { word: "ila", number: 3, table: Some(&TABLE), parse, print };

const ILA_ATTR_LOCATOR: u16 = 1;
const ILA_ATTR_CSUM_MODE: u16 = 7;
const ILA_ATTR_IDENT_TYPE: u16 = 8;
const ILA_ATTR_HOOK_TYPE: u16 = 9;

static TABLE: Table = Table::new("ila", rows!(ROWS));

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("csum-mode")], attr!(ILA_ATTR_CSUM_MODE), &Named { names: CSUM_MODES, bad: "\"csum-mode\" value is invalid\n" }, "how checksums are kept right").json("csum_mode"),
    row(&[exact("ident-type")], attr!(ILA_ATTR_IDENT_TYPE), &Named { names: IDENT_TYPES, bad: "\"ident-type\" value is invalid\n" }, "what the identifier is").json("ident_type"),
    row(&[exact("hook-type")], attr!(ILA_ATTR_HOOK_TYPE), &Named { names: HOOK_TYPES, bad: "\"hook-type\" value is invalid\n" }, "where packets are rewritten").json("hook_type"),
];
const _: () = unambiguous(ROWS);

const CSUM_MODES: Names = names![("adj-transport", 0), ("neutral-map", 1), ("no-action", 2), ("neutral-map-auto", 3)];
const IDENT_TYPES: Names = names![("luid", 1), ("use-format", 32)];
const HOOK_TYPES: Names = names![("output", 0), ("input", 1)];

fn parse(scope: &mut Scope) -> Result<()> {
    let word = scope.value()?;
    let locator = locator(word).ok_or_else(|| Error::about(1, "Bad locator: %", word))?;
    scope.set(ILA_ATTR_LOCATOR, locator);
    TABLE.parse_known(scope)
}

/// Four groups of hexadecimal digits between colons.
fn locator(word: &[u8]) -> Option<[u8; 8]> {
    let group = |word: &[u8]| u16::try_from(number::in_base(word, 16)?).ok();
    let groups: Option<Vec<[u8; 2]>> =
        word.split(|byte| *byte == b':').map(|word| Some(group(word)?.to_be_bytes())).collect();
    groups?.as_flattened().try_into().ok()
}

fn print(attrs: &Slots, context: &mut Context) {
    if let Some(bytes) = attrs.get(ILA_ATTR_LOCATOR).and_then(array::<8>) {
        let [a, b, c, d, e, f, g, h] = bytes;
        let group = |high, low| u16::from_be_bytes([high, low]);
        let text = format!("{:x}:{:x}:{:x}:{:x}", group(a, b), group(c, d), group(e, f), group(g, h));
        super::spaced("locator", "", text.as_str(), context);
    }
    TABLE.print(attrs, context);
}

/// One of some words, in one byte.
struct Named {
    names: Names,
    bad: &'static str,
}

impl Named {
    fn name(&self, row: &Row, attrs: &Slots) -> Option<&'static str> {
        let number = attrs.u8(row.number())?;
        self.names.name(number.into())
    }
}

impl Codec for Named {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let named = self.names.byte(word);
        scope.set(row.number(), named.ok_or_else(|| Error::wrong(word, self.bad))?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        super::spaced(row.json_key(), row.text_label(), self.name(row, attrs).unwrap_or("unknown"), context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(name) = self.name(row, attrs) {
            netmite_grammar::codec::say(to, row.word(), Value::Str(name));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("WORD")
    }
}
