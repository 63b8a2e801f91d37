//! Rules on Rust sources: what no product may say, where `unsafe` lives, how long a file is, what it begins with.

use super::source::{Source, holds};

/// The module that may say `unsafe`, and that ends the process: this file, and those in the folder of its name.
const SYSTEM: &str = "crates/netlink/src/sys.rs";

fn is_system(path: &str) -> bool {
    path == SYSTEM || path.starts_with("crates/netlink/src/sys/")
}

/// The file that may compare names of kinds.
const REGISTER: &str = "crates/links/src/register.rs";

/// Kinds that are words of `ip link` too: `vrf NAME`.
const KEYWORDS: &[&str] = &["vrf"];

/// Lines of a file, and of a kind of link, without its tests.
const LENGTH: usize = 400;
const KIND_LENGTH: usize = 250;

/// Words that no product says: a word, and why not.
const REFUSED: &[(&str, &str)] = &[
    ("process::exit", "only the entry macro ends the process"),
    ("process::abort", "only the entry macro ends the process"),
    ("println!", "output goes through Io"),
    ("print!", "output goes through Io"),
    ("eprintln!", "output goes through Io"),
    ("eprint!", "output goes through Io"),
    ("env::args", "arguments are passed by the entry macro"),
    ("env::args_os", "arguments are passed by the entry macro"),
];

/// Words that say a thing is not done.
const UNDONE: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];

/// What is wrong with a file.
pub fn check(source: &Source, register: &Register) -> Vec<String> {
    let kinds = &*register.files;
    let mut found = Vec::new();
    let mut say = |line: usize, what: String| found.push(format!("{}:{line}: {what}", source.path));
    if !source.text.starts_with("//!") && !source.text.starts_with("#![doc") {
        say(1, "a module begins with `//!` lines that say what it is for and what it refuses".to_owned());
    }
    let limit = if is_kind(source, kinds) { KIND_LENGTH } else { LENGTH };
    if source.length() > limit {
        say(source.length(), format!("longer than {limit} lines"));
    }
    for (line, code) in (1..).zip(source.code.lines()) {
        if holds(code, concat!("to", "do!")) || holds(code, concat!("unimple", "mented!")) {
            say(line, "something is not done".to_owned());
        }
    }
    for (line, text) in (1..).zip(source.text.lines()) {
        if UNDONE.iter().any(|word| holds(text, word)) {
            say(line, "a note that something is not done".to_owned());
        }
    }
    if source.within("crates") && !source.path.contains("/tests/") && !is_system(&source.path) {
        for (line, code) in source.lines() {
            if holds(code, "unsafe") || code.contains("allow(unsafe_code)") {
                say(line, format!("`unsafe` outside {SYSTEM}"));
            }
            for (word, why) in REFUSED {
                if holds(code, word) {
                    say(line, format!("{word}: {why}"));
                }
            }
        }
    }
    for line in compared_kinds(source, &register.kinds) {
        say(line, format!("the name of a kind is compared outside {REGISTER}"));
    }
    found
}

/// Whether the file is that of a kind.
fn is_kind(source: &Source, kinds: &[String]) -> bool {
    kinds.iter().any(|kind| source.path == format!("crates/links/src/{kind}.rs"))
}

/// What the register of kinds names.
pub struct Register {
    /// The files of kinds.
    files: Vec<String>,
    /// The kinds.
    kinds: Vec<String>,
}

impl Register {
    /// Reads `crate::FILE::KIND`.
    pub fn new(text: &str) -> Self {
        let tables = text.split("crate::").skip(1).filter_map(|table| table.split_once("::"));
        let (mut files, mut kinds) = (Vec::new(), Vec::new());
        for (file, rest) in tables {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            files.push(file.to_owned());
            kinds.push(rest[..end].to_lowercase());
        }
        files.dedup();
        kinds.retain(|kind| !KEYWORDS.contains(&kind.as_str()));
        Register { files, kinds }
    }
}

