//! What a command has at hand while it runs: its socket, its output, its options, names.

use crate::error::{Error, Result};
use crate::flags::Options;
use crate::names::Databases;
use crate::report;
use crate::waiting::{Answers, Waiting, may_wait};
use crate::words::Words;
use netmite_netlink::attributes::until_nul;
use netmite_netlink::header::IfInfo;
use netmite_netlink::tree::Tree;
use netmite_netlink::uapi::*;
use netmite_netlink::{DumpEnd, Error as Failure, IfName, Message, MessageView, NameCache, Netns, Protocol, Socket};
use netmite_output::{Format, Io, Out, Value};
use std::ffi::OsStr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

/// A tool's socket for NETLINK_ROUTE and everything else.
pub struct Session<'io> {
    /// Apart from the rest, so that replies can be printed while they are read.
    socket: Socket,
    answers: Answers,
    /// All that parsing and printing need.
    pub context: Context<'io>,
}

impl<'io> Session<'io> {
    /// A session over an open socket, in the form that the options ask for.
    pub fn new(socket: Socket, io: &'io mut Io, options: Options) -> Self {
        let format =
            Format { json: options.json, pretty: options.pretty, oneline: options.oneline, colour: options.colour };
        let names = socket.names();
        let databases = Databases::new(options.netns.as_deref());
        let context = Context { out: Out::new(io, format), options, names, databases, kept: Vec::new(), asked: None };
        Session { socket, answers: Answers::Awaited, context }
    }

    /// The socket. What waits is sent first.
    pub fn socket(&mut self) -> &mut Socket {
        self.settle();
        &mut self.socket
    }

    /// From here on the lines of a batch in `file` are answered: refusals alone, and with `-force` many at a time. Where the
    /// kernel's echo is wanted, each is waited for.
    pub(crate) fn begin_batch(&mut self, file: &[u8]) {
        self.answers = match (self.context.options.echo, self.context.options.force) {
            (true, _) => Answers::Awaited,
            (false, false) => Answers::Refusals,
            (false, true) => Answers::Later(Waiting::new(file, &self.socket)),
        };
    }

    /// Line `number` of the batch is read.
    pub(crate) fn begin_line(&mut self, number: u64) {
        if let Answers::Later(waiting) = &mut self.answers {
            waiting.number = number;
        }
        self.context.kept.clear();
    }

    /// Sends what waits, and complains of what is refused: for whoever acts by other means than this session.
    pub fn settle(&mut self) {
        if let Answers::Later(waiting) = &mut self.answers {
            waiting.settle(&mut self.socket, self.context.out.io());
        }
    }

    /// Forgets the names of interfaces, which may have changed.
    pub(crate) fn forget_names(&mut self) {
        self.context.names.forget();
        self.context.asked = None;
    }

    /// Settles; whether a line failed that was not waited for.
    pub(crate) fn end_batch(&mut self) -> bool {
        self.settle();
        matches!(&self.answers, Answers::Later(waiting) if waiting.failed)
    }

    /// Sends the request that `tree` is, and waits for the acknowledgement, but for the lines of a batch. A refusal names the
    /// word among `words` that set the attribute at fault. Names are forgotten where they may have changed.
    ///
    /// # Errors
    /// The kernel's refusal, exit status 2.
    pub fn change(&mut self, tree: &Tree, kind: u16, flags: u16, words: &Words) -> Result<()> {
        let (mut message, origins) = tree.message(kind, flags);
        if !may_wait(kind) {
            self.settle();
            self.forget_names();
        }
        let refused = |failure: &Failure| report::refused(failure, &origins, words);
        match &mut self.answers {
            Answers::Later(waiting) if may_wait(kind) => {
                let sequence = self.socket.next_sequence();
                if waiting.push(&mut message, sequence, origins, words) {
                    self.settle();
                }
                Ok(())
            }
            Answers::Refusals if may_wait(kind) => {
                message.add_flags(NLM_F_REQUEST);
                let (sequence, mut refusal) = (self.socket.next_sequence(), None);
                let sent = self.socket.exchange(message.finish(sequence), |_, answer| refusal = Some(answer));
                sent.and_then(|()| refusal.map_or(Ok(()), |refusal| Err(Failure::Refused(Box::new(refusal)))))
                    .map_err(|failure| refused(&failure))
            }
            _ => {
                let answer = self.socket.request(&mut message).map_err(|failure| refused(&failure))?;
                report::warn(answer.as_ref(), self.context.out.io());
                Ok(())
            }
        }
    }

