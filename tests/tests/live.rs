//! Tier "live": scripts on this kernel do and print what they do and print with the reference.

use netmite_tests::live;
use netmite_tests::{text, tools};

#[test]
fn scripts_do_what_they_do_with_the_reference() {
    let Some(ours) = tools::under_test() else { return tools::skipped("live", "there is no program under test") };
    if let Some(why) = live::refused() {
        return tools::skipped("live", &why);
    }
    let Some(reference) = tools::reference().map(|folder| folder.join("bin")) else {
        return tools::skipped("live against the reference", "NETMITE_REFERENCE names no folder");
    };
    live::load_tunnels(&reference.join("ip"));
    let readings = live::links(&reference.join("ip"));
    let known = tools::known("live");
    live::each(&live::scripts("cases/live"), "differ (- reference, + ours)", |script| {
        let run = |tools, pause| {
            script
                .run_slowly(tools, &readings, pause)
                .map_or_else(|error| error.to_string(), |outcome| live::report(script, &outcome, &readings))
        };
        if known.contains(&script.title) {
            return None;
        }
        // The kernel sets a link's state a moment after the command that changed it: a difference is one if it stays, and
        // stays when there is time between the commands.
        let changes = |pause| {
            let (wanted, got) = (run(reference.as_path(), pause), run(ours, pause));
            (wanted != got).then(|| format!("=== {}\n{}\n", script.title, text::changes(&wanted, &got)))
        };
        [0, 1, 3].into_iter().map(changes).take_while(Option::is_some).nth(2).flatten()
    });
}

#[test]
fn scripts_do_what_they_say() {
    let Some(ours) = tools::under_test() else { return tools::skipped("live", "there is no program under test") };
    if let Some(why) = live::refused() {
        return tools::skipped("live", &why);
    }
    live::each(&live::scripts("cases/live"), "fail", |script| match script.run(ours, &[]) {
        Ok(outcome) => live::unmet(script, &outcome),
        Err(error) => Some(format!("{error}\n")),
    });
}

#[test]
fn the_comparison_sees_a_changed_state() {
    if let Some(why) = live::refused() {
        return tools::skipped("live", &why);
    }
    let script = |line: &str| live::parse("t", &format!("## t\n{line}\n")).expect("a script").remove(0);
    let report = |line: &str| {
        let script = script(line);
        live::report(&script, &script.run(std::path::Path::new("/bin"), &[]).expect("a run"), &[])
    };
    assert_eq!(report("echo a"), report("echo a"));
    assert_ne!(report("cat /sys/class/net/lo/mtu"), report("echo 5"));
    assert_ne!(report("true"), report("exit 3"));
    assert_ne!(report("echo a >&2"), report("echo b >&2"));
}
