//! Many changes: in one batch, and by a process each.

use super::dumps::devices;
use super::measure::{Plan, Row, measure, merged};
use super::sample::{Action, spawn};
use super::{Bench, Part, Result, file, objects};
use netmite_netlink::uapi::*;
use std::rc::Rc;

pub(super) const PARTS: &[(&str, Part)] =
    &[("batch.route", route), ("batch.neigh", neighbour), ("batch.link", link), ("oneshot", oneshot)];

/// Rounds of what takes long.
const FEW: u32 = 3;

/// A batch by all tools and by the kernel alone.
struct Batch {
    add: String,
    delete: String,
    adds: Rc<Vec<Vec<u8>>>,
    deletes: Rc<Vec<Vec<u8>>>,
}

impl Batch {
    fn floor(&self) -> Row {
        let step = |name, chunks: &Rc<Vec<Vec<u8>>>| {
            let chunks = Rc::clone(chunks);
            let send =
                move || objects::send(&mut objects::socket()?, &chunks).map(|()| format!("{} sends", chunks.len()));
            (name, Action::Call(Box::new(send)))
        };
        Row::floor(vec![step("add", &self.adds), step("delete", &self.deletes)])
    }

    /// Measures the batch with the options before `-batch`.
    fn measure(&self, part: &str, options: &str, bench: &Bench) -> Result<()> {
        let line = |file: &str| format!("ip {options}-batch {file}");
        let mut rows = bench.rows(&[("add", &line(&self.add)), ("delete", &line(&self.delete))]);
        rows.push(self.floor());
        // Whatever a step that failed left there; errors mean that nothing was.
        let reset = || {
            if let (Ok(mut socket), Some(last)) = (objects::socket(), self.deletes.last()) {
                if objects::send(&mut socket, std::slice::from_ref(last)).is_ok() {
                    let _ = objects::send(&mut socket, &self.deletes);
                }
            }
        };
        let rounds = bench.rounds.min(FEW);
        measure(part, rows, &Plan { rounds, reset: Some(&reset), stable: false, ..Plan::of(bench) })
    }
}

fn route(bench: &Bench) -> Result<()> {
    let (links, count) = (devices(1, bench)?, bench.sizes.get("batch"));
    let lines =
        |verb: &'static str| (0..count).map(move |n| format!("route {verb} {} via 10.0.0.2 dev d0", objects::host(n)));
    let chunks = |kind| Rc::new(objects::many(count, |number| objects::route4(kind, number, &links, false)));
    let batch = Batch {
        add: file("routes", lines("add"))?,
        delete: file("routes-gone", lines("del"))?,
        adds: chunks(RTM_NEWROUTE),
        deletes: chunks(RTM_DELROUTE),
    };
    batch.measure("batch.route", "", bench)?;
    batch.measure("batch.route-force", "-force ", bench)
}

fn neighbour(bench: &Bench) -> Result<()> {
    let link = devices(1, bench)?.first().copied().unwrap_or(0);
    let count = bench.sizes.get("batch") / 2;
    let station = |n| objects::station(n).map(|byte| format!("{byte:02x}")).join(":");
    let add = move |n| format!("neigh add {} lladdr {} nud permanent dev d0", objects::host(n), station(n));
    let chunks = |kind| Rc::new(objects::many(count, |number| objects::neighbour(kind, number, link)));
    let batch = Batch {
        add: file("neighbours", (0..count).map(add))?,
        delete: file("neighbours-gone", (0..count).map(|n| format!("neigh del {} dev d0", objects::host(n))))?,
        adds: chunks(RTM_NEWNEIGH),
        deletes: chunks(RTM_DELNEIGH),
    };
    batch.measure("batch.neigh", "", bench)?;
    batch.measure("batch.neigh-force", "-force ", bench)
}

/// Links go as a group: one by one the kernel waits some 25 ms for each.
fn link(bench: &Bench) -> Result<()> {
    devices(1, bench)?;
    let count = bench.sizes.get("batch-links");
    let kind = if bench.prepare("ip link add probe type dummy\nip link del probe").is_ok() { "dummy" } else { "ifb" };
    let batch = Batch {
        add: file("links", (0..count).map(|n| format!("link add x{n} group 7 type {kind}")))?,
        delete: file("links-gone", std::iter::once("link del group 7".to_owned()))?,
        adds: Rc::new(objects::packed(count, 50, |n| objects::link(&format!("x{n}"), kind))),
        deletes: Rc::new(objects::packed(1, 1, |_| objects::without_links())),
    };
    batch.measure("batch.link", "", bench)
}

/// A process for each route.
fn oneshot(bench: &Bench) -> Result<()> {
    devices(1, bench)?;
    let runs = bench.sizes.get("spawns");
    let each = |tool: &super::Tool, verb: &'static str| {
        let tool = tool.clone();
        let all = move || {
            let lines =
                (0..runs).map(|n| format!("ip route {verb} 11.{}.{}.0/24 via 10.0.0.2 dev d0", n >> 8, n & 255));
            let samples = lines.map(|line| spawn(&tool.action(&line).ok_or("no ip")?, None));
            Ok(merged(&samples.collect::<Result<Vec<_>>>()?))
        };
        (verb, Action::Measured(Box::new(all)))
    };
    let rows = bench.tools.iter().filter(|tool| tool.find("ip").is_some());
    let rows = rows.map(|tool| Row::new(&tool.name, vec![each(tool, "add"), each(tool, "del")])).collect();
    measure("oneshot", rows, &Plan { rounds: bench.rounds.min(FEW), stable: false, ..Plan::of(bench) })
}
