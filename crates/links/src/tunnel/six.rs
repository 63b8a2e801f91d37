//! What tunnels over IPv6 have: fields that share a word of the outer header (`flow`), and flags that share another.

use super::numbers::*;
use super::{Default, Numbers, bits, say};
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, exact, key as word, number, row};
use netmite_netlink::attributes::Slots;
use netmite_output::{Value, names};

/// The flags: `IP6_TNL_F_…`, linux/ip6_tunnel.h.
const IGN_ENCAP_LIMIT: u32 = 1;
const USE_ORIG_TCLASS: u32 = 2;
const USE_ORIG_FLOWLABEL: u32 = 4;
const MIP6_DEV: u32 = 8;
const RCV_DSCP_COPY: u32 = 0x10;
const USE_ORIG_FWMARK: u32 = 0x20;
const ALLOW_LOCAL_REMOTE: u32 = 0x40;

/// Hops, limit of encapsulation, traffic class, flow label and what is copied. The kinds of an older day take their
/// words `short`.
#[rustfmt::skip]
pub(crate) const fn rows(numbers: &Numbers, flags: &'static [netmite_grammar::Attr], short: bool) -> [Spec; 6] {
    let (hops, class) = if short {
        const { (&[word("hoplimit", 1), word("ttl", 1), word("hlim", 2)], &[word("tclass", 2), word("tos", 2), word("dsfield", 2)] as &[_]) }
    } else {
        const { (&[exact("hoplimit"), exact("ttl"), exact("hlim")], &[exact("tclass"), exact("tc"), exact("tos"), word("dsfield", 2)] as &[_]) }
    };
    [
        row(hops, numbers.ttl, &super::fields::Hops("invalid HLIM"), "hops that outer packets may take").json("ttl"),
        row(const { &[exact("encaplimit")] }, numbers.limit, &LIMIT, "how many more tunnels may follow within this one").json("encap_limit").also(flags),
        row(class, numbers.flow, &CLASS, "the traffic class of outer packets").also(flags),
        row(const { &[exact("flowlabel"), exact("fl")] }, numbers.flow, &LABEL, "the flow label of outer packets").also(flags),
        row(const { &[exact("dscp")] }, numbers.flags, &Dscp, "inner packets get the outer one's class").json("ip6_tnl_f_rcv_dscp_copy"),
        row(&[], numbers.flags, &Reported(MIP6_DEV), "serves mobile IPv6").json("ip6_tnl_f_mip6_dev").label("mip6"),
    ]
}

/// Flag and mark.
pub(crate) const fn tail(numbers: &Numbers, flags: &'static [netmite_grammar::Attr]) -> [Spec; 2] {
    let local = const { &[exact("allow-localremote").tag(1), exact("noallow-localremote")] };
    [
        row(local, numbers.flags, &Reported(ALLOW_LOCAL_REMOTE), "the far end may be an address of this host")
            .json("ip6_tnl_f_allow_local_remote"),
        row(const { &[exact("fwmark")] }, numbers.mark, &MARK, "the firewall mark of outer packets").also(flags),
    ]
}

/// What a new tunnel starts from, whatever its numbers.
macro_rules! defaults {
    ($ttl:ident $limit:ident $flow:ident $flags:ident $type:ident $encap:ident $sport:ident $dport:ident $mark:ident) => {
        [
            ($ttl, &[64]),
            ($limit, &[4]),
            ($flow, &[0; 4]),
            ($flags, &[0; 4]),
            ($type, &[0; 2]),
            ($encap, &2u16.to_ne_bytes()),
            ($sport, &[0; 2]),
            ($dport, &[0; 2]),
            ($mark, &[0; 4]),
        ]
    };
}

/// For GRE's numbers.
#[rustfmt::skip]
pub(crate) const GRE_DEFAULTS: [Default; 9] = defaults!(
    IFLA_GRE_TTL IFLA_GRE_ENCAP_LIMIT IFLA_GRE_FLOWINFO IFLA_GRE_FLAGS IFLA_GRE_ENCAP_TYPE IFLA_GRE_ENCAP_FLAGS
    IFLA_GRE_ENCAP_SPORT IFLA_GRE_ENCAP_DPORT IFLA_GRE_FWMARK
);
/// For IP tunnels' numbers.
#[rustfmt::skip]
pub(crate) const IPTUN_DEFAULTS: [Default; 9] = defaults!(
    IFLA_IPTUN_TTL IFLA_IPTUN_ENCAP_LIMIT IFLA_IPTUN_FLOWINFO IFLA_IPTUN_FLAGS IFLA_IPTUN_ENCAP_TYPE
    IFLA_IPTUN_ENCAP_FLAGS IFLA_IPTUN_ENCAP_SPORT IFLA_IPTUN_ENCAP_DPORT IFLA_IPTUN_FWMARK
);

/// Sets or clears a bit of the flags, which have 32 bits in the host's order.
fn set_flag(scope: &mut Scope, kind: u16, bit: u32, on: bool) {
    let old = bits(scope, kind);
    scope.set(kind, if on { old | bit } else { old & !bit });
}

/// The flags of a reply.
fn flags(attrs: &Slots, row: &Row) -> u32 {
    row.others().first().and_then(|also| attrs.u32(*also)).unwrap_or(0)
}

