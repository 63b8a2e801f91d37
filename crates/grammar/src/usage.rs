//! Usage texts: the commands that there are, and below them the options, which the rows know.

use crate::error::Error;
use crate::table::Table;
use netmite_output::Brief;

/// What a usage text leaves open.
pub enum Part<'a> {
    /// The options of a table.
    Options(&'a Table),
    /// Words, with blanks between them.
    Words(&'a [&'a str]),
    /// A text.
    Text(&'a str),
}

/// The usage of a command, exit status 255: `text`, in which each `%` stands for one of `parts` in turn.
#[cold]
#[inline(never)]
pub fn usage(text: Brief, parts: &[Part]) -> Error {
    let mut texts = Vec::new();
    for part in parts {
        texts.push(match part {
            Part::Options(table) => table.usage(),
            Part::Words(words) => words.join(" "),
            Part::Text(text) => (*text).to_owned(),
        });
    }
    let parts: Vec<_> = texts.iter().map(String::as_str).collect();
    Error::new(255, text.filled(&parts))
}

impl Table {
    /// The options as a usage text shows them, one a line.
    pub fn usage(&self) -> String {
        let mut text = String::new();
        for (row, doc) in self.rows.iter().zip(self.rows.docs()).filter(|(row, _)| row.has_keys()) {
            for (at, key) in row.keys().enumerate() {
                text += if at == 0 { "    [ " } else { " | " };
                text += key.word;
            }
            row.codec().shape().add_to(&mut text);
            for part in [" ]  ", &doc, "\n"] {
                text += part;
            }
        }
        text
    }
}
