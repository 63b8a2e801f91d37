//! What a command has at hand while it runs: its socket, its output, its options, names.

use crate::batch::alike::Patterns;
use crate::error::{Error, Result};
use crate::flags::Options;
use crate::names::Databases;
use crate::report;
use crate::tool::Tool;
use crate::waiting::{Answers, Waiting};
use netmite_netlink::attributes::until_nul;
use netmite_netlink::header::IfInfo;
use netmite_netlink::sys::variable;
use netmite_netlink::tree::Tree;
use netmite_netlink::uapi::*;
use netmite_netlink::{DumpEnd, Error as Failure, IfName, Message, MessageView, NameCache, Netns, Protocol, Socket};
use netmite_output::{Format, Io, Out, Value, When};
use std::ffi::OsStr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

/// A tool's socket for NETLINK_ROUTE and everything else.
pub struct Session<'io> {
    /// Apart from the rest, so that replies can be printed while they are read.
    pub(crate) socket: Socket,
    pub(crate) answers: Answers,
    /// The request that was made last, and the tree of it, in whose place the next are made.
    pub(crate) request: Vec<u8>,
    pub(crate) tree: Tree,
    /// How many requests the line of a batch has made that is being read; many, if it does something else.
    pub(crate) made: u8,
    pub(crate) patterns: Patterns,
    /// All that parsing and printing need.
    pub context: Context<'io>,
}

impl<'io> Session<'io> {
    /// A session over an open socket, in the form that the options ask for. Inlined, so that it is made where it stays.
    #[inline(always)]
    pub fn new(socket: Socket, io: &'io mut Io, options: &'io mut Options) -> Self {
        let Options { json, pretty, oneline, colour, .. } = *options;
        let background = if colour == When::Never { None } else { variable(c"COLORFGBG") };
        let format = Format { json, pretty, oneline, colour, background };
        let names = socket.names();
        let databases = Databases::new(options.netns.as_deref());
        Session {
            socket,
            answers: Answers::Awaited,
            request: Vec::new(),
            tree: Tree::default(),
            made: 0,
            patterns: Patterns::default(),
            context: Context {
                out: Out::new(io, format),
                options,
                names,
                databases,
                kept: Vec::new(),
                hosts: None,
                again: false,
                asked: Vec::new(),
            },
        }
    }

    /// The socket. What waits is sent first.
    pub fn socket(&mut self) -> &mut Socket {
        self.settle();
        &mut self.socket
    }

    /// From here on the lines of a batch in `file` are answered: refusals alone, and with `-force` many at a time. Where the
    /// kernel's echo is wanted, each is waited for.
    pub(crate) fn begin_batch(&mut self, file: &[u8], tool: &'static Tool) {
        let options = &self.context.options;
        self.answers = match (options.echo, options.force) {
            (true, _) => Answers::Awaited,
            (false, false) => Answers::Refusals,
            (false, true) => Answers::Later(Box::new(Waiting::new(file, tool, options.family, &self.socket))),
        };
    }

    /// Line `number` of the batch is read.
    pub(crate) fn begin_line(&mut self, number: u64, line: &[u8]) {
        if let Answers::Later(waiting) = &mut self.answers {
            waiting.begin_line(number, line);
        }
        self.context.kept.clear();
        self.made = 0;
    }

    /// Forgets the names of interfaces, which may have changed.
    pub(crate) fn forget_names(&mut self) {
        self.context.names.forget();
        self.context.asked.clear();
        self.patterns.forget();
    }

