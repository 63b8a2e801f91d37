//! What manual pages, completion and the laws of the tables know of a tool: its objects, their verbs, and where on a line the
//! words of each table stand. Tools answer none of it at run time: no release has this.

use crate::flags::Flag;
use crate::spec::Key;
use crate::table::{Shape, Table};

/// A tool.
pub struct Manual {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// The options before the object, in the order in which abbreviations are looked up.
    pub flags: Vec<&'static Flag>,
    /// Its objects, in that order too.
    pub objects: Vec<Object>,
}

/// An object of a tool, or a tool's only one.
pub struct Object {
    /// The word for it.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Its verbs, in the order in which abbreviations are looked up.
    pub verbs: Vec<&'static str>,
    /// The words that follow, by where they stand.
    pub parts: Vec<Part>,
    /// Tables that only show: of what the same option has other rows to read.
    pub shown: Vec<&'static Table>,
}

/// Words that stand in one place of a line.
pub struct Part {
    /// The verbs behind which they stand, a second word included: `global set`.
    pub verbs: Vec<&'static str>,
    /// The words that lead to them from there: `type vxlan`; none right behind the verb.
    pub after: String,
    /// The words.
    pub options: Vec<Choice>,
    /// The table that reads them.
    pub table: Option<&'static Table>,
    /// The command that prints their usage.
    pub help: String,
}

/// An option.
pub struct Choice {
    /// Its keywords.
    pub words: Vec<&'static str>,
    /// What may follow.
    pub shape: Shape,
    /// One line on it.
    pub doc: &'static str,
    /// Whether its value may stand without a keyword.
    pub positional: bool,
}

impl Object {
    /// An object with verbs.
    pub fn new<T>(name: &'static str, about: &'static str, verbs: &[(Key, T)]) -> Self {
        let verbs = verbs.iter().map(|(key, _)| key.word).collect();
        Object { name, about, verbs, parts: Vec::new(), shown: Vec::new() }
    }

    /// What `table` reads behind these verbs and the words `after`; `help` is the command that tells of it.
    pub fn table(mut self, verbs: &[&'static str], after: &str, table: &'static Table, help: &str) -> Self {
        let options = table.rows.iter().filter(|row| row.has_keys() || row.spec().positional).map(|row| Choice {
            words: row.keys().map(|key| key.word).collect(),
            shape: row.codec().shape(),
            doc: row.spec().doc,
            positional: row.spec().positional,
        });
        let (verbs, after, help) = (verbs.to_vec(), after.to_owned(), help.to_owned());
        self.parts.push(Part { verbs, after, options: options.collect(), table: Some(table), help });
        self
    }

    /// Words that are read by hand behind these verbs.
    pub fn words(mut self, verbs: &[&'static str], options: Vec<Choice>) -> Self {
        let (after, help) = (String::new(), String::new());
        self.parts.push(Part { verbs: verbs.to_vec(), after, options, table: None, help });
        self
    }

    /// A table that only shows.
    pub fn shows(mut self, table: &'static Table) -> Self {
        self.shown.push(table);
        self
    }
}

/// An option that is read by hand.
pub fn choice(word: &'static str, shape: Shape, doc: &'static str) -> Choice {
    Choice { words: vec![word], shape, doc, positional: false }
}

/// A value without a keyword that is read by hand.
pub fn position(shape: Shape, doc: &'static str) -> Choice {
    Choice { words: Vec::new(), shape, doc, positional: true }
}

/// The word for names of network namespaces where a value is one.
pub const NETNS: Shape = Shape::Value("NETNS");
