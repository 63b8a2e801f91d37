//! Tier "render": recorded replies of the kernel are printed as the reference prints them, byte for byte.

use netmite_tests::kernel::Snapshot;
use netmite_tests::{pool, render, text, tools, tracer};

#[test]
fn replies_are_printed_as_by_the_reference() {
    if let Some(why) = tracer::refused() {
        return tools::skipped("render", &why);
    }
    let Some(directory) = tools::under_test() else {
        return tools::skipped("render", "there is no program under test");
    };
    let snapshots = tools::text_files("recorded/snapshots");
    let only = std::env::var("NETMITE_CASES").unwrap_or_default();
    let (mut count, mut failed, mut shown) = (0, 0, String::new());
    let (known, mut differing, mut unknown) = (tools::known("render"), Vec::new(), Vec::new());
    for (name, recording) in tools::text_files("recorded/render") {
        let (_, objects) = snapshots.iter().find(|snapshot| snapshot.0 == name).expect("a snapshot for the recording");
        let snapshot = Snapshot::parse(objects).unwrap_or_else(|why| panic!("{name}: {why}"));
        let mut wanted = render::parse(&recording).unwrap_or_else(|why| panic!("{name}: {why}"));
        wanted.retain(|(command, _)| command.line().contains(&only) || name.contains(&only));
        let got =
            pool::map(&wanted, |(command, _)| render::show(directory, command, &snapshot).expect("a traced program"));
        count += wanted.len();
        let before = failed;
        for ((command, wanted), (block, outcome)) in wanted.iter().zip(&got) {
            let note = json(command.line().as_str(), wanted, &outcome.stdout);
            if wanted == block && note.is_none() {
                continue;
            }
            differing.push(format!("{name}: {}", command.line()));
            if differing.last().is_some_and(|line| known.contains(line)) {
                continue;
            }
            unknown.extend(differing.last().cloned());
            failed += 1;
            if failed <= tools::shown() {
                shown += &format!("{name}: {}\n{}\n", note.unwrap_or(""), text::changes(wanted, block));
            }
        }
        println!("{name}: {} cases, {} differ", wanted.len(), failed - before);
    }
    if let Some(file) = std::env::var_os("NETMITE_FAILED") {
        std::fs::write(file, unknown.join("\n")).expect("the list of what failed");
    }
    assert!(failed == 0, "{failed} of {count} cases differ (- reference, + ours); the first:\n{shown}");
    if only.is_empty() {
        assert_eq!(tools::outlived(&known, &differing), [""; 0], "known differences that are none any more");
    }
    assert!(count > 0, "there are no cases");
}

/// What is to be said of JSON: it must be some, and a difference may be one of blanks only.
fn json(command: &str, wanted: &str, got: &[u8]) -> Option<&'static str> {
    if !command.contains("-j") || got.is_empty() {
        return None;
    }
    let wanted = render::stdout(wanted);
    let wanted_tree = serde_json::from_slice::<serde_json::Value>(&wanted).ok()?;
    let Ok(got_tree) = serde_json::from_slice::<serde_json::Value>(got) else { return Some("(no JSON)") };
    (wanted != got && wanted_tree == got_tree).then_some("(equal as JSON)")
}
