//! `showstp`: the spanning tree as a bridge and its ports see it.

use crate::ports::each_port;
use crate::show::{id, not_a_bridge, options};
use crate::{Done, Failure, Tool};
use netmite_netlink::attributes::Slots;
use netmite_netlink::link::Filter;
use netmite_netlink::uapi::*;
use netmite_output::{Out, Value};

pub(crate) fn run(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [name, ..] = arguments else { return Ok(()) };
    let ticks = netmite_netlink::sys::clock_ticks();
    let (mut head, mut ports) = (None, Vec::new());
    let failed = |error| Failure::system(&[b"can't read bridge ", *name], &error);
    let found = tool.socket.for_each_link(Filter::new().kind("bridge"), |link| {
        if let Some(options) = options(link).filter(|_| link.name().as_bytes() == *name) {
            head = Some((link.index(), bridge(&options, ticks)));
        }
        Ok(())
    });
    let _ = found.map_err(failed)?;
    let Some((index, facts)) = head else { return Err(not_a_bridge(tool, name)) };
    each_port(tool, |each| {
        if each.master == index {
            ports.push((each.name, port(&each.options, ticks)));
        }
    })
    .map_err(failed)?;
    netmite_output::sort_by_key(&mut ports, |(name, _)| *name);
    tool.out.open_object("");
    tool.out.put("ifname", "", *name, "\n");
    facts.print(&mut tool.out);
    tool.out.text("\n\n");
    tool.out.open_array("ports");
    for (name, facts) in &ports {
        tool.out.open_object("");
        tool.out.put("ifname", "", name.as_bytes(), "");
        facts.print(&mut tool.out);
        tool.out.text("\n");
        tool.out.close_object();
    }
    tool.out.close_array();
    tool.out.close_object();
    tool.out.end_json();
    Ok(())
}

/// The facts of a bridge or port, kept because ports come by index and are printed by name: the text in front of each,
/// its key in JSON, its value.
struct Facts(Vec<(&'static str, &'static str, Kept)>);

