//! Facts as rows describe them: the row says the label and the key, the codec the value.

use crate::rows::Row;
use crate::session::Context;
use netmite_output::{Colour, Value};

impl Context<'_> {
    /// The regular fact of a row: in text its label and the value, in JSON its key and the value.
    pub fn field<'v>(&mut self, row: &Row, value: impl Into<Value<'v>>) {
        self.fact(row, value.into());
    }

    fn fact(&mut self, row: &Row, value: Value) {
        self.out.field(row.json_key(), row.text_label(), value);
    }

    /// A fact of a row that has a word of its own in text: `ttl inherit` is 0 in JSON.
    pub fn field_as<'v>(&mut self, row: &Row, value: impl Into<Value<'v>>, word: &str) {
        self.out.json(row.json_key(), value);
        self.field_in_text(row, word);
    }

    /// A fact of a row that JSON does not have, or has under another key.
    pub fn field_in_text(&mut self, row: &Row, word: &str) {
        if !self.out.is_json() {
            self.field(row, word);
        }
    }

    /// What `write` writes, in `colour`.
    pub fn coloured(&mut self, colour: Colour, write: &mut dyn FnMut(&mut Self)) {
        self.out.begin_colour(colour);
        write(self);
        self.out.end_colour(colour);
    }

    /// A fact of a row that its label says all of in text.
    pub fn field_on<'v>(&mut self, row: &Row, value: impl Into<Value<'v>>) {
        self.out.json(row.json_key(), value);
        self.labels(&[row.text_label(), " "]);
    }

    /// A yes or no of a row: in text its label, with `no` in front if it is none, where it is `told`.
    pub fn field_yes(&mut self, row: &Row, yes: bool, told: bool) {
        self.out.json(row.json_key(), yes);
        if told {
            self.labels(&[if yes { "" } else { "no" }, row.text_label(), " "]);
        }
    }

    fn labels(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.out.text(part));
    }
}
