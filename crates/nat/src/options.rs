//! The options of an entry, a row each, and the reader of plain words: what `save` writes and most people type. Anything
//! else is left to clap, which knows every spelling and says what is wrong; it costs a process as much as all the rest.

use crate::arguments::{FLAGS, KINDS};
use clap::ArgMatches;
use netmite_netlink::nat::Kind;
use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// An option that has a value.
pub struct EntryOption {
    /// Its long word, without dashes.
    pub name: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// Another long word.
    pub alias: Option<&'static str>,
    /// What its value is called.
    pub value: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// Whether `!` may stand before it or its value.
    pub inverts: bool,
}

const fn option(name: &'static str, value: &'static str, help: &'static str) -> EntryOption {
    EntryOption { name, short: None, alias: None, value, help, inverts: false }
}

impl EntryOption {
    const fn short(self, letter: char) -> Self {
        EntryOption { short: Some(letter), ..self }
    }

    const fn alias(self, word: &'static str) -> Self {
        EntryOption { alias: Some(word), ..self }
    }

    const fn inverts(self) -> Self {
        EntryOption { inverts: true, ..self }
    }

    /// Whether a word is one of its spellings.
    pub fn is(&self, word: &[u8]) -> bool {
        match word {
            [b'-', b'-', long @ ..] => {
                self.name.as_bytes() == long || self.alias.is_some_and(|alias| alias.as_bytes() == long)
            }
            [b'-', letter] => self.short == Some(char::from(*letter)),
            _ => false,
        }
    }
}

/// All of them.
#[rustfmt::skip]
pub const OPTIONS: [EntryOption; 12] = [
    option("source", "[!]ADDRESS", "From this address, prefix or range").short('s').alias("src").inverts(),
    option("destination", "[!]ADDRESS", "To this address, prefix or range").short('d').alias("dst").inverts(),
    option("in-interface", "[!]NAME", "Came in by this interface; NAME+ any that starts so").short('i').inverts(),
    option("out-interface", "[!]NAME", "Leaves by this interface; NAME+ any that starts so").short('o').inverts(),
    option("protocol", "[!]PROTOCOL", "tcp, udp, sctp, icmp … or a number").short('p').inverts(),
    option("sport", "[!]PORT[:PORT]", "From this port").alias("source-port").inverts(),
    option("dport", "[!]PORT[:PORT]", "To this port").alias("destination-port").inverts(),
    option("to-source", "ADDRESS[-ADDRESS][:PORT[-PORT]]", "snat: the new source"),
    option("to-destination", "ADDRESS[-ADDRESS][:PORT[-PORT]]", "dnat: the new destination"),
    option("to-ports", "PORT[-PORT]", "masquerade, redirect: the new port"),
    option("to", "PREFIX", "netmap: the new prefix; snat, dnat: the new address"),
    option("comment", "TEXT", "A note that is kept with the entry"),
];

/// The switches that a plain line may have.
const SWITCHES: [(&str, &str); 6] = [
    ("-4", "ipv4"),
    ("-6", "ipv6"),
    ("--ipv4", "ipv4"),
    ("--ipv6", "ipv6"),
    ("--quiet", "quiet"),
    ("--local", "local"),
];

/// What was given on a line, whoever read it.
pub trait Given {
    /// The kind, if one is named.
    fn kind(&self) -> Option<Kind>;
    /// The value of an option, `!` before it where it is inverted.
    fn value(&self, name: &str) -> Option<&[u8]>;
    /// Whether a switch was given.
    fn flag(&self, name: &str) -> bool;
}

impl Given for ArgMatches {
    fn kind(&self) -> Option<Kind> {
        let word = self.get_one::<String>("kind")?;
        KINDS.iter().find(|(known, _)| known == word).map(|(_, kind)| *kind)
    }

    fn value(&self, name: &str) -> Option<&[u8]> {
        self.try_get_one::<OsString>(name).ok().flatten().map(|value| value.as_bytes())
    }

    fn flag(&self, name: &str) -> bool {
        self.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false)
    }
}

/// A line of plain words.
pub struct Plain<'w> {
    /// The verb.
    pub verb: &'static str,
    kind: Kind,
    values: [Option<Cow<'w, [u8]>>; OPTIONS.len()],
    flags: Vec<&'static str>,
}

