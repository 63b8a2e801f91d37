//! `iptables-restore`: the lines of a file, all or none.
//!
//! The whole input is read before anything is changed; what the kernel refuses then is refused as a whole. Sections of
//! other tables are refused, unless `-T nat` has them passed over.

use crate::arguments::{self, Arguments};
use crate::command;
use crate::model::Model;
use crate::problem::{Problem, Result, Warnings};
use crate::rule::Family;
use crate::table;
use crate::transaction;
use netmite_netlink::nftables::NetfilterSocket;
use netmite_netlink::sys::file;
use netmite_output::Io;

/// Runs it with `words`, without the program's name.
pub fn run(family: Family, words: &[&[u8]], io: &mut Io) -> u8 {
    let program = family.restore_program();
    let options = match arguments::read(program, &arguments::RESTORE, words, io) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let text = match input(options.file) {
        Ok(text) => text,
        Err((path, error)) => {
            let why = netmite_netlink::errno::why(&error);
            io.error_bytes(&[b"Can't open ", path, b": ", why.as_bytes()].concat());
            return 1;
        }
    };
    match restore(family, &options, &text, io) {
        Ok(shown) => {
            io.write(&shown);
            0
        }
        Err(failed) => {
            if failed.problem.is_of_rules() {
                io.write(&failed.shown);
            }
            failed.problem.report_line(program, failed.line, io)
        }
    }
}

fn input(file: Option<&[u8]>) -> std::result::Result<Vec<u8>, (&[u8], std::io::Error)> {
    let (name, opened) = match file {
        Some(path) => (path, file::open(path)),
        None => (&b"standard input"[..], file::standard_input_file()),
    };
    opened.and_then(|opened| file::rest(&opened, usize::MAX)).map_err(|error| (name, error))
}

/// A file that was not restored.
struct Failed {
    problem: Problem,
    /// The line it is in, or 0.
    line: usize,
    /// What the lines before it show.
    shown: Vec<u8>,
}

/// Restores a file; the result is what its lines show.
fn restore(family: Family, options: &Arguments, text: &[u8], io: &mut Io) -> std::result::Result<Vec<u8>, Failed> {
    let mut socket =
        NetfilterSocket::open().map_err(|error| Failed { problem: error.into(), line: 0, shown: Vec::new() })?;
    let (mut line, mut shown, mut warnings) = (0, Vec::new(), Warnings::default());
    let program = (family.restore_program(), &mut *io);
    let outcome = transaction::transact(&mut socket, family, program, &mut |socket, plan| {
        (line, shown) = (0, Vec::new());
        // What is flushed anyway is not looked at.
        let mut model = match options.noflush || options.verbose {
            true => Model::read(socket, family, &|_| true)?,
            false => Model::new(family),
        };
        model.silent = options.test;
        let found = read(family, options, text, &mut model, &mut line);
        shown = std::mem::take(&mut model.echo);
        warnings = std::mem::take(&mut model.warnings);
        if found? {
            line = 0;
            if !options.test {
                model.plan(plan);
            }
        }
        Ok(())
    });
    warnings.report(io);
    match outcome {
        Ok(()) => Ok(shown),
        Err(problem) => Err(Failed { problem, line, shown }),
    }
}

