//! A link's counters, in columns: `-s`, and `-s -s` for the errors in detail.

use netmite_grammar::Context;
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::uapi::*;

/// A column: its title, its key in JSON, and the place of its counter in `struct rtnl_link_stats64`, linux/if_link.h.
type Column = (&'static str, &'static str, usize);

/// The counters of a direction: the labels of its two lines, its key in JSON; its columns; the errors in detail; what has a
/// column only where there is some of it; the place of the counter of compressed packets.
struct Direction {
    labels: [&'static str; 2],
    key: &'static str,
    columns: [Column; 6],
    errors: [Column; 5],
    more: &'static [Column],
    compressed: usize,
}

/// The place of the carrier's changes, which have an attribute of their own, behind the counters.
const CHANGES: usize = 25;
const OTHERHOST: usize = 24;

#[rustfmt::skip]
static DIRECTIONS: [Direction; 2] = [
    Direction {
        labels: ["RX:", "RX errors:"],
        key: "rx",
        columns: [("bytes", "bytes", 2), ("packets", "packets", 0), ("errors", "errors", 4), ("dropped", "dropped", 6), ("missed", "missed_errors", MISSED), ("mcast", "multicast", 8)],
        errors: [("length", "length_errors", 10), ("crc", "crc_errors", 12), ("frame", "frame_errors", 13), ("fifo", "fifo_errors", 14), ("overrun", "over_errors", OVERRUN)],
        more: &[("nohandler", "nohandler", 23), ("otherhost", "otherhost", OTHERHOST)],
        compressed: 21,
    },
    Direction {
        labels: ["TX:", "TX errors:"],
        key: "tx",
        columns: [("bytes", "bytes", 3), ("packets", "packets", 1), ("errors", "errors", 5), ("dropped", "dropped", 7), ("carrier", "carrier_errors", 17), ("collsns", "collisions", 9)],
        errors: [("aborted", "aborted_errors", 16), ("fifo", "fifo_errors", 18), ("window", "window_errors", 20), ("heartbt", "heartbeat_errors", 19), ("transns", "carrier_changes", CHANGES)],
        more: &[],
        compressed: 22,
    },
];
/// In JSON the keys stand in another order than the columns: what is missed is told in detail only, and what overran in its
/// place.
const MISSED: usize = 15;
const OVERRUN: usize = 11;

/// The least widths of the columns; the first is that of a line's label too.
const WIDTHS: [usize; 6] = [10, 7, 6, 7, 7, 7];
/// The least width of the column of packets for other hosts, which is there only where there are some.
const OTHERHOST_WIDTH: usize = 9;
/// The least width of the column of compressed packets, which has a title only where there are some. What has no handler
/// stands there in the line below.
const COMPRESSED: usize = 10;

/// The counters by their place. Old kernels don't count changes of the carrier.
struct Counters {
    counts: [u64; CHANGES + 1],
    changes: bool,
}

impl Counters {
    fn of(slots: &Slots) -> Option<Self> {
        let changes = slots.u32(IFLA_CARRIER_CHANGES);
        let mut all = Counters { counts: [0; CHANGES + 1], changes: changes.is_some() };
        for (count, bytes) in all.counts.iter_mut().zip(slots.get(IFLA_STATS64)?.chunks_exact(8)) {
            *count = array(bytes).map_or(0, u64::from_ne_bytes);
        }
        all.counts[CHANGES] = changes.unwrap_or(0).into();
        Some(all)
    }

    fn get(&self, place: usize) -> u64 {
        self.counts.get(place).copied().unwrap_or(0)
    }

