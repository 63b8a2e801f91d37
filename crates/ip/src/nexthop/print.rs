//! A next hop object's line, and that of a bucket.

use crate::route::encap;
use crate::route::print::{flags, named};
use netmite_grammar::Context;
use netmite_grammar::names::Database;
use netmite_netlink::MessageView;
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::NextHopObject;
use netmite_netlink::uapi::*;
use netmite_output::Value;

/// Prints an object, or what a notification tells of one.
pub(crate) fn print(view: &MessageView, context: &mut Context) {
    let Some(header) = NextHopObject::of(view) else { return };
    begin(view.kind == RTM_DELNEXTHOP, context);
    facts(&header, &view.slots(NextHopObject::LEN), context);
    context.out.end_line();
    context.out.close_object();
}

fn begin(deleted: bool, context: &mut Context) {
    context.out.open_object("");
    if deleted {
        context.out.deleted();
    }
}

/// Prints a bucket of a resilient group, or what a notification tells of one.
pub(crate) fn bucket(view: &MessageView, context: &mut Context) {
    let Some(header) = NextHopObject::of(view) else { return };
    let slots: Slots = view.slots(NextHopObject::LEN);
    begin(view.kind == RTM_DELNEXTHOPBUCKET, context);
    context.put_number("id", NHA_ID, &slots);
    if let Some(bucket) = &slots.nested_slots(NHA_RES_BUCKET) {
        context.out.open_object("bucket");
        context.put_number("index", NHA_RES_BUCKET_INDEX, bucket);
        seconds("idle_time", bucket, NHA_RES_BUCKET_IDLE_TIME, context);
        context.put_number("nhid", NHA_RES_BUCKET_NH_ID, bucket);
        context.out.close_object();
    }
    flags(header.flags, context);
    context.out.end_line();
    context.out.close_object();
}

/// A time that the kernel counts in hundredths of seconds.
fn seconds(word: &str, slots: &Slots, kind: u16, context: &mut Context) {
    if let Some(time) = slots.unsigned(kind) {
        context.out.field(word, word, Value::Short(time, 2));
    }
}

/// All that an object is.
pub(super) fn facts(header: &NextHopObject, slots: &Slots, context: &mut Context) {
    let details = context.options.details > 0;
    context.put_number("id", NHA_ID, slots);
    if let Some(members) = slots.get(NHA_GROUP) {
        group(members, context);
    }
    if let Some(kind) = slots.u16(NHA_GROUP_TYPE).filter(|kind| *kind != NEXTHOP_GRP_TYPE_MPATH) {
        let name = if kind == NEXTHOP_GRP_TYPE_RES { "resilient" } else { "<unknown type>" };
        context.out.field("type", "type", name);
    }
    if let Some(options) = &slots.nested_slots(NHA_RES_GROUP) {
        resilient(options, context);
    }
    if let (Some(kind), Some(body)) = (slots.u16(NHA_ENCAP_TYPE), slots.get(NHA_ENCAP)) {
        encap::print(kind, body, context);
    }
    if let Some(gateway) = slots.ip(NHA_GATEWAY) {
        context.put_host(gateway, "gateway", "via ", " ");
    }
    if let Some(index) = slots.u32(NHA_OIF) {
        context.put_device(index, "dev", "dev ", " ");
    }
    if header.scope != RT_SCOPE_UNIVERSE || details {
        named(Database::Scopes, u32::from(header.scope), "scope", "scope ", " ", context);
    }
    if slots.has(NHA_BLACKHOLE) {
        context.out.put("blackhole", "blackhole", Value::Null, " ");
    }
    if header.protocol != 0 || details {
        named(Database::Protocols, u32::from(header.protocol), "protocol", "proto ", " ", context);
    }
    flags(header.flags, context);
    if slots.has(NHA_FDB) {
        context.out.put("fdb", "fdb", Value::Null, " ");
    }
    if let Some(port) = slots.u16_be(NHA_DST_PORT) {
        context.out.field("dst_port", "dst_port", port);
    }
    statistics(slots, context);
}

/// The members of a group, each a `struct nexthop_grp`: a number, and the weight less one in two bytes.
fn group(members: &[u8], context: &mut Context) {
    context.out.open_array("group");
    context.out.text("group ");
    for (at, member) in members.chunks_exact(8).enumerate() {
        let [a, b, c, d, low, high] = array(member).unwrap_or_default();
        let weight = u32::from(u16::from_le_bytes([low, high])) + 1;
        context.out.open_object("");
        context.out.put("id", if at > 0 { "/" } else { "" }, u32::from_ne_bytes([a, b, c, d]), "");
        if weight > 1 {
            context.out.put("weight", ",", weight, "");
        }
        context.out.close_object();
    }
    context.out.text(" ");
    context.out.close_array();
}

fn resilient(options: &Slots, context: &mut Context) {
    context.out.open_object("resilient_args");
    context.put_number("buckets", NHA_RES_GROUP_BUCKETS, options);
    seconds("idle_timer", options, NHA_RES_GROUP_IDLE_TIMER, context);
    seconds("unbalanced_timer", options, NHA_RES_GROUP_UNBALANCED_TIMER, context);
    seconds("unbalanced_time", options, NHA_RES_GROUP_UNBALANCED_TIME, context);
    context.out.close_object();
}

/// Whether hardware counts, and what a group's members have sent.
fn statistics(slots: &Slots, context: &mut Context) {
    if slots.has(NHA_HW_STATS_ENABLE) {
        let on = |kind| Value::OnOff(slots.u32(kind).is_some_and(|on| on != 0));
        context.out.open_object("hw_stats");
        context.out.field("enabled", "hw_stats", on(NHA_HW_STATS_ENABLE));
        context.out.field("used", "used", on(NHA_HW_STATS_USED));
        context.out.close_object();
    }
    if slots.has(NHA_GROUP_STATS) {
        context.out.open_array("group_stats");
        context.out.newline();
        context.out.text("  stats:");
        for entry in slots.nested(NHA_GROUP_STATS).filter(|entry| entry.kind == NHA_GROUP_STATS_ENTRY) {
            member_statistics(&Slots::parse(entry.payload), context);
        }
        context.out.close_array();
    }
}

fn member_statistics(entry: &Slots, context: &mut Context) {
    context.out.open_object("");
    context.out.newline();
    let facts = [
        ("id", "    id ", entry.u32(NHA_GROUP_STATS_ENTRY_ID).map(u64::from)),
        ("packets", " packets ", entry.unsigned(NHA_GROUP_STATS_ENTRY_PACKETS)),
        ("packets_hw", " packets_hw ", entry.unsigned(NHA_GROUP_STATS_ENTRY_PACKETS_HW)),
    ];
    for (key, before, fact) in facts {
        if let Some(fact) = fact {
            context.out.put(key, before, fact, "");
        }
    }
    context.out.close_object();
}
