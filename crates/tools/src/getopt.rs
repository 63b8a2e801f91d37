//! Options as getopt_long(3) takes them, with its complaints.
//!
//! Short options in clusters, values attached or in the next word, long options by any prefix that is not ambiguous.
//! With `permute` options may follow operands; without, the first operand ends them, and so does `--`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Whether an option has a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    Value,
    /// Only in the same word: `-nFILE`, `--net=FILE`.
    Maybe,
}

/// An option. Where it has no short form, `short` is a capital or digit that stands for it nowhere else.
pub(crate) struct Opt {
    pub(crate) short: u8,
    pub(crate) long: &'static str,
    pub(crate) takes: Takes,
}

pub(crate) const fn opt(short: u8, long: &'static str, takes: Takes) -> Opt {
    Opt { short, long, takes }
}

/// What was found: options in their order, and the other words.
#[derive(Default)]
pub(crate) struct Parsed<'a> {
    pub(crate) options: Vec<(u8, Option<&'a [u8]>)>,
    pub(crate) operands: Vec<&'a OsStr>,
}

/// A number as busybox's tools take it: decimal digits, from `low` to `high`.
pub(crate) fn number(word: &[u8], low: u32, high: u32) -> Result<u32, String> {
    let invalid = || format!("invalid number '{}'", word.escape_ascii());
    if word.is_empty() || !word.iter().all(u8::is_ascii_digit) {
        return Err(invalid());
    }
    let number: u32 = std::str::from_utf8(word).ok().and_then(|digits| digits.parse().ok()).ok_or_else(invalid)?;
    match (low..=high).contains(&number) {
        true => Ok(number),
        false => Err(format!("number {number} is not in {low}..{high} range")),
    }
}

/// Sorts `words` into options of `table` and operands. The error is getopt's sentence.
pub(crate) fn parse<'a>(words: &[&'a OsStr], table: &[Opt], permute: bool) -> Result<Parsed<'a>, String> {
    let mut parsed = Parsed::default();
    let mut rest = words.iter().copied();
    while let Some(word) = rest.next() {
        let bytes = word.as_bytes();
        match bytes {
            b"--" => break,
            [b'-', b'-', long @ ..] => parsed.options.push(long_option(long, table, &mut rest)?),
            [b'-', cluster @ ..] if !cluster.is_empty() => short_options(cluster, table, &mut rest, &mut parsed)?,
            _ => {
                parsed.operands.push(word);
                if !permute {
                    break;
                }
            }
        }
    }
    parsed.operands.extend(rest);
    Ok(parsed)
}

fn short_options<'a>(
    mut cluster: &'a [u8],
    table: &[Opt],
    rest: &mut impl Iterator<Item = &'a OsStr>,
    parsed: &mut Parsed<'a>,
) -> Result<(), String> {
    while let [short, after @ ..] = cluster {
        let shown = [*short].escape_ascii().to_string();
        let option = table.iter().find(|option| option.short == *short && !option.short.is_ascii_control());
        let option = option.ok_or_else(|| format!("invalid option -- '{shown}'"))?;
        cluster = after;
        let value = match option.takes {
            Takes::Nothing => None,
            Takes::Maybe if after.is_empty() => None,
            Takes::Value if after.is_empty() => {
                let next = rest.next().ok_or_else(|| format!("option requires an argument -- '{shown}'"))?;
                Some(next.as_bytes())
            }
            _ => {
                cluster = &[];
                Some(after)
            }
        };
        parsed.options.push((*short, value));
    }
    Ok(())
}

fn long_option<'a>(
    word: &'a [u8],
    table: &[Opt],
    rest: &mut impl Iterator<Item = &'a OsStr>,
) -> Result<(u8, Option<&'a [u8]>), String> {
    let mut parts = word.splitn(2, |byte| *byte == b'=');
    let (name, attached) = (parts.next().unwrap_or_default(), parts.next());
    let fits = |option: &&Opt| !option.long.is_empty() && option.long.as_bytes().starts_with(name);
    let exact = table.iter().find(|option| !name.is_empty() && option.long.as_bytes() == name);
    let candidates: Vec<&Opt> = table.iter().filter(fits).collect();
    let option = match (exact, candidates.as_slice()) {
        (Some(option), _) => option,
        (None, [option]) => *option,
        (None, []) => return Err(format!("unrecognized option '--{}'", word.escape_ascii())),
        (None, several) => {
            let names: Vec<_> = several.iter().map(|option| format!("'--{}'", option.long)).collect();
            let name = name.escape_ascii();
            return Err(format!("option '--{name}' is ambiguous; possibilities: {}", names.join(" ")));
        }
    };
    match (option.takes, attached) {
        (Takes::Nothing, Some(_)) => Err(format!("option '--{}' doesn't allow an argument", option.long)),
        (Takes::Value, None) => match rest.next() {
            Some(next) => Ok((option.short, Some(next.as_bytes()))),
            None => Err(format!("option '--{}' requires an argument", option.long)),
        },
        (_, attached) => Ok((option.short, attached)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Opt] = &[
        opt(b'c', "count", Takes::Value),
        opt(b'q', "quiet", Takes::Nothing),
        opt(b'n', "net", Takes::Maybe),
        opt(b'p', "pid", Takes::Nothing),
        opt(1, "preserve", Takes::Nothing),
    ];

    fn outcome(line: &str, permute: bool) -> String {
        let words: Vec<&OsStr> = line.split(' ').filter(|word| !word.is_empty()).map(OsStr::new).collect();
        match parse(&words, TABLE, permute) {
            Err(error) => error,
            Ok(parsed) => {
                let options = parsed.options.iter().map(|(short, value)| match value {
                    Some(value) => format!("{}={}", short.escape_ascii(), value.escape_ascii()),
                    None => short.escape_ascii().to_string(),
                });
                let operands = parsed.operands.iter().map(|word| word.to_string_lossy().into_owned());
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
        assert_eq!(number(b"7", 0, 9), Ok(7));
        assert_eq!(number(b"70000", 0, 65535).unwrap_err(), "number 70000 is not in 0..65535 range");
        for wrong in [&b""[..], b"-1", b"+1", b"0x1", b"1 ", b"99999999999", b"\xff"] {
            assert!(number(wrong, 0, u32::MAX).unwrap_err().starts_with("invalid number '"));
        }
    }
}
