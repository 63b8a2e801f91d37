//! The values of the options that any command may have: addresses, interfaces, numbers, the names of chains and targets.

use crate::address;
use crate::command::{NAME_END, Reader};
use crate::extensions::{self, Definition, Kind};
use crate::names;
use crate::options::{self, Loaded};
use crate::problem::{Problem, Result, Warnings};
use crate::rule::{Family, Interface, Masked, Maybe, Target};

impl<'w> Reader<'w> {
    /// `-w` or `-W`. There is no lock to wait for: transactions are the kernel's.
    pub(crate) fn wait(&mut self, letter: u8, attached: &'w [u8]) -> Result<()> {
        self.waits.push(letter);
        let value = if attached.is_empty() { self.getopt.value_apart().unwrap_or(b"0") } else { attached };
        let what = if letter == b'w' { "wait seconds not numeric" } else { "wait interval not numeric" };
        // What stands behind the number is left alone.
        if names::leading(value).is_none() {
            return Err(Problem::parameter(what));
        }
        if letter == b'W' {
            self.warnings.add(&[b"Ignoring deprecated --wait-interval option."]);
        }
        Ok(())
    }

    /// What `-s` or `-d` says; nothing of any address.
    pub(crate) fn addresses(&self, given: Option<(&[u8], bool)>) -> Result<Vec<Option<Maybe<Masked>>>> {
        let Some((value, inverted)) = given else { return Ok(vec![None]) };
        let all = address::list(self.family, value)?;
        if inverted && all.len() > 1 {
            return Err(Problem::parameter("! not allowed with multiple source or destination IP addresses"));
        }
        let mut some = Vec::with_capacity(all.len());
        for value in all {
            some.push(Some(Maybe { value, inverted }).filter(|_| inverted || !value.mask.is_unspecified()));
        }
        Ok(some)
    }

    pub(crate) fn interface(&mut self, value: &[u8], inverted: bool) -> Result<Option<Maybe<Interface>>> {
        if value.is_empty() {
            return Err(Problem::parameter("Empty interface is likely to be undesired"));
        }
        if value.len() > 15 {
            return Err(Problem::word("interface name `", value, "' must be shorter than 16 characters"));
        }
        weird(value, &mut self.warnings);
        let (name, wildcard) = value.strip_suffix(b"+").map_or((value, false), |name| (name, true));
        let any = name.is_empty() && !inverted;
        Ok((!any).then(|| Maybe { value: Interface { name: name.into(), wildcard }, inverted }))
    }

    pub(crate) fn jump(&mut self, name: &[u8]) -> Result<()> {
        target_name(name)?;
        self.rule.target = match name {
            b"ACCEPT" => Target::Accept,
            b"DROP" => Target::Drop,
            b"RETURN" => Target::Return,
            _ => match extensions::by_name(Kind::Target, name, self.family) {
                Some(definition) => {
                    self.bring(definition);
                    Target::None
                }
                None => Target::Jump(name.into()),
            },
        };
        Ok(())
    }

    pub(crate) fn load(&mut self, name: &[u8]) -> Result<()> {
        let found = extensions::by_name(Kind::Match, name, self.family);
        let missing = || Problem::word("Couldn't load match `", name, "':No such file or directory\n");
        self.bring(found.ok_or_else(missing)?);
        Ok(())
    }

    fn bring(&mut self, definition: &'static Definition) {
        self.loaded.push(Loaded::new(definition));
        self.long = options::table(&self.loaded);
    }

    /// Loads the match that is called as the protocol is, once.
    pub(crate) fn load_protocol(&mut self) -> bool {
        let Some(protocol) = self.rule.protocol else { return false };
        let name = names::protocol_name(protocol.value, false).unwrap_or_default();
        let Some(definition) = extensions::by_name(Kind::Match, name.as_bytes(), self.family) else { return false };
        let have = |loaded: &Loaded| std::ptr::eq(loaded.definition, definition);
        if self.loaded.iter().any(have) {
            return false;
        }
        self.bring(definition);
        true
    }

