//! `encap seg6local action ACTION …`: what is done to packets for a segment of our own. Source: linux/seg6_local.h.

use super::Type;
use super::seg6;
use super::xfrm::Link;
use netmite_grammar::names::Database;
use netmite_grammar::{
    Codec, Context, Error, Key, Repeat, Result, Row, Scope, Shape, Spec, Table, address, attr, exact, number, row,
    rows, unambiguous,
};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::uapi::{AF_INET, AF_INET6};
use netmite_output::{Names, Value, names};

pub(super) const SEG6LOCAL: Type =
    Type { word: "seg6local", number: 7, table: Some(&TABLE), parse: |scope| TABLE.parse_known(scope), print };

const SEG6_LOCAL_ACTION: u16 = 1;
const SEG6_LOCAL_SRH: u16 = 2;
const SEG6_LOCAL_TABLE: u16 = 3;
const SEG6_LOCAL_NH4: u16 = 4;
const SEG6_LOCAL_NH6: u16 = 5;
const SEG6_LOCAL_IIF: u16 = 6;
const SEG6_LOCAL_OIF: u16 = 7;
const SEG6_LOCAL_BPF: u16 = 8;
const SEG6_LOCAL_VRFTABLE: u16 = 9;
const SEG6_LOCAL_COUNTERS: u16 = 10;
const SEG6_LOCAL_FLAVORS: u16 = 11;
/// The key of a header, a note of our own until the rules have read it.
const HMAC: u16 = 0x3f12;

static TABLE: Table = Table { rules, ..Table::new("seg6local", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("action")], attr!(SEG6_LOCAL_ACTION), &Action, "what is done").repeat(Repeat::Garbage),
    row(&[exact("srh")], attr!(SEG6_LOCAL_SRH), &Header, "the header that is put in: segs ADDRESS,… [ hmac NUMBER ]").repeat(Repeat::Garbage),
    row(&[exact("table")], attr!(SEG6_LOCAL_TABLE), &TableName { least: 0, bad: "invalid table id\n" }, "the table of the next lookup").repeat(Repeat::Garbage),
    row(&[exact("vrftable")], attr!(SEG6_LOCAL_VRFTABLE), &TableName { least: 0, bad: "invalid vrf table id\n" }, "the same, a VRF's").repeat(Repeat::Garbage),
    row(&[exact("nh4")], attr!(SEG6_LOCAL_NH4), &NextHop(AF_INET), "the next hop of an IPv4 packet").repeat(Repeat::Garbage),
    row(&[exact("nh6")], attr!(SEG6_LOCAL_NH6), &NextHop(AF_INET6), "the next hop of an IPv6 packet").repeat(Repeat::Garbage),
    row(&[exact("iif")], attr!(SEG6_LOCAL_IIF), &Link, "the interface it comes in by").repeat(Repeat::Garbage),
    row(&[exact("oif")], attr!(SEG6_LOCAL_OIF), &Link, "the interface it goes out by").repeat(Repeat::Garbage),
    row(&[exact("endpoint")], attr!(SEG6_LOCAL_BPF), &super::bpf::Endpoint, "the program that is run").repeat(Repeat::Garbage),
    row(&[exact("count")], attr!(SEG6_LOCAL_COUNTERS), &Counters, "count packets").repeat(Repeat::Garbage),
    row(&[exact("flavors")], attr!(SEG6_LOCAL_FLAVORS), &Flavors, "refinements of the action, with commas between").repeat(Repeat::Garbage),
];
const _: () = unambiguous(ROWS);

/// The actions, by number.
const ACTIONS: Names = names![
    ("End", 1),
    ("End.X", 2),
    ("End.T", 3),
    ("End.DX2", 4),
    ("End.DX6", 5),
    ("End.DX4", 6),
    ("End.DT6", 7),
    ("End.DT4", 8),
    ("End.B6", 9),
    ("End.B6.Encaps", END_B6_ENCAPS),
    ("End.BM", 11),
    ("End.S", 12),
    ("End.AS", 13),
    ("End.AM", 14),
    ("End.BPF", 15),
    ("End.DT46", 16),
];
const END_B6_ENCAPS: u32 = 10;

/// Whether the words are complete, and the header that they ask for.
fn rules(scope: &mut Scope) -> Result<()> {
    let action = scope.tree.get(scope.node, SEG6_LOCAL_ACTION).and_then(array).map(u32::from_ne_bytes);
    let action = action.ok_or_else(|| Error::new(255, "Missing action type"))?;
    if let Some(segments) = scope.tree.get(scope.node, SEG6_LOCAL_SRH).map(<[u8]>::to_vec) {
        let hmac = scope.tree.get(scope.node, HMAC).and_then(array).map_or(0, u32::from_ne_bytes);
        scope.tree.remove(scope.node, HMAC);
        let header = seg6::header(&segments, action != END_B6_ENCAPS, hmac)?;
        scope.set(SEG6_LOCAL_SRH, header.as_slice());
    }
    Ok(())
}

fn print(attrs: &Slots, context: &mut Context) {
    TABLE.print(attrs, context);
}

struct Action;

impl Action {
    fn name(row: &Row, attrs: &Slots) -> Option<&'static str> {
        let number = attrs.u32(row.number())?;
        Some(ACTIONS.name(number).unwrap_or("<unknown>"))
    }
}

