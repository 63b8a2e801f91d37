//! Rules on the whole tree: words that no file may hold, links of documents, licences of packages.

/// What no file says: hosts of packages and paths of one machine.
const FORBIDDEN: &[&str] = &[concat!("deb.", "debian.org"), concat!("static.", "crates.io"), concat!("/wo", "rk/")];

/// The forbidden words of a file.
pub fn words(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for word in FORBIDDEN {
            if line.contains(word) {
                found.push(format!("{path}:{number}: {word} is no business of this project"));
            }
        }
    }
    found
}

/// The links of a document to files that are not there.
pub fn links(path: &str, text: &str, there: impl Fn(&str) -> bool) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for target in targets.filter(|target| !target.is_empty() && !target.contains("://")) {
            if !there(&joined(folder, target)) {
                found.push(format!("{path}:{number}: there is no {target}"));
            }
        }
    }
    found
}

/// `target` as seen from `folder`, without `..`.
fn joined(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => (),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The packages whose licence can't be had without the GPL; each line is a package and its licence, as `cargo tree
/// --format '{p}: {l}'` prints it.
pub fn licences(list: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in list.lines().filter(|line| !line.trim().is_empty()) {
        let licence = line.rsplit_once(": ").map_or("", |(_, licence)| licence).trim_end_matches(" (*)");
        let free = licence.split(" OR ").flat_map(|part| part.split('/')).any(|way| {
            let way = way.trim_matches(['(', ')', ' ']);
            !way.is_empty() && !way.contains("GPL")
        });
        if !free {
            found.push(format!("{line}: not to be linked into netmite"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_words_are_found() {
        assert_eq!(words("x", &format!("a\nsee {}\n", FORBIDDEN[0])).len(), 1);
        assert_eq!(words("x", "nothing\n").len(), 0);
    }

    #[test]
    fn dead_links_are_found() {
        let text = "see [a](../README.md), [b](gone.md#part), [c](https://example.org/x) and [d](#here)";
        let found = links("docs/x.md", text, |path| path == "README.md");
        assert!(found.len() == 1 && found[0].contains("gone.md"), "{found:?}");
    }

    #[test]
    fn licences_are_judged() {
        assert_eq!(
            licences("a v1: MIT OR Apache-2.0\nb v2: MIT OR LGPL-2.1-or-later (*)\nc v3: MIT/Apache-2.0\n"),
            [""; 0]
        );
        assert_eq!(licences("a v1: GPL-2.0-only\nb v1: \n").len(), 2);
    }
}
