//! `ip ntable show`: each table's own numbers, then those of each interface.

use netmite_grammar::{Context, Error, Result, Session, Words, plain};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::Family;
use netmite_netlink::sys::clock::{self, LocalTime};
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};
use netmite_output::Value;

/// Which entries are shown.
#[derive(Default)]
struct Filter<'w> {
    name: Option<&'w [u8]>,
    /// The interface; 0 for what belongs to none.
    index: Option<u32>,
}

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut filter = Filter::default();
    while let Some(word) = words.take() {
        match plain(word) {
            "dev" => {
                let name = words.value()?;
                filter.index = Some(match plain(name) {
                    "none" => 0,
                    _ => session.context.index_of(name).map_err(|_| Error::wrong(name, "\"DEV\" is invalid"))?,
                });
            }
            "name" => filter.name = Some(words.value()?),
            _ => return Err(Error::wrong(word, "unknown")),
        }
    }
    let family = session.context.options.family;
    let mut request = Message::new(RTM_GETNEIGHTBL, 0, &Family { family }.to_bytes());
    session.list(&mut request, None, &mut |view, context| print(view, &filter, context))
}

/// A fact: attribute, key in JSON, word in text.
type Fact = (u16, &'static str, &'static str);

const LIMITS: &[Fact] = &[
    (NDTA_THRESH1, "thresh1", "thresh1"),
    (NDTA_THRESH2, "thresh2", "thresh2"),
    (NDTA_THRESH3, "thresh3", "thresh3"),
    (NDTA_GC_INTERVAL, "gc_interval", "gc_int"),
];

/// What holds on one interface, by lines.
const PARAMETERS: &[&[Fact]] = &[
    &[
        (NDTPA_REFCNT, "refcnt", "refcnt"),
        (NDTPA_REACHABLE_TIME, "reachable", "reachable"),
        (NDTPA_BASE_REACHABLE_TIME, "base_reachable", "base_reachable"),
        (NDTPA_RETRANS_TIME, "retrans", "retrans"),
    ],
    &[
        (NDTPA_GC_STALETIME, "gc_stale", "gc_stale"),
        (NDTPA_DELAY_PROBE_TIME, "delay_probe", "delay_probe"),
        (NDTPA_QUEUE_LEN, "queue", "queue"),
    ],
    &[
        (NDTPA_APP_PROBES, "app_probes", "app_probes"),
        (NDTPA_UCAST_PROBES, "ucast_probes", "ucast_probes"),
        (NDTPA_MCAST_PROBES, "mcast_probes", "mcast_probes"),
        (NDTPA_MCAST_REPROBES, "mcast_reprobes", "mcast_reprobes"),
    ],
    &[
        (NDTPA_ANYCAST_DELAY, "anycast_delay", "anycast_delay"),
        (NDTPA_PROXY_DELAY, "proxy_delay", "proxy_delay"),
        (NDTPA_PROXY_QLEN, "proxy_queue", "proxy_queue"),
        (NDTPA_LOCKTIME, "locktime", "locktime"),
    ],
];

/// The members of `struct ndt_stats`, eight bytes each, by lines.
const STATISTICS: &[&[&str]] = &[
    &["allocs", "destroys", "hash_grows"],
    &["res_failed", "lookups", "hits"],
    &["rcv_probes_mcast", "rcv_probes_ucast"],
    &["periodic_gc_runs", "forced_gc_runs"],
    &["table_fulls"],
];

/// Prints a table, or what it keeps for one interface, if it passes `filter`.
fn print(view: &MessageView, filter: &Filter, context: &mut Context) {
    let Some(header) = Family::of(view) else { return };
    let slots = view.slots(Family::LEN);
    let name = slots.bytes(NDTA_NAME);
    let parameters = &slots.nested_slots(NDTA_PARMS);
    let index = parameters.as_ref().and_then(|parameters| parameters.u32(NDTPA_IFINDEX)).unwrap_or(0);
    let other = filter.name.is_some_and(|wanted| name != Some(wanted));
    if other || filter.index.is_some_and(|wanted| wanted != index) {
        return;
    }
    let family = match header.family {
        AF_INET => "inet",
        AF_INET6 => "inet6",
        _ => "???",
    };
    context.out.open_object("");
    context.out.put("family", "", family, " ");
    if let Some(name) = name {
        context.out.put("name", "", name, " ");
    }
    context.out.newline();
    if index != 0 {
        context.put_device(index, "dev", "    dev ", " ");
        context.out.newline();
    }
    facts(LIMITS, &slots, context);
    let statistics = context.options.statistics > 0;
    if let Some(configuration) = slots.get(NDTA_CONFIG).filter(|_| statistics) {
        configured(configuration, context);
    }
    if let Some(parameters) = parameters {
        PARAMETERS.iter().for_each(|line| facts(line, parameters, context));
    }
    if let Some(numbers) = slots.get(NDTA_STATS).filter(|_| statistics) {
        counted(numbers, context);
    }
    context.out.end_line();
    context.out.close_object();
}

/// A line of facts, if there is any of them.
fn facts(line: &[Fact], slots: &Slots, context: &mut Context) {
    let out = &mut context.out;
    let mut any = false;
    for (kind, key, label) in line {
        if let Some(number) = slots.unsigned(*kind) {
            out.text(if any { "" } else { "    " });
            out.field(key, label, number);
            any = true;
        }
    }
    if any {
        out.newline();
    }
}

/// `struct ndt_config`: how the table is made, and when it was last tidied.
fn configured(bytes: &[u8], context: &mut Context) {
    let out = &mut context.out;
    let short = |at: usize| bytes.get(at..).and_then(array).map_or(0, u16::from_ne_bytes);
    let number = |at: usize| bytes.get(at..).and_then(array).map_or(0, u32::from_ne_bytes);
    out.text("    config ");
    out.field("key_length", "key_len", short(0));
    out.field("entry_size", "entry_size", short(2));
    out.field("entries", "entries", number(4));
    out.newline();
    out.text("        ");
    out.field("last_flush", "last_flush", ago(number(8)).as_str());
    out.field("last_rand", "last_rand", ago(number(12)).as_str());
    out.newline();
    out.text("        ");
    out.field("hash_rnd", "hash_rnd", number(16));
    out.json("hash_mask", Value::Hex(number(20).into()));
    out.text(&format!("hash_mask {:08x} ", number(20)));
    out.field("hash_chain_gc", "hash_chain_gc", number(24));
    out.field("proxy_qlen", "proxy_qlen", number(28));
    out.newline();
}

/// The point of time that lies so many milliseconds back, as the clock on the wall shows it.
fn ago(milliseconds: u32) -> String {
    let now = clock::now().as_secs();
    let seconds = i64::try_from(now).unwrap_or(0) - i64::from(milliseconds / 1000);
    let LocalTime { year, month, day, hour, minute, second, .. } = LocalTime::of(seconds);
    format!("{year:04}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02}", month + 1)
}

fn counted(bytes: &[u8], context: &mut Context) {
    let out = &mut context.out;
    let mut at = 0;
    for (row, line) in STATISTICS.iter().enumerate() {
        out.text(if row == 0 { "    stats " } else { "    " });
        for name in *line {
            out.field(name, name, bytes.get(at..).and_then(array).map_or(0, u64::from_ne_bytes));
            at += 8;
        }
        out.newline();
    }
}
