//! Completion for bash: what may stand where, as lists, and one walk over them that is the same for every tool.

use super::pages::{Offers, Place, Subject, Tool};
use std::fmt::Write;

/// The walk. It finds object and verb, goes along the words up to the cursor, and offers what may stand there.
const WALK: &str = include_str!("walk.bash");

/// The script of a tool.
pub fn script(tool: &Tool) -> String {
    let name = tool.name;
    let mut text = format!("# bash completion for {name}; written by cargo xtask docs\n\n");
    let flags: Vec<String> = tool.flags.iter().flat_map(|(words, ..)| words.clone()).collect();
    let valued = tool.flags.iter().filter(|(_, value, _)| !value.is_empty()).flat_map(|(words, ..)| words.clone());
    let objects: Vec<&str> = tool.objects.iter().map(|object| object.name).filter(|name| !name.is_empty()).collect();
    let _ = writeln!(text, "_netmite_{name}_flags={}", quoted(&flags.join(" ")));
    let _ = writeln!(text, "_netmite_{name}_valued={}", quoted(&valued.collect::<Vec<_>>().join(" ")));
    let _ = writeln!(text, "_netmite_{name}_objects={}", quoted(&objects.join(" ")));
    let mut lists = Lists::default();
    tool.objects.iter().for_each(|object| lists.object(object));
    lists.write(&mut text, name);
    text + WALK + &format!("\n_netmite_{name}() {{ _netmite_complete {name}; }}\ncomplete -F _netmite_{name} {name}\n")
}

/// What may stand where, each a list of a shell's array.
#[derive(Default)]
struct Lists {
    /// By object.
    verbs: Vec<(String, String)>,
    /// By object, verb and the words that lead deeper: the number of a place.
    at: Vec<(String, String)>,
    /// By the number of a place.
    words: Vec<(String, String)>,
    /// By the number of a place and an option: what its value may be; `-` if nothing is offered.
    values: Vec<(String, String)>,
}

impl Lists {
    fn object(&mut self, object: &Subject) {
        let verbs: Vec<&str> = object.verbs.iter().map(|(verb, _)| *verb).collect();
        self.verbs.push((object.name.to_owned(), verbs.join(" ")));
        for place in &object.places {
            let keys = place.verbs.iter().map(|verb| format!("{} {verb} {}", object.name, place.after));
            let keys: Vec<String> = keys.map(|key| key.trim().to_owned()).collect();
            // Tunnels over IPv4 and over IPv6 have a table each behind the same verbs.
            let known = self.at.iter().find(|(known, _)| keys.first() == Some(known)).map(|(_, number)| number.clone());
            let number = known.clone().unwrap_or_else(|| self.words.len().to_string());
            self.place(place, &number);
            if known.is_none() {
                self.at.extend(keys.into_iter().map(|key| (key, number.clone())));
            }
        }
    }

    fn place(&mut self, place: &Place, number: &str) {
        let mut words = Vec::new();
        for option in &place.options {
            let offered = match &option.offers {
                Offers::Words(words) => words.join(" "),
                Offers::Devices => "@device".to_owned(),
                Offers::Namespaces => "@netns".to_owned(),
                Offers::Nothing => "-".to_owned(),
            };
            words.extend(option.words.iter().cloned());
            // What stands alone is offered beside the keywords.
            words.extend((option.positional && offered != "-").then(|| offered.clone()));
            if !option.value.is_empty() || offered != "-" {
                self.values.extend(option.words.iter().map(|word| (format!("{number}/{word}"), offered.clone())));
            }
        }
        match self.words.iter_mut().find(|(known, _)| known == number) {
            Some((_, known)) => *known += &format!(" {}", words.join(" ")),
            None => self.words.push((number.to_owned(), words.join(" "))),
        }
    }

    fn write(&self, text: &mut String, name: &str) {
        let arrays = [("verbs", &self.verbs), ("at", &self.at), ("words", &self.words), ("values", &self.values)];
        for (array, entries) in arrays {
            let _ = writeln!(text, "declare -gA _netmite_{name}_{array}=(");
            for (key, value) in entries {
                let _ = writeln!(text, "    [{}]={}", quoted(if key.is_empty() { " " } else { key }), quoted(value));
            }
            text.push_str(")\n");
        }
        text.push('\n');
    }
}

