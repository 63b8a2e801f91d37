//! Numbers as C's `sscanf` reads them: blanks in front are skipped, and what stands behind a number is left alone.

/// A whole number: decimal, hexadecimal behind `0x`, octal behind `0`; `None` for none, and for one beyond 64 bits.
pub(crate) fn integer(word: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(word.trim_ascii_start());
    let (base, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', ..] => (8, digits),
        _ => (10, digits),
    };
    let number = i64::try_from(in_base(digits, base)?).ok()?;
    Some(if negative { -number } else { number })
}

/// The number that a text begins with, if it does and that has no more than 64 bits.
fn in_base(text: &[u8], base: u32) -> Option<u64> {
    let mut number = None;
    for byte in text {
        let Some(digit) = char::from(*byte).to_digit(base) else { break };
        number = Some(number.unwrap_or(0u64).checked_mul(base.into())?.checked_add(digit.into())?);
    }
    number
}

/// Seconds with a fraction, in hundredths of a second. The fraction is cut off to whole microseconds and then to
/// hundredths, as the original does it: 10.01 s, which a `double` holds as a little less, are 1,000 of them. One below zero
/// is one that is too large. `None` for no number.
pub(crate) fn hundredths(word: &[u8]) -> Option<u64> {
    let seconds = float(word).map(|seconds| if seconds < 0.0 { f64::MAX } else { seconds })?;
    // From 2^64 up, `as` saturates; the caller's width check refuses that.
    let micros = ((seconds - seconds.trunc()) * 1_000_000.0) as u64;
    Some((seconds.trunc() as u64).saturating_mul(100).saturating_add(micros / 10_000))
}

fn float(word: &[u8]) -> Option<f64> {
    let (negative, digits) = sign(word.trim_ascii_start());
    let number = match digits {
        [b'0', b'x' | b'X', rest @ ..] => in_base(rest, 16)? as f64,
        _ => decimal(digits)?,
    };
    Some(if negative { -number } else { number })
}

fn decimal(word: &[u8]) -> Option<f64> {
    let digits = |from: usize| word.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    let fraction = if word.get(whole) == Some(&b'.') { 1 + digits(whole + 1) } else { 0 };
    let mut end = whole + fraction;
    if matches!(word.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(word.get(end + 1), Some(b'+' | b'-')));
        // An exponent that is begun must be there.
        let exponent = Some(digits(end + 1 + signed)).filter(|len| *len > 0)?;
        end += 1 + signed + exponent;
    }
    netmite_output::fraction(word.get(..end)?)
}

fn sign(word: &[u8]) -> (bool, &[u8]) {
    match word {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds() {
        let known = [
            ("15", 1500),
            ("1.29", 129),
            ("1e3", 100_000),
            (" 5s", 500),
            (".5", 50),
            ("5.", 500),
            ("10.01", 1000),
            ("30.01", 3001),
            ("0x10", 1600),
            ("0.009", 0),
        ];
        for (word, hundredths_of) in known {
            assert_eq!(hundredths(word.as_bytes()), Some(hundredths_of), "{word}");
        }
        for bad in [&b"x"[..], b"", b"inf", b"nan", b"5e", b".", b"\xff"] {
            assert_eq!(hundredths(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn seconds_out_of_range() {
        for (word, least) in [(&b"-1"[..], u64::MAX), (b"1e999", u64::MAX), (b"1e30", u64::MAX)] {
            assert_eq!(hundredths(word), Some(least), "{word:?}");
        }
    }

    #[test]
    fn integers() {
        let known = [("5x", 5), (" +5", 5), ("0x8000", 32768), ("010", 8), ("08", 0), ("0", 0), ("-3", -3)];
        for (word, number) in known {
            assert_eq!(integer(word.as_bytes()), Some(number), "{word}");
        }
        for bad in [&b"x"[..], b"", b"0x", b"99999999999999999999", b"+", b"\xff"] {
            assert_eq!(integer(bad), None, "{bad:?}");
        }
    }
}
