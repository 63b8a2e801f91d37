//! bareudp: packets of other protocols (MPLS, NSH, IP) in UDP, without a header between.

use netmite_grammar::codec::{PORT, U16};
use netmite_grammar::{
    Attr, Codec, Context, Error, Key, Repeat, Result, Row, Scope, Shape, Slots, Spec, Table, attr, key, number, row,
    rows, unambiguous,
};
use netmite_output::{Names, names};

/// The options of a bareudp.
pub static BAREUDP: Table = Table { rules, ..Table::new("bareudp", rows!(ROWS)) };

/// linux/if_link.h.
const IFLA_BAREUDP_PORT: u16 = 1;
const IFLA_BAREUDP_ETHERTYPE: u16 = 2;
const IFLA_BAREUDP_SRCPORT_MIN: u16 = 3;
const IFLA_BAREUDP_MULTIPROTO_MODE: u16 = 4;

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    once(&[key("dstport", 1)], attr!(IFLA_BAREUDP_PORT), &PORT.bad("dstport"), "the UDP port"),
    once(&[key("ethertype", 1)], attr!(IFLA_BAREUDP_ETHERTYPE), &Protocol, "what it carries"),
    once(&[key("srcportmin", 1)], attr!(IFLA_BAREUDP_SRCPORT_MIN), &U16.bad("srcportmin"), "the lowest source port"),
    once(&[key("multiproto", 1).tag(1), key("nomultiproto", 1)], attr!(IFLA_BAREUDP_MULTIPROTO_MODE), &Several, "IPv6 beside IPv4, multicast beside unicast MPLS").also(&[attr!(IFLA_BAREUDP_PORT)]),
];
const _: () = unambiguous(ROWS);

/// A row that may be given once.
const fn once(keys: &'static [Key], attr: Attr, codec: &'static dyn Codec, doc: &'static str) -> Spec {
    row(keys, attr, codec, doc).repeat(Repeat::Garbage)
}

fn rules(scope: &mut Scope) -> Result<()> {
    if scope.tree.get(scope.node, IFLA_BAREUDP_MULTIPROTO_MODE) == Some(&[0]) {
        scope.tree.remove(scope.node, IFLA_BAREUDP_MULTIPROTO_MODE);
    }
    if !scope.tree.has(scope.node, IFLA_BAREUDP_PORT) {
        return Err(Error::required("dstport"));
    }
    if !scope.tree.has(scope.node, IFLA_BAREUDP_ETHERTYPE) {
        return Err(Error::required("ethertype"));
    }
    Ok(())
}

/// The types of frames that have names here: linux/if_ether.h.
const PROTOCOLS: Names =
    names![("ip", 0x0800), ("ipv4", 0x0800), ("ipv6", 0x86dd), ("mpls_uc", 0x8847), ("mpls_mc", 0x8848)];

/// The type of what is carried: a name, or a number.
struct Protocol;

impl Codec for Protocol {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let named = PROTOCOLS.number_in_any_case(word).and_then(|number| u16::try_from(number).ok());
        let number = named.or_else(|| number::u16(word)).ok_or_else(|| Error::wrong(word, "ethertype"))?;
        scope.set(row.number(), &number.to_be_bytes()[..]);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(number) = attrs.u16_be(row.number()) else { return };
        let plain = format!("[{number}]");
        let named = PROTOCOLS.name(number.into()).filter(|_| !context.options.numeric);
        context.field(row, named.unwrap_or(&plain));
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(number) = attrs.u16_be(row.number()) {
            netmite_grammar::codec::say(to, row.word(), number.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("{ ipv4 | ipv6 | mpls_uc | NUMBER }")
    }
}

/// Whether it carries a second protocol: until the rules are applied, a byte that says which of the words it was.
struct Several;

impl Codec for Several {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        if key.tag == 0 {
            scope.set(row.number(), 0u8);
        } else {
            scope.set(row.number(), ());
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        context.field_yes(row, attrs.has(row.number()), true);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        to.extend(attrs.has(row.number()).then(|| row.word().as_bytes().to_vec()));
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}
