//! Entries, from what was given on a line.

use crate::failure::{Failure, Result};
use crate::options::ENTRY;
use crate::rows::{Given, INVERTS};
use crate::words;
use netmite_netlink::nat::{Addresses, Interface, Kind, Nat, Not};
use netmite_netlink::nftables::uapi::*;

/// The kinds of entry, by their words.
pub static KINDS: [(&str, Kind); 5] = [
    ("masquerade", Kind::Masquerade),
    ("snat", Kind::Snat),
    ("dnat", Kind::Dnat),
    ("redirect", Kind::Redirect),
    ("netmap", Kind::Netmap),
];

/// The options that set flags, with the flag.
pub const FLAGS: [(&str, u32); 3] = [
    ("random", NF_NAT_RANGE_PROTO_RANDOM),
    ("random-fully", NF_NAT_RANGE_PROTO_RANDOM_FULLY),
    ("persistent", NF_NAT_RANGE_PERSISTENT),
];

/// Joins `!` with the value it is meant for, before or behind the option, so that clap sees `-o` and `!eth0`.
pub fn join_bangs(words: &[&[u8]]) -> Result<Vec<Vec<u8>>> {
    let mut joined: Vec<Vec<u8>> = Vec::with_capacity(words.len());
    let mut rest = words.iter().copied().peekable();
    while let Some(word) = rest.next() {
        let (option, before) = match word {
            b"!" => match rest.next() {
                Some(option) if invertible(option) => (option, true),
                _ => return Err(Failure::usage("! must stand before a match or its value")),
            },
            word => (word, false),
        };
        if let Some(at) = option.iter().position(|byte| *byte == b'=').filter(|_| before && option.starts_with(b"--")) {
            let (name, value) = option.split_at(at);
            joined.push([name, b"=!", value.get(1..).unwrap_or(b"")].concat());
            continue;
        }
        joined.push(option.to_vec());
        if !invertible(option) {
            continue;
        }
        let behind = rest.next_if(|next| *next == b"!").is_some();
        match rest.next() {
            Some(value) if before || behind => joined.push([b"!", value].concat()),
            Some(value) => joined.push(value.to_vec()),
            None => (),
        }
    }
    Ok(joined)
}

fn invertible(word: &[u8]) -> bool {
    ENTRY.iter().any(|row| row.has(INVERTS) && row.is(word))
}

/// The kind that is named, if one is.
pub fn kind(given: &dyn Given) -> Result<Option<Kind>> {
    let Some(word) = given.value("kind") else { return Ok(None) };
    let found = KINDS.iter().find(|(known, _)| known.as_bytes() == word);
    let known = || Failure::word("no KIND, which are masquerade, snat, dnat, redirect and netmap: ", word);
    found.map(|(_, kind)| Some(*kind)).ok_or_else(known)
}

/// The entries that were given: one, or one for each IP version where `-4 -6` are given and no address says which.
pub fn entries(given: &dyn Given) -> Result<Vec<Nat>> {
    let kind =
        kind(given)?.ok_or_else(|| Failure::usage("a KIND is needed: masquerade, snat, dnat, redirect, netmap"))?;
    let mut nat = Nat::new(kind, false);
    for (option, name) in MATCHES {
        if let Some(value) = given.value(name) {
            matched(&mut nat, option, value)?;
        }
    }
    nat.comment = given.value("comment").unwrap_or(b"").into();
    nat.local = given.flag("local");
    for (word, flag) in FLAGS {
        nat.flags |= if given.flag(word) { flag } else { 0 };
    }
    target(&mut nat, given)?;
    check(&nat)?;
    families(nat, given.flag("ipv4"), given.flag("ipv6"))
}

/// The options of matches, as complaints name them, and their rows.
const MATCHES: [(&str, &str); 7] = [
    ("-s", "source"),
    ("-d", "destination"),
    ("-i", "in-interface"),
    ("-o", "out-interface"),
    ("-p", "protocol"),
    ("--sport", "sport"),
    ("--dport", "dport"),
];

/// Takes the value of a match.
fn matched(nat: &mut Nat, option: &str, value: &[u8]) -> Result<()> {
    let (inverted, rest) = match value.strip_prefix(b"!") {
        Some(rest) => (true, rest.trim_ascii_start()),
        None => (false, value),
    };
    let understood = match option {
        "-s" | "-d" => words::addresses(rest).map(|value| {
            let place = if option == "-s" { &mut nat.source } else { &mut nat.destination };
            *place = Some(Not { value, inverted });
        }),
        "-i" | "-o" => words::interface(rest).map(|value| {
            let place = if option == "-i" { &mut nat.input } else { &mut nat.output };
            *place = Some(Not { value, inverted });
        }),
        "-p" => words::protocol(rest).map(|value| nat.protocol = Some(Not { value, inverted })),
        _ => words::ports(rest).map(|value| {
            let place = if option == "--sport" { &mut nat.source_ports } else { &mut nat.destination_ports };
            *place = Some(Not { value, inverted });
        }),
    };
    understood.ok_or_else(|| Failure::word(&[option, ": not understood: "].concat(), rest))
}

