//! Tunnels over IPv6: `struct ip6_tnl_parm2`, linux/ip6_tunnel.h.

use super::words::{Device, IN, Keyed, Name, OUT, TunnelFlag, TunnelKey, find_device};
use super::{GET, Kind, PARAMETERS, SPECIAL, flag, set_bits};
use netmite_grammar::address;
use netmite_grammar::{
    Error, Repeat, Shape, Spec, Table, attr, exact, key, number, parse_only, row, rows, unambiguous,
};
use netmite_netlink::attributes::array;
use netmite_netlink::uapi::AF_INET6;
use netmite_output::{Names, names};
use std::net::{IpAddr, Ipv6Addr};

/// Tunnels over IPv6.
pub(super) static SIX: Kind = Kind {
    six: true,
    table: &TUNNEL,
    link_types: &[769, 823],
    maker: |parameters| Some(maker(parameters)),
    command: "ip -f inet6 tunnel",
};

static TUNNEL: Table = Table {
    rules: find_device,
    unknown: |table, word| table.suggest(word, Error::garbage("name", word)),
    help: Some(|| super::usage(&SIX)),
    ..Table::new("tunnel", rows!(ROWS))
};

/// Offsets of the parameters' fields.
pub(super) mod at {
    pub(in crate::tunnel) const PROTOCOL: usize = 20;
    pub(in crate::tunnel) const ENCAP_LIMIT: usize = 21;
    pub(in crate::tunnel) const HOP_LIMIT: usize = 22;
    pub(in crate::tunnel) const FLOW: usize = 24;
    pub(in crate::tunnel) const FLAGS: usize = 28;
    pub(in crate::tunnel) const FROM: usize = 32;
    pub(in crate::tunnel) const TO: usize = 48;
    pub(in crate::tunnel) const INCOMING: usize = 64;
    pub(in crate::tunnel) const OUTGOING: usize = 66;
    pub(in crate::tunnel) const INCOMING_KEY: usize = 68;
    pub(in crate::tunnel) const OUTGOING_KEY: usize = 72;
}

/// Where flags and keys are.
pub(super) const KEYED: Keyed =
    Keyed { incoming: (at::INCOMING, at::INCOMING_KEY), outgoing: (at::OUTGOING, at::OUTGOING_KEY) };

/// The flags of such tunnels, `IP6_TNL_F_…`.
pub(super) mod option {
    pub(in crate::tunnel) const NO_ENCAP_LIMIT: u32 = 1;
    pub(in crate::tunnel) const INHERIT_CLASS: u32 = 2;
    pub(in crate::tunnel) const INHERIT_LABEL: u32 = 4;
    pub(in crate::tunnel) const COPY_DSCP: u32 = 0x10;
    pub(in crate::tunnel) const ALLOW_LOCAL_REMOTE: u32 = 0x40;
}

/// Bits of the flow information: the traffic class, and the label.
pub(super) const CLASS: u32 = 0x0ff0_0000;
pub(super) const LABEL: u32 = 0x000f_ffff;

const NOWHERE: u16 = 0;

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("mode")], attr!(NOWHERE), &Mode, "what goes through it: ip6ip6 ipip6 ip6gre vti6 any"),
    row(&[exact("remote")], attr!(NOWHERE), &Address(at::TO), "the other end"),
    row(&[exact("local")], attr!(NOWHERE), &Address(at::FROM), "this end"),
    row(&[exact("dev")], attr!(NOWHERE), &Device, "the interface below"),
    row(&[exact("encaplimit")], attr!(NOWHERE), &EncapLimit, "how many tunnels deep packets may go"),
    row(&[exact("ttl"), exact("hoplimit"), exact("hlim")], attr!(NOWHERE), &HopLimit, "hop limit of the outer header"),
    row(&[exact("tclass"), exact("tc"), exact("tos"), key("dsfield", 1)], attr!(NOWHERE), &Flow(PART_CLASS), "traffic class of the outer header"),
    row(&[exact("flowlabel"), exact("fl")], attr!(NOWHERE), &Flow(PART_LABEL), "its flow label"),
    row(&[exact("dscp")], attr!(NOWHERE), &Dscp, "`inherit`: packets that come out get the outer header's code point"),
    row(&[exact("allow-localremote").tag(1), exact("noallow-localremote")], attr!(NOWHERE), &LocalRemote, "whether the other end may be an address of ours"),
    row(&[exact("key").tag(IN | OUT), exact("ikey").tag(IN), exact("okey").tag(OUT)], attr!(NOWHERE), &TunnelKey(KEYED), "the key of packets, or of those in or out"),
    row(&[exact("seq").tag(IN | OUT), exact("iseq").tag(IN), exact("oseq").tag(OUT)], attr!(NOWHERE), &TunnelFlag((KEYED, flag::SEQUENCE)), "sequence numbers"),
    row(&[exact("csum").tag(IN | OUT), exact("icsum").tag(IN), exact("ocsum").tag(OUT)], attr!(NOWHERE), &TunnelFlag((KEYED, flag::CHECKSUM)), "checksums"),
    row(&[exact("name")], attr!(NOWHERE), &Name(true), "its name").positional().repeat(Repeat::Garbage),
];
const _: () = unambiguous(ROWS);

/// Parameters before any word is read; for a filter all are open.
pub(super) fn empty(filter: bool) -> [u8; GET.size(true)] {
    let mut parameters = [0; GET.size(true)];
    if !filter {
        parameters[at::PROTOCOL] = IPV6;
        parameters[at::ENCAP_LIMIT] = 4;
        parameters[at::HOP_LIMIT] = 64;
    }
    parameters
}

