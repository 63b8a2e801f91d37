//! JSON's punctuation: commas, brackets, indentation, strings.

/// The state of a JSON text under way.
#[derive(Debug, Default)]
pub(crate) struct Json {
    pretty: bool,
    depth: usize,
    /// Whether something stands in the present bracket already, so that a comma must come first.
    filled: bool,
    merged: Merged,
}

/// An object whose members stand in the one around it.
#[derive(Debug, Default, PartialEq, Eq)]
enum Merged {
    #[default]
    None,
    /// The next one will be.
    Next,
    /// One at this depth is open.
    Open(usize),
}

impl Json {
    pub(crate) fn new(pretty: bool) -> Self {
        Json { pretty, ..Json::default() }
    }

    fn separate(&mut self, to: &mut Vec<u8>) {
        if std::mem::replace(&mut self.filled, true) {
            to.push(b',');
        }
    }

    fn line(&self, to: &mut Vec<u8>) {
        if self.pretty {
            to.push(b'\n');
            to.resize(to.len() + self.depth * 4, b' ');
        }
    }

    /// A comma if one is due, and the key; an element of an array has none.
    pub(crate) fn key(&mut self, to: &mut Vec<u8>, key: &str) {
        self.separate(to);
        if !key.is_empty() {
            self.line(to);
            // Keys are our own words, in which nothing is to be escaped.
            to.push(b'"');
            to.extend_from_slice(key.as_bytes());
            to.extend_from_slice(if self.pretty { b"\": " } else { b"\":" });
        }
    }

    pub(crate) fn merge_next(&mut self) {
        self.merged = Merged::Next;
    }

    pub(crate) fn open_object(&mut self, to: &mut Vec<u8>, key: &str) {
        if key.is_empty() && self.merged == Merged::Next {
            self.merged = Merged::Open(self.depth);
            return;
        }
        self.key(to, key);
        to.push(b'{');
        (self.depth, self.filled) = (self.depth + 1, false);
    }

    pub(crate) fn close_object(&mut self, to: &mut Vec<u8>) {
        if std::mem::take(&mut self.merged) == Merged::Open(self.depth) {
            return;
        }
        self.depth = self.depth.saturating_sub(1);
        if self.filled {
            self.line(to);
        }
        to.push(b'}');
        self.filled = true;
    }

    pub(crate) fn open_array(&mut self, to: &mut Vec<u8>, key: &str) {
        self.key(to, key);
        to.push(b'[');
        if self.pretty {
            to.push(b' ');
        }
        (self.depth, self.filled) = (self.depth + 1, false);
    }

    pub(crate) fn close_array(&mut self, to: &mut Vec<u8>) {
        self.depth = self.depth.saturating_sub(1);
        if self.pretty && self.filled {
            to.push(b' ');
        }
        to.push(b']');
        self.filled = true;
    }

    /// The end of a top-level value: a newline, and the next one starts afresh.
    pub(crate) fn end(&mut self, to: &mut Vec<u8>) {
        to.push(b'\n');
        self.filled = false;
    }
}

/// Appends a string. Controls are escaped; a byte that is not UTF-8 becomes the escape of its own number, so that the
/// text is valid whatever a name holds.
pub(crate) fn string(to: &mut Vec<u8>, bytes: &[u8]) {
    to.push(b'"');
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        to.extend_from_slice(bytes);
    } else {
        escaped(to, bytes);
    }
    to.push(b'"');
}

/// Appends what is not all plain.
fn escaped(to: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        for byte in chunk.valid().bytes() {
            match byte {
                b'"' | b'\\' => to.extend_from_slice(&[b'\\', byte]),
                b'\n' => to.extend_from_slice(b"\\n"),
                b'\t' => to.extend_from_slice(b"\\t"),
                b'\r' => to.extend_from_slice(b"\\r"),
                8 => to.extend_from_slice(b"\\b"),
                12 => to.extend_from_slice(b"\\f"),
                0..32 | 127 => escape(to, byte),
                _ => to.push(byte),
            }
        }
        chunk.invalid().iter().for_each(|byte| escape(to, *byte));
    }
}

fn escape(to: &mut Vec<u8>, byte: u8) {
    to.extend_from_slice(b"\\u00");
    if byte < 16 {
        to.push(b'0');
    }
    crate::value::hex(to, u64::from(byte));
}
