//! What manual pages and completion tell of each tool, whichever way it reads its words.

use netmite_brctl as brctl;
use netmite_grammar::Shape;
use netmite_grammar::manual::{Manual, Object};
use netmite_nat::rows;

/// A tool.
pub struct Tool {
    pub name: &'static str,
    pub about: &'static str,
    /// Options in front, with their dashes; what their value is called, if they have one; what they are for.
    pub flags: Vec<(Vec<String>, &'static str, &'static str)>,
    /// One, without a name, where verbs follow the tool's name.
    pub objects: Vec<Subject>,
    /// Whether objects and verbs may be cut short.
    pub abbreviates: bool,
}

/// An object and its verbs.
pub struct Subject {
    pub name: &'static str,
    pub about: &'static str,
    /// Each with what it does, where that is told.
    pub verbs: Vec<(&'static str, &'static str)>,
    pub places: Vec<Place>,
}

/// Where words stand: behind which verbs, and behind which words from there.
pub struct Place {
    pub verbs: Vec<String>,
    pub after: String,
    pub options: Vec<Word>,
}

/// An option.
pub struct Word {
    pub words: Vec<String>,
    /// What its value is called; empty where it has none.
    pub value: String,
    pub offers: Offers,
    pub doc: &'static str,
    /// Whether the value may stand alone.
    pub positional: bool,
}

/// What a shell may offer for a value.
pub enum Offers {
    Nothing,
    Words(Vec<String>),
    Devices,
    Namespaces,
}

/// The tools that have pages.
pub fn tools() -> Vec<Tool> {
    vec![
        of_tables(netmite_ip::manual()),
        of_tables(netmite_bridge::manual()),
        of_brctl(),
        of_rows(&netmite_nat::NAT),
        of_rows(netmite::grammar()),
    ]
}

fn of_tables(manual: Manual) -> Tool {
    let flags = manual.flags.iter().map(|flag| (vec![format!("-{}", flag.word)], flag.value().unwrap_or(""), flag.doc));
    Tool {
        name: manual.name,
        about: manual.about,
        flags: flags.collect(),
        objects: manual.objects.into_iter().map(of_object).collect(),
        abbreviates: true,
    }
}

fn of_object(object: Object) -> Subject {
    let deeper: Vec<String> = object.parts.iter().map(|part| part.after.clone()).collect();
    let places = object.parts.into_iter().map(|part| {
        let options = part.options.into_iter().map(|choice| {
            // `type` is followed by what tables there are for kinds.
            let kinds = choice.words.iter().flat_map(|word| {
                let own = deeper.iter().filter_map(|after| after.strip_prefix(word)?.strip_prefix(' '));
                own.filter(|kind| !kind.contains(' ')).map(str::to_owned).collect::<Vec<_>>()
            });
            let kinds: Vec<String> = kinds.collect();
            let offers = match choice.shape {
                _ if !kinds.is_empty() => Offers::Words(kinds),
                Shape::Choice(words) => Offers::Words(words.words().map(str::to_owned).collect()),
                Shape::Words(words) => Offers::Words(words.iter().map(|word| (*word).to_owned()).collect()),
                Shape::Device => Offers::Devices,
                Shape::Value("NETNS") => Offers::Namespaces,
                _ => Offers::Nothing,
            };
            Word {
                words: choice.words.iter().map(|word| (*word).to_owned()).collect(),
                value: choice.shape.text(),
                offers,
                doc: choice.doc,
                positional: choice.positional,
            }
        });
        let options = options.collect();
        Place { verbs: part.verbs.iter().map(|verb| (*verb).to_owned()).collect(), after: part.after, options }
    });
    let places = places.collect();
    let verbs = object.verbs.iter().map(|verb| (*verb, "")).collect();
    Subject { name: object.name, about: object.about, verbs, places }
}

fn of_brctl() -> Tool {
    let place = |(name, usage, _): (&'static str, &'static str, &'static str)| {
        let argument = |word: &str| {
            let value = word.trim_matches(['<', '>', '[', ']']).to_uppercase();
            let offers = match word {
                "{on|off}" => Offers::Words(vec!["on".to_owned(), "off".to_owned()]),
                "<bridge>" | "<port>" | "<device>" => Offers::Devices,
                _ => Offers::Nothing,
            };
            Word { words: Vec::new(), value, offers, doc: "", positional: true }
        };
        let options = usage.split_whitespace().filter(|word| word.len() > 1).map(argument).collect();
        Place { verbs: vec![name.to_owned()], after: String::new(), options }
    };
    let verbs = brctl::commands().map(|(name, _, doc)| (name, doc)).collect();
    let places = brctl::commands().map(place).collect();
    let about = "bridges, as bridge-utils had them";
    let flags = [("-h", "help"), ("-V", "the version"), ("-j", "JSON")];
    Tool {
        name: "brctl",
        about,
        flags: flags.iter().map(|(flag, doc)| (vec![(*flag).to_owned()], "", *doc)).collect(),
        objects: vec![Subject { name: "", about, verbs, places }],
        abbreviates: false,
    }
}

fn of_rows(grammar: &'static rows::Grammar) -> Tool {
    let spellings = |row: &rows::Row| {
        let long = [Some(row.name), row.alias].into_iter().flatten().map(|word| format!("--{word}"));
        row.short.map(|letter| format!("-{letter}")).into_iter().chain(long).collect::<Vec<_>>()
    };
    let word = |row: &'static rows::Row| Word {
        words: if row.is_word() { Vec::new() } else { spellings(row) },
        value: row.value.to_owned(),
        offers: match row.value {
            "DEVICE" | "INTERFACE" => Offers::Devices,
            "TOOL" => Offers::Words(netmite::TOOLS.iter().map(|tool| tool.name.to_owned()).collect()),
            "KIND" => Offers::Words(netmite_nat::kinds().map(str::to_owned).collect()),
            _ => Offers::Nothing,
        },
        doc: row.help,
        positional: row.is_word(),
    };
    let places = grammar.verbs.iter().map(|verb| Place {
        verbs: [Some(verb.name), verb.alias].into_iter().flatten().map(str::to_owned).collect(),
        after: String::new(),
        options: verb.rows().map(word).collect(),
    });
    let verbs = grammar.verbs.iter().map(|verb| (verb.name, verb.about)).collect();
    let subject = Subject { name: "", about: grammar.about, verbs, places: places.collect() };
    Tool {
        name: grammar.name,
        about: grammar.about,
        flags: grammar.rows.iter().map(|row| (spellings(row), row.value, row.help)).collect(),
        objects: vec![subject],
        abbreviates: false,
    }
}