const IPIP: u8 = 4;
const IPV6: u8 = 41;
/// Protocol of GRE.
pub(super) const GRE: u8 = 47;

/// The modes and the protocol inside.
pub(super) const MODES: Names = names![
    ("ipv6/ipv6", IPV6),
    ("ip6ip6", IPV6),
    ("vti6", IPV6),
    ("ip/ipv6", IPIP),
    ("ipv4/ipv6", IPIP),
    ("ipip6", IPIP),
    ("ip4ip6", IPIP),
    ("ip6gre", GRE),
    ("gre/ipv6", GRE),
    ("any/ipv6", 0),
    ("any", 0),
];

/// The protocol inside.
pub(super) fn protocol(parameters: &[u8]) -> u8 {
    parameters.get(at::PROTOCOL).copied().unwrap_or(0)
}

fn maker(parameters: &[u8]) -> &'static str {
    let flags: [u8; 2] = parameters.get(at::INCOMING..).and_then(array).unwrap_or_default();
    match protocol(parameters) {
        GRE => "ip6gre0",
        IPV6 if flags.iter().zip(SPECIAL).any(|(own, special)| own & special != 0) => "ip6_vti0",
        _ => "ip6tnl0",
    }
}

parse_only!(Mode, Shape::Value("MODE"), |self, _row, _key, scope, word| {
    let Some(number) = MODES.byte(word) else {
        let error = Error::about(255, "Unknown tunnel mode \"%\"", word);
        return Err(error.suggest(word, MODES.words()));
    };
    scope.tree.set_header(PARAMETERS, at::PROTOCOL, number);
    if word == b"vti6" {
        set_bits(scope.tree, at::INCOMING, SPECIAL);
    }
    Ok(())
});

parse_only!(
    /// An address; the field is where it lies.
    Address(usize),
    Shape::Value("{ ADDRESS | any }"),
    |self, _row, _key, scope| {
        let word = scope.value()?;
        let address = match address::is_everything(word) {
            true => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            false => address::address(word, AF_INET6)?,
        };
        scope.tree.set_header(PARAMETERS, self.0, address);
        Ok(())
    }
);

parse_only!(EncapLimit, Shape::Value("{ LIMIT | none }"), |self, _row, _key, scope| {
    let word = scope.value()?;
    if word == b"none" {
        scope.tree.set_header_bits(PARAMETERS, at::FLAGS, option::NO_ENCAP_LIMIT, true);
        return Ok(());
    }
    let limit = number::u8(word).ok_or_else(|| Error::wrong(word, "invalid ELIM\n"))?;
    scope.tree.set_header(PARAMETERS, at::ENCAP_LIMIT, limit);
    scope.tree.set_header_bits(PARAMETERS, at::FLAGS, option::NO_ENCAP_LIMIT, false);
    Ok(())
});

parse_only!(HopLimit, Shape::Value("LIMIT"), |self, _row, _key, scope, word| {
    let limit = number::u8(word).ok_or_else(|| Error::wrong(word, "invalid TTL\n"))?;
    scope.tree.set_header(PARAMETERS, at::HOP_LIMIT, limit);
    Ok(())
});

/// A part of the flow information.
pub(crate) struct Part {
    bits: u32,
    shift: u32,
    /// The flag that stands for `inherit`.
    inherit: u32,
    bad: &'static str,
}

const PART_CLASS: Part = Part { bits: CLASS, shift: 20, inherit: option::INHERIT_CLASS, bad: "invalid TClass" };
const PART_LABEL: Part = Part { bits: LABEL, shift: 0, inherit: option::INHERIT_LABEL, bad: "invalid Flowlabel" };

parse_only!(
    /// A part of the flow information in hexadecimal, or `inherit`.
    Flow(Part),
    Shape::Value("{ NUMBER | inherit }"),
    |self, _row, _key, scope| {
        let part = &self.0;
        let word = scope.value()?;
        let known: [u8; 4] = scope.tree.header(PARAMETERS).get(at::FLOW..).and_then(array).unwrap_or_default();
        let rest = u32::from_be_bytes(known) & !part.bits;
        let inherit = word == b"inherit";
        let value = match inherit {
            true => 0,
            false => {
                let value = number::hex(word).filter(|value| *value <= u64::from(part.bits >> part.shift));
                let value = value.and_then(|value| u32::try_from(value).ok());
                value.ok_or_else(|| Error::wrong(word, part.bad))? << part.shift
            }
        };
        scope.tree.set_header(PARAMETERS, at::FLOW, (rest | value).to_be_bytes());
        scope.tree.set_header_bits(PARAMETERS, at::FLAGS, part.inherit, inherit);
        Ok(())
    }
);

parse_only!(Dscp, Shape::Choice(names!["inherit"]), |self, _row, _key, scope, word| {
    if word != b"inherit" {
        return Err(Error::wrong(word, "not inherit"));
    }
    scope.tree.set_header_bits(PARAMETERS, at::FLAGS, option::COPY_DSCP, true);
    Ok(())
});

parse_only!(LocalRemote, Shape::Nothing, |self, _row, key, scope| {
    scope.tree.set_header_bits(PARAMETERS, at::FLAGS, option::ALLOW_LOCAL_REMOTE, key.tag == 1);
    Ok(())
});

/// An address in parameters.
pub(super) fn address_at(parameters: &[u8], at: usize) -> Ipv6Addr {
    Ipv6Addr::from(parameters.get(at..).and_then(array::<16>).unwrap_or_default())
}
