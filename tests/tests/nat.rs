//! Tier "nat": NAT on this kernel: what the reference's iptables and nft do, print and read is what ours do, print and
//! read, and packets go where the rules say.

use netmite_tests::live::{self, Outcome, Reading, Script};
use netmite_tests::{text, tools, tracer};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folders of the reference's tools and of ours; `None` where this tier can't run, which is said.
fn both() -> Option<(PathBuf, &'static Path)> {
    let ours = ours()?;
    let reference = tools::reference().map(|folder| folder.join("bin"));
    if reference.is_none() {
        tools::skipped("nat against the reference", "NETMITE_REFERENCE names no folder");
    }
    Some((reference?, ours))
}

/// The folder of our tools; `None` where they can't be run.
fn ours() -> Option<&'static Path> {
    let ours = tools::under_test();
    let why = if ours.is_none() { Some("there is no program under test".to_owned()) } else { refused() };
    match why {
        Some(why) => tools::skipped("nat", &why),
        None => return ours,
    }
    None
}

/// Why NAT can't be had here: no namespaces, or a kernel without nf_tables.
fn refused() -> Option<String> {
    let ours = tools::under_test()?;
    live::refused().or_else(|| {
        let script = live::parse("nat", "## probe\nnat add masquerade --quiet\n").ok()?.pop()?;
        let outcome = script.run(ours, &[]).ok()?;
        outcome.lines.iter().find(|done| done.status != 0).map(|done| done.complaint.clone())
    })
}

/// What tells of all rules: nft's listing and, expression by expression, what the kernel holds.
fn rules(reference: &Path) -> Vec<Reading> {
    let root = reference.with_file_name("root");
    let nft = format!("XTABLES_LIBDIR=$(echo {}/usr/lib/*/xtables) {}/nft", root.display(), reference.display());
    // Handles count what was tried and refused as well.
    let expressions = format!(
        "{nft} --debug=netlink list ruleset 2>&1 | sed -n -E '/^(ip|ip6|inet) [^ ]+ [^ ]+( [0-9]+)+ *$/s/( [0-9]+)+ *$//p; /^  \\[/p'"
    );
    let reading = |name: &str, command: String| Reading { name: name.to_owned(), command };
    vec![reading("nft list ruleset", format!("{nft} -s list ruleset 2>&1")), reading("expressions", expressions)]
}

/// What iptables and ip6tables of a folder list.
fn listings(folder: &Path) -> Vec<Reading> {
    let words = ["-t nat -S", "-t nat -L", "-t nat -L -n -v -x --line-numbers", "-t nat -v -S", "-save -c"];
    let tools = ["iptables", "ip6tables"];
    let each = tools.into_iter().flat_map(|tool| {
        words.iter().map(move |words| match words.strip_prefix("-save") {
            Some(rest) => format!("{tool}-save{rest} -t nat | grep -v '^#'"),
            None => format!("{tool} {words}"),
        })
    });
    let command = |line: &String| format!("{}/{line}; echo exit $?", folder.display());
    each.map(|line| Reading { command: command(&line), name: line }).collect()
}

fn run(script: &Script, tools: &Path, readings: &[Reading]) -> Outcome {
    script.run(tools, readings).unwrap_or_else(|error| panic!("{}: {error}", script.title))
}

#[test]
fn iptables_does_what_the_reference_does() {
    let Some((reference, ours)) = both() else { return };
    let readings = rules(&reference);
    let known = tools::known("nat");
    live::each(&live::scripts("cases/nat/iptables"), "differ (- reference, + ours)", |script| {
        // Debian stable's says the same by another number.
        let version = |report: String| report.replace("v1.8.11 (nf_tables)", "v1.8.13 (nf_tables)");
        let report = |tools| version(live::report(script, &run(script, tools, &readings), &readings));
        let (wanted, got) = (report(reference.as_path()), report(ours));
        let changes = || format!("=== {}\n{}\n", script.title, text::changes(&wanted, &got));
        (wanted != got && !known.contains(&script.title)).then(changes)
    });
}

