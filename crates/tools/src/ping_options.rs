//! What `ping`'s command line says.

use crate::getopt::{Opt, Takes, number, opt, parse};
use crate::host::Family;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

const TABLE: &[Opt] = &[
    opt(b'4', "", Takes::Nothing),
    opt(b'6', "", Takes::Nothing),
    opt(b'c', "", Takes::Value),
    opt(b's', "", Takes::Value),
    opt(b'i', "", Takes::Value),
    opt(b'A', "", Takes::Nothing),
    opt(b't', "", Takes::Value),
    opt(b'I', "", Takes::Value),
    opt(b'W', "", Takes::Value),
    opt(b'w', "", Takes::Value),
    opt(b'q', "", Takes::Nothing),
    opt(b'p', "", Takes::Value),
    // What is printed is numeric and all there is anyway.
    opt(b'v', "", Takes::Nothing),
    opt(b'n', "", Takes::Nothing),
];

/// The usage text.
pub(crate) const USAGE: &str = "\
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
  -W SECONDS how long to wait for a first reply, 10 unless said; 0 is for ever";

/// The options.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options<'a> {
    pub(crate) family: Family,
    pub(crate) adaptive: bool,
    /// 0: without end.
    pub(crate) count: u32,
    pub(crate) interval: Duration,
    pub(crate) source: Option<&'a [u8]>,
    pub(crate) pattern: u8,
    pub(crate) quiet: bool,
    pub(crate) size: u16,
    pub(crate) ttl: Option<u8>,
    /// Zero: none.
    pub(crate) deadline: Duration,
    /// Zero: for ever.
    pub(crate) wait: Duration,
    pub(crate) host: &'a [u8],
}

/// Why a command line is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A value; this is said of it.
    Value(String),
    /// The words; the usage follows what is said, if anything is.
    Usage(Option<String>),
}

impl<'a> Options<'a> {
    /// Reads the words behind the program's name.
    pub(crate) fn read(words: &[&'a OsStr]) -> Result<Self, Wrong> {
        let parsed = parse(words, TABLE, true).map_err(|text| Wrong::Usage(Some(text)))?;
        let [host] = parsed.operands.as_slice() else { return Err(Wrong::Usage(None)) };
        let mut options = Options {
            family: Family::Any,
            adaptive: false,
            count: 0,
            interval: Duration::from_secs(1),
            source: None,
            pattern: 0,
            quiet: false,
            size: 56,
            ttl: None,
            deadline: Duration::ZERO,
            wait: Duration::from_secs(10),
            host: host.as_bytes(),
        };
        for (option, value) in parsed.options {
            options.set(option, value.unwrap_or_default()).map_err(Wrong::Value)?;
        }
        Ok(options)
    }

    fn set(&mut self, option: u8, value: &'a [u8]) -> Result<(), String> {
        let seconds = |value| number(value, 0, i32::MAX.unsigned_abs()).map(|n| Duration::from_secs(n.into()));
        match option {
            b'4' => self.family = Family::V4,
            b'6' => self.family = Family::V6,
            b'A' => self.adaptive = true,
            b'c' => self.count = number(value, 0, i32::MAX.unsigned_abs())?,
            b'i' => self.interval = interval(value)?,
            b'I' => self.source = Some(value),
            b'p' => self.pattern = hexadecimal(value)?,
            b'q' => self.quiet = true,
            b's' => self.size = u16::try_from(number(value, 0, u16::MAX.into())?).unwrap_or(u16::MAX),
            b't' => self.ttl = Some(u8::try_from(number(value, 1, u8::MAX.into())?).unwrap_or(u8::MAX)),
            b'w' => self.deadline = seconds(value)?,
            b'W' => self.wait = seconds(value)?,
            _ => {}
        }
        Ok(())
    }
}

/// Seconds with a fraction, and `s`, `m`, `h` or `d` behind them or nothing.
fn interval(word: &[u8]) -> Result<Duration, String> {
    let invalid = || format!("invalid number '{}'", word.escape_ascii());
    let (digits, factor) = match word {
        [digits @ .., b's'] => (digits, 1.0),
        [digits @ .., b'm'] => (digits, 60.0),
        [digits @ .., b'h'] => (digits, 3600.0),
        [digits @ .., b'd'] => (digits, 86400.0),
        digits => (digits, 1.0),
    };
    if !digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return Err(invalid());
    }
    let seconds = netmite_output::fraction(digits).ok_or_else(invalid)?;
    // Past thirty years there is no telling it from never.
    Duration::try_from_secs_f64((seconds * factor).min(1e9)).map_err(|_| invalid())
}

fn hexadecimal(word: &[u8]) -> Result<u8, String> {
    if word.is_empty() || !word.iter().all(u8::is_ascii_hexdigit) {
        return Err(format!("invalid number '{}'", word.escape_ascii()));
    }
    let text = std::str::from_utf8(word).unwrap_or_default();
    u8::from_str_radix(text, 16).map_err(|_| format!("number {text} is not in 0..255 range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options<'_>, Wrong> {
        let words: Vec<&OsStr> = line.split(' ').map(OsStr::new).collect();
        Options::read(&words)
    }

    #[test]
    fn values_are_taken() {
        let options = read("-W 1 -c1 -i 0.25 -t 7 -s 8 -p ff 8.8.8.8").unwrap();
        assert_eq!((options.wait, options.count), (Duration::from_secs(1), 1));
        assert_eq!((options.interval, options.ttl, options.size), (Duration::from_millis(250), Some(7), 8));
        assert_eq!((options.pattern, options.host), (255, &b"8.8.8.8"[..]));
        assert_eq!(read("-i 2m x").unwrap().interval, Duration::from_secs(120));
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
            assert_eq!(read(line), Err(Wrong::Value(text.to_owned())), "{line}");
        }
        assert_eq!(read("-c1"), Err(Wrong::Usage(None)));
        assert_eq!(read("a b"), Err(Wrong::Usage(None)));
        assert!(read("-i 99999999999999999999999999999999999999 x").is_ok());
    }
}
