//! What `-d` tells of the bit timings of a CAN controller: of arbitration, of the data of CAN FD frames and of those of CAN XL.
//! Source: linux/can/netlink.h.

use crate::can::*;
use netmite_grammar::Slots;
use netmite_netlink::attributes::{array, until_nul};
use netmite_output::Out;

/// A phase of frames, which has timings of its own: what its words begin with, its key in JSON, its attributes.
struct Phase {
    letter: &'static str,
    key: &'static str,
    rates_key: &'static str,
    timing: u16,
    limits: u16,
    rates: u16,
    delay: Option<(&'static str, u16)>,
    pulse: Option<u16>,
}

#[rustfmt::skip]
const PHASES: &[Phase] = &[
    Phase { letter: "", key: "bittiming", rates_key: "bitrate_const", timing: IFLA_CAN_BITTIMING, limits: IFLA_CAN_BITTIMING_CONST, rates: IFLA_CAN_BITRATE_CONST, delay: None, pulse: None },
    Phase { letter: "d", key: "data_bittiming", rates_key: "data_bitrate_const", timing: IFLA_CAN_DATA_BITTIMING, limits: IFLA_CAN_DATA_BITTIMING_CONST, rates: IFLA_CAN_DATA_BITRATE_CONST, delay: Some(("tdc", IFLA_CAN_TDC)), pulse: None },
    Phase { letter: "x", key: "xl_data_bittiming", rates_key: "data_bitrate_const", timing: IFLA_CAN_XL_DATA_BITTIMING, limits: IFLA_CAN_XL_DATA_BITTIMING_CONST, rates: IFLA_CAN_XL_DATA_BITRATE_CONST, delay: Some(("xtdc", IFLA_CAN_XL_TDC)), pulse: Some(IFLA_CAN_XL_PWM) },
];

/// The members of the nests of delays and of pulses: name, least, greatest, value.
type Members = [(&'static str, u16, u16, u16); 3];
const DELAYS: Members = [("tdcv", 1, 2, 7), ("tdco", 3, 4, 8), ("tdcf", 5, 6, 9)];
const PULSES: Members = [("pwms", 1, 2, 7), ("pwml", 3, 4, 8), ("pwmo", 5, 6, 9)];

/// The timings, what bounds them, and the rates of controllers that know but those.
pub(crate) fn print(attrs: &Slots, out: &mut Out) {
    PHASES.iter().for_each(|phase| one(phase, attrs, out));
}

/// Begins a line of its own.
pub(crate) fn line(out: &mut Out) {
    out.newline();
    out.text("\t  ");
}

/// Numbers with commas between, in columns of `width`.
pub(crate) fn listed(numbers: &mut dyn Iterator<Item = u64>, width: usize, out: &mut Out) {
    for (at, number) in numbers.enumerate() {
        out.text(if at == 0 { "" } else { ", " });
        out.json("", number);
        out.text_padded(number, width, true);
    }
}

fn one(phase: &Phase, attrs: &Slots, out: &mut Out) {
    let letter = phase.letter;
    let timing = attrs.get(phase.timing);
    let field = |bytes: &[u8], at: usize| bytes.get(at * 4..).and_then(array).map_or(0, u32::from_ne_bytes);
    if let Some(rates) = attrs.get(phase.rates) {
        // A controller that has but these needs no more to be said of its timing.
        if let Some(timing) = timing {
            line(out);
            out.json(&[phase.key, "_bitrate"].concat(), field(timing, 0));
            out.text(letter);
            out.text("bitrate ");
            out.text_value(field(timing, 0));
        }
        line(out);
        out.text("   [");
        out.open_array(phase.rates_key);
        let numbers = rates.chunks_exact(4).filter_map(array).map(u32::from_ne_bytes);
        listed(&mut numbers.map(u64::from), 8, out);
        out.close_array();
        return out.text(" ]");
    }
    if let Some(timing) = timing {
        out.open_object(phase.key);
        line(out);
        labelled(letter, "bitrate", "bitrate", field(timing, 0), out);
        out.text(" ");
        let thousandths = format!("{}.{:03}", field(timing, 1) / 1000, field(timing, 1) % 1000);
        out.json("sample_point", thousandths.as_str());
        [letter, "sample-point ", &thousandths].iter().for_each(|part| out.text(part));
        line(out);
        let rest = [
            ("tq", "tq"),
            ("prop_seg", "prop-seg"),
            ("phase_seg1", "phase-seg1"),
            ("phase_seg2", "phase-seg2"),
            ("sjw", "sjw"),
            ("brp", "brp"),
        ];
        for (at, (key, label)) in rest.iter().enumerate() {
            out.text(if at == 0 { "" } else { " " });
            labelled(letter, key, label, field(timing, at + 2), out);
        }
        values(phase, attrs, out);
        out.close_object();
    }
    if let Some(limits) = attrs.get(phase.limits) {
        out.open_object(&[phase.key, "_const"].concat());
        line(out);
        out.put("name", "", until_nul(limits.get(..16).unwrap_or(limits)), ":");
        // Behind the name: the jump width has no least, which is 1.
        for (key, least, most) in [("tseg1", 4, 5), ("tseg2", 6, 7), ("sjw", 0, 8), ("brp", 9, 10)] {
            let least = if least == 0 { 1 } else { field(limits, least) };
            out.text(" ");
            range(key, &[letter, key].concat(), least, field(limits, most), out);
        }
        out.text(" ");
        labelled(letter, "brp_inc", "brp_inc", field(limits, 11), out);
        bounds(phase, attrs, out);
        out.close_object();
    }
}

fn labelled(letter: &str, key: &str, label: &str, number: u32, out: &mut Out) {
    out.json(key, number);
    [letter, label, " "].iter().for_each(|part| out.text(part));
    out.text_value(number);
}

/// A least and a greatest value.
fn range(key: &str, label: &str, least: u32, most: u32, out: &mut Out) {
    out.open_object(key);
    out.text(label);
    out.put("min", " ", least, "");
    out.put("max", "..", most, "");
    out.close_object();
}

/// The delay that is compensated and the pulses, as they are.
fn values(phase: &Phase, attrs: &Slots, out: &mut Out) {
    if let Some((key, nest)) = phase.delay.and_then(|(key, kind)| Some((key, attrs.nested_slots(kind)?))) {
        members(key, phase.letter, "", &nest, &DELAYS, out);
    }
    if let Some(nest) = phase.pulse.and_then(|kind| attrs.nested_slots(kind)) {
        // The blank in front of the keys is the reference's.
        members("pwm", "", " ", &nest, &PULSES, out);
    }
}

fn members(key: &str, letter: &str, blank: &str, nest: &Slots, members: &Members, out: &mut Out) {
    let told = |kind: &u16| nest.u32(*kind).is_some();
    if !members.iter().any(|(.., kind)| told(kind)) {
        return;
    }
    out.open_object(key);
    line(out);
    let letter = if letter == "x" { letter } else { "" };
    let mut before = "";
    for (name, .., kind) in members {
        if let Some(value) = nest.u32(*kind) {
            out.text(before);
            before = " ";
            out.json(&[blank, name].concat(), value);
            [letter, name, " "].iter().for_each(|part| out.text(part));
            out.text_value(value);
        }
    }
    out.close_object();
}

/// The bounds of the delay and of the pulses.
fn bounds(phase: &Phase, attrs: &Slots, out: &mut Out) {
    let nests = [
        phase.delay.and_then(|(key, kind)| Some((key, attrs.nested_slots(kind)?, &DELAYS))),
        phase.pulse.and_then(|kind| Some(("pwm", attrs.nested_slots(kind)?, &PULSES))),
    ];
    for (key, nest, members) in nests.into_iter().flatten() {
        let letter = if key == "xtdc" { "x" } else { "" };
        if key != "pwm" && !members.iter().any(|(_, _, most, _)| nest.u32(*most).is_some()) {
            continue;
        }
        out.open_object(key);
        out.newline();
        out.text("\t ");
        for (name, least, most, _) in members {
            if let Some((least, most)) = nest.u32(*least).zip(nest.u32(*most)) {
                out.text(" ");
                range(name, &[letter, name].concat(), least, most, out);
            }
        }
        out.close_object();
    }
}
