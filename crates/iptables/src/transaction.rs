//! A transaction under way: its requests, and what to say of each that is refused; for a kernel without xtables it is
//! planned again.

use crate::encode;
use crate::extensions::{Definition, Kind};
use crate::native;
use crate::problem::{Problem, Result};
use crate::rule::{Extension, Family, Form, Masked, Maybe, Rule, Target};
use crate::table;
use netmite_netlink::nftables::{self as nft, Batch, Expression, NetfilterSocket, Place, Rejected};
use netmite_netlink::{Error, Message};
use netmite_output::Io;

/// The requests of a transaction, and for each what to say should it be refused.
pub struct Plan {
    family: Family,
    batch: Batch,
    notes: Vec<Note>,
    /// The line of a file that the next request is for; 0 where there is none.
    pub line: usize,
    /// Whether rules are written without xtables.
    native: bool,
    /// The first rule that can't be.
    unsaid: Option<Problem>,
}

/// What to say should a request be refused.
struct Note {
    what: &'static str,
    about: Vec<u8>,
    /// The line of a file that it is for, or 0.
    line: usize,
    /// Why it may have been, where we can tell and the kernel does not.
    reason: Option<String>,
    /// The matches and targets of xtables that it asks for.
    extensions: Vec<&'static Definition>,
}

/// Why a transaction did not come about.
enum Failure {
    Problem(Problem),
    Rejected(Rejected),
}

impl From<Rejected> for Failure {
    fn from(rejected: Rejected) -> Self {
        Failure::Rejected(rejected)
    }
}
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Problem(error.into())
    }
}
impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Problem(problem)
    }
}

/// Has the kernel make what `build` plans, building it anew where others change the rules meanwhile, and without xtables
/// where the kernel has none of it: that is said. `program` is `iptables` or the like.
pub fn transact(
    socket: &mut NetfilterSocket,
    family: Family,
    (program, io): (&str, &mut Io),
    build: &mut dyn FnMut(&mut NetfilterSocket, &mut Plan) -> Result<()>,
) -> Result<()> {
    let (mut plan, mut native) = (Plan::new(family), false);
    loop {
        let outcome = socket.transact(|socket, batch| {
            plan = Plan { native, ..Plan::new(family) };
            build(socket, &mut plan)?;
            if let Some(problem) = plan.unsaid.take() {
                return Err(problem.into());
            }
            *batch = std::mem::take(&mut plan.batch);
            Ok::<(), Failure>(())
        });
        let rejected = match outcome {
            Ok(()) => {
                if native {
                    let what = "this kernel lacks NFT_COMPAT: rules are nf_tables' own expressions";
                    io.error(format_args!("{program}: {what}"));
                }
                return Ok(());
            }
            Err(Failure::Problem(problem)) => return Err(problem),
            Err(Failure::Rejected(rejected)) => rejected,
        };
        let Some(note) = rejected.request.and_then(|at| plan.notes.get(at)) else { return Err(rejected.into()) };
        if !native && lacks(socket, family, note, &rejected) {
            native = true;
            continue;
        }
        let problem = Problem::rejected(&rejected, note.what, &note.about, note.line);
        return Err(match &note.reason {
            Some(reason) => problem.hint(reason),
            None => problem,
        });
    }
}

/// What the kernel says of a match or target that it has not: `ENOENT`, `EPROTONOSUPPORT`, `EOPNOTSUPP`.
const MISSING: [i32; 3] = [2, 93, 95];

/// Whether the kernel refused a request for want of a match or target. It is asked only where that may be.
fn lacks(socket: &mut NetfilterSocket, family: Family, note: &Note, rejected: &Rejected) -> bool {
    let number = family.number();
    let mut missing = |row: &Definition| {
        let found =
            socket.has_extension(number, row.module().as_bytes(), row.revision.into(), row.kind == Kind::Target);
        found.is_ok_and(|found| !found)
    };
    MISSING.contains(&rejected.error.errno().unwrap_or(0)) && note.extensions.iter().any(|row| missing(row))
}

impl Plan {
    fn new(family: Family) -> Self {
        Plan { family, batch: Batch::new(), notes: Vec::new(), line: 0, native: false, unsaid: None }
    }