    /// The rule's number behind a chain's name, if one is there.
    pub(crate) fn number(&mut self) -> Result<Option<u32>> {
        let Some(word) = self.getopt.value_apart() else { return Ok(None) };
        rule_number(word, names::number(word).filter(|number| *number <= LAST_RULE)).map(Some)
    }

    /// As [`Reader::number`] where the original takes no other base, and looks for the rule however great the number is.
    pub(crate) fn decimal(&mut self) -> Result<Option<u32>> {
        let Some(word) = self.getopt.value_apart() else { return Ok(None) };
        let zeros = word.iter().take_while(|byte| **byte == b'0').count();
        let number = names::number(word.get(zeros..).unwrap_or(b""));
        rule_number(word, number.map(|number| number.min(LAST_RULE))).map(Some)
    }

    pub(crate) fn number_of(&mut self, chain: Option<&[u8]>) -> Result<Option<u32>> {
        if chain.is_some() { self.number() } else { Ok(None) }
    }

    pub(crate) fn counters(&mut self, packets: &'w [u8]) -> Result<()> {
        let (packets, bytes) = match names::cut(packets, b',') {
            Some((packets, bytes)) => (packets, Some(bytes)),
            None => (packets, self.getopt.value_apart()),
        };
        let Some(bytes) = bytes else {
            return Err(Problem::parameter("--set-counters requires packet and byte counter"));
        };
        self.rule.counters = counter_pair(packets, bytes)?;
        Ok(())
    }
}

/// Packets and bytes that are to have been counted.
pub fn counter_pair(packets: &[u8], bytes: &[u8]) -> Result<(u64, u64)> {
    let number = |word: &[u8], noun: &[u8]| {
        names::number(word).ok_or_else(|| Problem::word("--set-counters ", noun, " counter not numeric"))
    };
    Ok((number(packets, b"packet")?, number(bytes, b"byte")?))
}

/// Whether a target may be called so.
pub fn target_name(name: &[u8]) -> Result<()> {
    match name.len() {
        0 => Err(Problem::parameter("Invalid target name (too short)")),
        NAME_END.. => Err(Problem::word("Invalid target name `", name, "' (28 chars max)")),
        _ => Ok(()),
    }
}

/// The greatest number that a rule may be asked for by.
const LAST_RULE: u64 = i32::MAX as u64;

fn rule_number(word: &[u8], number: Option<u64>) -> Result<u32> {
    let number = number.and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
    number.ok_or_else(|| Problem::word("Invalid rule number `", word, "'"))
}

/// Warns of an interface that the kernel would not name so.
pub fn weird(name: &[u8], warnings: &mut Warnings) {
    let tail = b"' ('/' and ' ' are not allowed by the kernel).";
    if name.iter().any(|byte| matches!(byte, b'/' | b' ')) {
        warnings.add(&[b"Warning: weird character in interface `", name, tail]);
    }
}

/// Whether a new chain may have that name; that of a target it may have where no `family` is given, as in a file's head.
pub fn new_name(name: &[u8], family: Option<Family>) -> Result<()> {
    if let [first @ (b'-' | b'!'), ..] = name {
        return Err(Problem::word("chain name not allowed to start with `", &[*first], "'"));
    }
    if name.len() >= NAME_END {
        return Err(Problem::chain_too_long(name));
    }
    let built_in = matches!(name, b"" | b"ACCEPT" | b"DROP" | b"RETURN" | b"QUEUE");
    let target = family.and_then(|family| extensions::by_name(Kind::Target, name, family));
    if built_in || target.is_some() {
        return Err(Problem::parameter("chain name may not clash with target name"));
    }
    if name.iter().any(u8::is_ascii_whitespace) {
        return Err(Problem::word("Invalid chain name `", name, "'"));
    }
    Ok(())
}
