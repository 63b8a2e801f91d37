//! The regular codecs. A new one belongs here once two tables need it; until then it stands in its kind's file.

use crate::address;
use crate::error::{Error, Result};
use crate::number;
use crate::rows::Row;
use crate::session::Context;
use crate::spec::Key;
use crate::table::{Codec, Shape};
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;
use netmite_netlink::uapi::{AF_INET, AF_INET6, AF_UNSPEC};
use netmite_output::{Colour, Value, names};
use std::net::IpAddr;

mod ether_type;
mod one_of;
mod refusing;
mod reported;
mod signed;
mod tos;

pub use ether_type::EtherType;
pub use one_of::{OneOf, one_of};
pub use refusing::Refusing;
pub use reported::{BridgeId, Timer, report_only};
pub use signed::Signed;
pub use tos::Tos;

/// Appends a keyword and its value to the words of a command.
pub fn say(to: &mut Vec<Vec<u8>>, key: &str, value: Value) {
    let mut word = Vec::new();
    value.write(&mut word);
    to.extend([key.as_bytes().to_vec(), word]);
}

/// Writes a number of `width` bytes into the row's attribute.
pub fn set_unsigned(scope: &mut Scope, kind: u16, number: u64, width: usize, big_endian: bool) {
    let (bytes, first) = match big_endian || cfg!(target_endian = "big") {
        true => (number.to_be_bytes(), 8usize.saturating_sub(width)),
        false => (number.to_le_bytes(), 0),
    };
    scope.set(kind, bytes.get(first..).and_then(|rest| rest.get(..width)).unwrap_or(&bytes));
}

/// An unsigned number. Every field but the width is a refinement with a default.
#[derive(Clone, Copy)]
pub struct Unsigned {
    /// Bytes in the attribute: 1, 2, 4 or 8.
    pub width: usize,
    /// Network order.
    pub big_endian: bool,
    /// The least value taken.
    pub least: u64,
    /// The greatest value taken.
    pub most: u64,
    /// Shown in hexadecimal with `0x` in front; zero as C's `%#x` shows it, without.
    pub hex: bool,
    /// Zero is not shown.
    pub quiet_zero: bool,
    /// A word for zero, taken and shown: `ageing none`.
    pub zero: Option<&'static str>,
    /// What the value is called in help texts.
    pub name: &'static str,
    /// What is said of a value that will not do.
    pub bad: &'static str,
}

const fn unsigned(width: usize, most: u64) -> Unsigned {
    Unsigned {
        width,
        big_endian: false,
        least: 0,
        most,
        hex: false,
        quiet_zero: false,
        zero: None,
        name: "NUMBER",
        bad: "invalid number",
    }
}

/// A number of one byte.
pub const U8: Unsigned = unsigned(1, u8::MAX as u64);
/// A number of two bytes.
pub const U16: Unsigned = unsigned(2, u16::MAX as u64);
/// A number of four bytes.
pub const U32: Unsigned = unsigned(4, u32::MAX as u64);
/// A number of eight bytes.
pub const U64: Unsigned = unsigned(8, u64::MAX);
/// A port: two bytes in network order.
pub const PORT: Unsigned = Unsigned { big_endian: true, name: "PORT", bad: "invalid port", ..U16 };

impl Unsigned {
    /// The same codec with another complaint.
    pub const fn bad(self, bad: &'static str) -> Self {
        Unsigned { bad, ..self }
    }

    fn read(&self, row: &Row, attrs: &Slots) -> Option<u64> {
        match (self.big_endian, self.width) {
            (true, 2) => attrs.u16_be(row.number()).map(u64::from),
            (true, 4) => attrs.u32_be(row.number()).map(u64::from),
            (true, 8) => attrs.u64(row.number()).map(u64::from_be),
            _ => attrs.unsigned(row.number()),
        }
    }

    fn value(&self, number: u64) -> Value<'static> {
        if self.hex { Value::HexOrZero(number) } else { Value::Unsigned(number) }
    }
}

