//! tun: a program's link, of packets (tun) or frames (tap). Made by `ip tuntap`; here only its report.

use netmite_grammar::codec::{OnOff, U32, YesNo};
use netmite_grammar::names::account_name;
use netmite_grammar::{Spec, Table, attr, print_only, row, rows};
use netmite_netlink::uapi::*;

/// What a tun or tap reports.
pub static TUN: Table = Table::new("tun", rows!(ROWS));

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[], attr!(IFLA_TUN_TYPE), &Type, "packets or frames").json("type").label("type"),
    row(&[], attr!(IFLA_TUN_PI), &OnOff, "each packet has its protocol in front").json("pi").label("pi"),
    row(&[], attr!(IFLA_TUN_VNET_HDR), &OnOff, "each packet has a header for checksums and segmentation in front").json("vnet_hdr").label("vnet_hdr"),
    row(&[], attr!(IFLA_TUN_MULTI_QUEUE), &YesNo { default: false, shown: u8::MAX }, "several queues").json("multi_queue").label("multi_queue"),
    row(&[], attr!(IFLA_TUN_NUM_QUEUES), &U32, "how many").json("numqueues").label("numqueues"),
    row(&[], attr!(IFLA_TUN_NUM_DISABLED_QUEUES), &U32, "how many of them rest").json("numdisabled").label("numdisabled"),
    row(&[], attr!(IFLA_TUN_PERSIST), &OnOff, "stays without its program").json("persist").label("persist"),
    row(&[], attr!(IFLA_TUN_OWNER), &Account("/etc/passwd"), "the user that may open it").json("user").label("user"),
    row(&[], attr!(IFLA_TUN_GROUP), &Account("/etc/group"), "the group that may open it").json("group").label("group"),
];

// `IFF_TUN` and `IFF_TAP`: linux/if_tun.h.
const TUN_TYPE: u8 = 1;
const TAP_TYPE: u8 = 2;

print_only!(
    /// Packets or frames.
    Type,
    |self, row, attrs, context| {
        match attrs.u8(row.number()) {
            Some(TUN_TYPE) => context.field(row, "tun"),
            Some(TAP_TYPE) => context.field(row, "tap"),
            other => {
                let unknown = format!("UNKNOWN:{}", other.unwrap_or(0));
                context.field(row, unknown.as_str());
            }
        }
    }
);

print_only!(
    /// A user or group: by name where the file, which is the member, has one.
    Account(&'static str),
    |self, row, attrs, context| {
        let Some(number) = attrs.u32(row.number()) else { return };
        match account_name(self.0, number) {
            Some(name) => context.field(row, &*name),
            None => context.field(row, number),
        }
    }
);