    /// As [`Session::change`], and with `-echo` the kernel tells what it made of it, which `tell` prints. Of several objects, all
    /// of them.
    ///
    /// # Errors
    /// The kernel's refusal, exit status 2.
    pub fn change_told(
        &mut self,
        tree: &Tree,
        kind: u16,
        flags: u16,
        words: &Words,
        mut tell: impl FnMut(&MessageView, &mut Context<'io>),
    ) -> Result<()> {
        self.change_with(tree, (kind, flags), words, &mut tell)
    }

    /// One function for all callers: so is the other whose name ends alike.
    fn change_with(
        &mut self,
        tree: &Tree,
        (kind, flags): (u16, u16),
        words: &Words,
        tell: &mut dyn FnMut(&MessageView, &mut Context<'io>),
    ) -> Result<()> {
        if !self.context.options.echo {
            return self.change(tree, kind, flags, words);
        }
        self.settle();
        let (mut message, origins) = tree.message(kind, flags | NLM_F_ECHO);
        let (context, mut first) = (&mut self.context, true);
        let answer = self.socket.request_each(&mut message, |view| {
            if std::mem::take(&mut first) {
                context.out.open_array("");
            }
            tell(view, context);
            Ok(())
        });
        let answer = answer.map_err(|failure| report::refused(&failure, &origins, words))?;
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

    /// Asks for all objects that match `message` and hands each to `each`. A dump that was interrupted is told as the
    /// reference tells it.
    ///
    /// # Errors
    /// The kernel's refusal with `Dump terminated` below it, exit status 1.
    pub fn dump(&mut self, message: &mut Message, each: impl FnMut(&MessageView, &mut Context<'io>)) -> Result<()> {
        self.dump_unless(message, None, each)
    }

    /// The same, where a refusal with the error number `nothing` means that there is nothing to be shown.
    ///
    /// # Errors
    /// As [`Session::dump`].
    pub fn dump_unless(
        &mut self,
        message: &mut Message,
        nothing: Option<i32>,
        mut each: impl FnMut(&MessageView, &mut Context<'io>),
    ) -> Result<()> {
        self.dump_with(message, nothing, &mut each)
    }

    fn dump_with(
        &mut self,
        message: &mut Message,
        nothing: Option<i32>,
        each: &mut dyn FnMut(&MessageView, &mut Context<'io>),
    ) -> Result<()> {
        self.settle();
        let context = &mut self.context;
        let end = self.socket.dump(message, |view| {
            each(view, context);
            Ok(())
        });
        match end {
            Ok(DumpEnd::Complete) => Ok(()),
            Ok(_) => {
                self.context.out.io().error("Dump was interrupted and may be inconsistent.");
                Ok(())
            }
            Err(error) if nothing.is_some() && error.errno() == nothing => Ok(()),
            Err(error) => Err(report::dump_refused(&error)),
        }
    }

    /// Learns the names of all links by one dump, so that none need be asked for.
    ///
    /// # Errors
    /// As [`Session::dump`].
    pub fn learn_links(&mut self) -> Result<()> {
        self.dump(&mut all_links(), |view, context| context.learn(view, false))
    }

    /// Asks for one object.
    ///
    /// # Errors
    /// The kernel's refusal, exit status 2.
    pub fn get<T>(
        &mut self,
        message: &mut Message,
        read: impl FnOnce(&MessageView, &mut Context<'io>) -> T,
    ) -> std::result::Result<T, Failure> {
        self.settle();
        let context = &mut self.context;
        self.socket.get(message, |view| Ok(read(view, context)))
    }
}

/// What codecs may use.
pub struct Context<'io> {
    /// Where facts are written.
    pub out: Out<'io>,
    /// The global options.
    pub options: Options,
    /// Names of interfaces.
    pub names: NameCache,
    /// The names of tables, protocols, scopes and groups.
    pub databases: Databases,
    kept: Vec<OwnedFd>,
    /// The name that was looked up last, and its index: many lines of a batch name the same interface.
    asked: Option<(Vec<u8>, u32)>,
}

impl Context<'_> {
    /// The index of the interface called `name`; `if7`, as an interface without a name is shown, is index 7.
    ///
    /// # Errors
    /// `Cannot find device`, exit status 1.
    pub fn index_of(&mut self, name: &[u8]) -> Result<u32> {
        if let Some((asked, index)) = &self.asked {
            if asked == name {
                return Ok(*index);
            }
        }
        if let Ok(index) = self.names.index_of(name) {
            self.asked = Some((name.to_vec(), index.get()));
            return Ok(index.get());
        }
        let number = name.strip_prefix(b"if").and_then(crate::number::u32).filter(|index| *index > 0);
        number.ok_or_else(|| Error::no_device(name))
    }

    /// The name of interface `index`, or `if7` where it has none.
    pub fn name_of(&mut self, index: u32) -> DeviceName {
        match self.names.name_of(index) {
            Some(name) => DeviceName::from(name.as_bytes()),
            None if index == 0 => DeviceName::from(&b"*"[..]),
            None => {
                let (mut digits, mut at, mut rest) = ([0u8; 10], 10, index);
                while rest > 0 && at > 0 {
                    at -= 1;
                    digits[at] = b'0' + (rest % 10) as u8;
                    rest /= 10;
                }
                let mut name = DeviceName::from(&b"if"[..]);
                name.push(digits.get(at..).unwrap_or(&[]));
                name
            }
        }
    }

    /// Remembers the names and flags of the links in the datagram that `view` begins, so that none of them is asked for while
    /// they are printed; how many messages there are.
    pub fn learn_ahead(&mut self, view: &MessageView) -> usize {
        self.learn(view, true);
        1 + view.behind().inspect(|view| self.learn(view, true)).count()
    }

    /// Remembers the name of the link that a message tells of, and its flags.
    pub fn learn(&mut self, view: &MessageView, flags: bool) {
        let name = view.attributes(IfInfo::LEN).get(IFLA_IFNAME).and_then(|name| IfName::new(until_nul(name)));
        if let Some((header, name)) = IfInfo::of(view).zip(name) {
            self.names.learn(header.index, name, flags.then_some(header.flags));
        }
    }

    /// Learns the names and flags of all links, for what is done at once, by one dump. It goes over a socket of its own, for the
    /// session's may be in the middle of another. Where that can't be had, each link is asked for by itself.
    pub fn learn_links(&mut self) {
        let Ok(mut socket) = Socket::open(Protocol::Route) else { return };
        let learned = socket.dump(&mut all_links(), |view| {
            self.learn(view, true);
            Ok(())
        });
        if learned.is_ok() {
            self.names.complete();
        }
    }

    /// The network namespace that a word names: a name of `ip netns`, a path, or the number of a process. `Err` tells that
    /// it is none of these.
    pub fn netns(&mut self, word: &[u8]) -> std::result::Result<Netns, Failure> {
        let text = OsStr::from_bytes(word);
        if word.contains(&b'/') {
            return Netns::open_path(text);
        }
        // The word is the name of a folder in /proc, so there is but one way to write a number.
        let digits = Some(word).filter(|word| !word.starts_with(b"0"));
        let process = || crate::number::in_base(digits?, 10).and_then(|pid| u32::try_from(pid).ok());
        Netns::open(text).or_else(|error| process().map_or(Err(error), Netns::of_process))
    }

    /// Keeps a descriptor open until the command has ended, and tells its number: for attributes that name one.
    pub fn keep(&mut self, descriptor: OwnedFd) -> u32 {
        let number = descriptor.as_raw_fd();
        self.kept.push(descriptor);
        u32::try_from(number).unwrap_or(u32::MAX)
    }
}

/// A request for all links, without their statistics.
fn all_links() -> Message {
    let mut request = Message::new(RTM_GETLINK, 0, &IfInfo::default().to_bytes());
    request.put(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    request
}

/// The name an interface is shown by, at most 16 bytes of it; made and copied without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct DeviceName {
    bytes: [u8; 16],
    len: u8,
}

impl DeviceName {
    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }

    fn push(&mut self, more: &[u8]) {
        for (to, from) in self.bytes.iter_mut().skip(usize::from(self.len)).zip(more) {
            *to = *from;
            self.len += 1;
        }
    }
}

impl From<&[u8]> for DeviceName {
    fn from(name: &[u8]) -> Self {
        let mut device = DeviceName { bytes: [0; 16], len: 0 };
        device.push(name);
        device
    }
}

impl<'a> From<&'a DeviceName> for Value<'a> {
    fn from(name: &'a DeviceName) -> Self {
        Value::Bytes(name.as_bytes())
    }
}
