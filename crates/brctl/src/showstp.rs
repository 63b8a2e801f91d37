//! `showstp`: the spanning tree as a bridge and its ports see it.

use crate::bridge::options;
use crate::ports::each_port;
use crate::show::{each_link, id, not_a_bridge};
use crate::{Done, Failure, Tool};
use netmite_netlink::attributes::Slots;
use netmite_netlink::link::{Filter, PORT_STATES};
use netmite_netlink::uapi::*;
use netmite_output::{Names, Out, Value, names};

pub(crate) fn run(tool: &mut Tool, arguments: &[&[u8]]) -> Done {
    let [name, ..] = arguments else { return Ok(()) };
    let (mut bridge, mut ports) = (None, Vec::new());
    let failed = [b"can't read bridge ", *name];
    each_link(tool, &failed, Filter::new().kind("bridge"), &mut |link| {
        if let Some(options) = options(link.attributes()).filter(|_| link.name().as_bytes() == *name) {
            bridge = Some((link.index(), options.to_vec()));
        }
    })?;
    let Some((index, options)) = bridge else { return Err(not_a_bridge(tool, name)) };
    // They come by index and are printed by name.
    each_port(tool, &mut |port| {
        if port.master == index {
            ports.push((port.name, port.options.to_vec()));
        }
    })
    .map_err(|error| Failure::system(&failed, &error))?;
    netmite_output::sort_by_key(&mut ports, |(name, _)| *name);
    tool.out.open_object("");
    tool.out.put("ifname", "", *name, "\n");
    print(BRIDGE, &options, &mut tool.out);
    tool.out.text("\n\n");
    tool.out.open_array("ports");
    for (name, options) in &ports {
        tool.out.open_object("");
        tool.out.put("ifname", "", name.as_bytes(), "");
        print(PORT, options, &mut tool.out);
        tool.out.text("\n");
        tool.out.close_object();
    }
    tool.out.close_array();
    tool.out.close_object();
    tool.out.end_json();
    Ok(())
}

/// A fact of a bridge or port: the text in front of it, its key in JSON, its attribute (of flags which of [`FLAGS`]), and how it
/// is shown.
type Fact = (&'static str, &'static str, u16, Form);

/// How a fact is shown.
enum Form {
    /// Priority and address.
    Id,
    /// A number in a column.
    Number,
    /// A number as it is, and in JSON a text.
    Word,
    Hex,
    /// What the kernel counts in ticks, in seconds.
    Time,
    State,
    /// Those of [`FLAGS`] that are set, by name.
    Flags,
    /// 1, and nothing where it is 0.
    Set,
}

/// The attributes that are flags: of a bridge, of a port.
const FLAGS: [Names; 2] = [
    names![
        ("TOPOLOGY_CHANGE", IFLA_BR_TOPOLOGY_CHANGE),
        ("TOPOLOGY_CHANGE_DETECTED", IFLA_BR_TOPOLOGY_CHANGE_DETECTED),
    ],
    names![("CONFIG_PENDING", IFLA_BRPORT_CONFIG_PENDING), ("TOPOLOGY_CHANGE_ACK", IFLA_BRPORT_TOPOLOGY_CHANGE_ACK),],
];

#[rustfmt::skip]
static BRIDGE: &[Fact] = &[
    (" bridge id\t\t", "bridge_id", IFLA_BR_BRIDGE_ID, Form::Id),
    ("\n designated root\t", "designated_root", IFLA_BR_ROOT_ID, Form::Id),
    ("\n root port\t\t", "root_port", IFLA_BR_ROOT_PORT, Form::Number),
    ("\t\t\tpath cost\t\t", "root_path_cost", IFLA_BR_ROOT_PATH_COST, Form::Number),
    ("\n max age\t\t", "max_age", IFLA_BR_MAX_AGE, Form::Time),
    ("\t\t\tbridge max age\t\t", "bridge_max_age", IFLA_BR_MAX_AGE, Form::Time),
    ("\n hello time\t\t", "hello_time", IFLA_BR_HELLO_TIME, Form::Time),
    ("\t\t\tbridge hello time\t", "bridge_hello_time", IFLA_BR_HELLO_TIME, Form::Time),
    ("\n forward delay\t\t", "forward_delay", IFLA_BR_FORWARD_DELAY, Form::Time),
    ("\t\t\tbridge forward delay\t", "bridge_forward_delay", IFLA_BR_FORWARD_DELAY, Form::Time),
    ("\n ageing time\t\t", "ageing_time", IFLA_BR_AGEING_TIME, Form::Time),
    ("\n hello timer\t\t", "hello_timer", IFLA_BR_HELLO_TIMER, Form::Time),
    ("\t\t\ttcn timer\t\t", "tcn_timer", IFLA_BR_TCN_TIMER, Form::Time),
    ("\n topology change timer\t", "topology_change_timer", IFLA_BR_TOPOLOGY_CHANGE_TIMER, Form::Time),
    ("\t\t\tgc timer\t\t", "gc_timer", IFLA_BR_GC_TIMER, Form::Time),
    ("\n flags\t\t\t", "flags", 0, Form::Flags),
];

