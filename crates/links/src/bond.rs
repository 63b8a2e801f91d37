//! bond: several links that act as one. What its ports report is in `bond_slave`.

use crate::targets::Targets;
use crate::tunnel::udp::{LinkOrNone, NONE};
use netmite_grammar::codec::{LinkAddress, OnOff, OneOf, U8, U16, U32, one_of};
use netmite_grammar::{
    Codec, Context, Key, Result, Row, Scope, Shape, Slots, Spec, Table, attr, exact, key, print_only, row, rows,
    unambiguous,
};
use netmite_netlink::uapi::*;
use netmite_output::{Names, Value, names};

/// The options of a bond.
pub static BOND: Table = Table::new("bond", rows!(ROWS));

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[key("mode", 1)], attr!(IFLA_BOND_MODE), &indexed(1, MODES, "invalid mode"), "how frames are spread over the ports"),
    row(&[key("active_slave", 1), key("clear_active_slave", 1).tag(NONE)], attr!(IFLA_BOND_ACTIVE_SLAVE), &LinkOrNone, "the port in use"),
    row(&[key("miimon", 2)], attr!(IFLA_BOND_MIIMON), &U32.bad("invalid miimon"), "milliseconds between two looks at the ports' carrier, 0 for none"),
    row(&[key("updelay", 1)], attr!(IFLA_BOND_UPDELAY), &U32.bad("invalid updelay"), "milliseconds before a port that comes up is used"),
    row(&[key("downdelay", 1)], attr!(IFLA_BOND_DOWNDELAY), &U32.bad("invalid downdelay"), "milliseconds before a port that goes down is given up"),
    row(&[key("peer_notify_delay", 1)], attr!(IFLA_BOND_PEER_NOTIF_DELAY), &U32.bad("invalid peer_notify_delay"), "milliseconds between announcements of a new active port"),
    row(&[key("use_carrier", 2)], attr!(IFLA_BOND_USE_CARRIER), &U8.bad("invalid use_carrier"), "kept for old programs; always 1"),
    row(&[key("arp_interval", 2)], attr!(IFLA_BOND_ARP_INTERVAL), &U32.bad("invalid arp_interval"), "milliseconds between two questions to the targets, 0 for none"),
    row(&[exact("arp_missed_max")], attr!(IFLA_BOND_MISSED_MAX), &U8.bad("invalid arp_missed_max"), "how many answers may be missing before a port counts as down"),
    row(&[key("arp_ip_target", 6)], attr!(IFLA_BOND_ARP_IP_TARGET), &Targets(AF_INET), "whom ARP asks, up to 16"),
    row(&[exact("ns_ip6_target")], attr!(IFLA_BOND_NS_IP6_TARGET), &Targets(AF_INET6), "whom neighbour discovery asks, up to 16"),
    row(&[key("arp_validate", 5)], attr!(IFLA_BOND_ARP_VALIDATE), &Validate, "which ports' answers are looked at"),
    row(&[key("arp_all_targets", 5)], attr!(IFLA_BOND_ARP_ALL_TARGETS), &indexed(4, names!["any", "all"], "invalid arp_all_targets"), "how many targets must answer"),
    row(&[key("primary", 2)], attr!(IFLA_BOND_PRIMARY), &LinkOrNone, "the port that is preferred"),
    row(&[key("primary_reselect", 8)], attr!(IFLA_BOND_PRIMARY_RESELECT), &indexed(1, names!["always", "better", "failure"], "invalid primary_reselect"), "when the preferred port is taken again"),
    row(&[key("fail_over_mac", 1)], attr!(IFLA_BOND_FAIL_OVER_MAC), &indexed(1, names!["none", "active", "follow"], "invalid fail_over_mac"), "whose address the bond has"),
    row(&[key("xmit_hash_policy", 1)], attr!(IFLA_BOND_XMIT_HASH_POLICY), &indexed(1, POLICIES, "invalid xmit_hash_policy"), "what is hashed to choose a port"),
    row(&[key("resend_igmp", 1)], attr!(IFLA_BOND_RESEND_IGMP), &U32.bad("invalid resend_igmp"), "membership reports after a port was changed"),
    row(&[key("num_grat_arp", 1), key("num_unsol_na", 5)], attr!(IFLA_BOND_NUM_PEER_NOTIF), &U8.bad("invalid num_grat_arp|num_unsol_na"), "announcements after a port was changed").json("num_peer_notif"),
    row(&[key("all_slaves_active", 2)], attr!(IFLA_BOND_ALL_SLAVES_ACTIVE), &U8.bad("invalid all_slaves_active"), "frames that come in at unused ports are taken: 1 yes, 0 no"),
    row(&[key("lacp_strict", 6)], attr!(IFLA_BOND_LACP_STRICT), &OnOff, "no carrier while no port has a partner"),
    row(&[key("min_links", 3)], attr!(IFLA_BOND_MIN_LINKS), &U32.bad("invalid min_links"), "how many ports must be up"),
    row(&[key("lp_interval", 1)], attr!(IFLA_BOND_LP_INTERVAL), &U32.bad("invalid lp_interval"), "seconds between two learning packets"),
    row(&[key("packets_per_slave", 2)], attr!(IFLA_BOND_PACKETS_PER_SLAVE), &U32.bad("invalid packets_per_slave"), "packets before the next port has its turn"),
    row(&[exact("lacp_active")], attr!(IFLA_BOND_AD_LACP_ACTIVE), &indexed(1, names!["off", "on"], "invalid lacp_active"), "LACP is spoken unasked").json("ad_lacp_active"),
    row(&[key("lacp_rate", 2)], attr!(IFLA_BOND_AD_LACP_RATE), &indexed(1, names!["slow", "fast"], "invalid lacp_rate"), "how often the partner is to speak").json("ad_lacp_rate"),
    row(&[exact("coupled_control")], attr!(IFLA_BOND_COUPLED_CONTROL), &OnOff, "collecting and distributing begin together"),
    row(&[exact("broadcast_neighbor")], attr!(IFLA_BOND_BROADCAST_NEIGH), &OnOff, "ARP and neighbour discovery leave at every port"),
    row(&[key("ad_select", 2)], attr!(IFLA_BOND_AD_SELECT), &indexed(1, names!["stable", "bandwidth", "count", "actor_port_prio"], "invalid ad_select"), "how an aggregator is chosen"),
    row(&[], attr!(IFLA_BOND_AD_INFO), &AdInfo, "the aggregator in use").json("ad_info"),
    row(&[key("ad_actor_sys_prio", 4)], attr!(IFLA_BOND_AD_ACTOR_SYS_PRIO), &U16.bad("invalid ad_actor_sys_prio"), "this system's priority"),
    row(&[key("ad_user_port_key", 4)], attr!(IFLA_BOND_AD_USER_PORT_KEY), &U16.bad("invalid ad_user_port_key"), "the upper bits of the ports' key"),
    row(&[key("ad_actor_system", 13)], attr!(IFLA_BOND_AD_ACTOR_SYSTEM), &LinkAddress, "this system's address"),
    row(&[key("tlb_dynamic_lb", 1)], attr!(IFLA_BOND_TLB_DYNAMIC_LB), &U8.bad("invalid tlb_dynamic_lb"), "balance-tlb moves flows: 1 yes, 0 no"),
];
const _: () = unambiguous(ROWS);

