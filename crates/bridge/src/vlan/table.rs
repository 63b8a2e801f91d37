//! What `bridge vlan` takes and shows: the words of a change, the options of a port's VLANs, those of a bridge's.

use crate::words::{NOWHERE, State, Stray, Switch, VID, Vids, Whose, ends, plain};
use crate::{DEV, Dev, found};
use netmite_grammar::codec::{U8, U16, U32, U64};
use netmite_grammar::{
    Error, Result, Scope, Shape, Spec, Table, attr, exact, joined, matches, number, parse_only, row, rows, unambiguous,
};
use netmite_links::querier::QuerierState;
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;

/// Places for what is read before the message is built.
pub(super) const FLAGS: u16 = 0x3ffb;
pub(super) const TUNNEL: u16 = 0x3ffa;
pub(super) const TUNNEL_END: u16 = 0x3ff9;

/// The end of the identifiers of tunnels: 24 bits.
const TUNNELS: u32 = 1 << 24;

/// What `add` and `delete` take.
pub(super) static CHANGE: Table = Table::new("vlan", rows!(CHANGE_ROWS));
/// What `set` takes.
pub(super) static SET: Table = Table::new("vlan", rows!(SET_ROWS));
/// The options of a port's VLAN.
pub(super) static ENTRY: Table = Table::new("vlan", rows!(ENTRY_ROWS));
/// What `global set` takes.
pub(super) static GLOBAL: Table = Table::new("vlan", rows!(GLOBAL_ROWS));
/// The options of a bridge's VLAN.
pub(super) static OPTIONS: Table = Table::new("vlan", rows!(OPTION_ROWS));

#[rustfmt::skip]
const CHANGE_ROWS: &[Spec] = &[
    row(&[exact("dev")], attr!(DEV), &Dev, "the port; a bridge itself wants `self`"),
    row(&[exact("vid")], attr!(VID), &Vids(false), "the VLANs"),
    row(&[exact("pvid").tag(BRIDGE_VLAN_INFO_PVID as u32), exact("untagged").tag(BRIDGE_VLAN_INFO_UNTAGGED as u32)], attr!(FLAGS), &Whose, "where frames without a tag belong; that they leave without one"),
    row(&[exact("self").tag(BRIDGE_FLAGS_SELF as u32), exact("master").tag(BRIDGE_FLAGS_MASTER as u32)], attr!(IFLA_BRIDGE_FLAGS), &Whose, "the device's own bridge, or the one that it is a port of").inside(&[attr!(IFLA_AF_SPEC)]),
    row(&[exact("tunnel_info")], attr!(TUNNEL), &TunnelInfo, "the tunnels that the VLANs go into, one each"),
    STRAY,
];
const STRAY: Spec = row(&[], attr!(NOWHERE), &Stray(stray), "").positional();
const _: () = unambiguous(CHANGE_ROWS);

#[rustfmt::skip]
const ENTRY_ROWS: &[Spec] = &[
    row(&[exact("state")], attr!(BRIDGE_VLANDB_ENTRY_STATE), &State { bad: "Error: invalid STP state", number: small }, "what the spanning tree lets pass"),
    row(&[exact("mcast_router")], attr!(BRIDGE_VLANDB_ENTRY_MCAST_ROUTER), &U8.bad("invalid mcast_router"), "whether a multicast router is there: 0 no, 1 found out, 2 always, 3 for a time"),
    row(&[], attr!(BRIDGE_VLANDB_ENTRY_MCAST_N_GROUPS), &U32, "how many groups there are").json("mcast_n_groups").label("mcast_n_groups"),
    row(&[exact("mcast_max_groups")], attr!(BRIDGE_VLANDB_ENTRY_MCAST_MAX_GROUPS), &U32.bad("invalid mcast_max_groups"), "how many there may be; 0 without end"),
    row(&[exact("neigh_suppress")], attr!(BRIDGE_VLANDB_ENTRY_NEIGH_SUPPRESS), &Switch, "the bridge answers for neighbours"),
    row(&[exact("neigh_forward_grat")], attr!(BRIDGE_VLANDB_ENTRY_NEIGH_FORWARD_GRAT), &Switch, "unasked announcements pass nevertheless"),
];

