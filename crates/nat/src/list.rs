//! `list` and `save`: entries in the order packets meet them.

use crate::arguments;
use crate::failure::Result;
use crate::rows::Given;
use crate::words::{self, Selector};
use netmite_netlink::nat::{self, Kind, Listed, Nat};
use netmite_netlink::{Error, NetfilterSocket};
use netmite_output::{Format, Io, Out, escaped};
use tabled::grid::CompactGrid;
use tabled::grid::colors::NoColors;
use tabled::grid::config::{CompactConfig, Indent, Sides};
use tabled::grid::dimension::Dimension;
use tabled::grid::records::IterRecords;
use tabled::grid::util::string::get_line_width;
use tabled::settings::Style;

/// How many rows are put into a table whose columns fit; more are streamed.
const TABLED_MOST: usize = 500;

/// `list`.
pub fn list(socket: &mut NetfilterSocket, kind: Option<Kind>, given: &dyn Given, io: &mut Io) -> Result<u8> {
    let counters = given.flag("counters");
    let family = arguments::family(given);
    let wanted = |listed: &Listed| match &listed.entry {
        Some(entry) => kind.is_none_or(|kind| kind == entry.kind) && family.is_none_or(|v6| v6 == entry.v6),
        None => kind.is_none(),
    };
    if given.flag("json") {
        let mut out = Out::new(io, Format { json: true, ..Format::default() });
        out.open_array("");
        nat::for_each(socket, |listed| {
            if wanted(&listed) {
                json(&mut out, &listed);
            }
            Ok(())
        })?;
        out.close_array();
        out.end_json();
        return Ok(0);
    }
    let mut held = if io.is_terminal() { Some(Vec::new()) } else { None };
    nat::for_each(socket, |listed| {
        if wanted(&listed) {
            take(&mut held, io, row(&listed, counters), counters);
        }
        Ok::<(), Error>(())
    })?;
    if let Some(rows) = held.filter(|rows| !rows.is_empty()) {
        table(rows, counters, io);
    }
    Ok(0)
}

/// The cells of an entry, as many as [`heads`] has.
type Row = Vec<String>;

/// What stands above the columns.
fn heads(counters: bool) -> &'static [&'static str] {
    if counters { &["KIND", "MATCH", "TO", "PACKETS", "BYTES", "COMMENT"] } else { &["KIND", "MATCH", "TO", "COMMENT"] }
}

/// Keeps a row for the table, or, once there are too many, prints it.
fn take(held: &mut Option<Vec<Row>>, io: &mut Io, row: Row, counters: bool) {
    if let Some(rows) = held.as_mut().filter(|rows| rows.len() < TABLED_MOST) {
        return rows.push(row);
    }
    let mut rows = held.take().unwrap_or_default();
    rows.push(row);
    for row in rows {
        plain(io, &row, counters);
    }
}

fn row(listed: &Listed, counters: bool) -> Row {
    let mut cells = Vec::with_capacity(6);
    match &listed.entry {
        Some(nat) => {
            let mut matches = if nat.v6 { b"-6 ".to_vec() } else { Vec::new() };
            matches.extend(words::matches(nat));
            let mut target = words::target_text(nat);
            for flag in words::flags(nat) {
                target.push_str(if target.is_empty() { "" } else { " " });
                target.push_str(flag);
            }
            cells.push(words::kind(nat.kind).to_owned());
            cells.push(escaped(matches.trim_ascii_end()));
            cells.push(target);
        }
        None => {
            cells.push(format!("rule {}", listed.handle));
            cells.push("not ours, see nft".to_owned());
            cells.push(String::new());
        }
    }
    if counters {
        for count in [listed.counter.map(|(packets, _)| packets), listed.counter.map(|(_, bytes)| bytes)] {
            cells.push(count.map_or_else(String::new, |count| count.to_string()));
        }
    }
    cells.push(listed.entry.as_ref().map_or_else(String::new, |nat| escaped(&nat.comment)));
    cells
}

/// Prints a row as columns, those without anything left out.
fn plain(io: &mut Io, row: &[String], counters: bool) {
    let before: &[&str] = if counters { &["", " to ", " packets ", " bytes ", " # "] } else { &["", " to ", " # "] };
    let Some((kind, cells)) = row.split_first() else { return };
    let mut line = format!("{kind:<10} ");
    for (cell, before) in cells.iter().zip(before) {
        if !cell.is_empty() {
            line.extend([before, cell.as_str()]);
        }
    }
    io.write(line.trim_end().as_bytes());
    io.write(b"\n");
}

fn table(mut rows: Vec<Row>, counters: bool, io: &mut Io) {
    let mut head = Row::new();
    let mut widths = Vec::new();
    for name in heads(counters) {
        head.push((*name).to_owned());
        widths.push(0);
    }
    rows.insert(0, head);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = get_line_width(cell).max(*width);
        }
    }
    let mut text = String::new();
    let records = IterRecords::new(&*rows, widths.len(), None);
    if CompactGrid::new(records, frame(), Widths(widths), NoColors).build(&mut text).is_ok() {
        io.write(text.as_bytes());
        io.write(b"\n");
    }
}

/// The lines around a table, and a blank on either side of each cell.
fn frame() -> CompactConfig {
    let blanks = Sides::new(Indent::spaced(1), Indent::spaced(1), Indent::zero(), Indent::zero());
    CompactConfig::default().set_padding(blanks).set_borders(Style::rounded().into())
}

/// The widths of a table's columns, whose cells have one line each.
struct Widths(Vec<usize>);

impl Dimension for Widths {
    fn get_width(&self, column: usize) -> usize {
        const BLANKS: usize = 2;
        self.0.get(column).map_or(0, |width| width.saturating_add(BLANKS))
    }

    fn get_height(&self, _: usize) -> usize {
        1
    }
}

fn json(out: &mut Out, listed: &Listed) {
    out.open_object("");
    match &listed.entry {
        Some(nat) => json_entry(out, nat),
        None => out.json("handle", listed.handle),
    }
    if let Some((packets, bytes)) = listed.counter {
        out.json("packets", packets);
        out.json("bytes", bytes);
    }
    out.close_object();
}

fn json_entry(out: &mut Out, nat: &Nat) {
    out.json("kind", words::kind(nat.kind));
    out.json("family", if nat.v6 { "inet6" } else { "inet" });
    for Selector { key, inverted, mut value, .. } in words::selectors(nat) {
        if inverted {
            value.insert(0, b'!');
        }
        out.json(key, &*value);
    }
    if nat.local {
        out.json("local", true);
    }
    let target = words::target_text(nat);
    if !target.is_empty() {
        out.json("to", &*target);
    }
    for flag in words::flags(nat) {
        out.json(flag, true);
    }
    if !nat.comment.is_empty() {
        out.json("comment", &*nat.comment);
    }
}

/// `save`.
pub fn save(socket: &mut NetfilterSocket, given: &dyn Given, io: &mut Io) -> Result<u8> {
    let family = arguments::family(given);
    let mut strange = 0usize;
    nat::for_each(socket, |listed| {
        match &listed.entry {
            Some(nat) if family.is_some_and(|v6| v6 != nat.v6) => (),
            Some(nat) => {
                io.write(b"add ");
                io.write(&words::entry(nat));
                io.write(b"\n");
            }
            None => strange += 1,
        }
        Ok(())
    })?;
    if strange > 0 {
        return Err(crate::failure::Failure::refused(format!(
            "{strange} rules in table inet netmite are not ours and were not saved"
        )));
    }
    Ok(0)
}
