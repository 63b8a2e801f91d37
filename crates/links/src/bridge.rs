//! bridge: an Ethernet switch. Times are in hundredths of a second.

use crate::querier::QuerierState;
use netmite_grammar::codec::{BridgeId, LinkAddress, OneOf, Timer, U8, U16, U32, U64, Unsigned, one_of, say};
use netmite_grammar::{
    Attr, Codec, Context, Key, Result, Row, Scope, Shape, Spec, Table, attr, key, row, rows, unambiguous,
};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::uapi::*;
use netmite_output::{Value, names};

/// The options of a bridge.
pub static BRIDGE: Table = Table::new("bridge", rows!(ROWS));

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[key("fdb_flush", 2)], attr!(IFLA_BR_FDB_FLUSH), &netmite_grammar::codec::Presence, "forget all learnt addresses"),
    row(&[key("forward_delay", 1)], attr!(IFLA_BR_FORWARD_DELAY), &U32.bad("invalid forward_delay"), "how long a new port listens and learns before it forwards"),
    row(&[key("hello_time", 1)], attr!(IFLA_BR_HELLO_TIME), &U32.bad("invalid hello_time"), "between two hellos of the spanning tree's root"),
    row(&[key("max_age", 1)], attr!(IFLA_BR_MAX_AGE), &U32.bad("invalid max_age"), "how long a hello counts"),
    row(&[key("ageing_time", 1)], attr!(IFLA_BR_AGEING_TIME), &U32.bad("invalid ageing_time"), "how long an unused address is remembered"),
    row(&[key("stp_state", 1)], attr!(IFLA_BR_STP_STATE), &U32.bad("invalid stp_state"), "spanning tree protocol: 1 on, 0 off"),
    row(&[key("stp_mode", 8)], attr!(IFLA_BR_STP_MODE), &STP_MODE, "who runs the spanning tree"),
    row(&[key("priority", 1)], attr!(IFLA_BR_PRIORITY), &U16.bad("invalid priority"), "this bridge's priority in the election of the root"),
    row(&[key("vlan_filtering", 1)], attr!(IFLA_BR_VLAN_FILTERING), &U8.bad("invalid vlan_filtering"), "forward by VLAN: 1 on, 0 off"),
    row(&[key("vlan_protocol", 6)], attr!(IFLA_BR_VLAN_PROTOCOL), &VLAN_PROTOCOL, "the protocol of VLAN tags"),
    row(&[], attr!(IFLA_BR_BRIDGE_ID), &BridgeId, "this bridge's id").json("bridge_id").label("bridge_id"),
    row(&[], attr!(IFLA_BR_ROOT_ID), &BridgeId, "the id of the spanning tree's root").json("root_id").label("designated_root"),
    row(&[], attr!(IFLA_BR_ROOT_PORT), &U16, "the port towards the root").json("root_port").label("root_port"),
    row(&[], attr!(IFLA_BR_ROOT_PATH_COST), &U32, "the cost of the path to the root").json("root_path_cost").label("root_path_cost"),
    row(&[], attr!(IFLA_BR_TOPOLOGY_CHANGE), &U8, "whether the topology is changing").json("topology_change").label("topology_change"),
    row(&[], attr!(IFLA_BR_TOPOLOGY_CHANGE_DETECTED), &U8, "whether this bridge found that out").json("topology_change_detected").label("topology_change_detected"),
    row(&[], attr!(IFLA_BR_HELLO_TIMER), &Timer, "until the next hello").json("hello_timer").label("hello_timer"),
    row(&[], attr!(IFLA_BR_TCN_TIMER), &Timer, "until the next topology change notification").json("tcn_timer").label("tcn_timer"),
    row(&[], attr!(IFLA_BR_TOPOLOGY_CHANGE_TIMER), &Timer, "until a topology change is over").json("topology_change_timer").label("topology_change_timer"),
    row(&[], attr!(IFLA_BR_GC_TIMER), &Timer, "until old addresses are next looked for").json("gc_timer").label("gc_timer"),
    row(&[], attr!(IFLA_BR_FDB_N_LEARNED), &U32, "how many addresses have been learnt").json("fdb_n_learned").label("fdb_n_learned"),
    row(&[key("fdb_max_learned", 15)], attr!(IFLA_BR_FDB_MAX_LEARNED), &U32.bad("invalid fdb_max_learned"), "how many addresses may be learnt, 0 for any number"),
    row(&[key("vlan_default_pvid", 6)], attr!(IFLA_BR_VLAN_DEFAULT_PVID), &U16.bad("invalid vlan_default_pvid"), "the VLAN of untagged frames at new ports, 0 for none"),
    row(&[key("vlan_stats_enabled", 6)], attr!(IFLA_BR_VLAN_STATS_ENABLED), &U8.bad("invalid vlan_stats_enabled"), "count by VLAN"),
    row(&[key("vlan_stats_per_port", 12)], attr!(IFLA_BR_VLAN_STATS_PER_PORT), &U8.bad("invalid vlan_stats_per_port"), "count by VLAN and port"),
    row(&[key("group_fwd_mask", 1)], attr!(IFLA_BR_GROUP_FWD_MASK), &Unsigned { hex: true, ..U16.bad("invalid group_fwd_mask") }, "which link-local groups are forwarded, a bit each"),
    row(&[key("group_address", 7)], attr!(IFLA_BR_GROUP_ADDR), &LinkAddress, "where hellos are sent").json("group_addr"),
    row(&[key("mcast_snooping", 7)], attr!(IFLA_BR_MCAST_SNOOPING), &U8.bad("invalid mcast_snooping"), "forward multicast to those who asked for it"),
    row(&[key("no_linklocal_learn", 18).tag(0)], BOOLOPT, &BoolOpt(0, "invalid no_linklocal_learn"), "don't learn from link-local frames"),
    row(&[key("mcast_vlan_snooping", 19).tag(1)], BOOLOPT, &BoolOpt(1, "invalid mcast_vlan_snooping"), "snoop by VLAN"),
    row(&[key("mst_enabled", 11).tag(2)], BOOLOPT, &BoolOpt(2, "invalid mst_enabled"), "several spanning trees"),
    row(&[key("mdb_offload_fail_notification", 29).tag(3)], BOOLOPT, &BoolOpt(3, "invalid mdb_offload_fail_notification"), "tell when hardware did not take a group"),
    row(&[key("fdb_local_vlan_0", 16).tag(4)], BOOLOPT, &BoolOpt(4, "invalid fdb_local_vlan_0"), "keep local addresses in VLAN 0 alone"),
    row(&[key("mcast_router", 2)], attr!(IFLA_BR_MCAST_ROUTER), &U8.bad("invalid mcast_router"), "whether multicast routers are told of: 0 no, 1 if seen, 2 always"),
    row(&[key("mcast_query_use_ifaddr", 7)], attr!(IFLA_BR_MCAST_QUERY_USE_IFADDR), &U8.bad("invalid mcast_query_use_ifaddr"), "query from the bridge's own address"),
    row(&[key("mcast_querier", 11)], attr!(IFLA_BR_MCAST_QUERIER), &U8.bad("invalid mcast_querier"), "send queries"),
    row(&[], attr!(IFLA_BR_MCAST_QUERIER_STATE), &QuerierState, "the queriers in charge").json("mcast_querier_state").label("mcast_querier_state"),
    row(&[key("mcast_hash_elasticity", 7)], attr!(IFLA_BR_MCAST_HASH_ELASTICITY), &U32.bad("invalid mcast_hash_elasticity"), "kept for old programs; always 16"),
    row(&[key("mcast_hash_max", 12)], attr!(IFLA_BR_MCAST_HASH_MAX), &U32.bad("invalid mcast_hash_max"), "how many groups there may be"),
    row(&[key("mcast_last_member_count", 7)], attr!(IFLA_BR_MCAST_LAST_MEMBER_CNT), &U32.bad("invalid mcast_last_member_count"), "queries before a group is given up").json("mcast_last_member_cnt"),
    row(&[key("mcast_startup_query_count", 8)], attr!(IFLA_BR_MCAST_STARTUP_QUERY_CNT), &U32.bad("invalid mcast_startup_query_count"), "queries at the start").json("mcast_startup_query_cnt"),
    row(&[key("mcast_last_member_interval", 19)], attr!(IFLA_BR_MCAST_LAST_MEMBER_INTVL), &U64.bad("invalid mcast_last_member_interval"), "between the queries before a group is given up").json("mcast_last_member_intvl"),
    row(&[key("mcast_membership_interval", 7)], attr!(IFLA_BR_MCAST_MEMBERSHIP_INTVL), &U64.bad("invalid mcast_membership_interval"), "how long a member that is not heard counts").json("mcast_membership_intvl"),
    row(&[key("mcast_querier_interval", 14)], attr!(IFLA_BR_MCAST_QUERIER_INTVL), &U64.bad("invalid mcast_querier_interval"), "how long another querier counts").json("mcast_querier_intvl"),
    row(&[key("mcast_query_interval", 13)], attr!(IFLA_BR_MCAST_QUERY_INTVL), &U64.bad("invalid mcast_query_interval"), "between queries").json("mcast_query_intvl"),
    row(&[key("mcast_query_response_interval", 13)], attr!(IFLA_BR_MCAST_QUERY_RESPONSE_INTVL), &U64.bad("invalid mcast_query_response_interval"), "how long an answer may take").json("mcast_query_response_intvl"),
    row(&[key("mcast_startup_query_interval", 21)], attr!(IFLA_BR_MCAST_STARTUP_QUERY_INTVL), &U64.bad("invalid mcast_startup_query_interval"), "between the queries at the start").json("mcast_startup_query_intvl"),
    row(&[key("mcast_stats_enabled", 10)], attr!(IFLA_BR_MCAST_STATS_ENABLED), &U8.bad("invalid mcast_stats_enabled"), "count queries and reports"),
    row(&[key("mcast_igmp_version", 7)], attr!(IFLA_BR_MCAST_IGMP_VERSION), &U8.bad("invalid mcast_igmp_version"), "IGMP 2 or 3"),
    row(&[key("mcast_mld_version", 8)], attr!(IFLA_BR_MCAST_MLD_VERSION), &U8.bad("invalid mcast_mld_version"), "MLD 1 or 2"),
    row(&[key("nf_call_iptables", 1)], attr!(IFLA_BR_NF_CALL_IPTABLES), &U8.bad("invalid nf_call_iptables"), "bridged IPv4 meets iptables"),
    row(&[key("nf_call_ip6tables", 11)], attr!(IFLA_BR_NF_CALL_IP6TABLES), &U8.bad("invalid nf_call_ip6tables"), "bridged IPv6 meets ip6tables"),
    row(&[key("nf_call_arptables", 9)], attr!(IFLA_BR_NF_CALL_ARPTABLES), &U8.bad("invalid nf_call_arptables"), "bridged ARP meets arptables"),
];
const _: () = unambiguous(ROWS);