    /// Settles; whether a line failed that was not waited for.
    pub(crate) fn end_batch(&mut self) -> bool {
        self.settle();
        matches!(&self.answers, Answers::Later(waiting) if waiting.failed)
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

    /// Learns the names and flags of all links by one dump, so that none need be asked for.
    ///
    /// # Errors
    /// As [`Session::dump`].
    pub fn learn_links(&mut self) -> Result<()> {
        self.dump(&mut all_links(), |view, context| context.learn(view))
    }

    /// As [`Session::dump_unless`], with what `each` prints as one list.
    ///
    /// # Errors
    /// As [`Session::dump`].
    pub fn list(
        &mut self,
        message: &mut Message,
        nothing: Option<i32>,
        each: &mut dyn FnMut(&MessageView, &mut Context<'io>),
    ) -> Result<()> {
        self.context.out.open_array("");
        let outcome = self.dump_with(message, nothing, each);
        self.context.out.close_list();
        outcome
    }

    /// Asks for one object and hands it to `read`.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn ask(
        &mut self,
        message: &mut Message,
        read: &mut dyn FnMut(&MessageView, &mut Context<'io>),
    ) -> std::result::Result<(), Failure> {
        self.settle();
        let context = &mut self.context;
        self.socket.get(message, |view| {
            read(view, context);
            Ok(())
        })
    }

    /// As [`Session::ask`], with what `print` prints as a list of one.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn show(
        &mut self,
        message: &mut Message,
        print: &mut dyn FnMut(&MessageView, &mut Context<'io>),
    ) -> std::result::Result<(), Failure> {
        self.ask(message, &mut |view, context| {
            context.out.open_array("");
            print(view, context);
            context.out.close_list();
        })
    }

    /// Asks for one object, and what `read` makes of it.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn get<T>(
        &mut self,
        message: &mut Message,
        mut read: impl FnMut(&MessageView, &mut Context<'io>) -> T,
    ) -> std::result::Result<T, Failure> {
        let mut got = None;
        self.ask(message, &mut |view, context| got = Some(read(view, context)))?;
        got.ok_or(Failure::Malformed("no reply"))
    }
}

/// How many names are remembered of a dump: links that lead to each other mostly stand together in it.
const MOST_AHEAD: usize = 250;
/// How many names are remembered that were looked up.
const MOST_ASKED: usize = 64;

/// What codecs may use.
pub struct Context<'io> {
    /// Where facts are written.
    pub out: Out<'io>,
    /// The global options.
    pub options: &'io mut Options,
    /// Names of interfaces.
    pub names: NameCache,
    /// The names of tables, protocols, scopes and groups.
    pub databases: Databases,
    kept: Vec<OwnedFd>,
    /// /etc/hosts, once it was read.
    pub(crate) hosts: Option<Vec<u8>>,
    /// A line is read again: what it warns of was told.
    pub(crate) again: bool,
    /// Names that were looked up, and their indexes: the lines of a batch name the same few interfaces.
    asked: Vec<(DeviceName, u32)>,
}

impl Context<'_> {
    /// The index of the interface called `name`; `if7`, as an interface without a name is shown, is index 7.
    ///
    /// # Errors
    /// `Cannot find device`, exit status 1.
    pub fn index_of(&mut self, name: &[u8]) -> Result<u32> {
        if let Some((_, index)) = self.asked.iter().find(|(asked, _)| asked.as_bytes() == name) {
            return Ok(*index);
        }
        if let Ok(index) = self.names.index_of(name) {
            // Of a longer one not all would be kept.
            if name.len() <= DeviceName::MOST && self.asked.len() < MOST_ASKED {
                self.asked.push((DeviceName::from(name), index.get()));
            }
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

    /// A regular fact that is the name of interface `index`.
    #[inline(never)]
    pub fn name_field(&mut self, key: &str, label: &str, index: u32) {
        let name = self.name_of(index);
        self.out.field(key, label, &name);
    }

    /// Remembers the names and flags of the links in the datagram that `view` begins, so that none of them is asked for while
    /// they are printed; how many messages there are.
    pub fn learn_ahead(&mut self, view: &MessageView) -> usize {
        self.names.keep_at_most(MOST_AHEAD);
        self.learn(view);
        1 + view.behind().inspect(|view| self.learn(view)).count()
    }

    /// Writes a warning about words to standard error.
    pub fn warn(&mut self, line: &str) {
        if !self.again {
            self.out.io().error_bytes(line.as_bytes());
        }
    }

    /// Remembers the name of the link that a message tells of, and its flags.
    pub fn learn(&mut self, view: &MessageView) {
        let name = view.attributes(IfInfo::LEN).get(IFLA_IFNAME).and_then(|name| IfName::new(until_nul(name)));
        if let Some((header, name)) = IfInfo::of(view).zip(name) {
            self.names.learn(header.index, name, header.flags);
        }
    }

    /// Learns the names and flags of all links, for what is done at once, by one dump. It goes over a socket of its own, for the
    /// session's may be in the middle of another. Where that can't be had, each link is asked for by itself.
    pub fn learn_links(&mut self) {
        let Ok(mut socket) = Socket::open(Protocol::Route) else { return };
        let learned = socket.dump(&mut all_links(), |view| {
            self.learn(view);
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
    bytes: [u8; Self::MOST],
    len: u8,
}

impl DeviceName {
    /// The most bytes it has.
    const MOST: usize = 16;

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
        let mut device = DeviceName { bytes: [0; Self::MOST], len: 0 };
        device.push(name);
        device
    }
}

impl<'a> From<&'a DeviceName> for Value<'a> {
    fn from(name: &'a DeviceName) -> Self {
        Value::Bytes(name.as_bytes())
    }
}