impl Given for Plain<'_> {
    fn kind(&self) -> Option<Kind> {
        Some(self.kind)
    }

    fn value(&self, name: &str) -> Option<&[u8]> {
        let at = OPTIONS.iter().position(|option| option.name == name)?;
        self.values.get(at)?.as_deref()
    }

    fn flag(&self, name: &str) -> bool {
        self.flags.contains(&name)
    }
}

/// Reads `VERB KIND OPTIONS`; `None` where a word is not plain, or is wrong.
pub fn read<'w>(words: &[&'w [u8]]) -> Option<Plain<'w>> {
    let verbs = ["add", "create", "check", "delete", "destroy"];
    let (verb, words) = words.split_first()?;
    let verb = *verbs.iter().find(|known| known.as_bytes() == *verb)?;
    let (kind, words) = words.split_first()?;
    let kind = KINDS.iter().find(|(known, _)| known.as_bytes() == *kind)?.1;
    let mut plain = Plain { verb, kind, values: [const { None }; OPTIONS.len()], flags: Vec::new() };
    let mut rest = words.iter().copied();
    while let Some(word) = rest.next() {
        let (word, before) = if word == b"!" { (rest.next()?, true) } else { (word, false) };
        if let Some(at) = OPTIONS.iter().position(|option| option.is(word)) {
            let value = rest.next()?;
            let (value, behind) = if value == b"!" { (rest.next()?, true) } else { (value, false) };
            let inverts = OPTIONS.get(at)?.inverts;
            let place = plain.values.get_mut(at)?;
            if place.is_some() || value.starts_with(b"-") || value.is_empty() || (before || behind) && !inverts {
                return None;
            }
            *place = Some(if before || behind { [b"!", value].concat().into() } else { value.into() });
            continue;
        }
        let switch = SWITCHES.iter().find(|(known, _)| known.as_bytes() == word).map(|(_, name)| *name);
        let flag =
            || FLAGS.iter().map(|(name, _)| *name).find(|name| word.strip_prefix(b"--") == Some(name.as_bytes()));
        let name = switch.or_else(flag).filter(|name| !before && !plain.flags.contains(name))?;
        plain.flags.push(name);
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments;

    /// Each line is read as clap reads it; what is not plain is left to clap.
    #[test]
    fn plain_words_are_what_clap_reads() {
        let lines = [
            "add masquerade -o eth0",
            "add masquerade -6 -s fd00::/8 ! -o br0 --random --comment x --quiet",
            "create masquerade -4 -6 -o ! eth+ --persistent",
            "check dnat -d 203.0.113.5 -p tcp --dport 80 --to-destination 10.0.0.2:8080 --local",
            "delete snat --src 10.0.0.0/8 --protocol udp --source-port 5:6 --to-source 1.1.1.1",
            "check masquerade ! -p udp",
            "destroy netmap --destination 10.0.0.0/8 --to 11.0.0.0/8",
            "add redirect -i br0 -p tcp --dport 80 --to-ports 3128",
        ];
        for line in lines {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            let plain = read(&words).unwrap_or_else(|| panic!("not plain: {line}"));
            let matches = crate::parse(&mut arguments::command(), &words).unwrap().unwrap();
            let (verb, matches) = matches.subcommand().unwrap();
            assert_eq!(plain.verb, verb);
            assert_eq!(arguments::entries(&plain).unwrap(), arguments::entries(matches).unwrap(), "{line}");
            assert_eq!(plain.flag("quiet"), Given::flag(matches, "quiet"), "{line}");
        }
        for line in [
            "add",
            "add frob",
            "list",
            "add masquerade -o",
            "add masquerade -oeth0",
            "add masquerade --out-interface=eth0",
            "add masquerade -o a -o b",
            "add masquerade ! --comment x",
            "add masquerade -o -s",
            "add masquerade --frob",
            "add masquerade x",
            "-4 add masquerade",
            "add -4 masquerade",
            "add masquerade ! -4",
            "add masquerade -4 -4",
        ] {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            assert!(read(&words).is_none(), "{line}");
        }
    }
}
