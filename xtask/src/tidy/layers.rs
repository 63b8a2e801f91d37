//! The layers: which crate of the workspace may use which. Arrows point down only; no product knows tests or errands.

/// A crate's manifest.
pub struct Manifest {
    /// Its path in the workspace.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What lies below a crate, by the names of folders.
fn below(folder: &str) -> &'static [&'static str] {
    match folder {
        "crates/netlink" | "crates/output" => &[],
        "crates/grammar" => &["netlink", "output"],
        "crates/links" => &["netlink", "output", "grammar"],
        "crates/ip" | "crates/bridge" => &["netlink", "output", "grammar", "links"],
        // Of the errands one writes what the tables of all tools say.
        "crates/netmite" | "tests" | "xtask" => {
            &["netlink", "output", "grammar", "links", "ip", "bridge", "brctl", "nat", "iptables", "tools", "netmite"]
        }
        // Its words are suggested and its namespaces entered as those of `ip`.
        "crates/nat" => &["netlink", "output", "grammar"],
        // Every other tool stands on the two lowest.
        _ => &["netlink", "output"],
    }
}

/// What is wrong with a manifest.
pub fn check(manifest: &Manifest) -> Vec<String> {
    let folder = manifest.path.strip_suffix("/Cargo.toml").unwrap_or("");
    let own = folder.rsplit('/').next().unwrap_or("");
    let mut found = Vec::new();
    for name in dependencies(&manifest.text) {
        let wanted = if name == "netmite" { "netmite" } else { name.strip_prefix("netmite-").unwrap_or(&name) };
        let ours = name == "netmite" || name == "xtask" || name.starts_with("netmite-");
        if ours && wanted != own && !below(folder).contains(&wanted) {
            found.push(format!("{}: {name} does not lie below it", manifest.path));
        }
    }
    found
}

/// The names of all that a manifest depends on, for whatever purpose and target.
fn dependencies(text: &str) -> Vec<String> {
    let (mut names, mut inside) = (Vec::new(), false);
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let parts: Vec<&str> = section.split('.').collect();
            let at = parts.iter().position(|part| part.ends_with("dependencies"));
            inside = at.is_some_and(|at| at + 1 == parts.len());
            names.extend(at.and_then(|at| parts.get(at + 1)).map(|name| (*name).to_owned()));
        } else if inside && !line.starts_with('#') {
            let name: String = line.chars().take_while(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
            names.extend((!name.is_empty()).then_some(name));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> usize {
        check(&Manifest { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn arrows_down_pass() {
        let text = "[dependencies]\nnetmite-netlink.workspace = true\nnetmite-grammar.workspace = true\nclap = \"4\"\n";
        assert_eq!(complaints("crates/links/Cargo.toml", text), 0);
    }

    #[test]
    fn arrows_up_are_found() {
        assert_eq!(complaints("crates/netlink/Cargo.toml", "[dependencies]\nnetmite-output.workspace = true\n"), 1);
        assert_eq!(complaints("crates/grammar/Cargo.toml", "[dependencies]\nnetmite-links = { path = \"x\" }\n"), 1);
        assert_eq!(complaints("crates/brctl/Cargo.toml", "[dependencies.netmite-grammar]\nworkspace = true\n"), 1);
    }

    #[test]
    fn tests_and_errands_are_known_to_no_product() {
        assert_eq!(complaints("crates/ip/Cargo.toml", "[dev-dependencies]\nnetmite-tests.workspace = true\n"), 1);
        assert_eq!(complaints("crates/netmite/Cargo.toml", "[build-dependencies]\nxtask = \"1\"\n"), 1);
        let text = "[target.'cfg(unix)'.dependencies]\nnetmite.workspace = true\n";
        assert_eq!(complaints("crates/tools/Cargo.toml", text), 1);
        assert_eq!(complaints("xtask/Cargo.toml", "[dependencies]\nnetmite-tests.workspace = true\n"), 1);
    }
}
