//! Many rules of NAT: ours in a set, nft's and iptables' one by one.

use super::measure::{Plan, Row, measure};
use super::sample::spawn;
use super::{Bench, Part, REFERENCE, Result, file};
use std::net::Ipv4Addr;

pub(super) const PARTS: &[(&str, Part)] = &[("nat", nat)];

/// The source of entry `number`: every second a host, the others networks of 24 to 31 bits.
fn source(number: u32) -> String {
    let bits = if number % 2 == 0 { 32 } else { 24 + number / 2 % 8 };
    let address = 0x0a00_0000 | number << 8;
    format!("{}/{bits}", Ipv4Addr::from_bits(address))
}

fn nat(bench: &Bench) -> Result<()> {
    let count = bench.sizes.get("nat");
    let entries = || (0..count).map(|number| (source(number), format!("eth{}", number % 64)));
    let nft = entries().map(|(source, device)| format!("ip saddr {source} oifname \"{device}\" masquerade"));
    let head = ["table ip nat {", "chain post { type nat hook postrouting priority 100;"].map(str::to_owned);
    let nft = file("nft", head.into_iter().chain(nft).chain(["}", "}"].map(str::to_owned)))?;
    let iptables = entries().map(|(source, device)| format!("-A POSTROUTING -s {source} -o {device} -j MASQUERADE"));
    let iptables = std::iter::once("*nat".to_owned()).chain(iptables).chain(std::iter::once("COMMIT".to_owned()));
    let iptables = file("iptables", iptables)?;
    let ours = file("nat", entries().map(|(source, device)| format!("add masquerade -s {source} -o {device}")))?;
    let rows = [
        (
            REFERENCE,
            [
                format!("nft -f {nft}"),
                "nft add rule ip nat post ip saddr 10.255.0.1 oifname eth0 masquerade".to_owned(),
                "nft list table ip nat".to_owned(),
                "nft flush ruleset".to_owned(),
            ],
        ),
        (
            "iptables",
            [
                format!("iptables-restore {iptables}"),
                "iptables -t nat -A POSTROUTING -s 10.255.0.1 -o eth0 -j MASQUERADE".to_owned(),
                "iptables -t nat -S".to_owned(),
                "iptables -t nat -F".to_owned(),
            ],
        ),
        (
            "ours",
            [
                format!("nat --quiet restore {ours}"),
                "nat --quiet add masquerade -s 10.255.0.1 -o eth0".to_owned(),
                "nat list".to_owned(),
                "nat flush".to_owned(),
            ],
        ),
    ];
    let rows = rows.into_iter().filter_map(|(name, lines)| {
        let whose = if name == "ours" { name } else { REFERENCE };
        let tool = bench.tools.iter().find(|tool| tool.name == whose)?;
        let steps = ["load", "add", "list", "flush"].into_iter().zip(&lines);
        let actions = steps.map(|(step, line)| Some((step, tool.action(line)?)));
        Some(Row::new(name, actions.collect::<Option<Vec<_>>>()?))
    });
    let undo = bench.reference()?.script("nft flush ruleset");
    let reset = || drop(spawn(&undo, None));
    measure("nat", rows.collect(), &Plan { reset: Some(&reset), stable: false, ..Plan::of(bench) })
}
