//! Laws: a line as `-S` prints it is read, written as expressions, read back and printed as the same line; and no bytes, on
//! a command line or from the kernel, make anything panic.

use crate::command::{self, Command};
use crate::decode;
use crate::encode;
use crate::native;
use crate::print;
use crate::restore;
use crate::rule::{Family, Rule};
use crate::table;
use netmite_netlink::nftables as nft;

/// Lines that the original printed, one a rule, of every match and target with every option.
const LINES: [(Family, &str); 2] = [(Family::V4, include_str!("lines.v4")), (Family::V6, include_str!("lines.v6"))];

fn read(family: Family, line: &[u8]) -> Option<Command> {
    let words = restore::split(&[line, b"\n"].concat());
    let words: Vec<&[u8]> = words.iter().map(|word| &**word).collect();
    command::read(family, &words).ok().flatten()
}

fn there_and_back(family: Family, rule: &Rule) -> Option<Rule> {
    let there = nft::Rule::new(table::name(family), b"X", encode::expressions(family, rule));
    decode::decode(family, &there)
}

fn shown(family: Family, rule: &Rule) -> Vec<u8> {
    let mut text = Vec::new();
    print::saved(&mut text, family, rule, false);
    text
}

#[test]
fn every_line_is_read_as_written() {
    for (family, lines) in LINES {
        for line in lines.lines() {
            let command = read(family, line.as_bytes()).unwrap_or_else(|| panic!("not read: {line}"));
            let rule = command.rules.first().unwrap();
            let back = there_and_back(family, rule).unwrap_or_else(|| panic!("not read back: {line}"));
            assert!(rule.same(&back), "{line}\n{rule:?}\n{back:?}");
            let chain = command.chain.as_deref().unwrap();
            let text = [b"-A ", chain, &*shown(family, &back)].concat();
            assert_eq!(String::from_utf8_lossy(&text), line);
            let mut listing = Vec::new();
            for numeric in [true, false] {
                let style = print::Style { numeric, verbose: true, ..print::Style::default() };
                print::listed(&mut listing, family, &back, 1, style);
            }
            print::echoed(&mut listing, family, &back);
        }
    }
}

/// What is refused for a kernel without xtables: all of these lines, and none else.
const UNSAID: [&str; 10] = [
    "-m multiport",
    "-m physdev",
    "-m policy",
    "-m owner with",
    "-m set",
    "-m conntrack but for",
    "-m conntrack with SNAT",
    "-m addrtype with several",
    "-m tcp --tcp-option",
    "-j DNAT with",
];

#[test]
fn without_xtables_a_line_is_the_same_or_refused() {
    let mut said = 0;
    for (family, lines) in LINES {
        for line in lines.lines() {
            let command = read(family, line.as_bytes()).unwrap();
            let (rule, chain) = (command.rules.first().unwrap(), command.chain.as_deref().unwrap());
            let native = match native::expressions(family, chain, rule) {
                Ok(native) => native,
                Err(unsaid) => {
                    assert!(UNSAID.iter().any(|known| unsaid.starts_with(known)), "{line}: {unsaid}");
                    continue;
                }
            };
            let foreign = |found: &nft::Expression| {
                matches!(found, nft::Expression::Match { .. } | nft::Expression::Target { .. })
            };
            assert!(!native.expressions.iter().any(foreign), "{line}: {native:?}");
            let mut there = nft::Rule::new(table::name(family), chain, native.expressions);
            there.userdata = native.userdata;
            let back = decode::decode(family, &there).unwrap_or_else(|| panic!("not read back: {line}\n{there:?}"));
            assert!(back.same(rule) && rule.same(&back), "{line}\n{rule:?}\n{back:?}");
            let shown = [b"-A ", chain, &*shown(family, &back)].concat();
            let again = read(family, &shown).unwrap_or_else(|| panic!("{line}: {}", String::from_utf8_lossy(&shown)));
            assert!(again.rules[0].same(&back), "{line}: {}", String::from_utf8_lossy(&shown));
            let line = SHOWN.iter().find(|(typed, _)| *typed == line).map_or(line, |(_, shown)| shown);
            assert_eq!(String::from_utf8_lossy(&shown), line);
            said += 1;
        }
    }
    assert!(said > 40, "{said}");
}

