//! Showing many objects, and watching many events.

use super::measure::{Plan, Row, measure};
use super::objects;
use super::sample::{self, Action, Output, Sample};
use super::{Bench, Part, Result, file};
use netmite_netlink::header::{IfAddr, IfInfo, RouteHeader};
use netmite_netlink::uapi::*;
use std::rc::Rc;
use std::time::{Duration, Instant};

pub(super) const PARTS: &[(&str, Part)] = &[
    ("route4", route4),
    ("route6", route6),
    ("link", link),
    ("neigh", neighbour),
    ("fdb", forwarding),
    ("rule", rule),
    ("netns", netns),
    ("monitor", monitor),
];

/// Links `d0`, `d1` … that are up, each with an address in 10.N.0.0/24; their indexes.
pub(super) fn devices(count: u32, bench: &Bench) -> Result<Vec<u32>> {
    let each = |number: u32| {
        format!(
            "ip link add d{number} type dummy 2>/dev/null || ip link add d{number} type ifb\n\
             ip link set d{number} up\nip addr add 10.{number}.0.1/24 dev d{number}"
        )
    };
    bench.prepare(&(0..count).map(each).collect::<Vec<_>>().join("\n"))?;
    (0..count).map(|number| index_of(&format!("d{number}"))).collect()
}

fn index_of(name: &str) -> Result<u32> {
    let index = objects::socket()?.names().index_of(name.as_bytes());
    index.map(|index| index.get()).map_err(|error| error.to_string())
}

