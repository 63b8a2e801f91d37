//! The options that any command may have, and those that matches and targets bring.

use crate::command::{NAME_END, Reader, Verb};
use crate::extensions::{Definition, Given, Opt, Scan, bit};
use crate::getopt::{Long, Value};
use crate::problem::{Problem, Result};
use crate::table;
use crate::values;
use netmite_netlink::nftables::uapi::*;

/// Numbers from here on are options of extensions: 256 for each that is loaded.
pub const EXTENSION: u32 = 1 << 16;

const LONG: &[Long] = &[
    long("append", Value::Yes, b'A'),
    long("delete", Value::Yes, b'D'),
    long("check", Value::Yes, b'C'),
    long("insert", Value::Yes, b'I'),
    long("replace", Value::Yes, b'R'),
    long("list", Value::Maybe, b'L'),
    long("list-rules", Value::Maybe, b'S'),
    long("flush", Value::Maybe, b'F'),
    long("zero", Value::Maybe, b'Z'),
    long("new-chain", Value::Yes, b'N'),
    long("delete-chain", Value::Maybe, b'X'),
    long("rename-chain", Value::Yes, b'E'),
    long("policy", Value::Yes, b'P'),
    long("source", Value::Yes, b's'),
    long("destination", Value::Yes, b'd'),
    long("src", Value::Yes, b's'),
    long("dst", Value::Yes, b'd'),
    long("protocol", Value::Yes, b'p'),
    long("in-interface", Value::Yes, b'i'),
    long("jump", Value::Yes, b'j'),
    long("table", Value::Yes, b't'),
    long("match", Value::Yes, b'm'),
    long("numeric", Value::No, b'n'),
    long("out-interface", Value::Yes, b'o'),
    long("verbose", Value::No, b'v'),
    long("wait", Value::Maybe, b'w'),
    long("wait-interval", Value::Maybe, b'W'),
    long("exact", Value::No, b'x'),
    long("fragments", Value::No, b'f'),
    long("version", Value::No, b'V'),
    long("help", Value::Maybe, b'h'),
    long("line-numbers", Value::No, b'0'),
    long("modprobe", Value::Yes, b'M'),
    long("set-counters", Value::Yes, b'c'),
    long("goto", Value::Yes, b'g'),
    long("ipv4", Value::No, b'4'),
    long("ipv6", Value::No, b'6'),
];

/// A row of a table of long options.
pub const fn long(word: &'static str, value: Value, letter: u8) -> Long<'static> {
    Long { word, value, id: letter as u32 }
}

/// The name of a general option, for complaints.
pub fn name(letter: u8) -> &'static str {
    LONG.iter().find(|option| option.id == u32::from(letter)).map_or("", |option| option.word)
}

/// All long options where those extensions are loaded.
pub fn table(loaded: &[Loaded]) -> Vec<Long<'static>> {
    let mut all = LONG.to_vec();
    // Of two that have the option, the one loaded last gets it.
    let mut base = EXTENSION.saturating_add(u32::try_from(loaded.len()).unwrap_or(0).saturating_mul(256));
    for loaded in loaded.iter().rev() {
        base = base.saturating_sub(256);
        for (option, id) in loaded.definition.options.iter().zip(base..) {
            all.push(Long { word: option.word, value: option.value, id });
        }
    }
    all
}

/// Which of the loaded extensions has option `id`, and which of its options that is.
pub fn which(loaded: &mut [Loaded], id: u32) -> Option<(&mut Loaded, &'static Opt)> {
    let at = usize::try_from(id.checked_sub(EXTENSION)?).ok()?;
    let loaded = loaded.get_mut(at / 256)?;
    let opt = loaded.definition.options.get(at % 256)?;
    Some((loaded, opt))
}

/// Whether `!` may go with the option, as far as the general options tell.
pub fn may_be_inverted(id: u32) -> bool {
    id >= EXTENSION || b"sdiopf".iter().any(|letter| u32::from(*letter) == id)
}

/// What to say of `!` before an option that can't have it; some pass it over.
pub fn refuse_inversion(letter: u8) -> Result<()> {
    Err(Problem::parameter(match letter {
        b's' | b'd' | b'i' | b'o' | b'p' | b'f' | b'h' | b'V' | b'4' | b'6' | b'M' | b'w' | b'W' => return Ok(()),
        b't' | b'm' => format!("unexpected ! flag before --{}", name(letter)),
        // `-g` is one option with `-j` to the original.
        b'g' => "cannot have ! before --jump".to_owned(),
        b'j' | b'c' | b'n' | b'v' | b'x' | b'0' => format!("cannot have ! before --{}", name(letter)),
        _ => "unexpected '!' flag".to_owned(),
    }))
}

/// A match or target whose options are being read.
pub struct Loaded {
    /// The row.
    pub definition: &'static Definition,
    info: Vec<u8>,
    seen: u64,
}

impl Loaded {
    /// One with no option yet.
    pub fn new(definition: &'static Definition) -> Self {
        Loaded { definition, info: definition.blank(), seen: 0 }
    }

