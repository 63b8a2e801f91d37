//! Command lines as getopt_long(3) reads them: clusters of short options, long ones by any prefix that is unique.
//!
//! The table of options may grow while the words are read, for `-m tcp` brings its own; so it is passed anew for each.

use crate::names;

/// Whether an option has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// It has none.
    No,
    /// It must have one.
    Yes,
    /// It may have one: attached, or the next word unless that looks like an option.
    Maybe,
}

/// A long option, and the letter or number it stands for.
#[derive(Clone, Copy, Debug)]
pub struct Long<'a> {
    /// What it is called, without dashes.
    pub word: &'a str,
    /// Whether it has a value.
    pub value: Value,
    /// What it stands for: a short option's letter, or a number above those.
    pub id: u32,
}

/// What the next words are.
#[derive(Debug, PartialEq, Eq)]
pub enum Item<'w> {
    /// An option.
    Option {
        /// What it stands for.
        id: u32,
        /// Its value.
        value: Option<&'w [u8]>,
    },
    /// A word that is no option.
    Word(&'w [u8]),
    /// An option that is in no table, or fits several.
    Unknown(Vec<u8>),
    /// An option that lacks its value.
    Incomplete(Vec<u8>),
}

/// A walk over the words.
#[derive(Clone, Copy, Debug)]
pub struct Getopt<'w> {
    words: &'w [&'w [u8]],
    at: usize,
    /// The rest of a cluster of short options.
    cluster: &'w [u8],
    /// Whether `--` was met.
    ended: bool,
    /// The short options: letters, each with `:` behind it if it has a value, `::` if it may have one attached.
    short: &'static [u8],
}

/// The short options of `iptables`.
pub const COMMANDS: &[u8] = b"A:D:R:I:L::S::M:F::Z::N:X::E:P:VC:h::o:p:s:d:j:i:fvw::W::nxt:m:c:g:46";

impl<'w> Getopt<'w> {
    /// A walk over `words`, without the program's name, whose short options are `short`.
    pub fn new(words: &'w [&'w [u8]], short: &'static [u8]) -> Self {
        Getopt { words, at: 0, cluster: &[], ended: false, short }
    }

    /// The next word, if it is no option: a value that stands apart.
    pub fn value_apart(&mut self) -> Option<&'w [u8]> {
        if !self.cluster.is_empty() {
            return None;
        }
        let next = self.words.get(self.at).copied()?;
        if matches!(next.first(), Some(b'-' | b'!')) {
            return None;
        }
        self.at += 1;
        Some(next)
    }

    /// The next word, whatever it is, when the value just read was a lone `!`.
    pub fn value_behind_bang(&mut self) -> Option<&'w [u8]> {
        let next = self.words.get(self.at).copied()?;
        self.at += 1;
        Some(next)
    }

    /// The next item, given the long options there are at this point.
    pub fn next(&mut self, long: &[Long]) -> Option<Item<'w>> {
        if let [letter, rest @ ..] = self.cluster {
            return Some(self.short(*letter, rest));
        }
        let word = self.words.get(self.at).copied()?;
        self.at += 1;
        match word {
            _ if self.ended => Some(Item::Word(word)),
            b"--" => {
                self.ended = true;
                self.next(long)
            }
            [b'-', b'-', name @ ..] => Some(self.long(name, long)),
            [b'-', letter, rest @ ..] => Some(self.short(*letter, rest)),
            _ => Some(Item::Word(word)),
        }
    }

    fn short(&mut self, letter: u8, rest: &'w [u8]) -> Item<'w> {
        self.cluster = &[];
        let at = self.short.iter().position(|known| *known == letter && letter != b':');
        let behind = at.and_then(|at| self.short.get(at + 1..)).unwrap_or(&[]);
        let id = u32::from(letter);
        match behind {
            _ if at.is_none() => {
                self.cluster = rest;
                Item::Unknown(vec![b'-', letter])
            }
            [b':', b':', ..] => Item::Option { id, value: Some(rest).filter(|rest| !rest.is_empty()) },
            [b':', ..] if !rest.is_empty() => Item::Option { id, value: Some(rest) },
            [b':', ..] => match self.words.get(self.at).copied() {
                Some(value) => {
                    self.at += 1;
                    Item::Option { id, value: Some(value) }
                }
                None => Item::Incomplete(vec![b'-', letter]),
            },
            _ => {
                self.cluster = rest;
                Item::Option { id, value: None }
            }
        }
    }

    fn long(&mut self, text: &'w [u8], long: &[Long]) -> Item<'w> {
        let (name, attached) = names::cut(text, b'=').map_or((text, None), |(name, value)| (name, Some(value)));
        let spelled = || [b"--", text].concat();
        let Some(found) = find(name, long) else { return Item::Unknown(spelled()) };
        let value = match (found.value, attached) {
            (Value::No, Some(_)) => return Item::Unknown(spelled()),
            (Value::No, None) => None,
            (_, Some(value)) => Some(value),
            (Value::Maybe, None) => None,
            (Value::Yes, None) => match self.words.get(self.at).copied() {
                Some(value) => {
                    self.at += 1;
                    Some(value)
                }
                None => return Item::Incomplete(spelled()),
            },
        };
        Item::Option { id: found.id, value }
    }
}

/// The option called `name`, or the only one that starts so.
fn find<'l, 'a>(name: &[u8], long: &'l [Long<'a>]) -> Option<&'l Long<'a>> {
    if let Some(exact) = long.iter().find(|option| option.word.as_bytes() == name) {
        return Some(exact);
    }
    let mut fitting = long.iter().filter(|option| option.word.as_bytes().starts_with(name));
    let first = fitting.next()?;
    fitting.all(|other| other.id == first.id).then_some(first)
}

