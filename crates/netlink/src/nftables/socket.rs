//! A socket to nf_tables: listings of one moment, and transactions that hold only if nothing changed since.

use super::batch::Batch;
use super::fields::{numbers, string};
use super::objects::{Chain, GENERAL_LEN, Rule, Table, TableName, request};
use super::sets::{Element, Set};
use super::uapi::*;
use crate::error::{Error, Result};
use crate::extack::Refusal;
use crate::message::{Message, MessageView};
use crate::socket::{DumpEnd, Protocol, Socket};
use crate::uapi::NLMSG_ERROR;
use nix::sys::socket::{setsockopt, sockopt};

/// How often a listing or a transaction is tried again when others change the rules meanwhile.
const TRIES: usize = 1000;

/// A change that [`NetfilterSocket::commit`] makes: it looks at what is there and adds the requests it takes.
pub trait Change {
    /// Adds the requests to `batch`. When another process changes the rules before the transaction is through, this is
    /// called again.
    fn apply(&self, socket: &mut NetfilterSocket, batch: &mut Batch) -> Result<()>;

    /// As [`Change::apply`] for all of a transaction, for changes that cost less together.
    fn apply_all(changes: &[Self], socket: &mut NetfilterSocket, batch: &mut Batch) -> Result<()>
    where
        Self: Sized,
    {
        changes.iter().try_for_each(|change| change.apply(socket, batch))
    }
}

/// Why a transaction was refused: nothing of it took effect.
#[derive(Debug)]
pub struct Rejected {
    /// Which request of the batch the kernel refused, where it was one.
    pub request: Option<usize>,
    /// What it said.
    pub error: Error,
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        rejected.error
    }
}

impl From<Error> for Rejected {
    fn from(error: Error) -> Self {
        Rejected { request: None, error }
    }
}

impl Rejected {
    /// Whether the rules changed since the generation that was given.
    pub fn is_stale(&self) -> bool {
        self.error.errno() == Some(libc::ERESTART)
    }
}

/// A socket to nf_tables in one network namespace.
#[derive(Debug)]
pub struct NetfilterSocket {
    pub(super) inner: Socket,
}

impl NetfilterSocket {
    /// A socket in the calling thread's network namespace.
    ///
    /// # Errors
    /// [`Error::System`] where the kernel gives none.
    pub fn open() -> Result<Self> {
        Ok(NetfilterSocket { inner: Socket::with_buffer(Protocol::Netfilter, 128 * 1024)? })
    }

    /// The number of the rules' present state; every transaction raises it.
    pub fn generation(&mut self) -> Result<u32> {
        let mut ask = request(NFT_MSG_GETGEN, 0, NFPROTO_UNSPEC);
        let mut generation = None;
        self.ask(&mut ask, &mut |view| generation = view.slots(GENERAL_LEN).u32_be(NFTA_GEN_ID))?;
        generation.ok_or(Error::Malformed("no generation"))
    }

    /// All tables of `family`, or of all families.
    pub fn tables(&mut self, family: u8) -> Result<Vec<Table>> {
        self.collect(&mut request(NFT_MSG_GETTABLE, 0, family), &Table::read)
    }

    /// All chains of `family`, or of all families.
    pub fn chains(&mut self, family: u8) -> Result<Vec<Chain>> {
        self.collect(&mut request(NFT_MSG_GETCHAIN, 0, family), &Chain::read)
    }

    /// The rules of a table, or of one of its chains, in order; none where there is no such table or chain.
    pub fn rules(&mut self, table: TableName, chain: Option<&[u8]>) -> Result<Vec<Rule>> {
        self.collect(&mut rules_of(table, chain), &Rule::read)
    }

    /// Hands each rule of a table or of one of its chains to `each`, in order. [`DumpEnd::Interrupted`] says that
    /// the rules changed meanwhile.
    pub fn for_each_rule(
        &mut self,
        table: TableName,
        chain: Option<&[u8]>,
        mut each: impl FnMut(Rule) -> Result<()>,
    ) -> Result<DumpEnd> {
        self.dump(&mut rules_of(table, chain), &mut |view| Rule::read(view).map_or(Ok(()), &mut each))
    }

    /// The sets of a table; none where there is no such table.
    pub fn sets(&mut self, table: TableName) -> Result<Vec<Set>> {
        self.collect(&mut table.message(NFT_MSG_GETSET, 0, NFTA_SET_TABLE), &Set::read).or_else(none_if_absent)
    }