/// Reads all lines into the model; says whether there was a section of our table. `at` is the line under way.
fn read(family: Family, options: &Arguments, text: &[u8], model: &mut Model, at: &mut usize) -> Result<bool> {
    enum Section {
        None,
        Ours,
        Skipped,
    }
    let (mut section, mut found) = (Section::None, false);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        *at += 1;
        let whole = line;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        match (line, &section) {
            ([b'#', ..], _) if options.verbose => model.echo.extend_from_slice(&[line, b"\n"].concat()),
            ([] | [b'#', ..], _) => (),
            (b"COMMIT", Section::Ours | Section::Skipped) => section = Section::None,
            ([b'*', name @ ..], Section::None) => {
                let name = name.split(|byte| is_blank(*byte)).find(|word| !word.is_empty()).unwrap_or(b"");
                check_name(name, *at, family)?;
                let skip = options.table.is_some_and(|wanted| wanted != name);
                section = if skip { Section::Skipped } else { Section::Ours };
                if !skip {
                    check_table(name, *at)?;
                    found = true;
                    if !options.noflush {
                        model.empty(options.verbose);
                    }
                }
            }
            (_, Section::Skipped) => (),
            (_, Section::None) => return Err(Problem::line_failed()),
            ([b':', rest @ ..], Section::Ours) => declare(rest, options.counters, model, *at, family)?,
            (_, Section::Ours) => command_line(family, options, whole, model, *at)?,
        }
    }
    match section {
        Section::None => Ok(found),
        Section::Ours | Section::Skipped => {
            let program = family.restore_program();
            Err(Problem::bare(1, format!("{program}: COMMIT expected at line {}", *at + 1)))
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn check_name(name: &[u8], at: usize, family: Family) -> Result<()> {
    if crate::TABLES.contains(&name) {
        return Ok(());
    }
    let head = format!("{}: line {at} table name ", family.restore_program());
    Err(match name {
        [] => Problem::parameter(head + "invalid"),
        _ => Problem::word(&(head + "'"), name, "' invalid"),
    })
}

fn check_table(name: &[u8], at: usize) -> Result<()> {
    if name != table::NAT {
        let hint = format!("it begins at line {at}; -T nat reads the section of the nat table alone");
        return Err(Problem::other_table(name).hint(hint));
    }
    Ok(())
}

/// `:CHAIN POLICY [P:B]`.
fn declare(rest: &[u8], with_counters: bool, model: &mut Model, at: usize, family: Family) -> Result<()> {
    let mut words = rest.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty());
    let invalid = |what: &str| {
        let program = family.restore_program();
        Problem::parameter(format!("{program}: line {at} {what} invalid"))
    };
    let name = words.next().ok_or_else(|| invalid("chain name"))?;
    if name.len() >= command::NAME_END {
        return Err(Problem::chain_too_long(name));
    }
    let policy = words.next().ok_or_else(|| invalid("policy"))?;
    let word = words.next();
    let counters = match (table::built_in(name), with_counters, word) {
        // Counters of a chain that users made mean nothing.
        (None, ..) | (_, false, None) => None,
        (_, _, word) => {
            let bad = || Problem::word("invalid policy counters for chain '", name, "'");
            Some(word.and_then(policy_counters).ok_or_else(bad)?).filter(|_| with_counters)
        }
    };
    model.declare(name, policy, counters, at)
}

/// `[PACKETS:BYTES]`, read as scanf(3) does: the end may lack, and negative numbers wrap.
fn policy_counters(word: &[u8]) -> Option<Counters> {
    let inner = word.strip_prefix(b"[")?;
    let at = inner.iter().position(|byte| *byte == b':')?;
    let (packets, bytes) = (inner.get(..at)?, inner.get(at + 1..)?);
    let (packets, rest) = scanned(packets)?;
    let (bytes, _) = scanned(bytes)?;
    rest.is_empty().then_some((packets, bytes))
}

/// A number at the start of `text`, and what follows it.
fn scanned(text: &[u8]) -> Option<(u64, &[u8])> {
    let (negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    let number: u64 = std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()?;
    Some((if negative { number.wrapping_neg() } else { number }, digits.get(end..)?))
}

/// Packets and bytes.
type Counters = (u64, u64);

/// `[PACKETS:BYTES]` before a rule; the rest of the line is returned too.
fn rule_counters(line: &[u8], at: usize) -> Result<(Option<Counters>, &[u8])> {
    let Some(open) = line.strip_prefix(b"[") else { return Ok((None, line)) };
    let bad = || Problem::parameter(format!("Bad line {at}: need ]"));
    let colon = open.iter().position(|byte| *byte == b':').ok_or_else(bad)?;
    let (packets, behind) = open.split_at_checked(colon).ok_or_else(bad)?;
    let end = behind.iter().position(|byte| *byte == b']').ok_or_else(bad)?;
    let bytes = behind.get(1..end).unwrap_or(b"");
    let counted = crate::values::counter_pair(packets, bytes)?;
    Ok((Some(counted), behind.get(end + 1..).unwrap_or(b"")))
}

fn command_line(family: Family, options: &Arguments, line: &[u8], model: &mut Model, at: usize) -> Result<()> {
    let (counted, line) = rule_counters(line, at)?;
    let own = split(line);
    if own.iter().any(|word| word.len() >= WORD_END) {
        return Err(Problem::parameter("Parameter too long!"));
    }
    let mut words: Vec<&[u8]> = vec![b"-t", table::NAT];
    words.extend(own.iter().map(|word| &**word));
    let names_table = |word: &&[u8]| word.starts_with(b"-t") || word.starts_with(b"--t");
    let program = family.restore_program();
    if words.iter().skip(2).any(|word| names_table(word) && !word.starts_with(b"--to") && !word.starts_with(b"--tcp")) {
        return Err(Problem::word("The -t option cannot be used in ", program.as_bytes(), ".\n"));
    }
    let Some(mut command) = command::read(family, &words)? else { return Ok(()) };
    if let Some(text) = crate::about(&command, program) {
        return Err(Problem::bare(0, text));
    }
    if let Some(letter) = command.waits {
        let letter = char::from(letter);
        return Err(Problem::parameter(format!("You cannot use `-{letter}' from {program}")));
    }
    model.warnings.add(&[&command.warnings]);
    if let (Some(counted), true) = (counted, options.counters) {
        command.rules.iter_mut().for_each(|rule| rule.counters = counted);
    }
    command.style.verbose |= options.verbose && !options.noflush;
    command.verbs.iter().try_for_each(|verb| model.apply(&command, verb, at))
}

/// A word of a line that has so many bytes is too long.
const WORD_END: usize = 1024;

/// The words of a line: between blanks, or between double quotes with backslashes undone. A closing quote ends the word;
/// one that is left open takes the rest, with the end of the line where there is one.
pub fn split(line: &[u8]) -> Vec<Vec<u8>> {
    let (mut words, mut word) = (Vec::new(), Vec::new());
    let (mut begun, mut quoted) = (false, false);
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        let mut ends = false;
        match byte {
            b'\\' if quoted => word.extend(bytes.next()),
            b'"' => (ends, begun, quoted) = (quoted, true, !quoted),
            b' ' | b'\t' | b'\n' if !quoted => ends = begun,
            _ => {
                begun = true;
                word.push(byte);
            }
        }
        if ends {
            words.push(std::mem::take(&mut word));
            begun = false;
        }
    }
    if begun {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_line() {
        let words = split(b"-A X --comment \"a \\\"b\\\\\"  \"\" -j\ty\n");
        let expected: [&[u8]; 7] = [b"-A", b"X", b"--comment", b"a \"b\\", b"", b"-j", b"y"];
        assert_eq!(words, expected);
        assert_eq!(split(b"a \"b\n"), [&b"a"[..], b"b\n"]);
        assert_eq!(split(b"\"a b\"x y\"z\""), [&b"a b"[..], b"x", b"yz"]);
        assert_eq!(split(b"\"\\"), [b""]);
    }

    #[test]
    fn counters_of_a_line() {
        let of = |line: &[u8]| rule_counters(line, 7).ok().and_then(|(counters, _)| counters);
        assert_eq!(of(b"[5:6] -A X"), Some((5, 6)));
        for bad in [&b"[5]"[..], b"[5:]", b"5:6", b"[x:1]", b"[", b"[]"] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
        assert_eq!(policy_counters(b"[1:2"), Some((1, 2)));
        assert_eq!(policy_counters(b"[-1:2x]"), Some((u64::MAX, 2)));
        for bad in [&b"1:2"[..], b"[x:2]", b"[1x:2]", b"[", b"[1:", b"[99999999999999999999:1]"] {
            assert_eq!(policy_counters(bad), None, "{bad:?}");
        }
    }
}
