//! Bytes as readable text and back.

/// Hex digits without blanks; `-` for no bytes.
pub fn to_hex(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".to_owned() } else { bytes.iter().map(|byte| format!("{byte:02x}")).collect() }
}

/// The bytes that [`to_hex`] wrote.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text == "-" {
        return Some(Vec::new());
    }
    let digits = text.as_bytes();
    let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    if digits.len() % 2 == 0 { pairs.collect() } else { None }
}

/// A byte string in quotes, with `\xNN` for what is not printable ASCII.
pub fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            0x20..=0x7e => text.push(char::from(*byte)),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            _ => text += &format!("\\x{byte:02x}"),
        }
    }
    text + "\""
}

/// The byte string that [`quoted`] wrote.
pub fn unquoted(text: &str) -> Option<Vec<u8>> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let (mut bytes, mut rest) = (Vec::new(), inner.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (*first, after) {
            (b'\\', [b'x', hex @ ..]) => {
                bytes.push(u8::from_str_radix(std::str::from_utf8(hex.get(..2)?).ok()?, 16).ok()?);
                rest = hex.get(2..)?;
            }
            (b'\\', [escaped, tail @ ..]) => {
                bytes.push(match escaped {
                    b'n' => b'\n',
                    b't' => b'\t',
                    other => *other,
                });
                rest = tail;
            }
            (byte, _) => bytes.push(byte),
        }
    }
    Some(bytes)
}

/// The lines of both texts with what differs marked by `-` and `+`, as far as a reader needs it.
pub fn difference(wanted: &str, got: &str) -> String {
    let (wanted, got): (Vec<&str>, Vec<&str>) = (wanted.lines().collect(), got.lines().collect());
    let (rows, columns) = (wanted.len() + 1, got.len() + 1);
    // The length of the longest common subsequence of what follows, for each pair of places.
    let mut common = vec![0u32; rows * columns];
    for row in (0..wanted.len()).rev() {
        for column in (0..got.len()).rev() {
            common[row * columns + column] = if wanted[row] == got[column] {
                common[(row + 1) * columns + column + 1] + 1
            } else {
                common[(row + 1) * columns + column].max(common[row * columns + column + 1])
            };
        }
    }
    let (mut row, mut column, mut text) = (0, 0, String::new());
    while row < wanted.len() || column < got.len() {
        if row < wanted.len() && column < got.len() && wanted[row] == got[column] {
            text += &format!("  {}\n", wanted[row]);
            (row, column) = (row + 1, column + 1);
        } else if column < got.len()
            && (row == wanted.len() || common[row * columns + column + 1] >= common[(row + 1) * columns + column])
        {
            text += &format!("+ {}\n", got[column]);
            column += 1;
        } else {
            text += &format!("- {}\n", wanted[row]);
            row += 1;
        }
    }
    text
}

/// Long lines of JSON, a member a line.
fn unfolded(text: &str) -> String {
    let long = |line: &str| line.len() > 200 && line.contains("\":");
    let lines = text.lines().map(|line| {
        if long(line) { line.replace(",\"", ",\n    \"").replace(",{", ",\n  {") } else { line.to_owned() }
    });
    lines.map(|line| line + "\n").collect()
}

/// As [`difference`], without the lines that are far from any change.
pub fn changes(wanted: &str, got: &str) -> String {
    let all = difference(&unfolded(wanted), &unfolded(got));
    let lines: Vec<&str> = all.lines().collect();
    let changed = |at: usize| lines.get(at).is_some_and(|line| !line.starts_with("  "));
    let near = |at: usize| (at.saturating_sub(2)..at + 3).any(changed);
    let (mut text, mut command) = (String::new(), None);
    for (at, line) in lines.iter().enumerate() {
        if near(at) {
            // The command stays for the reader to see what the lines below it belong to.
            text.extend(command.take().map(|command: &str| format!("{command}\n")));
            text += &format!("{line}\n");
        } else if line.starts_with("  $ ") {
            command = Some(*line);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unquoted(&quoted(&bytes)), Some(bytes.clone()));
        assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        assert_eq!(from_hex("-"), Some(vec![]));
        assert_eq!(from_hex("0"), None);
    }

    #[test]
    fn a_difference_names_its_lines() {
        assert_eq!(difference("a\nb\nc\n", "a\nx\nc\n"), "  a\n+ x\n- b\n  c\n");
    }
}
