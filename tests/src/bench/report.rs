//! What was measured, as a table for the terminal, a page of the documentation and a chart.

use super::REFERENCE;
use super::measure::FLOOR;
use serde_json::Value;
use std::fmt::Write;
use tabled::builder::Builder;
use tabled::settings::Style;

/// What we hold ourselves to: a part, and CPU time in relation to the reference's or the kernel's own.
const GOALS: &[(&str, Goal)] = &[
    ("start.version", Goal::Reference(0.20)),
    ("start.link", Goal::Reference(0.20)),
    ("start.netns", Goal::Reference(0.20)),
    ("start.brctl", Goal::Reference(0.20)),
    ("start.addr", Goal::Reference(0.22)),
    ("start.addr-json", Goal::Reference(0.22)),
    ("route4", Goal::Both(0.60, 1.3)),
    ("route4.json", Goal::Both(0.60, 1.3)),
    ("route4.details", Goal::Both(0.60, 1.3)),
    ("route6", Goal::Floor(1.35)),
    ("neigh", Goal::Floor(1.35)),
    ("rule", Goal::Floor(1.35)),
    ("link", Goal::Reference(0.68)),
    ("addr", Goal::Reference(0.25)),
    ("fdb", Goal::Reference(0.40)),
    ("showmacs", Goal::Reference(0.45)),
    ("netns", Goal::Reference(0.08)),
    ("batch.route.add", Goal::Reference(0.70)),
    ("batch.route-force.add", Goal::Reference(0.38)),
    ("batch.neigh-force.add", Goal::Reference(0.24)),
    ("oneshot.add", Goal::Reference(0.20)),
    ("monitor", Goal::Reference(0.65)),
    ("tutorial", Goal::Reference(0.40)),
    ("nat.load", Goal::Reference(0.50)),
    ("nat.add", Goal::Reference(0.10)),
    ("nat.list", Goal::Reference(0.25)),
];

#[derive(Clone, Copy)]
enum Goal {
    Reference(f64),
    Floor(f64),
    Both(f64, f64),
}

impl Goal {
    fn of(part: &str) -> Option<Goal> {
        GOALS.iter().find(|goal| goal.0 == part).map(|goal| goal.1)
    }

    fn met(self, record: &Value) -> bool {
        let below = |key: &str, limit: f64| middle(record, key).is_some_and(|ratio| ratio <= limit);
        match self {
            Goal::Reference(limit) => below("cpu_ratio", limit),
            Goal::Floor(limit) => below("floor_ratio", limit),
            Goal::Both(reference, floor) => below("cpu_ratio", reference) && below("floor_ratio", floor),
        }
    }

    fn text(self) -> String {
        match self {
            Goal::Reference(limit) => format!("≤ {limit:.2}"),
            Goal::Floor(limit) => format!("≤ {limit:.2} × kernel"),
            Goal::Both(reference, floor) => format!("≤ {reference:.2}, ≤ {floor:.2} × kernel"),
        }
    }
}

/// The median of a ratio.
fn middle(record: &Value, key: &str) -> Option<f64> {
    record.get(key)?.get(0)?.as_f64()
}

fn text(record: &Value, key: &str) -> String {
    record.get(key).and_then(Value::as_str).unwrap_or("").to_owned()
}

/// The columns of the table.
const COLUMNS: [&str; 11] = [
    "workload",
    "tool",
    "CPU ms",
    "wall ms",
    "CPU / ref",
    "CPU / kernel",
    "goal",
    "memory KiB",
    "instructions",
    "calls",
    "",
];

