//! Tier "live": scripts on this kernel do and print what they do and print with the reference.

use netmite_tests::live::{self, Line, Script};
use netmite_tests::{text, tools};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Scripts wait for timers more than they work, so more of them than cores may run at a time.
const AT_ONCE: usize = 6;

fn scripts() -> Vec<Script> {
    let only = std::env::var("NETMITE_CASES").unwrap_or_default();
    let files = tools::text_files("cases/live");
    let scripts = files.iter().flat_map(|(name, text)| live::parse(name, text).unwrap_or_else(|why| panic!("{why}")));
    scripts.filter(|script| script.title.contains(&only) || script.text().contains(&only)).collect()
}

/// Runs `work` on every script; what it returns are complaints.
fn each(work: impl Fn(&Script) -> Option<String> + Sync) -> (usize, Vec<String>) {
    let (scripts, next, complaints) = (scripts(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(complaint) = work(script) {
                        complaints
                            .lock()
                            .unwrap_or_else(|poison| poison.into_inner())
                            .push((script.title.clone(), complaint));
                    }
                }
            });
        }
    });
    let mut complaints = complaints.into_inner().unwrap_or_else(|poison| poison.into_inner());
    complaints.sort();
    (scripts.len(), complaints.into_iter().map(|(_, complaint)| complaint).collect())
}

fn judge(what: &str, (count, complaints): (usize, Vec<String>)) {
    let shown: String = complaints.iter().take(tools::shown()).cloned().collect();
    println!("{count} scripts, {} {what}", complaints.len());
    assert!(complaints.is_empty(), "{} of {count} scripts {what}; the first:\n{shown}", complaints.len());
    assert!(count > 0, "there are no scripts");
}

#[test]
fn scripts_do_what_they_do_with_the_reference() {
    let Some(ours) = tools::under_test() else { return tools::skipped("live", "there is no program under test") };
    if let Some(why) = live::refused() {
        return tools::skipped("live", &why);
    }
    let Some(reference) = tools::reference().map(|folder| folder.join("bin")) else {
        return tools::skipped("live against the reference", "NETMITE_REFERENCE names no folder");
    };
    let ip = reference.join("ip");
    let known = tools::known("live");
    judge(
        "differ (- reference, + ours)",
        each(|script| {
            let run = |tools| {
                script
                    .run(tools, Some(&ip))
                    .map_or_else(|error| error.to_string(), |outcome| live::report(script, &outcome))
            };
            if known.contains(&script.title) {
                return None;
            }
            // The kernel sets a link's state a moment after the command that changed it: a difference is one if it stays.
            let changes = |_| {
                let (wanted, got) = (run(reference.as_path()), run(ours));
                (wanted != got).then(|| format!("=== {}\n{}\n", script.title, text::changes(&wanted, &got)))
            };
            (0..3).map(changes).take_while(Option::is_some).nth(2).flatten()
        }),
    );
}

#[test]
fn scripts_do_what_they_say() {
    let Some(ours) = tools::under_test() else { return tools::skipped("live", "there is no program under test") };
    if let Some(why) = live::refused() {
        return tools::skipped("live", &why);
    }
    judge(
        "fail",
        each(|script| {
            let outcome = match script.run(ours, None) {
                Ok(outcome) => outcome,
                Err(error) => return Some(format!("{error}\n")),
            };
            let complaints = script.lines.iter().zip(&outcome.lines).filter_map(|(line, done)| unmet(line, done));
            let complaints: String = complaints.collect();
            (!complaints.is_empty()).then(|| format!("=== {}\n{complaints}\n", script.title))
        }),
    );
}

/// What a command was to do and did not. No command may crash or hang, whatever is said of it.
fn unmet(line: &Line, done: &live::Done) -> Option<String> {
    let missing = line.holds.iter().find(|text| !done.stdout.contains(text.as_str()));
    let status = line.status.is_some_and(|status| status != done.status);
    let crashed = matches!(done.status, 101 | 124 | 132..=136 | 139) && line.status.is_none();
    if missing.is_none() && !status && !crashed {
        return None;
    }
    let missing = missing.map(|text| format!("  without {text:?}\n")).unwrap_or_default();
    Some(format!("$ {}\nexit {}\nstderr {}\n{}{missing}", line.command, done.status, done.complaint, done.stdout))
}

#[test]
fn the_comparison_sees_a_changed_state() {
    if let Some(why) = live::refused() {
        return tools::skipped("live", &why);
    }
    let script = |line: &str| live::parse("t", &format!("## t\n{line}\n")).expect("a script").remove(0);
    let report = |line: &str| {
        let script = script(line);
        live::report(&script, &script.run(std::path::Path::new("/bin"), None).expect("a run"))
    };
    assert_eq!(report("echo a"), report("echo a"));
    assert_ne!(report("cat /sys/class/net/lo/mtu"), report("echo 5"));
    assert_ne!(report("true"), report("exit 3"));
    assert_ne!(report("echo a >&2"), report("echo b >&2"));
}
