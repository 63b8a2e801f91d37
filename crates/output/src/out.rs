//! One call a fact: text or JSON comes of it, at once.
//!
//! Where the two differ, [`Out::text`] speaks to text alone and [`Out::json`] to JSON alone.

use crate::colour::{Colour, Palette, When};
use crate::io::Io;
use crate::json::Json;
use crate::names::Names;
use crate::value::{Value, append, escape_controls};

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// JSON in place of text.
    pub json: bool,
    /// Indented JSON.
    pub pretty: bool,
    /// One record a line: `\` in place of the newlines inside.
    pub oneline: bool,
    /// When to use colour; never in JSON.
    pub colour: When,
    /// What the variable `COLORFGBG` says, if it matters.
    pub background: Option<&'static [u8]>,
}

/// The writer of facts.
pub struct Out<'io> {
    io: &'io mut Io,
    json: Option<Json>,
    oneline: bool,
    palette: Option<Palette>,
    /// Whether standard output is a terminal, asked when it first matters.
    terminal: Option<bool>,
}

impl<'io> Out<'io> {
    /// A writer in the form `format`.
    pub fn new(io: &'io mut Io, format: Format) -> Self {
        let coloured = !format.json
            && match format.colour {
                When::Never => false,
                When::Auto => io.is_terminal(),
                When::Always => true,
            };
        Out {
            io,
            json: format.json.then(|| Json::new(format.pretty)),
            oneline: format.oneline,
            palette: coloured.then(|| Palette::for_background(format.background)),
            terminal: None,
        }
    }

    /// Whether JSON is written.
    #[inline]
    pub fn is_json(&self) -> bool {
        self.json.is_some()
    }

    /// Whether records stand on one line each.
    pub fn is_oneline(&self) -> bool {
        self.oneline
    }

