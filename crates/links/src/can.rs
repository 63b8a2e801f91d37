//! can: a controller area network; bit timings, modes, what is done when the bus is off. What `-d` tells of them is in
//! [`can_report`](crate::can_report).

use crate::can_report::Report;
use netmite_grammar::codec::on_or_off;
use netmite_grammar::{
    Error, Result, Row, Scope, Shape, Spec, Table, attr, exact, key, number, parse_only, row, rows, unambiguous,
};
use netmite_netlink::attributes::u32_at;
use netmite_output::names;

/// The options of a CAN controller.
pub static CAN: Table = Table {
    rules,
    unknown: |table, word| table.suggest_or_help(word, Error::about(1, "can: unknown option \"%\"", word)),
    ..Table::new("can", rows!(ROWS))
};

/// linux/can/netlink.h.
pub(crate) const IFLA_CAN_BITTIMING: u16 = 1;
pub(crate) const IFLA_CAN_BITTIMING_CONST: u16 = 2;
pub(crate) const IFLA_CAN_CLOCK: u16 = 3;
pub(crate) const IFLA_CAN_STATE: u16 = 4;
pub(crate) const IFLA_CAN_CTRLMODE: u16 = 5;
pub(crate) const IFLA_CAN_RESTART_MS: u16 = 6;
const IFLA_CAN_RESTART: u16 = 7;
pub(crate) const IFLA_CAN_BERR_COUNTER: u16 = 8;
pub(crate) const IFLA_CAN_DATA_BITTIMING: u16 = 9;
pub(crate) const IFLA_CAN_DATA_BITTIMING_CONST: u16 = 10;
pub(crate) const IFLA_CAN_TERMINATION: u16 = 11;
pub(crate) const IFLA_CAN_TERMINATION_CONST: u16 = 12;
pub(crate) const IFLA_CAN_BITRATE_CONST: u16 = 13;
pub(crate) const IFLA_CAN_DATA_BITRATE_CONST: u16 = 14;
pub(crate) const IFLA_CAN_TDC: u16 = 16;
pub(crate) const IFLA_CAN_CTRLMODE_EXT: u16 = 17;
pub(crate) const IFLA_CAN_XL_DATA_BITTIMING: u16 = 18;
pub(crate) const IFLA_CAN_XL_DATA_BITTIMING_CONST: u16 = 19;
pub(crate) const IFLA_CAN_XL_DATA_BITRATE_CONST: u16 = 20;
pub(crate) const IFLA_CAN_XL_TDC: u16 = 21;
pub(crate) const IFLA_CAN_XL_PWM: u16 = 22;
const IFLA_CAN_TDC_TDCV: u16 = 7;
const IFLA_CAN_TDC_TDCO: u16 = 8;
const IFLA_CAN_TDC_TDCF: u16 = 9;
const IFLA_CAN_PWM_PWMS: u16 = 7;
const IFLA_CAN_PWM_PWML: u16 = 8;
const IFLA_CAN_PWM_PWMO: u16 = 9;

