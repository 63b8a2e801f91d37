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
/// The least width of the column of packets for other hosts, which is there only where there are some.
const OTHERHOST: usize = 9;
/// The least width of the column of compressed packets, which has a title only where there are some.
const COMPRESSED: usize = 10;

/// Prints the counters.
pub(crate) fn print(slots: &Slots, context: &mut Context) {
    print_lines(slots, true, context);
}

/// Prints the counters, with or without a newline in front.
fn print_lines(slots: &Slots, newline: bool, context: &mut Context) {
    let Some(counters) = slots.get(IFLA_STATS64).map(Counters) else {
        return if newline && !context.out.is_json() {
            context.out.newline()
        };
    };
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
        // Old kernels don't count changes of the carrier.
        match slots.u32(IFLA_CARRIER_CHANGES) {
            Some(changes) => ("transns", "carrier_changes", u64::from(changes)),
            None => ("", "", 0),
        },
    ];
    // What has a column only where there is some of it.
    let rx_more = [("nohandler", "nohandler", count(23)), ("otherhost", "otherhost", count(24))];
    if context.out.is_json() {
        context.out.open_object("stats64");
        json(context, "rx", &rx, [&rx_errors, &rx_more], detailed, count(21));
        json(context, "tx", &tx, [&tx_errors, &[]], detailed, count(22));
        context.out.close_object();
        return;
    }
    let mut widths = WIDTHS;
    for line in [&rx, &tx] {
        widen(&mut widths, line, context);
    }
    for line in [&rx_errors[..], &tx_errors[..4]].iter().filter(|_| detailed) {
        widen(&mut widths[1..], line, context);
    }
    if newline {
        context.out.newline();
    }
    // What has no handler stands in the column of compressed packets.
    let last = [21, 22, 23].into_iter().take(if detailed { 3 } else { 2 });
    let width = last.map(|at| length(count(at), context)).fold(COMPRESSED, usize::max);
    let more = rx_more.iter().zip([width, OTHERHOST.max(length(count(24), context))]);
    let more: Vec<(&Column, usize)> = more.filter(|(column, _)| column.2 > 0).collect();
    text(context, "RX:", &rx, &widths, (count(21), width));
    if detailed {
        errors(context, "RX errors:", &rx_errors, &widths, &more);
    }
    context.out.newline();
    text(context, "TX:", &tx, &widths, (count(22), width));
    if detailed {
        errors(context, "TX errors:", &tx_errors, &widths, &[]);
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
fn json(
    context: &mut Context,
    key: &str,
    line: &[Column],
    [errors, more]: [&[Column]; 2],
    detailed: bool,
    compressed: u64,
) {
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
        let errors = errors.iter().filter(|column| !matches!(column.1, "over_errors" | ""));
        let missed = line.iter().filter(|column| column.1 == "missed_errors");
        let more = more.iter().filter(|column| column.2 > 0);
        errors.chain(missed).chain(more).for_each(|(_, key, number)| out.json(key, *number));
    }
    out.close_object();
}

/// Widens columns to what stands in them.
fn widen(widths: &mut [usize], line: &[Column], context: &Context) {
    for (width, (.., number)) in widths.iter_mut().zip(line) {
        *width = (*width).max(length(*number, context));
    }
}

/// The length of a number's text.
fn length(mut number: u64, context: &Context) -> usize {
    if context.options.human {
        return netmite_output::human(number, context.options.iec).len();
    }
    let mut digits = 1;
    while number >= 10 {
        (number, digits) = (number / 10, digits + 1);
    }
    digits
}

/// A number in a column: in full, or with a unit prefix.
pub(super) fn number(number: u64, width: usize, context: &mut Context) {
    blanks(width.saturating_sub(length(number, context)), context);
    match context.options.human {
        true => context.out.text(&netmite_output::human(number, context.options.iec)),
        false => context.out.text_value(number),
    }
}

/// A title in a column.
fn title(text: &str, width: usize, context: &mut Context) {
    blanks(width.saturating_sub(text.len()), context);
    context.out.text(text);
}

fn blanks(count: usize, context: &mut Context) {
    const BLANKS: &str = "                        ";
    context.out.text(BLANKS.get(..count).unwrap_or(BLANKS));
}

fn text(context: &mut Context, label: &str, line: &[Column], widths: &[usize], (compressed, width): (u64, usize)) {
    context.out.text("    ");
    context.out.text(label);
    let mut taken = label.len() + 1;
    for ((name, ..), width) in line.iter().zip(widths) {
        context.out.text(" ");
        title(name, width.saturating_sub(std::mem::take(&mut taken)), context);
    }
    context.out.text(" ");
    title(if compressed > 0 { "compressed" } else { "" }, width, context);
    context.out.newline();
    context.out.text("    ");
    for ((.., count), width) in line.iter().zip(widths) {
        number(*count, *width, context);
        context.out.text(" ");
    }
    if compressed > 0 {
        number(compressed, width, context);
        context.out.text(" ");
    }
}

fn errors(context: &mut Context, label: &str, line: &[Column], widths: &[usize], more: &[(&Column, usize)]) {
    let (first, rest) = widths.split_first().map_or((0, widths), |(first, rest)| (*first, rest));
    context.out.newline();
    context.out.text("    ");
    context.out.text(label);
    blanks(first.saturating_sub(label.len()), context);
    for ((name, ..), width) in line.iter().zip(rest) {
        context.out.text(" ");
        title(name, *width, context);
    }
    for ((name, ..), width) in more {
        context.out.text(" ");
        title(name, *width, context);
    }
    context.out.newline();
    context.out.text("    ");
    blanks(first, context);
    for ((.., count), width) in line.iter().zip(rest).filter(|((name, ..), _)| !name.is_empty()) {
        context.out.text(" ");
        number(*count, *width, context);
    }
    for ((.., count), width) in more {
        context.out.text(" ");
        number(*count, *width, context);
    }
    context.out.text(" ");
}
