//! What `-d` tells of a CAN controller: its state, modes, timings and their limits. Source: linux/can/netlink.h.

use crate::can::*;
use crate::can_timing::{self, line, listed};
use netmite_grammar::{Codec, Context, Key, Result, Row, Scope, Shape, Slots};
use netmite_netlink::attributes::{u16_at, u32_at};
use netmite_output::{Names, Out, names};

/// The states of the controller, by number.
const STATES: Names = names!["ERROR-ACTIVE", "ERROR-WARNING", "ERROR-PASSIVE", "BUS-OFF", "STOPPED", "SLEEPING"];

/// The modes in the order in which they are told: the bit, its name.
#[rustfmt::skip]
const MODES: Names = names![
    ("LOOPBACK", 0x1), ("LISTEN-ONLY", 0x2), ("TRIPLE-SAMPLING", 0x4), ("ONE-SHOT", 0x8), ("BERR-REPORTING", 0x10), ("FD", 0x20),
    ("FD-NON-ISO", 0x80), ("PRESUME-ACK", 0x40), ("CC-LEN8-DLC", 0x100), ("TDC-AUTO", 0x200), ("TDC-MANUAL", 0x400),
    ("RESTRICTED", 0x800), ("XL", 0x1000), ("XL-TDC-AUTO", 0x2000), ("XL-TDC-MANUAL", 0x4000), ("TMS", 0x8000),
];

/// All of a controller; nothing of it is set by this row.
pub(crate) struct Report;

impl Codec for Report {
    fn parse(&self, _: &Row, _: &Key, _: &mut Scope) -> Result<()> {
        Ok(())
    }

    fn print(&self, _: &Row, attrs: &Slots, context: &mut Context) {
        let out = &mut context.out;
        head(attrs, out);
        can_timing::print(attrs, out);
        if let Some((ohms, choice)) = attrs.u16(IFLA_CAN_TERMINATION).zip(attrs.get(IFLA_CAN_TERMINATION_CONST)) {
            line(out);
            out.put("termination", "termination ", ohms, " [ ");
            listed("termination_const", choice, 2, 0, out);
        }
        if let Some(hertz) = attrs.u32(IFLA_CAN_CLOCK) {
            line(out);
            out.field("clock", "clock", hertz);
        }
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// Modes, state, errors and when it starts again.
fn head(attrs: &Slots, out: &mut Out) {
    let modes = u32_at(attrs.get(IFLA_CAN_CTRLMODE).unwrap_or(&[]), 4);
    if modes != 0 {
        out.bits("ctrlmode", "<", modes, MODES);
        out.text("> ");
    }
    let able = u32_at(attrs.inside(&[IFLA_CAN_CTRLMODE_EXT, 1]).unwrap_or(&[]), 0);
    if able != 0 && out.is_json() {
        out.bits("ctrlmode_supported", "", able, MODES);
    }
    if let Some(state) = attrs.u32(IFLA_CAN_STATE) {
        out.field("state", "state", STATES.name(state).unwrap_or("UNKNOWN"));
    }
    if let Some(errors) = attrs.get(IFLA_CAN_BERR_COUNTER) {
        out.open_object("berr_counter");
        out.put("tx", "(berr-counter tx ", u16_at(errors, 0), "");
        out.put("rx", " rx ", u16_at(errors, 2), ") ");
        out.close_object();
    }
    if let Some(restart) = attrs.u32(IFLA_CAN_RESTART_MS) {
        out.field("restart_ms", "restart-ms", restart);
    }
}

/// What is counted, in the order in which it is told: the key, and which number of the structure it is.
const COUNTERS: &[(&str, usize)] = &[
    ("restarts", 5),
    ("bus_error", 0),
    ("arbitration_lost", 4),
    ("error_warning", 1),
    ("error_passive", 2),
    ("bus_off", 3),
];

/// `struct can_device_stats`: how often what happened, which `-s` tells.
pub fn statistics(counts: &[u8], context: &mut Context) {
    let out = &mut context.out;
    out.open_object("info_xstats");
    line(out);
    out.text("re-started bus-errors arbit-lost error-warn error-pass bus-off");
    line(out);
    for (key, at) in COUNTERS {
        let count = u32_at(counts, at * 4);
        out.json(key, count);
        out.text_padded(count, 10, false);
        out.text(if *key == "bus_off" { "" } else { " " });
    }
    out.close_object();
}
