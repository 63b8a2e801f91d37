//! bridge_slave: a bridge's port.

use netmite_grammar::codec::{BridgeId, Device, OnOff, Presence, Timer, U8, U16, U32, Unsigned, on_off, report_only};
use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, Table, attr, key, row, rows, unambiguous,
};
use netmite_netlink::attributes::Slots;
use netmite_netlink::link::PORT_STATES;
use netmite_netlink::uapi::*;
use netmite_output::Value;

/// The options of a bridge's port.
pub static BRIDGE_SLAVE: Table = Table { unknown: Table::unknown_word, ..Table::new("bridge_slave", rows!(ROWS)) };

/// The rows, for `bridge link`, which has words of its own for them.
#[rustfmt::skip]
pub const ROWS: &[Spec] = &[
    row(&[key("fdb_flush", 1)], attr!(IFLA_BRPORT_FLUSH), &Presence, "forget all addresses learnt here"),
    row(&[key("state", 1)], attr!(IFLA_BRPORT_STATE), &State, "0 disabled, 1 listening, 2 learning, 3 forwarding, 4 blocking"),
    row(&[key("priority", 1)], attr!(IFLA_BRPORT_PRIORITY), &U16.bad("priority is invalid"), "priority among the ports, 0 to 63"),
    row(&[key("cost", 1)], attr!(IFLA_BRPORT_COST), &U32.bad("cost is invalid"), "path cost, 1 to 65535"),
    row(&[key("hairpin", 1)], attr!(IFLA_BRPORT_MODE), &OnOff, "frames may leave where they came in"),
    row(&[key("guard", 1)], attr!(IFLA_BRPORT_GUARD), &OnOff, "no spanning tree messages are taken"),
    row(&[key("root_block", 1)], attr!(IFLA_BRPORT_PROTECT), &OnOff, "never becomes the way to the root"),
    row(&[key("fastleave", 2)], attr!(IFLA_BRPORT_FAST_LEAVE), &OnOff, "a group is left at once"),
    row(&[key("learning", 1)], attr!(IFLA_BRPORT_LEARNING), &OnOff, "addresses are learnt"),
    row(&[key("flood", 2)], attr!(IFLA_BRPORT_UNICAST_FLOOD), &OnOff, "unicast to unknown addresses leaves here"),
    row(&[], attr!(IFLA_BRPORT_ID), &Hex, "the port's id").json("id").label("port_id"),
    row(&[], attr!(IFLA_BRPORT_NO), &Hex, "the port's number").json("no").label("port_no"),
    row(&[], attr!(IFLA_BRPORT_DESIGNATED_PORT), &U16, "the designated port").json("designated_port").label("designated_port"),
    row(&[], attr!(IFLA_BRPORT_DESIGNATED_COST), &U16, "the designated cost").json("designated_cost").label("designated_cost"),
    row(&[], attr!(IFLA_BRPORT_BRIDGE_ID), &BridgeId, "the designated bridge").json("bridge_id").label("designated_bridge"),
    row(&[], attr!(IFLA_BRPORT_ROOT_ID), &BridgeId, "the root").json("root_id").label("designated_root"),
    row(&[], attr!(IFLA_BRPORT_HOLD_TIMER), &Timer, "until the next hello may be sent").json("hold_timer").label("hold_timer"),
    row(&[], attr!(IFLA_BRPORT_MESSAGE_AGE_TIMER), &Timer, "until the last hello is too old").json("message_age_timer").label("message_age_timer"),
    row(&[], attr!(IFLA_BRPORT_FORWARD_DELAY_TIMER), &Timer, "until the next state").json("forward_delay_timer").label("forward_delay_timer"),
    row(&[], attr!(IFLA_BRPORT_TOPOLOGY_CHANGE_ACK), &U8, "a topology change is acknowledged").json("topology_change_ack").label("topology_change_ack"),
    row(&[], attr!(IFLA_BRPORT_CONFIG_PENDING), &U8, "a hello waits to be sent").json("config_pending").label("config_pending"),
    row(&[key("proxy_arp", 3)], attr!(IFLA_BRPORT_PROXYARP), &OnOff, "ARP is answered for others"),
    row(&[key("proxy_arp_wifi", 10)], attr!(IFLA_BRPORT_PROXYARP_WIFI), &OnOff, "ARP is answered for others, as access points need"),
    row(&[key("mcast_router", 7)], attr!(IFLA_BRPORT_MULTICAST_ROUTER), &U8.bad("invalid mcast_router"), "a multicast router is here: 0 no, 1 if seen, 2 yes, 3 for a while").json("multicast_router"),
    row(&[key("mcast_fast_leave", 8)], attr!(IFLA_BRPORT_FAST_LEAVE), &TextOnOff, "a group is left at once"),
    row(&[key("mcast_flood", 1)], attr!(IFLA_BRPORT_MCAST_FLOOD), &OnOff, "multicast that nobody asked for leaves here"),
    row(&[key("bcast_flood", 1)], attr!(IFLA_BRPORT_BCAST_FLOOD), &OnOff, "broadcasts leave here"),
    row(&[key("mcast_to_unicast", 7)], attr!(IFLA_BRPORT_MCAST_TO_UCAST), &OnOff, "multicast is sent to each member alone"),
    row(&[key("neigh_suppress", 1)], attr!(IFLA_BRPORT_NEIGH_SUPPRESS), &OnOff, "neighbour discovery is answered, not flooded"),
    row(&[key("neigh_vlan_suppress", 19)], attr!(IFLA_BRPORT_NEIGH_VLAN_SUPPRESS), &OnOff, "the same, by VLAN"),
    row(&[key("neigh_forward_grat", 18)], attr!(IFLA_BRPORT_NEIGH_FORWARD_GRAT), &OnOff, "gratuitous announcements are flooded all the same"),
    row(&[key("group_fwd_mask", 2)], attr!(IFLA_BRPORT_GROUP_FWD_MASK), &GROUP_FWD_MASK, "which link-local groups are forwarded, a bit each"),
    row(&[], attr!(IFLA_BRPORT_GROUP_FWD_MASK), &MaskWords, "the same in words").json("group_fwd_mask_str").label("group_fwd_mask_str"),
    row(&[key("vlan_tunnel", 1)], attr!(IFLA_BRPORT_VLAN_TUNNEL), &OnOff, "VLANs are mapped to tunnels"),
    row(&[key("isolated", 1)], attr!(IFLA_BRPORT_ISOLATED), &OnOff, "isolated ports don't see each other"),
    row(&[key("locked", 2)], attr!(IFLA_BRPORT_LOCKED), &OnOff, "only known addresses may send"),
    row(&[key("mab", 3)], attr!(IFLA_BRPORT_MAB), &OnOff, "an unknown sender is noted, locked"),
    row(&[key("backup_port", 2).tag(1), key("nobackup_port", 2)], attr!(IFLA_BRPORT_BACKUP_PORT), &BackupPort, "the port that stands in when this one is down"),
    row(&[key("backup_nhid", 11)], attr!(IFLA_BRPORT_BACKUP_NHID), &Unsigned { quiet_zero: true, ..U32.bad("backup_nhid is invalid") }, "the next hop that the stand-in sends to"),
];
const _: () = unambiguous(ROWS);