    /// The set of that name.
    pub fn set(&mut self, table: TableName, name: &[u8]) -> Result<Option<Set>> {
        let mut ask = table.message(NFT_MSG_GETSET, 0, NFTA_SET_TABLE);
        string(&mut ask, NFTA_SET_NAME, name);
        self.found(&mut ask, &Set::read)
    }

    /// The chain of that name.
    pub fn chain(&mut self, table: TableName, name: &[u8]) -> Result<Option<Chain>> {
        let mut ask = table.message(NFT_MSG_GETCHAIN, 0, NFTA_CHAIN_TABLE);
        string(&mut ask, NFTA_CHAIN_NAME, name);
        self.found(&mut ask, &Chain::read)
    }

    /// One element of a set, found by its key.
    pub fn element(&mut self, table: TableName, set: &[u8], key: &[u8]) -> Result<Option<Element>> {
        let wanted = Element { key: key.into(), ..Element::default() };
        let mut ask = table.element_request(NFT_MSG_GETSETELEM, set, &wanted);
        self.found(&mut ask, &|view| Element::read_all(view).next())
    }

    /// Hands each element of a set to `each`.
    pub fn for_each_element(
        &mut self,
        table: TableName,
        set: &[u8],
        mut each: impl FnMut(Element) -> Result<()>,
    ) -> Result<DumpEnd> {
        let mut ask = table.message(NFT_MSG_GETSETELEM, 0, NFTA_SET_ELEM_LIST_TABLE);
        string(&mut ask, NFTA_SET_ELEM_LIST_SET, set);
        self.dump(&mut ask, &mut |view| Element::read_all(view).try_for_each(&mut each))
    }

