//! Tier "fuzz": no input makes a tool panic, crash or hang.

use netmite_tests::fuzz::{Chance, Damaging, attempt, command, failure};
use netmite_tests::kernel::{Kernel, Snapshot, fixture};
use netmite_tests::{cases, pool, tools, tracer};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// How often each test tries.
const TRIES: u64 = 1500;

fn seeds() -> Vec<u64> {
    let tries = std::env::var("NETMITE_TRIES").ok().and_then(|count| count.parse().ok()).unwrap_or(TRIES);
    (1..=tries).collect()
}

fn tools_under_test() -> Option<&'static Path> {
    if let Some(why) = tracer::refused() {
        tools::skipped("fuzz", &why);
        return None;
    }
    let found = tools::under_test();
    if found.is_none() {
        tools::skipped("fuzz", "there is no program under test");
    }
    found
}

fn judge(failures: Vec<Option<String>>) {
    let count = failures.len();
    let failures: Vec<String> = failures.into_iter().flatten().collect();
    let shown: Vec<&str> = failures.iter().take(tools::shown()).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} of {count} tries fail:\n{}", failures.len(), shown.join("\n"));
}

/// The words of all case lists.
fn vocabulary() -> Vec<String> {
    let lists = tools::text_files("cases/wire");
    let commands = lists.iter().flat_map(|(_, list)| cases::commands(list).expect("a case list"));
    let words = commands.flat_map(|command| command.0.into_iter().skip(1)).filter_map(|word| word.into_string().ok());
    let mut words: Vec<String> = words.filter(|word| word.is_ascii()).collect();
    words.sort();
    words.dedup();
    words
}

#[test]
fn damaged_replies() {
    let Some(directory) = tools_under_test() else { return };
    let snapshots = tools::text_files("recorded/snapshots");
    let snapshots: Vec<Snapshot> =
        snapshots.iter().map(|(_, text)| Snapshot::parse(text).expect("a snapshot")).collect();
    let lines = [
        "ip -d link",
        "ip -s -s link",
        "ip -j -d link",
        "ip -br link",
        "ip -d -j addr",
        "ip -s -o addr",
        "ip -br addr",
        "ip -d route show table all",
        "ip -j -d -6 route show table all",
        "ip route get 10.1.2.3",
        "ip -c=always -d link",
        "ip addr flush dev v0",
        "ip route flush table main",
        "ip link set v0 mtu 1400",
        "ip link show dev v0",
        "brctl show",
        "ip netns list",
        "ip addr add 10.0.0.1/24 dev v0",
        "ip route add 10.5.0.0/16 via 10.0.0.1",
        "brctl addif br0 v1",
        "bridge -d -s vlan",
        "bridge -s -j vlan",
        "bridge -com vlan",
        "bridge vlan tunnelshow",
        "bridge -j -s vlan global",
        "bridge -d -s mdb",
        "bridge -j -d -s mdb",
        "bridge -s vni",
        "bridge -j mst",
    ];
    judge(pool::map(&seeds(), |seed| {
        let mut chance = Chance::new(*seed);
        let line = lines[chance.below(lines.len())];
        let kernel = Kernel::new(snapshots[chance.below(snapshots.len())].clone());
        let command = cases::Command::parse(line).expect("a command");
        let outcome = attempt(directory, &command, &mut Damaging::new(kernel, chance)).expect("a traced program");
        failure(&outcome).map(|why| format!("seed {seed}: {line}: {why}"))
    }));
}