    /// The regular fact: in text `label value `, in JSON `"key":value`.
    pub fn field<'v>(&mut self, key: &str, label: &str, value: impl Into<Value<'v>>) {
        self.labelled(key, label, value.into());
    }

    fn labelled(&mut self, key: &str, label: &str, value: Value) {
        if self.json.is_some() {
            return self.json_value(key, value);
        }
        let buffer = self.io.buffer();
        append(buffer, label.as_bytes());
        buffer.push(b' ');
        self.plain_value(value);
        self.io.buffer().push(b' ');
    }

    /// A fact with text of one's own around the value: in text `before value after`, in JSON `"key":value`.
    pub fn put<'v>(&mut self, key: &str, before: &str, value: impl Into<Value<'v>>, after: &str) {
        self.fact(Colour::None, key, [before, "", after], value.into());
    }

    /// As [`Out::put`], with the value in `colour`.
    pub fn put_in<'v>(&mut self, colour: Colour, key: &str, before: &str, value: impl Into<Value<'v>>, after: &str) {
        self.fact(colour, key, [before, "", after], value.into());
    }

    /// As [`Out::put_in`], with the colour going on over what is `after` the value.
    pub fn put_over<'v>(&mut self, colour: Colour, key: &str, before: &str, value: impl Into<Value<'v>>, after: &str) {
        self.fact(colour, key, [before, after, ""], value.into());
    }

    /// A fact between texts: before the colour, within it behind the value, and behind the colour. Not generic, so that it is
    /// compiled once, and here.
    fn fact(&mut self, colour: Colour, key: &str, [before, within, after]: [&str; 3], value: Value) {
        if self.json.is_some() {
            return self.json_value(key, value);
        }
        let (start, end) = self.palette.map_or(("", ""), |palette| (palette.start(colour), Palette::end(colour)));
        for text in [before, start] {
            append(self.io.buffer(), text.as_bytes());
        }
        self.plain_value(value);
        for text in [within, end, after] {
            append(self.io.buffer(), text.as_bytes());
        }
    }

    /// Text that `write` writes, in `colour`.
    pub fn coloured(&mut self, colour: Colour, write: impl FnOnce(&mut Self)) {
        self.begin_colour(colour);
        write(self);
        self.end_colour(colour);
    }

    /// Text is in `colour` from here on.
    pub fn begin_colour(&mut self, colour: Colour) {
        if let Some(palette) = self.palette {
            self.text(palette.start(colour));
        }
    }

    /// Text has the usual colour again.
    pub fn end_colour(&mut self, colour: Colour) {
        if self.palette.is_some() {
            self.text(Palette::end(colour));
        }
    }

    /// To text alone.
    #[inline]
    pub fn text(&mut self, text: &str) {
        if self.json.is_none() {
            append(self.io.buffer(), text.as_bytes());
        }
    }

    /// A value to text alone.
    pub fn text_value<'v>(&mut self, value: impl Into<Value<'v>>) {
        if self.json.is_none() {
            self.plain_value(value.into());
        }
    }

    /// Anybody's bytes are looked at for what a terminal would obey; nothing else needs that.
    #[inline]
    fn plain_value(&mut self, value: Value) {
        match value {
            Value::Bytes(bytes) => self.bytes(bytes),
            _ => value.write(self.io.buffer()),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if bytes.iter().any(u8::is_ascii_control) && self.is_terminal() {
            return escape_controls(self.io.buffer(), bytes);
        }
        append(self.io.buffer(), bytes);
    }

    /// A value to text alone, filled with blanks to `width`: on its right, or with `right` on its left.
    pub fn text_padded<'v>(&mut self, value: impl Into<Value<'v>>, width: usize, right: bool) {
        self.padded(value.into(), width, right);
    }

    fn padded(&mut self, value: Value, width: usize, right: bool) {
        if self.json.is_some() {
            return;
        }
        let start = self.io.buffer().len();
        self.plain_value(value);
        let buffer = self.io.buffer();
        let end = buffer.len();
        let blanks = width.saturating_sub(end.saturating_sub(start));
        buffer.resize(end + blanks, b' ');
        if right && blanks > 0 {
            buffer.copy_within(start..end, start + blanks);
            buffer.get_mut(start..start + blanks).unwrap_or_default().fill(b' ');
        }
    }

    /// To JSON alone; an element of an array has the key "".
    pub fn json<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        if self.json.is_some() {
            self.json_value(key, value.into());
        }
    }

    fn json_value(&mut self, key: &str, value: Value) {
        if let Some(json) = &mut self.json {
            let buffer = self.io.buffer();
            json.key(buffer, key);
            value.write_json(buffer);
        }
    }

    /// The names of the bits that are set, with commas between; in JSON an array. Bits without a name stand behind them as one
    /// hexadecimal number. `before` is what stands in front of the first.
    pub fn bits(&mut self, key: &str, before: &str, bits: u32, names: Names) {
        self.open_array(key);
        let (mut before, mut rest) = (before, bits);
        for (bit, name) in names {
            if bits & bit != 0 {
                self.put("", std::mem::replace(&mut before, ","), name, "");
                rest &= !bit;
            }
        }
        if rest != 0 {
            self.put("", before, Value::HexDigits(rest.into(), 1), "");
        }
        self.close_array();
    }

    /// Opens an object in JSON; nothing in text.
    pub fn open_object(&mut self, key: &str) {
        if let Some(json) = &mut self.json {
            json.open_object(self.io.buffer(), key);
        }
    }

    /// The next object without a key becomes part of the one that is open: its members stand there, without brackets.
    pub fn merge_next(&mut self) {
        if let Some(json) = &mut self.json {
            json.merge_next();
        }
    }

    /// Closes the object opened last.
    pub fn close_object(&mut self) {
        if let Some(json) = &mut self.json {
            json.close_object(self.io.buffer());
        }
        self.io.drain();
    }

    /// Opens an array in JSON; nothing in text.
    pub fn open_array(&mut self, key: &str) {
        if let Some(json) = &mut self.json {
            json.open_array(self.io.buffer(), key);
        }
    }

    /// Closes the array opened last.
    pub fn close_array(&mut self) {
        if let Some(json) = &mut self.json {
            json.close_array(self.io.buffer());
        }
    }

    /// Closes the array that is a command's JSON value, and ends that.
    pub fn close_list(&mut self) {
        self.close_array();
        self.end_json();
    }

    /// Says of the object that is begun that it was deleted.
    pub fn deleted(&mut self) {
        self.json("deleted", true);
        self.text("Deleted ");
    }

    /// The end of a command's JSON value: a newline. Nothing in text.
    pub fn end_json(&mut self) {
        if let Some(json) = &mut self.json {
            json.end(self.io.buffer());
        }
    }

    /// A newline inside a record: `\` where records stand on one line.
    pub fn newline(&mut self) {
        self.text(if self.oneline { "\\" } else { "\n" });
    }

    /// The newline that ends a record.
    pub fn end_line(&mut self) {
        self.text("\n");
        self.io.drain();
    }

    /// What the tool may write to, past this writer: errors, a flush before a child starts.
    pub fn io(&mut self) -> &mut Io {
        self.io
    }

    fn is_terminal(&mut self) -> bool {
        let io = &*self.io;
        *self.terminal.get_or_insert_with(|| io.is_terminal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(format: Format) -> String {
        let mut io = Io::memory();
        let mut out = Out::new(&mut io, format);
        out.open_array("");
        for name in [&b"lo"[..], b"a\"\xff\x1b"] {
            out.open_object("");
            out.put_in(Colour::IfName, "ifname", "", name, ": ");
            out.open_array("flags");
            out.json("", "UP");
            out.json("", "DOWN");
            out.close_array();
            out.open_array("none");
            out.close_array();
            out.newline();
            out.field("mtu", "mtu", 1500u32);
            out.end_line();
            out.close_object();
        }
        out.close_array();
        out.end_json();
        String::from_utf8_lossy(&io.captured().0).into_owned()
    }

    #[test]
    fn text_and_json_of_the_same_calls() {
        assert_eq!(write(Format { oneline: true, ..Format::default() }).lines().next(), Some("lo: \\mtu 1500 "));
        let json = write(Format { json: true, ..Format::default() });
        assert_eq!(json.split("},").next(), Some(r#"[{"ifname":"lo","flags":["UP","DOWN"],"none":[],"mtu":1500"#));
        let pretty = write(Format { json: true, pretty: true, ..Format::default() });
        assert!(
            pretty.starts_with("[ {\n        \"ifname\": \"lo\",\n        \"flags\": [ \"UP\",\"DOWN\" ],\n"),
            "{pretty}"
        );
        assert!(pretty.ends_with("\n    } ]\n"), "{pretty}");
        for text in [json, pretty] {
            let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(tree[1]["ifname"], "a\"\u{ff}\u{1b}");
        }
        let coloured = write(Format { colour: When::Always, ..Format::default() });
        assert!(coloured.starts_with("\x1b[1;36mlo\x1b[0m: \n"), "{coloured:?}");
    }
}
