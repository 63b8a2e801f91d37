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
    for (name, recording) in tools::text_files("recorded/render") {
        let (_, objects) = snapshots.iter().find(|snapshot| snapshot.0 == name).expect("a snapshot for the recording");
        let snapshot = Snapshot::parse(objects).unwrap_or_else(|why| panic!("{name}: {why}"));
        let mut wanted = render::parse(&recording).unwrap_or_else(|why| panic!("{name}: {why}"));
        let own =
            std::fs::read_to_string(tools::home().join(format!("intended/render-{name}.txt"))).unwrap_or_default();
        for (command, block) in render::parse(&own).unwrap_or_else(|why| panic!("intended {name}: {why}")) {
            let known = wanted.iter_mut().find(|known| known.0 == command).expect("an intended difference is a case");
            assert_ne!(known.1, block, "an intended difference differs");
            known.1 = block;
        }
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
            failed += 1;
            if failed <= tools::shown() {
                shown += &format!("{name}: {}\n{}\n", note.unwrap_or(""), text::changes(wanted, block));
            }
        }
        println!("{name}: {} cases, {} differ", wanted.len(), failed - before);
    }
    assert!(failed == 0, "{failed} of {count} cases differ (- reference, + ours); the first:\n{shown}");
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