/// What makes the report be printed, beside the state.
#[rustfmt::skip]
const REPORTED: &[netmite_grammar::Attr] = &[
    attr!(IFLA_CAN_BITTIMING), attr!(IFLA_CAN_BITTIMING_CONST), attr!(IFLA_CAN_CLOCK), attr!(IFLA_CAN_CTRLMODE), attr!(IFLA_CAN_RESTART_MS),
    attr!(IFLA_CAN_BERR_COUNTER), attr!(IFLA_CAN_DATA_BITTIMING), attr!(IFLA_CAN_DATA_BITTIMING_CONST), attr!(IFLA_CAN_TERMINATION),
    attr!(IFLA_CAN_BITRATE_CONST), attr!(IFLA_CAN_DATA_BITRATE_CONST), attr!(IFLA_CAN_CTRLMODE_EXT), attr!(IFLA_CAN_XL_DATA_BITTIMING),
    attr!(IFLA_CAN_XL_DATA_BITTIMING_CONST), attr!(IFLA_CAN_XL_DATA_BITRATE_CONST),
];

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[key("bitrate", 1)], attr!(IFLA_CAN_BITTIMING), &Timing(0), "bits per second"),
    row(&[key("sample-point", 1)], attr!(IFLA_CAN_BITTIMING), &SamplePoint, "where in a bit it is sampled, 0 to 1"),
    row(&[key("tq", 1)], attr!(IFLA_CAN_BITTIMING), &Timing(8), "the time quantum in nanoseconds"),
    row(&[key("prop-seg", 1)], attr!(IFLA_CAN_BITTIMING), &Timing(12), "the propagation segment in quanta"),
    row(&[key("phase-seg1", 2)], attr!(IFLA_CAN_BITTIMING), &Timing(16), "the first phase segment in quanta"),
    row(&[key("phase-seg2", 10)], attr!(IFLA_CAN_BITTIMING), &Timing(20), "the second phase segment in quanta"),
    row(&[key("sjw", 2)], attr!(IFLA_CAN_BITTIMING), &Timing(24), "the synchronisation jump width in quanta"),
    row(&[key("dbitrate", 1)], attr!(IFLA_CAN_DATA_BITTIMING), &Timing(0), "the same for the data of CAN FD frames"),
    row(&[key("dsample-point", 2)], attr!(IFLA_CAN_DATA_BITTIMING), &SamplePoint, "the same for the data of CAN FD frames"),
    row(&[key("dtq", 2)], attr!(IFLA_CAN_DATA_BITTIMING), &Timing(8), "the same for the data of CAN FD frames"),
    row(&[key("dprop-seg", 2)], attr!(IFLA_CAN_DATA_BITTIMING), &Timing(12), "the same for the data of CAN FD frames"),
    row(&[key("dphase-seg1", 3)], attr!(IFLA_CAN_DATA_BITTIMING), &Timing(16), "the same for the data of CAN FD frames"),
    row(&[key("dphase-seg2", 11)], attr!(IFLA_CAN_DATA_BITTIMING), &Timing(20), "the same for the data of CAN FD frames"),
    row(&[key("dsjw", 3)], attr!(IFLA_CAN_DATA_BITTIMING), &Timing(24), "the same for the data of CAN FD frames"),
    row(&[exact("xbitrate")], attr!(IFLA_CAN_XL_DATA_BITTIMING), &Timing(0), "the same for the data of CAN XL frames"),
    row(&[exact("xsample-point")], attr!(IFLA_CAN_XL_DATA_BITTIMING), &SamplePoint, "the same for the data of CAN XL frames"),
    row(&[exact("xtq")], attr!(IFLA_CAN_XL_DATA_BITTIMING), &Timing(8), "the same for the data of CAN XL frames"),
    row(&[exact("xprop-seg")], attr!(IFLA_CAN_XL_DATA_BITTIMING), &Timing(12), "the same for the data of CAN XL frames"),
    row(&[exact("xphase-seg1")], attr!(IFLA_CAN_XL_DATA_BITTIMING), &Timing(16), "the same for the data of CAN XL frames"),
    row(&[exact("xphase-seg2")], attr!(IFLA_CAN_XL_DATA_BITTIMING), &Timing(20), "the same for the data of CAN XL frames"),
    row(&[exact("xsjw")], attr!(IFLA_CAN_XL_DATA_BITTIMING), &Timing(24), "the same for the data of CAN XL frames"),
    row(&[key("tdcv", 2)], attr!(IFLA_CAN_TDC_TDCV), &Number, "the delay that is compensated, in minimum quanta").inside(&[attr!(IFLA_CAN_TDC)]),
    row(&[key("tdco", 4)], attr!(IFLA_CAN_TDC_TDCO), &Number, "what is added to the delay").inside(&[attr!(IFLA_CAN_TDC)]),
    row(&[key("tdcf", 4)], attr!(IFLA_CAN_TDC_TDCF), &Number, "the window in which the delay is measured").inside(&[attr!(IFLA_CAN_TDC)]),
    row(&[exact("xtdcv")], attr!(IFLA_CAN_TDC_TDCV), &Number, "the same for CAN XL").inside(&[attr!(IFLA_CAN_XL_TDC)]),
    row(&[exact("xtdco")], attr!(IFLA_CAN_TDC_TDCO), &Number, "the same for CAN XL").inside(&[attr!(IFLA_CAN_XL_TDC)]),
    row(&[exact("xtdcf")], attr!(IFLA_CAN_TDC_TDCF), &Number, "the same for CAN XL").inside(&[attr!(IFLA_CAN_XL_TDC)]),
    row(&[exact("pwms")], attr!(IFLA_CAN_PWM_PWMS), &Number, "the short phase of pulse width modulation").inside(&[attr!(IFLA_CAN_XL_PWM)]),
    row(&[exact("pwml")], attr!(IFLA_CAN_PWM_PWML), &Number, "the long phase of pulse width modulation").inside(&[attr!(IFLA_CAN_XL_PWM)]),
    row(&[exact("pwmo")], attr!(IFLA_CAN_PWM_PWMO), &Number, "the offset of pulse width modulation").inside(&[attr!(IFLA_CAN_XL_PWM)]),
    row(&[key("loopback", 1)], attr!(IFLA_CAN_CTRLMODE), &Mode(0x1), "what is sent comes back"),
    row(&[key("listen-only", 2)], attr!(IFLA_CAN_CTRLMODE), &Mode(0x2), "nothing is sent, not even acknowledgements"),
    row(&[key("triple-sampling", 2)], attr!(IFLA_CAN_CTRLMODE), &Mode(0x4), "bits are sampled three times"),
    row(&[key("one-shot", 1)], attr!(IFLA_CAN_CTRLMODE), &Mode(0x8), "frames are not sent again"),
    row(&[key("berr-reporting", 2)], attr!(IFLA_CAN_CTRLMODE), &Mode(0x10), "errors of the bus are reported"),
    row(&[key("fd", 1)], attr!(IFLA_CAN_CTRLMODE), &Mode(0x20), "CAN FD"),
    row(&[key("fd-non-iso", 3)], attr!(IFLA_CAN_CTRLMODE), &Mode(0x80), "CAN FD as it was before the standard"),
    row(&[key("presume-ack", 3)], attr!(IFLA_CAN_CTRLMODE), &Mode(0x40), "missing acknowledgements are passed over"),
    row(&[key("cc-len8-dlc", 1)], attr!(IFLA_CAN_CTRLMODE), &Mode(0x100), "length codes above 8 in classic frames"),
    row(&[key("tdc-mode", 4)], attr!(IFLA_CAN_CTRLMODE), &Compensation(0x200), "how the delay is compensated"),
    row(&[exact("restricted")], attr!(IFLA_CAN_CTRLMODE), &Mode(0x800), "only acknowledgements are sent"),
    row(&[exact("xl")], attr!(IFLA_CAN_CTRLMODE), &Mode(0x1000), "CAN XL"),
    row(&[exact("xtdc-mode")], attr!(IFLA_CAN_CTRLMODE), &Compensation(0x2000), "how the delay is compensated in CAN XL"),
    row(&[exact("tms")], attr!(IFLA_CAN_CTRLMODE), &Mode(0x8000), "the transceiver changes its mode in CAN XL"),
    row(&[key("restart-ms", 8)], attr!(IFLA_CAN_RESTART_MS), &Number, "milliseconds until a restart after the bus went off, 0 for none"),
    row(&[key("restart", 1)], attr!(IFLA_CAN_RESTART), &Restart, "a restart now"),
    row(&[key("termination", 2)], attr!(IFLA_CAN_TERMINATION), &Termination, "the resistor at the end of the bus, in ohms"),
    row(&[], attr!(IFLA_CAN_STATE), &Report, "what the controller has and is doing").also(REPORTED),
];
const _: () = unambiguous(ROWS);

