//! Options as getopt_long(3) takes them, with its complaints.
//!
//! Short options in clusters, values attached or in the next word, long options by any prefix that is not ambiguous.
//! With `permute` options may follow operands; without, the first operand ends them, and so does `--`.

use crate::failure::{Failure, Result};
use netmite_output::{Brief, Names};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Whether an option has a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    Value,
    /// Only in the same word: `-nFILE`, `--net=FILE`.
    Maybe,
    /// Decimal digits, up to what 31 bits hold.
    Count,
    /// As [`Takes::Count`], up to what 16 bits hold.
    Size,
    /// As [`Takes::Count`], from 1 to what 8 bits hold.
    Hops,
}

impl Takes {
    /// The bounds of a number.
    fn bounds(self) -> Option<(u32, u32)> {
        match self {
            Takes::Count => Some((0, i32::MAX.unsigned_abs())),
            Takes::Size => Some((0, u16::MAX.into())),
            Takes::Hops => Some((1, u8::MAX.into())),
            _ => None,
        }
    }
}

/// Options: the long word of each, if it has one, and [`opt`].
pub(crate) type Table = Names;

/// An option's number in a table. Where it has no short form, `short` is a byte that stands for it nowhere else.
pub(crate) const fn opt(short: u8, takes: Takes) -> u32 {
    short as u32 | (takes as u32) << 8
}

/// A row of a table.
struct Opt {
    short: u8,
    long: &'static str,
    takes: Takes,
}

/// The rows of a table.
fn rows(table: Table) -> impl Iterator<Item = Opt> {
    const ALL: [Takes; 6] = [Takes::Nothing, Takes::Value, Takes::Maybe, Takes::Count, Takes::Size, Takes::Hops];
    table.iter().map(|(number, long)| {
        let [short, takes, ..] = number.to_le_bytes();
        Opt { short, long, takes: ALL.get(usize::from(takes)).copied().unwrap_or(Takes::Nothing) }
    })
}

/// What was found: options in their order, and the other words.
#[derive(Default)]
pub(crate) struct Parsed<'a> {
    pub(crate) options: Vec<(u8, Option<&'a [u8]>)>,
    pub(crate) operands: Vec<&'a [u8]>,
}

impl<'a> Parsed<'a> {
    /// The option that stands last of those wanted, and its value, if it has one.
    fn last_of(&self, wanted: &[u8]) -> Option<&(u8, Option<&'a [u8]>)> {
        self.options.iter().rev().find(|(option, _)| wanted.contains(option))
    }

    /// Which of these options stands last.
    pub(crate) fn which(&self, wanted: &[u8]) -> Option<u8> {
        self.last_of(wanted).map(|(option, _)| *option)
    }

    /// Whether an option is given.
    pub(crate) fn has(&self, wanted: u8) -> bool {
        self.last_of(&[wanted]).is_some()
    }

    /// The value of an option where it stands last.
    pub(crate) fn value(&self, wanted: u8) -> Option<&'a [u8]> {
        self.last_of(&[wanted])?.1
    }

    /// The number that an option has where it stands last.
    pub(crate) fn number(&self, wanted: u8) -> Option<u32> {
        digits(self.value(wanted)?, 10)
    }
}

/// As [`parse`], for busybox's tools: options may follow the operand, of which there is one, and numbers have bounds.
pub(crate) fn parse_around_operand<'a>(
    words: &[&'a OsStr],
    table: Table,
    usage: Brief,
) -> Result<(Parsed<'a>, &'a [u8])> {
    let parsed = parse(words, table, true, usage)?;
    let [operand] = parsed.operands[..] else { return Err(Failure::usage(usage)) };
    for (option, value) in &parsed.options {
        if let Some((low, high)) = find(table, *option).and_then(|option| option.takes.bounds()) {
            check(value.unwrap_or_default(), low, high)?;
        }
    }
    Ok((parsed, operand))
}

fn find(table: Table, short: u8) -> Option<Opt> {
    rows(table).find(|option| option.short == short)
}

/// The number that digits to `base` make; `None` of other words, and of one that does not fit.
pub(crate) fn digits(word: &[u8], base: u32) -> Option<u32> {
    let mut number = if word.is_empty() { None } else { Some(0u32) };
    for byte in word {
        let digit = char::from(*byte).to_digit(base)?;
        number = number.and_then(|number| number.checked_mul(base)?.checked_add(digit));
    }
    number
}

/// Whether a word is a number as busybox's tools take it: decimal digits, from `low` to `high`.
fn check(word: &[u8], low: u32, high: u32) -> Result<()> {
    match digits(word, 10) {
        None => Err(Failure::word(1, "invalid number", word)),
        Some(number) if low <= number && number <= high => Ok(()),
        Some(number) => Err(Failure::new(1, format_args!("number {number} is not in {low}..{high} range"))),
    }
}

/// Sorts `words` into options of `table` and operands. The error is getopt's sentence, with `more` behind it.
pub(crate) fn parse<'a>(words: &[&'a OsStr], table: Table, permute: bool, more: Brief) -> Result<Parsed<'a>> {
    let mut parsed = Parsed::default();
    let mut rest = words.iter().map(|word| word.as_bytes());
    while let Some(word) = rest.next() {
        let read = match word {
            b"--" => break,
            [b'-', b'-', long @ ..] => long_option(long, table, &mut rest, &mut parsed),
            [b'-', cluster @ ..] if !cluster.is_empty() => short_options(cluster, table, &mut rest, &mut parsed),
            _ => {
                parsed.operands.push(word);
                if !permute {
                    break;
                }
                continue;
            }
        };
        read.map_err(|failure| failure.with(more))?;
    }
    parsed.operands.extend(rest);
    Ok(parsed)
}

