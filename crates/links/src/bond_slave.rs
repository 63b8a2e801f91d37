//! bond_slave: a bond's port.

use netmite_grammar::codec::{LinkAddress, Signed, U16, U32};
use netmite_grammar::{Spec, Table, attr, exact, key, print_only, row, rows, unambiguous};
use netmite_netlink::uapi::*;
use netmite_output::{Names, names};

/// The options of a bond's port.
pub static BOND_SLAVE: Table = Table { unknown: Table::unknown_word, ..Table::new("bond_slave", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[], attr!(IFLA_BOND_SLAVE_STATE), &Word(Words(names!["ACTIVE", "BACKUP"], "state_index")), "whether it is in use").json("state").label("state"),
    row(&[], attr!(IFLA_BOND_SLAVE_MII_STATUS), &Word(Words(names!["UP", "GOING_DOWN", "DOWN", "GOING_BACK"], "mii_status_index")), "its carrier").json("mii_status").label("mii_status"),
    row(&[], attr!(IFLA_BOND_SLAVE_LINK_FAILURE_COUNT), &U32, "how often it went down").json("link_failure_count").label("link_failure_count"),
    row(&[], attr!(IFLA_BOND_SLAVE_PERM_HWADDR), &LinkAddress, "the address it had by itself").json("perm_hwaddr").label("perm_hwaddr"),
    row(&[key("queue_id", 1)], attr!(IFLA_BOND_SLAVE_QUEUE_ID), &U16.bad("queue_id is invalid"), "the queue of the bond that is sent here"),
    row(&[exact("prio")], attr!(IFLA_BOND_SLAVE_PRIO), &Signed("prio is invalid"), "which port takes over: the highest"),
    row(&[], attr!(IFLA_BOND_SLAVE_AD_AGGREGATOR_ID), &U16, "the aggregator it belongs to").json("ad_aggregator_id").label("ad_aggregator_id"),
    row(&[], attr!(IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE), &PortState("ad_actor_oper_port_state_str"), "what it tells its partner").json("ad_actor_oper_port_state").label("ad_actor_oper_port_state"),
    row(&[], attr!(IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE), &PortState("ad_partner_oper_port_state_str"), "what its partner tells").json("ad_partner_oper_port_state").label("ad_partner_oper_port_state"),
    row(&[], attr!(IFLA_BOND_SLAVE_AD_CHURN_ACTOR_STATE), CHURN, "whether it fails to synchronise").json("churn_actor_state").label("churn_actor_state"),
    row(&[], attr!(IFLA_BOND_SLAVE_AD_CHURN_PARTNER_STATE), CHURN, "whether its partner does").json("churn_partner_state").label("churn_partner_state"),
    row(&[exact("actor_port_prio")], attr!(IFLA_BOND_SLAVE_ACTOR_PORT_PRIO), &U16.bad("actor prio is invalid"), "its priority in LACP"),
];
const _: () = unambiguous(ROWS);

// Newer than linux-raw-sys: linux/if_link.h.
const IFLA_BOND_SLAVE_ACTOR_PORT_PRIO: u16 = 10;
const IFLA_BOND_SLAVE_AD_CHURN_ACTOR_STATE: u16 = 11;
const IFLA_BOND_SLAVE_AD_CHURN_PARTNER_STATE: u16 = 12;

const CHURN: &Word = &Word(Words(names!["MONITOR", "CHURN", "NO_CHURN"], ""));

/// The bits of a port's state, lowest first: `LACP_STATE_…`, linux/if_bonding.h.
const STATES: Names = names![
    ("active", 1),
    ("short_timeout", 2),
    ("aggregating", 4),
    ("in_sync", 8),
    ("collecting", 16),
    ("distributing", 32),
    ("defaulted", 64),
    ("expired", 128),
];

/// The words of numbers from 0 on, and the key that another number has in JSON, if it is another key.
struct Words(Names, &'static str);

print_only!(
    /// A number of a byte by its word.
    Word(Words),
    |self, row, attrs, context| {
        let Some(number) = attrs.u8(row.number()) else { return };
        match self.0.0.name(number.into()) {
            Some(word) => context.field(row, word),
            None if self.0.1.is_empty() => context.field(row, number),
            None => context.out.field(self.0.1, row.text_label(), number),
        }
    }
);

print_only!(
    /// A port's state: the number, and its bits in words under the key that is the member.
    PortState(&'static str),
    |self, row, attrs, context| {
        let Some(state) = attrs.unsigned(row.number()) else { return };
        context.field(row, state);
        context.out.text(self.0);
        context.out.text(" <");
        context.out.bits(self.0, "", state as u32 & 0xff, STATES);
        context.out.text("> ");
    }
);