// Not in linux-raw-sys: linux/if_link.h.
const IFLA_BOND_MISSED_MAX: u16 = 30;
const IFLA_BOND_LACP_STRICT: u16 = 34;

const MODES: Names =
    names!["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"];
const POLICIES: Names = names!["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"];
const VALIDATE: OneOf = indexed(
    4,
    names!["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"],
    "invalid arp_validate",
);

/// A word, or its number.
const fn indexed(width: usize, words: Names, bad: &'static str) -> OneOf {
    OneOf { bad, numbers: true, other: "UNKNOWN", ..one_of(width, words) }
}

/// Which answers are looked at; in JSON, `none` is null.
struct Validate;

impl Codec for Validate {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        VALIDATE.parse(row, key, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if context.out.is_json() && attrs.u32(row.number()) == Some(0) {
            return context.out.json(row.json_key(), Value::Null);
        }
        VALIDATE.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        VALIDATE.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        VALIDATE.shape()
    }
}

/// What there is of an aggregator: text, JSON key, attribute.
const AGGREGATOR: &[(&str, &str, u16)] = &[
    ("ad_aggregator", "aggregator", IFLA_BOND_AD_INFO_AGGREGATOR),
    ("ad_num_ports", "num_ports", IFLA_BOND_AD_INFO_NUM_PORTS),
    ("ad_actor_key", "actor_key", IFLA_BOND_AD_INFO_ACTOR_KEY),
    ("ad_partner_key", "partner_key", IFLA_BOND_AD_INFO_PARTNER_KEY),
];

print_only!(
    /// The aggregator in use: a nest of its own.
    AdInfo,
    |self, row, attrs, context| {
        let Some(info) = attrs.nested_slots(row.number()) else { return };
        let out = &mut context.out;
        out.open_object(row.json_key());
        for (label, key, kind) in AGGREGATOR {
            if let Some(number) = info.u16(*kind) {
                out.field(key, label, number);
            }
        }
        if let Some(address) = info.get(IFLA_BOND_AD_INFO_PARTNER_MAC) {
            out.field("partner_mac", "ad_partner_mac", Value::Link(address));
        }
        out.close_object();
    }
);