/// Newer than linux-raw-sys: linux/if_link.h.
pub const IFLA_BRPORT_NEIGH_FORWARD_GRAT: u16 = 45;
const GROUP_FWD_MASK: Unsigned = Unsigned { hex: true, ..U16.bad("invalid group_fwd_mask") };

/// A state is given as a number and shown as a word.
struct State;
impl Codec for State {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        U8.bad("state is invalid").parse(row, key, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(state) = attrs.u8(row.number()) else { return };
        match PORT_STATES.get(usize::from(state)) {
            Some(name) => context.field(row, *name),
            None => context.field(row, state),
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        U8.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        Shape::Value("STATE")
    }
}

/// A second word for an attribute that another row has in JSON: text only.
struct TextOnOff;

impl Codec for TextOnOff {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        scope.set(row.number(), on_off(key.word, word)?);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if !context.out.is_json() {
            OnOff.print(row, attrs, context);
        }
    }

    fn shape(&self) -> Shape {
        Shape::ON_OFF
    }
}

/// A number that is only reported, in hexadecimal.
struct Hex;

impl Codec for Hex {
    fn parse(&self, row: &Row, _: &Key, _: &mut Scope) -> Result<()> {
        Err(report_only(row))
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(number) = attrs.unsigned(row.number()) {
            context.field(row, Value::Hex(number));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// The groups of a mask, joined by commas; only LLDP's has a name.
struct MaskWords;
const LLDP: u64 = 1 << 14;

impl Codec for MaskWords {
    fn parse(&self, row: &Row, _: &Key, _: &mut Scope) -> Result<()> {
        Err(report_only(row))
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let mask = attrs.unsigned(row.number()).unwrap_or(0);
        let mut text = Vec::new();
        for bit in (0..16).map(|bit| 1u64 << bit).filter(|bit| mask & bit != 0) {
            text.extend_from_slice(if text.is_empty() { b"" } else { b"," });
            if bit == LLDP { Value::Str("lldp") } else { Value::Hex(bit) }.write(&mut text);
        }
        context.field(row, if text.is_empty() { Value::Hex(0) } else { Value::Bytes(&text) });
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// `backup_port DEVICE`, or `nobackup_port`, which is index 0.
struct BackupPort;

impl Codec for BackupPort {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let index = match key.tag {
            0 => 0,
            _ => {
                let word = scope.value()?;
                scope.context.index_of(word).map_err(|_| Error::wrong(word, "Device does not exist\n"))?
            }
        };
        scope.set(row.number(), index);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        Device.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        match attrs.u32(row.number()) {
            Some(0) => to.extend(row.keys().find(|key| key.tag == 0).map(|key| key.word.as_bytes().to_vec())),
            _ => Device.words(row, attrs, context, to),
        }
    }

    fn shape(&self) -> Shape {
        Shape::Device
    }
}
