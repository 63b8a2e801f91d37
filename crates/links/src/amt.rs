//! amt: multicast through networks without it, from a relay to gateways (RFC 7450).

use netmite_grammar::codec::{Device, OneOf, PORT, Refusing, U32, one_of};
use netmite_grammar::{
    Codec, Context, Error, Key, Repeat, Result, Row, Scope, Shape, Slots, Spec, Table, address, attr, exact, row, rows,
    unambiguous,
};
use netmite_netlink::uapi::{AF_INET, AF_INET6, AF_UNSPEC};
use netmite_output::names;

/// The options of an amt.
pub static AMT: Table = Table {
    unknown: |table, word| match word == b"help" {
        true => Error::new(1, table.help_text()),
        false => table.suggest(word, Error::unknown_option(table.name, word)),
    },
    ..Table::new("amt", rows!(ROWS))
};

// linux/amt.h
const IFLA_AMT_MODE: u16 = 1;
const IFLA_AMT_RELAY_PORT: u16 = 2;
const IFLA_AMT_GATEWAY_PORT: u16 = 3;
const IFLA_AMT_LINK: u16 = 4;
const IFLA_AMT_LOCAL_IP: u16 = 5;
const IFLA_AMT_DISCOVERY_IP: u16 = 7;
const IFLA_AMT_MAX_TUNNELS: u16 = 8;

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("mode")], attr!(IFLA_AMT_MODE), &Mode, "which end it is"),
    row(&[exact("gateway_port")], attr!(IFLA_AMT_GATEWAY_PORT), &PORT.bad("gateway_port"), "a gateway's UDP port"),
    row(&[exact("relay_port")], attr!(IFLA_AMT_RELAY_PORT), &PORT.bad("relay_port"), "the relay's UDP port"),
    row(&[exact("local")], attr!(IFLA_AMT_LOCAL_IP), &End, "this end's address").repeat(Repeat::Garbage),
    row(&[exact("discovery")], attr!(IFLA_AMT_DISCOVERY_IP), &End, "where a gateway asks for its relay").repeat(Repeat::Garbage),
    row(&[exact("dev")], attr!(IFLA_AMT_LINK), DEVICE, "the device that packets leave by").json("link"),
    row(&[exact("max_tunnels")], attr!(IFLA_AMT_MAX_TUNNELS), &U32.bad("max_tunnels"), "how many gateways a relay takes"),
];
const _: () = unambiguous(ROWS);

const WORDS: OneOf = one_of(4, names!["gateway", "relay"]);
const MODE: &dyn Codec = &Refusing(&WORDS, |_| Error::new(1, AMT.help_text()));
const DEVICE: &dyn Codec = &Refusing(&Device, |word| Error::no_device(word).with_status(255));

/// One of two words, which stands alone in text.
struct Mode;

impl Codec for Mode {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        MODE.parse(row, key, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(word) = WORDS.word(row, attrs) {
            context.out.put(row.json_key(), "", word, " ");
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        MODE.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        MODE.shape()
    }
}

/// An address, without colour; none of `any`.
struct End;

impl Codec for End {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        // Both ends are of one family, of which the reference asks in this order alone.
        let other = Some(IFLA_AMT_DISCOVERY_IP).filter(|_| row.number() == IFLA_AMT_LOCAL_IP);
        let family = match other.and_then(|end| scope.tree.get(scope.node, end)).map(<[u8]>::len) {
            None if address::is_everything(word) => return Ok(()),
            None => AF_UNSPEC,
            Some(4) => AF_INET,
            Some(_) => AF_INET6,
        };
        scope.set(row.number(), address::address(word, family)?);
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
