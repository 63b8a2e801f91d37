//! rmnet: one of several channels of a modem (Qualcomm's MAP) on one link.

use netmite_grammar::codec::{U16, on_off};
use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, Table, attr, exact, print_only, row, unambiguous,
};
use netmite_netlink::attributes::array;
use netmite_netlink::uapi::{IFLA_RMNET_FLAGS, IFLA_RMNET_MUX_ID};

/// The options of an rmnet.
pub static RMNET: Table = Table {
    unknown: |table, word| match word {
        b"help" => Error::new(1, table.help_text()),
        _ => table.suggest(word, Error::unknown_option(table.name, word)),
    },
    ..Table::new("rmnet", ROWS)
};

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row(&[exact("mux_id")], attr!(IFLA_RMNET_MUX_ID), &U16.bad("mux_id is invalid"), "the channel's number, 1 to 254"),
    row(&[], attr!(IFLA_RMNET_FLAGS), &Flags, "what is on").json(&"flags"),
    row(&[exact("ingress-deaggregation")], attr!(IFLA_RMNET_FLAGS), &Flag(1), "packets that come in one frame are taken apart"),
    row(&[exact("ingress-commands")], attr!(IFLA_RMNET_FLAGS), &Flag(2), "commands of the modem are obeyed"),
    row(&[exact("ingress-mapv4-checksum")], attr!(IFLA_RMNET_FLAGS), &Flag(4), "checksums of MAPv4 come in"),
    row(&[exact("egress-mapv4-checksum")], attr!(IFLA_RMNET_FLAGS), &Flag(8), "checksums of MAPv4 go out"),
    row(&[exact("ingress-mapv5-checksum")], attr!(IFLA_RMNET_FLAGS), &Flag(16), "checksums of MAPv5 come in"),
    row(&[exact("egress-mapv5-checksum")], attr!(IFLA_RMNET_FLAGS), &Flag(32), "checksums of MAPv5 go out"),
];
const _: () = unambiguous(ROWS);

/// Names of the flags by bit: `RMNET_FLAGS_…`, linux/if_link.h.
const NAMES: &[&str] = &[
    "INGRESS_DEAGGREGATION",
    "INGRESS_MAP_COMMANDS",
    "INGRESS_MAP_CKSUMV4",
    "EGRESS_MAP_CKSUMV4",
    "INGRESS_MAP_CKSUMV5",
    "EGRESS_MAP_CKSUMV5",
];

/// `struct ifla_rmnet_flags`: the flags, and which of them are meant.
fn pair(payload: &[u8]) -> Option<[u32; 2]> {
    let [a, b, c, d, e, f, g, h] = array::<8>(payload)?;
    Some([u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h])])
}

print_only!(
    /// All flags that are on.
    Flags,
    |self, row, attrs, context| {
        let Some([flags, _]) = attrs.get(row.number()).and_then(pair).filter(|pair| pair[0] != 0) else { return };
        context.out.open_array(row.json_key());
        let mut before = "<";
        for (_, name) in NAMES.iter().enumerate().filter(|(bit, _)| flags & 1 << bit != 0) {
            context.out.put("", std::mem::replace(&mut before, ","), *name, "");
        }
        context.out.close_array();
        context.out.text("> ");
    }
);

/// A flag by its bit, `on` or `off`.
struct Flag(u32);

impl Codec for Flag {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let bit = if on_off(key.word, word)? { self.0 } else { 0 };
        let [flags, mask] = scope.tree.get(scope.node, row.number()).and_then(pair).unwrap_or([0, 0]);
        let flags = flags & !self.0 | bit;
        scope.set(row.number(), [flags.to_ne_bytes(), (mask | self.0).to_ne_bytes()].as_flattened());
        Ok(())
    }

    // All flags stand together, where the row before has them.
    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some([flags, _]) = attrs.get(row.number()).and_then(pair).filter(|[_, mask]| mask & self.0 != 0) {
            netmite_grammar::codec::say(to, row.word(), netmite_output::Value::OnOff(flags & self.0 != 0));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Choice(&["on", "off"])
    }
}
