//! A Rust source as rules see it: the code without comments, without what stands in literals, without its tests.
//!
//! It is no parser: it knows comments, strings, characters and lifetimes, which is enough to find words in code.

/// A source file.
pub struct Source {
    /// Its path in the workspace.
    pub path: String,
    /// As it is.
    pub text: String,
    /// The same lines with comments blanked.
    pub literal: String,
    /// The same lines with comments and the insides of literals blanked.
    pub code: String,
}

impl Source {
    /// Reads a file's text.
    pub fn new(path: &str, text: &str) -> Self {
        let (literal, code) = blank(text);
        Source { path: path.to_owned(), text: text.to_owned(), literal, code }
    }

    /// The number of lines before the tests that end the file.
    pub fn length(&self) -> usize {
        let lines: Vec<&str> = self.code.lines().collect();
        let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1] == "mod tests {");
        tests.unwrap_or(lines.len())
    }

    /// The code before the tests, with line numbers.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.code.lines()).take(self.length())
    }

    /// Whether the file is below a folder, or is the file.
    pub fn within(&self, place: &str) -> bool {
        self.path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Whether `line` holds `word`, not as part of a longer name.
pub fn holds(line: &str, word: &str) -> bool {
    let part = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + word.len()..].chars().next());
        !(part(before) || word.ends_with(char::is_alphanumeric) && part(after))
    })
}

/// The text with comments blanked, and with the insides of literals blanked too.
fn blank(text: &str) -> (String, String) {
    let (mut literal, mut code) = (String::new(), String::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, comment) = match token(rest, code.chars().next_back()) {
            Some(found) => found,
            None => {
                literal.push(first);
                code.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        let (token, after) = rest.split_at(length);
        let spaces = |c: char| if c == '\n' { '\n' } else { ' ' };
        let blanked: String = token.chars().map(spaces).collect();
        literal += if comment { &blanked } else { token };
        code += &blanked;
        rest = after;
    }
    (literal, code)
}

/// The length of the comment (`true`) or literal that `text` begins with, if it does. `before` is the character before.
fn token(text: &str, before: Option<char>) -> Option<(usize, bool)> {
    if text.starts_with("//") {
        return Some((text.find('\n').unwrap_or(text.len()), true));
    }
    if text.starts_with("/*") {
        return Some((block_comment(text), true));
    }
    let in_name = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if text.starts_with('"') {
        return Some((quoted(text, '"'), false));
    }
    if !in_name && (text.starts_with('r') || text.starts_with("br") || text.starts_with("cr")) {
        let body = text.trim_start_matches(['b', 'c']).trim_start_matches('r');
        let hashes = body.len() - body.trim_start_matches('#').len();
        if body[hashes..].starts_with('"') {
            let start = text.len() - body.len() + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            return Some((text[start..].find(&end).map_or(text.len(), |at| start + at + end.len()), false));
        }
    }
    if let Some(rest) = text.strip_prefix('\'') {
        let mut characters = rest.chars();
        let (inside, next) = (characters.next()?, characters.next());
        return (inside == '\\' || next == Some('\'')).then(|| (quoted(text, '\''), false));
    }
    None
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if !escaped && character == quote {
            return at + 1;
        }
        escaped = !escaped && character == '\\';
    }
    text.len()
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked() {
        let text = "let a = \"un//safe\"; // unsafe\n/* x /* y */ z */ let b = r#\"a\"b\"#; let c: &'a u8 = '\\'';\n";
        let source = Source::new("x.rs", text);
        assert!(!source.code.contains("safe"));
        assert!(source.literal.contains("un//safe") && !source.literal.contains("// unsafe"));
        assert!(source.code.contains("let b =") && source.code.contains("&'a u8 ="));
        assert!(!source.code.contains('z') && !source.code.contains("a\"b"));
        assert_eq!(source.code.lines().count(), 2);
    }

    #[test]
    fn words_are_whole() {
        assert!(holds("unsafe {", "unsafe"));
        assert!(!holds("unsafe_code", "unsafe"));
        assert!(!holds("eprintln!(", "println!"));
        assert!(holds("std::println!(", "println!"));
    }

    #[test]
    fn tests_at_the_end_are_not_counted() {
        assert_eq!(Source::new("x.rs", "a\nb\n#[cfg(test)]\nmod tests {\n}\n").length(), 2);
    }
}
