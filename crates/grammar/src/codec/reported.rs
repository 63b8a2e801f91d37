//! Codecs of what the kernel reports and nobody can set.

use crate::error::{Error, Result};
use crate::rows::Row;
use crate::session::Context;
use crate::spec::Key;
use crate::table::{Codec, Shape};
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;
use netmite_output::Value;

/// A time that the kernel counts in clock ticks and only reports: seconds with two digits behind the point.
#[derive(Clone, Copy)]
pub struct Timer;

impl Codec for Timer {
    fn parse(&self, row: &Row, _: &Key, _: &mut Scope) -> Result<()> {
        Err(report_only(row))
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(ticks) = attrs.unsigned(row.number()) else { return };
        let hundredths = ticks.saturating_mul(100) / netmite_netlink::sys::clock_ticks();
        let out = &mut context.out;
        out.json(row.json_key(), Value::Decimal(hundredths, 2));
        out.text(row.text_label());
        out.text(" ");
        out.text_padded(Value::Decimal(hundredths, 2), 7, true);
        out.text(" ");
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// What is said of a row that is only reported; no word selects it, so nobody hears it.
pub fn report_only(row: &Row) -> Error {
    Error::new(255, format!("\"{}\" can't be set", row.text_label()))
}

/// A bridge's identity, which is only reported: priority and address.
#[derive(Clone, Copy)]
pub struct BridgeId;

impl Codec for BridgeId {
    fn parse(&self, row: &Row, _: &Key, _: &mut Scope) -> Result<()> {
        Err(report_only(row))
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some([p0, p1, rest @ ..]) = attrs.get(row.number()) else { return };
        let mut text = format!("{p0:02x}{p1:02x}.");
        let address: Vec<_> = rest.iter().map(|byte| format!("{byte:x}")).collect();
        text += &address.join(":");
        context.field(row, text.as_str());
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}
