//! Records what the reference does. The reference's folder is the environment's `NETMITE_REFERENCE`.
//!
//! * `record wire [NAME…]` runs the case lists of `cases/wire` against the fixture and writes `recorded/wire`.
//! * `record render [NAME…]` makes the objects of the case lists of `cases/render` in fresh namespaces, and writes
//!   `recorded/snapshots` and `recorded/render`; those of lists that say `kernel uml` in the second kernel. With `--print` the snapshots stay as they are and only what is printed
//!   of them is recorded anew, for which no namespace is needed.
//! * `record capture FILE [ADDRESS…] [OBJECT…]` writes a snapshot of the namespace it runs in; the second calls it there.

use netmite_tests::{capture, cases, kernel::Snapshot, live, pool, render, tools, wire};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.split_first().map(|(what, rest)| (what.as_str(), rest)) {
        Some(("wire", names)) => record_wire(names),
        Some(("render", [first, names @ ..])) if first == "--print" => record_render(names, false),
        Some(("render", names)) => record_render(names, true),
        Some(("capture", [file, addresses @ ..])) => capture_to(Path::new(file), addresses),
        _ => Err("usage: record wire [NAME…] | render [--print] [NAME…] | capture FILE [ADDRESS…]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("record: {why}");
            ExitCode::FAILURE
        }
    }
}

fn reference() -> Result<(PathBuf, String), String> {
    let folder = tools::reference().ok_or("NETMITE_REFERENCE names no folder")?.join("bin");
    let output = Command::new(folder.join("ip")).arg("-V").output().map_err(|error| error.to_string())?;
    Ok((folder, String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

fn wanted(folder: &str, names: &[String]) -> Vec<(String, String)> {
    let lists = tools::text_files(folder).into_iter();
    lists.filter(|(name, _)| names.is_empty() || names.contains(name)).collect()
}

fn record_wire(names: &[String]) -> Result<(), String> {
    let (folder, version) = reference()?;
    for (name, list) in wanted("cases/wire", names) {
        let commands = cases::commands(&list)?;
        let recorded =
            pool::map(&commands, |command| wire::record(&folder, command).map_err(|error| error.to_string()));
        let recorded: Vec<wire::Case> = recorded.into_iter().collect::<Result<_, _>>()?;
        write(&format!("recorded/wire/{name}.txt"), &wire::file(&version, &recorded))?;
        println!("{name}: {} cases", recorded.len());
    }
    Ok(())
}

fn record_render(names: &[String], afresh: bool) -> Result<(), String> {
    let (folder, version) = reference()?;
    for (name, list) in wanted("cases/render", names) {
        let list = render::List::parse(&list).map_err(|why| format!("{name}: {why}"))?;
        let path = tools::home().join(format!("recorded/snapshots/{name}.txt"));
        let (mut blocks, live) = if afresh {
            make(&folder, &path, &list).map_err(|why| format!("{name}: {why}"))?
        } else {
            (kept(&name, &list).map_err(|why| format!("{name}: {why}"))?, Vec::new())
        };
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut snapshot = Snapshot::parse(&text)?;
        if afresh && !(list.told.is_empty() && list.messages.is_empty()) {
            snapshot.messages.extend(Snapshot::parse(&list.messages)?.messages);
            for command in &list.told {
                render::tell(&folder, command, &mut snapshot).map_err(|error| format!("{name}: {error}"))?;
            }
            write(&format!("recorded/snapshots/{name}.txt"), &snapshot.text())?;
        }
        let shown = pool::map(&list.shows, |command| {
            render::show(&folder, command, &snapshot).map_err(|error| error.to_string())
        });
        let count = shown.len() + list.live.len();
        // The namespace itself is a check of the fake kernel; name files, timers and counters may differ.
        for ((command, live), shown) in
            list.shows.iter().zip(&live).zip(&shown).filter(|_| list.told.is_empty() && list.messages.is_empty())
        {
            if shown
                .as_ref()
                .is_ok_and(|(block, _)| without_timers(&render::stdout(block)) != without_timers(live.as_bytes()))
            {
                println!("{name}: {}: the namespace itself shows otherwise", command.line());
            }
        }
        blocks.extend(shown.into_iter().map(|shown| shown.map(|(block, _)| block)).collect::<Result<Vec<_>, _>>()?);
        write(&format!("recorded/render/{name}.txt"), &format!("# reference: {version}\n\n{}", blocks.join("\n")))?;
        println!("{name}: {count} cases");
    }
    Ok(())
}

/// The blocks that were taken from the namespace itself when the objects were made.
fn kept(name: &str, list: &render::List) -> Result<Vec<String>, String> {
    let path = tools::home().join(format!("recorded/render/{name}.txt"));
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let blocks = render::parse(&text)?.into_iter();
    Ok(blocks.filter(|(command, _)| list.live.contains(command)).map(|(_, block)| block).collect())
}

/// Makes the objects of a list in a namespace, and captures it: the blocks of its live commands, and what the others
/// print there.
fn make(folder: &Path, path: &Path, list: &render::List) -> Result<(Vec<String>, Vec<String>), String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut script = format!("export PATH={}:/usr/sbin:/usr/bin:/sbin:/bin\n", folder.display());
    script += "mount -t tmpfs tmpfs /run; mount -t sysfs sysfs /sys; cd /run; set -e\n";
    list.setup.iter().for_each(|line| script += &format!("{line}\n"));
    let addresses: Vec<String> = list.get.iter().map(ToString::to_string).chain(list.dump.iter().cloned()).collect();
    script += &format!("{} capture {} {} >&2\nset +e\n", own.display(), path.display(), addresses.join(" "));
    for command in list.live.iter().chain(&list.shows) {
        let words = command.0.iter().map(|word| format!("'{}'", word.to_string_lossy().replace('\'', "'\\''")));
        script += &format!("echo ':::'; timeout 5 {} </dev/null\n", words.collect::<Vec<_>>().join(" "));
    }
    script += "exit 0\n";
    let mut shell = live::isolated(&script);
    if list.second_kernel {
        // The guest sees all our files, and what it writes is lost but for the folder it is to write the snapshot to.
        let inside = live::isolated("eval \"$RECORD\"");
        shell = Command::new("cargo");
        shell.args(["xtask", "kernel", "--"]).arg(inside.get_program()).args(inside.get_args());
        shell.current_dir(tools::home()).env("RECORD", script).env("KERNEL_OUT", path.parent().unwrap_or(path));
    }
    let output = shell.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut parts = text.split(":::\n").skip(1).map(str::to_owned);
    let pairs = list.live.iter().zip(parts.by_ref().take(list.live.len()));
    let blocks = pairs.map(|(command, text)| render::block(command, 0, None, text.as_bytes())).collect();
    Ok((blocks, parts.collect()))
}

fn capture_to(file: &Path, addresses: &[String]) -> Result<(), String> {
    let (objects, addresses): (Vec<String>, Vec<String>) =
        addresses.iter().cloned().partition(|word| capture::is_object(word));
    let addresses = addresses.iter().map(|address| address.parse().map_err(|_| format!("{address} is no address")));
    let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
    let snapshot = capture::capture(&addresses, &objects).map_err(|error| error.to_string())?;
    std::fs::write(file, snapshot.text()).map_err(|error| format!("{}: {error}", file.display()))
}

fn write(path: &str, text: &str) -> Result<(), String> {
    let path = tools::home().join(path);
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn without_timers(output: &[u8]) -> String {
    netmite_tests::normal::Normal::new("").text(&String::from_utf8_lossy(output))
}
