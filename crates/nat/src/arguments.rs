//! The command line: its options, for clap, and what clap leaves to be read of their values.

use crate::failure::{Failure, Result};
use crate::options::{EntryOption, Given, OPTIONS};
use crate::words;
use clap::{Arg, ArgAction, Command};
use netmite_netlink::nat::{Addresses, Interface, Kind, Nat, Not};
use netmite_netlink::nftables::uapi::*;
use std::ffi::OsString;

/// The kinds of entry, by their words.
pub const KINDS: [(&str, Kind); 5] = [
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

/// A verb's word, what it is for, and what gives it its rows.
type Verb = (&'static str, &'static str, fn(Command) -> Command);

/// The verbs.
const VERBS: [Verb; 10] = [
    ("add", "Add an entry; one that is there stays", |verb| {
        entry_options(verb, true).arg(flag("replace", "Put it in place of one that matches the same"))
    }),
    ("create", "Add an entry; one that is there is an error", |verb| entry_options(verb, true)),
    ("publish", "Have a port of this host lead to another address, for others and for this host itself", publish),
    ("delete", "Delete an entry; one that is missing is an error", |verb| entry_options(verb, false)),
    ("destroy", "Delete an entry if it is there", |verb| entry_options(verb, false)),
    ("check", "Tell by the exit status whether an entry is there", |verb| entry_options(verb, true)),
    ("list", "List entries in the order packets meet them", |verb| {
        verb.visible_alias("show").arg(kind()).arg(flag("counters", "With packets and bytes"))
    }),
    ("flush", "Delete all entries", |verb| verb.arg(kind())),
    ("save", "Print entries as lines that restore reads", |verb| verb),
    ("restore", "Add the entries of a file, all or none", |verb| {
        let file = Arg::new("file").value_name("FILE").value_parser(clap::value_parser!(OsString));
        verb.arg(file.help("- is standard input")).arg(flag("replace", "Delete all others"))
    }),
];

/// The whole command.
pub fn command() -> Command {
    command_of(&[])
}

/// The command with the verbs that are among `words`; with all of them if none is. To build one costs what a process does.
pub fn command_of(words: &[&[u8]]) -> Command {
    let named = |verb: &str| words.contains(&verb.as_bytes());
    let none = !VERBS.iter().any(|(name, ..)| named(name));
    let verbs = VERBS.iter().filter(|(name, ..)| none || named(name));
    let command = Command::new("nat")
        .about("Network address translation, in a table of its own")
        .after_help(
            "The table is inet netmite. What others do to all tables, as `nft flush ruleset` does, is done to it.",
        )
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .args(global_options());
    verbs.fold(command, |command, (name, about, rows)| command.subcommand(rows(Command::new(*name).about(*about))))
}

fn kind() -> Arg {
    let values: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
    Arg::new("kind").value_name("KIND").value_parser(values).help("What is done to a packet")
}

/// `nat publish`.
fn publish(verb: Command) -> Command {
    let what = "[ADDRESS:]PORT:ADDRESS:PORT[/PROTOCOL]";
    let spec = Arg::new("spec").value_name(what).required(true).value_parser(clap::value_parser!(OsString));
    verb.arg(spec.help("8080:10.0.0.2:80/tcp; the protocol is tcp if none is named"))
        .arg(flag("hairpin", "Also for hosts on the network that the other address is in"))
        .arg(flag("replace", "Put it in place of one for the same port"))
        .arg(
            Arg::new("comment")
                .long("comment")
                .value_name("TEXT")
                .value_parser(clap::value_parser!(OsString))
                .help("A note"),
        )
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn global_options() -> [Arg; 5] {
    let switch = |name: &'static str, short, help| flag(name, help).short(short).global(true);
    [
        Arg::new("netns")
            .short('n')
            .long("netns")
            .value_name("NETNS")
            .value_parser(clap::value_parser!(OsString))
            .help("In this network namespace"),
        switch("ipv4", '4', "For IPv4, which is the default"),
        switch("ipv6", '6', "For IPv6"),
        switch("json", 'j', "List as JSON"),
        flag("quiet", "No hints about forwarding").global(true),
    ]
}

fn entry_options(verb: Command, needs_kind: bool) -> Command {
    let value = |row: &EntryOption| {
        let arg = Arg::new(row.name).long(row.name).short(row.short).aliases(row.alias);
        arg.value_name(row.value).value_parser(clap::value_parser!(OsString)).help(row.help)
    };
    let flags = FLAGS.iter().map(|(word, _)| flag(word, "How ports and addresses are chosen"));
    let local = flag("local", "To an address of this host; what it sends itself counts too");
    verb.arg(kind().required(needs_kind)).args(OPTIONS.iter().map(value)).arg(local).args(flags)
}

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
    OPTIONS.iter().any(|option| option.inverts && option.is(word))
}

/// The entries that were given: one, or one for each IP version where `-4 -6` are given and no address says which.
pub fn entries(given: &dyn Given) -> Result<Vec<Nat>> {
    let kind =
        given.kind().ok_or_else(|| Failure::usage("a KIND is needed: masquerade, snat, dnat, redirect, netmap"))?;
    let mut nat = Nat::new(kind, false);
    let value = |name: &str| given.value(name);
    nat.source = value("source").map(|value| not("-s", value, words::addresses)).transpose()?;
    nat.destination = value("destination").map(|value| not("-d", value, words::addresses)).transpose()?;
    nat.input = value("in-interface").map(|value| not("-i", value, words::interface)).transpose()?;
    nat.output = value("out-interface").map(|value| not("-o", value, words::interface)).transpose()?;
    nat.protocol = value("protocol").map(|value| not("-p", value, words::protocol)).transpose()?;
    nat.source_ports = value("sport").map(|value| not("--sport", value, words::ports)).transpose()?;
    nat.destination_ports = value("dport").map(|value| not("--dport", value, words::ports)).transpose()?;
    nat.comment = value("comment").unwrap_or(b"").into();
    nat.local = given.flag("local");
    for (word, flag) in FLAGS {
        nat.flags |= if given.flag(word) { flag } else { 0 };
    }
    target(&mut nat, &value)?;
    check(&nat)?;
    families(nat, given.flag("ipv4"), given.flag("ipv6"))
}

/// The one IP version that is asked for, `true` for IPv6; `None` where neither or both are.
pub fn family(given: &dyn Given) -> Option<bool> {
    let (v4, v6) = (given.flag("ipv4"), given.flag("ipv6"));
    (v4 != v6).then_some(v6)
}

fn not<T>(option: &str, value: &[u8], read: fn(&[u8]) -> Option<T>) -> Result<Not<T>> {
    let (inverted, rest) = match value.strip_prefix(b"!") {
        Some(rest) => (true, rest.trim_ascii_start()),
        None => (false, value),
    };
    let value = read(rest).ok_or_else(|| Failure::word(&format!("{option}: not understood: "), rest))?;
    Ok(Not { value, inverted })
}

fn target<'a>(nat: &mut Nat, value: &dyn Fn(&str) -> Option<&'a [u8]>) -> Result<()> {
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