/// A value kept.
enum Kept {
    Id(String),
    Number(u64),
    Hex(u64),
    /// Hundredths of a second.
    Time(u64),
    State(&'static str),
    Flags(Vec<&'static str>),
}

impl Facts {
    fn print(&self, out: &mut Out) {
        for (before, key, kept) in &self.0 {
            out.text(before);
            kept.print(key, out);
        }
        out.text("\n");
    }
}

impl Kept {
    fn print(&self, key: &str, out: &mut Out) {
        match self {
            Kept::Id(id) => out.put(key, "", id.as_str(), ""),
            Kept::Number(number) => {
                out.json(key, *number);
                out.text_padded(*number, 4, true);
            }
            Kept::Hex(number) => {
                let text = format!("{number:04x}");
                out.put(key, "", text.as_str(), "");
            }
            Kept::Time(hundredths) => {
                out.json(key, Value::Decimal(*hundredths, 2));
                out.text_padded(Value::Decimal(*hundredths, 2), 7, true);
            }
            Kept::State(state) => {
                out.json(key, *state);
                out.text_padded(*state, 15, true);
            }
            Kept::Flags(flags) => {
                out.open_array(key);
                for flag in flags {
                    out.put("", "", *flag, " ");
                }
                out.close_array();
            }
        }
    }
}

fn bridge(options: &Slots, ticks: u64) -> Facts {
    let number = |kind| options.unsigned(kind).unwrap_or(0);
    let time = |kind| Kept::Time(number(kind).saturating_mul(100) / ticks);
    let identity = |kind| Kept::Id(id(options.get(kind).unwrap_or(&[])));
    let mut flags = Vec::new();
    if number(IFLA_BR_TOPOLOGY_CHANGE) != 0 {
        flags.push("TOPOLOGY_CHANGE");
    }
    if number(IFLA_BR_TOPOLOGY_CHANGE_DETECTED) != 0 {
        flags.push("TOPOLOGY_CHANGE_DETECTED");
    }
    Facts(vec![
        (" bridge id\t\t", "bridge_id", identity(IFLA_BR_BRIDGE_ID)),
        ("\n designated root\t", "designated_root", identity(IFLA_BR_ROOT_ID)),
        ("\n root port\t\t", "root_port", Kept::Number(number(IFLA_BR_ROOT_PORT))),
        ("\t\t\tpath cost\t\t", "root_path_cost", Kept::Number(number(IFLA_BR_ROOT_PATH_COST))),
        ("\n max age\t\t", "max_age", time(IFLA_BR_MAX_AGE)),
        ("\t\t\tbridge max age\t\t", "bridge_max_age", time(IFLA_BR_MAX_AGE)),
        ("\n hello time\t\t", "hello_time", time(IFLA_BR_HELLO_TIME)),
        ("\t\t\tbridge hello time\t", "bridge_hello_time", time(IFLA_BR_HELLO_TIME)),
        ("\n forward delay\t\t", "forward_delay", time(IFLA_BR_FORWARD_DELAY)),
        ("\t\t\tbridge forward delay\t", "bridge_forward_delay", time(IFLA_BR_FORWARD_DELAY)),
        ("\n ageing time\t\t", "ageing_time", time(IFLA_BR_AGEING_TIME)),
        ("\n hello timer\t\t", "hello_timer", time(IFLA_BR_HELLO_TIMER)),
        ("\t\t\ttcn timer\t\t", "tcn_timer", time(IFLA_BR_TCN_TIMER)),
        ("\n topology change timer\t", "topology_change_timer", time(IFLA_BR_TOPOLOGY_CHANGE_TIMER)),
        ("\t\t\tgc timer\t\t", "gc_timer", time(IFLA_BR_GC_TIMER)),
        ("\n flags\t\t\t", "flags", Kept::Flags(flags)),
    ])
}

/// The states of a port, by number: linux/if_bridge.h.
const STATES: &[&str] = &["disabled", "listening", "learning", "forwarding", "blocking"];

fn port(options: &Slots, ticks: u64) -> Facts {
    let number = |kind| options.unsigned(kind).unwrap_or(0);
    let time = |kind| Kept::Time(number(kind).saturating_mul(100) / ticks);
    let identity = |kind| Kept::Id(id(options.get(kind).unwrap_or(&[])));
    let state = usize::from(options.u8(IFLA_BRPORT_STATE).unwrap_or(0));
    let mut flags = Vec::new();
    if number(IFLA_BRPORT_CONFIG_PENDING) != 0 {
        flags.push("CONFIG_PENDING");
    }
    if number(IFLA_BRPORT_TOPOLOGY_CHANGE_ACK) != 0 {
        flags.push("TOPOLOGY_CHANGE_ACK");
    }
    let mut numbers = vec![
        (" (", "port_no", Kept::Id(number(IFLA_BRPORT_NO).to_string())),
        (")\n port id\t\t", "port_id", Kept::Hex(number(IFLA_BRPORT_ID))),
        ("\t\t\tstate\t\t", "state", Kept::State(STATES.get(state).copied().unwrap_or("unknown"))),
        ("\n designated root\t", "designated_root", identity(IFLA_BRPORT_ROOT_ID)),
        ("\tpath cost\t\t", "path_cost", Kept::Number(number(IFLA_BRPORT_COST))),
        ("\n designated bridge\t", "designated_bridge", identity(IFLA_BRPORT_BRIDGE_ID)),
        ("\tmessage age timer\t", "message_age_timer", time(IFLA_BRPORT_MESSAGE_AGE_TIMER)),
        ("\n designated port\t", "designated_port", Kept::Hex(number(IFLA_BRPORT_DESIGNATED_PORT))),
        ("\t\t\tforward delay timer\t", "forward_delay_timer", time(IFLA_BRPORT_FORWARD_DELAY_TIMER)),
        ("\n designated cost\t", "designated_cost", Kept::Number(number(IFLA_BRPORT_DESIGNATED_COST))),
        ("\t\t\thold timer\t\t", "hold_timer", time(IFLA_BRPORT_HOLD_TIMER)),
        ("\n flags\t\t\t", "flags", Kept::Flags(flags)),
    ];
    if number(IFLA_BRPORT_MODE) != 0 {
        numbers.push(("\n hairpin mode\t\t", "hairpin", Kept::Number(1)));
    }
    Facts(numbers)
}
