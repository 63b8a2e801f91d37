//! Start-up: the shortest commands, thousands of times; and the tutorial's network as a script.

use super::measure::{Plan, Row, measure};
use super::sample::{Action, spawn};
use super::{Bench, Part, REFERENCE, Result};

pub(super) const PARTS: &[(&str, Part)] = &[
    ("start.version", |bench| start("start.version", "ip -V", bench)),
    ("start.link", |bench| start("start.link", "ip link show lo", bench)),
    ("start.addr", |bench| start("start.addr", "ip addr", bench)),
    ("start.addr-json", |bench| start("start.addr-json", "ip -j addr", bench)),
    ("start.route-get", |bench| start("start.route-get", "ip route get 127.0.0.1", bench)),
    ("start.netns", |bench| start("start.netns", "ip netns list", bench)),
    ("start.bridge", |bench| start("start.bridge", "bridge link show", bench)),
    ("start.brctl", |bench| start("start.brctl", "brctl show", bench)),
    ("tutorial", tutorial),
];

fn start(part: &str, line: &str, bench: &Bench) -> Result<()> {
    bench.prepare(
        "ip link add br0 type bridge\nip link add v0 type veth peer name v1\nip link set v0 master br0\nip link set v0 up",
    )?;
    let runs = (bench.sizes.get("spawns") / 20).max(5);
    measure(part, bench.rows(&[("", line)]), &Plan { runs, rounds: 20, counted: true, ..Plan::of(bench) })
}

/// The tutorial's commands, less its pings; the last but nine is the NAT rule.
const SCRIPT: &str = "set -e
ip netns add red
ip link add veth0 type veth peer name veth1
ip link set veth1 netns red
ip netns exec red ip link set veth1 name eth0
ip netns exec red ip link set lo up
ip netns exec red ip addr add 10.11.0.2/24 dev eth0
ip netns exec red ip link set eth0 up
ip link add br0 type bridge
ip link set veth0 master br0
ip link set veth0 up
ip link set br0 up
ip addr add 10.11.0.1/24 dev br0
ip netns exec red ip route add default via 10.11.0.1
NAT
brctl show
ip netns list
ip -n red addr show
ip -n red route show
ip link del veth0
ip link del br0
ip netns del red
";

/// What is left of a script that failed, and the NAT rules.
const UNDO: &str = "ip link del veth0; ip link del br0; ip netns del red; nft flush ruleset; true";

fn tutorial(bench: &Bench) -> Result<()> {
    let iptables = "iptables -t nat -A POSTROUTING -s 10.11.0.0/24 -o br0 -j MASQUERADE";
    let ours = "nat --quiet add masquerade -s 10.11.0.0/24 -o br0";
    let lines = |name: &str| if name == "ours" { ours } else { iptables };
    let usable = bench.tools.iter().filter(|tool| ["nat", "iptables"].iter().any(|nat| tool.find(nat).is_some()));
    let rows =
        usable.map(|tool| Row::new(&tool.name, vec![("", tool.script(&SCRIPT.replace("NAT", lines(&tool.name))))]));
    let undo: Action = bench.reference()?.script(UNDO);
    let reset = || drop(spawn(&undo, None));
    let rows: Vec<Row> = rows.collect();
    if !rows.iter().any(|row| row.tool() == REFERENCE) {
        return Err("the reference lacks iptables or brctl".to_owned());
    }
    let plan = Plan { rounds: bench.sizes.get("tutorial"), reset: Some(&reset), stable: false, ..Plan::of(bench) };
    measure("tutorial", rows, &plan)
}
