//! A port's options as `bridge link` says them: a view of the rows that `ip link … type bridge_slave` has.

use crate::words::{State, Switch, Whose, add_flag};
use crate::{DEV, Decimal, Dev, found};
use netmite_grammar::codec::{U8, U16, U32, Unsigned};
use netmite_grammar::{
    Attr, Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, Table, attr, exact, joined, number, parse_only,
    plain, row, rows, unambiguous, view,
};
use netmite_links::bridge_slave::{IFLA_BRPORT_NEIGH_FORWARD_GRAT, ROWS};
use netmite_netlink::attributes::Slots;
use netmite_netlink::uapi::*;
use netmite_output::{brief, names};

/// What `bridge link set` takes.
pub(super) static LINK: Table =
    Table { unknown: |table, word| table.suggest(word, super::usage()), ..Table::new("port", rows!(ALL)) };
/// What is shown of every port.
pub(super) static BRIEF: Table = Table::new("port", rows!(PORT.split_at(3).0));
/// What `-d` adds.
pub(super) static DETAILS: Table = Table::new("port", rows!(PORT.split_at(3).1));

/// A row of the view that is `on` or `off`.
const fn switch(attr: Attr, keys: &'static [Key]) -> Spec {
    view(ROWS, attr).words(keys).codec(&Switch)
}

/// A row of the view that is a number; the complaint is about its word.
const fn number(attr: Attr, keys: &'static [Key], codec: &'static dyn Codec) -> Spec {
    view(ROWS, attr).words(keys).codec(codec)
}

/// In the order in which they are shown.
#[rustfmt::skip]
const PORT: &[Spec] = &[
    view(ROWS, attr!(IFLA_BRPORT_STATE)).words(&[exact("state")]).codec(&State { bad: "Error: invalid STP port state", number: number::u8 }),
    number(attr!(IFLA_BRPORT_PRIORITY), &[exact("priority")], &Decimal(Unsigned { most: i16::MAX as u64, ..U16.bad("invalid priority") })),
    number(attr!(IFLA_BRPORT_COST), &[exact("cost")], &Decimal(U32.bad("invalid cost"))),
    switch(attr!(IFLA_BRPORT_MODE), &[exact("hairpin")]),
    switch(attr!(IFLA_BRPORT_GUARD), &[exact("guard")]),
    switch(attr!(IFLA_BRPORT_PROTECT), &[exact("root_block")]),
    switch(attr!(IFLA_BRPORT_FAST_LEAVE), &[exact("fastleave")]),
    switch(attr!(IFLA_BRPORT_LEARNING), &[exact("learning")]),
    row(&[exact("learning_sync")], attr!(IFLA_BRPORT_LEARNING_SYNC), &Switch, "the device's own table is kept in step"),
    switch(attr!(IFLA_BRPORT_UNICAST_FLOOD), &[exact("flood")]),
    switch(attr!(IFLA_BRPORT_MCAST_FLOOD), &[exact("mcast_flood")]),
    switch(attr!(IFLA_BRPORT_BCAST_FLOOD), &[exact("bcast_flood")]),
    number(attr!(IFLA_BRPORT_MULTICAST_ROUTER), &[exact("mcast_router")], &Decimal(Unsigned { most: i8::MAX as u64, ..U8.bad("invalid mcast_router") })),
    switch(attr!(IFLA_BRPORT_MCAST_TO_UCAST), &[exact("mcast_to_unicast")]),
    switch(attr!(IFLA_BRPORT_NEIGH_SUPPRESS), &[exact("neigh_suppress")]),
    switch(attr!(IFLA_BRPORT_NEIGH_VLAN_SUPPRESS), &[exact("neigh_vlan_suppress")]),
    switch(IFLA_NEIGH_FORWARD_GRAT, &[exact("neigh_forward_grat")]),
    switch(attr!(IFLA_BRPORT_VLAN_TUNNEL), &[exact("vlan_tunnel")]),
    view(ROWS, attr!(IFLA_BRPORT_BACKUP_PORT)).words(&[exact("backup_port").tag(1), exact("nobackup_port")]).codec(&BackupPort),
    number(attr!(IFLA_BRPORT_BACKUP_NHID), &[exact("backup_nhid")], &Unsigned { quiet_zero: true, ..U32.bad("invalid backup_nhid") }),
    switch(attr!(IFLA_BRPORT_ISOLATED), &[exact("isolated")]),
    switch(attr!(IFLA_BRPORT_LOCKED), &[exact("locked")]),
    switch(attr!(IFLA_BRPORT_MAB), &[exact("mab")]),
    row(&[], attr!(IFLA_BRPORT_MCAST_N_GROUPS), &U32, "how many groups the port has joined").json("mcast_n_groups").label("mcast_n_groups"),
    row(&[exact("mcast_max_groups")], attr!(IFLA_BRPORT_MCAST_MAX_GROUPS), &Unsigned { most: i32::MAX as u64, ..U32.bad("invalid mcast_max_groups") }, "how many it may join; 0 without end"),
];
const IFLA_NEIGH_FORWARD_GRAT: Attr = attr!(IFLA_BRPORT_NEIGH_FORWARD_GRAT);

#[rustfmt::skip]
const OWN: &[Spec] = &[
    row(&[exact("dev")], attr!(DEV), &Dev, "the port"),
    row(&[exact("hwmode")], attr!(IFLA_BRIDGE_MODE), &HwMode, "how the device itself bridges").inside(&[attr!(IFLA_AF_SPEC)]),
    row(&[exact("self").tag(BRIDGE_FLAGS_SELF as u32), exact("master").tag(BRIDGE_FLAGS_MASTER as u32)], attr!(IFLA_BRIDGE_FLAGS), &Whose, "the device's own bridge, or the one that it is a port of").inside(&[attr!(IFLA_AF_SPEC)]),
];
const ALL: &[Spec] = &joined::<{ OWN.len() + PORT.len() }>(OWN, PORT, &[attr!(IFLA_PROTINFO)]);
const _: () = unambiguous(ALL);

/// `backup_port DEVICE` or `nobackup_port`, with the complaint that `bridge` has.
struct BackupPort;

impl Codec for BackupPort {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let index = match key.tag {
            0 => 0,
            _ => {
                let word = scope.value()?;
                found(scope.context, "Error: device % does not exist", word)?
            }
        };
        scope.set(row.number(), index);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        view(ROWS, attr!(IFLA_BRPORT_BACKUP_PORT)).codec.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        view(ROWS, attr!(IFLA_BRPORT_BACKUP_PORT)).codec.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        Shape::Device
    }
}

parse_only!(
    /// The mode of a device that bridges by itself; it implies `self`.
    HwMode,
    Shape::Choice(names!["vepa", "veb"]),
    |self, row, _key, scope| {
        let mode = match plain(scope.value()?) {
            "vepa" => BRIDGE_MODE_VEPA,
            "veb" => BRIDGE_MODE_VEB,
            _ => return Err(Error::new(255, brief!("Mode argument must be \"vepa\" or \"veb\"."))),
        };
        scope.set(row.number(), mode);
        add_flag(scope, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
        Ok(())
    }
);
