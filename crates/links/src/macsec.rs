//! macsec: Ethernet that is encrypted and authenticated from neighbour to neighbour (IEEE 802.1AE).

use netmite_grammar::codec::{OnOff, OneOf, U8, U32, Unsigned, one_of, say};
use netmite_grammar::{
    Codec, Context, Error, Key, Repeat, Result, Row, Scope, Shape, Slots, Spec, Table, address, attr, exact, number,
    row, rows, unambiguous,
};
use netmite_netlink::uapi::*;
use netmite_output::{Names, Value, brief, names};

/// The options of a macsec.
pub static MACSEC: Table = Table { rules, ..Table::new("macsec", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("sci"), exact("port").tag(PORT), exact("address").tag(ADDRESS)], attr!(IFLA_MACSEC_SCI), &Channel, "the channel's identifier: whole, or a port and perhaps an address"),
    row(&[exact("protect")], attr!(IFLA_MACSEC_PROTECT), &OnOff, "what is sent is authenticated"),
    row(&[exact("cipher")], attr!(IFLA_MACSEC_CIPHER_SUITE), &Cipher, "the cipher").repeat(Repeat::Duplicate).json("cipher_suite"),
    row(&[exact("icvlen")], attr!(IFLA_MACSEC_ICV_LEN), &CheckLength, "bytes of the integrity check value").repeat(Repeat::Duplicate).json("icv_len"),
    row(&[exact("encodingsa")], attr!(IFLA_MACSEC_ENCODING_SA), &Unsigned { most: 3, name: "0..3", ..U8.bad("expected an { 0..3 }") }, "the association that sends").repeat(Repeat::Keyword).json("encoding_sa"),
    row(&[exact("validate")], attr!(IFLA_MACSEC_VALIDATION), &VALIDATION, "how strictly what arrives is checked").json("validation"),
    row(&[exact("offload")], attr!(IFLA_MACSEC_OFFLOAD), &OFFLOAD, "which hardware does the work"),
    row(&[exact("encrypt")], attr!(IFLA_MACSEC_ENCRYPT), &OnOff, "what is sent is encrypted"),
    row(&[exact("send_sci")], attr!(IFLA_MACSEC_INC_SCI), &OnOff, "frames tell the channel's identifier").json("inc_sci"),
    row(&[exact("end_station")], attr!(IFLA_MACSEC_ES), &OnOff, "the channel is told by the sender's address").json("es"),
    row(&[exact("scb")], attr!(IFLA_MACSEC_SCB), &OnOff, "frames are a single copy broadcast"),
    row(&[exact("replay")], attr!(IFLA_MACSEC_REPLAY_PROTECT), &OnOff, "repeated frames are dropped; wants window").json("replay_protect"),
    row(&[exact("window")], attr!(IFLA_MACSEC_WINDOW), &U32.bad("expected replay window size"), "how many frames late one may be; wants replay on"),
];
const _: () = unambiguous(ROWS);

fn rules(scope: &mut Scope) -> Result<()> {
    let on = |kind| scope.tree.get(scope.node, kind) == Some(&[1]);
    let (inc_sci, station, scb) = (on(IFLA_MACSEC_INC_SCI), on(IFLA_MACSEC_ES), on(IFLA_MACSEC_SCB));
    if inc_sci && (station || scb) || station && scb {
        return Err(Error::new(1, brief!("invalid combination of send_sci/end_station/scb")));
    }
    let (replay, said) = (on(IFLA_MACSEC_REPLAY_PROTECT), scope.tree.has(scope.node, IFLA_MACSEC_REPLAY_PROTECT));
    let window = scope.tree.get(scope.node, IFLA_MACSEC_WINDOW).and_then(netmite_netlink::attributes::unsigned);
    // All bits set is how the reference tells that there is none.
    let window = window.filter(|window| *window != u64::from(u32::MAX));
    match window {
        Some(window) if !said => {
            let text = "replay window set, but replay protection not enabled. did you mean 'replay on window";
            Err(Error::new(1, format!("{text} {window}'?")))
        }
        None if replay => {
            let text = "replay protection enabled, but no window set. did you mean 'replay on window VALUE'?";
            Err(Error::new(1, text))
        }
        _ => {
            if !replay {
                scope.tree.remove(scope.node, IFLA_MACSEC_WINDOW);
            }
            Ok(())
        }
    }
}

const PORT: u32 = 1;
const ADDRESS: u32 = 2;

/// The identifier of a secure channel: a link-layer address and a port. Of a port alone the address is the link's below.
struct Channel;

impl Channel {
    fn port(scope: &mut Scope) -> Result<u16> {
        let word = scope.value()?;
        match number::u16(word) {
            Some(0) => Err(Error::wrong(word, "expected port != 0")),
            Some(port) => Ok(port),
            None => Err(Error::wrong(word, "expected port")),
        }
    }
}

