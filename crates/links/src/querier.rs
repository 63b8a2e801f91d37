//! Who queries for multicast members on a bridge: its own attribute nest, only reported.

use netmite_grammar::codec::report_only;
use netmite_grammar::{Codec, Context, Key, Result, Row, Scope, Shape};
use netmite_netlink::attributes::Slots;
use netmite_netlink::uapi::*;
use netmite_output::{Colour, Value};

/// The state of the queriers, one of each family.
pub struct QuerierState;

/// What there is of a family: the JSON object, then the words and attributes of the address, the port it was heard on, and
/// how long it counts yet, in the kernel's clock ticks.
struct Family {
    object: &'static str,
    address: (&'static str, u16),
    port: (&'static str, u16),
    timer: (&'static str, u16),
}

const FAMILIES: &[Family] = &[
    Family {
        object: "mcast_querier_state_ipv4",
        address: ("mcast_querier_ipv4_addr", BRIDGE_QUERIER_IP_ADDRESS),
        port: ("mcast_querier_ipv4_port", BRIDGE_QUERIER_IP_PORT),
        timer: ("mcast_querier_ipv4_other_timer", BRIDGE_QUERIER_IP_OTHER_TIMER),
    },
    Family {
        object: "mcast_querier_state_ipv6",
        address: ("mcast_querier_ipv6_addr", BRIDGE_QUERIER_IPV6_ADDRESS),
        port: ("mcast_querier_ipv6_port", BRIDGE_QUERIER_IPV6_PORT),
        timer: ("mcast_querier_ipv6_other_timer", BRIDGE_QUERIER_IPV6_OTHER_TIMER),
    },
];

impl Codec for QuerierState {
    fn parse(&self, row: &Row, _: &Key, _: &mut Scope) -> Result<()> {
        Err(report_only(row))
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(nest) = attrs.nested_slots(row.number()) else { return };
        for family in FAMILIES {
            let address = nest.ip(family.address.1);
            let port = nest.u32(family.port.1);
            let timer = nest.unsigned(family.timer.1);
            if address.is_none() && port.is_none() && timer.is_none() {
                continue;
            }
            context.out.open_object(family.object);
            if let Some(address) = address {
                context.out.text(family.address.0);
                context.out.put_over(Colour::of(address), family.address.0, " ", address, " ");
            }
            if let Some(port) = port {
                let port = context.name_of(port);
                context.out.field(family.port.0, family.port.0, &port);
            }
            if let Some(ticks) = timer {
                let hundredths = ticks.saturating_mul(100) / netmite_netlink::sys::clock_ticks();
                context.out.field(family.timer.0, family.timer.0, Value::Decimal(hundredths, 2));
            }
            context.out.close_object();
        }
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}
