//! ipip and sit: packets in IPv4, without anything between.

use crate::tunnel::fields::{Discovery, V4};
use crate::tunnel::mode::{self, Mode};
use crate::tunnel::numbers::*;
use crate::tunnel::{self, Default, IPTUN as NUMBERS, encap};
use netmite_grammar::{
    Attr, Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, Table, address, attr, exact, joined, row, rows,
    unambiguous,
};
use netmite_netlink::attributes::Slots;
use netmite_netlink::uapi::{AF_INET, AF_INET6};
use netmite_output::{Value, brief, names};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 or MPLS in IPv4.
pub static IPIP: Table = Table { begin, rules, unknown: Table::unknown_usage, ..Table::new("ipip", rows!(&IPIP_ROWS)) };
/// Mostly IPv6 in IPv4.
pub static SIT: Table = Table {
    begin: |table, scope| {
        scope.tree.set(scope.node, IFLA_IPTUN_FLAGS, 0u16, 0);
        begin(table, scope)
    },
    rules,
    unknown: Table::unknown_usage,
    ..Table::new("sit", rows!(&SIT_ROWS))
};

#[rustfmt::skip]
const IPIP_MODE: Mode = Mode(names![
    ("ipip", 4), ("ip4ip4", 4), ("ipv4/ipv4", 4), ("mplsip", 137), ("mpls/ipv4", 137), ("any", 0), ("any/ipv4", 0),
]);
#[rustfmt::skip]
const SIT_MODE: Mode = Mode(names![
    ("ip6ip", 41), ("ipv6/ipv4", 41), ("ipip", 4), ("ip4ip4", 4), ("ipv4/ipv4", 4), ("mplsip", 137), ("mpls/ipv4", 137),
    ("any", 0), ("any/ipv4", 0),
]);

const fn outer(mode: &'static Mode) -> [Spec; 8] {
    let head = [tunnel::external(&NUMBERS), mode::row_of(mode)];
    let ends = tunnel::ends(NUMBERS.remote, NUMBERS.local, NUMBERS.link, &V4, false);
    joined(&joined::<5>(&head, &ends, &[]), &joined::<3>(&tunnel::ipv4(&NUMBERS, false), &[PMTUDISC], &[]), &[])
}

#[rustfmt::skip]
const PMTUDISC: Spec = row(&[exact("pmtudisc").tag(1), exact("nopmtudisc")], NUMBERS.pmtudisc, &Discovery { loud: true }, "outer packets may not be fragmented");

#[rustfmt::skip]
const RAPID: [Spec; 4] = [
    row(&[exact("isatap")], NUMBERS.flags, &Isatap, "the tunnel is an ISATAP router's"),
    row(&[exact("6rd-prefix")], attr!(IFLA_IPTUN_6RD_PREFIX), &PREFIX, "the IPv6 prefix of the provider (RFC 5969)").also(&[attr!(IFLA_IPTUN_6RD_PREFIXLEN)]).json("prefix"),
    row(&[exact("6rd-relay_prefix")], attr!(IFLA_IPTUN_6RD_RELAY_PREFIX), &RELAY, "the part of IPv4 addresses that all have in common").also(&[attr!(IFLA_IPTUN_6RD_RELAY_PREFIXLEN)]).json("relay_prefix"),
    row(&[exact("6rd-reset")], attr!(IFLA_IPTUN_6RD_PREFIX), &Reset, "back to 2002::/16, which is 6to4"),
];

const TAIL: [Spec; 7] = joined(&[tunnel::marked(NUMBERS.mark)], &encap::rows(&NUMBERS), &[]);
const IPIP_ROWS: [Spec; 15] = joined(&outer(&IPIP_MODE), &TAIL, &[]);
const SIT_ROWS: [Spec; 19] = joined(&joined::<12>(&outer(&SIT_MODE), &RAPID, &[]), &TAIL, &[]);
const _: () = unambiguous(&SIT_ROWS);

