//! Command lines with words changed by chance.

use crate::cases::Command;
use crate::fuzz::Chance;
use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Values that are none, too great, or of another kind.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "", "0", "1", "-1", "7", "255", "256", "65535", "65536", "4294967295", "4294967296", "18446744073709551615",
    "18446744073709551616", "99999999999999999999", "0x10", "0x", "010", "08", "1x", " 1", "1 ", "+1", "1.5", "1e3",
    "x", "on", "off", "yes", "any", "all", "default", "inherit", "none", "help", "dev", "eth0", "eth1", "br0",
    "nosuch", "if3", "lo", "10.0.0.1", "10.0.0.1/24", "10.0.0.1/33", "10.0.0", "10", "1.2.3.4.5", "fd00::1",
    "fd00::1/64", "fd00::1/129", "::", "::ffff:10.0.0.1", "0/0", "10.0.0.0/255.255.255.0", "02:00:00:00:00:01",
    "2:0:0:0:0:1", "02:00:00:00:00", "inet", "inet6", "link", "100", "red", "main", "local", "aaaaaaaaaaaaaaaa", "a/b",
    ".", "%d", "\u{e9}", "-", "--", "/", ",", "1,2", "1-2", "2-1", "1:2", "10s", "10ms", "1k", "1kbit", "0x10/0xff",
    "1/2", "/1", "1/", "unix", "up", "lock",
];

/// Options in front of the object.
#[rustfmt::skip]
const OPTIONS: &[&str] = &[
    "-4", "-6", "-0", "-M", "-d", "-s", "-j", "-p", "-o", "-br", "-N", "-h", "-iec", "-a", "-c", "-echo", "-force",
    "-family inet", "-family mpls", "-f link", "-l 3", "-rc 4096", "-n red", "-n nosuch", "-iec",
];

/// Lines to change and the words that follow each word in them.
pub struct Corpus {
    lines: Vec<Vec<OsString>>,
    followers: HashMap<OsString, Vec<OsString>>,
    words: Vec<OsString>,
}

impl Corpus {
    /// From command lines of one case list.
    pub fn new(commands: &[Command]) -> Self {
        let lines: Vec<Vec<OsString>> = commands.iter().map(|command| command.0.clone()).collect();
        let mut followers: HashMap<OsString, Vec<OsString>> = HashMap::new();
        for pair in lines.iter().flat_map(|line| line.windows(2)) {
            let known = followers.entry(pair[0].clone()).or_default();
            if !known.contains(&pair[1]) {
                known.push(pair[1].clone());
            }
        }
        let mut words: Vec<OsString> = lines.iter().flatten().cloned().collect();
        words.sort();
        words.dedup();
        Corpus { lines, followers, words }
    }

    fn word(&self, chance: &mut Chance) -> OsString {
        self.words.get(chance.below(self.words.len())).cloned().unwrap_or_default()
    }

    fn after(&self, word: &OsString, chance: &mut Chance) -> OsString {
        match self.followers.get(word) {
            Some(known) if chance.below(4) != 0 => known[chance.below(known.len())].clone(),
            _ => value(chance),
        }
    }

    /// A line of the list with one to three changes.
    pub fn line(&self, chance: &mut Chance) -> Command {
        let mut line = self.lines.get(chance.below(self.lines.len())).cloned().unwrap_or_default();
        for _ in 0..=chance.below(3) {
            self.change(&mut line, chance);
        }
        Command(line)
    }

    fn change(&self, line: &mut Vec<OsString>, chance: &mut Chance) {
        if line.len() < 3 {
            return line.push(self.word(chance));
        }
        let at = 2 + chance.below(line.len() - 2);
        match chance.below(14) {
            0 | 1 => line[at] = self.after(&line[at - 1].clone(), chance),
            2 => line[at] = value(chance),
            3 => drop(line.remove(at)),
            4 => line.insert(at, line[at].clone()),
            5 => {
                let pair: Vec<OsString> = line[at..line.len().min(at + 2)].to_vec();
                line.extend(pair);
            }
            6 | 7 => {
                let word = self.word(chance);
                let next = self.after(&word, chance);
                line.splice(at..at, [word, next]);
            }
            8 => line.truncate(at + 1),
            9 => {
                let next = (at + 1).min(line.len() - 1);
                line.swap(at, next);
            }
            10 => {
                let bytes = line[at].as_bytes();
                line[at] = OsString::from_vec(bytes[..chance.below(bytes.len() + 1)].to_vec());
            }
            11 => {
                let other = &self.lines[chance.below(self.lines.len())];
                line.extend(other.get(3..).unwrap_or(&[]).iter().cloned());
            }
            12 => {
                let option = OPTIONS[chance.below(OPTIONS.len())].split(' ').map(OsString::from);
                line.splice(1..1, option);
            }
            _ => line[at] = mangled(&line[at], chance),
        }
    }
}

fn value(chance: &mut Chance) -> OsString {
    VALUES[chance.below(VALUES.len())].into()
}

/// A word that is nearly the same.
fn mangled(word: &OsString, chance: &mut Chance) -> OsString {
    let text = word.to_string_lossy();
    let changed = match chance.below(10) {
        0 => format!("{text}x"),
        1 => format!("-{text}"),
        2 => format!("0{text}"),
        3 => format!("0x{text}"),
        4 => format!("{text}/24"),
        5 => format!("{text}."),
        6 => text.to_uppercase(),
        7 => format!(" {text}"),
        8 => format!("{text}{text}"),
        _ => format!("{text}0"),
    };
    changed.into()
}
