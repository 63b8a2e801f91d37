//! The walks over a table: words to a request, a reply to output, a reply to words, rows to help.

use crate::error::{Error, Result};
use crate::session::Context;
use crate::table::{Codec, Key, Place, Repeat, Row, Shape, Table};
use crate::words::Words;
use netmite_netlink::attributes::Slots;
use netmite_netlink::message::Value;
use netmite_netlink::tree::{Node, ROOT, Tree};

/// Which verb the words belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Makes a new object.
    Add,
    /// Changes one.
    Set,
    /// Deletes one.
    Delete,
}

/// What a codec works on while words are read.
pub struct Scope<'s, 'w, 'io> {
    /// The words, the cursor behind those already read.
    pub words: &'s mut Words<'w>,
    /// The request under construction.
    pub tree: &'s mut Tree,
    /// The nest that the row's attribute belongs in.
    pub node: Node,
    /// The verb.
    pub operation: Operation,
    /// Names, options and output.
    pub context: &'s mut Context<'io>,
}

impl<'w, 'io> Scope<'_, 'w, 'io> {
    /// The value that an option insists on.
    pub fn value(&mut self) -> Result<&'w [u8]> {
        self.words.value()
    }

    /// Sets attribute `kind` of the row's nest; the word read last is remembered as its origin.
    pub fn set(&mut self, kind: u16, value: impl Value) {
        self.tree.set(self.node, kind, value, self.words.position());
    }

    /// The error that the word read last is wrong.
    pub fn wrong(&self, why: &str) -> Error {
        Error::wrong(self.words.last(), why)
    }

    /// The index of the interface that the next word names.
    pub fn device(&mut self) -> Result<u32> {
        let name = self.value()?;
        self.context.index_of(name)
    }

    /// Runs `then` with the top of another request in the place of this one: for attributes that are put in as bytes.
    pub fn within<T>(&mut self, tree: &mut Tree, then: impl FnOnce(&mut Scope) -> T) -> T {
        let mut scope = Scope { words: self.words, tree, node: ROOT, operation: self.operation, context: self.context };
        then(&mut scope)
    }

    /// Runs another table on the words that are left, with its attributes in `node`.
    pub fn run(&mut self, table: &Table, node: Node) -> Result<()> {
        let mut scope = Scope {
            words: &mut *self.words,
            tree: &mut *self.tree,
            node,
            operation: self.operation,
            context: &mut *self.context,
        };
        table.parse(&mut scope)
    }
}

/// The rows that have been mentioned; a table may have more than 64.
#[derive(Default)]
struct Seen([u64; 4]);

impl Seen {
    /// Marks row `at`; whether it was marked already.
    fn mark(&mut self, at: usize) -> bool {
        let Some(word) = self.0.get_mut(at / 64) else { return false };
        let bit = 1u64 << (at % 64);
        let was = *word & bit != 0;
        *word |= bit;
        was
    }
}

/// How many letters words begin with.
pub const LETTERS: usize = 26;

/// Where a word's first byte stands in [`Table::firsts`].
const fn letter(word: &[u8]) -> usize {
    match word {
        [byte @ b'a'..=b'z', ..] => (*byte - b'a') as usize,
        _ => LETTERS,
    }
}

/// The first row with a word that begins with each letter; last, with anything else.
pub(crate) const fn firsts(rows: &[Row]) -> [u8; LETTERS + 1] {
    let mut firsts = [u8::MAX; LETTERS + 1];
    let mut at = rows.len();
    while at > 0 {
        at -= 1;
        let mut key = 0;
        while key < rows[at].keys.len() {
            assert!(at < u8::MAX as usize, "too many rows");
            firsts[letter(rows[at].keys[key].word.as_bytes())] = at as u8;
            key += 1;
        }
    }
    firsts
}

impl Table {
    /// What there is before, then words to attributes, until no words are left; then the rules.
    pub fn parse(&self, scope: &mut Scope) -> Result<()> {
        (self.begin)(self, scope)?;
        self.parse_words(scope)?;
        (self.rules)(scope)?;
        #[cfg(feature = "laws")]
        crate::witness::words(self, scope);
        Ok(())
    }

    /// Words to attributes, until no words are left.
    pub(crate) fn parse_words(&self, scope: &mut Scope) -> Result<()> {
        let mut seen = Seen::default();
        while let Some(word) = scope.words.take() {
            self.parse_word(word, scope, &mut seen)?;
        }
        Ok(())
    }

    /// As [`Table::parse`], up to the first word that no row knows, which is left: for options that stand among another table's.
    pub fn parse_known(&self, scope: &mut Scope) -> Result<()> {
        let mut seen = Seen::default();
        while let Some(word) = scope.words.peek().filter(|word| self.find(word).is_some()) {
            scope.words.take();
            self.parse_word(word, scope, &mut seen)?;
        }
        (self.rules)(scope)?;
        #[cfg(feature = "laws")]
        crate::witness::words(self, scope);
        Ok(())
    }

