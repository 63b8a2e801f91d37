//! Why a command failed, in the original's words, and the exit status that goes with each.

use netmite_netlink::errno;
use netmite_netlink::nftables::Rejected;
use netmite_output::Io;

/// The version of iptables whose words and output are kept to.
pub const VERSION: &str = "v1.8.13 (nf_tables)";

/// A failure: what to say, and the exit status.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem(Box<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    kind: Kind,
    text: Vec<u8>,
    /// What we know beyond the original.
    hint: Option<String>,
    /// What was to be said before it.
    warnings: Warnings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `iptables VERSION: text`, and where to find help: 2.
    Parameter,
    /// A word that is no option: 2.
    BadArgument,
    /// Nothing but where to find help: 2.
    TryHelp,
    /// `iptables VERSION: text`: the given status.
    Failed(u8),
    /// `iptables: text`: the given status.
    Refused(u8),
    /// The text alone: the given status.
    Bare(u8),
}

/// Lines to say on standard error although nothing is wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Warnings(Vec<u8>);

impl Warnings {
    /// Adds a line, in parts; none if all are empty.
    #[cold]
    #[inline(never)]
    pub fn add(&mut self, parts: &[&[u8]]) {
        for part in parts {
            self.0.extend_from_slice(part);
        }
        if self.0.last().is_some_and(|last| *last != b'\n') {
            self.0.push(b'\n');
        }
    }

    /// Says them.
    pub fn report(&self, io: &mut Io) {
        if let Some(lines) = self.0.strip_suffix(b"\n") {
            io.error_bytes(lines);
        }
    }
}

impl std::ops::Deref for Warnings {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// What most of this crate returns.
pub type Result<T> = std::result::Result<T, Problem>;

impl Problem {
    #[cold]
    #[inline(never)]
    fn new(kind: Kind, text: Vec<u8>) -> Self {
        Problem(Box::new(Inner { kind, text, hint: None, warnings: Warnings::default() }))
    }

    /// A wrong word or combination of words.
    #[cold]
    #[inline(never)]
    pub fn parameter(text: impl Into<Vec<u8>>) -> Self {
        Self::new(Kind::Parameter, text.into())
    }

    /// As [`Problem::parameter`], around a word of the user's.
    #[cold]
    #[inline(never)]
    pub fn word(before: &str, word: &[u8], after: &str) -> Self {
        Self::new(Kind::Parameter, [before.as_bytes(), word, after.as_bytes()].concat())
    }

    /// A chain's name that the kernel would not take.
    pub fn chain_too_long(name: &[u8]) -> Self {
        Self::word("chain name `", name, "' too long (must be under 29 chars)")
    }

    /// A chain that is jumped to and not there.
    pub fn no_chain(name: &[u8]) -> Self {
        Self::word("Chain '", name, "' does not exist")
    }

    /// A word where an option was expected.
    pub fn bad_argument(word: &[u8]) -> Self {
        Self::new(Kind::BadArgument, word.into())
    }

    /// A command line that is meant for another program.
    pub fn try_help() -> Self {
        Self::new(Kind::TryHelp, Vec::new())
    }

    /// A failure of another status.
    #[cold]
    #[inline(never)]
    pub fn failed(status: u8, text: impl Into<Vec<u8>>) -> Self {
        Self::new(Kind::Failed(status), text.into())
    }

    /// Something that is not there, or is there already.
    #[cold]
    #[inline(never)]
    pub fn refused(text: &str) -> Self {
        Self::new(Kind::Refused(1), text.into())
    }

    /// A table that is not served.
    pub fn other_table(table: &[u8]) -> Self {
        Self::new(Kind::Refused(3), [&b"table '"[..], table, b"' is not supported yet"].concat())
    }

    /// `DROP`, as a policy or as a rule's verdict.
    pub fn no_dropping() -> Self {
        let text = "\nThe \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n";
        Self::parameter(text)
    }

    /// A text that stands alone; of status 0 one that was asked for, and that ends a file without doing what is in it.
    pub fn bare(status: u8, text: impl Into<Vec<u8>>) -> Self {
        Self::new(Kind::Bare(status), text.into())
    }

    /// A line of a file that is no command.
    pub fn line_failed() -> Self {
        Self::refused("")
    }

    /// The chain, target or match does not exist.
    pub fn no_such_name() -> Self {
        Self::refused("No chain/target/match by that name.")
    }