#[test]
fn words_by_chance() {
    let Some(directory) = tools_under_test() else { return };
    let words = vocabulary();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // Most lines begin as a real one does: else few would come past the first word.
    let starts = [
        "ip",
        "ip link add x0 type veth",
        "ip link add x0 type bridge",
        "ip link set eth0",
        "ip link set eth1 type bridge_slave",
        "ip addr add",
        "ip addr show",
        "ip addr flush",
        "ip route add",
        "ip route replace 10.1.0.0/16",
        "ip route show",
        "ip route get",
        "ip link show",
        "ip link add",
        "ip netns",
        "ip -j",
        "brctl",
        "ip route add 10.1.0.0/16 nexthop",
        "ip addr del",
        "bridge vlan",
        "bridge vlan add vid 10 dev eth0",
        "bridge vlan set vid 10",
        "bridge vlan global set dev br0",
        "bridge mdb add dev br0",
        "bridge mdb flush",
        "bridge vni add",
        "bridge mst set",
    ];
    judge(pool::map(&seeds(), |seed| {
        let mut chance = Chance::new(*seed);
        let mut line = cases::Command::parse(starts[chance.below(starts.len())]).expect("a command");
        let tail = command("", &words, &mut chance);
        // What would run another program or wait for events does so with any input.
        let runs = ["exec", "monitor", "-b", "-batch", "pids", "identify"];
        line.0.extend(tail.0.into_iter().skip(1).filter(|word| !runs.iter().any(|run| word == run)));
        if line.0.iter().skip(1).any(|word| {
            word.to_str().is_some_and(|word| runs.iter().any(|run| !word.is_empty() && run.starts_with(word)))
        }) {
            return None;
        }
        let outcome = attempt(directory, &line, &mut Kernel::new(fixture())).expect("a traced program");
        failure(&outcome).map(|why| format!("seed {seed}: {}: {why}", line.line()))
    }));
}

#[test]
fn batch_files_by_chance() {
    let Some(directory) = tools_under_test() else { return };
    let words = vocabulary();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let folder = std::env::temp_dir().join(format!("netmite-batch-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let failures = pool::map(&seeds()[..seeds().len() / 5], |seed| {
        let mut chance = Chance::new(*seed);
        let mut text = Vec::new();
        for _ in 0..chance.below(12) {
            let line = command(
                ["link", "addr", "route", "\"", "'link", "#", "", "link \\\n"][chance.below(8)],
                &words,
                &mut chance,
            );
            for word in &line.0 {
                text.extend(std::os::unix::ffi::OsStrExt::as_bytes(word.as_os_str()));
                text.push([b' ', b' ', b'\t', b'"', b'\'', b'\\', b'\r'][chance.below(7)]);
            }
            text.push(b'\n');
        }
        let file = folder.join(seed.to_string());
        std::fs::write(&file, &text).expect("a batch file");
        let line = format!("ip {} -b {}", ["", "-force", "-j", "-o"][chance.below(4)], file.display());
        let command = cases::Command::parse(&line).expect("a command");
        let outcome = attempt(directory, &command, &mut Kernel::new(fixture())).expect("a traced program");
        failure(&outcome).map(|why| format!("seed {seed}: {:?}: {why}", String::from_utf8_lossy(&text)))
    });
    let _ = std::fs::remove_dir_all(&folder);
    judge(failures);
}

#[test]
fn a_planted_panic_is_found() {
    if let Some(why) = tracer::refused() {
        return tools::skipped("fuzz", &why);
    }
    let folder = std::env::temp_dir().join(format!("netmite-planted-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let plant = |name: &str, script: &str| {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("its mode");
        let command = cases::Command::parse(name).expect("a command");
        failure(&attempt(&folder, &command, &mut Kernel::new(fixture())).expect("a traced program"))
    };
    assert_eq!(plant("good", "exit 1"), None);
    assert_eq!(plant("refuses", "echo Error >&2; exit 255"), None);
    assert!(plant("aborts", "kill -ABRT $$").is_some());
    assert!(plant("crashes", "kill -SEGV $$").is_some());
    assert!(plant("panics", "echo \"thread 'main' panicked at x\" >&2; exit 1").is_some());
    assert!(plant("exits", "exit 101").is_some());
    let _ = std::fs::remove_dir_all(&folder);
}
