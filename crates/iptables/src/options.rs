//! The options that any command may have, and those that matches and targets bring.

use crate::command::{NAME_END, Reader, Verb};
use crate::extensions::{Definition, Given, Opt, Scan, bit};
use crate::getopt::{Long, Value};
use crate::problem::{Problem, Result};
use crate::table;
use crate::values;
use netmite_netlink::nftables::uapi::*;
use netmite_output::Names;

/// Numbers from here on are options of extensions: 256 for each that is loaded.
pub const EXTENSION: u32 = 1 << 16;

/// Those that any command may have: unpacked, as each line of a file starts from them.
static LONG: &[Long] = &[
    general("append", b'A', Value::Yes),
    general("delete", b'D', Value::Yes),
    general("check", b'C', Value::Yes),
    general("insert", b'I', Value::Yes),
    general("replace", b'R', Value::Yes),
    general("list", b'L', Value::Maybe),
    general("list-rules", b'S', Value::Maybe),
    general("flush", b'F', Value::Maybe),
    general("zero", b'Z', Value::Maybe),
    general("new-chain", b'N', Value::Yes),
    general("delete-chain", b'X', Value::Maybe),
    general("rename-chain", b'E', Value::Yes),
    general("policy", b'P', Value::Yes),
    general("source", b's', Value::Yes),
    general("destination", b'd', Value::Yes),
    general("src", b's', Value::Yes),
    general("dst", b'd', Value::Yes),
    general("protocol", b'p', Value::Yes),
    general("in-interface", b'i', Value::Yes),
    general("jump", b'j', Value::Yes),
    general("table", b't', Value::Yes),
    general("match", b'm', Value::Yes),
    general("numeric", b'n', Value::No),
    general("out-interface", b'o', Value::Yes),
    general("verbose", b'v', Value::No),
    general("wait", b'w', Value::Maybe),
    general("wait-interval", b'W', Value::Maybe),
    general("exact", b'x', Value::No),
    general("fragments", b'f', Value::No),
    general("version", b'V', Value::No),
    general("help", b'h', Value::Maybe),
    general("line-numbers", b'0', Value::No),
    general("modprobe", b'M', Value::Yes),
    general("set-counters", b'c', Value::Yes),
    general("goto", b'g', Value::Yes),
    general("ipv4", b'4', Value::No),
    general("ipv6", b'6', Value::No),
];

/// The number of a long option's word in a list: its letter, and whether it has a value.
pub const fn long(letter: u8, value: Value) -> u32 {
    letter as u32 | (value as u32) << 8
}

const fn general(word: &'static str, letter: u8, value: Value) -> Long<'static> {
    Long { word, value, id: letter as u32 }
}

/// The options of a list.
pub fn listed(names: Names) -> Vec<Long<'static>> {
    let mut all = Vec::with_capacity(64);
    for (number, word) in names {
        let value = match number >> 8 {
            0 => Value::No,
            1 => Value::Yes,
            _ => Value::Maybe,
        };
        all.push(Long { word, value, id: number & 0xff });
    }
    all
}

/// The name of a general option, for complaints.
pub fn name(letter: u8) -> &'static [u8] {
    LONG.iter().find(|option| option.id == u32::from(letter)).map_or(b"", |option| option.word.as_bytes())
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
    let (text, letter) = match letter {
        b's' | b'd' | b'i' | b'o' | b'p' | b'f' | b'h' | b'V' | b'4' | b'6' | b'M' | b'w' | b'W' => return Ok(()),
        b't' | b'm' => ("unexpected ! flag before --", letter),
        // `-g` is one option with `-j` to the original.
        b'g' => ("cannot have ! before --", b'j'),
        b'j' | b'c' | b'n' | b'v' | b'x' | b'0' => ("cannot have ! before --", letter),
        _ => ("unexpected '!' flag", 0),
    };
    Err(Problem::word(text, name(letter), ""))
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
            Some(letter) => Err(Problem::word("Illegal option `--", name(*letter), "' with this command")),
            None => Ok(()),
        }
    }

    pub(crate) fn check_interfaces(&self) -> Result<()> {
        let chain = self.chain.as_deref().unwrap_or(b"");
        let wrong = |text| Err(Problem::word(text, chain, ""));
        match table::built_in(chain).map(|chain| chain.hook) {
            Some(NF_INET_PRE_ROUTING | NF_INET_LOCAL_IN) if self.rule.output.is_some() => {
                wrong("Can't use --out-interface with ")
            }
            Some(NF_INET_POST_ROUTING | NF_INET_LOCAL_OUT) if self.rule.input.is_some() => {
                wrong("Can't use --in-interface with ")
            }
            _ => Ok(()),
        }
    }
}
