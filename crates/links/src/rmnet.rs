//! rmnet: one of several channels of a modem (Qualcomm's MAP) on one link.

use crate::masked::{Masked, pair};
use netmite_grammar::codec::{U16, on_off};
use netmite_grammar::{Error, Spec, Table, attr, exact, print_only, row, rows, unambiguous};
use netmite_netlink::uapi::{IFLA_RMNET_FLAGS, IFLA_RMNET_MUX_ID};
use netmite_output::{Names, names};

/// The options of an rmnet.
pub static RMNET: Table = Table {
    unknown: |table, word| match word == b"help" {
        true => Error::new(1, table.help_text()),
        false => table.suggest(word, Error::unknown_option(table.name, word)),
    },
    ..Table::new("rmnet", rows!(ROWS))
};

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("mux_id")], attr!(IFLA_RMNET_MUX_ID), &U16.bad("mux_id is invalid"), "the channel's number, 1 to 254"),
    row(&[], attr!(IFLA_RMNET_FLAGS), &Flags, "what is on").json("flags"),
    row(&[exact("ingress-deaggregation")], attr!(IFLA_RMNET_FLAGS), &Masked(1, on_off), "packets that come in one frame are taken apart"),
    row(&[exact("ingress-commands")], attr!(IFLA_RMNET_FLAGS), &Masked(2, on_off), "commands of the modem are obeyed"),
    row(&[exact("ingress-mapv4-checksum")], attr!(IFLA_RMNET_FLAGS), &Masked(4, on_off), "checksums of MAPv4 come in"),
    row(&[exact("egress-mapv4-checksum")], attr!(IFLA_RMNET_FLAGS), &Masked(8, on_off), "checksums of MAPv4 go out"),
    row(&[exact("ingress-mapv5-checksum")], attr!(IFLA_RMNET_FLAGS), &Masked(16, on_off), "checksums of MAPv5 come in"),
    row(&[exact("egress-mapv5-checksum")], attr!(IFLA_RMNET_FLAGS), &Masked(32, on_off), "checksums of MAPv5 go out"),
];
const _: () = unambiguous(ROWS);

/// Names of the flags by bit: `RMNET_FLAGS_…`, linux/if_link.h.
const NAMES: Names = names![
    ("INGRESS_DEAGGREGATION", 1),
    ("INGRESS_MAP_COMMANDS", 2),
    ("INGRESS_MAP_CKSUMV4", 4),
    ("EGRESS_MAP_CKSUMV4", 8),
    ("INGRESS_MAP_CKSUMV5", 16),
    ("EGRESS_MAP_CKSUMV5", 32),
];
const ALL: u32 = 63;

print_only!(
    /// All flags that are on.
    Flags,
    |self, row, attrs, context| {
        let Some([flags, _]) = attrs.get(row.number()).and_then(pair).filter(|pair| pair[0] != 0) else { return };
        context.out.bits(row.json_key(), "<", flags & ALL, NAMES);
        context.out.text("> ");
    }
);