impl Codec for Unsigned {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let number = match self.zero {
            Some(zero) if zero.as_bytes() == word => 0,
            // Of a mask, -1 is all bits.
            _ if self.hex && self.width == 8 && word == b"-1" => u64::MAX,
            _ => {
                let number = number::up_to(word, self.most).filter(|number| *number >= self.least);
                number.ok_or_else(|| Error::wrong(word, self.bad))?
            }
        };
        set_unsigned(scope, row.number(), number, self.width, self.big_endian);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(number) = self.read(row, attrs) else { return };
        if number == 0 && self.quiet_zero {
            return;
        }
        match self.zero {
            Some(zero) if number == 0 => context.field_as(row, 0u64, zero),
            _ => context.field(row, self.value(number)),
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(number) = self.read(row, attrs) {
            say(to, row.word(), self.value(number));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value(self.name)
    }
}

/// `on` or `off`, in one byte.
#[derive(Clone, Copy)]
pub struct OnOff;

/// Whether a word is `on` or `off`; `None` of another.
pub fn is_on(word: &[u8]) -> Option<bool> {
    let on = word == b"on";
    Some(on).filter(|on| *on || word == b"off")
}

/// Reads `on` or `off` for option `key`.
pub fn on_off(key: &str, word: &[u8]) -> Result<bool> {
    is_on(word).ok_or_else(|| Error::none_of(key, names!["off", "on"], word))
}

/// The same, with the complaint that the options of every link have.
pub fn on_or_off(key: &str, word: &[u8]) -> Result<bool> {
    is_on(word).ok_or_else(|| Error::not_on_off(key, word))
}

impl Codec for OnOff {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        scope.set(row.number(), on_off(key.word, word)?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(number) = attrs.unsigned(row.number()) {
            context.field(row, Value::OnOff(number != 0));
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(number) = attrs.unsigned(row.number()) {
            say(to, row.word(), Value::OnOff(number != 0));
        }
    }

    fn shape(&self) -> Shape {
        Shape::ON_OFF
    }
}

/// Two keywords, `learning` and `nolearning`: the key's tag is the value, the row's first keyword is 1. In text the
/// value that is the default is shown from a level of `-d` on.
#[derive(Clone, Copy)]
pub struct YesNo {
    /// The value that text leaves out.
    pub default: bool,
    /// From which level of `-d` on it is not left out.
    pub shown: u8,
}

impl Codec for YesNo {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        scope.set(row.number(), key.tag != 0);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(yes) = attrs.unsigned(row.number()).map(|number| number != 0) else { return };
        let told = yes != self.default || context.options.details >= self.shown;
        context.field_yes(row, yes, told);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let yes = attrs.unsigned(row.number()).map(|number| number != 0);
        to.extend(row.keys().find(|key| Some(key.tag != 0) == yes).map(|key| key.word.as_bytes().to_vec()));
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// An attribute without payload, which says all by being there.
#[derive(Clone, Copy)]
pub struct Presence;

impl Codec for Presence {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        scope.set(row.number(), ());
        Ok(())
    }

    fn print(&self, row: &Row, _: &Slots, context: &mut Context) {
        context.field_on(row, Value::Null);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, _: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        to.push(row.word().as_bytes().to_vec());
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// An interface: a name on the command line, an index in the attribute.
#[derive(Clone, Copy)]
pub struct Device;

impl Codec for Device {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let index = scope.device()?;
        scope.set(row.number(), index);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(index) = attrs.u32(row.number()) {
            let name = context.name_of(index);
            context.field(row, &name);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(index) = attrs.u32(row.number()) {
            let name = context.name_of(index);
            say(to, row.word(), (&name).into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Device
    }
}

/// An IP address of the family given, or of either.
#[derive(Clone, Copy)]
pub struct Address {
    /// `AF_INET`, `AF_INET6`, or `AF_UNSPEC` for both.
    pub family: u8,
}

/// An address of either family.
pub const ANY_ADDRESS: Address = Address { family: AF_UNSPEC };
/// An IPv4 address.
pub const IPV4: Address = Address { family: AF_INET };
/// An IPv6 address.
pub const IPV6: Address = Address { family: AF_INET6 };

impl Codec for Address {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        scope.set(row.number(), address::address(word, self.family)?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(address) = attrs.ip(row.number()) {
            context.out.text(row.text_label());
            context.out.put_in(Colour::of(address), row.json_key(), " ", address, " ");
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(address) = attrs.ip(row.number()) {
            say(to, row.word(), IpAddr::into(address));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("ADDRESS")
    }
}

/// A link-layer address.
#[derive(Clone, Copy)]
pub struct LinkAddress;

impl Codec for LinkAddress {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        scope.set(row.number(), address::link_address(word)?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(bytes) = attrs.get(row.number()) {
            context.field(row, Value::Link(bytes));
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(bytes) = attrs.get(row.number()) {
            say(to, row.word(), Value::Link(bytes));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("LLADDR")
    }
}
