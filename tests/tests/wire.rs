//! Tier "wire": what every recorded command line asks of the kernel is what the reference asked.

use netmite_tests::{pool, text, tools, tracer, wire};

#[test]
fn requests_are_those_of_the_reference() {
    if let Some(why) = tracer::refused() {
        return tools::skipped("wire", &why);
    }
    let Some(directory) = tools::under_test() else { return tools::skipped("wire", "there is no program under test") };
    let (mut cases, mut failed, mut shown) = (0, Vec::new(), String::new());
    let only = std::env::var("NETMITE_CASES").unwrap_or_default();
    let (known, mut differing) = (tools::known("wire"), Vec::new());
    for (name, recording) in tools::text_files("recorded/wire") {
        let wanted: Vec<wire::Case> = wire::parse(&recording).unwrap_or_else(|why| panic!("{name}: {why}"));
        let wanted: Vec<wire::Case> = wanted.into_iter().filter(|case| case.command.line().contains(&only)).collect();
        let got = pool::map(&wanted, |case| wire::record(directory, &case.command).expect("a traced program"));
        cases += wanted.len();
        let before = failed.len();
        for (wanted, got) in wanted.iter().zip(&got).filter(|(wanted, got)| wanted != got) {
            differing.push(format!("{name}: {}", wanted.command.line()));
            if differing.last().is_some_and(|line| known.contains(line)) {
                continue;
            }
            if failed.len() < tools::shown() {
                shown += &format!("{name}:\n{}\n", text::difference(&wanted.text(), &got.text()));
            }
            failed.push(format!("{name}: {}", wanted.command.line()));
        }
        println!("{name}: {} cases, {} differ", wanted.len(), failed.len() - before);
    }
    if let Some(file) = std::env::var_os("NETMITE_FAILED") {
        std::fs::write(file, failed.join("\n")).expect("the list of what failed");
    }
    assert!(failed.is_empty(), "{} of {cases} cases differ (- reference, + ours); the first:\n{shown}", failed.len());
    if only.is_empty() {
        assert_eq!(tools::outlived(&known, &differing), [""; 0], "known differences that are none any more");
    }
    assert!(cases > 0 && (!only.is_empty() || cases > 2000), "only {cases} cases");
}

#[test]
fn a_changed_request_is_found() {
    let recording = std::fs::read_to_string(tools::home().join("recorded/wire/link-set.txt")).expect("a recording");
    let planted = recording.replace("IFLA_MTU 1400", "IFLA_MTU 1401");
    assert_ne!(wire::parse(&recording), wire::parse(&planted));
    let cases = wire::parse(&recording).expect("cases");
    assert_eq!(wire::parse(&wire::file("x", &cases)).expect("cases again"), cases);
}
