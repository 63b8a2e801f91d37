//! Codecs of outer headers: ends, hops, marks.

use super::say;
use super::udp::LinkOrNone;
use netmite_grammar::codec::{Refusing, U32, Unsigned};
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, address, number};
use netmite_netlink::attributes::Slots;
use std::net::IpAddr;

/// An end's address, of the family given; `any` and the address of zeros leave it open.
pub(crate) struct End(pub(crate) u8);

/// An end in IPv4.
pub(crate) const V4: End = End(netmite_netlink::uapi::AF_INET);
/// An end in IPv6.
pub(crate) const V6: End = End(netmite_netlink::uapi::AF_INET6);

impl Codec for End {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        if address::is_everything(word) {
            scope.tree.remove(scope.node, row.number());
        } else {
            scope.set(row.number(), address::address(word, self.0)?);
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        match attrs.ip(row.number()).filter(|address| !address.is_unspecified()) {
            Some(address) => {
                let host = context.host(address);
                context.field(row, &host);
            }
            None => context.field(row, "any"),
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(address) = attrs.ip(row.number()).filter(|address| !address.is_unspecified()) {
            say(to, row.word(), IpAddr::into(address));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("{ ADDRESS | any }")
    }
}

/// The device that packets leave through. One that is not there is told as everywhere, but with another status.
pub(crate) const THROUGH: Refusing = Refusing(&LinkOrNone, |word| Error::no_device(word).with_status(255));

/// An attribute without payload that makes all others moot.
pub(crate) struct External;

impl Codec for External {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        scope.set(row.number(), ());
        Ok(())
    }

    fn print(&self, row: &Row, _: &Slots, context: &mut Context) {
        context.field_on(row, true);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, _: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        to.push(row.word().as_bytes().to_vec());
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// How many hops outer packets may take; `inherit` is 0. The member is what is said of a wrong value.
pub(crate) struct Hops(pub(crate) &'static str);

impl Codec for Hops {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let hops = if word == b"inherit" { Some(0) } else { number::u8(word) };
        scope.set(row.number(), hops.ok_or_else(|| Error::wrong(word, self.0))?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        match attrs.u8(row.number()) {
            Some(0) => context.field_as(row, 0u8, "inherit"),
            Some(hops) => context.field(row, hops),
            None => (),
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(hops) = attrs.u8(row.number()) {
            say(to, row.word(), hops.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("{ 0..255 | inherit }")
    }
}

/// A firewall mark.
pub(crate) const MARK: Unsigned = Unsigned { hex: true, quiet_zero: true, name: "MARK", ..U32.bad("invalid fwmark") };

/// Two keywords, of which the first is 1; JSON has it always, text what is not the default.
pub(crate) struct Discovery {
    /// Whether text shows the first keyword too.
    pub(crate) loud: bool,
}

impl Codec for Discovery {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        scope.set(row.number(), key.tag != 0);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(on) = attrs.u8(row.number()).map(|value| value != 0) else { return };
        context.field_yes(row, on, self.loud || !on);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let on = attrs.u8(row.number()).map(|value| value != 0);
        to.extend(row.keys().find(|key| Some(key.tag != 0) == on).map(|key| key.word.as_bytes().to_vec()));
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// Two keywords, of which the first is 1; shown only where it is 1.
pub(crate) struct Asserted;

impl Codec for Asserted {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        scope.set(row.number(), key.tag != 0);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if attrs.u8(row.number()).is_some_and(|value| value != 0) {
            External.print(row, attrs, context);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        Discovery { loud: true }.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}