impl Codec for Channel {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        // It stands before all other options.
        if !scope.tree.is_empty(scope.node) {
            return Err(Error::unknown_option("macsec", key.word.as_bytes()));
        }
        match key.tag {
            ADDRESS => {
                let word = scope.value()?;
                let address = address::link_address(word).map_err(|error| error.with_status(255))?;
                let Some(address) = address.as_bytes().first_chunk::<6>().filter(|_| address.as_bytes().len() == 6)
                else {
                    return Err(Error::about(255, "\"%\" is invalid lladdr.", word).hint("it has six bytes"));
                };
                if scope.words.take() != Some(b"port") {
                    return Err(Error::new(255, brief!("Not enough information: \"port\" argument is required.")));
                }
                let port = Channel::port(scope)?;
                scope.set(row.number(), &*[&address[..], &port.to_be_bytes()].concat());
            }
            PORT => {
                let port = Channel::port(scope)?;
                scope.set(IFLA_MACSEC_PORT, port.to_be_bytes());
            }
            _ => {
                let word = scope.value()?;
                let sci = if word == b"-1" { Some(u64::MAX) } else { number::hex(word) };
                match sci.ok_or_else(|| Error::wrong(word, "expected sci"))? {
                    0 => scope.set(IFLA_MACSEC_PORT, [0u8; 2].as_slice()),
                    sci => scope.set(row.number(), &sci.to_be_bytes()[..]),
                }
            }
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(sci) = attrs.u64(row.number()) {
            context.field(row, Value::HexDigits(u64::from_be(sci), 16));
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(sci) = attrs.u64(row.number()) {
            say(to, row.word(), format!("{:016x}", u64::from_be(sci)).as_str().into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("NUMBER")
    }
}

/// The ciphers: words, numbers of linux/if_macsec.h, names that are shown.
const CIPHERS: &[(&str, u64, &str)] = &[
    ("default", 0x0080_0200_0100_0001, "GCM-AES-128"),
    ("gcm-aes-128", 0x0080_c200_0100_0001, "GCM-AES-128"),
    ("gcm-aes-256", 0x0080_c200_0100_0002, "GCM-AES-256"),
    ("gcm-aes-xpn-128", 0x0080_c200_0100_0003, "GCM-AES-XPN-128"),
    ("gcm-aes-xpn-256", 0x0080_c200_0100_0004, "GCM-AES-XPN-256"),
];

/// A cipher by its name, whatever the case.
struct Cipher;

impl Codec for Cipher {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let known = CIPHERS.iter().find(|cipher| cipher.0.as_bytes().eq_ignore_ascii_case(word));
        let text = "expected: default, gcm-aes-128, gcm-aes-256, gcm-aes-xpn-128 or gcm-aes-xpn-256";
        scope.set(row.number(), known.ok_or_else(|| Error::wrong(word, text))?.1);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(number) = attrs.u64(row.number()) else { return };
        let known = CIPHERS.iter().find(|cipher| cipher.1 == number && !cipher.2.is_empty());
        context.field(row, known.map_or("(unknown)", |cipher| cipher.2));
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let known = attrs.u64(row.number()).and_then(|number| CIPHERS.iter().find(|cipher| cipher.1 == number));
        if let Some(cipher) = known {
            say(to, row.word(), cipher.0.into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Choice(names!["default", "gcm-aes-128", "gcm-aes-256", "gcm-aes-xpn-128", "gcm-aes-xpn-256"])
    }
}

/// The length of the integrity check value.
struct CheckLength;

impl Codec for CheckLength {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let length = number::decimal(word)
            .and_then(|length| u8::try_from(length).ok())
            .ok_or_else(|| Error::wrong(word, "expected ICV length"))?;
        if !(8..=16).contains(&length) {
            return Err(Error::wrong(word, "ICV length must be in the range {8..16}"));
        }
        scope.set(row.number(), length);
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
        Shape::Value("8..16")
    }
}

const VALIDATION: Abbreviated = Abbreviated { words: names!["disabled", "check", "strict"], warns: false };
const OFFLOAD: Abbreviated = Abbreviated { words: names!["off", "phy", "mac"], warns: true };

const ABBREVIATED: &[u8] =
    b"' by prefix.\nMatching by prefix is deprecated in this context, please use the full string.";

/// One of a few words, numbered from 0, or an abbreviation of one, which some options warn of.
struct Abbreviated {
    words: Names,
    warns: bool,
}

impl Abbreviated {
    const fn whole(&self) -> OneOf {
        one_of(1, self.words)
    }
}

impl Codec for Abbreviated {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let Some(word) = scope.words.peek() else { return self.whole().parse(row, key, scope) };
        let Some((number, known)) = self.words.iter().find(|(_, known)| netmite_grammar::matches(word, known)) else {
            return self.whole().parse(row, key, scope);
        };
        scope.words.take();
        if self.warns && known.as_bytes() != word {
            let text = [b"WARNING: '", word, b"' matches '", known.as_bytes(), ABBREVIATED];
            scope.context.out.io().error_bytes(&text.concat());
        }
        scope.set(row.number(), u8::try_from(number).unwrap_or(0));
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        self.whole().print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        self.whole().words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        Shape::Choice(self.words)
    }
}
