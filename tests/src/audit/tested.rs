//! Which options of the kinds of links the tests try, and how.

use crate::{cases, live, render, tools, wire};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Words that follow `type KIND`, by kind; and what was reported of a kind.
#[derive(Default)]
pub struct Tested {
    /// In recorded requests that were sent.
    pub wire: HashMap<String, HashSet<String>>,
    /// In recorded commands, refused ones too: for prefixes.
    pub probed: HashMap<String, HashSet<String>>,
    /// In scripts.
    pub live: HashMap<String, HashSet<String>>,
    /// Attributes that stand in hex in recorded requests.
    pub hex: HashSet<String>,
    /// Keys, and words among values, of recorded output.
    pub render: HashMap<String, HashSet<String>>,
}

impl Tested {
    /// Reads all cases and recordings.
    ///
    /// # Errors
    /// With what is not understood.
    pub fn read() -> Result<Self, String> {
        let mut tested = Tested::default();
        for (_, text) in tools::text_files("recorded/wire") {
            for case in wire::parse(&text)? {
                let line = case.command.line();
                note(&mut tested.probed, &line);
                let hex = case.lines.iter().filter_map(|line| line.trim_start().split_once(" hex "));
                tested.hex.extend(hex.map(|(name, _)| name.to_owned()));
                if case.lines.iter().any(|line| line.starts_with("request")) {
                    note(&mut tested.wire, &line);
                }
            }
        }
        for script in live::scripts("cases/live") {
            script.lines.iter().for_each(|line| note(&mut tested.live, &line.command));
        }
        for (_, text) in tools::text_files("recorded/render") {
            for (_, block) in render::parse(&text)? {
                let links: Value = serde_json::from_slice(&render::stdout(&block)).unwrap_or_default();
                links.as_array().into_iter().flatten().for_each(|link| tested.reported(link));
            }
        }
        Ok(tested)
    }

    /// Notes what a link's JSON holds.
    fn reported(&mut self, link: &Value) {
        let Some(info) = link.get("linkinfo") else { return };
        let parts = [("info_kind", "info_data", ""), ("info_slave_kind", "info_slave_data", "_slave")];
        for (kind, data, end) in parts {
            if let (Some(kind), Some(data)) = (info.get(kind).and_then(Value::as_str), info.get(data)) {
                words_of(data, self.render.entry(format!("{kind}{end}")).or_default());
            }
        }
    }
}

/// The keys of a value, and the words that are values, in small letters.
fn words_of(value: &Value, to: &mut HashSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            to.insert(key.clone());
            words_of(value, to);
        }),
        Value::Array(values) => values.iter().for_each(|value| words_of(value, to)),
        Value::String(word) => drop(to.insert(word.to_lowercase())),
        _ => (),
    }
}

/// Notes the words behind `type KIND`.
fn note(to: &mut HashMap<String, HashSet<String>>, line: &str) {
    let Ok(command) = cases::Command::parse(line) else { return };
    let words: Vec<String> = command.0.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let at = words.iter().position(|word| word == "type" || word == "t");
    if let Some((kind, words)) = at.and_then(|at| words.get(at + 1..)).and_then(<[String]>::split_first) {
        to.entry(kind.clone()).or_default().extend(words.iter().cloned());
    }
}
