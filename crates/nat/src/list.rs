//! `list` and `save`: entries in the order packets meet them.

use crate::arguments;
use crate::failure::Result;
use crate::rows::Given;
use crate::words;
use netmite_netlink::nat::{self, Kind, Listed, Nat, Not};
use netmite_netlink::{Error, NetfilterSocket};
use netmite_output::{Format, Io, Out, escaped};
use tabled::grid::dimension::Dimension;
use tabled::grid::util::string::get_line_width;
use tabled::settings::Style;
use tabled::tables::CompactTable;

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
            take(&mut held, io, row(&listed, counters));
        }
        Ok::<(), Error>(())
    })?;
    if let Some(rows) = held.filter(|rows| !rows.is_empty()) {
        table(rows, counters, io);
    }
    Ok(0)
}

/// Keeps a row for the table, or, once there are too many, prints it.
fn take(held: &mut Option<Vec<[String; 6]>>, io: &mut Io, row: [String; 6]) {
    match held {
        Some(rows) if rows.len() < TABLED_MOST => rows.push(row),
        Some(rows) => {
            std::mem::take(rows).into_iter().for_each(|row| plain(io, &row));
            *held = None;
            plain(io, &row);
        }
        None => plain(io, &row),
    }
}

fn row(listed: &Listed, counters: bool) -> [String; 6] {
    let (packets, bytes) = listed
        .counter
        .filter(|_| counters)
        .map_or_else(Default::default, |(packets, bytes)| (packets.to_string(), bytes.to_string()));
    let Some(nat) = &listed.entry else {
        return [
            format!("rule {}", listed.handle),
            "not ours, see nft".to_owned(),
            String::new(),
            packets,
            bytes,
            String::new(),
        ];
    };
    let flags: String = words::flags(nat).iter().map(|flag| format!(" {flag}")).collect();
    let version = if nat.v6 { "-6 " } else { "" };
    let matches = format!("{version}{}", escaped(&words::matches(nat)));
    let target = format!("{}{flags}", words::target_text(nat));
    [
        words::kind(nat.kind).to_owned(),
        matches.trim_end().to_owned(),
        target.trim_start().to_owned(),
        packets,
        bytes,
        escaped(&nat.comment),
    ]
}

/// Prints a row as columns, those without anything left out.
fn plain(io: &mut Io, row: &[String; 6]) {
    let [kind, matches, target, packets, bytes, comment] = row;
    let mut line = format!("{kind:<10} {matches}");
    if !target.is_empty() {
        line.push_str(&format!(" to {target}"));
    }
    if !packets.is_empty() {
        line.push_str(&format!(" packets {packets} bytes {bytes}"));
    }
    if !comment.is_empty() {
        line.push_str(&format!(" # {comment}"));
    }
    io.write(line.trim_end().as_bytes());
    io.write(b"\n");
}

fn table(rows: Vec<[String; 6]>, counters: bool, io: &mut Io) {
    let heads = ["KIND", "MATCH", "TO", "PACKETS", "BYTES", "COMMENT"].map(str::to_owned);
    let cells = |row: [String; 6]| {
        let columns = row.into_iter().enumerate().filter(|(at, _)| counters || !matches!(at, 3 | 4));
        columns.map(|(_, cell)| cell).collect::<Vec<String>>()
    };
    let rows: Vec<Vec<String>> = std::iter::once(heads).chain(rows).map(cells).collect();
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| get_line_width(cell)).max();
    let widths = Widths((0..columns).map(|column| widest(column).unwrap_or(0)).collect());
    let mut text = String::new();
    let table = CompactTable::with_dimension(&rows, widths).columns(columns).with(Style::rounded());
    if table.fmt(&mut text).is_ok() {
        io.write(text.as_bytes());
        io.write(b"\n");
    }
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
    let bang = |inverted: bool, text: Vec<u8>| if inverted { [b"!", &*text].concat() } else { text };
    for (key, addresses) in [("source", &nat.source), ("destination", &nat.destination)] {
        if let Some(Not { value, inverted }) = addresses {
            out.json(key, &*bang(*inverted, words::addresses_text(value).into_bytes()));
        }
    }
    for (key, interface) in [("in_interface", &nat.input), ("out_interface", &nat.output)] {
        if let Some(Not { value, inverted }) = interface {
            let name = [&value.name[..], if value.wildcard { b"+" } else { b"" }].concat();
            out.json(key, &*bang(*inverted, name));
        }
    }
    if let Some(Not { value, inverted }) = nat.protocol {
        out.json("protocol", &*bang(inverted, words::protocol_text(value).into_bytes()));
    }
    for (key, ports) in [("sport", nat.source_ports), ("dport", nat.destination_ports)] {
        if let Some(Not { value: (first, last), inverted }) = ports {
            let text = if first == last { first.to_string() } else { format!("{first}:{last}") };
            out.json(key, &*bang(inverted, text.into_bytes()));
        }
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
