//! `list` and `save`: entries in the order packets meet them.

use crate::arguments;
use crate::failure::Result;
use crate::words;
use clap::ArgMatches;
use netmite_netlink::nat::{self, Listed, Nat, Not};
use netmite_netlink::{Error, NetfilterSocket};
use netmite_output::{Format, Io, Out, escaped};
use tabled::builder::Builder;
use tabled::settings::Style;

/// How many rows are put into a table whose columns fit; more are streamed.
const TABLED_MOST: usize = 500;

/// `list`.
pub fn list(socket: &mut NetfilterSocket, matches: &ArgMatches, io: &mut Io) -> Result<u8> {
    let counters = matches.get_flag("counters");
    let kind = arguments::kind_of(matches);
    let (v4, v6) = (matches.get_flag("ipv4"), matches.get_flag("ipv6"));
    let wanted = |listed: &Listed| match &listed.entry {
        Some(entry) => kind.is_none_or(|kind| kind == entry.kind) && (v4 == v6 || entry.v6 == v6),
        None => kind.is_none(),
    };
    if matches.get_flag("json") {
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
    let mut builder = Builder::default();
    let heads = ["KIND", "MATCH", "TO", "PACKETS", "BYTES", "COMMENT"];
    let cells = |row: [String; 6]| {
        let columns = row.into_iter().enumerate().filter(|(at, _)| counters || !matches!(at, 3 | 4));
        columns.map(|(_, cell)| cell).collect::<Vec<String>>()
    };
    builder.push_record(cells(heads.map(str::to_owned)));
    rows.into_iter().for_each(|row| builder.push_record(cells(row)));
    let text = builder.build().with(Style::rounded()).to_string();
    io.write(text.as_bytes());
    io.write(b"\n");
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
pub fn save(socket: &mut NetfilterSocket, io: &mut Io) -> Result<u8> {
    let mut strange = 0usize;
    nat::for_each(socket, |listed| {
        match &listed.entry {
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
