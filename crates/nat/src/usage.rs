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
    let (mut verbs, mut words, mut options) = (Vec::new(), Vec::new(), Vec::new());
    let mut called = match (usage, verb) {
        (Some(usage), None) => usage.to_owned(),
        (None, None) => [grammar.name, " [OPTIONS] VERB"].concat(),
        (_, Some(verb)) => [grammar.name, " ", verb.name, " [OPTIONS]"].concat(),
    };
    for row in rows_of(grammar, verb) {
        if !row.is_word() {
            options.push((option(row), row.help));
            continue;
        }
        if verb.is_some() {
            let (open, close) = if row.has(NEEDED) { (" ", "") } else { (" [", "]") };
            put(&mut called, &[open, row.value, close]);
        }
        words.push((row.value.to_owned(), row.help));
    }
    if verb.is_none() {
        for verb in grammar.verbs {
            verbs.push((verb.name.to_owned(), verb.about));
        }
    }
    let mut text = String::new();
    put(&mut text, &[verb.map_or(grammar.about, |verb| verb.about), "\n\nUsage: ", &called, "\n"]);
    section(&mut text, "Verbs", &verbs);
    section(&mut text, "Words", &words);
    section(&mut text, "Options", &options);
    if verb.is_none() {
        put(&mut text, &["\n", more, "\n"]);
    }
    text
}

#[inline(never)]
fn put(text: &mut String, parts: &[&str]) {
    for part in parts {
        text.push_str(part);
    }
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

#[inline(never)]
fn section(text: &mut String, title: &str, rows: &[(String, &str)]) {
    let mut width = 0;
    for (left, _) in rows {
        width = width.max(left.len());
    }
    if !rows.is_empty() {
        put(text, &["\n", title, ":\n"]);
    }
    for (left, right) in rows {
        *text += format!("  {left:width$}  {right}").trim_end();
        text.push('\n');
    }
}

fn option(row: &Row) -> String {
    let mut text = String::new();
    match row.short {
        Some(short) => {
            text.push('-');
            text.push(short);
            text.push_str(", ");
        }
        None => text.push_str("    "),
    }
    put(&mut text, &["--", row.name, if row.value.is_empty() { "" } else { " " }, row.value]);
    text
}

/// Says on standard error what was wrong with `words`; the result is the exit status.
pub fn complain(error: &clap::Error, grammar: &Grammar, words: &[&[u8]], io: &mut Io) -> u8 {
    let mut name = grammar.name.to_owned();
    io.error(format_args!("{name}: {}", complaint(error)));
    let verb = grammar.verb(words);
    let (dashes, wrong, mut known) = match error.kind() {
        ErrorKind::UnknownArgument => ("--", context(error, ContextKind::InvalidArg), Vec::new()),
        ErrorKind::InvalidSubcommand => ("", context(error, ContextKind::InvalidSubcommand), Vec::new()),
        _ => ("", String::new(), Vec::new()),
    };
    for row in rows_of(grammar, verb) {
        if !dashes.is_empty() && !row.is_word() {
            known.push(row.name);
        }
    }
    for verb in grammar.verbs {
        if dashes.is_empty() && !wrong.is_empty() {
            known.push(verb.name);
        }
    }
    let wrong = wrong.trim_start_matches('-');
    if let Some(near) = nearest(wrong.as_bytes(), known.iter().copied()) {
        io.error(format_args!("  did you mean \"{dashes}{near}\"?"));
    }
    if let Some(verb) = verb {
        put(&mut name, &[" ", verb.name]);
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