/// The lines that match or compare the name of a kind, where links are handled.
fn compared_kinds(source: &Source, kinds: &[String]) -> Vec<usize> {
    let handles_links = source.within("crates/links/src") || source.within("crates/ip/src/link");
    if !handles_links || source.path == REGISTER {
        return Vec::new();
    }
    let compares = |line: &str, kind: &String| {
        let name = format!("\"{kind}\"");
        line.match_indices(&name).any(|(at, _)| {
            let before = line[..at].trim_end_matches('b').trim_end();
            let after = line[at + name.len()..].trim_start();
            after.starts_with("=>") || after.starts_with("==") || before.ends_with("==") || before.ends_with("!=")
        })
    };
    let lines = (1..).zip(source.literal.lines()).take(source.length());
    lines.filter(|(_, line)| kinds.iter().any(|kind| compares(line, kind))).map(|(number, _)| number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        check(
            &Source::new(path, &format!("//! Doc.\n{text}\n")),
            &Register::new("&crate::vxlan::VXLAN, &crate::gre6::IP6GRE,"),
        )
    }

    fn one(path: &str, text: &str, what: &str) {
        let found = complaints(path, text);
        assert!(found.len() == 1 && found[0].contains(what), "{text:?}: {found:?}");
    }

    #[test]
    fn good_files_pass() {
        assert_eq!(
            complaints("crates/ip/src/x.rs", "fn f() -> &'static str { \"unsafe println!\" } // unsafe"),
            [""; 0]
        );
        assert_eq!(complaints(SYSTEM, "unsafe { exit() }"), [""; 0]);
        assert_eq!(complaints("tests/src/x.rs", "fn f() { println!() }"), [""; 0]);
        assert_eq!(complaints("crates/ip/src/x.rs", "#[cfg(test)]\nmod tests {\n    println!();\n}"), [""; 0]);
    }

    #[test]
    fn unsafe_code_is_found() {
        one("crates/ip/src/x.rs", "fn f() { unsafe { g() } }", "`unsafe` outside");
        one("crates/ip/src/x.rs", "#[allow(unsafe_code)]", "`unsafe` outside");
    }

    #[test]
    fn refused_words_are_found() {
        for (word, why) in REFUSED {
            let word = if *word == "env::args_os" { "env::args_os" } else { word };
            one("crates/ip/src/x.rs", &format!("fn f() {{ {word}(0) }}"), why);
        }
    }

    #[test]
    fn undone_things_are_found() {
        one("tests/src/x.rs", concat!("fn f() { to", "do!() }"), "not done");
        one("xtask/src/x.rs", concat!("fn f() { unimple", "mented!() }"), "not done");
        one("crates/ip/src/x.rs", concat!("// FIX", "ME later"), "not done");
    }

    #[test]
    fn a_module_without_a_word_is_found() {
        let found = check(&Source::new("crates/ip/src/x.rs", "fn f() {}\n"), &Register::new(""));
        assert!(found.len() == 1 && found[0].contains("//!"), "{found:?}");
    }

    #[test]
    fn long_files_are_found() {
        one("crates/ip/src/x.rs", &"fn f() {}\n".repeat(LENGTH), "longer than 400");
        one("crates/links/src/vxlan.rs", &"fn f() {}\n".repeat(KIND_LENGTH), "longer than 250");
    }

    #[test]
    fn compared_kinds_are_found() {
        one("crates/links/src/select.rs", "match kind { b\"vxlan\" => 1, _ => 2 }", "name of a kind");
        one("crates/ip/src/link/show.rs", "if kind == b\"vxlan\" {}", "name of a kind");
        assert_eq!(complaints(REGISTER, "match kind { b\"vxlan\" => 1, _ => 2 }"), [""; 0]);
        one("crates/ip/src/link/show.rs", "if kind == b\"ip6gre\" {}", "name of a kind");
        let register = Register::new("&[&crate::vxlan::VXLAN, &crate::gre6::IP6GRE]");
        assert_eq!(
            (register.files, register.kinds),
            (["vxlan", "gre6"].map(str::to_owned).to_vec(), ["vxlan", "ip6gre"].map(str::to_owned).to_vec())
        );
    }
}