/// What getopt_long(3) says of an item that is no option of `long`, or lacks its value; `None` of any other.
pub fn complaint(item: &Item, long: &[Long]) -> Option<Vec<u8>> {
    let (word, incomplete) = match item {
        Item::Unknown(word) => (word, false),
        Item::Incomplete(word) => (word, true),
        _ => return None,
    };
    let Some(name) = word.strip_prefix(b"--") else {
        let letter = word.get(1..).unwrap_or(b"");
        let what: &[u8] = if incomplete { b"option requires an argument -- '" } else { b"invalid option -- '" };
        return Some([what, letter, b"'"].concat());
    };
    let (name, has_value) = names::cut(name, b'=').map_or((name, false), |(name, _)| (name, true));
    let (mut count, mut only, mut names) = (0, "", Vec::new());
    for option in long.iter().filter(|option| option.word.as_bytes().starts_with(name)) {
        (count, only) = (count + 1, option.word);
        for part in [" '--", only, "'"] {
            names.extend_from_slice(part.as_bytes());
        }
    }
    Some(match count {
        0 => [b"unrecognized option '", &**word, b"'"].concat(),
        1 if incomplete => format!("option '--{only}' requires an argument").into_bytes(),
        1 if has_value => format!("option '--{only}' doesn't allow an argument").into_bytes(),
        _ => [b"option '", &**word, b"' is ambiguous; possibilities:", &*names].concat(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &[Long] = &[
        Long { word: "append", value: Value::Yes, id: b'A' as u32 },
        Long { word: "list", value: Value::Maybe, id: b'L' as u32 },
        Long { word: "list-rules", value: Value::Maybe, id: b'S' as u32 },
        Long { word: "src", value: Value::Yes, id: b's' as u32 },
        Long { word: "source", value: Value::Yes, id: b's' as u32 },
    ];

    fn items(words: &[&[u8]]) -> Vec<String> {
        let mut getopt = Getopt::new(words, COMMANDS);
        let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        std::iter::from_fn(|| {
            getopt.next(LONG).map(|item| match item {
                Item::Option { id, value } => {
                    format!("{}={}", char::from_u32(id).unwrap(), show(value.unwrap_or(b"")))
                }
                Item::Word(word) => show(word),
                Item::Unknown(word) => format!("?{}", show(&word)),
                Item::Incomplete(word) => format!("!{}", show(&word)),
            })
        })
        .collect()
    }

    #[test]
    fn as_getopt() {
        assert_eq!(items(&[b"-nvL", b"X"]), ["n=", "v=", "L=", "X"]);
        assert_eq!(items(&[b"-tnat", b"-t", b"-x"]), ["t=nat", "t=-x"]);
        assert_eq!(items(&[b"--app", b"X", b"--s=1", b"--lis", b"--list"]), ["A=X", "s=1", "?--lis", "L="]);
        assert_eq!(items(&[b"--list-", b"-q", b"-s"]), ["S=", "?-q", "!-s"]);
        assert_eq!(items(&[b"--", b"-n", b"!"]), ["-n", "!"]);
    }

    #[test]
    fn complaints() {
        let of = |words: &[&[u8]]| {
            let item = Getopt::new(words, COMMANDS).next(LONG).unwrap();
            complaint(&item, LONG).map(|text| String::from_utf8(text).unwrap())
        };
        assert_eq!(of(&[b"-q"]).unwrap(), "invalid option -- 'q'");
        assert_eq!(of(&[b"-t"]).unwrap(), "option requires an argument -- 't'");
        assert_eq!(of(&[b"--foo=1"]).unwrap(), "unrecognized option '--foo=1'");
        assert_eq!(of(&[b"--appen"]).unwrap(), "option '--append' requires an argument");
        assert_eq!(of(&[b"--lis"]).unwrap(), "option '--lis' is ambiguous; possibilities: '--list' '--list-rules'");
        assert_eq!(of(&[b"-n"]), None);
    }
}