/// A record's cells.
fn cells(record: &Value) -> Vec<String> {
    let part = text(record, "part");
    if let Some(fault) = record.get("fault").and_then(Value::as_str) {
        let mut cells = vec![part, text(record, "tool")];
        cells.resize(COLUMNS.len() - 1, String::new());
        cells.push(fault.to_owned());
        return cells;
    }
    let milliseconds =
        |key: &str| record.get(key).and_then(Value::as_f64).map_or(String::new(), |s| format!("{:.2}", s * 1e3));
    let ratio = |key: &str| {
        let range = |at| record.get(key)?.get(at)?.as_f64();
        middle(record, key)
            .zip(range(1))
            .zip(range(2))
            .map_or(String::new(), |((m, l), h)| format!("{m:.2} ({l:.2}–{h:.2})"))
    };
    let number = |key: &str| record.get(key).and_then(Value::as_u64).map_or(String::new(), |number| number.to_string());
    let ours = text(record, "tool") == "ours";
    let goal = Goal::of(&part).filter(|_| ours);
    let goal = goal
        .map_or(String::new(), |goal| format!("{} {}", goal.text(), if goal.met(record) { "met" } else { "missed" }));
    let same = match record.get("same").and_then(Value::as_bool) {
        Some(false) if text(record, "tool") != FLOOR => "output differs ".to_owned(),
        _ => String::new(),
    };
    let floor = text(record, "tool") == FLOOR;
    let own = |ratio: String, whose: &str| if text(record, "tool") == whose { String::new() } else { ratio };
    vec![
        part,
        if floor { "kernel".to_owned() } else { text(record, "tool") },
        milliseconds("cpu"),
        milliseconds("wall"),
        own(ratio("cpu_ratio"), REFERENCE),
        own(ratio("floor_ratio"), FLOOR),
        goal,
        number("memory"),
        number("instructions"),
        number("calls"),
        same + &text(record, "note"),
    ]
}

/// The table for a terminal.
pub fn table(records: &[Value]) -> String {
    let mut builder = Builder::default();
    builder.push_record(COLUMNS);
    records.iter().for_each(|record| builder.push_record(cells(record)));
    builder.build().with(Style::psql()).to_string()
}

/// The table as Markdown.
pub fn markdown(records: &[Value]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut page = line(&COLUMNS.map(str::to_owned)) + &line(&COLUMNS.map(|_| "---".to_owned()));
    records.iter().for_each(|record| page += &line(&cells(record)));
    page
}

/// A bar for each workload: our CPU time in relation to the reference's, and a mark where the kernel alone is.
pub fn chart(records: &[Value]) -> String {
    let of = |part: &str, tool: &str| {
        records
            .iter()
            .find(|record| text(record, "part") == part && text(record, "tool") == tool)
            .and_then(|record| middle(record, "cpu_ratio"))
    };
    let ours: Vec<(String, f64)> = records
        .iter()
        .filter(|record| text(record, "tool") == "ours")
        .filter_map(|record| Some((text(record, "part"), middle(record, "cpu_ratio")?)))
        .collect();
    const LINE: usize = 20;
    const LEFT: usize = 180;
    const WIDTH: f64 = 560.0;
    let height = ours.len() * LINE + 50;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"800\" height=\"{height}\" fill=\"white\"/>\n\
         <text x=\"10\" y=\"20\">CPU time, iproute2 = 1 (grey); the line in a bar: the kernel alone</text>\n"
    );
    for (row, (part, ratio)) in ours.iter().enumerate() {
        let y = row * LINE + 34;
        let bar = |ratio: f64| ratio.clamp(0.0, 1.1) * WIDTH;
        let _ = write!(
            svg,
            "<text x=\"10\" y=\"{}\">{part}</text><rect x=\"{LEFT}\" y=\"{y}\" width=\"{WIDTH}\" height=\"14\" fill=\"#e4e4e4\"/>\
             <rect x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"14\" fill=\"#2f6f9f\"/><text x=\"{:.1}\" y=\"{}\">{ratio:.2}</text>",
            y + 11,
            bar(*ratio),
            LEFT as f64 + bar(*ratio) + 4.0,
            y + 11
        );
        if let Some(floor) = of(part, FLOOR) {
            let x = LEFT as f64 + bar(floor);
            let _ = write!(
                svg,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{y}\" y2=\"{}\" stroke=\"#d9822b\" stroke-width=\"3\"/>",
                y + 14
            );
        }
        svg.push('\n');
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(ratio: f64) -> Value {
        json!({ "part": "start.link", "tool": "ours", "cpu": 0.001, "wall": 0.002, "cpu_ratio": [ratio, 0.1, 0.4] })
    }

    #[test]
    fn goals_are_judged() {
        assert!(table(&[record(0.19)]).contains("≤ 0.20 met"));
        assert!(markdown(&[record(0.21)]).contains("≤ 0.20 missed"));
        let fault = json!({ "part": "x", "tool": "ref", "fault": "exit 1" });
        assert!(table(&[fault]).contains("exit 1"));
        assert!(chart(&[record(0.3)]).contains("0.30"));
    }
}