/// Timings count with a bit rate or a quantum; what has nothing in it is not sent.
fn rules(scope: &mut Scope) -> Result<()> {
    for kind in [IFLA_CAN_BITTIMING, IFLA_CAN_DATA_BITTIMING, IFLA_CAN_XL_DATA_BITTIMING] {
        if scope.tree.get(scope.node, kind).is_some_and(|timing| u32_at(timing, 0) == 0 && u32_at(timing, 8) == 0) {
            scope.tree.remove(scope.node, kind);
        }
    }
    for kind in [IFLA_CAN_TDC, IFLA_CAN_XL_TDC, IFLA_CAN_XL_PWM] {
        if scope.tree.has(scope.node, kind) {
            let nest = scope.tree.nest(scope.node, kind);
            if scope.tree.is_empty(nest) {
                scope.tree.remove(scope.node, kind);
            }
        }
    }
    Ok(())
}

fn wrong(row: &Row, word: &[u8]) -> Error {
    Error::wrong(word, &format!("invalid \"{}\" value", row.word()))
}

/// Writes a field of `struct can_bittiming`, `at` bytes from its start.
fn put(row: &Row, at: usize, value: u32, scope: &mut Scope) {
    let mut timing = [0; 32];
    if let Some(old) = scope.tree.get(scope.node, row.number()).and_then(|old| old.first_chunk::<32>()) {
        timing = *old;
    }
    timing.iter_mut().skip(at).zip(value.to_ne_bytes()).for_each(|(to, from)| *to = from);
    scope.set(row.number(), &timing[..]);
}

