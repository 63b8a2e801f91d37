//! What tunnels can be wrapped in: UDP, plain (FOU) or with a header of its own (GUE).

use super::{Numbers, bits, say};
use netmite_grammar::codec::set_unsigned;
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, exact, number, row};
use netmite_netlink::attributes::Slots;
use netmite_output::{Names, Value, names};

/// The types by number: `TUNNEL_ENCAP_…`, linux/if_tunnel.h.
const TYPES: Names = names!["none", "fou", "gue"];

/// The bits of the flags, and what each is called.
const FLAGS: &[(&str, &str)] = &[("csum", "encap-csum"), ("csum6", "encap-csum6"), ("remcsum", "encap-remcsum")];

/// The rows of the encapsulation. All is printed by the first, whose `also` are flags, source and destination port.
pub(crate) const fn rows(numbers: &Numbers) -> [Spec; 6] {
    let [flags, source, destination] = *numbers.encap_rest;
    [
        row(const { &[exact("encap"), exact("noencap").tag(1)] }, numbers.encap, &Encap, "what packets are wrapped in")
            .also(numbers.encap_rest),
        row(const { &[exact("encap-sport")] }, source, &Port { auto: true }, "the UDP source port"),
        row(const { &[exact("encap-dport")] }, destination, &Port { auto: false }, "the UDP destination port"),
        row(const { &[exact("encap-csum"), exact("noencap-csum").tag(1)] }, flags, &Flag(1), "a UDP checksum"),
        row(
            const { &[exact("encap-udp6-csum"), exact("noencap-udp6-csum").tag(1)] },
            flags,
            &Flag(2),
            "a UDP checksum in IPv6",
        ),
        row(
            const { &[exact("encap-remcsum"), exact("noencap-remcsum").tag(1)] },
            flags,
            &Flag(4),
            "the inner checksum is left to the far end",
        ),
    ]
}

/// The type; `noencap` is `encap none`.
struct Encap;

impl Codec for Encap {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = if key.tag == 0 { scope.value()? } else { b"none" };
        let kind = TYPES.number(word).and_then(|kind| u16::try_from(kind).ok());
        scope.set(row.number(), kind.ok_or_else(|| Error::wrong(word, "Invalid encap type."))?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(kind) = attrs.u16(row.number()).filter(|kind| *kind != 0) else { return };
        let [flags, source, destination] = row.others() else { return };
        let port = |attr: &u16| attrs.u16_be(*attr).unwrap_or(0);
        let (source, destination) = (port(source), port(destination));
        let out = &mut context.out;
        out.open_object("encap");
        out.text("encap ");
        match TYPES.name(kind.into()) {
            Some(name) => out.put("type", "", name, " "),
            None => {
                out.json("type", Value::Null);
                out.text("unknown ");
            }
        }
        if source == 0 {
            out.text("encap-sport auto ");
            out.json("sport", 0u64);
        } else {
            out.field("sport", "encap-sport", source);
        }
        out.field("dport", "encap-dport", destination);
        let bits = attrs.u16(*flags).unwrap_or(0);
        for (at, (key, label)) in FLAGS.iter().enumerate() {
            let on = bits & (1 << at) != 0;
            out.json(key, on);
            out.text(if on { "" } else { "no" });
            out.text(label);
            out.text(" ");
        }
        out.close_object();
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let kind = attrs.u16(row.number()).and_then(|kind| TYPES.name(kind.into()));
        if let Some(kind) = kind {
            say(to, row.word(), kind.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Choice(TYPES)
    }
}

/// A port; `auto`, which is 0, for those that may be chosen per flow.
struct Port {
    auto: bool,
}

impl Codec for Port {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let port = if self.auto && word == b"auto" { Some(0) } else { number::u16(word) };
        let bad = if self.auto { "Invalid source port." } else { "Invalid destination port." };
        let port = port.ok_or_else(|| Error::wrong(word, bad))?;
        set_unsigned(scope, row.number(), port.into(), 2, true);
        Ok(())
    }

    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(port) = attrs.u16_be(row.number()).filter(|port| *port != 0) {
            say(to, row.word(), port.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value(if self.auto { "{ PORT | auto }" } else { "PORT" })
    }
}

/// A bit of the flags; tag 1 clears it.
struct Flag(u16);

impl Codec for Flag {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let old = u16::try_from(bits(scope, row.number())).unwrap_or(0);
        scope.set(row.number(), if key.tag == 0 { old | self.0 } else { old & !self.0 });
        Ok(())
    }

    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let off = attrs.u16(row.number()).map(|bits| u32::from(bits & self.0 == 0));
        to.extend(row.keys().find(|key| Some(key.tag) == off).map(|key| key.word.as_bytes().to_vec()));
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}
