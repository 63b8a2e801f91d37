//! Lines of a batch that are alike make the requests that each would make by itself.
//!
//! Behind some lines the program puts addresses into a request that it has; a comment at a line's end keeps it from that. So
//! the lines of the case lists, each with several addresses, must ask for the same with a comment and without.

use netmite_tests::cases::{self, Command};
use netmite_tests::fuzz::Chance;
use netmite_tests::kernel::{Kernel, fixture};
use netmite_tests::{tools, tracer, wire};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

const LISTS: &[&str] = &[
    "address",
    "bridge-fdb",
    "neighbour",
    "popular-address",
    "popular-neighbour",
    "popular-route",
    "popular-rule",
    "route",
    "route-encap",
    "route-metrics",
    "rule",
];
/// What may wait for others in a batch.
const OBJECTS: &[&str] = &["a", "addr", "address", "r", "ro", "route", "ru", "rule", "n", "neigh", "neighbour", "fdb"];

/// A word with another address in it, if there is one.
fn changed(word: &str, chance: &mut Chance) -> Option<String> {
    let (address, length) = word.split_at(word.find('/').unwrap_or(word.len()));
    let random = chance.number().to_ne_bytes();
    // Some share most of their bytes with what was there.
    let near = chance.below(3) > 0;
    let pick = |own: &[u8], at: usize| if near && at + 1 < own.len() { own[at] } else { random[at % 8] };
    let other = if let Ok(own) = address.parse::<Ipv4Addr>() {
        let own = own.octets();
        Ipv4Addr::from(std::array::from_fn(|at| pick(&own, at))).to_string()
    } else if let Ok(own) = address.parse::<Ipv6Addr>() {
        let own = own.octets();
        Ipv6Addr::from(std::array::from_fn(|at| pick(&own, at))).to_string()
    } else if address.len() == 17 && address.split(':').count() == 6 {
        random.iter().take(6).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
    } else {
        return None;
    };
    Some(other + length)
}

/// The lines for `tool` that a list makes: each once as it is, then with other addresses.
fn lines(tool: &str, list: &str, chance: &mut Chance) -> Vec<String> {
    let text = std::fs::read_to_string(tools::home().join(format!("cases/wire/{list}.txt"))).expect("a list");
    let mut lines = Vec::new();
    for Command(words) in cases::commands(&text).expect("commands") {
        let words: Option<Vec<_>> = words.iter().map(|word| word.to_str()).collect();
        let Some([name, words @ ..]) = words.as_deref() else { continue };
        let plain = |word: &&str| !word.is_empty() && !word.contains([' ', '\t', '\n', '"', '\'', '#', '\\']);
        let waits = words.first().is_some_and(|object| OBJECTS.contains(object));
        if *name != tool || !waits || !words.iter().all(plain) {
            continue;
        }
        lines.push(words.join(" "));
        for _ in 0..6 {
            let mut any = false;
            let other = words.iter().map(|word| {
                let other = changed(word, chance);
                any |= other.is_some();
                other.unwrap_or_else(|| (*word).to_owned())
            });
            let other = other.collect::<Vec<_>>().join(" ");
            if any {
                lines.push(other);
            }
        }
    }
    lines
}

/// What a batch of these lines asks for, and complains of.
fn asked(directory: &Path, tool: &str, lines: &[String], end: &str) -> (Vec<String>, Vec<u8>) {
    let file = std::env::temp_dir().join(format!("netmite-alike-{}", std::process::id()));
    let text: String = lines.iter().map(|line| format!("{line}{end}\n")).collect();
    std::fs::write(&file, text).expect("a batch file");
    let command = Command::parse(&format!("{tool} -force -batch {}", file.display())).expect("a command");
    let mut kernel = Kernel::new(fixture());
    let outcome = wire::run_against(directory, &command, &mut kernel).expect("a traced program");
    std::fs::remove_file(&file).expect("the batch file");
    assert!(outcome.hung.is_none(), "{:?}", outcome.hung);
    (kernel.requests.concat(), outcome.stderr)
}

#[test]
fn lines_that_are_alike() {
    if let Some(why) = tracer::refused() {
        return tools::skipped("batch", &why);
    }
    let Some(directory) = tools::under_test() else {
        return tools::skipped("batch", "there is no program under test");
    };
    let mut chance = Chance::new(7);
    for (tool, list) in LISTS.iter().flat_map(|list| [("ip", list), ("bridge", list)]) {
        let lines = lines(tool, list, &mut chance);
        let (wanted, complaints) = asked(directory, tool, &lines, " #");
        let (got, told) = asked(directory, tool, &lines, "");
        println!("{tool}, {list}: {} lines, {} requests", lines.len(), wanted.len());
        let first = wanted.iter().zip(&got).find(|(wanted, got)| wanted != got);
        assert_eq!(first, None, "{tool}, {list}");
        assert_eq!(wanted.len(), got.len(), "{tool}, {list}");
        assert_eq!(String::from_utf8_lossy(&complaints), String::from_utf8_lossy(&told), "{tool}, {list}");
    }
}
