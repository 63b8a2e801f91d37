//! `iptables-restore`: the lines of a file, all or none.
//!
//! The whole input is read before anything is changed; what the kernel refuses then is refused as a whole. Sections of
//! other tables are refused, unless `-T nat` has them passed over.

use crate::change;
use crate::command;
use crate::model::Model;
use crate::names;
use crate::problem::{Problem, Result, VERSION};
use crate::rule::Family;
use crate::table;
use netmite_netlink::nftables::NetfilterSocket;
use netmite_output::Io;
use std::io::Read;

/// What is asked for.
#[derive(Debug, Default)]
struct Options<'w> {
    counters: bool,
    noflush: bool,
    test: bool,
    verbose: bool,
    table: Option<&'w [u8]>,
    file: Option<&'w [u8]>,
}

/// Runs it with `words`, without the program's name.
pub fn run(family: Family, words: &[&[u8]], io: &mut Io) -> u8 {
    let program = format!("{}-restore", family.program());
    let options = match options(&program, words, io) {
        Ok(Some(options)) => options,
        Ok(None) => return 0,
        Err(status) => return status,
    };
    let text = match input(options.file) {
        Ok(text) => text,
        Err((path, error)) => {
            let why = netmite_netlink::errno::text(error.raw_os_error().unwrap_or(0));
            io.error_bytes(&[b"Can't open ", path, b": ", why.as_bytes()].concat());
            return 1;
        }
    };
    match restore(family, &options, &text) {
        Ok(echo) => {
            io.write(&echo);
            0
        }
        Err((problem, line)) => problem.report_line(&program, line, io),
    }
}

fn options<'w>(program: &str, words: &[&'w [u8]], io: &mut Io) -> std::result::Result<Option<Options<'w>>, u8> {
    let mut options = Options::default();
    let mut rest = words.iter().copied().peekable();
    while let Some(word) = rest.next() {
        match word {
            b"-c" | b"--counters" => options.counters = true,
            b"-n" | b"--noflush" => options.noflush = true,
            b"-t" | b"--test" => options.test = true,
            b"-v" | b"--verbose" => options.verbose = true,
            b"-T" | b"--table" => options.table = rest.next(),
            b"-M" | b"--modprobe" => drop(rest.next()),
            b"-w" | b"--wait" | b"-W" | b"--wait-interval" => {
                // There is no lock to wait for: transactions are the kernel's.
                rest.next_if(|next| !next.is_empty() && next.iter().all(u8::is_ascii_digit));
            }
            b"-V" | b"--version" => {
                io.write(format!("{program} {VERSION}, netmite {}\n", env!("CARGO_PKG_VERSION")).as_bytes());
                return Ok(None);
            }
            b"-h" | b"--help" => {
                let text = "[-c] [-n] [-t] [-T nat] [FILE]: the lines of iptables-save, from a file or standard input";
                io.write(format!("{program} {text}\n").as_bytes());
                return Ok(None);
            }
            [b'-', _, ..] => {
                let what: &[u8] =
                    if word.starts_with(b"--") { b": unrecognized option '" } else { b": invalid option '" };
                io.error_bytes(&[program.as_bytes(), what, word, b"'"].concat());
                io.error(format_args!("Try `{program} -h' for more information."));
                return Err(1);
            }
            file if options.file.is_none() => options.file = Some(file),
            _ => {
                io.error("Unknown arguments found on commandline");
                return Err(1);
            }
        }
    }
    Ok(Some(options))
}

fn input(file: Option<&[u8]>) -> std::result::Result<Vec<u8>, (&[u8], std::io::Error)> {
    let mut text = Vec::new();
    match file {
        Some(path) => {
            let name: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(path);
            std::fs::read(name).map_err(|error| (path, error))
        }
        None => match std::io::stdin().lock().read_to_end(&mut text) {
            Ok(_) => Ok(text),
            Err(error) => Err((b"standard input", error)),
        },
    }
}

/// What `-v` shows, or a problem and the line it is in.
fn restore(family: Family, options: &Options, text: &[u8]) -> std::result::Result<Vec<u8>, (Problem, usize)> {
    let mut socket = NetfilterSocket::open().map_err(|error| (error.into(), 0))?;
    let mut failed_at = 0;
    let outcome = change::transact(&mut socket, family, |socket, plan| {
        let mut model = Model::read(socket, family)?;
        failed_at = 0;
        if !read(family, options, text, &mut model, &mut failed_at)? {
            return Ok(());
        }
        failed_at = 0;
        plan.echo = std::mem::take(&mut model.echo);
        if options.test { Ok(()) } else { model.plan(plan) }
    });
    outcome.map_err(|problem| (problem, failed_at))
}

