//! Help and complaints, by walks over the rows: clap's own texts would be a twentieth of the file.

use crate::rows::{Grammar, NEEDED, Row, Verb};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use netmite_grammar::nearest;
use netmite_output::Io;

/// Whether help is asked for.
pub fn wants_help(words: &[&[u8]]) -> bool {
    words.iter().any(|word| matches!(*word, b"--help" | b"-h"))
}

/// Writes the version if that is asked for; says whether it was.
pub fn version(grammar: &Grammar, words: &[&[u8]], io: &mut Io) -> bool {
    let wanted = matches!(words.first(), Some(&(b"--version" | b"-V")));
    if wanted {
        io.write([grammar.name, " ", env!("CARGO_PKG_VERSION"), "\n"].concat().as_bytes());
    }
    wanted
}

/// The help of `grammar`, or of one of its verbs: what it is, how it is called, a line for each verb and option.
/// `usage` stands in for the lines that would be made of the rows; `more` stands below.
pub fn help(grammar: &Grammar, verb: Option<&Verb>, usage: Option<&str>, more: &str) -> String {
    let mut text = String::from(verb.map_or(grammar.about, |verb| verb.about));
    text += "\n\nUsage: ";
    match (usage, verb) {
        (Some(usage), None) => text += usage,
        (None, None) => text.extend([grammar.name, " [OPTIONS] VERB"]),
        (_, Some(verb)) => {
            text.extend([grammar.name, " ", verb.name, " [OPTIONS]"]);
            for row in rows_of(grammar, Some(verb)) {
                if row.is_word() {
                    text.extend(if row.has(NEEDED) { [" ", row.value, ""] } else { [" [", row.value, "]"] });
                }
            }
        }
    }
    text.push('\n');
    if verb.is_none() {
        let verbs = grammar.verbs.iter().map(|verb| (verb.name.to_owned(), verb.about));
        section(&mut text, "Verbs", verbs.collect());
    }
    let (mut words, mut options) = (Vec::new(), Vec::new());
    for row in rows_of(grammar, verb) {
        match row.is_word() {
            true => words.push((row.value.to_owned(), row.help)),
            false => options.push((option(row), row.help)),
        }
    }
    section(&mut text, "Words", words);
    section(&mut text, "Options", options);
    if verb.is_none() {
        text.extend(["\n", more, "\n"]);
    }
    text
}

/// The rows of a verb, and those of all.
fn rows_of(grammar: &Grammar, verb: Option<&Verb>) -> Vec<&'static Row> {
    let mut all = Vec::new();
    for rows in verb.map_or(&[][..], |verb| verb.rows) {
        all.extend(*rows);
    }
    all.extend(grammar.rows);
    all
}

fn section(text: &mut String, title: &str, rows: Vec<(String, &str)>) {
    let width = rows.iter().map(|(left, _)| left.len()).max().unwrap_or(0);
    if !rows.is_empty() {
        text.extend(["\n", title, ":\n"]);
    }
    for (left, right) in rows {
        *text += format!("  {left:width$}  {right}").trim_end();
        text.push('\n');
    }
}

fn option(row: &Row) -> String {
    let mut text = String::from("    ");
    if let Some(short) = row.short {
        text = String::from_iter(['-', short, ',', ' ']);
    }
    text.extend(["--", row.name, if row.value.is_empty() { "" } else { " " }, row.value]);
    text
}

/// Says on standard error what was wrong with `words`; the result is the exit status.
pub fn complain(error: &clap::Error, grammar: &Grammar, words: &[&[u8]], io: &mut Io) -> u8 {
    let mut name = grammar.name.to_owned();
    io.error(format_args!("{name}: {}", complaint(error)));
    let verb = grammar.verb(words);
    let (dashes, wrong, mut known) = match error.kind() {
        ErrorKind::UnknownArgument => ("--", context(error, ContextKind::InvalidArg), Vec::new()),
        ErrorKind::InvalidSubcommand => {
            let verbs = grammar.verbs.iter().map(|verb| verb.name).collect();
            ("", context(error, ContextKind::InvalidSubcommand), verbs)
        }
        _ => ("", String::new(), Vec::new()),
    };
    if !dashes.is_empty() {
        known.extend(rows_of(grammar, verb).iter().filter(|row| !row.is_word()).map(|row| row.name));
    }
    let wrong = wrong.trim_start_matches('-');
    if let Some(near) = nearest(wrong.as_bytes(), known.iter().copied()) {
        io.error(format_args!("  did you mean \"{dashes}{near}\"?"));
    }
    if let Some(verb) = verb {
        name.extend([" ", verb.name]);
    }
    io.error(format_args!("  `{name} --help` shows what there is"));
    2
}

/// What was wrong, in one line.
pub fn complaint(error: &clap::Error) -> String {
    let (argument, value) = (context(error, ContextKind::InvalidArg), context(error, ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => format!("unexpected word \"{argument}\""),
        ErrorKind::InvalidSubcommand => {
            format!("unknown verb \"{}\"", context(error, ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => "a verb is needed".to_owned(),
        ErrorKind::InvalidValue if value.is_empty() => argument + " needs a value",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("\"{value}\" is no value of {argument}"),
        ErrorKind::MissingRequiredArgument => argument + " is needed",
        ErrorKind::ArgumentConflict => argument + " is given twice",
        ErrorKind::TooManyValues => format!("\"{value}\" is too many for {argument}"),
        kind => kind.as_str().unwrap_or("not understood").to_owned(),
    }
}

fn context(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    }
}
