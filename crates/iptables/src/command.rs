//! What a command line asks for, and how it is read.
//!
//! Options may come in any order, but for those of matches and targets, which must follow the `-m` or `-j` that
//! brings them. Refused here: what is wrong whatever the rules in the kernel are.

use crate::extensions::{Given, Kind};
use crate::getopt::{self, Getopt, Item, Long};
use crate::names;
use crate::options::{self, Loaded};
use crate::print::Style;
use crate::problem::{Problem, Result, Warnings};
use crate::rule::{Extension, Family, Maybe, Rule, Target};
use crate::values;
use netmite_netlink::nftables::Bytes;

/// The longest chain name in bytes, and one more.
pub const NAME_END: usize = 29;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `-A`.
    Append,
    /// `-I`, before the rule of this number, from 1.
    Insert(u32),
    /// `-R`.
    Replace(u32),
    /// `-D` by specification.
    Delete,
    /// `-D` by number.
    DeleteNumber(u32),
    /// `-C`.
    Check,
    /// `-L`, of one rule where a number is given.
    List(Option<u32>),
    /// `-S`.
    Save(Option<u32>),
    /// `-F`.
    Flush,
    /// `-Z`.
    Zero(Option<u32>),
    /// `-N`.
    NewChain,
    /// `-X`.
    DeleteChain,
    /// `-E`, to [`Command::to`].
    Rename,
    /// `-P`, which is [`Command::to`].
    Policy,
    /// `-h`.
    Help,
    /// `-V`.
    Version,
}

/// A command.
#[derive(Debug)]
pub struct Command {
    /// What to do; several where `-L -Z` are given together.
    pub verbs: Vec<Verb>,
    /// `-t`.
    pub table: Bytes,
    /// The chain, where one is named.
    pub chain: Option<Bytes>,
    /// The new name, or the policy.
    pub to: Bytes,
    /// The rules, one for each pair of addresses.
    pub rules: Vec<Rule>,
    /// `-n -v -x --line-numbers`.
    pub style: Style,
    /// IPv4 or IPv6.
    pub family: Family,
    /// What to say on standard error although nothing is wrong.
    pub warnings: Warnings,
    /// Whether `-w` or `-W` was given, and which first.
    pub waits: Option<u8>,
}

