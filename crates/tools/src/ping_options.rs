//! What `ping`'s command line says.

use crate::failure::{Failure, Result};
use crate::getopt::{Table, Takes, digits, opt, parse_around_operand};
use crate::host::Family;
use netmite_output::{Brief, brief, names};
use std::ffi::OsStr;

const TABLE: Table = names![
    ("", opt(b'4', Takes::Nothing)),
    ("", opt(b'6', Takes::Nothing)),
    ("", opt(b'c', Takes::Count)),
    ("", opt(b's', Takes::Size)),
    ("", opt(b'i', Takes::Value)),
    ("", opt(b'A', Takes::Nothing)),
    ("", opt(b't', Takes::Hops)),
    ("", opt(b'I', Takes::Value)),
    ("", opt(b'W', Takes::Count)),
    ("", opt(b'w', Takes::Count)),
    ("", opt(b'q', Takes::Nothing)),
    ("", opt(b'p', Takes::Value)),
    // What is printed is numeric and all there is anyway.
    ("", opt(b'v', Takes::Nothing)),
    ("", opt(b'n', Takes::Nothing)),
];

/// The usage text.
pub(crate) const USAGE: Brief = brief!(
    "\
Usage: ping [-46Anq] [-c COUNT] [-i SECONDS] [-I DEVICE|ADDRESS] [-p BYTE]
            [-s SIZE] [-t TTL] [-w SECONDS] [-W SECONDS] HOST

  -4, -6     an address of this family
  -A         send the next request when a reply comes
  -c COUNT   stop after as many requests
  -i SECONDS time between requests, 1 unless said
  -I NAME    send by this device, or from this address
  -n         addresses as numbers, which is all there is
  -p BYTE    fill requests with this hexadecimal byte
  -q         only the first line and the statistics
  -s SIZE    bytes of data, 56 unless said
  -t TTL     how many routers a request may pass
  -w SECONDS end after that time, whatever came
  -W SECONDS how long to wait for a first reply, 10 unless said; 0 is for ever"
);

/// A second; all times are in microseconds.
pub(crate) const SECOND: u64 = 1_000_000;

/// The options.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options<'a> {
    pub(crate) family: Family,
    pub(crate) adaptive: bool,
    /// 0: without end.
    pub(crate) count: u64,
    pub(crate) interval: u64,
    pub(crate) source: Option<&'a [u8]>,
    pub(crate) pattern: u8,
    pub(crate) quiet: bool,
    pub(crate) size: u16,
    pub(crate) ttl: Option<u8>,
    /// 0: none.
    pub(crate) deadline: u64,
    /// 0: for ever.
    pub(crate) wait: u64,
    pub(crate) host: &'a [u8],
}

impl<'a> Options<'a> {
    /// Reads the words behind the program's name.
    pub(crate) fn read(words: &[&'a OsStr]) -> Result<Self> {
        let (given, host) = parse_around_operand(words, TABLE, USAGE)?;
        let seconds = |option| given.number(option).map(|seconds| u64::from(seconds) * SECOND);
        Ok(Options {
            family: match given.which(b"46") {
                Some(b'4') => Family::V4,
                Some(_) => Family::V6,
                None => Family::Any,
            },
            adaptive: given.has(b'A'),
            count: given.number(b'c').unwrap_or(0).into(),
            interval: given.value(b'i').map_or(Ok(SECOND), interval)?,
            source: given.value(b'I'),
            pattern: given.value(b'p').map_or(Ok(0), hexadecimal)?,
            quiet: given.has(b'q'),
            size: given.number(b's').unwrap_or(56) as u16,
            ttl: given.number(b't').map(|ttl| ttl as u8),
            deadline: seconds(b'w').unwrap_or(0),
            wait: seconds(b'W').unwrap_or(10 * SECOND),
            host,
        })
    }
}

/// Seconds with a fraction, and `s`, `m`, `h` or `d` behind them or nothing.
fn interval(word: &[u8]) -> Result<u64> {
    let (digits, factor) = match word {
        [digits @ .., b's'] => (digits, 1.0),
        [digits @ .., b'm'] => (digits, 60.0),
        [digits @ .., b'h'] => (digits, 3600.0),
        [digits @ .., b'd'] => (digits, 86400.0),
        digits => (digits, 1.0),
    };
    let plain = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let seconds = netmite_output::fraction(digits).filter(|_| plain);
    let seconds = seconds.ok_or_else(|| Failure::word(1, "invalid number", word))?;
    // Past thirty years there is no telling it from never.
    Ok(((seconds * factor).min(1e9) * SECOND as f64) as u64)
}

fn hexadecimal(word: &[u8]) -> Result<u8> {
    if word.is_empty() || !word.iter().all(u8::is_ascii_hexdigit) {
        return Err(Failure::word(1, "invalid number", word));
    }
    let small = digits(word, 16).and_then(|number| u8::try_from(number).ok());
    small.ok_or_else(|| Failure::new(1, format_args!("number {} is not in 0..255 range", word.escape_ascii())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options<'_>> {
        let words: Vec<&OsStr> = line.split(' ').map(OsStr::new).collect();
        Options::read(&words)
    }

    #[test]
    fn values_are_taken() {
        let options = read("-W 1 -c1 -i 0.25 -t 7 -s 8 -p ff 8.8.8.8").unwrap();
        assert_eq!((options.wait, options.count), (SECOND, 1));
        assert_eq!((options.interval, options.ttl, options.size), (250_000, Some(7), 8));
        assert_eq!((options.pattern, options.host), (255, &b"8.8.8.8"[..]));
        assert_eq!(read("-i 2m x").unwrap().interval, 120 * SECOND);
    }

    #[test]
    fn wrong_values_are_named() {
        for (line, text) in [
            ("-s 70000 x", "number 70000 is not in 0..65535 range"),
            ("-t 256 x", "number 256 is not in 1..255 range"),
            ("-c 99999999999 x", "invalid number '99999999999'"),
            ("-i inf x", "invalid number 'inf'"),
            ("-i -1 x", "invalid number '-1'"),
            ("-i . x", "invalid number '.'"),
            ("-p xyz x", "invalid number 'xyz'"),
            ("-p 1ff x", "number 1ff is not in 0..255 range"),
        ] {
            assert_eq!(read(line).unwrap_err().text(), text, "{line}");
        }
        assert_eq!(read("-c1").unwrap_err().text(), "");
        assert_eq!(read("a b").unwrap_err().text(), "");
        assert!(read("-i 99999999999999999999999999999999999999 x").is_ok());
    }
}