    fn knows(&self, column: &Column) -> bool {
        column.2 != CHANGES || self.changes
    }
}

/// Prints the counters.
pub(crate) fn print(slots: &Slots, context: &mut Context) {
    print_lines(slots, true, context);
}

/// Prints the counters, with or without a newline in front.
fn print_lines(slots: &Slots, newline: bool, context: &mut Context) {
    if newline {
        context.out.newline();
    }
    let Some(counters) = Counters::of(slots) else { return };
    if context.out.is_json() {
        return json(&counters, context);
    }
    let detailed = context.options.statistics > 1;
    let (mut widths, mut last) = (WIDTHS, COMPRESSED);
    for direction in &DIRECTIONS {
        widen(&mut widths, &direction.columns, &counters, context);
        last = last.max(length(counters.get(direction.compressed), context));
        if detailed {
            widen(widths.get_mut(1..).unwrap_or_default(), &direction.errors, &counters, context);
            for column in direction.more.iter().filter(|column| column.2 != OTHERHOST) {
                last = last.max(length(counters.get(column.2), context));
            }
        }
    }
    let mut cells = Cells::default();
    for (direction, before) in DIRECTIONS.iter().zip([false, true]) {
        if before {
            context.out.newline();
        }
        for (column, width) in direction.columns.iter().zip(widths) {
            cells.push(column.0, Some(counters.get(column.2)), width);
        }
        let compressed = counters.get(direction.compressed);
        let some = compressed > 0;
        cells.push(if some { "compressed" } else { "" }, Some(compressed).filter(|_| some), last);
        cells.print(direction.labels[0], context);
        if detailed {
            context.out.newline();
            cells.push("", None, widths[0]);
            for (column, width) in direction.errors.iter().zip(widths.iter().skip(1)) {
                let known = counters.knows(column);
                cells.push(if known { column.0 } else { "" }, Some(counters.get(column.2)).filter(|_| known), *width);
            }
            for column in direction.more {
                let count = counters.get(column.2);
                let width = if column.2 == OTHERHOST { length(count, context).max(OTHERHOST_WIDTH) } else { last };
                if count > 0 {
                    cells.push(column.0, Some(count), width);
                }
            }
            cells.print(direction.labels[1], context);
        }
    }
}

/// What stands in a line of titles and in the line of numbers below: title, number and width of each column.
#[derive(Default)]
struct Cells {
    cells: [(&'static str, Option<u64>, usize); 8],
    count: usize,
}

impl Cells {
    fn push(&mut self, title: &'static str, number: Option<u64>, width: usize) {
        if let Some(cell) = self.cells.get_mut(self.count) {
            *cell = (title, number, width);
            self.count += 1;
        }
    }

    /// Prints the two lines, and empties them. The label stands in the first column.
    fn print(&mut self, label: &str, context: &mut Context) {
        let cells = self.cells.get(..std::mem::take(&mut self.count)).unwrap_or_default();
        context.out.text("    ");
        context.out.text(label);
        let (mut before, mut taken) = ("", label.len());
        for (title, _, width) in cells {
            context.out.text(std::mem::replace(&mut before, " "));
            blanks(width.saturating_sub(title.len() + std::mem::take(&mut taken)), context);
            context.out.text(title);
        }
        context.out.newline();
        context.out.text("    ");
        before = "";
        for (_, count, width) in cells {
            match count {
                Some(count) => {
                    context.out.text(before);
                    number(*count, *width, context);
                }
                None if before.is_empty() => blanks(*width, context),
                None => (),
            }
            before = " ";
        }
        context.out.text(" ");
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

fn json(counters: &Counters, context: &mut Context) {
    let detailed = context.options.statistics > 1;
    let out = &mut context.out;
    out.open_object("stats64");
    for direction in &DIRECTIONS {
        out.open_object(direction.key);
        for (_, key, place) in &direction.columns {
            match *place {
                MISSED => out.json("over_errors", counters.get(OVERRUN)),
                place => out.json(key, counters.get(place)),
            }
        }
        let mut some = |key: &str, place: usize, if_none: bool| {
            if if_none || counters.get(place) > 0 {
                out.json(key, counters.get(place));
            }
        };
        some("compressed", direction.compressed, false);
        if detailed {
            for column in direction.errors.iter().filter(|column| column.2 != OVERRUN && counters.knows(column)) {
                some(column.1, column.2, true);
            }
            for column in direction.columns.iter().filter(|column| column.2 == MISSED) {
                some(column.1, column.2, true);
            }
            direction.more.iter().for_each(|column| some(column.1, column.2, false));
        }
        out.close_object();
    }
    out.close_object();
}

/// Widens columns to what stands in them; the carrier's changes have to do with the room there is.
fn widen(widths: &mut [usize], columns: &[Column], counters: &Counters, context: &Context) {
    for (width, (.., place)) in widths.iter_mut().zip(columns) {
        if *place != CHANGES {
            *width = (*width).max(length(counters.get(*place), context));
        }
    }
}

/// The length of a number's text.
fn length(number: u64, context: &Context) -> usize {
    match context.options.human {
        true => netmite_output::human(number, context.options.iec).len(),
        false => digits(number),
    }
}

/// How many digits a number has.
pub(super) fn digits(mut number: u64) -> usize {
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

fn blanks(count: usize, context: &mut Context) {
    const BLANKS: &str = "                        ";
    if count > 0 {
        context.out.text(BLANKS.get(..count).unwrap_or(BLANKS));
    }
}
