//! Laws: a line as `-S` prints it is read, written as expressions, read back and printed as the same line; and no bytes, on
//! a command line or from the kernel, make anything panic.

use crate::command::{self, Command};
use crate::decode;
use crate::encode;
use crate::print;
use crate::restore;
use crate::rule::{Family, Rule};
use crate::table;
use netmite_netlink::nftables as nft;

/// Lines that the original printed, one a rule, of every match and target with every option.
const LINES: [(Family, &str); 2] = [(Family::V4, include_str!("lines.v4")), (Family::V6, include_str!("lines.v6"))];

fn read(family: Family, line: &[u8]) -> Option<Command> {
    let words = restore::split(line, true);
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
            let command = read(family, line.as_bytes()).unwrap();
            let all = encode::expressions(family, &command.rules[0]);
            for (at, expression) in all.iter().enumerate() {
                for length in [0, 1, 3, 7, 23, 40] {
                    for fill in [0u8, 1, 0x7f, 0xff] {
                        let mut all = all.clone();
                        all[at] = distorted(expression.clone(), length, fill);
                        let there = nft::Rule::new(table::name(family), b"X", all);
                        if let Some(rule) = decode::decode(family, &there) {
                            shown(family, &rule);
                            let mut listing = Vec::new();
                            print::listed(&mut listing, family, &rule, 1, print::Style::default());
                            encode::expressions(family, &rule);
                        }
                    }
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
        _ => (),
    }
    expression
}