/// The words that are left.
type Rest<'r, 'a> = &'r mut dyn Iterator<Item = &'a [u8]>;

fn short_options<'a>(mut cluster: &'a [u8], table: Table, rest: Rest<'_, 'a>, parsed: &mut Parsed<'a>) -> Result<()> {
    while let [short, after @ ..] = cluster {
        let wrong = |what| Failure::word(1, what, &[*short]);
        let option = find(table, *short).filter(|_| !short.is_ascii_control());
        let option = option.ok_or_else(|| wrong("invalid option --"))?;
        cluster = after;
        let value = match option.takes {
            Takes::Nothing => None,
            Takes::Maybe if after.is_empty() => None,
            _ if after.is_empty() => Some(rest.next().ok_or_else(|| wrong("option requires an argument --"))?),
            _ => {
                cluster = &[];
                Some(after)
            }
        };
        parsed.options.push((*short, value));
    }
    Ok(())
}

fn long_option<'a>(word: &'a [u8], table: Table, rest: Rest<'_, 'a>, parsed: &mut Parsed<'a>) -> Result<()> {
    let (name, attached) = word.split_at(word.iter().position(|byte| *byte == b'=').unwrap_or(word.len()));
    // The first that begins so, or the one that has the whole word; and all that begin so.
    let (mut found, mut exact, mut count, mut names) = (None, false, 0, String::new());
    for option in rows(table).filter(|option| !option.long.is_empty() && option.long.as_bytes().starts_with(name)) {
        for part in [" '--", option.long, "'"] {
            names.push_str(part);
        }
        count += 1;
        if !exact && (found.is_none() || option.long.len() == name.len()) {
            exact = option.long.len() == name.len();
            found = Some(option);
        }
    }
    let Some(option) = found else {
        return Err(Failure::new(1, format_args!("unrecognized option '--{}'", word.escape_ascii())));
    };
    if !exact && count > 1 {
        let name = name.escape_ascii();
        return Err(Failure::new(1, format_args!("option '--{name}' is ambiguous; possibilities:{names}")));
    }
    let wrong = |what| Failure::new(1, format_args!("option '--{}' {what}", option.long));
    let value = match (option.takes, attached.get(1..)) {
        (Takes::Nothing, Some(_)) => return Err(wrong("doesn't allow an argument")),
        (Takes::Value, None) => Some(rest.next().ok_or_else(|| wrong("requires an argument"))?),
        (_, attached) => attached,
    };
    parsed.options.push((option.short, value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use netmite_output::{brief, names};

    const TABLE: Table = names![
        ("count", opt(b'c', Takes::Value)),
        ("quiet", opt(b'q', Takes::Nothing)),
        ("net", opt(b'n', Takes::Maybe)),
        ("pid", opt(b'p', Takes::Nothing)),
        ("preserve", opt(1, Takes::Nothing)),
    ];

    fn outcome(line: &str, permute: bool) -> String {
        let words: Vec<&OsStr> = line.split(' ').filter(|word| !word.is_empty()).map(OsStr::new).collect();
        match parse(&words, TABLE, permute, brief!("")) {
            Err(failure) => failure.text().to_owned(),
            Ok(parsed) => {
                let options = parsed.options.iter().map(|(short, value)| match value {
                    Some(value) => format!("{}={}", short.escape_ascii(), value.escape_ascii()),
                    None => short.escape_ascii().to_string(),
                });
                let operands = parsed.operands.iter().map(|word| String::from_utf8_lossy(word).into_owned());
                options.chain(["|".to_owned()]).chain(operands).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn words_are_sorted() {
        assert_eq!(outcome("-qc1 host -n", true), "q c=1 n | host");
        assert_eq!(outcome("-c 1 host -n", false), "c=1 | host -n");
        assert_eq!(outcome("-q -- -n", true), "q | -n");
        assert_eq!(outcome("--net=x --cou 3 - --pr", true), "n=x c=3 \\x01 | -");
        assert_eq!(outcome("-nqq", true), "n=qq |");
    }

    #[test]
    fn complaints_are_getopts() {
        assert_eq!(outcome("-Z", true), "invalid option -- 'Z'");
        assert_eq!(outcome("-c", true), "option requires an argument -- 'c'");
        assert_eq!(outcome("--p", true), "option '--p' is ambiguous; possibilities: '--pid' '--preserve'");
        assert_eq!(outcome("--foo=1", true), "unrecognized option '--foo=1'");
        assert_eq!(outcome("--pid=1", true), "option '--pid' doesn't allow an argument");
        assert_eq!(outcome("--count", true), "option '--count' requires an argument");
    }

    #[test]
    fn numbers_have_bounds() {
        assert!(check(b"7", 0, 9).is_ok());
        assert_eq!(check(b"70000", 0, 65535).unwrap_err().text(), "number 70000 is not in 0..65535 range");
        for wrong in [&b""[..], b"-1", b"+1", b"0x1", b"1 ", b"99999999999", b"\xff"] {
            assert!(check(wrong, 0, u32::MAX).unwrap_err().text().starts_with("invalid number '"));
        }
    }
}
