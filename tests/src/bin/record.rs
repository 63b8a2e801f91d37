//! Records what the reference does: `record wire [NAME…]` runs the case lists of `cases/wire` against the fixture and
//! writes `recorded/wire`. The reference's folder is the environment's `NETMITE_REFERENCE`.

use netmite_tests::{cases, pool, tools, wire};
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.split_first() {
        Some((what, names)) if what == "wire" => record_wire(names),
        _ => Err("usage: record wire [NAME…]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("record: {why}");
            ExitCode::FAILURE
        }
    }
}

fn reference() -> Result<(std::path::PathBuf, String), String> {
    let folder = tools::reference().ok_or("NETMITE_REFERENCE names no folder")?.join("bin");
    let output = Command::new(folder.join("ip")).arg("-V").output().map_err(|error| error.to_string())?;
    Ok((folder, String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

fn record_wire(names: &[String]) -> Result<(), String> {
    let (folder, version) = reference()?;
    for (name, list) in tools::text_files("cases/wire") {
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        let commands = cases::commands(&list)?;
        let recorded =
            pool::map(&commands, |command| wire::record(&folder, command).map_err(|error| error.to_string()));
        let recorded: Vec<wire::Case> = recorded.into_iter().collect::<Result<_, _>>()?;
        let path = tools::home().join("recorded/wire").join(format!("{name}.txt"));
        write(&path, &wire::file(&version, &recorded))?;
        println!("{name}: {} cases", recorded.len());
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