#[rustfmt::skip]
const OPTION_ROWS: &[Spec] = &[
    row(&[exact("mcast_snooping")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_SNOOPING), &U8.bad("invalid mcast_snooping"), "learn who listens to which group"),
    row(&[exact("mcast_querier")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_QUERIER), &U8.bad("invalid mcast_querier"), "send queries"),
    row(&[], attr!(BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_STATE), &QuerierState, "who sends queries"),
    row(&[exact("mcast_igmp_version")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_IGMP_VERSION), &U8.bad("invalid mcast_igmp_version"), "2 or 3"),
    row(&[exact("mcast_mld_version")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_MLD_VERSION), &U8.bad("invalid mcast_mld_version"), "1 or 2"),
    row(&[exact("mcast_last_member_count")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_CNT), &U32.bad("invalid mcast_last_member_count"), "queries before a group that was left is dropped"),
    row(&[exact("mcast_last_member_interval")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_INTVL), &U64.bad("invalid mcast_last_member_interval"), "time between those, in 1/100 s"),
    row(&[exact("mcast_startup_query_count")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_CNT), &U32.bad("invalid mcast_startup_query_count"), "queries at the start"),
    row(&[exact("mcast_startup_query_interval")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_INTVL), &U64.bad("invalid mcast_startup_query_interval"), "time between those, in 1/100 s"),
    row(&[exact("mcast_membership_interval")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_MEMBERSHIP_INTVL), &U64.bad("invalid mcast_membership_interval"), "time after which a silent member is none, in 1/100 s"),
    row(&[exact("mcast_querier_interval")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_INTVL), &U64.bad("invalid mcast_querier_interval"), "time after which another querier is gone, in 1/100 s"),
    row(&[exact("mcast_query_interval")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_QUERY_INTVL), &U64.bad("invalid mcast_query_interval"), "time between queries, in 1/100 s"),
    row(&[exact("mcast_query_response_interval")], attr!(BRIDGE_VLANDB_GOPTS_MCAST_QUERY_RESPONSE_INTVL), &U64.bad("invalid mcast_query_response_interval"), "time to answer within, in 1/100 s"),
    row(&[exact("msti")], attr!(BRIDGE_VLANDB_GOPTS_MSTI), &U16.bad("invalid msti"), "the spanning tree instance, 0 to 4094"),
];

/// What both kinds of `set` take besides.
#[rustfmt::skip]
const OWN: &[Spec] = &[
    row(&[exact("dev")], attr!(DEV), &NetworkDevice, "the port or bridge"),
    row(&[exact("vid")], attr!(VID), &Vids(true), "the VLANs"),
    STRAY,
];
const SET_ROWS: &[Spec] = &joined::<{ OWN.len() + ENTRY_ROWS.len() }>(OWN, ENTRY_ROWS, &[attr!(BRIDGE_VLANDB_ENTRY)]);
const GLOBAL_ROWS: &[Spec] =
    &joined::<{ OWN.len() + OPTION_ROWS.len() }>(OWN, OPTION_ROWS, &[attr!(BRIDGE_VLANDB_GLOBAL_OPTIONS)]);
const _: () = unambiguous(SET_ROWS);
const _: () = unambiguous(GLOBAL_ROWS);

/// A number of decimal digits, 8 bits.
fn small(word: &[u8]) -> Option<u8> {
    plain(word).and_then(|number| u8::try_from(number).ok())
}

/// `help` is passed over too, but takes a word with it.
fn stray(word: &[u8], scope: &mut Scope) -> Result<()> {
    if matches(word, "help") { scope.value().map(|_| ()) } else { Ok(()) }
}

parse_only!(
    /// The device, looked up at once.
    NetworkDevice,
    Shape::Device,
    |self, row, _key, scope| {
        let word = scope.value()?;
        let index = found(scope.context, "Cannot find network device \"%\"", word)?;
        scope.set(row.number(), index);
        Ok(())
    }
);

parse_only!(
    /// `id 100`, or `id 100-110` for a range of VLANs.
    TunnelInfo,
    Shape::Value("id TUNNEL[-TUNNEL]"),
    |self, _row, _key, scope| {
        let word = scope.value()?;
        if !matches(word, "id") {
            return Err(Error::wrong(word, "tunnel id expected"));
        }
        let word = scope.value()?;
        let (first, last) = ends(word);
        // Of a range the reference names the first part, whichever is wrong.
        let wrong = || Error::wrong(first, "invalid tun id").hint("it takes 0 to 16777215");
        let read = |part| number::u32(part).filter(|id| *id < TUNNELS).ok_or_else(wrong);
        let start = read(first)?;
        let end = last.map(read).transpose()?;
        scope.tree.remove(ROOT, TUNNEL_END);
        scope.set(TUNNEL, start);
        if let Some(end) = end {
            scope.set(TUNNEL_END, end);
        }
        Ok(())
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_documented() {
        for row in [CHANGE_ROWS, ENTRY_ROWS, OPTION_ROWS].concat().iter().filter(|row| !row.positional) {
            assert!(!row.doc.is_empty());
        }
    }

    #[test]
    fn flags_add_up() {
        assert_eq!(CHANGE.find(b"pvid").map(|(_, _, key)| key.tag), Some(2));
        assert!(CHANGE.find(b"pvi").is_none());
    }
}