#[test]
fn each_lists_what_the_other_wrote() {
    let Some((reference, ours)) = both() else { return };
    let (theirs, own) = (listings(&reference), listings(ours));
    let readings: Vec<Reading> = theirs.iter().chain(&own).cloned().collect();
    live::each(&live::scripts("cases/nat/rules"), "are listed otherwise (- reference, + ours)", |script| {
        let lists = |tools: &Path| {
            let outcome = run(script, tools, &readings);
            let refused = script.lines.iter().zip(&outcome.lines).find(|(_, done)| done.status != 0);
            let mut complaints = String::new();
            if let Some((line, done)) = refused {
                complaints += &format!("$ {}\nexit {} {}\n", line.command, done.status, done.complaint);
            }
            let (wanted, got) = outcome.state.split_at(theirs.len());
            for ((wanted, got), reading) in wanted.iter().zip(got).zip(&theirs) {
                if wanted != got {
                    complaints += &format!("{}\n{}", reading.name, text::changes(wanted, got));
                }
            }
            complaints
        };
        let complaints = [(lists(&reference), "the reference"), (lists(ours), "ours")];
        let complaints = complaints.iter().filter(|(complaints, _)| !complaints.is_empty());
        let all: String =
            complaints.map(|(text, who)| format!("=== {}, written by {who}\n{text}\n", script.title)).collect();
        (!all.is_empty()).then_some(all)
    });
}

#[test]
fn the_same_rules_are_the_same_expressions() {
    let Some((reference, ours)) = both() else { return };
    let readings = rules(&reference);
    live::each(&live::scripts("cases/nat/rules"), "are written otherwise (- reference, + ours)", |script| {
        let report = |tools| live::report(script, &run(script, tools, &readings), &readings);
        let (wanted, got) = (report(reference.as_path()), report(ours));
        (wanted != got).then(|| format!("=== {}\n{}\n", script.title, text::changes(&wanted, &got)))
    });
}

#[test]
fn nat_does_what_it_says() {
    let Some(ours) = ours() else { return };
    live::each(&live::scripts("cases/nat/own"), "fail", |script| live::unmet(script, &run(script, ours, &[])));
}

#[test]
fn packets_go_where_the_rules_say() {
    let Some(ours) = ours() else { return };
    let script = tools::home().join("cases/nat/packets.sh");
    let mut command = live::isolated(&format!("sh {}", script.display()));
    command.env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", ours.display()));
    command.env("TALK", env!("CARGO_BIN_EXE_talk")).stdin(Stdio::null());
    succeeds(&mut command);
}

#[test]
fn two_at_once_lose_nothing() {
    let Some(ours) = ours() else { return };
    let script = tools::home().join("cases/nat/together.sh");
    let mut command = live::isolated(&format!("sh {}", script.display()));
    command.env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", ours.display())).stdin(Stdio::null());
    succeeds(&mut command);
}

#[test]
fn without_xtables_rules_are_the_same() {
    let Some(ours) = ours() else { return };
    if let Some(why) = tracer::refused() {
        return tools::skipped("nat without xtables", &why);
    }
    let script = tools::home().join("cases/nat/without.sh");
    let mut command = live::isolated(&format!("sh {}", script.display()));
    command.env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", ours.display())).env("TOOLS", ours);
    command.env("TALK", env!("CARGO_BIN_EXE_talk")).env("WITHOUT", env!("CARGO_BIN_EXE_without"));
    succeeds(command.stdin(Stdio::null()));
}

fn succeeds(command: &mut Command) {
    let output = command.output().expect("a shell");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{}\n{text}", output.status);
}

#[test]
fn a_forward_chain_that_drops_is_named() {
    beside_nft("hints.sh");
}

#[test]
fn rules_of_nft_are_shown_whole_or_not_at_all() {
    beside_nft("foreign.sh");
}

/// Runs a script of ours that needs nft beside it.
fn beside_nft(name: &str) {
    let Some((reference, ours)) = both() else { return };
    let script = tools::home().join("cases/nat").join(name);
    let mut command = live::isolated(&format!("sh {}", script.display()));
    command.env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", ours.display()));
    command.env("NFT", reference.join("nft")).stdin(Stdio::null());
    succeeds(&mut command);
}
