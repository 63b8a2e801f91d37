//! Rows, rounds and records.

use super::count::{Count, count};
use super::sample::{Action, Output, Sample};
use super::{Bench, REFERENCE, Result};
use serde_json::json;
use std::collections::BTreeMap;

/// The name of rows that are the kernel alone.
pub const FLOOR: &str = "floor";

/// An implementation in a part: its steps in order.
pub(super) struct Row {
    tool: String,
    steps: Vec<(&'static str, Action)>,
    /// By step.
    samples: BTreeMap<&'static str, Vec<Sample>>,
    facts: BTreeMap<&'static str, Facts>,
    fault: Option<String>,
}

/// What is known of a step from one run that is not timed.
#[derive(Clone, Default)]
struct Facts {
    digest: Option<u64>,
    memory: Option<u64>,
    instructions: Option<u64>,
    calls: Option<u64>,
}

impl Row {
    pub(super) fn new(tool: &str, steps: Vec<(&'static str, Action)>) -> Self {
        Row { tool: tool.to_owned(), steps, samples: BTreeMap::new(), facts: BTreeMap::new(), fault: None }
    }

    /// A row that is the kernel alone.
    pub(super) fn floor(steps: Vec<(&'static str, Action)>) -> Self {
        Row::new(FLOOR, steps)
    }

    pub(super) fn tool(&self) -> &str {
        &self.tool
    }

    /// What the row does first.
    pub(super) fn into_first(self) -> Option<Action> {
        self.steps.into_iter().next().map(|(_, action)| action)
    }
}

/// How the rows of a part are measured.
pub(super) struct Plan<'a> {
    /// How many runs make one sample; the tools take turns at each.
    pub(super) runs: u32,
    /// How often all is measured.
    pub(super) rounds: u32,
    /// Undoes what a turn of a row left behind.
    pub(super) reset: Option<&'a dyn Fn()>,
    /// Whether instructions and system calls are counted.
    pub(super) counted: bool,
    /// Whether outputs are to be the same, and memory is of interest.
    pub(super) stable: bool,
}

impl Plan<'_> {
    pub(super) fn of(bench: &Bench) -> Self {
        Plan { runs: 1, rounds: bench.rounds, reset: None, counted: false, stable: true }
    }