/// Reads all lines into the model; says whether there was a section of our table. `at` is the line under way.
fn read(family: Family, options: &Options, text: &[u8], model: &mut Model, at: &mut usize) -> Result<bool> {
    enum Section {
        None,
        Ours,
        Skipped,
    }
    let (mut section, mut found) = (Section::None, false);
    for line in text.split(|byte| *byte == b'\n') {
        *at += 1;
        let line = line.trim_ascii_end();
        match (line, &section) {
            ([b'#', ..], _) if options.verbose => model.echo.extend_from_slice(&[line, b"\n"].concat()),
            ([] | [b'#', ..], _) => (),
            (b"COMMIT", Section::Ours | Section::Skipped) => section = Section::None,
            ([b'*', name @ ..], Section::None) => {
                let skip = options.table.is_some_and(|wanted| wanted != name);
                section = if skip { Section::Skipped } else { Section::Ours };
                if !skip {
                    check_table(name, *at, family)?;
                    found = true;
                    if !options.noflush {
                        model.empty(options.verbose);
                    }
                }
            }
            (_, Section::Skipped) => (),
            (_, Section::None) => return Err(Problem::line_failed()),
            ([b':', rest @ ..], Section::Ours) => declare(rest, options.counters, model, *at, family)?,
            (_, Section::Ours) => command_line(family, options, line, model, *at)?,
        }
    }
    match section {
        Section::None => Ok(found),
        Section::Ours | Section::Skipped => {
            let program = format!("{}-restore", family.program());
            Err(Problem::bare(1, format!("{program}: COMMIT expected at line {at}")))
        }
    }
}

fn check_table(name: &[u8], at: usize, family: Family) -> Result<()> {
    if !crate::TABLES.contains(&name) {
        let head = format!("{}-restore: line {at} table name '", family.program());
        return Err(Problem::word(&head, name, "' invalid"));
    }
    if name != table::NAT {
        return Err(Problem::other_table(name).hint("-T nat reads the section of the nat table alone"));
    }
    Ok(())
}

/// `:CHAIN POLICY [P:B]`.
fn declare(rest: &[u8], with_counters: bool, model: &mut Model, at: usize, family: Family) -> Result<()> {
    let mut words = rest.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    let invalid = |what: &str| {
        let program = format!("{}-restore", family.program());
        Problem::parameter(format!("{program}: line {at} {what} invalid"))
    };
    let name = words.next().ok_or_else(|| invalid("chain name"))?;
    if name.len() >= command::NAME_END {
        return Err(Problem::word("Invalid chain name `", name, "' (28 chars max)"));
    }
    let policy = words.next().ok_or_else(|| invalid("policy"))?;
    let counters = match words.next() {
        Some(word) if with_counters => {
            let bad = || Problem::word("invalid policy counters for chain '", name, "'");
            Some(counters(word).ok_or_else(bad)?)
        }
        _ => None,
    };
    model.declare(name, policy, counters)
}

/// `[PACKETS:BYTES]`.
fn counters(word: &[u8]) -> Option<(u64, u64)> {
    let inner = word.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let at = inner.iter().position(|byte| *byte == b':')?;
    names::number(inner.get(..at)?).zip(names::number(inner.get(at + 1..)?))
}

fn command_line(family: Family, options: &Options, line: &[u8], model: &mut Model, at: usize) -> Result<()> {
    let (counted, line) = match line {
        [b'[', ..] => {
            let end = line.iter().position(|byte| *byte == b']');
            let (word, rest) = end.and_then(|end| line.split_at_checked(end + 1)).ok_or_else(Problem::line_failed)?;
            (Some(counters(word).ok_or_else(Problem::line_failed)?), rest)
        }
        _ => (None, line),
    };
    let words = split(line).ok_or_else(|| Problem::parameter("a quote is left open"))?;
    let mut words: Vec<&[u8]> = words.iter().map(|word| &**word).collect();
    let names_table = |word: &&[u8]| word.starts_with(b"-t") || word.starts_with(b"--t");
    if words.iter().any(|word| names_table(word) && !word.starts_with(b"--to") && !word.starts_with(b"--tcp")) {
        let program = format!("{}-restore", family.program());
        return Err(Problem::parameter(format!("The -t option cannot be used in {program}.\n")));
    }
    words.splice(0..0, [&b"-t"[..], table::NAT]);
    let Some(mut command) = command::read(family, &words)? else { return Ok(()) };
    if let (Some(counted), true) = (counted, options.counters) {
        command.rules.iter_mut().for_each(|rule| rule.counters = counted);
    }
    command.style.verbose |= options.verbose;
    model.apply(&command, at)
}

/// The words of a line: between blanks, or between double quotes with backslashes undone.
pub fn split(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<Vec<u8>>, false);
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if quoted => word.get_or_insert_default().push(bytes.next()?),
            b'"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            b' ' | b'\t' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_line() {
        let words = split(b"-A X --comment \"a \\\"b\\\\\"  \"\" -j\ty").unwrap();
        let expected: [&[u8]; 7] = [b"-A", b"X", b"--comment", b"a \"b\\", b"", b"-j", b"y"];
        assert_eq!(words, expected);
        assert_eq!((split(b"a \"b"), split(b"\"\\")), (None, None));
    }

    #[test]
    fn counters_of_a_line() {
        assert_eq!(counters(b"[5:6]"), Some((5, 6)));
        for bad in [&b"[5]"[..], b"[5:]", b"5:6", b"[x:1]", b"[", b"[]"] {
            assert_eq!(counters(bad), None, "{bad:?}");
        }
    }
}