/// A word for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::super::{files, pages};
    use std::process::Command;

    /// What is offered at the end of each line, by bash with the scripts.
    fn offered(lines: &[String]) -> Vec<Vec<String>> {
        let folder = std::env::temp_dir().join(format!("netmite-completion-{}-{}", std::process::id(), lines.len()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut script = String::new();
        for (path, text) in files().into_iter().filter(|(path, _)| path.ends_with(".bash")) {
            let file = folder.join(path.rsplit('/').next().unwrap());
            std::fs::write(&file, text).unwrap();
            script += &format!("source {}\n", file.display());
        }
        for line in lines {
            let tool = line.split(' ').next().unwrap();
            let words: Vec<String> = line.split(' ').map(super::quoted).collect();
            let last = words.len() - 1;
            script += &format!(
                "COMP_WORDS=({}); COMP_CWORD={last}; _netmite_{tool}; echo \" ${{COMPREPLY[*]}}\"\n",
                words.join(" ")
            );
        }
        let file = folder.join("test.bash");
        std::fs::write(&file, script).unwrap();
        let output = Command::new("bash").arg("--norc").arg(&file).output().unwrap();
        let _ = std::fs::remove_dir_all(&folder);
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn what_is_typed_is_completed() {
        let cases = [
            ("ip link add v0 type vx", "vxcan vxlan"),
            ("ip l", "link"),
            ("ip li", "link"),
            ("ip -j li", "link"),
            ("ip -n x link add v0 type vxl", "vxlan"),
            ("ip l a v0 type vxlan le", "learning"),
            ("ip link add v0 type vxlan id 5 df in", "inherit"),
            ("ip link set dev l", "lo"),
            ("ip link set l", "link link-netns link-netnsid lo"),
            ("ip link add v0 link l", "lo"),
            ("ip link add v0 type netkit peer sc", "scrub"),
            ("ip route add 10.0.0.0/8 encap se", "seg6 seg6local"),
            ("ip route add 10.0.0.0/8 encap seg6 mode in", "inline"),
            ("ip route add 10.0.0.0/8 encap mpls 16 via 10.0.0.1 metr", "metric"),
            ("ip -deta", "-details"),
            ("bridge vlan global set mcast_sn", "mcast_snooping"),
            ("bridge vl", "vlan"),
            ("brctl addi", "addif"),
            ("brctl stp lo on", "on"),
            ("nat add mas", "masquerade"),
            ("nat del", "delete"),
            ("netmite install --sy", "--symbolic"),
        ];
        let lines: Vec<String> = cases.iter().map(|(line, _)| (*line).to_owned()).collect();
        for ((line, wanted), mut got) in cases.iter().zip(offered(&lines)) {
            got.sort();
            got.dedup();
            assert_eq!(got.join(" "), *wanted, "{line}");
        }
    }

    /// The law: every keyword of every table is offered where it may stand.
    #[test]
    fn every_keyword_is_offered() {
        let (mut lines, mut wanted) = (Vec::new(), Vec::new());
        for tool in pages::tools() {
            for object in &tool.objects {
                for place in &object.places {
                    let verb = place.verbs.first().map_or("", String::as_str);
                    let parts = [tool.name, object.name, verb, &place.after, ""];
                    let mut line: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                    line.push("");
                    lines.push(line.join(" "));
                    wanted.push(place.options.iter().flat_map(|option| option.words.clone()).collect::<Vec<_>>());
                }
            }
        }
        let count: usize = wanted.iter().map(Vec::len).sum();
        assert!(count > 900, "{count} keywords");
        for ((line, wanted), got) in lines.iter().zip(wanted).zip(offered(&lines)) {
            let missing: Vec<&String> = wanted.iter().filter(|word| !got.contains(word)).collect();
            assert!(missing.is_empty(), "{line}: {missing:?} not among {got:?}");
        }
    }
}
