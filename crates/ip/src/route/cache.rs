//! What the kernel says of a route that it cached, or that will expire.

use netmite_grammar::Context;
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::RouteHeader;
use netmite_netlink::uapi::*;
use netmite_output::{Names, Value, names};

/// The flags of a cached route, beside the low bits of the header's: linux/in_route.h.
const CACHE_FLAGS: Names = names![
    ("local", 0x8000_0000),
    ("reject", 0x4000_0000),
    ("mc", 0x2000_0000),
    ("brd", 0x1000_0000),
    ("dst-nat", 0x0800_0000),
    ("src-nat", 0x0080_0000),
    ("masq", 0x0040_0000),
    ("dst-direct", 0x0002_0000),
    ("src-direct", 0x0400_0000),
    ("redirected", 0x0004_0000),
    ("redirect", 0x0100_0000),
    ("fastroute", 0x0020_0000),
    ("notify", 0x0001_0000),
    ("proxy", 0x0008_0000),
];

pub(super) fn cache(header: &RouteHeader, slots: &Slots, context: &mut Context) {
    context.out.newline();
    context.out.text("    cache ");
    context.out.open_array("cache");
    let mut flags = header.flags & !0xffff;
    let mut before = "<";
    // Mostly none is set.
    let known = if flags == 0 { names![] } else { CACHE_FLAGS };
    for (bit, name) in known.iter().filter(|(bit, _)| header.flags & bit != 0) {
        context.out.put("", before, name, "");
        flags &= !bit;
        before = ",";
    }
    if flags != 0 {
        context.out.put("", before, format!("{flags:x}").as_str(), ">");
    } else if before == "," {
        context.out.text("> ");
    }
    context.out.close_array();
    if let Some(info) = slots.get(RTA_CACHEINFO) {
        cache_info(info, context);
    }
}

/// `struct rta_cacheinfo`: references, last use, expiry, error, uses, and of times a hundredth of a second.
pub(super) fn cache_info(info: &[u8], context: &mut Context) {
    let field = |at: usize| info.get(at * 4..).and_then(array).map_or(0, u32::from_ne_bytes);
    let ticks = u32::try_from(netmite_netlink::sys::clock_ticks()).unwrap_or(100).max(1);
    let expires = field(2) as i32;
    if expires != 0 {
        context.out.json("expires", expires / ticks as i32);
        context.out.text("expires ");
        context.out.text_value(expires / ticks as i32);
        context.out.text("sec ");
    }
    let error = field(3);
    if error != 0 {
        context.out.field("error", "error", error);
    }
    if context.options.statistics > 0 {
        uses(&field, ticks, context);
    }
    if field(5) != 0 {
        context.out.json("ipid", Value::Hex(field(5).into()));
        context.out.text(format!("ipid {:#06x} ", field(5)).as_str());
    }
    if field(6) != 0 || field(7) != 0 {
        context.out.json("ts", Value::HexOrZero(field(6).into()));
        context.out.text("ts ");
        context.out.text_value(Value::Hex(field(6).into()));
        context.out.put("tsage", "tsage ", field(7), "sec ");
    }
}

/// How often it was used, and when last.
fn uses(field: &dyn Fn(usize) -> u32, ticks: u32, context: &mut Context) {
    if field(0) != 0 {
        context.out.field("users", "users", field(0));
    }
    if field(4) != 0 {
        context.out.field("used", "used", field(4));
    }
    if field(0) != 0 || field(1) != 0 {
        context.out.put("age", "age ", field(1) / ticks, "sec ");
    }
}