/// Lines that are shown in other words when they were written without xtables.
const SHOWN: [(&str, &str); 2] = [
    ("-A PREROUTING -m state --state NEW,ESTABLISHED", "-A PREROUTING -m conntrack --ctstate NEW,ESTABLISHED"),
    ("-A PREROUTING -m state ! --state INVALID", "-A PREROUTING -m conntrack ! --ctstate INVALID"),
];

#[test]
fn no_words_make_it_panic() {
    for (family, lines) in LINES {
        for line in lines.lines() {
            for at in 0..line.len() {
                for byte in *b" !-0/:,9\xff" {
                    let mut bad = line.as_bytes().to_vec();
                    bad[at] = byte;
                    for rule in read(family, &bad).map(|command| command.rules).unwrap_or_default() {
                        there_and_back(family, &rule).map(|back| shown(family, &back));
                    }
                }
                read(family, &line.as_bytes()[..at]);
            }
        }
    }
}

#[test]
fn no_structure_makes_it_panic() {
    for (family, lines) in LINES {
        for line in lines.lines() {
            let rule = &read(family, line.as_bytes()).unwrap().rules[0];
            all_distorted(family, &encode::expressions(family, rule));
            if let Ok(native) = native::expressions(family, b"POSTROUTING", rule) {
                all_distorted(family, &native.expressions);
            }
        }
    }
}

fn all_distorted(family: Family, all: &[nft::Expression]) {
    for (at, expression) in all.iter().enumerate() {
        for length in [0, 1, 3, 7, 23, 40] {
            for fill in [0u8, 1, 0x7f, 0xff] {
                let mut all = all.to_vec();
                all[at] = distorted(expression.clone(), length, fill);
                let there = nft::Rule::new(table::name(family), b"X", all);
                if let Some(rule) = decode::decode(family, &there) {
                    shown(family, &rule);
                    let mut listing = Vec::new();
                    print::listed(&mut listing, family, &rule, 1, print::Style::default());
                    encode::expressions(family, &rule);
                    rule.same(&Rule::default());
                }
            }
        }
    }
}

/// The expression with its data cut to `length` bytes, or, where that is 7, filled with `fill`.
fn distorted(mut expression: nft::Expression, length: usize, fill: u8) -> nft::Expression {
    let change = |data: &mut nft::Bytes| {
        let mut bytes = data.to_vec();
        match length {
            7 => bytes.iter_mut().for_each(|byte| *byte = fill),
            length => bytes.truncate(length),
        }
        *data = bytes.into();
    };
    match &mut expression {
        nft::Expression::Match { info, .. } | nft::Expression::Target { info, .. } => change(info),
        nft::Expression::Cmp { data, op, .. } => {
            *op = op.wrapping_add(u32::from(fill & 7));
            change(data);
        }
        nft::Expression::Bitwise { mask, .. } => change(mask),
        nft::Expression::Range { from, .. } => change(from),
        nft::Expression::Limit { rate, unit, .. } => (*rate, *unit) = (u64::from(fill) << 56, u64::from(fill)),
        nft::Expression::Payload { len, offset, .. } => (*len, *offset) = (fill.into(), length as u32),
        nft::Expression::Immediate { data, .. } => change(data),
        nft::Expression::Fib { flags, .. } => *flags = fill.into(),
        nft::Expression::Ct { key, .. } => *key = fill.into(),
        nft::Expression::Nat { flags, kind, .. } => (*flags, *kind) = (fill.into(), length as u32),
        nft::Expression::Masq { flags, .. } | nft::Expression::Redir { flags, .. } => *flags = fill.into(),
        nft::Expression::Numgen { modulus, kind, .. } => (*modulus, *kind) = (fill.into(), length as u32),
        nft::Expression::Byteorder { op, size, .. } => (*op, *size) = (fill.into(), length as u32),
        nft::Expression::Log { prefix, level, .. } => {
            *level = fill.into();
            change(prefix);
        }
        _ => (),
    }
    expression
}
