//! What `-d` tells of the bit timings of a CAN controller: of arbitration, of the data of CAN FD frames and of those of CAN XL.
//! Source: linux/can/netlink.h.

use crate::can::*;
use netmite_grammar::Slots;
use netmite_netlink::attributes::{u16_at, u32_at, until_nul};
use netmite_output::{Out, Value};

/// A phase of frames, which has timings of its own: what its words begin with, its keys in JSON, its attributes.
struct Phase {
    letter: &'static str,
    /// Of its timings, of their limits, and of the rate of a controller that has but rates.
    keys: [&'static str; 3],
    rates_key: &'static str,
    timing: u16,
    limits: u16,
    rates: u16,
    nests: &'static [Nest],
}

/// What a phase has in a nest of its own: delays that are compensated, pulses.
struct Nest {
    key: &'static str,
    letter: &'static str,
    kind: u16,
    members: &'static [Member; 3],
}

/// A number of a nest: its name, its key in JSON where it is told alone, the attributes of its least and greatest value and
/// of itself.
type Member = (&'static str, &'static str, u16, u16, u16);

#[rustfmt::skip]
static PHASES: [Phase; 3] = [
    Phase { letter: "", keys: ["bittiming", "bittiming_const", "bittiming_bitrate"], rates_key: "bitrate_const", timing: IFLA_CAN_BITTIMING, limits: IFLA_CAN_BITTIMING_CONST, rates: IFLA_CAN_BITRATE_CONST, nests: &[] },
    Phase { letter: "d", keys: ["data_bittiming", "data_bittiming_const", "data_bittiming_bitrate"], rates_key: "data_bitrate_const", timing: IFLA_CAN_DATA_BITTIMING, limits: IFLA_CAN_DATA_BITTIMING_CONST, rates: IFLA_CAN_DATA_BITRATE_CONST, nests: &[Nest { key: "tdc", letter: "", kind: IFLA_CAN_TDC, members: &DELAYS }] },
    Phase { letter: "x", keys: ["xl_data_bittiming", "xl_data_bittiming_const", "xl_data_bittiming_bitrate"], rates_key: "data_bitrate_const", timing: IFLA_CAN_XL_DATA_BITTIMING, limits: IFLA_CAN_XL_DATA_BITTIMING_CONST, rates: IFLA_CAN_XL_DATA_BITRATE_CONST, nests: &[Nest { key: "xtdc", letter: "x", kind: IFLA_CAN_XL_TDC, members: &DELAYS }, Nest { key: "pwm", letter: "", kind: IFLA_CAN_XL_PWM, members: &PULSES }] },
];
static DELAYS: [Member; 3] = [("tdcv", "tdcv", 1, 2, 7), ("tdco", "tdco", 3, 4, 8), ("tdcf", "tdcf", 5, 6, 9)];
// The blank in front of the keys is the reference's.
static PULSES: [Member; 3] = [("pwms", " pwms", 1, 2, 7), ("pwml", " pwml", 3, 4, 8), ("pwmo", " pwmo", 5, 6, 9)];

/// The fields of `struct can_bittiming` behind bit rate and sample point: key, label.
static FIELDS: [(&str, &str); 6] = [
    ("tq", "tq"),
    ("prop_seg", "prop-seg"),
    ("phase_seg1", "phase-seg1"),
    ("phase_seg2", "phase-seg2"),
    ("sjw", "sjw"),
    ("brp", "brp"),
];
/// The bounds in `struct can_bittiming_const`: key, place of the least and of the greatest. The jump width has no least,
/// which is 1.
static LIMITS: [(&str, usize, usize); 4] = [("tseg1", 16, 20), ("tseg2", 24, 28), ("sjw", 0, 32), ("brp", 36, 40)];

/// The timings, what bounds them, and the rates of controllers that know but those.
pub(crate) fn print(attrs: &Slots, out: &mut Out) {
    for phase in &PHASES {
        let (timing, [key, limits_key, rate_key]) = (attrs.get(phase.timing), phase.keys);
        if let Some(rates) = attrs.get(phase.rates) {
            // A controller that has but these needs no more to be said of its timing.
            if let Some(timing) = timing {
                line(out);
                labelled(phase.letter, rate_key, "bitrate", u32_at(timing, 0), out);
            }
            line(out);
            out.text("   [");
            listed(phase.rates_key, rates, 4, 8, out);
            continue;
        }
        if let Some(timing) = timing {
            out.open_object(key);
            line(out);
            settings(phase, timing, out);
            phase.nests.iter().for_each(|nest| values(nest, attrs, out));
            out.close_object();
        }
        if let Some(limits) = attrs.get(phase.limits) {
            out.open_object(limits_key);
            line(out);
            out.put("name", "", until_nul(limits.get(..16).unwrap_or(limits)), ":");
            for (key, least, most) in &LIMITS {
                let least = if *least == 0 { 1 } else { u32_at(limits, *least) };
                range(phase.letter, key, least, u32_at(limits, *most), out);
            }
            out.text(" ");
            labelled(phase.letter, "brp_inc", "brp_inc", u32_at(limits, 44), out);
            phase.nests.iter().for_each(|nest| bounds(nest, attrs, out));
            out.close_object();
        }
    }
}

/// Begins a line of its own.
pub(crate) fn line(out: &mut Out) {
    out.newline();
    out.text("\t  ");
}

/// Numbers of `size` bytes, two or four, with commas between and a bracket behind them, in columns of `width`.
pub(crate) fn listed(key: &str, numbers: &[u8], size: usize, width: usize, out: &mut Out) {
    out.open_array(key);
    let mut before = "";
    for number in numbers.chunks_exact(size) {
        let number = if size == 2 { u32::from(u16_at(number, 0)) } else { u32_at(number, 0) };
        out.text(std::mem::replace(&mut before, ", "));
        out.json("", number);
        out.text_padded(number, width, true);
    }
    out.close_array();
    out.text(" ]");
}

fn settings(phase: &Phase, timing: &[u8], out: &mut Out) {
    labelled(phase.letter, "bitrate", "bitrate", u32_at(timing, 0), out);
    // A string in JSON.
    let mut point = Vec::new();
    Value::Decimal(u32_at(timing, 4).into(), 3).write(&mut point);
    out.text(" ");
    labelled(phase.letter, "sample_point", "sample-point", point.as_slice(), out);
    line(out);
    let (mut before, mut at) = ("", 8);
    for (key, label) in &FIELDS {
        out.text(std::mem::replace(&mut before, " "));
        labelled(phase.letter, key, label, u32_at(timing, at), out);
        at += 4;
    }
}

fn labelled<'v>(letter: &str, key: &str, label: &str, value: impl Into<Value<'v>>, out: &mut Out) {
    out.text(letter);
    out.text(label);
    out.put(key, " ", value, "");
}