    /// Whether the kernel has the xtables match or (`target`) target of this revision, for use from nf_tables.
    pub fn has_extension(&mut self, family: u8, name: &[u8], revision: u32, target: bool) -> Result<bool> {
        let mut ask = Message::new((NFNL_SUBSYS_NFT_COMPAT << 8) | NFNL_MSG_COMPAT_GET, 0, &[family, 0, 0, 0]);
        string(&mut ask, NFTA_COMPAT_NAME, name);
        numbers(&mut ask, &[(NFTA_COMPAT_REV, revision), (NFTA_COMPAT_TYPE, u32::from(target))]);
        match self.ask(&mut ask, &mut |_| ()) {
            Ok(()) => Ok(true),
            Err(error) if error.refusal().is_some() && error.errno() != Some(libc::EPERM) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes all changes in one transaction, looking again where others change the rules at the same time.
    ///
    /// # Errors
    /// [`Error::Refused`] with what the kernel said of the first request it refused; nothing has changed then.
    pub fn commit<C: Change>(&mut self, changes: impl IntoIterator<Item = C>) -> Result<()> {
        self.commit_all(&changes.into_iter().collect::<Vec<C>>())
    }

    fn commit_all<C: Change>(&mut self, changes: &[C]) -> Result<()> {
        self.transact(|socket, batch| C::apply_all(changes, socket, batch))
    }

    /// Makes a transaction of what `build` adds to the batch, having looked at what is there; again and again where
    /// others change the rules in between. `build` may fail with an error of its caller's.
    pub fn transact<E: From<Rejected> + From<Error>>(
        &mut self,
        mut build: impl FnMut(&mut NetfilterSocket, &mut Batch) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut failed = None;
        let outcome = self.transact_with(&mut |socket, batch| match build(socket, batch) {
            Ok(()) => true,
            Err(error) => {
                failed = Some(error);
                false
            }
        });
        match failed {
            Some(error) => Err(error),
            None => outcome.map_err(E::from),
        }
    }

    /// As [`NetfilterSocket::transact`]; where `build` says `false` nothing is sent.
    fn transact_with(
        &mut self,
        build: &mut dyn FnMut(&mut NetfilterSocket, &mut Batch) -> bool,
    ) -> std::result::Result<(), Rejected> {
        let mut tries = 0;
        loop {
            tries += 1;
            let generation = self.generation()?;
            let mut batch = Batch::new();
            if !build(self, &mut batch) || batch.is_empty() {
                return Ok(());
            }
            match self.send(&batch, Some(generation)) {
                Err(rejected) if rejected.is_stale() && tries < TRIES => (),
                outcome => return outcome,
            }
        }
    }

    /// Sends a transaction. With `generation`, it is refused ([`Rejected::is_stale`]) if the rules are of another by now.
    pub fn send(&mut self, batch: &Batch, generation: Option<u32>) -> std::result::Result<(), Rejected> {
        if batch.is_empty() {
            return Ok(());
        }
        let first = self.inner.next_sequence();
        for _ in 0..batch.len() {
            self.inner.next_sequence();
        }
        let bytes = batch.finish(first, generation);
        self.make_room(bytes.len());
        self.inner.send(&bytes)?;
        self.outcome(batch, first)
    }

    /// Reads the answers up to that of the last request. Only the first refusal counts: the others mostly follow from it.
    fn outcome(&mut self, batch: &Batch, first: u32) -> std::result::Result<(), Rejected> {
        let count = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        let (mut rejected, mut overrun) = (None, false);
        loop {
            let views = match self.inner.receive() {
                Ok((views, _)) => views,
                // So many were refused that not all answers were kept: the first ones were.
                Err(Error::Overrun) => {
                    overrun = true;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            for view in views.filter(|view| view.kind == NLMSG_ERROR) {
                let at = view.sequence.wrapping_sub(first);
                if at > count {
                    continue;
                }
                let request = usize::try_from(at).ok().and_then(|at| at.checked_sub(1));
                let bytes = request.and_then(|at| batch.request(at)).unwrap_or(&[]);
                let refusal = Refusal::of_error(&view, bytes).filter(|refusal| refusal.errno != 0);
                if let (None, Some(refusal)) = (&rejected, refusal) {
                    rejected = Some(Rejected { request, error: Error::Refused(Box::new(refusal)) });
                }
                if at == count || at == 0 || (overrun && rejected.is_some()) {
                    return rejected.map_or(Ok(()), Err);
                }
            }
        }
    }

    /// A transaction is one datagram: the send buffer must hold it. In a user namespace it grows to net.core.wmem_max and no
    /// further; the kernel will say that the message is too long.
    fn make_room(&self, len: usize) {
        let twice = len.saturating_mul(2);
        if len > 100_000 && setsockopt(&self.inner, sockopt::SndBufForce, &twice).is_err() {
            let _ = setsockopt(&self.inner, sockopt::SndBuf, &twice);
        }
    }

    fn collect<T>(&mut self, ask: &mut Message, read: &dyn Fn(&MessageView) -> Option<T>) -> Result<Vec<T>> {
        let mut all = Vec::new();
        self.whole(ask, &mut |view| match view {
            Some(view) => all.extend(read(view)),
            None => all.clear(),
        })?;
        Ok(all)
    }

    /// Hands each reply to `each`; `None` says that the rules changed meanwhile, and all begins anew.
    fn whole(&mut self, ask: &mut Message, each: &mut dyn FnMut(Option<&MessageView>)) -> Result<()> {
        for _ in 0..TRIES {
            each(None);
            let end = self.dump(ask, &mut |view| {
                each(Some(view));
                Ok(())
            });
            match end {
                Ok(DumpEnd::Complete) => return Ok(()),
                Ok(DumpEnd::Interrupted) => (),
                Err(error) if error.errno() == Some(libc::EINTR) => (),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Malformed("the rules change faster than they can be read"))
    }

    /// [`Socket::dump`], made once for all callers.
    fn dump(&mut self, ask: &mut Message, each: &mut dyn FnMut(&MessageView) -> Result<()>) -> Result<DumpEnd> {
        self.inner.dump(ask, each)
    }

    /// [`Socket::get`], made once for all callers.
    pub(super) fn ask(&mut self, ask: &mut Message, read: &mut dyn FnMut(&MessageView)) -> Result<()> {
        self.inner.get(ask, |view| {
            read(view);
            Ok(())
        })
    }

    /// What `read` makes of the reply; `None` where there is no such thing.
    fn found<T>(&mut self, ask: &mut Message, read: &dyn Fn(&MessageView) -> Option<T>) -> Result<Option<T>> {
        let mut found = None;
        match self.ask(ask, &mut |view| found = read(view)) {
            Err(error) if error.errno() != Some(libc::ENOENT) => Err(error),
            _ => Ok(found),
        }
    }
}

fn rules_of(table: TableName, chain: Option<&[u8]>) -> Message {
    let mut ask = table.message(NFT_MSG_GETRULE, 0, NFTA_RULE_TABLE);
    if let Some(chain) = chain {
        string(&mut ask, NFTA_RULE_CHAIN, chain);
    }
    ask
}

fn none_if_absent<T>(error: Error) -> Result<Vec<T>> {
    if error.errno() == Some(libc::ENOENT) { Ok(Vec::new()) } else { Err(error) }
}
