//! Case lists: command lines written short.
//!
//! One command a line; `#` starts a comment line. `{a|b c|}` stands for each of its alternatives in turn, `{word*}` for
//! every prefix of `word`; several braces in a line make every combination. Words are separated by blanks; one that
//! holds blanks or other bytes is written `"a b\xff"`.

use crate::text::{quoted, unquoted};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// A command line as words, the tool's name first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Command(pub Vec<OsString>);

impl Command {
    /// Reads a line of words.
    ///
    /// # Errors
    /// If a quote is not closed.
    pub fn parse(line: &str) -> Result<Self, String> {
        let (mut words, mut rest) = (Vec::new(), line.trim_start());
        while !rest.is_empty() {
            let end = if rest.starts_with('"') {
                let mut escaped = false;
                let close = rest.char_indices().skip(1).find(|(_, c)| {
                    let closes = *c == '"' && !escaped;
                    escaped = *c == '\\' && !escaped;
                    closes
                });
                close.ok_or_else(|| format!("{line}: a quote is not closed"))?.0 + 1
            } else {
                rest.find(char::is_whitespace).unwrap_or(rest.len())
            };
            let (word, after) = rest.split_at(end);
            let bytes = if word.starts_with('"') {
                unquoted(word).ok_or_else(|| format!("{line}: {word} is not understood"))?
            } else {
                word.as_bytes().to_vec()
            };
            words.push(OsString::from_vec(bytes));
            rest = after.trim_start();
        }
        Ok(Command(words))
    }

    /// The line that [`Command::parse`] reads.
    pub fn line(&self) -> String {
        let plain = |word: &OsString| {
            let bytes = word.as_bytes();
            !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
        };
        let words = self.0.iter().map(|word| match word.to_str() {
            Some(text) if plain(word) => text.to_owned(),
            _ => quoted(word.as_bytes()),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// The commands of a case list, each once, in their order.
///
/// # Errors
/// With the line that is not understood.
pub fn commands(list: &str) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        for expanded in expand(line)? {
            let command = Command::parse(&expanded)?;
            if seen.insert(command.clone()) {
                commands.push(command);
            }
        }
    }
    Ok(commands)
}

/// Every line that `line` stands for.
///
/// # Errors
/// If a brace is not closed.
pub fn expand(line: &str) -> Result<Vec<String>, String> {
    let Some(open) = line.find('{') else { return Ok(vec![line.to_owned()]) };
    let close = line[open..].find('}').ok_or_else(|| format!("{line}: a brace is not closed"))? + open;
    let (before, inside, after) = (&line[..open], &line[open + 1..close], &line[close + 1..]);
    let choices: Vec<String> = match inside.strip_suffix('*') {
        Some(word) => (1..=word.len()).map(|len| word[..len].to_owned()).collect(),
        None => inside.split('|').map(str::to_owned).collect(),
    };
    let mut lines = Vec::new();
    for rest in expand(after)? {
        lines.extend(choices.iter().map(|choice| format!("{before}{choice}{rest}")));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(list: &str) -> Vec<String> {
        commands(list).unwrap().iter().map(Command::line).collect()
    }

    #[test]
    fn braces_make_every_combination() {
        assert_eq!(lines("ip {a|b c|} {up*}\n# no\n"), ["ip a u", "ip b c u", "ip u", "ip a up", "ip b c up", "ip up"]);
    }

    #[test]
    fn words_may_hold_anything() {
        assert_eq!(lines(r#"ip "" "a b" "\xff\"""#), [r#"ip "" "a b" "\xff\"""#]);
        assert!(commands("ip \"a").is_err() && commands("ip {a").is_err());
    }
}