/// A least and a greatest value.
fn range(letter: &str, key: &str, least: u32, most: u32, out: &mut Out) {
    out.open_object(key);
    out.text(" ");
    out.text(letter);
    out.text(key);
    out.put("min", " ", least, "");
    out.put("max", "..", most, "");
    out.close_object();
}

/// The delay that is compensated and the pulses, as they are.
fn values(nest: &Nest, attrs: &Slots, out: &mut Out) {
    let mut begun = false;
    for (name, key, .., kind) in nest.members {
        let Some(value) = attrs.inside(&[nest.kind, *kind]) else { continue };
        if begun {
            out.text(" ");
        } else {
            out.open_object(nest.key);
            line(out);
            begun = true;
        }
        labelled(nest.letter, key, name, u32_at(value, 0), out);
    }
    if begun {
        out.close_object();
    }
}

/// The bounds of the delay and of the pulses; an object of pulses without any, too.
fn bounds(nest: &Nest, attrs: &Slots, out: &mut Out) {
    let bound = |kind: u16| attrs.inside(&[nest.kind, kind]);
    let empty = !nest.members.iter().any(|(_, _, _, most, _)| bound(*most).is_some());
    if !attrs.has(nest.kind) || empty && nest.key != "pwm" {
        return;
    }
    out.open_object(nest.key);
    out.newline();
    out.text("\t ");
    for (name, _, least, most, _) in nest.members {
        if let Some((least, most)) = bound(*least).zip(bound(*most)) {
            range(nest.letter, name, u32_at(least, 0), u32_at(most, 0), out);
        }
    }
    out.close_object();
}
