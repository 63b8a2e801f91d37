//! The walks over a table: words to a request, a reply to output, a reply to words, rows to help.

use crate::error::{Error, Result};
use crate::rows::Row;
use crate::session::Context;
use crate::spec::{Key, Repeat};
use crate::table::{Shape, Table};
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
    #[inline(always)]
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

/// Where a word's first byte stands among the letters.
pub(crate) const fn letter(word: &[u8]) -> usize {
    match word {
        [byte @ b'a'..=b'z', ..] => (*byte - b'a') as usize,
        _ => LETTERS,
    }
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
                let (at, row) = self.rows.positional().ok_or_else(|| (self.unknown)(self, word))?;
                scope.words.back();
                (at, row, crate::spec::exact(""))
            }
        };
        if seen.mark(at) && row.repeat() != Repeat::Last {
            let takes = row.repeat() != Repeat::Keyword && !matches!(row.codec().shape(), Shape::Nothing);
            let first = if takes { row.word().as_bytes() } else { word };
            let second = if takes { scope.words.value()? } else { word };
            return Err(match row.repeat() {
                Repeat::Duplicate => Error::duplicate(row.word(), second),
                _ => self.suggest(second, Error::garbage(first, second)),
            });
        }
        let own = scope.node;
        scope.node = row.nests().iter().fold(own, |node, nest| scope.tree.nest(node, *nest));
        let result = row.codec().parse(&row, &key, scope);
        scope.node = own;
        #[cfg(feature = "laws")]
        if result.is_ok() {
            crate::witness::row("parsed", self, at);
        }
        result
    }

    /// The row that a word selects; whole words come before abbreviations.
    pub fn find(&self, word: &[u8]) -> Option<(usize, Row, Key)> {
        self.rows.find(word)
    }

    /// Attributes to text or JSON: every row whose attribute was sent, in the table's order.
    pub fn print(&self, attrs: &Slots, context: &mut Context) {
        for row in self.rows.iter() {
            each_present(&row, attrs, |attrs| {
                #[cfg(feature = "laws")]
                crate::witness::row("printed", self, row.index());
                row.codec().print(&row, attrs, context);
            });
        }
    }

    /// Attributes to the words that would make them, row by row.
    #[cfg(feature = "laws")]
    pub fn words(&self, attrs: &Slots, context: &mut Context) -> Vec<(usize, Vec<Vec<u8>>)> {
        let mut all = Vec::new();
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| row.has_keys()) {
            let mut words = Vec::new();
            each_present(&row, attrs, |attrs| row.codec().words(&row, attrs, context, &mut words));
            all.push((at, words));
        }
        all
    }
}

/// Calls `then` with the attributes that a row's value is among, where it was sent. What is in the header is printed by hand, with
/// the head of the line it belongs to.
fn each_present(row: &Row, attrs: &Slots, mut then: impl FnMut(&Slots)) {
    let mut inner: Option<Slots> = None;
    for nest in row.nests() {
        let Some(deeper) = inner.as_ref().unwrap_or(attrs).nested_slots(*nest) else { return };
        inner = Some(deeper);
    }
    let attrs = inner.as_ref().unwrap_or(attrs);
    if !row.is_header() && (attrs.has(row.number()) || row.others().iter().any(|also| attrs.has(*also))) {
        then(attrs);
    }
}