/// Newer than linux-raw-sys: linux/if_link.h.
const IFLA_BR_STP_MODE: u16 = 50;
const STP_MODE: OneOf = one_of(4, names!["auto", "user", "kernel"]);
const VLAN_PROTOCOL: netmite_grammar::codec::EtherType =
    netmite_grammar::codec::EtherType { bad: "invalid vlan_protocol" };

const BOOLOPT: Attr = attr!(IFLA_BR_MULTI_BOOLOPT);

/// A bit that shares `struct br_boolopt_multi` (the bits, and which of them are meant) with the other such options: its
/// number, and what is said of a wrong value.
struct BoolOpt(u32, &'static str);

impl BoolOpt {
    fn read(&self, attrs: &Slots) -> Option<bool> {
        let [bits, mask] = pair(attrs.get(IFLA_BR_MULTI_BOOLOPT)?)?;
        (mask >> self.0 & 1 == 1).then_some(bits >> self.0 & 1 == 1)
    }
}

fn pair(payload: &[u8]) -> Option<[u32; 2]> {
    let [a, b, c, d, e, f, g, h] = array::<8>(payload)?;
    Some([u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h])])
}

impl Codec for BoolOpt {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let on = scope.words.u8(self.1)? != 0;
        let [bits, mask] = scope.tree.get(scope.node, row.number()).and_then(pair).unwrap_or([0, 0]);
        let bit = 1 << self.0;
        let bits = if on { bits | bit } else { bits & !bit };
        scope.set(row.number(), [bits.to_ne_bytes(), (mask | bit).to_ne_bytes()].as_flattened());
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(on) = self.read(attrs) {
            context.field(row, u8::from(on));
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(on) = self.read(attrs) {
            say(to, row.word(), Value::from(u8::from(on)));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("0|1")
    }
}
