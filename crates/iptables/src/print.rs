//! Rules as text: `-S` and -save ([`saved`]), a line of `-L` ([`listed`]), the echo of `-v -A` ([`echoed`]).

use crate::extensions::Shown;
use crate::names;
use crate::rule::{Extension, Family, Interface, Masked, Maybe, Rule, Target};
use crate::text::Text;

/// How `-L` shows rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// `-n`.
    pub numeric: bool,
    /// `-v`.
    pub verbose: bool,
    /// `-x`.
    pub exact: bool,
    /// `--line-numbers`.
    pub line_numbers: bool,
}

/// Appends a rule as a line of `-S`.
pub fn appended(out: &mut Vec<u8>, family: Family, chain: &[u8], rule: &Rule, counters: bool) {
    out.put("-A ");
    out.extend_from_slice(chain);
    saved(out, family, rule, counters);
    out.push(b'\n');
}

/// Appends a rule as it would be typed behind `-A CHAIN`, a blank before each word; `counters`: with `-c`.
pub fn saved(out: &mut Vec<u8>, family: Family, rule: &Rule, counters: bool) {
    let mut option = |word: &str, inverted: bool, value: &[u8]| {
        out.extend_from_slice(if inverted { b" ! " } else { b" " });
        out.extend_from_slice(word.as_bytes());
        out.extend_from_slice(value);
    };
    for (word, masked) in [("-s ", &rule.source), ("-d ", &rule.destination)] {
        if let Some(Maybe { value, inverted }) = masked {
            option(word, *inverted, value.saved().as_bytes());
        }
    }
    for (word, interface) in [("-i ", &rule.input), ("-o ", &rule.output)] {
        if let Some(Maybe { value, inverted }) = interface {
            option(word, *inverted, &pattern(value));
        }
    }
    if let Some(protocol) = rule.protocol {
        let name = protocol_name(protocol.value, false);
        option("-p ", protocol.inverted, name.as_bytes());
    }
    if let Some(fragment) = rule.fragment {
        option("-f", !fragment, b"");
    }
    for found in &rule.matches {
        out.extend_from_slice(b" -m ");
        extension(out, family, rule, found, true, true);
    }
    if counters {
        write!(out, " -c {} {}", rule.counters.0, rule.counters.1);
    }
    let mut jump = |word: &[u8], name: &[u8]| {
        out.extend_from_slice(word);
        out.extend_from_slice(name);
    };
    match &rule.target {
        Target::None => (),
        Target::Goto(chain) => jump(b" -g ", chain),
        Target::Extension(found) => {
            jump(b" -j ", b"");
            extension(out, family, rule, found, true, true);
        }
        other => jump(b" -j ", target_name(other)),
    }
}

fn extension(out: &mut Vec<u8>, family: Family, rule: &Rule, found: &Extension, saved: bool, numeric: bool) {
    match found {
        Extension::Known { definition: row, info } => {
            out.put(if saved { row.name } else { "" });
            let protocol = rule.protocol;
            (row.show)(&mut Shown { out, row, info, base: 0, saved, inverted: false, numeric, family, protocol });
        }
        Extension::Unknown { name, .. } => {
            out.put(if saved { "" } else { " " });
            out.extend_from_slice(name);
            out.put(" [unsupported revision]");
        }
    }
}

fn target_name(target: &Target) -> &[u8] {
    match target {
        Target::None => b"",
        Target::Accept => b"ACCEPT",
        Target::Drop => b"DROP",
        Target::Return => b"RETURN",
        Target::Jump(chain) | Target::Goto(chain) => chain,
        Target::Extension(Extension::Known { definition, .. }) => definition.name.as_bytes(),
        Target::Extension(Extension::Unknown { name, .. }) => name,
    }
}

fn pattern(interface: &Interface) -> Vec<u8> {
    let mut name = interface.name.to_vec();
    if interface.wildcard {
        name.push(b'+');
    }
    name
}

fn protocol_name(number: u8, look: bool) -> String {
    names::protocol_name(number, look).unwrap_or_else(|| number.to_string())
}

/// Appends the heading of a chain's rules.
pub fn heading(out: &mut Vec<u8>, style: Style) {
    if style.line_numbers {
        out.extend_from_slice(b"num  ");
    }
    if style.verbose {
        out.extend_from_slice(match style.exact {
            true => b"    pkts      bytes ",
            false => b" pkts bytes ".as_slice(),
        });
    }
    out.extend_from_slice(b"target     prot opt ");
    if style.verbose {
        out.extend_from_slice(b"in     out     ");
    }
    out.extend_from_slice(b"source               destination         \n");
}

