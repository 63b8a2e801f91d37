//! Help and complaints of what clap parses, by walks over its rows: clap's own texts would be a twentieth of the file.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use netmite_grammar::nearest;
use netmite_output::Io;

/// Whether help is asked for.
pub fn wants_help(words: &[&[u8]]) -> bool {
    words.iter().any(|word| matches!(*word, b"--help" | b"-h"))
}

/// The verb among `words`, if `command` has it.
pub fn verb<'c>(command: &'c Command, words: &[&[u8]]) -> Option<&'c Command> {
    let named = |verb: &&Command| words.iter().any(|word| *word == verb.get_name().as_bytes());
    command.get_subcommands().find(named)
}

/// The help of `command`, or of one of its verbs: what it is, how it is called, a line for each verb and option.
/// `usage` stands in for the lines that would be made of the rows.
pub fn help(command: &Command, verb: Option<&Command>, usage: Option<&str>) -> String {
    let shown = verb.unwrap_or(command);
    let about = shown.get_about().map(ToString::to_string).unwrap_or_default();
    let made = || {
        let name = if verb.is_some() {
            format!("{} {}", command.get_name(), shown.get_name())
        } else {
            command.get_name().into()
        };
        let words: String = shown.get_positionals().map(|arg| format!(" {}", positional(arg))).collect();
        let next = if shown.has_subcommands() { " VERB" } else { "" };
        format!("{name} [OPTIONS]{next}{words}")
    };
    let mut text = format!("{about}\n\nUsage: {}\n", usage.map_or_else(made, str::to_owned));
    let verbs = shown
        .get_subcommands()
        .map(|verb| (verb.get_name().to_owned(), verb.get_about().map(ToString::to_string).unwrap_or_default()));
    section(&mut text, "Verbs", verbs.collect());
    let words = shown.get_positionals().map(|arg| (value(arg), described(arg)));
    section(&mut text, "Words", words.collect());
    let common = command.get_arguments().filter(|_| verb.is_some());
    let options = shown.get_arguments().chain(common).filter(|arg| !arg.is_positional());
    section(&mut text, "Options", options.map(|arg| (option(arg), described(arg))).collect());
    if let Some(more) = shown.get_after_help() {
        text += &format!("\n{more}\n");
    }
    text
}

fn section(text: &mut String, title: &str, rows: Vec<(String, String)>) {
    let width = rows.iter().map(|(left, _)| left.len()).max().unwrap_or(0);
    if !rows.is_empty() {
        *text += &format!("\n{title}:\n");
    }
    for (left, right) in rows {
        *text += format!("  {left:width$}  {right}").trim_end();
        text.push('\n');
    }
}

fn value(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    names.first().map_or_else(|| arg.get_id().as_str().to_uppercase(), ToString::to_string)
}

fn positional(arg: &Arg) -> String {
    if arg.is_required_set() { value(arg) } else { format!("[{}]", value(arg)) }
}

fn option(arg: &Arg) -> String {
    let short = arg.get_short().map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let value = if arg.get_action().takes_values() { format!(" {}", value(arg)) } else { String::new() };
    format!("{short}--{}{value}", arg.get_long().unwrap_or_default())
}

fn described(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values = if arg.is_hide_possible_values_set() { Vec::new() } else { arg.get_possible_values() };
    let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
    let some = arg.get_action().takes_values() && !names.is_empty();
    if some { format!("{help}: {}", names.join(", ")) } else { help }
}

/// Says on standard error what was wrong with `words`; the result is the exit status. A version that was asked for is
/// written to standard output.
pub fn complain(error: &clap::Error, command: &Command, words: &[&[u8]], io: &mut Io) -> u8 {
    let name = command.get_name();
    if error.kind() == ErrorKind::DisplayVersion {
        io.write(format!("{name} {}\n", command.get_version().unwrap_or_default()).as_bytes());
        return 0;
    }
    io.error(format_args!("{name}: {}", complaint(error)));
    let wrong = context(error, ContextKind::InvalidArg).or_else(|| context(error, ContextKind::InvalidSubcommand));
    let wrong = wrong.or_else(|| context(error, ContextKind::InvalidValue)).unwrap_or_default();
    let verb = verb(command, words);
    let near = match error.kind() {
        ErrorKind::UnknownArgument => {
            let options = verb.into_iter().chain([command]).flat_map(Command::get_arguments);
            nearest(wrong.trim_start_matches('-').as_bytes(), options.filter_map(Arg::get_long))
                .map(|it| format!("--{it}"))
        }
        ErrorKind::InvalidSubcommand => {
            nearest(wrong.as_bytes(), command.get_subcommands().map(Command::get_name)).map(str::to_owned)
        }
        _ => None,
    };
    if let Some(near) = near {
        io.error(format_args!("  did you mean \"{near}\"?"));
    }
    let name = verb.map_or_else(|| name.to_owned(), |verb| format!("{name} {}", verb.get_name()));
    io.error(format_args!("  `{name} --help` shows what there is"));
    2
}

/// What was wrong, in one line.
pub fn complaint(error: &clap::Error) -> String {
    let get = |kind| context(error, kind).unwrap_or_default();
    let (argument, value) = (get(ContextKind::InvalidArg), get(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => format!("unexpected word \"{argument}\""),
        ErrorKind::InvalidSubcommand => format!("unknown verb \"{}\"", get(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a verb is needed".to_owned()
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} needs a value"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let known = get(ContextKind::ValidValue);
            let known = if known.is_empty() { known } else { format!(": {known}") };
            format!("\"{value}\" is no value of {argument}{known}")
        }
        ErrorKind::MissingRequiredArgument => format!("{argument} is needed"),
        ErrorKind::ArgumentConflict => {
            let prior = get(ContextKind::PriorArg);
            if prior == argument {
                format!("{argument} is given twice")
            } else {
                format!("{argument} does not go with {prior}")
            }
        }
        ErrorKind::TooManyValues => format!("\"{value}\" is too many for {argument}"),
        kind => kind.as_str().unwrap_or("not understood").to_owned(),
    }
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        _ => None,
    }
}