/// The one IP version that is asked for, `true` for IPv6; `None` where neither or both are.
pub fn family(given: &dyn Given) -> Option<bool> {
    let (v4, v6) = (given.flag("ipv4"), given.flag("ipv6"));
    (v4 != v6).then_some(v6)
}

fn target(nat: &mut Nat, given: &dyn Given) -> Result<()> {
    let value = |name: &str| given.value(name);
    let wanted = match nat.kind {
        Kind::Snat => "to-source",
        Kind::Dnat => "to-destination",
        Kind::Netmap => "to",
        _ => "to-ports",
    };
    let all = ["to-source", "to-destination", "to", "to-ports"];
    // As in iptables, where `--to` is short for either.
    let short = value("to").filter(|_| value(wanted).is_none() && matches!(nat.kind, Kind::Snat | Kind::Dnat));
    let wrong = |name: &&str| *name != wanted && value(name).is_some() && (*name != "to" || short.is_none());
    if let Some(other) = all.into_iter().find(wrong) {
        return Err(Failure::usage(format!("--{other} does not go with this kind; --{wanted} does")));
    }
    let word = value(wanted).or(short);
    let bad = |word: &[u8]| Failure::word(&format!("--{wanted}: not understood: "), word);
    match (nat.kind, word) {
        (Kind::Snat | Kind::Dnat, Some(word)) => {
            let (addresses, ports) = words::target(word).ok_or_else(|| bad(word))?;
            (nat.to, nat.to_ports) = (Some(addresses), ports);
        }
        (Kind::Netmap, Some(word)) => match words::addresses(word) {
            Some(Addresses::Prefix(prefix)) => nat.to = Some(words::ends(prefix)),
            _ => return Err(bad(word)),
        },
        (_, Some(word)) => {
            nat.to_ports = Some(words::ports(word).ok_or_else(|| bad(word))?);
        }
        (Kind::Snat | Kind::Dnat | Kind::Netmap, None) => {
            return Err(Failure::usage(format!("--{wanted} is needed")));
        }
        (_, None) => (),
    }
    Ok(())
}

/// What no packet or no kernel would make sense of.
fn check(nat: &Nat) -> Result<()> {
    let with_ports = nat.protocol.is_some_and(|p| !p.inverted && matches!(p.value, 6 | 17 | 33 | 132 | 136));
    let needs = [
        (nat.source_ports.is_some(), "--sport"),
        (nat.destination_ports.is_some(), "--dport"),
        (nat.to_ports.is_some(), "a port to rewrite to"),
    ];
    if let Some((_, what)) = needs.iter().find(|(given, _)| *given && !with_ports) {
        return Err(Failure::usage(format!("{what} needs a protocol with ports: -p tcp, udp, sctp or dccp")));
    }
    if nat.local && nat.rewrites_source() {
        return Err(Failure::usage("--local is for what rewrites a destination"));
    }
    if nat.output.is_some() && !nat.rewrites_source() {
        return Err(Failure::usage("-o is not known yet when a destination is rewritten; use -i"));
    }
    let long = |interface: &Option<Not<Interface>>| interface.as_ref().is_some_and(|i| i.value.name.len() > 15);
    if long(&nat.input) || long(&nat.output) {
        return Err(Failure::usage("an interface's name has at most 15 bytes"));
    }
    Ok(())
}

fn families(mut nat: Nat, v4: bool, v6: bool) -> Result<Vec<Nat>> {
    let version = |addresses: &Option<Not<Addresses>>| {
        addresses.as_ref().map(|not| match not.value {
            Addresses::Range(first, _) => first.is_ipv6(),
            Addresses::Prefix(prefix) => prefix.address().is_ipv6(),
            _ => false,
        })
    };
    let found = [version(&nat.source), version(&nat.destination), nat.to.map(|(first, _)| first.is_ipv6())];
    let found: Vec<bool> = found.into_iter().flatten().collect();
    match found.first() {
        Some(is_v6) if found.iter().any(|other| other != is_v6) => {
            Err(Failure::usage("the addresses are of both IP versions"))
        }
        Some(true) if v4 && !v6 => Err(Failure::usage("-4 does not go with an IPv6 address")),
        Some(false) if v6 && !v4 => Err(Failure::usage("-6 does not go with an IPv4 address")),
        Some(is_v6) => {
            nat.v6 = *is_v6;
            Ok(vec![nat])
        }
        None => {
            let with = |v6| {
                let mut nat = nat.clone();
                nat.v6 = v6;
                nat
            };
            Ok(if v4 && v6 { vec![with(false), with(true)] } else { vec![with(v6)] })
        }
    }
}