parse_only!(
    /// A number in `struct can_bittiming`, so many bytes from its start.
    Timing(usize),
    Shape::Value("NUMBER"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let value = number::u32(word).ok_or_else(|| wrong(row, word))?;
        put(row, self.0, value, scope);
        Ok(())
    }
);

parse_only!(
    /// A fraction, which is kept in thousandths.
    SamplePoint,
    Shape::Value("0.000..0.999"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let point = netmite_output::fraction(word.trim_ascii_start()).map(|point| point as f32);
        let point = point.filter(|point| (0.0..4_000_000.0).contains(point)).ok_or_else(|| wrong(row, word))?;
        put(row, 4, (point * 1000.0) as u32, scope);
        Ok(())
    }
);

parse_only!(
    /// A number of 32 bits; all bits set is how the reference tells that there is none, but for the time of a restart.
    Number,
    Shape::Value("NUMBER"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let value = number::u32(word).ok_or_else(|| wrong(row, word))?;
        if value != u32::MAX || row.number() == IFLA_CAN_RESTART_MS {
            scope.set(row.number(), value);
        }
        Ok(())
    }
);

/// Writes bits of `struct can_ctrlmode`: which are meant, and behind them which are set.
fn modes(row: &Row, meant: u32, set: u32, scope: &mut Scope) {
    let old = scope.tree.get(scope.node, row.number()).unwrap_or(&[]);
    let (mask, bits) = (u32_at(old, 0) | meant, u32_at(old, 4) & !meant | set);
    scope.set(row.number(), [mask.to_ne_bytes(), bits.to_ne_bytes()].as_flattened());
}

parse_only!(
    /// A mode, on or off.
    Mode(u32),
    Shape::ON_OFF,
    |self, row, key, scope| {
        let word = scope.value()?;
        let on = on_or_off(key.word, word).map_err(|error| error.with_status(255))?;
        modes(row, self.0, if on { self.0 } else { 0 }, scope);
        Ok(())
    }
);

parse_only!(
    /// How a delay is compensated: the bit of `auto`, and above it that of `manual`.
    Compensation(u32),
    Shape::Choice(names!["auto", "manual", "off"]),
    |self, row, key, scope| {
        let word = scope.value()?;
        // Each bit clears the other in the kernel; only `off` is about both.
        let (auto, manual) = (self.0, self.0 << 1);
        let choices: &[(&[u8], u32, u32)] =
            &[(b"auto", auto, auto), (b"manual", manual, manual), (b"off", auto | manual, 0)];
        let Some((_, meant, set)) = choices.iter().find(|choice| choice.0 == word) else {
            let text = format!("\"{}\" must be either of \"auto\", \"manual\" or \"off\"", key.word);
            return Err(Error::wrong(word, &text));
        };
        modes(row, *meant, *set, scope);
        Ok(())
    }
);

parse_only!(
    /// A restart: a number that is 1.
    Restart,
    Shape::Nothing,
    |self, row, _key, scope| {
        scope.set(row.number(), 1u32);
        Ok(())
    }
);

parse_only!(
    /// A resistor.
    Termination,
    Shape::Value("OHMS"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        scope.set(row.number(), number::u16(word).ok_or_else(|| wrong(row, word))?);
        Ok(())
    }
);
