//! What is known of a refusal beyond the kernel's own line: rows, one for each line that leaves something open.

use crate::error::Error;
use crate::words::plain;
use netmite_netlink::tree::Tree;
use netmite_output::{Brief, Value};

/// What of a refused request stands in the places that a hint leaves open; nothing where the hint is not to be told.
pub type About = for<'t> fn(&'t Tree) -> Option<[Value<'t>; 2]>;

/// A hint for one line.
pub struct Hint {
    line: &'static str,
    text: Brief,
    about: About,
}

/// The hint `text` for a refusal whose first line is `line`; for any, if that is empty.
pub const fn hint(line: &'static str, text: Brief) -> Hint {
    Hint { line, text, about: |_| TOLD }
}

/// Told as it stands: there are no places to be filled.
pub const TOLD: Option<[Value<'static>; 2]> = Some([Value::Null, Value::Null]);

impl Hint {
    /// Told where `about` finds something in the request, which stands for each `%` in turn.
    pub const fn about(self, about: About) -> Hint {
        Hint { about, ..self }
    }

    /// `error`, and below it the first of `hints` that fits; `tree` is the request that was refused.
    pub fn explain(hints: &[Hint], error: Error, tree: &Tree) -> Error {
        for hint in hints {
            if hint.line.is_empty() || hint.line == plain(error.text()) {
                if let Some(values) = (hint.about)(tree) {
                    return error.hint(hint.filled(&values));
                }
            }
        }
        error
    }

    fn filled(&self, values: &[Value; 2]) -> String {
        let [value, other] = values.each_ref().map(|value| {
            let mut text = Vec::new();
            value.write(&mut text);
            String::from_utf8(text).unwrap_or_default()
        });
        self.text.filled(&[&value, &other])
    }
}