#[rustfmt::skip]
static PORT: &[Fact] = &[
    (" (", "port_no", IFLA_BRPORT_NO, Form::Word),
    (")\n port id\t\t", "port_id", IFLA_BRPORT_ID, Form::Hex),
    ("\t\t\tstate\t\t", "state", IFLA_BRPORT_STATE, Form::State),
    ("\n designated root\t", "designated_root", IFLA_BRPORT_ROOT_ID, Form::Id),
    ("\tpath cost\t\t", "path_cost", IFLA_BRPORT_COST, Form::Number),
    ("\n designated bridge\t", "designated_bridge", IFLA_BRPORT_BRIDGE_ID, Form::Id),
    ("\tmessage age timer\t", "message_age_timer", IFLA_BRPORT_MESSAGE_AGE_TIMER, Form::Time),
    ("\n designated port\t", "designated_port", IFLA_BRPORT_DESIGNATED_PORT, Form::Hex),
    ("\t\t\tforward delay timer\t", "forward_delay_timer", IFLA_BRPORT_FORWARD_DELAY_TIMER, Form::Time),
    ("\n designated cost\t", "designated_cost", IFLA_BRPORT_DESIGNATED_COST, Form::Number),
    ("\t\t\thold timer\t\t", "hold_timer", IFLA_BRPORT_HOLD_TIMER, Form::Time),
    ("\n flags\t\t\t", "flags", 1, Form::Flags),
    ("\n hairpin mode\t\t", "hairpin", IFLA_BRPORT_MODE, Form::Set),
];

/// Prints what `options`, the attributes of a bridge or port, say.
fn print(facts: &[Fact], options: &[u8], out: &mut Out) {
    let options = Slots::parse(options);
    let ticks = netmite_netlink::sys::clock_ticks();
    for (before, key, attribute, form) in facts {
        let number = options.unsigned(*attribute).unwrap_or(0);
        if number == 0 && matches!(form, Form::Set) {
            continue;
        }
        out.text(before);
        match form {
            Form::Id => out.put(key, "", id(options.get(*attribute).unwrap_or(&[])).as_str(), ""),
            Form::Number | Form::Set => column(out, key, Value::from(number), 4),
            Form::Word => out.put(key, "", number.to_string().as_str(), ""),
            Form::Hex => out.put(key, "", format!("{number:04x}").as_str(), ""),
            Form::Time => column(out, key, Value::Decimal(number.saturating_mul(100) / ticks, 2), 7),
            Form::State => {
                let state = usize::try_from(number).ok().and_then(|number| PORT_STATES.get(number));
                column(out, key, Value::from(*state.unwrap_or(&"unknown")), 15);
            }
            Form::Flags => {
                out.open_array(key);
                for (flag, name) in FLAGS.get(usize::from(*attribute)).into_iter().flat_map(|flags| flags.iter()) {
                    if options.unsigned(flag as u16).is_some_and(|set| set != 0) {
                        out.put("", "", name, " ");
                    }
                }
                out.close_array();
            }
        }
    }
    out.text("\n");
}

/// A value at the right end of a column.
fn column(out: &mut Out, key: &str, value: Value, width: usize) {
    out.json(key, value);
    out.text_padded(value, width, true);
}
