//! Programs that errands call: where one is missing, its Debian package is installed.
//!
//! Refuses to install anything when not root: then it says which packages to install.

use crate::run::{self, Result};
use std::path::Path;
use std::process::Command;

/// Where programs are looked for beside PATH, which may lack the folders for the superuser's.
const SYSTEM: &[&str] = &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The file that `program` is.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(SYSTEM.iter().map(|folder| Path::new(folder).to_path_buf()));
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Sees to it that each program is there; with it, the package that has it.
pub fn programs(wanted: &[(&str, &str)]) -> Result<()> {
    let mut packages: Vec<&str> =
        wanted.iter().filter(|(program, _)| find(program).is_none()).map(|(_, package)| *package).collect();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if !run::is_root() {
        return Err(format!("needed, but not installed: {list}; as root, xtask installs them"));
    }
    run::say(&format!("installing {list}"));
    run::output(apt_get().args(["-qq", "update"]))?;
    run::output(apt_get().args(["-qq", "-y", "--no-install-recommends", "install"]).args(packages))?;
    match wanted.iter().find(|(program, _)| find(program).is_none()) {
        Some((program, package)) => Err(format!("{package} is installed, but there is no {program}")),
        None => Ok(()),
    }
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}