    fn parse_word(&self, word: &[u8], scope: &mut Scope, seen: &mut Seen) -> Result<()> {
        let (at, row, key) = match self.find(word) {
            Some((at, row, key)) => (at, row, key),
            None => {
                if let Some(help) = self.help.filter(|_| crate::words::matches(word, "help")) {
                    return Err(help());
                }
                let (at, row) = self.positional().ok_or_else(|| (self.unknown)(self, word))?;
                scope.words.back();
                (at, row, &POSITION)
            }
        };
        if seen.mark(at) && row.repeat != Repeat::Last {
            let takes = row.repeat != Repeat::Keyword && !matches!(row.codec.shape(), Shape::Nothing);
            let first = if takes { row.word().as_bytes() } else { word };
            let second = if takes { scope.words.value()? } else { word };
            return Err(match row.repeat {
                Repeat::Duplicate => Error::duplicate(row.word(), second),
                _ => self.suggest(second, Error::garbage(first, second)),
            });
        }
        let own = scope.node;
        scope.node = row.nests().iter().fold(own, |node, nest| scope.tree.nest(node, nest.number));
        let result = row.codec.parse(row, key, scope);
        scope.node = own;
        #[cfg(feature = "laws")]
        if result.is_ok() {
            crate::witness::row("parsed", self, at);
        }
        result
    }

    /// The row that a word selects; whole words come before abbreviations. The search begins at the first row that has a word
    /// with the same letter in front, and passes over words with another: a batch asks this for each word of each line.
    pub fn find(&self, word: &[u8]) -> Option<(usize, &'static Row, &'static Key)> {
        let (first, mut abbreviated) = (word.first()?, None);
        let start = self.firsts.get(letter(word)).copied().unwrap_or(0);
        let mut at = usize::from(start);
        while let Some(row) = self.rows.get(at) {
            for key in row.keys {
                let own = key.word.as_bytes();
                if own.first() == Some(first) {
                    if own == word {
                        return Some((at, row, key));
                    }
                    if abbreviated.is_none() && key.takes(word) {
                        abbreviated = Some((at, row, key));
                    }
                }
            }
            at += 1;
        }
        abbreviated
    }

    fn positional(&self) -> Option<(usize, &'static Row)> {
        self.rows.iter().enumerate().find(|(_, row)| row.positional)
    }

    /// Attributes to text or JSON: every row whose attribute was sent, in the table's order.
    pub fn print(&self, attrs: &Slots, context: &mut Context) {
        let details = context.options.details;
        for row in self.rows.iter().filter(|row| row.detail <= details) {
            self.each_present(row, attrs, |codec, attrs| {
                #[cfg(feature = "laws")]
                crate::witness::row(
                    "printed",
                    self,
                    self.rows.iter().position(|one| std::ptr::eq(one, row)).unwrap_or(0),
                );
                codec.print(row, attrs, context);
            });
        }
    }

    /// Attributes to the words that would make them, row by row.
    #[cfg(feature = "laws")]
    pub fn words(&self, attrs: &Slots, context: &mut Context) -> Vec<(usize, Vec<Vec<u8>>)> {
        let mut all = Vec::new();
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| !row.keys.is_empty()) {
            let mut words = Vec::new();
            self.each_present(row, attrs, |codec, attrs| codec.words(row, attrs, context, &mut words));
            all.push((at, words));
        }
        all
    }

    fn each_present(&self, row: &'static Row, attrs: &Slots, mut then: impl FnMut(&dyn Codec, &Slots)) {
        match row.place {
            Place::Attribute(attr) => {
                if attrs.has(attr.number) || row.with.iter().any(|also| attrs.has(also.number)) {
                    then(row.codec, attrs);
                }
            }
            Place::Nested(attr) => {
                let mut inner: Option<Slots> = None;
                for nest in row.with {
                    let Some(deeper) = inner.as_ref().unwrap_or(attrs).nested_slots(nest.number) else { return };
                    inner = Some(deeper);
                }
                if let Some(inner) = inner.filter(|inner| inner.has(attr.number)) {
                    then(row.codec, &inner);
                }
            }
            // Fields of the header are printed by hand, with the head of the line they belong to.
            Place::Header(_) => (),
        }
    }

    /// The options as a usage text shows them, one a line.
    pub fn usage(&self) -> String {
        let mut text = String::new();
        for row in self.rows.iter().filter(|row| !row.keys.is_empty()) {
            let words: Vec<_> = row.keys.iter().map(|key| key.word).collect();
            let value = row.codec.shape().text();
            let value = if value.is_empty() { value } else { format!(" {value}") };
            text += &format!("    [ {}{value} ]  {}\n", words.join(" | "), row.doc);
        }
        text
    }
}

/// What a positional row's codec gets as the key.
const POSITION: Key = crate::table::exact("");