const ENDS: &[Attr; 2] = &[NUMBERS.remote, NUMBERS.local];
const DEFAULTS: &[Default] = &[
    (IFLA_IPTUN_LINK, &[0; 4]),
    (IFLA_IPTUN_TTL, &[0]),
    (IFLA_IPTUN_TOS, &[0]),
    (IFLA_IPTUN_PROTO, &[0]),
    (IFLA_IPTUN_PMTUDISC, &[1]),
    (IFLA_IPTUN_ENCAP_TYPE, &[0; 2]),
    (IFLA_IPTUN_ENCAP_FLAGS, &[0; 2]),
    (IFLA_IPTUN_ENCAP_SPORT, &[0; 2]),
    (IFLA_IPTUN_ENCAP_DPORT, &[0; 2]),
    (IFLA_IPTUN_FWMARK, &[0; 4]),
];

fn begin(table: &Table, scope: &mut Scope) -> Result<()> {
    tunnel::begin(table, scope, DEFAULTS, ENDS, 4, &[])
}

fn rules(scope: &mut Scope) -> Result<()> {
    let zero = |kind| scope.tree.get(scope.node, kind) == Some(&[0]);
    if zero(IFLA_IPTUN_PMTUDISC) && !zero(IFLA_IPTUN_TTL) {
        return Err(Error::new(255, brief!("ttl != 0 and nopmtudisc are incompatible")));
    }
    tunnel::finish(scope, &NUMBERS, &[IFLA_IPTUN_PROTO]);
    Ok(())
}

/// A flag of 16 bits, which only sit has.
struct Isatap;
const ISATAP: u16 = 1;

impl Codec for Isatap {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let old = u16::try_from(tunnel::bits(scope, row.number())).unwrap_or(0);
        scope.set(row.number(), old | ISATAP);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if attrs.u16(row.number()).is_some_and(|flags| flags & ISATAP != 0) {
            context.field_on(row, true);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if attrs.u16(row.number()).is_some_and(|flags| flags & ISATAP != 0) {
            to.push(row.word().as_bytes().to_vec());
        }
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// A prefix of 6rd, of the family given, its length in `also` and in JSON under the key given. One of no length is not shown.
struct Prefix(u8, &'static str);

const PREFIX: Prefix = Prefix(AF_INET6, "prefixlen");
const RELAY: Prefix = Prefix(AF_INET, "relay_prefixlen");
const SIX_TO_FOUR: Ipv6Addr = Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0);

impl Prefix {
    fn read(&self, row: &Row, attrs: &Slots) -> Option<(IpAddr, u8)> {
        let len = row.others().first().and_then(|also| attrs.u16(*also))?;
        Some((attrs.ip(row.number())?, u8::try_from(len).ok()?)).filter(|prefix| prefix.1 != 0)
    }
}

impl Codec for Prefix {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let prefix = address::prefix(word, self.0)?.prefix;
        scope.set(row.number(), prefix.address());
        if let Some(also) = row.others().first() {
            scope.set(*also, u16::from(prefix.len()));
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some((address, len)) = self.read(row, attrs) else { return };
        context.out.text(row.text_label());
        context.out.text(" ");
        context.out.text_value(Value::Prefix(address, len));
        context.out.text(" ");
        context.out.json(row.json_key(), address);
        context.out.json(self.1, len);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some((address, len)) = self.read(row, attrs) {
            tunnel::say(to, row.word(), Value::Prefix(address, len));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("PREFIX")
    }
}

/// Both prefixes back to their defaults.
struct Reset;

impl Codec for Reset {
    fn parse(&self, _: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        scope.set(IFLA_IPTUN_6RD_PREFIX, SIX_TO_FOUR);
        scope.set(IFLA_IPTUN_6RD_PREFIXLEN, 16u16);
        scope.set(IFLA_IPTUN_6RD_RELAY_PREFIX, Ipv4Addr::UNSPECIFIED);
        scope.set(IFLA_IPTUN_6RD_RELAY_PREFIXLEN, 0u16);
        Ok(())
    }

    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}
