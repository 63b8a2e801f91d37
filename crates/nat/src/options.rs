//! The command line of `nat`.

use crate::rows::{GLOBAL, Grammar, INVERTS, NEEDED, Row, Verb, option, switch, word};

/// The whole of it.
pub static NAT: Grammar = Grammar {
    name: "nat",
    about: "Network address translation, in a table of its own",
    needs_verb: true,
    rows: &[
        option("netns", "NETNS", "In this network namespace").short('n'),
        switch("ipv4", "For IPv4, which is the default").short('4').with(GLOBAL),
        switch("ipv6", "For IPv6").short('6').with(GLOBAL),
        switch("json", "List as JSON").short('j').with(GLOBAL),
        switch("quiet", "No hints about forwarding").with(GLOBAL),
    ],
    verbs: &[
        verb("add", "Add an entry; one that is there stays", &[THE_KIND, ENTRY, REPLACE]),
        verb("create", "Add an entry; one that is there is an error", &[THE_KIND, ENTRY]),
        verb(
            "publish",
            "Have a port of this host lead to another address, for others and for this host itself",
            &[PUBLISH],
        ),
        verb("delete", "Delete an entry; one that is missing is an error", &[A_KIND, ENTRY]),
        verb("destroy", "Delete an entry if it is there", &[A_KIND, ENTRY]),
        verb("check", "Tell by the exit status whether an entry is there", &[THE_KIND, ENTRY]),
        Verb {
            alias: Some("show"),
            ..verb(
                "list",
                "List entries in the order packets meet them",
                &[A_KIND, &[switch("counters", "With packets and bytes")]],
            )
        },
        verb("flush", "Delete all entries", &[A_KIND]),
        verb("save", "Print entries as lines that restore reads", &[]),
        verb("restore", "Add the entries of a file, all or none", &[RESTORE]),
    ],
};

/// What stands below the help.
pub const MORE: &str =
    "The table is inet netmite. What others do to all tables, as `nft flush ruleset` does, is done to it.";

const fn verb(name: &'static str, about: &'static str, rows: &'static [&'static [Row]]) -> Verb {
    Verb { name, alias: None, about, rows }
}

const KIND: Row = word("kind", "KIND", "What is done to a packet: masquerade, snat, dnat, redirect, netmap");
const A_KIND: &[Row] = &[KIND];
const THE_KIND: &[Row] = &[KIND.with(NEEDED)];
const REPLACE: &[Row] = &[switch("replace", "Put it in place of one that matches the same")];
const CHOSEN: &str = "How ports and addresses are chosen";

/// The options of an entry.
#[rustfmt::skip]
pub static ENTRY: &[Row] = &[
    option("source", "[!]ADDRESS", "From this address, prefix or range").short('s').alias("src").with(INVERTS),
    option("destination", "[!]ADDRESS", "To this address, prefix or range").short('d').alias("dst").with(INVERTS),
    option("in-interface", "[!]NAME", "Came in by this interface; NAME+ any that starts so").short('i').with(INVERTS),
    option("out-interface", "[!]NAME", "Leaves by this interface; NAME+ any that starts so").short('o').with(INVERTS),
    option("protocol", "[!]PROTOCOL", "tcp, udp, sctp, icmp … or a number").short('p').with(INVERTS),
    option("sport", "[!]PORT[:PORT]", "From this port").alias("source-port").with(INVERTS),
    option("dport", "[!]PORT[:PORT]", "To this port").alias("destination-port").with(INVERTS),
    option("to-source", "ADDRESS[-ADDRESS][:PORT[-PORT]]", "snat: the new source"),
    option("to-destination", "ADDRESS[-ADDRESS][:PORT[-PORT]]", "dnat: the new destination"),
    option("to-ports", "PORT[-PORT]", "masquerade, redirect: the new port"),
    option("to", "PREFIX", "netmap: the new prefix; snat, dnat: the new address"),
    option("comment", "TEXT", "A note that is kept with the entry"),
    switch("local", "To an address of this host; what it sends itself counts too"),
    switch("random", CHOSEN),
    switch("random-fully", CHOSEN),
    switch("persistent", CHOSEN),
];

#[rustfmt::skip]
const PUBLISH: &[Row] = &[
    word("spec", "[ADDRESS:]PORT[-PORT]:ADDRESS:PORT[-PORT][/PROTOCOL]", "8080:10.0.0.2:80/tcp; the protocol is tcp if none is named; of ranges of ports, one port each").with(NEEDED),
    switch("hairpin", "Also for hosts on the network that the other address is in"),
    switch("replace", "Put it in place of one for the same port"),
    option("comment", "TEXT", "A note"),
];

const RESTORE: &[Row] = &[word("file", "FILE", "- is standard input"), switch("replace", "Delete all others")];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments;
    use crate::rows::{Given, plain};

    /// Each line is read as clap reads it; what is not plain is left to clap.
    #[test]
    fn plain_words_are_what_clap_reads() {
        let lines = [
            "add masquerade -o eth0",
            "-n red -4 add masquerade -o eth0",
            "add masquerade -6 -s fd00::/8 ! -o br0 --random --comment x --quiet",
            "create masquerade -4 -6 -o ! eth+ --persistent",
            "check dnat -d 203.0.113.5 -p tcp --dport 80 --to-destination 10.0.0.2:8080 --local",
            "delete snat --src 10.0.0.0/8 --protocol udp --source-port 5:6 --to-source 1.1.1.1",
            "check masquerade ! -p udp",
            "destroy netmap --destination 10.0.0.0/8 --to 11.0.0.0/8",
            "add redirect -i br0 -p tcp --dport 80 --to-ports 3128",
            "add -4 masquerade",
            "delete --comment x",
            "show --counters -j",
            "list masquerade",
            "-6 flush",
            "save",
            "restore --replace",
            "restore -",
            "publish 80:10.0.0.1:8080 --hairpin",
        ];
        for line in lines {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            let plain = plain(&NAT, &words).unwrap_or_else(|| panic!("not plain: {line}"));
            let matches = crate::parse(&mut NAT.command(&[]), &words).unwrap().unwrap();
            let (verb, matches) = matches.subcommand().unwrap();
            assert_eq!(plain.verb.name, verb);
            for row in plain.verb.rows().chain(NAT.rows).filter(|row| row.name != "netns") {
                assert_eq!(
                    Given::flag(&plain, row.name),
                    Given::flag(matches, row.name) || matches.value(row.name).is_some()
                );
                assert!(
                    row.value.is_empty() || plain.value(row.name) == matches.value(row.name),
                    "{line}: {}",
                    row.name
                );
            }
            if plain.verb.name != "list" && plain.value("kind").is_some() {
                assert_eq!(arguments::entries(&plain).unwrap(), arguments::entries(matches).unwrap(), "{line}");
            }
        }
        for line in [
            "add",
            "frob",
            "list x y",
            "add masquerade -o",
            "add masquerade -oeth0",
            "add masquerade --out-interface=eth0",
            "add masquerade -o a -o b",
            "add masquerade ! --comment x",
            "add masquerade -o -s",
            "add masquerade --frob",
            "add masquerade x",
            "add masquerade -n red",
            "add masquerade ! -4",
            "add masquerade -4 -4",
            "! add masquerade",
            "publish",
        ] {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            assert!(plain(&NAT, &words).is_none(), "{line}");
        }
    }
}
