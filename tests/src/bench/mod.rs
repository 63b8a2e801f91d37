//! Side-by-side measurements: the same work by our tools, by the reference and, where there is such a thing, by the kernel
//! alone.
//!
//! A part ([`parts`]) makes its objects in namespaces of its own and measures rows ([`measure`]): in each round all tools
//! run, in an order that rotates; a ratio is taken within a round, and the median of the rounds is reported. `floor` rows
//! send or receive the same messages from this program and do nothing with them. CPU time is user and system time
//! together: the kernel counts the sum exactly, the split by timer tick. Nothing here is a test: times depend on the
//! machine. Instructions and system calls ([`count`]) do not.

mod batches;
pub mod count;
mod dumps;
pub mod measure;
mod nat;
mod objects;
pub mod report;
mod sample;
mod starts;

use measure::Row;
use sample::Action;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What went wrong, in a line.
pub type Result<T> = std::result::Result<T, String>;

/// How many of everything.
#[derive(Clone, Debug)]
pub struct Sizes(BTreeMap<&'static str, u32>);

/// Name, small, full.
const SIZES: &[(&str, u32, u32)] = &[
    ("spawns", 100, 2_000),
    ("route4", 100_000, 1_000_000),
    ("route6", 20_000, 200_000),
    ("links", 500, 4_000),
    ("neigh", 20_000, 200_000),
    ("fdb", 20_000, 20_000),
    ("rules", 1_000, 10_000),
    ("netns", 200, 2_000),
    ("events", 50_000, 200_000),
    ("batch", 50_000, 200_000),
    ("batch-links", 200, 4_000),
    ("nat", 1_000, 10_000),
    ("tutorial", 3, 20),
];

impl Sizes {
    /// Those of a scale: `full`, or else small.
    pub fn of(full: bool) -> Self {
        Sizes(SIZES.iter().map(|(name, small, large)| (*name, if full { *large } else { *small })).collect())
    }

    /// Changes one, as in `route4=1000`.
    ///
    /// # Errors
    /// With the sizes that there are.
    pub fn change(&mut self, word: &str) -> Result<()> {
        let known = || SIZES.iter().map(|size| size.0).collect::<Vec<_>>().join(" ");
        let (name, number) = word.split_once('=').ok_or_else(|| format!("{word}: not NAME=NUMBER"))?;
        let place = self.0.get_mut(name).ok_or_else(|| format!("{name}: no such size; there are {}", known()))?;
        *place = number.parse().map_err(|_| format!("{number}: no number"))?;
        Ok(())
    }

    fn get(&self, name: &str) -> u32 {
        self.0.get(name).copied().unwrap_or(1)
    }
}

/// An implementation: a name, and the folder with its commands.
#[derive(Clone, Debug)]
pub struct Tool {
    /// `ours`, `ref` or a peer's name.
    pub name: String,
    /// Where `ip`, `bridge`, `brctl` … are.
    pub folder: PathBuf,
}

/// The name of the tool that all others are compared with.
pub const REFERENCE: &str = "ref";

impl Tool {
    /// The file of a command, if this implementation has it.
    fn find(&self, command: &str) -> Option<PathBuf> {
        let path = self.folder.join(command);
        path.is_file().then_some(path)
    }

    fn path(&self) -> String {
        format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.folder.display())
    }

    /// The action that a command line is; none if the tool lacks the command.
    fn action(&self, line: &str) -> Option<Action> {
        let mut words = line.split(' ').map(str::to_owned);
        let program = self.find(&words.next()?)?;
        Some(Action::Spawn { program, words: words.collect(), path: self.path() })
    }

    /// The same, for a script of the shell's.
    fn script(&self, text: &str) -> Action {
        let words = vec!["-c".to_owned(), text.to_owned()];
        Action::Spawn { program: PathBuf::from("/bin/sh"), words, path: self.path() }
    }
}

/// What a part is run with.
#[derive(Clone, Debug)]
pub struct Bench {
    /// How many of everything.
    pub sizes: Sizes,
    /// How often each row is measured.
    pub rounds: u32,
    /// Ours first, the reference, then peers.
    pub tools: Vec<Tool>,
}

/// A command line for each step of a row; the step of rows that have one is called nothing.
type Steps<'a> = &'a [(&'static str, &'a str)];

impl Bench {
    /// A row for each tool that has the commands.
    fn rows(&self, steps: Steps) -> Vec<Row> {
        let row = |tool: &Tool| {
            let actions = steps.iter().map(|(step, line)| Some((*step, tool.action(line)?)));
            Some(Row::new(&tool.name, actions.collect::<Option<Vec<_>>>()?))
        };
        self.tools.iter().filter_map(row).collect()
    }

    fn reference(&self) -> Result<&Tool> {
        self.tools.iter().find(|tool| tool.name == REFERENCE).ok_or_else(|| "there is no reference".to_owned())
    }

    /// Runs a script with the reference's tools; it makes what is measured.
    fn prepare(&self, script: &str) -> Result<()> {
        let done = sample::spawn(&self.reference()?.script(&format!("set -e\n{script}")), None)?;
        if done.status == 0 { Ok(()) } else { Err(format!("preparing failed with status {}", done.status)) }
    }
}

/// What a part is: it makes objects and measures.
type Part = fn(&Bench) -> Result<()>;

/// The parts by name, in the order in which they are run.
pub fn parts() -> Vec<(&'static str, Part)> {
    [starts::PARTS, dumps::PARTS, batches::PARTS, nat::PARTS].concat()
}

/// Runs a part; we are in namespaces of its own, which [`prepare_namespaces`] made ready. Its records go to standard
/// output, a line each.
///
/// # Errors
/// Where objects can't be made. A tool that fails is a record.
pub fn run(name: &str, bench: &Bench) -> Result<()> {
    let part = parts().into_iter().find(|part| part.0 == name).ok_or_else(|| format!("{name}: no such part"))?;
    bench.prepare("mkdir -p /run/netns\nip link set lo up")?;
    (part.1)(bench)
}

/// The shell's lines before a part: an empty /run, a /sys that shows the namespace.
pub const PREPARE_NAMESPACES: &str = "mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys && cd /run";

/// A file with these lines under /run, gone with the namespaces.
fn file(name: &str, lines: impl Iterator<Item = String>) -> Result<String> {
    let path = Path::new("/run").join(name);
    let text: String = lines.map(|line| line + "\n").collect();
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path.display().to_string())
}