/// Appends a rule as a line of `-L`.
pub fn listed(out: &mut Vec<u8>, family: Family, rule: &Rule, number: usize, style: Style) {
    if style.line_numbers {
        write!(out, "{number:<4} ");
    }
    if style.verbose {
        count(out, rule.counters.0, style.exact);
        count(out, rule.counters.1, style.exact);
    }
    padded(out, target_name(&rule.target), 9);
    let protocol = rule.protocol.unwrap_or(Maybe { value: 0, inverted: false });
    out.extend_from_slice(if protocol.inverted { b" !" } else { b"  " });
    padded(out, protocol_name(protocol.value, !style.numeric).as_bytes(), 4);
    out.push(b' ');
    out.extend_from_slice(fragment(rule));
    if style.verbose {
        out.push(b' ');
        for interface in [&rule.input, &rule.output] {
            out.push(b' ');
            padded(out, &interface_shown(interface.as_ref(), style.numeric), 6);
        }
    }
    out.push(b' ');
    for address in [&rule.source, &rule.destination] {
        let (inverted, text) = address_shown(family, address.as_ref(), style.numeric);
        out.push(if inverted { b'!' } else { b' ' });
        padded(out, text.as_bytes(), 19);
        out.push(b' ');
    }
    if matches!(rule.target, Target::Goto(_)) {
        out.extend_from_slice(b"[goto] ");
    }
    extensions(out, family, rule, style.numeric);
    out.push(b'\n');
}

/// Appends a rule as `-v` echoes it.
pub fn echoed(out: &mut Vec<u8>, family: Family, rule: &Rule) {
    out.extend_from_slice(target_name(&rule.target));
    let protocol = rule.protocol.unwrap_or(Maybe { value: 0, inverted: false });
    out.extend_from_slice(if protocol.inverted { b" !" } else { b"  " });
    out.extend_from_slice(protocol_name(protocol.value, false).as_bytes());
    out.extend_from_slice(b" opt ");
    out.extend_from_slice(fragment(rule));
    for (word, interface) in [(b" in ".as_slice(), &rule.input), (b" out ", &rule.output)] {
        out.extend_from_slice(word);
        out.extend_from_slice(&interface_shown(interface.as_ref(), true));
    }
    let (inverted, text) = address_shown(family, rule.source.as_ref(), true);
    out.extend_from_slice(if inverted { b" !" } else { b"  " });
    out.extend_from_slice(text.as_bytes());
    let (inverted, text) = address_shown(family, rule.destination.as_ref(), true);
    out.extend_from_slice(if inverted { b" !-> " } else { b"  -> " });
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b"  ");
    if matches!(rule.target, Target::Goto(_)) {
        out.extend_from_slice(b"[goto] ");
    }
    extensions(out, family, rule, true);
    out.push(b'\n');
}

fn extensions(out: &mut Vec<u8>, family: Family, rule: &Rule, numeric: bool) {
    let target = match &rule.target {
        Target::Extension(found) => Some(found),
        _ => None,
    };
    for found in rule.matches.iter().chain(target) {
        extension(out, family, rule, found, false, numeric);
    }
}

fn fragment(rule: &Rule) -> &'static [u8] {
    match rule.fragment {
        None => b"--",
        Some(true) => b"-f",
        Some(false) => b"!f",
    }
}

fn interface_shown(interface: Option<&Maybe<Interface>>, numeric: bool) -> Vec<u8> {
    match interface {
        None if numeric => b"*".to_vec(),
        None => b"any".to_vec(),
        Some(Maybe { value, inverted }) => [if *inverted { &b"!"[..] } else { b"" }, &pattern(value)].concat(),
    }
}

fn address_shown(family: Family, address: Option<&Maybe<Masked>>, numeric: bool) -> (bool, String) {
    let any = Masked { address: family.any(), mask: family.any() };
    let shown = address.copied().unwrap_or(Maybe { value: any, inverted: false });
    (shown.inverted, shown.value.listed(numeric))
}

fn padded(out: &mut Vec<u8>, text: &[u8], width: usize) {
    out.extend_from_slice(text);
    out.extend(std::iter::repeat_n(b' ', width.saturating_sub(text.len())));
}

/// Appends a counter and a blank; unless `exact`, from six digits on in thousands and so on.
fn count(out: &mut Vec<u8>, number: u64, exact: bool) {
    match if exact { (number, "") } else { shortened(number) } {
        (number, _) if exact => write!(out, "{number:8} "),
        (number, "") => write!(out, "{number:5} "),
        (number, unit) => write!(out, "{number:4}{unit} "),
    }
}

fn shortened(number: u64) -> (u64, &'static str) {
    if number <= 99_999 {
        return (number, "");
    }
    let mut rest = rounded(number);
    for unit in ["K", "M", "G"] {
        if rest <= 9_999 {
            return (rest, unit);
        }
        rest = rounded(rest);
    }
    (rest, "T")
}

/// A thousandth, rounded to the nearest.
fn rounded(number: u64) -> u64 {
    number / 1000 + u64::from(number % 1000 >= 500)
}

/// Appends a policy's counters, `0 packets, 0 bytes`, with the same shortening but unpadded.
pub fn policy_count(out: &mut Vec<u8>, (packets, bytes): (u64, u64), exact: bool) {
    let short = |number| if exact { (number, "") } else { shortened(number) };
    let ((packets, unit), (bytes, of_bytes)) = (short(packets), short(bytes));
    write!(out, " {packets}{unit} packets, {bytes}{of_bytes} bytes");
}

/// Appends what is said of a chain that something is done with.
pub fn done(out: &mut Vec<u8>, what: &str, chain: &[u8]) {
    out.put(what);
    out.put(" chain `");
    out.extend_from_slice(chain);
    out.put("'\n");
}