    /// No rule like the one given.
    pub fn no_such_rule() -> Self {
        Self::refused("Bad rule (does a matching rule exist in that chain?).")
    }

    /// The kernel refused a request; `what` was for: `RULE_APPEND failed`, behind it `rule in chain X`. `line` is that
    /// of a file, or 0.
    pub fn rejected(rejected: &Rejected, what: &str, about: &[u8], line: usize) -> Self {
        let errno = rejected.error.errno();
        let why = errno.map_or_else(|| rejected.error.to_string(), |errno| errno::text(errno).to_owned());
        let said = rejected.error.kernel_message().map(|message| message.into_owned());
        let mut problem = Self::request_failed(what, &why, about, line);
        problem.0.hint = said;
        problem
    }

    /// A request that the kernel refused, or would.
    pub fn request_failed(what: &str, why: &str, about: &[u8], line: usize) -> Self {
        let place = if line > 0 { format!("\nline {line}: ") } else { " ".to_owned() };
        Self::failed(4, [place.as_bytes(), what.as_bytes(), b" failed (", why.as_bytes(), b"): ", about].concat())
    }

    /// Adds what we know beyond the original, for the lines below its own.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Has what was noticed before be said before.
    pub fn behind(mut self, warnings: Warnings) -> Self {
        self.0.warnings = warnings;
        self
    }

    /// Whether it lies in what is there, not in the words.
    pub fn is_of_rules(&self) -> bool {
        matches!(self.0.kind, Kind::Refused(_) | Kind::Failed(_)) && !self.0.text.is_empty()
    }

    /// What is said, without the program's name.
    #[cfg(test)]
    pub fn text(&self) -> &[u8] {
        &self.0.text
    }

    /// Says it on standard error; the result is the exit status. `program` is `iptables` or the like.
    pub fn report(&self, program: &str, io: &mut Io) -> u8 {
        self.0.warnings.report(io);
        self.say(program, "", io)
    }

    /// As [`Problem::report`], of line `line` of a file; 0 where it concerns no single line.
    pub fn report_line(&self, program: &str, line: usize, io: &mut Io) -> u8 {
        self.0.warnings.report(io);
        match self.0.kind {
            Kind::Refused(1) if line > 0 => {
                let text = if self.0.text.is_empty() { Vec::new() } else { [b": ", &*self.0.text].concat() };
                io.error_bytes(&[program.as_bytes(), format!(": line {line} failed").as_bytes(), &text].concat());
                1
            }
            Kind::Parameter | Kind::BadArgument if line > 0 => {
                self.say(program, &format!("\nError occurred at line: {line}"), io)
            }
            _ => self.say(program, "", io),
        }
    }

    /// `place` stands behind the text.
    fn say(&self, program: &str, place: &str, io: &mut Io) -> u8 {
        let named = [program.as_bytes(), b" ", VERSION.as_bytes(), b": ", &self.0.text].concat();
        let (status, line) = match self.0.kind {
            Kind::Parameter | Kind::TryHelp => (2, named),
            Kind::Failed(status) => (status, named),
            Kind::BadArgument => (2, [b"Bad argument `", &*self.0.text, b"'"].concat()),
            Kind::Refused(status) => (status, [program.as_bytes(), b": ", &self.0.text].concat()),
            Kind::Bare(status) => (status, self.0.text.clone()),
        };
        if status == 0 {
            io.write(&line);
            return 0;
        }
        let help = || format!("Try `{program} -h' or '{program} --help' for more information.");
        match self.0.kind {
            Kind::TryHelp => io.error(help()),
            _ => io.error_bytes(&[&*line, place.as_bytes()].concat()),
        }
        if let Some(hint) = &self.0.hint {
            hint.lines().for_each(|line| io.error(format_args!("  {line}")));
        }
        if matches!(self.0.kind, Kind::Parameter | Kind::BadArgument) {
            io.error(help());
        }
        status
    }
}

impl From<netmite_netlink::Error> for Problem {
    fn from(error: netmite_netlink::Error) -> Self {
        let errno = error.errno();
        let why = errno.map_or_else(|| error.to_string(), |errno| errno::text(errno).to_owned());
        if errno == Some(errno::EPERM) {
            let text = format!("Could not fetch rule set generation id: {why}");
            return Self::failed(4, text + " (you must be root)");
        }
        Self::failed(4, why)
    }
}

impl From<Rejected> for Problem {
    fn from(rejected: Rejected) -> Self {
        Problem::rejected(&rejected, "TRANSACTION", b"all rules", 0)
    }
}
