//! Tunnels over IPv4: `struct ip_tunnel_parm`, linux/if_tunnel.h, in which the outer header is a `struct iphdr`.

use super::words::{Device, IN, Keyed, Name, OUT, TunnelFlag, TunnelKey, any_or_ipv4, find_device};
use super::{GET, Kind, PARAMETERS, SPECIAL, flag, flags_at, name_in, set_bits};
use netmite_grammar::unambiguous;
use netmite_grammar::{
    Error, Repeat, Result, Scope, Shape, Spec, Table, attr, exact, key, number, parse_only, row, rows,
};
use netmite_netlink::attributes::array;
use netmite_output::brief;
use std::net::Ipv4Addr;

/// Tunnels over IPv4.
pub(super) static FOUR: Kind =
    Kind { six: false, table: &TUNNEL, link_types: &[768, 776, 778], maker, command: "ip tunnel" };

static TUNNEL: Table = Table {
    rules,
    unknown: |table, word| table.suggest(word, Error::garbage("name", word)),
    help: Some(|| super::usage(&FOUR)),
    ..Table::new("tunnel", rows!(ROWS))
};

/// Offsets of the parameters' fields.
pub(super) mod at {
    pub(in crate::tunnel) const INCOMING: usize = 20;
    pub(in crate::tunnel) const OUTGOING: usize = 22;
    pub(in crate::tunnel) const INCOMING_KEY: usize = 24;
    pub(in crate::tunnel) const OUTGOING_KEY: usize = 28;
    pub(in crate::tunnel) const VERSION: usize = 32;
    pub(in crate::tunnel) const TOS: usize = 33;
    pub(in crate::tunnel) const FRAGMENT: usize = 38;
    pub(in crate::tunnel) const TTL: usize = 40;
    pub(in crate::tunnel) const PROTOCOL: usize = 41;
    pub(in crate::tunnel) const FROM: usize = 44;
    pub(in crate::tunnel) const TO: usize = 48;
}

/// Where flags and keys are.
pub(super) const KEYED: Keyed =
    Keyed { incoming: (at::INCOMING, at::INCOMING_KEY), outgoing: (at::OUTGOING, at::OUTGOING_KEY) };

/// Protocols: linux/in.h.
pub(super) const IPIP: u8 = 4;
pub(super) const IPV6: u8 = 41;
pub(super) const GRE: u8 = 47;

/// What stands for an attribute in rows whose value lies in the parameters.
const NOWHERE: u16 = 0;

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("mode")], attr!(NOWHERE), &Mode, "what goes through it: ipip gre sit isatap vti"),
    row(&[exact("key").tag(IN | OUT), exact("ikey").tag(IN), exact("okey").tag(OUT)], attr!(NOWHERE), &TunnelKey(KEYED), "the key of packets, or of those in or out"),
    row(&[exact("seq").tag(IN | OUT), exact("iseq").tag(IN), exact("oseq").tag(OUT)], attr!(NOWHERE), &TunnelFlag((KEYED, flag::SEQUENCE)), "sequence numbers"),
    row(&[exact("csum").tag(IN | OUT), exact("icsum").tag(IN), exact("ocsum").tag(OUT)], attr!(NOWHERE), &TunnelFlag((KEYED, flag::CHECKSUM)), "checksums"),
    row(&[exact("nopmtudisc").tag(0), exact("pmtudisc").tag(0x4000)], attr!(NOWHERE), &Fragment, "whether packets must not be cut on the way"),
    row(&[exact("remote")], attr!(NOWHERE), &Address(at::TO), "the other end"),
    row(&[exact("local")], attr!(NOWHERE), &Address(at::FROM), "this end"),
    row(&[exact("dev")], attr!(NOWHERE), &Device, "the interface below"),
    row(&[exact("ttl"), exact("hoplimit"), exact("hlim")], attr!(NOWHERE), &Ttl, "TTL of the outer header"),
    row(&[exact("tos"), exact("tclass"), key("dsfield", 1)], attr!(NOWHERE), &Tos, "type of service of the outer header"),
    row(&[exact("name")], attr!(NOWHERE), &Name(false), "its name").positional().repeat(Repeat::Garbage),
];
const _: () = unambiguous(ROWS);

/// Parameters before any word is read.
pub(super) fn empty() -> [u8; GET.size(false)] {
    let mut parameters = [0; GET.size(false)];
    parameters[at::VERSION] = 0x45;
    parameters[at::FRAGMENT] = 0x40;
    parameters
}

/// The modes: their words, the protocol inside, and whether the flag for VTI and ISATAP is set.
const MODES: &[(&str, u8, bool)] = &[
    ("ipip", IPIP, false),
    ("ip/ip", IPIP, false),
    ("gre", GRE, false),
    ("gre/ip", GRE, false),
    ("sit", IPV6, false),
    ("ipv6/ip", IPV6, false),
    ("isatap", IPV6, true),
    ("vti", IPIP, true),
];

/// Modes that the beginning of a name implies.
const NAMES: &[(&[u8], u8, bool)] = &[
    (b"gre", GRE, false),
    (b"ipip", IPIP, false),
    (b"sit", IPV6, false),
    (b"isatap", IPV6, true),
    (b"vti", IPIP, true),
];

fn byte(parameters: &[u8], at: usize) -> u8 {
    parameters.get(at).copied().unwrap_or(0)
}

/// The protocol inside.
pub(super) fn protocol(parameters: &[u8]) -> u8 {
    byte(parameters, at::PROTOCOL)
}