/// A dump by the kernel alone: type, header, attributes.
type Floor = (u16, Vec<u8>, &'static [(u16, u32)]);

fn floor(dumps: &[Floor]) -> Row {
    let dumps = Rc::new(dumps.to_vec());
    let drain = move || {
        let notes = dumps.iter().map(|(kind, header, attributes)| objects::drain(*kind, header, attributes));
        Ok(notes.collect::<Result<Vec<_>>>()?.join(", "))
    };
    Row::floor(vec![("", Action::Call(Box::new(drain)))])
}

/// Measures each command, beside the kernel alone unless it is a part of the dump.
fn dumps(bench: &Bench, lines: &[(&str, &str)], floors: &[Floor]) -> Result<()> {
    for (part, line) in lines {
        let mut rows = bench.rows(&[("", line)]);
        if !floors.is_empty() {
            rows.push(floor(floors));
        }
        measure(part, rows, &Plan::of(bench))?;
    }
    Ok(())
}

fn routes_of(family: u8) -> Floor {
    let header = RouteHeader { family, table: objects::MAIN, ..RouteHeader::default() };
    (RTM_GETROUTE, header.to_bytes().to_vec(), &[])
}

fn route4(bench: &Bench) -> Result<()> {
    let links = devices(8, bench)?;
    let count = bench.sizes.get("route4");
    let chunks = objects::many(count, |number| objects::route4(RTM_NEWROUTE, number, &links, true));
    objects::send(&mut objects::socket()?, &chunks)?;
    drop(chunks);
    let lines =
        [("route4", "ip route show"), ("route4.json", "ip -j route show"), ("route4.details", "ip -d route show")];
    dumps(bench, &lines, &[routes_of(AF_INET)])?;
    dumps(bench, &[("route4.dev", "ip route show dev d3")], &[])
}

fn route6(bench: &Bench) -> Result<()> {
    let link = devices(1, bench)?.first().copied().unwrap_or(0);
    let chunks = objects::many(bench.sizes.get("route6"), |number| objects::route6(number, link));
    objects::send(&mut objects::socket()?, &chunks)?;
    dumps(bench, &[("route6", "ip -6 route show"), ("route6.json", "ip -6 -j route show")], &[routes_of(AF_INET6)])
}

fn link(bench: &Bench) -> Result<()> {
    let half = bench.sizes.get("links") / 2;
    let pair = |n: u32| {
        let address = |other: u32| format!("10.{}.{}.{}", n >> 8, n & 255, 1 + other);
        format!(
            "link add va{n} type veth peer name vb{n}\nlink set va{n} up\nlink set vb{n} up\n\
             addr add {}/24 dev va{n}\naddr add {}/24 dev vb{n}",
            address(0),
            address(1)
        )
    };
    let batch = file("links", (0..half).map(pair))?;
    bench.prepare(&format!("ip -batch {batch}\nsleep 2"))?;
    // RTEXT_FILTER_VF, and RTEXT_FILTER_SKIP_STATS beside it.
    let links = |filter: &'static [(u16, u32)]| (RTM_GETLINK, IfInfo::default().to_bytes().to_vec(), filter);
    let (plain, statistics) = (links(&[(IFLA_EXT_MASK, 9)]), links(&[(IFLA_EXT_MASK, 1)]));
    let lines = [
        ("link", "ip link show"),
        ("link.brief", "ip -br link"),
        ("link.json", "ip -j link"),
        ("link.details", "ip -d link"),
    ];
    dumps(bench, &lines, std::slice::from_ref(&plain))?;
    dumps(bench, &[("link.statistics", "ip -s link")], &[statistics])?;
    let addresses = (RTM_GETADDR, IfAddr::default().to_bytes().to_vec(), &[][..]);
    let lines = [("addr", "ip addr show"), ("addr.brief", "ip -br addr"), ("addr.json", "ip -j addr")];
    dumps(bench, &lines, &[plain, addresses])?;
    dumps(bench, &[("addr.one", &*format!("ip addr show dev va{}", half.saturating_sub(1)))], &[])
}

fn neighbour(bench: &Bench) -> Result<()> {
    let link = devices(1, bench)?.first().copied().unwrap_or(0);
    let chunks = objects::many(bench.sizes.get("neigh"), |number| objects::neighbour(RTM_NEWNEIGH, number, link));
    objects::send(&mut objects::socket()?, &chunks)?;
    let all = (RTM_GETNEIGH, objects::neighbours_of(AF_UNSPEC).to_vec(), &[][..]);
    dumps(bench, &[("neigh", "ip neigh show"), ("neigh.json", "ip -j neigh show")], &[all])
}

fn forwarding(bench: &Bench) -> Result<()> {
    bench.prepare(
        "ip link add br0 type bridge\nip link add v0 type veth peer name v1\nip link set v0 master br0 up\nip link set br0 up",
    )?;
    let port = index_of("v0")?;
    let chunks = objects::many(bench.sizes.get("fdb"), |number| objects::forwarding(number, port));
    objects::send(&mut objects::socket()?, &chunks)?;
    let all = (RTM_GETNEIGH, objects::neighbours_of(AF_BRIDGE).to_vec(), &[][..]);
    let lines = [
        ("fdb", "bridge fdb show"),
        ("fdb.json", "bridge -j fdb show"),
        ("fdb.bridge", "bridge fdb show br br0"),
        ("showmacs", "brctl showmacs br0"),
    ];
    dumps(bench, &lines, &[all])
}

fn rule(bench: &Bench) -> Result<()> {
    objects::send(&mut objects::socket()?, &objects::many(bench.sizes.get("rules"), objects::rule))?;
    // struct fib_rule_hdr, of which only the family says anything here.
    let mut header = vec![0; 12];
    header[0] = AF_INET;
    dumps(bench, &[("rule", "ip rule show"), ("rule.json", "ip -j rule show")], &[(RTM_GETRULE, header, &[])])
}

fn netns(bench: &Bench) -> Result<()> {
    let count = bench.sizes.get("netns");
    bench.prepare(&format!(
        "mount --bind /run/netns /run/netns\nfor n in $(seq {count}); do : >/run/netns/ns$n; mount --bind /proc/self/ns/net \
         /run/netns/ns$n; done"
    ))?;
    dumps(bench, &[("netns", "ip netns list")], &[])
}

/// A flood of routes: the time its watcher takes, and what it loses.
fn monitor(bench: &Bench) -> Result<()> {
    let (links, count) = (devices(1, bench)?, bench.sizes.get("events"));
    let chunks = |kind| objects::many(count, |number| objects::route4(kind, number, &links, false));
    let flood = Rc::new((chunks(RTM_NEWROUTE), chunks(RTM_DELROUTE)));
    let probe = Rc::new(
        [RTM_NEWROUTE, RTM_DELROUTE].map(|kind| objects::packed(1, 1, |_| objects::route4(kind, 0, &links, false))),
    );
    let watched = |row: Row| {
        let tool = row.tool().to_owned();
        let action = row.into_first()?;
        let (flood, probe) = (Rc::clone(&flood), Rc::clone(&probe));
        let watch = move || watch(&action, &flood.0, &flood.1, &probe, count);
        Some(Row::new(&tool, vec![("", Action::Measured(Box::new(watch)))]))
    };
    let rows = bench.rows(&[("", "ip monitor route")]).into_iter().filter_map(watched).collect();
    measure("monitor", rows, &Plan { stable: false, ..Plan::of(bench) })
}

fn watch(
    action: &Action,
    adds: &[Vec<u8>],
    deletes: &[Vec<u8>],
    probe: &[Vec<Vec<u8>>; 2],
    count: u32,
) -> Result<Sample> {
    let (mut socket, mut output) = (objects::socket()?, Output::new()?);
    let mut command = action.command().ok_or("not a program")?;
    command.stdout(output.emptied()?).stderr(std::process::Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let tries = (0..200).take_while(|_| {
        std::thread::sleep(Duration::from_millis(10));
        output.len() == 0 && probe.iter().all(|chunk| objects::send(&mut socket, chunk).is_ok())
    });
    if tries.count() == 200 {
        let _ = child.kill();
        sample::wait(child)?;
        return Ok(Sample { status: 1, note: "shows no event as it happens".to_owned(), ..Sample::default() });
    }
    settle(&output);
    let (before, start) = (output.len(), Instant::now());
    objects::send(&mut socket, adds)?;
    let wall = start.elapsed().as_secs_f64();
    settle(&output);
    let lines = output.bytes(before)?.iter().filter(|byte| **byte == b'\n').count();
    let memory = super::count::peak(child.id()).map_err(|error| error.to_string())?;
    let cpu = sample::end(child)?;
    objects::send(&mut socket, deletes)?;
    let lost = (count as usize).saturating_sub(lines);
    Ok(Sample { wall, cpu, status: 0, note: format!("{lost} lost of {count}, {memory} KiB") })
}

/// Waits until no more is written.
fn settle(output: &Output) {
    let mut seen = u64::MAX;
    while seen != output.len() {
        seen = output.len();
        std::thread::sleep(Duration::from_millis(200));
    }
}