    fn scan<'a>(&'a mut self, opt: &'static Opt, line: Given<'a>) -> Scan<'a> {
        let (row, info, seen) = (self.definition, &mut self.info, self.seen);
        Scan { row, opt, info, base: 0, value: b"", second: b"", inverted: false, seen, line }
    }

    /// Takes an option of the row.
    pub fn take(
        &mut self,
        opt: &'static Opt,
        (value, second): (&[u8], &[u8]),
        inverted: bool,
        line: Given,
    ) -> Result<()> {
        let again = self.seen & bit(opt.id) != 0 && !opt.repeats;
        self.seen |= bit(opt.id);
        let mut scan = self.scan(opt, line);
        if again {
            if let Some(text) = scan.row.twice {
                return Err(Problem::parameter(text(opt.id)));
            }
            // The original names it by the first of its words.
            scan.opt = scan.row.option(opt.id).unwrap_or(opt);
            return Err(scan.refused("can only be used once."));
        }
        if inverted && !opt.inverts {
            return Err(scan.refused("cannot be inverted."));
        }
        (scan.value, scan.second, scan.inverted) = (value, second, inverted);
        (scan.row.parse)(&mut scan)
    }

    /// Looks at the whole and gives the structure.
    pub fn finish(mut self, line: Given) -> Result<(&'static Definition, Vec<u8>)> {
        static NONE: Opt = Opt::flag("", 0);
        let seen = self.seen;
        let scan = self.scan(&NONE, line);
        let row = scan.row;
        if let Some(missing) = row.options.iter().find(|opt| opt.needed && seen & bit(opt.id) == 0) {
            return Err(Scan { opt: missing, ..scan }.refused("must be specified"));
        }
        if seen == 0 && !row.empty.is_empty() {
            return Err(Problem::parameter(row.empty));
        }
        (row.check)(&scan)?;
        Ok((row, self.info))
    }
}

impl<'w> Reader<'w> {
    pub(crate) fn verb_option(&mut self, letter: u8, value: &'w [u8]) -> Result<()> {
        let mut chain =
            Some(value).filter(|value| !value.is_empty() || !matches!(letter, b'L' | b'S' | b'F' | b'Z' | b'X'));
        if chain.is_none() {
            chain = self.getopt.value_apart();
        }
        let verb = match letter {
            b'A' => Verb::Append,
            b'C' => Verb::Check,
            b'D' => self.decimal()?.map_or(Verb::Delete, Verb::DeleteNumber),
            b'I' => Verb::Insert(self.number()?.unwrap_or(1)),
            b'R' => Verb::Replace(self.number()?.ok_or_else(|| Problem::parameter("-R requires a rule number"))?),
            b'L' => Verb::List(self.number_of(chain)?),
            b'S' => Verb::Save(self.number_of(chain)?),
            b'Z' => Verb::Zero(self.number_of(chain)?),
            b'F' => Verb::Flush,
            b'X' => Verb::DeleteChain,
            b'N' => {
                values::new_name(value, Some(self.family))?;
                Verb::NewChain
            }
            _ => {
                let (verb, missing) = match letter {
                    b'E' => (Verb::Rename, "-E requires old-chain-name and new-chain-name"),
                    _ => (Verb::Policy, "-P requires a chain and a policy"),
                };
                self.to = self.getopt.value_apart().ok_or_else(|| Problem::parameter(missing))?;
                verb
            }
        };
        if let Some(name) = chain.filter(|name| name.len() >= NAME_END) {
            return Err(Problem::chain_too_long(name));
        }
        let before = self.verb.map(|(before, _)| before);
        let letter = char::from(letter);
        // -Z may go with -L and -S, in either order.
        match (before, letter) {
            (None, 'Z') if self.zero.is_none() => self.zero = Some(verb),
            (Some('L' | 'S'), 'Z') if self.zero.is_none() => self.zero = Some(verb),
            (None, _) if self.zero.is_none() || matches!(letter, 'L' | 'S') => self.verb = Some((letter, verb)),
            (before, _) => {
                return Err(Problem::parameter(format!("Cannot use -{letter} with -{}", before.unwrap_or('Z'))));
            }
        }
        if let Some(chain) = chain {
            self.chain = Some(chain.into());
        }
        Ok(())
    }

    pub(crate) fn check_options(&mut self, verb: char) -> Result<()> {
        if matches!(verb, 'h' | 'V') {
            // Who asks for help is told of nothing else that is wrong.
            (self.sources, self.destinations) = (None, None);
            self.loaded.clear();
            return Ok(());
        }
        let with_rule =
            matches!(verb, 'A' | 'I' | 'R' | 'C' | 'D') && !matches!(self.verb, Some((_, Verb::DeleteNumber(_))));
        let illegal = |letter: &&u8| match **letter {
            b'v' => false,
            b'n' | b'x' | b'0' => verb != 'L',
            b'c' => !matches!(verb, 'A' | 'I' | 'R' | 'P'),
            _ => !with_rule,
        };
        match self.given.iter().find(illegal) {
            Some(letter) => {
                let text = format!("Illegal option `--{}' with this command", name(*letter));
                Err(Problem::parameter(text))
            }
            None => Ok(()),
        }
    }

    pub(crate) fn check_interfaces(&self) -> Result<()> {
        let chain = self.chain.as_deref().unwrap_or(b"");
        let wrong = |option: &str| Err(Problem::word(&format!("Can't use --{option} with "), chain, ""));
        match table::built_in(chain).map(|chain| chain.hook) {
            Some(NF_INET_PRE_ROUTING | NF_INET_LOCAL_IN) if self.rule.output.is_some() => wrong("out-interface"),
            Some(NF_INET_POST_ROUTING | NF_INET_LOCAL_OUT) if self.rule.input.is_some() => wrong("in-interface"),
            _ => Ok(()),
        }
    }
}
