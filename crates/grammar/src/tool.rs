//! A tool of objects, `ip` or `bridge`: options, a namespace, one socket, a batch or one command.
//!
//! Abbreviations of objects are looked up in the order of their list, first match first. Nothing is sent before the words
//! in front of the object are understood.

use crate::batch::run_batch;
use crate::error::{Error, Result};
use crate::flags::{Flag, Options, OwnTool, parse_flags};
use crate::netns::enter;
use crate::session::Session;
use crate::spec::Key;
use crate::words::{Words, select};
use netmite_netlink::{Protocol, Socket};
use netmite_output::Io;

/// A command: what follows its object, or its verb. It fails where the exit status is not 0.
pub type Command = fn(&mut Words, &mut Session) -> Result<()>;

/// Runs the verb that comes next, or `bare` where none does. The first of `verbs` that the word abbreviates counts; `object` is
/// what a complaint tells to ask for help: `ip link`.
pub fn run_verb(
    object: &str,
    verbs: &[(Key, Command)],
    bare: Command,
    words: &mut Words,
    session: &mut Session,
) -> Result<()> {
    let Some(word) = words.take() else { return bare(words, session) };
    match select(word, verbs) {
        Some(verb) => verb(words, session),
        None => Err(Error::unknown_command(object, word, verbs.iter().map(|(key, _)| key.word))),
    }
}

/// What is a tool's own.
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What `-V` says before our own version.
    pub version: &'static str,
    /// The options before the object, in the order in which abbreviations are looked up.
    pub flags: &'static [&'static [Flag]],
    /// What the complaint about an unknown option tells to try.
    pub help: &'static str,
    /// The objects; those without a command are known by name only. Whose tag is [`Tool::WAITS`], its commands act through the
    /// session alone, so that those of a batch may wait for others.
    pub objects: &'static [Object],
    /// The exit status where the object is unknown.
    pub unknown: u8,
}

/// An object: its word, and what runs its commands.
pub type Object = (Key, Option<Command>);

impl Tool {
    /// The tag of an object whose commands may wait.
    pub const WAITS: u32 = 1;

    /// Runs the tool with the words behind its name. `implied` is an object that its name says, as `iplink` does; `own_tool`
    /// knows what else the file is.
    pub fn run(&'static self, words: &[&[u8]], implied: Option<&[u8]>, own_tool: Option<OwnTool>, io: &mut Io) -> u8 {
        let mut words = Words::new(words);
        let mut options = Options { loops: 10, own_tool, ..Options::default() };
        match parse_flags(self.flags, &mut words, self.help, &mut options) {
            Ok(()) => (),
            Err(error) if error.text().is_empty() => return self.usage().report(io),
            Err(error) => return error.report(io),
        }
        if options.version {
            io.write(self.version.as_bytes());
            io.write(concat!(", netmite ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
            return 0;
        }
        if options.help {
            return self.usage().report(io);
        }
        if let Err(error) = options.netns.as_deref().map_or(Ok(()), enter) {
            return error.report(io);
        }
        let socket = match Socket::open(Protocol::Route) {
            Ok(socket) => socket,
            Err(error) => return Error::from(error).report(io),
        };
        let batch = options.batch.clone();
        let mut session = Session::new(socket, io, &mut options);
        let result = match (batch, implied) {
            (Some(file), _) => run_batch(&file, self, &mut session),
            (None, Some(object)) => self.command(self.find(object), object, &mut words, &mut session),
            (None, None) => self.object(&mut words, &mut session),
        };
        let status = result.map_or_else(|error| error.report(session.context.out.io()), |()| 0);
        // The process ends now, which closes and frees for less than we can.
        std::mem::forget(session);
        status
    }

    /// Whether a word names one of the objects.
    pub fn knows(&self, word: &[u8]) -> bool {
        self.find(word).is_some()
    }

    /// The object that a word names.
    pub(crate) fn find(&self, word: &[u8]) -> Option<&'static Object> {
        // Most differ in the first letter: that is seen without a call for each.
        let first = word.first()?;
        self.objects.iter().find(|(key, _)| key.word.as_bytes().first() == Some(first) && key.takes(word))
    }

    /// Runs what `words` say, from the object on.
    pub(crate) fn object(&self, words: &mut Words, session: &mut Session) -> Result<()> {
        let word = words.take().ok_or_else(|| self.usage())?;
        self.command(self.find(word), word, words, session)
    }

    /// Runs what `words` say behind the word for the object, by which it was found.
    pub(crate) fn command(
        &self,
        found: Option<&Object>,
        word: &[u8],
        words: &mut Words,
        session: &mut Session,
    ) -> Result<()> {
        match found {
            Some((_, Some(command))) => command(words, session),
            Some((key, None)) if key.word == "help" => Err(self.usage()),
            Some((key, None)) => {
                let rest = b"\" is not built in, see docs/compatibility.md";
                Err(Error::of(1, &[b"Object \"", key.word.as_bytes(), rest]))
            }
            None => Err(self.unknown(word)),
        }
    }

    fn unknown(&self, object: &[u8]) -> Error {
        let parts = [b"Object \"", object, b"\" is unknown, try \"", self.name.as_bytes(), b" help\"."];
        Error::of(self.unknown, &parts).suggest(object, self.objects.iter().map(|(key, _)| key.word))
    }

    /// What manuals tell of the tool, whose objects in their order are these.
    #[cfg(feature = "laws")]
    pub fn manual(&self, about: &'static str, mut objects: Vec<crate::manual::Object>) -> crate::manual::Manual {
        objects.sort_by_key(|object| self.objects.iter().position(|(key, _)| key.word == object.name));
        let flags = self.flags.iter().copied().flatten().collect();
        crate::manual::Manual { name: self.name, about, flags, objects }
    }

    /// The usage text, which goes to standard error with exit status 255.
    fn usage(&self) -> Error {
        let mut text = format!("Usage: {} [ OPTIONS ] OBJECT {{ COMMAND | help }}\nOBJECT:", self.name);
        for (key, _) in self.objects.iter().filter(|(_, run)| run.is_some()) {
            text += " ";
            text += key.word;
        }
        text += " help\nOPTIONS:";
        for flag in self.flags.iter().copied().flatten() {
            text += &format!("\n    -{:<16} {}", flag.word, flag.doc);
        }
        Error::new(255, text)
    }
}
