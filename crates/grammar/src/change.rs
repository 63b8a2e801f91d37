//! Requests that change something: made of words, sent, and told where they are refused.

use crate::error::Result;
use crate::hint::Hint;
use crate::report;
use crate::session::{Context, Session};
use crate::table::Table;
use crate::waiting::{Answers, may_wait};
use crate::walk::{Operation, Scope};
use crate::words::Words;
use netmite_netlink::tree::{Origins, ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_netlink::{Error as Failure, MessageView};

/// Prints what the kernel tells of a change.
pub type Tell = fn(&MessageView, &mut Context);

/// A request that the words of a line make.
pub struct Change {
    /// The verb.
    pub operation: Operation,
    /// The message's type.
    pub kind: u16,
    /// Its flags, `NLM_F_…`.
    pub flags: u16,
    /// Prints what the kernel made of it, where `-echo` is heard.
    pub tell: Option<Tell>,
    /// What the kernel's sentences leave open.
    pub hints: &'static [Hint],
}

impl<'io> Session<'io> {
    /// Makes a request of the words that are left, by `table` and with the fixed header `header`, and sends it.
    ///
    /// # Errors
    /// Those of the table, and the kernel's refusal, exit status 2.
    pub fn change_by(&mut self, table: &Table, header: &[u8], change: &Change, words: &mut Words) -> Result<()> {
        self.tree.reset(header);
        let (tree, operation, context) = (&mut self.tree, change.operation, &mut self.context);
        table.parse(&mut Scope { words, tree, node: ROOT, operation, context })?;
        let tree = std::mem::take(&mut self.tree);
        let changed = match change.tell {
            Some(tell) => self.change_told(&tree, change.kind, change.flags, words, tell),
            None => self.change(&tree, change.kind, change.flags, words),
        };
        let outcome = changed.map_err(|error| Hint::explain(change.hints, error, &tree));
        self.tree = tree;
        outcome
    }

    /// Sends the request that `tree` is, and waits for the acknowledgement, but for the lines of a batch. A refusal names the
    /// word among `words` that set the attribute at fault. Names are forgotten where they may have changed.
    ///
    /// # Errors
    /// The kernel's refusal, exit status 2.
    pub fn change(&mut self, tree: &Tree, kind: u16, flags: u16, words: &Words) -> Result<()> {
        if !may_wait(kind) {
            self.settle();
            self.forget_names();
        }
        let refused = |failure: &Failure| report::refused(failure, &Origins::of(tree), words);
        match &mut self.answers {
            Answers::Later(_) | Answers::Refusals if may_wait(kind) => {
                let sequence = self.socket.next_sequence();
                self.write(tree, kind, flags, sequence);
                let refusal = self.send(sequence).map_err(|failure| refused(&failure))?;
                refusal.map_or(Ok(()), |refusal| Err(refused(&Failure::Refused(refusal))))
            }
            Answers::Tried => {
                self.write(tree, kind, flags, 0);
                Ok(())
            }
            Answers::Known(answer) => answer.take().map_or(Ok(()), |refusal| Err(refused(&Failure::Refused(refusal)))),
            _ => {
                let answer =
                    self.socket.request(&mut tree.message(kind, flags)).map_err(|failure| refused(&failure))?;
                report::warn(answer.as_ref(), self.context.out.io());
                Ok(())
            }
        }
    }

    /// Makes the request of a line.
    fn write(&mut self, tree: &Tree, kind: u16, flags: u16, sequence: u32) {
        self.request.clear();
        tree.write(kind, flags | NLM_F_REQUEST, sequence, &mut self.request);
        self.made = self.made.saturating_add(1);
    }

    /// As [`Session::change`], and with `-echo` the kernel tells what it made of it, which `tell` prints. Of several objects, all
    /// of them.
    ///
    /// # Errors
    /// The kernel's refusal, exit status 2.
    pub fn change_told(&mut self, tree: &Tree, kind: u16, flags: u16, words: &Words, tell: Tell) -> Result<()> {
        if self.context.options.echo {
            return self.change_echoed(tree, kind, flags, words, tell);
        }
        self.change(tree, kind, flags, words)
    }

    #[cold]
    fn change_echoed(&mut self, tree: &Tree, kind: u16, flags: u16, words: &Words, tell: Tell) -> Result<()> {
        self.settle();
        let mut message = tree.message(kind, flags | NLM_F_ECHO);
        let (context, mut first) = (&mut self.context, true);
        let answer = self.socket.request_each(&mut message, |view| {
            if std::mem::take(&mut first) {
                context.out.open_array("");
            }
            tell(view, context);
            Ok(())
        });
        let answer = answer.map_err(|failure| report::refused(&failure, &Origins::of(tree), words))?;
        self.forget_names();
        report::warn(answer.as_ref(), self.context.out.io());
        if first {
            self.context.out.open_array("");
            self.context.out.open_object("");
            self.context.out.close_object();
        }
        self.context.out.close_array();
        self.context.out.end_json();
        Ok(())
    }
}
