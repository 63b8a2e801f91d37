//! What `-d` tells of a CAN controller: its state, modes, timings and their limits. Source: linux/can/netlink.h.

use crate::can::*;
use crate::can_timing::{self, line, listed};
use netmite_grammar::{Codec, Context, Key, Result, Row, Scope, Shape, Slots};
use netmite_netlink::attributes::array;
use netmite_output::{Out, Value};

/// The states of the controller, by number.
const STATES: &[&str] = &["ERROR-ACTIVE", "ERROR-WARNING", "ERROR-PASSIVE", "BUS-OFF", "STOPPED", "SLEEPING"];

/// The modes in the order in which they are told: the bit, its name.
#[rustfmt::skip]
const MODES: &[(u32, &str)] = &[
    (0x1, "LOOPBACK"), (0x2, "LISTEN-ONLY"), (0x4, "TRIPLE-SAMPLING"), (0x8, "ONE-SHOT"), (0x10, "BERR-REPORTING"), (0x20, "FD"),
    (0x80, "FD-NON-ISO"), (0x40, "PRESUME-ACK"), (0x100, "CC-LEN8-DLC"), (0x200, "TDC-AUTO"), (0x400, "TDC-MANUAL"),
    (0x800, "RESTRICTED"), (0x1000, "XL"), (0x2000, "XL-TDC-AUTO"), (0x4000, "XL-TDC-MANUAL"), (0x8000, "TMS"),
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
            out.open_array("termination_const");
            let numbers = choice.chunks_exact(2).filter_map(array).map(u16::from_ne_bytes);
            listed(&mut numbers.map(u64::from), 0, out);
            out.close_array();
            out.text(" ]");
        }
        if let Some(hertz) = attrs.u32(IFLA_CAN_CLOCK) {
            line(out);
            out.put("clock", "clock ", hertz, " ");
        }
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// Modes, state, errors and when it starts again.
fn head(attrs: &Slots, out: &mut Out) {
    let half = |bytes: Option<&[u8]>, at: usize| {
        bytes.and_then(|all| all.get(at..)).and_then(array).map_or(0, u32::from_ne_bytes)
    };
    let modes = half(attrs.get(IFLA_CAN_CTRLMODE), 4);
    if modes != 0 {
        out.text("<");
        named("ctrlmode", modes, out);
        out.text("> ");
    }
    let able = attrs.nested_slots(IFLA_CAN_CTRLMODE_EXT).and_then(|nest| nest.u32(1)).unwrap_or(0);
    if able != 0 && out.is_json() {
        named("ctrlmode_supported", able, out);
    }
    if let Some(state) = attrs.u32(IFLA_CAN_STATE) {
        let name = usize::try_from(state).ok().and_then(|state| STATES.get(state));
        out.field("state", "state", *name.unwrap_or(&"UNKNOWN"));
    }
    if let Some(errors) = attrs.get(IFLA_CAN_BERR_COUNTER) {
        let count = |at: usize| errors.get(at..).and_then(array).map_or(0, u16::from_ne_bytes);
        out.open_object("berr_counter");
        out.put("tx", "(berr-counter tx ", count(0), "");
        out.put("rx", " rx ", count(2), ") ");
        out.close_object();
    }
    if let Some(restart) = attrs.u32(IFLA_CAN_RESTART_MS) {
        out.field("restart_ms", "restart-ms", restart);
    }
}

/// Bits by their names, those without one in hexadecimal.
fn named(key: &str, bits: u32, out: &mut Out) {
    let mut rest = bits;
    let mut before = "";
    out.open_array(key);
    for (bit, name) in MODES.iter().filter(|(bit, _)| bits & bit != 0) {
        out.put("", before, *name, "");
        (before, rest) = (",", rest & !bit);
    }
    if rest != 0 {
        out.put("", before, format!("{rest:x}").as_str(), "");
    }
    out.close_array();
}

/// `struct can_device_stats`: how often what happened, which `-s` tells.
pub fn statistics(counts: &[u8], context: &mut Context) {
    let count = |at: usize| counts.get(at * 4..).and_then(array).map_or(0, u32::from_ne_bytes);
    let out = &mut context.out;
    out.open_object("info_xstats");
    line(out);
    out.text("re-started bus-errors arbit-lost error-warn error-pass bus-off");
    line(out);
    let fields = [
        ("restarts", 5),
        ("bus_error", 0),
        ("arbitration_lost", 4),
        ("error_warning", 1),
        ("error_passive", 2),
        ("bus_off", 3),
    ];
    for (key, at) in fields {
        out.json(key, count(at));
        out.text_padded(Value::from(count(at)), 10, false);
        out.text(if key == "bus_off" { "" } else { " " });
    }
    out.close_object();
}
