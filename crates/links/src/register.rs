//! The kinds of links, a line each.

use netmite_grammar::Table;

/// Every kind that has options; `…_slave` are the options of the ports of a kind.
pub const KINDS: &[&Table] = &[&crate::bridge::BRIDGE, &crate::bridge_slave::BRIDGE_SLAVE, &crate::veth::VETH];

/// Kinds that the kernel has and that take no options, for help and completion.
pub const WITHOUT_OPTIONS: &[&str] = &["dummy", "ifb", "nlmon", "vcan", "wireguard"];

/// The table of the kind called `name`.
pub fn kind(name: &[u8]) -> Option<&'static Table> {
    KINDS.iter().copied().find(|table| table.name.as_bytes() == name)
}

/// The table of the ports of the kind called `name`.
pub fn slave(name: &[u8]) -> Option<&'static Table> {
    KINDS.iter().copied().find(|table| table.name.strip_suffix("_slave").is_some_and(|own| own.as_bytes() == name))
}
