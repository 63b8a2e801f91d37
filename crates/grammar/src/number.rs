//! Numbers as the reference reads them: C's `strtoul` with base 0, within a width.

/// An unsigned number: decimal, `0x` hexadecimal, `0b` binary, or octal after a leading `0`, and nothing behind it. Blanks and a
/// `+` in front are passed over; a `-` is only that of `-0`, where C would wrap.
pub fn unsigned(word: &[u8]) -> Option<u64> {
    match word.trim_ascii_start() {
        [b'-', digits @ ..] => bare(digits).filter(|number| *number == 0),
        [b'+', digits @ ..] => bare(digits),
        digits => bare(digits),
    }
}

fn bare(digits: &[u8]) -> Option<u64> {
    let (digits, base) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (rest, 16),
        [b'0', b'b' | b'B', rest @ ..] => (rest, 2),
        [b'0', rest @ ..] if !rest.is_empty() => (rest, 8),
        _ => (digits, 10),
    };
    in_base(digits, base)
}

/// An unsigned number in base 10, whatever it begins with; blanks and a `+` in front are passed over.
pub fn decimal(word: &[u8]) -> Option<u64> {
    let word = word.trim_ascii_start();
    in_base(word.strip_prefix(b"+").unwrap_or(word), 10)
}

/// An unsigned number in hexadecimal, with or without `0x`; blanks and a `+` in front are passed over.
pub fn hex(word: &[u8]) -> Option<u64> {
    let word = word.trim_ascii_start();
    let word = word.strip_prefix(b"+").unwrap_or(word);
    in_base(word.strip_prefix(b"0x").or_else(|| word.strip_prefix(b"0X")).unwrap_or(word), 16)
}

/// An unsigned number whose digits are all of `base`, 2 to 36.
pub fn in_base(digits: &[u8], base: u32) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            _ => (digit | 0x20).checked_sub(b'a')?.checked_add(10)?,
        };
        let digit = Some(u64::from(digit)).filter(|digit| *digit < u64::from(base))?;
        number.checked_mul(u64::from(base))?.checked_add(digit)
    })
}

/// As [`unsigned`], no greater than `most`.
pub fn up_to(word: &[u8], most: u64) -> Option<u64> {
    unsigned(word).filter(|number| *number <= most)
}

/// A number of 8 bits.
pub fn u8(word: &[u8]) -> Option<u8> {
    unsigned(word)?.try_into().ok()
}

/// A number of 16 bits.
pub fn u16(word: &[u8]) -> Option<u16> {
    unsigned(word)?.try_into().ok()
}

/// A number of 32 bits.
pub fn u32(word: &[u8]) -> Option<u32> {
    unsigned(word)?.try_into().ok()
}

/// A number of 32 bits that may have a minus in front.
pub fn i32(word: &[u8]) -> Option<i32> {
    match word.trim_ascii_start() {
        [b'-', digits @ ..] => i32::try_from(-i64::try_from(bare(digits)?).ok()?).ok(),
        digits => i32::try_from(unsigned(digits)?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_and_bounds() {
        assert_eq!(unsigned(b"0x1F"), Some(31));
        assert_eq!(unsigned(b"010"), Some(8));
        assert_eq!(unsigned(b"0b101"), Some(5));
        assert_eq!(unsigned(b"0"), Some(0));
        for good in [&b"+1"[..], b" 1", b"\t\n1"] {
            assert_eq!((unsigned(good), i32(good)), (Some(1), Some(1)), "{good:?}");
        }
        assert_eq!(unsigned(b"-0"), Some(0));
        for bad in [&b""[..], b"0x", b"0b", b"0b2", b"08", b"-1", b"1 ", b"+ 1", b"+-1", b"18446744073709551616", b"1a"]
        {
            assert_eq!(unsigned(bad), None, "{bad:?}");
        }
        for good in [&b"1f"[..], b"0x1F", b"0X1f", b" +1f", b"+0x1f"] {
            assert_eq!(hex(good), Some(31), "{good:?}");
        }
        assert_eq!(
            (decimal(b"010"), decimal(b" +8"), decimal(b"0x8"), decimal(b"-8")),
            (Some(10), Some(8), None, None)
        );
        for bad in [&b""[..], b"0x", b"0x+1", b"-1", b"1g", b"+"] {
            assert_eq!(hex(bad), None, "{bad:?}");
        }
        assert_eq!(u8(b"256"), None);
        assert_eq!(i32(b"-2147483648"), Some(i32::MIN));
    }
}