fn is_vti(parameters: &[u8]) -> bool {
    let flags: [u8; 2] = parameters.get(at::INCOMING..).and_then(array).unwrap_or_default();
    protocol(parameters) == IPIP && flags.iter().zip(SPECIAL).any(|(own, special)| own & special != 0)
}

fn maker(parameters: &[u8]) -> Option<&'static str> {
    match protocol(parameters) {
        IPIP if is_vti(parameters) => Some("ip_vti0"),
        IPIP => Some("tunl0"),
        GRE => Some("gre0"),
        IPV6 => Some("sit0"),
        _ => None,
    }
}

parse_only!(Mode, Shape::Value("MODE"), |self, _row, _key, scope, word| {
    let Some((_, number, special)) = MODES.iter().find(|(name, ..)| name.as_bytes() == word) else {
        let error = Error::about(255, "Unknown tunnel mode \"%\"", word);
        return Err(error.suggest(word, MODES.iter().map(|(name, ..)| *name)));
    };
    let own = protocol(scope.tree.header(PARAMETERS));
    if own != 0 && own != *number {
        return Err(Error::new(255, brief!("You managed to ask for more than one tunnel mode.")));
    }
    set_mode(scope, *number, *special);
    Ok(())
});

fn set_mode(scope: &mut Scope, number: u8, special: bool) {
    scope.tree.set_header(PARAMETERS, at::PROTOCOL, number);
    if special {
        set_bits(scope.tree, at::INCOMING, SPECIAL);
    }
}

parse_only!(Fragment, Shape::Nothing, |self, _row, key, scope| {
    let bits = u16::try_from(key.tag).unwrap_or(0);
    scope.tree.set_header(PARAMETERS, at::FRAGMENT, bits.to_be_bytes());
    Ok(())
});

parse_only!(
    /// An address; the field is where it lies.
    Address(usize),
    Shape::Value("{ ADDRESS | any }"),
    |self, _row, _key, scope| {
        let word = scope.value()?;
        scope.tree.set_header(PARAMETERS, self.0, any_or_ipv4(word)?);
        Ok(())
    }
);

parse_only!(Ttl, Shape::Value("{ TTL | inherit }"), |self, _row, _key, scope| {
    let word = scope.value()?;
    if word != b"inherit" {
        let ttl = number::u8(word).ok_or_else(|| Error::wrong(word, "invalid TTL\n"))?;
        scope.tree.set_header(PARAMETERS, at::TTL, ttl);
    }
    Ok(())
});

parse_only!(Tos, Shape::Value("{ TOS | inherit | inherit/TOS }"), |self, _row, _key, scope| {
    let word = scope.value()?;
    // The lowest bit stands for what the packet inside has.
    let (inherited, rest) = match word.strip_prefix(b"inherit") {
        Some([]) => {
            scope.tree.set_header(PARAMETERS, at::TOS, 1u8);
            return Ok(());
        }
        Some([b'/', rest @ ..]) => (1, rest),
        _ => (0, word),
    };
    let tos = scope.context.type_of_service(rest).ok_or_else(|| {
        let word = if inherited == 1 { &b"inherit"[..] } else { word };
        Error::wrong(word, "bad TOS value")
    })?;
    scope.tree.set_header(PARAMETERS, at::TOS, tos | inherited);
    Ok(())
});

/// What words imply, and what may not stand together.
fn rules(scope: &mut Scope) -> Result<()> {
    let name = name_in(scope.tree.header(PARAMETERS)).to_vec();
    if protocol(scope.tree.header(PARAMETERS)) == 0 {
        if let Some((_, number, special)) = NAMES.iter().find(|(begin, ..)| name.starts_with(begin)) {
            set_mode(scope, *number, *special);
        }
    }
    let to = address_at(scope.tree.header(PARAMETERS), at::TO);
    let unkeyed = |scope: &Scope, flags| flags_at(scope.tree.header(PARAMETERS), flags) & flag::KEY == 0;
    let parameters = scope.tree.header(PARAMETERS);
    let keyed = !unkeyed(scope, at::INCOMING) || !unkeyed(scope, at::OUTGOING);
    if keyed && protocol(parameters) != GRE && !is_vti(parameters) {
        return Err(Error::new(1, brief!("Keys are not allowed with ipip and sit tunnels")));
    }
    for (flags, place) in [KEYED.incoming, KEYED.outgoing] {
        // Tunnels to a group are told apart by it.
        if to.is_multicast() && unkeyed(scope, flags) {
            set_bits(scope.tree, flags, flag::KEY.to_be_bytes());
            scope.tree.set_header(PARAMETERS, place, to);
        }
    }
    if to.is_multicast() && address_at(scope.tree.header(PARAMETERS), at::FROM).is_unspecified() {
        return Err(Error::new(1, brief!("A broadcast tunnel requires a source address")));
    }
    find_device(scope)
}

/// An address in parameters.
pub(super) fn address_at(parameters: &[u8], at: usize) -> Ipv4Addr {
    Ipv4Addr::from(parameters.get(at..).and_then(array::<4>).unwrap_or_default())
}

/// What a new or changed tunnel must not be.
pub(super) fn check(parameters: &[u8]) -> Result<()> {
    if byte(parameters, at::TTL) != 0 && flags_at(parameters, at::FRAGMENT) & 0x4000 == 0 {
        return Err(Error::new(1, brief!("ttl != 0 and nopmtudisc are incompatible")));
    }
    match maker(parameters) {
        Some(_) => Ok(()),
        None => Err(Error::new(1, brief!("cannot determine tunnel mode (ipip, gre, vti or sit)"))),
    }
}
