//! Numbers with a fraction, as words and as text. The standard library's ways to and from `f64` are a thirtieth of a small
//! file: exact for 300 digits, where nothing here has more than twelve.

/// The greatest powers of ten that a double holds exactly have this exponent.
const EXACT: i32 = 22;

/// A decimal number with or without sign, fraction and exponent; `None` of another text. Right to the last bit for up to
/// 15 digits and 22 places.
pub fn fraction(text: &[u8]) -> Option<f64> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (digits, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (text.get(..at)?, std::str::from_utf8(text.get(at + 1..)?).ok()?.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (mut mantissa, mut places, mut seen, mut point) = (0u64, exponent.clamp(-1000, 1000) as i32, false, false);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen = true;
                let next = mantissa.checked_mul(10).and_then(|all| all.checked_add(u64::from(byte - b'0')));
                // Digits that find no room move the point.
                places += i32::from(next.is_none()) - i32::from(point);
                mantissa = next.unwrap_or(mantissa);
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    let mut number = mantissa as f64;
    while places != 0 && number != 0.0 && number.is_finite() {
        let step = places.clamp(-EXACT, EXACT);
        let power = (0..step.abs()).fold(1.0, |power, _| power * 10.0);
        number = if step < 0 { number / power } else { number * power };
        places -= step;
    }
    seen.then_some(if negative { -number } else { number })
}

/// A number of zero and more with so many places, at most twelve, behind the point, rounded as C does: what a double holds
/// to the nearest, a half to the even one. What is beyond 2⁶⁴ is that.
pub fn fixed(number: f64, places: u32) -> String {
    let bits = number.max(0.0).to_bits();
    let exponent = i32::try_from(bits >> 52).unwrap_or(0);
    let hidden = if exponent == 0 { 0 } else { 1u64 << 52 };
    let scale = 10u128.pow(places.min(12));
    let all = u128::from(bits & ((1 << 52) - 1) | hidden) * scale;
    let rounded = match u32::try_from(1075 - exponent.max(1)) {
        Ok(shift @ 0..127) => {
            let (whole, rest, half) = (all >> shift, all & ((1 << shift) - 1), (1u128 << shift) >> 1);
            whole + u128::from(rest > half || (rest == half && shift > 0 && whole & 1 == 1))
        }
        Ok(_) => 0,
        Err(_) => u128::from(number as u64) * scale,
    };
    // Both fit, and the standard library's way to write the larger type is 1 KB.
    let (whole, rest) = ((rounded / scale) as u64, (rounded % scale) as u64);
    let mut text = whole.to_string();
    if places > 0 {
        let rest = format!("{rest:012}");
        text.push('.');
        text.push_str(rest.get(12usize.saturating_sub(places as usize)..).unwrap_or(""));
    }
    text
}

/// What C's `%g` writes of `number / 10^places`, of at most four places.
#[inline(never)]
pub(crate) fn short(to: &mut Vec<u8>, number: u64, places: u8) {
    let (digits, places) = (number.checked_ilog10().unwrap_or(0), u32::from(places.min(4)));
    // Six digits are shown, of which those before the point are one more than the difference.
    let mut text = fixed(number as f64 / 10u64.pow(places) as f64, (places + 5).saturating_sub(digits));
    let mut exponent = digits.saturating_sub(places);
    if exponent >= 6 || text == "1000000" {
        let unit = 10u64.pow(digits.saturating_sub(5));
        let (whole, rest) = (number / unit, number % unit);
        let six = whole + u64::from(rest > unit - rest || rest == unit - rest && whole % 2 == 1);
        exponent += u32::from(six == 1_000_000);
        text = six.to_string();
        text.insert(1, '.');
    }
    let shown = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    to.extend_from_slice(shown.as_bytes());
    if exponent >= 6 {
        to.extend_from_slice(format!("e+{exponent:02}").as_bytes());
    }
}

/// A number with a unit prefix as with the reference's `-human`: of 1,000, or with `binary` of 1,024; less stands in full.
pub fn human(number: u64, binary: bool) -> String {
    let base = if binary { 1024.0 } else { 1000.0 };
    let (mut value, mut prefix) = (number as f64, ' ');
    for next in ['k', 'M', 'G', 'T', 'P', 'E'] {
        if value < base {
            break;
        }
        (value, prefix) = (value / base, next);
    }
    if prefix == ' ' {
        return number.to_string();
    }
    let digits = if value < 10.0 { 2 } else { u32::from(value < 100.0) };
    format!("{}{prefix}{}", fixed(value, digits), if binary { "i" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> impl Iterator<Item = u64> {
        let mut seed = 1u64;
        std::iter::repeat_with(move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 20
        })
    }

    #[test]
    fn words_are_read_as_the_standard_library_reads_them() {
        for (at, number) in numbers().take(20_000).enumerate() {
            let (number, places) = (number % 1_000_000_000_000, at % 16);
            for text in [format!("{number}e-{places}"), format!("{}.{:05}", number >> 20, number % 100_000)] {
                assert_eq!(fraction(text.as_bytes()), text.parse().ok(), "{text}");
            }
        }
        for text in
            ["0", "5.", ".5", "+1", "-0.25", "1e3", "1E+2", "1e999", "0e999", "12345678901234567890123", "1e-400"]
        {
            assert_eq!(fraction(text.as_bytes()), text.parse().ok(), "{text}");
        }
        for text in ["", ".", "+", "e5", "1e", "1.2.3", "inf", "nan", "0x1", "1 ", "1e5.0", "--1"] {
            assert_eq!(fraction(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn fractions_are_rounded_as_the_standard_library_rounds_them() {
        for number in numbers().take(20_000) {
            for places in [0, 1, 2, 11] {
                for number in [
                    number as f64 / 64.0,
                    (number % 1000) as f64 / 1000.0,
                    (number & 0xffff_ffff) as f64 / 2_147_483_648.0,
                ] {
                    assert_eq!(fixed(number, places), format!("{number:.*}", places as usize));
                }
            }
        }
        assert_eq!((&*fixed(0.5, 0), &*fixed(1.5, 0), &*fixed(1e-300, 3)), ("0", "2", "0.000"));
        assert_eq!(fixed(1e18, 1), "1000000000000000000.0");
    }

    #[test]
    fn short_ones_are_c_s() {
        let of = |number, places| {
            let mut text = Vec::new();
            short(&mut text, number, places);
            String::from_utf8(text).unwrap()
        };
        let known = [
            (0, "0"),
            (2, "0.02"),
            (10, "0.1"),
            (130, "1.3"),
            (6000, "60"),
            (1_234_567, "12345.7"),
            (12_345_670, "123457"),
            (99_999_900, "999999"),
            (100_000_000, "1e+06"),
            (858_993_459, "8.58993e+06"),
            (99_999_999, "1e+06"),
            (1_000_005, "10000"),
            (1_000_015, "10000.1"),
            (1_000_025, "10000.2"),
            (9_999_999, "100000"),
            (u64::MAX, "1.84467e+17"),
        ];
        for (number, text) in known {
            assert_eq!(of(number, 2), text, "{number}");
        }
        for (at, number) in numbers().take(20_000).enumerate() {
            // Of every length, and every other one ends in a half.
            let number = (number >> (at % 40)) / 10 * 10 + if at % 2 == 0 { 5 } else { at as u64 % 10 };
            for places in [0, 2, 3] {
                let value = number as f64 / 10f64.powi(places.into());
                let scientific = format!("{value:.5e}");
                let (digits, exponent) = scientific.split_once('e').unwrap();
                let expected = match exponent.parse::<i32>().unwrap() {
                    _ if number == 0 => "0".to_owned(),
                    5 => format!("{value:.0}"),
                    exponent @ 6.. => format!("{}e+{exponent:02}", digits.trim_end_matches('0').trim_end_matches('.')),
                    exponent => {
                        let text = format!("{value:.*}", (5 - exponent) as usize);
                        text.trim_end_matches('0').trim_end_matches('.').to_owned()
                    }
                };
                assert_eq!(of(number, places), expected, "{number} {places}");
            }
        }
    }
}