impl Codec for Action {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let action = ACTIONS.number(word).ok_or_else(|| {
            let error = Error::wrong(word, "\"action\" value is invalid\n");
            error.suggest(word, ACTIONS.words())
        })?;
        scope.set(row.number(), action);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(name) = Action::name(row, attrs) {
            context.field(row, name);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(name) = Action::name(row, attrs) {
            netmite_grammar::codec::say(to, row.word(), Value::Str(name));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("ACTION")
    }
}

struct Header;

impl Codec for Header {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        if word != b"segs" {
            return Err(Error::wrong(word, "missing \"segs\" attribute for srh\n"));
        }
        let segments = seg6::segments(scope.value()?)?;
        scope.set(row.number(), segments.as_flattened());
        if scope.words.take_if("hmac", 4) {
            let key = seg6::hmac(scope)?;
            scope.set(HMAC, key);
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(header) = attrs.get(row.number()) else { return };
        context.out.open_object("srh");
        seg6::print_header(header, context);
        context.out.close_object();
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let Some(header) = attrs.get(row.number()) else { return };
        let encapsulates = attrs.u32(SEG6_LOCAL_ACTION) == Some(END_B6_ENCAPS);
        to.push(row.word().as_bytes().to_vec());
        seg6::header_words(header, !encapsulates, to);
    }

    fn shape(&self) -> Shape {
        Shape::Value("segs ADDRESS,… [ hmac NUMBER ]")
    }
}

/// A routing table by name or number; a string in JSON too.
pub(super) struct TableName {
    /// The least number there may be.
    pub(super) least: u32,
    pub(super) bad: &'static str,
}

impl Codec for TableName {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let table = scope.context.number_of(Database::Tables, word);
        let table = table.filter(|table| *table >= self.least).ok_or_else(|| Error::wrong(word, self.bad))?;
        scope.set(row.number(), table);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(table) = attrs.u32(row.number()) {
            context.out.text(row.text_label());
            crate::route::print::named(Database::Tables, table, row.json_key(), " ", " ", context);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(table) = attrs.u32(row.number()) {
            netmite_grammar::codec::say(to, row.word(), table.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("TABLE")
    }
}

/// An address of this family, without colour.
struct NextHop(u8);

impl Codec for NextHop {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        scope.set(row.number(), address::address(word, self.0)?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(address) = attrs.ip(row.number()) {
            context.field(row, address);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(address) = attrs.ip(row.number()) {
            netmite_grammar::codec::say(to, row.word(), address.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("ADDRESS")
    }
}

/// Counters of what was done, shown with `-s`: their attributes, and their names.
struct Counters;
const COUNTERS: &[(u16, &str)] = &[(2, "packets"), (3, "bytes"), (4, "errors")];

impl Codec for Counters {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let nest = scope.tree.nest(scope.node, row.number());
        COUNTERS.iter().for_each(|(number, _)| scope.tree.set(nest, *number, 0u64, scope.words.position()));
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if context.options.statistics == 0 {
            return;
        }
        let Some(counters) = &attrs.nested_slots(row.number()) else { return };
        context.out.open_object("stats64");
        for (number, name) in COUNTERS {
            if let Some(count) = counters.u64(*number) {
                context.out.field(name, name, count);
            }
        }
        context.out.close_object();
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, _: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        to.push(row.word().as_bytes().to_vec());
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// Bits by name, and of the last one two lengths in bits.
struct Flavors;
const FLAVORS: Names = names![("psp", 1 << 1), ("usp", 1 << 2), ("usd", 1 << 3), ("next-csid", NEXT_CSID)];
const NEXT_CSID: u32 = 1 << 4;
const OPERATION: u16 = 1;
const LENGTHS: &[(u16, &str, &str)] = &[
    (2, "lblen", "\"locator-block length\" value is invalid\n"),
    (3, "nflen", "\"locator-node function length\" value is invalid\n"),
];

impl Codec for Flavors {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let parts = word.split(|byte| *byte == b',').filter(|part| !part.is_empty());
        let mut bits = parts.map(|part| FLAVORS.number_in_any_case(part));
        let bits = bits.try_fold(0u32, |bits, bit| Some(bits | bit?)).filter(|bits| *bits != 0);
        let bits = bits.ok_or_else(|| Error::wrong(word, "invalid \"flavors\" attribute\n"))?;
        let nest = scope.tree.nest(scope.node, row.number());
        scope.tree.set(nest, OPERATION, bits, scope.words.position());
        for (number, name, bad) in LENGTHS.iter().filter(|_| bits & NEXT_CSID != 0) {
            if scope.words.take_if(name, name.len()) {
                let word = scope.value()?;
                let len = number::u8(word).ok_or_else(|| Error::wrong(word, bad))?;
                scope.tree.set(nest, *number, len, scope.words.position());
            }
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(flavors) = &attrs.nested_slots(row.number()) else { return };
        let bits = flavors.u32(OPERATION).unwrap_or(0);
        context.out.text("flavors ");
        context.out.open_array("flavors");
        let mut before = "";
        for name in FLAVORS.of_bits(bits) {
            context.out.put("", before, name, "");
            before = ",";
        }
        context.out.close_array();
        context.out.text(" ");
        for (number, name, _) in LENGTHS.iter().filter(|_| bits & NEXT_CSID != 0) {
            if let Some(len) = flavors.u8(*number) {
                context.out.field(name, name, len);
            }
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let Some(flavors) = &attrs.nested_slots(row.number()) else { return };
        let bits = flavors.u32(OPERATION).unwrap_or(0);
        let names: Vec<&str> = FLAVORS.of_bits(bits).collect();
        netmite_grammar::codec::say(to, row.word(), Value::Str(&names.join(",")));
        for (number, name, _) in LENGTHS {
            if let Some(len) = flavors.u8(*number) {
                netmite_grammar::codec::say(to, name, len.into());
            }
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("FLAVOR,… [ lblen BITS ] [ nflen BITS ]")
    }
}