    /// Adds a request; `what` and `about` tell which it was if it is refused.
    pub fn push(&mut self, message: Message, what: &'static str, about: &str, name: &[u8]) {
        self.batch.push(message);
        let about = [about.as_bytes(), b" ", name].concat();
        self.notes.push(Note { what, about, line: self.line, reason: None, extensions: Vec::new() });
    }

    /// Adds the table, should it not exist.
    pub fn table(&mut self) {
        self.push(table::name(self.family).create(), "TABLE_ADD", "table", table::NAT);
    }

    /// Adds a rule.
    pub fn rule(&mut self, chain: &[u8], rule: &Rule, place: Place) {
        let what = match place {
            Place::Last => "RULE_APPEND",
            Place::First | Place::Before(_) => "RULE_INSERT",
            _ => "RULE_REPLACE",
        };
        let mut new = nft::Rule::new(table::name(self.family), chain, Vec::new());
        // What was written without xtables stays so.
        let without = self.native || matches!(rule.read_from, Some((Form::Native, _)));
        match without.then(|| native::expressions(self.family, chain, rule)) {
            Some(Ok(native)) => (new.expressions, new.userdata) = (native.expressions, native.userdata),
            Some(Err(unsaid)) if self.native => {
                let about = [b"rule in chain ", chain].concat();
                let problem = Problem::request_failed(what, "No such file or directory", &about, self.line);
                let hint = format!("the kernel lacks NFT_COMPAT, and {unsaid} has no form without it");
                self.unsaid.get_or_insert(problem.hint(hint));
            }
            _ => {
                new.expressions = encode::expressions(self.family, rule);
                new.compat = Some(encode::compat(rule));
            }
        }
        let extensions = extensions(rule, &new.expressions);
        self.push(new.create(place), what, "rule in chain", chain);
        if let Some(note) = self.notes.last_mut() {
            (note.reason, note.extensions) = (reason(chain, rule), extensions);
        }
    }

    /// Takes away the rules of a chain; without a name, those of all chains.
    pub fn flush(&mut self, chain: &[u8]) {
        let message = table::name(self.family).flush_rules(Some(chain).filter(|chain| !chain.is_empty()));
        self.push(message, "RULE_FLUSH", "rule in chain", chain);
    }

    /// Takes a rule away.
    pub fn delete_rule(&mut self, chain: &[u8], handle: u64) {
        let message = table::name(self.family).delete_rule(chain, handle);
        self.push(message, "RULE_DELETE", "rule in chain", chain);
    }
}

/// The matches and targets of a rule that are among `written` as xtables has them.
fn extensions(rule: &Rule, written: &[Expression]) -> Vec<&'static Definition> {
    let target = match &rule.target {
        Target::Extension(target) => Some(target),
        _ => None,
    };
    let mut all = Vec::new();
    for found in rule.matches.iter().chain(target) {
        let Extension::Known { definition, .. } = found else { continue };
        let is_this = |one: &Expression| match one {
            Expression::Match { name, .. } | Expression::Target { name, .. } => {
                **name == *definition.module().as_bytes()
            }
            _ => false,
        };
        if written.iter().any(is_this) {
            all.push(*definition);
        }
    }
    all
}

/// Why the kernel would refuse a rule in that chain, where it only says that an argument is invalid.
fn reason(chain: &[u8], rule: &Rule) -> Option<String> {
    let name = match &rule.target {
        Target::Extension(Extension::Known { definition, .. }) => definition.name,
        _ => "",
    };
    if let Some((name, protocol)) = rule.without_protocol() {
        return Some(format!("-m {name} works only behind -p {protocol}"));
    }
    let built_in = table::built_in(chain);
    let behind = built_in.is_some_and(|chain| chain.is_behind());
    let before = built_in.is_some() && !behind;
    let where_to = match name {
        "MASQUERADE" if before || chain == b"INPUT" => "POSTROUTING, and in chains called from there",
        "SNAT" if before => "POSTROUTING and INPUT, and in chains called from there",
        "DNAT" | "REDIRECT" if behind => "PREROUTING and OUTPUT, and in chains called from there",
        _ => {
            let nobody = |address: &Option<Maybe<Masked>>| {
                address.is_some_and(|address| address.inverted && address.value.mask.is_unspecified())
            };
            let never = nobody(&rule.source) || nobody(&rule.destination);
            return never.then(|| "no packet is from or to none of all addresses".to_owned());
        }
    };
    Some(format!("{name} works only in {where_to}"))
}