/// A value with a word beside it that sets a flag in its place. The row's `also` holds the flags.
struct Or {
    word: &'static str,
    bit: u32,
    key: &'static str,
    what: What,
    bad: &'static str,
}

/// Where the value is.
#[derive(Clone, Copy, PartialEq)]
enum What {
    /// A byte of its own.
    Byte,
    /// A field of the flow information: mask, and how far it is shifted to the left.
    Flow(u32, u32),
    /// A mark, which is 0 with the word.
    Mark,
}

const LIMIT: Or =
    Or { word: "none", bit: IGN_ENCAP_LIMIT, key: "ip6_tnl_f_ign_encap_limit", what: What::Byte, bad: "invalid ELIM" };
const CLASS: Or = Or {
    word: "inherit",
    bit: USE_ORIG_TCLASS,
    key: "ip6_tnl_f_use_orig_tclass",
    what: What::Flow(0x0ff0_0000, 20),
    bad: "invalid TClass",
};
const LABEL: Or = Or {
    word: "inherit",
    bit: USE_ORIG_FLOWLABEL,
    key: "ip6_tnl_f_use_orig_flowlabel",
    what: What::Flow(0x000f_ffff, 0),
    bad: "invalid Flowlabel",
};
const MARK: Or = Or {
    word: "inherit",
    bit: USE_ORIG_FWMARK,
    key: "ip6_tnl_f_use_orig_fwmark",
    what: What::Mark,
    bad: "invalid fwmark",
};

impl Or {
    fn number(&self, word: &[u8]) -> Option<u32> {
        match self.what {
            What::Byte => number::u8(word).map(u32::from),
            What::Mark => number::u32(word),
            What::Flow(mask, shift) => u32::try_from(number::hex(word)?).ok().filter(|number| *number <= mask >> shift),
        }
    }

    fn put(&self, row: &Row, number: u32, scope: &mut Scope) {
        match self.what {
            What::Byte => scope.set(row.number(), u8::try_from(number).unwrap_or(u8::MAX)),
            What::Mark => scope.set(row.number(), number),
            What::Flow(mask, shift) => {
                let old = scope.tree.get(scope.node, row.number()).and_then(|flow| flow.first_chunk().copied());
                let flow = old.map_or(0, u32::from_be_bytes) & !mask | (number << shift) & mask;
                scope.set(row.number(), flow.to_be_bytes());
            }
        }
    }

    fn value(&self, row: &Row, attrs: &Slots) -> Option<Value<'static>> {
        Some(match self.what {
            What::Byte => attrs.u8(row.number())?.into(),
            What::Mark => Value::Hex(attrs.unsigned(row.number()).filter(|mark| *mark != 0)?),
            What::Flow(mask, shift) => {
                let digits = if shift == 0 { 5 } else { 2 };
                Value::HexPadded(u64::from((attrs.u32_be(row.number())? & mask) >> shift), digits)
            }
        })
    }
}

impl Codec for Or {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let flagged = word == self.word.as_bytes();
        if !flagged {
            let number = self.number(word).ok_or_else(|| Error::wrong(word, self.bad))?;
            self.put(row, number, scope);
        } else if self.what != What::Byte {
            self.put(row, 0, scope);
        }
        if let Some(flags) = row.others().first() {
            set_flag(scope, *flags, self.bit, flagged);
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if flags(attrs, row) & self.bit != 0 {
            context.out.json(self.key, true);
            context.field_in_text(row, self.word);
        } else if let Some(value) = self.value(row, attrs) {
            context.field(row, value);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if flags(attrs, row) & self.bit != 0 {
            say(to, row.word(), self.word.into());
        } else if let Some(value) = self.value(row, attrs) {
            say(to, row.word(), value);
        }
    }

    fn shape(&self) -> Shape {
        match self.what {
            What::Byte => Shape::Value("{ 0..255 | none }"),
            What::Flow(_, 20) => Shape::Value("{ 00..ff | inherit }"),
            What::Flow(..) => Shape::Value("{ 00000..fffff | inherit }"),
            What::Mark => Shape::Value("{ MARK | inherit }"),
        }
    }
}

/// `dscp inherit`, which is a flag.
struct Dscp;

impl Codec for Dscp {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        if word != b"inherit" {
            return Err(Error::wrong(word, "not inherit"));
        }
        set_flag(scope, row.number(), RCV_DSCP_COPY, true);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if attrs.u32(row.number()).is_some_and(|flags| flags & RCV_DSCP_COPY != 0) {
            context.field_as(row, true, "inherit");
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if attrs.u32(row.number()).is_some_and(|flags| flags & RCV_DSCP_COPY != 0) {
            say(to, row.word(), "inherit".into());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Choice(names!["inherit"])
    }
}

/// A flag shown where it is set; the words' tags are its value.
struct Reported(u32);

impl Codec for Reported {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        set_flag(scope, row.number(), self.0, key.tag != 0);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if attrs.u32(row.number()).is_some_and(|flags| flags & self.0 != 0) {
            context.field_on(row, true);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if attrs.u32(row.number()).is_some_and(|flags| flags & self.0 != 0) && row.has_keys() {
            to.push(row.word().as_bytes().to_vec());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}