    fn reset(&self) {
        if let Some(reset) = self.reset {
            reset();
        }
    }
}

/// Measures the rows of `part` and writes a record a row and step to standard output.
pub(super) fn measure(part: &str, mut rows: Vec<Row>, plan: &Plan) -> Result<()> {
    let mut output = Output::new()?;
    for row in &mut rows {
        look(row, plan, &mut output);
        plan.reset();
    }
    for round in 0..plan.rounds {
        let mut taken: Vec<BTreeMap<&'static str, Vec<Sample>>> = rows.iter().map(|_| BTreeMap::new()).collect();
        for run in 0..plan.runs {
            for turn in 0..rows.len() {
                let at = (turn + (round + run) as usize) % rows.len();
                let (Some(row), Some(taken)) = (rows.get_mut(at), taken.get_mut(at)) else { continue };
                take(row, taken, &mut output);
                plan.reset();
            }
        }
        for (row, taken) in rows.iter_mut().zip(taken) {
            for (step, samples) in taken {
                row.samples.entry(step).or_default().push(merged(&samples));
            }
        }
    }
    records(part, &rows);
    Ok(())
}

/// Runs every step once, untimed: whether it works, what it prints, how big it gets.
fn look(row: &mut Row, plan: &Plan, output: &mut Output) {
    // A step that changes things can't be run once more for its own sake.
    let changes = row.steps.len() > 1;
    for (step, action) in &row.steps {
        let mut facts = Facts::default();
        let failed = match action {
            Action::Spawn { program, words, path } if changes => match count(Count::Memory, program, words, path) {
                Ok(None) => Some(format!("{step}: fails")),
                counted => {
                    facts.memory = counted.ok().flatten();
                    None
                }
            },
            _ => match action.run(Some(output)) {
                Ok(sample) if sample.status == 0 => None,
                Ok(sample) => Some(format!("{step}: exit {} {}", sample.status, sample.note)),
                Err(why) => Some(format!("{step}: {why}")),
            },
        };
        if let Some(why) = failed {
            row.fault = Some(why);
            return;
        }
        if let (false, Action::Spawn { program, words, path }) = (changes, action) {
            let counted = |what| count(what, program, words, path).ok().flatten();
            if plan.stable {
                facts.digest = output.digest().ok();
                facts.memory = counted(Count::Memory);
            }
            if plan.counted {
                facts.instructions = counted(Count::Instructions);
                facts.calls = counted(Count::Calls);
            }
        }
        row.facts.insert(step, facts);
    }
}

/// Runs the steps of a row.
fn take(row: &mut Row, taken: &mut BTreeMap<&'static str, Vec<Sample>>, output: &mut Output) {
    if row.fault.is_some() {
        return;
    }
    for (step, action) in &row.steps {
        match action.run(Some(output)) {
            Ok(sample) if sample.status == 0 => taken.entry(step).or_default().push(sample),
            Ok(sample) => row.fault = Some(format!("{step}: exit {}", sample.status)),
            Err(why) => row.fault = Some(format!("{step}: {why}")),
        }
    }
}

/// One sample of many: the median of the time that passed, the mean of CPU time.
pub(super) fn merged(samples: &[Sample]) -> Sample {
    let mut walls: Vec<f64> = samples.iter().map(|sample| sample.wall).collect();
    let cpu = samples.iter().map(|sample| sample.cpu).sum::<f64>() / samples.len().max(1) as f64;
    let note = samples.last().map(|sample| sample.note.clone()).unwrap_or_default();
    Sample { wall: median(&mut walls), cpu, status: 0, note }
}

/// The middle one; 0 of none.
pub(super) fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}

/// Ratios within rounds: the median, the least, the greatest.
fn ratio(mine: &[Sample], theirs: &[Sample], of: fn(&Sample) -> f64) -> Option<[f64; 3]> {
    let pairs = mine.iter().zip(theirs).filter(|(_, theirs)| of(theirs) > 0.0);
    let mut ratios: Vec<f64> = pairs.map(|(mine, theirs)| of(mine) / of(theirs)).collect();
    let middle = median(&mut ratios);
    Some([middle, *ratios.first()?, *ratios.last()?])
}

fn records(part: &str, rows: &[Row]) {
    for row in rows {
        for (step, _) in &row.steps {
            let name = if step.is_empty() { part.to_owned() } else { format!("{part}.{step}") };
            if let Some(fault) = &row.fault {
                println!("{}", json!({ "part": name, "tool": row.tool, "fault": fault }));
                continue;
            }
            let other = |tool: &str| rows.iter().find(|other| other.tool == tool && other.fault.is_none());
            let samples = row.samples.get(step).map_or(&[][..], |samples| samples);
            let against = |tool: &str, of| ratio(samples, other(tool)?.samples.get(step)?, of);
            let facts = row.facts.get(step).cloned().unwrap_or_default();
            let same = other(REFERENCE).and_then(|reference| reference.facts.get(step)?.digest).zip(facts.digest);
            let mut times = [|sample: &Sample| sample.wall, |sample: &Sample| sample.cpu]
                .map(|of| samples.iter().map(of).collect::<Vec<f64>>());
            println!(
                "{}",
                json!({
                    "part": name, "tool": row.tool, "n": samples.len(),
                    "wall": median(&mut times[0]), "cpu": median(&mut times[1]),
                    "cpu_ratio": against(REFERENCE, |sample| sample.cpu),
                    "wall_ratio": against(REFERENCE, |sample| sample.wall),
                    "floor_ratio": against(FLOOR, |sample| sample.cpu),
                    "memory": facts.memory, "instructions": facts.instructions, "calls": facts.calls,
                    "same": same.map(|(reference, own)| reference == own),
                    "note": samples.last().map(|sample| sample.note.clone()),
                })
            );
        }
    }
}
