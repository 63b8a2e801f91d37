//! A link's counters, in columns: `-s`, and `-s -s` for the errors in detail.

use netmite_grammar::Context;
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::uapi::*;

/// `struct rtnl_link_stats64`, linux/if_link.h: the counters by their place in it.
struct Counters<'a>(&'a [u8]);

impl Counters<'_> {
    fn get(&self, at: usize) -> u64 {
        self.0.get(at * 8..).and_then(array).map_or(0, u64::from_ne_bytes)
    }
}

/// A column: its title, its key in JSON, its counter.
type Column = (&'static str, &'static str, u64);

/// The least widths of the columns; the first is that of a line's label too.
const WIDTHS: [usize; 6] = [10, 7, 6, 7, 7, 7];
/// The width of the column of compressed packets, which has a title only where there are some.
const COMPRESSED: usize = 10;

/// Prints the counters.
pub(crate) fn print(slots: &Slots, context: &mut Context) {
    print_lines(slots, true, context);
}

/// Prints the counters, with or without a newline in front.
fn print_lines(slots: &Slots, newline: bool, context: &mut Context) {
    let Some(counters) = slots.get(IFLA_STATS64).map(Counters) else { return };
    let count = |at| counters.get(at);
    let detailed = context.options.statistics > 1;
    let rx = [
        ("bytes", "bytes", count(2)),
        ("packets", "packets", count(0)),
        ("errors", "errors", count(4)),
        ("dropped", "dropped", count(6)),
        ("missed", "missed_errors", count(15)),
        ("mcast", "multicast", count(8)),
    ];
    let rx_errors = [
        ("length", "length_errors", count(10)),
        ("crc", "crc_errors", count(12)),
        ("frame", "frame_errors", count(13)),
        ("fifo", "fifo_errors", count(14)),
        ("overrun", "over_errors", count(11)),
    ];
    let tx = [
        ("bytes", "bytes", count(3)),
        ("packets", "packets", count(1)),
        ("errors", "errors", count(5)),
        ("dropped", "dropped", count(7)),
        ("carrier", "carrier_errors", count(17)),
        ("collsns", "collisions", count(9)),
    ];
    let tx_errors = [
        ("aborted", "aborted_errors", count(16)),
        ("fifo", "fifo_errors", count(18)),
        ("window", "window_errors", count(20)),
        ("heartbt", "heartbeat_errors", count(19)),
        ("transns", "carrier_changes", u64::from(slots.u32(IFLA_CARRIER_CHANGES).unwrap_or(0))),
    ];
    if context.out.is_json() {
        context.out.open_object("stats64");
        json(context, "rx", &rx, &rx_errors, detailed, count(21));
        json(context, "tx", &tx, &tx_errors, detailed, count(22));
        context.out.close_object();
        return;
    }
    let mut widths = WIDTHS;
    for line in [&rx, &tx] {
        for (width, (.., number)) in widths.iter_mut().zip(line) {
            *width = (*width).max(shown(*number, context).len());
        }
    }
    for line in [&rx_errors, &tx_errors].iter().filter(|_| detailed) {
        for (width, (.., number)) in widths.iter_mut().skip(1).zip(*line) {
            *width = (*width).max(shown(*number, context).len());
        }
    }
    if newline {
        context.out.newline();
    }
    text(context, "RX:", &rx, &widths, count(21));
    if detailed {
        errors(context, "RX errors:", &rx_errors, &widths);
    }
    context.out.newline();
    text(context, "TX:", &tx, &widths, count(22));
    if detailed {
        errors(context, "TX errors:", &tx_errors, &widths);
    }
}

/// Prints the counters behind a link's addresses: lines of their own, not the end of the link's.
pub(crate) fn print_behind(slots: &Slots, context: &mut Context) {
    if context.out.is_json() {
        return print(slots, context);
    }
    print_lines(slots, false, context);
    context.out.end_line();
}

/// The keys of JSON stand in another order than the columns: what is missed is told in detail only.
fn json(context: &mut Context, key: &str, line: &[Column], errors: &[Column], detailed: bool, compressed: u64) {
    let out = &mut context.out;
    out.open_object(key);
    for (_, key, number) in line {
        match *key {
            "missed_errors" => out.json("over_errors", errors.last().map_or(0, |column| column.2)),
            _ => out.json(key, *number),
        }
    }
    if compressed > 0 {
        out.json("compressed", compressed);
    }
    if detailed {
        errors.iter().filter(|column| column.1 != "over_errors").for_each(|(_, key, number)| out.json(key, *number));
        line.iter().filter(|column| column.1 == "missed_errors").for_each(|(_, key, number)| out.json(key, *number));
    }
    out.close_object();
}

/// A number as it is shown: in full, or with a unit prefix.
pub(super) fn shown(number: u64, context: &Context) -> String {
    match context.options.human {
        true => netmite_output::human(number, context.options.iec),
        false => number.to_string(),
    }
}

fn text(context: &mut Context, label: &str, line: &[Column], widths: &[usize], compressed: u64) {
    let mut titles = format!("    {label}");
    for (at, ((title, ..), width)) in line.iter().zip(widths).enumerate() {
        let width = if at == 0 { width.saturating_sub(label.len() + 1) } else { *width };
        titles += &format!(" {title:>width$}");
    }
    titles += &format!(" {:>COMPRESSED$}", if compressed > 0 { "compressed" } else { "" });
    context.out.text(&titles);
    context.out.newline();
    let mut numbers = "    ".to_owned();
    for ((.., number), width) in line.iter().zip(widths) {
        numbers += &format!("{:>width$} ", shown(*number, context), width = *width);
    }
    if compressed > 0 {
        numbers += &format!("{:>COMPRESSED$} ", shown(compressed, context));
    }
    context.out.text(&numbers);
}

fn errors(context: &mut Context, label: &str, line: &[Column], widths: &[usize]) {
    context.out.newline();
    let (first, rest) = widths.split_first().map_or((0, widths), |(first, rest)| (*first, rest));
    let mut titles = format!("    {label:<first$}");
    let mut numbers = format!("    {:first$}", "");
    for ((title, _, number), width) in line.iter().zip(rest) {
        titles += &format!(" {title:>width$}", width = *width);
        numbers += &format!(" {:>width$}", shown(*number, context), width = *width);
    }
    context.out.text(&titles);
    context.out.newline();
    numbers.push(' ');
    context.out.text(&numbers);
}