/// A command line under way.
pub(crate) struct Reader<'w> {
    pub(crate) family: Family,
    pub(crate) getopt: Getopt<'w>,
    pub(crate) verb: Option<(char, Verb)>,
    pub(crate) zero: Option<Verb>,
    pub(crate) table: Option<&'w [u8]>,
    pub(crate) chain: Option<Bytes>,
    pub(crate) to: &'w [u8],
    pub(crate) style: Style,
    pub(crate) rule: Rule,
    /// The words of `-s` and `-d`, which are looked up when all others are read, and whether they are inverted.
    pub(crate) sources: Option<(&'w [u8], bool)>,
    pub(crate) destinations: Option<(&'w [u8], bool)>,
    pub(crate) loaded: Vec<Loaded>,
    /// All long options at this point of the line.
    pub(crate) long: Vec<Long<'static>>,
    /// The letters of the options given, for what may not go with what.
    pub(crate) given: Vec<u8>,
    pub(crate) warnings: Warnings,
    /// Which of `-w` and `-W` were given; the second must go with the first.
    pub(crate) waits: Vec<u8>,
    /// The rest of the line is for the other family: `-4` in ip6tables-restore.
    pub(crate) other_family: bool,
}

/// Reads a command line, without the program's name. `None`: it is meant for the other family.
pub fn read(family: Family, words: &[&[u8]]) -> Result<Option<Command>> {
    let mut reader = Reader {
        family,
        getopt: Getopt::new(words, getopt::COMMANDS),
        verb: None,
        zero: None,
        table: None,
        chain: None,
        to: b"",
        style: Style::default(),
        rule: Rule::default(),
        sources: None,
        destinations: None,
        loaded: Vec::new(),
        long: options::table(&[]),
        given: Vec::new(),
        warnings: Warnings::default(),
        waits: Vec::new(),
        other_family: false,
    };
    match reader.walk() {
        Ok(()) if reader.other_family => Ok(None),
        Ok(()) => reader.finish().map(Some),
        Err(problem) => Err(problem),
    }
    .map_err(|problem| problem.behind(std::mem::take(&mut reader.warnings)))
}

impl<'w> Reader<'w> {
    /// Reads word after word, up to one that is for the other family.
    fn walk(&mut self) -> Result<()> {
        let mut inverted = false;
        loop {
            let before = self.getopt;
            let Some(item) = self.getopt.next(&self.long) else { break };
            match item {
                Item::Word(b"!") if inverted => return Err(Problem::parameter("multiple consecutive ! not allowed")),
                Item::Word(b"!") => {
                    inverted = true;
                    continue;
                }
                Item::Word(word) => return Err(Problem::bad_argument(word)),
                Item::Incomplete(word) => return Err(Problem::word("option \"", &word, "\" requires an argument")),
                Item::Unknown(word) => {
                    // The protocol's own match comes without `-m`; then the word is read again.
                    if !self.load_protocol() {
                        return Err(Problem::word("unknown option \"", &word, "\""));
                    }
                    self.getopt = before;
                    continue;
                }
                Item::Option { id, mut value } => {
                    if value == Some(b"!") && self.inverts(id) {
                        (inverted, value) = (true, self.getopt.value_behind_bang());
                        let text = b"Using intrapositioned negation (`--option ! this`) is deprecated in favor of \
                                extrapositioned (`! --option this`).";
                        self.warnings.add(&[text]);
                        if value.is_none() {
                            return Err(Problem::bad_argument(b"!"));
                        }
                    }
                    self.option(id, value, inverted)?;
                    if self.other_family {
                        return Ok(());
                    }
                }
            }
            inverted = false;
        }
        if inverted {
            return Err(Problem::parameter("nothing appropriate following !"));
        }
        Ok(())
    }

    fn option(&mut self, id: u32, value: Option<&'w [u8]>, inverted: bool) -> Result<()> {
        if id >= options::EXTENSION {
            return self.extension_option(id, value.unwrap_or(b""), inverted);
        }
        let letter = u8::try_from(id).unwrap_or(0);
        let value = value.unwrap_or(b"");
        if inverted {
            options::refuse_inversion(letter)?;
        }
        match letter {
            b'A' | b'D' | b'R' | b'I' | b'L' | b'S' | b'F' | b'Z' | b'N' | b'X' | b'E' | b'P' | b'C' => {
                return self.verb_option(letter, value);
            }
            b'h' => self.verb = Some(('h', Verb::Help)),
            b'V' => self.verb = Some(('V', Verb::Version)),
            b't' => self.table = Some(value),
            b'w' | b'W' => self.wait(letter, value)?,
            // The kernel's modules load themselves; there is no program to be named.
            b'M' => (),
            b'm' => return self.load(value),
            b'4' => self.other_family = self.family == Family::V6,
            b'6' => self.other_family = self.family == Family::V4,
            _ => {
                self.once(letter)?;
                self.rule_option(letter, value, inverted)?;
            }
        }
        Ok(())
    }

    /// Whether `!` may stand before the option, and so, as in older versions, before its value.
    fn inverts(&mut self, id: u32) -> bool {
        match options::which(&mut self.loaded, id) {
            Some((_, opt)) => opt.inverts,
            None => options::may_be_inverted(id),
        }
    }

    fn rule_option(&mut self, letter: u8, value: &'w [u8], inverted: bool) -> Result<()> {
        match letter {
            b's' => self.sources = Some((value, inverted)),
            b'd' => self.destinations = Some((value, inverted)),
            b'i' => self.rule.input = self.interface(value, inverted)?,
            b'o' => self.rule.output = self.interface(value, inverted)?,
            b'p' => {
                let number = names::protocol(value)?;
                if number == 0 && inverted {
                    return Err(Problem::parameter("rule would never match protocol"));
                }
                // Headers of IPv6 that stand before the protocol's own.
                if self.family == Family::V6 && !inverted && matches!(number, 43 | 44 | 51 | 60) {
                    let name = value.to_ascii_lowercase();
                    let tail = b". use extension match instead.";
                    self.warnings.add(&[b"Warning: never matched protocol: ", &name, tail]);
                }
                self.rule.protocol = Some(Maybe { value: number, inverted }).filter(|_| number != 0);
            }
            b'f' if self.family == Family::V4 => self.rule.fragment = Some(!inverted),
            b'f' => return Err(Problem::parameter("unknown option \"-f\"")),
            b'j' => self.jump(value)?,
            b'g' => {
                values::target_name(value)?;
                self.rule.target = if value == b"DROP" { Target::Drop } else { Target::Goto(value.into()) };
            }
            b'c' => self.counters(value)?,
            b'n' => self.style.numeric = true,
            b'v' => self.style.verbose = true,
            b'x' => self.style.exact = true,
            _ => self.style.line_numbers = true,
        }
        Ok(())
    }

    /// Notes an option that may be given only once, but for `-v`.
    fn once(&mut self, letter: u8) -> Result<()> {
        // `-g` is one option with `-j` to the original.
        let letter = if letter == b'g' { b'j' } else { letter };
        if letter != b'v' && self.given.contains(&letter) {
            return Err(Problem::word("multiple --", options::name(letter), " options not allowed"));
        }
        self.given.push(letter);
        Ok(())
    }

    fn extension_option(&mut self, id: u32, value: &[u8], inverted: bool) -> Result<()> {
        let Some((loaded, opt)) = options::which(&mut self.loaded, id) else { return Ok(()) };
        let second = if opt.second { self.getopt.value_apart() } else { Some(&b""[..]) };
        let Some(second) = second else {
            return Err(Problem::word("--", opt.word.as_bytes(), " requires two args."));
        };
        let line = Given { family: self.family, protocol: self.rule.protocol, warnings: &mut self.warnings };
        loaded.take(opt, (value, second), inverted, line)
    }

    fn finish(&mut self) -> Result<Command> {
        let mut verbs = Vec::new();
        let letter = match (self.verb, self.zero) {
            // A rule whose counters go is not listed.
            (Some((letter, _)), Some(Verb::Zero(Some(_)))) => letter,
            (Some((letter, verb)), _) => {
                verbs.push(verb);
                letter
            }
            (None, Some(_)) => 'Z',
            (None, None) => return Err(Problem::parameter("no command specified")),
        };
        verbs.extend(self.zero);
        if !self.waits.is_empty() && !self.waits.contains(&b'w') {
            return Err(Problem::parameter("--wait-interval only makes sense with --wait\n"));
        }
        self.check_options(letter)?;
        self.check_interfaces()?;
        if self.rule.target == Target::Drop {
            return Err(Problem::no_dropping());
        }
        let mut none = Warnings::default();
        for loaded in std::mem::take(&mut self.loaded) {
            let line = Given { family: self.family, protocol: self.rule.protocol, warnings: &mut none };
            let (definition, info) = loaded.finish(line)?;
            let extension = Extension::Known { definition, info };
            match definition.kind {
                Kind::Match => self.rule.matches.push(extension),
                Kind::Target => self.rule.target = Target::Extension(extension),
            }
        }
        Ok(Command {
            waits: self.waits.first().copied(),
            rules: self.rules()?,
            verbs,
            table: self.table.unwrap_or(b"filter").into(),
            chain: self.chain.take(),
            to: self.to.into(),
            style: self.style,
            family: self.family,
            warnings: std::mem::take(&mut self.warnings),
        })
    }

    /// One rule for each pair of source and destination.
    fn rules(&self) -> Result<Vec<Rule>> {
        let (sources, destinations) = (self.addresses(self.sources)?, self.addresses(self.destinations)?);
        let mut all = Vec::new();
        for source in sources {
            for destination in &destinations {
                let mut rule = self.rule.clone();
                (rule.source, rule.destination) = (source, *destination);
                all.push(rule);
            }
        }
        Ok(all)
    }
}
