//! Entries, from what was given on a line.

use crate::failure::{Failure, Result};
use crate::options::ENTRY;
use crate::rows::{Given, INVERTS};
use crate::words;
use netmite_netlink::nat::{Addresses, Interface, Kind, Nat, Not};
use netmite_netlink::nftables::uapi::*;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// The kinds of entry, by their words.
pub static KINDS: [(&str, Kind); 5] = [
    ("masquerade", Kind::Masquerade),
    ("snat", Kind::Snat),
    ("dnat", Kind::Dnat),
    ("redirect", Kind::Redirect),
    ("netmap", Kind::Netmap),
];

/// The options that set flags, with the flag.
pub static FLAGS: [(&str, u32); 3] = [
    ("random", NF_NAT_RANGE_PROTO_RANDOM),
    ("random-fully", NF_NAT_RANGE_PROTO_RANDOM_FULLY),
    ("persistent", NF_NAT_RANGE_PERSISTENT),
];

/// What clap is to read: the program's name and the words, `!` joined with the value it is meant for, before or behind the
/// option, so that clap sees `-o` and `!eth0`.
pub fn join_bangs(words: &[&[u8]]) -> Result<Vec<OsString>> {
    let mut joined = vec![OsString::from("nat")];
    let mut add = |parts: &[&[u8]]| joined.push(OsString::from_vec(parts.concat()));
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
            add(&[name, b"=!", value.get(1..).unwrap_or(b"")]);
            continue;
        }
        add(&[option]);
        if !invertible(option) {
            continue;
        }
        let behind = rest.next_if(|next| *next == b"!").is_some();
        match rest.next() {
            Some(value) if before || behind => add(&[b"!", value]),
            Some(value) => add(&[value]),
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
    for (option, name) in &MATCHES {
        if let Some(value) = given.value(name) {
            matched(&mut nat, option, value)?;
        }
    }
    nat.comment = given.value("comment").unwrap_or(b"").into();
    nat.local = given.flag("local");
    for (word, flag) in &FLAGS {
        nat.flags |= if given.flag(word) { *flag } else { 0 };
    }
    target(&mut nat, given)?;
    check(&nat)?;
    families(nat, given.flag("ipv4"), given.flag("ipv6"))
}

/// The options of matches, as complaints name them, and their rows.
static MATCHES: [(&str, &str); 7] = [
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
    put(nat, option, inverted, rest).ok_or_else(|| Failure::word(&[option, ": not understood: "].concat(), rest))
}

fn put(nat: &mut Nat, option: &str, inverted: bool, word: &[u8]) -> Option<()> {
    match option {
        "-s" | "-d" => {
            let place = if option == "-s" { &mut nat.source } else { &mut nat.destination };
            *place = Some(Not { value: words::addresses(word)?, inverted });
        }
        "-i" | "-o" => {
            let place = if option == "-i" { &mut nat.input } else { &mut nat.output };
            *place = Some(Not { value: words::interface(word)?, inverted });
        }
        "-p" => nat.protocol = Some(Not { value: words::protocol(word)?, inverted }),
        _ => {
            let place = if option == "--sport" { &mut nat.source_ports } else { &mut nat.destination_ports };
            *place = Some(Not { value: words::ports(word)?, inverted });
        }
    }
    Some(())
}

/// The one IP version that is asked for, `true` for IPv6; `None` where neither or both are.
pub fn family(given: &dyn Given) -> Option<bool> {
    let (v4, v6) = (given.flag("ipv4"), given.flag("ipv6"));
    (v4 != v6).then_some(v6)
}

fn target(nat: &mut Nat, given: &dyn Given) -> Result<()> {
    let (wanted, needed) = match nat.kind {
        Kind::Snat => ("to-source", true),
        Kind::Dnat => ("to-destination", true),
        Kind::Netmap => ("to", true),
        _ => ("to-ports", false),
    };
    let mut word = given.value(wanted);
    // As in iptables, where `--to` is short for either.
    let short = word.is_none() && matches!(nat.kind, Kind::Snat | Kind::Dnat);
    for other in ["to-source", "to-destination", "to", "to-ports"] {
        match given.value(other).filter(|_| other != wanted) {
            None => (),
            found if other == "to" && short => word = found,
            Some(_) => return Err(Failure::wrong(&["--", other, " does not go with this kind; --", wanted, " does"])),
        }
    }
    let Some(word) = word else {
        return if needed { Err(Failure::wrong(&["--", wanted, " is needed"])) } else { Ok(()) };
    };
    rewrite(nat, word).ok_or_else(|| Failure::word(&["--", wanted, ": not understood: "].concat(), word))
}

fn rewrite(nat: &mut Nat, word: &[u8]) -> Option<()> {
    match nat.kind {
        Kind::Snat | Kind::Dnat => {
            let (addresses, ports) = words::target(word)?;
            (nat.to, nat.to_ports) = (Some(addresses), ports);
        }
        Kind::Netmap => match words::addresses(word)? {
            Addresses::Prefix(prefix) => nat.to = Some(words::ends(prefix)),
            _ => return None,
        },
        _ => nat.to_ports = Some(words::ports(word)?),
    }
    Some(())
}

/// What no packet or no kernel would make sense of.
fn check(nat: &Nat) -> Result<()> {
    let with_ports = nat.protocol.is_some_and(|p| !p.inverted && matches!(p.value, 6 | 17 | 33 | 132 | 136));
    let needs = [
        (nat.source_ports.is_some(), "--sport"),
        (nat.destination_ports.is_some(), "--dport"),
        (nat.to_ports.is_some(), "a port to rewrite to"),
    ];
    for (given, what) in needs {
        if given && !with_ports {
            return Err(Failure::wrong(&[what, " needs a protocol with ports: -p tcp, udp, sctp or dccp"]));
        }
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
    let first = |addresses: &Option<Not<Addresses>>| match addresses.as_ref()?.value {
        Addresses::Range(first, _) => Some(first),
        Addresses::Prefix(prefix) => Some(prefix.address()),
        _ => None,
    };
    let (mut of_v4, mut of_v6) = (false, false);
    for address in [first(&nat.source), first(&nat.destination), nat.to.map(|(first, _)| first)] {
        of_v4 |= address.is_some_and(|address| address.is_ipv4());
        of_v6 |= address.is_some_and(|address| address.is_ipv6());
    }
    let why = match (of_v4, of_v6) {
        (true, true) => "the addresses are of both IP versions",
        (false, true) if v4 && !v6 => "-4 does not go with an IPv6 address",
        (true, false) if v6 && !v4 => "-6 does not go with an IPv4 address",
        _ => "",
    };
    if !why.is_empty() {
        return Err(Failure::wrong(&[why]));
    }
    let mut all = Vec::with_capacity(2);
    if !of_v4 && !of_v6 && v4 && v6 {
        all.push(nat.clone());
    }
    nat.v6 = of_v6 || v6 && !of_v4;
    all.push(nat);
    Ok(all)
}
