//! vlan: the frames of another link that carry one VLAN's tag.

use crate::masked::{Masked, pair};
use netmite_grammar::codec::{EtherType, U16, on_or_off};
use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, Spec, Table, attr, key, number, print_only, row,
    rows, unambiguous,
};
use netmite_netlink::uapi::*;
use netmite_output::{Names, names};

/// The options of a VLAN.
pub static VLAN: Table = Table::new("vlan", rows!(ROWS));

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[key("protocol", 1)], attr!(IFLA_VLAN_PROTOCOL), &EtherType { bad: "protocol is invalid" }, "the protocol of the tags"),
    row(&[key("id", 1)], attr!(IFLA_VLAN_ID), &U16.bad("id is invalid"), "the VLAN, 0 to 4095"),
    row(&[], attr!(IFLA_VLAN_FLAGS), &Flags, "the flags below that are on").json("flags"),
    row(&[key("reorder_hdr", 1)], attr!(IFLA_VLAN_FLAGS), &const { flag(1) }, "the tag is taken out of what a program sees"),
    row(&[key("gvrp", 1)], attr!(IFLA_VLAN_FLAGS), &const { flag(2) }, "announce the VLAN by GVRP"),
    row(&[key("mvrp", 1)], attr!(IFLA_VLAN_FLAGS), &const { flag(8) }, "announce the VLAN by MVRP"),
    row(&[key("loose_binding", 1)], attr!(IFLA_VLAN_FLAGS), &const { flag(4) }, "stays up when the link below goes down"),
    row(&[key("bridge_binding", 1)], attr!(IFLA_VLAN_FLAGS), &const { flag(16) }, "is up while a port of the VLAN on the bridge below is"),
    row(&[key("ingress-qos-map", 2)], attr!(IFLA_VLAN_INGRESS_QOS), &QosMap("invalid ingress-qos-map"), "from the tag's priority to the packet's").json("ingress_qos"),
    row(&[key("egress-qos-map", 1)], attr!(IFLA_VLAN_EGRESS_QOS), &QosMap("invalid egress-qos-map"), "from the packet's priority to the tag's").json("egress_qos"),
];
const _: () = unambiguous(ROWS);

/// Names of the flags, in print order: `VLAN_FLAG_…`, linux/if_vlan.h.
const FLAG_NAMES: Names =
    names![("REORDER_HDR", 1), ("GVRP", 2), ("MVRP", 8), ("LOOSE_BINDING", 4), ("BRIDGE_BINDING", 16)];

print_only!(
    /// All flags that are on.
    Flags,
    |self, row, attrs, context| {
        let Some([flags, _]) = attrs.get(row.number()).and_then(pair).filter(|pair| pair[0] != 0) else { return };
        context.out.bits(row.json_key(), "<", flags, FLAG_NAMES);
        context.out.text("> ");
    }
);

const fn flag(bit: u32) -> Masked {
    Masked(bit, on_or_off)
}

/// Mappings `FROM:TO`, as many as follow; the member is what is said of a wrong one.
struct QosMap(&'static str);

impl QosMap {
    fn mapping(&self, word: &[u8], colon: usize) -> Result<[u32; 2]> {
        let (from, to) = (word.get(..colon).unwrap_or(b""), word.get(colon + 1..).unwrap_or(b""));
        match (number::u32(from), number::u32(to)) {
            (Some(from), Some(to)) => Ok([from, to]),
            _ => Err(Error::wrong(from, self.0)),
        }
    }
}

impl Codec for QosMap {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        if scope.words.is_empty() {
            return Err(Error::incomplete());
        }
        scope.tree.remove(scope.node, row.number());
        let map = scope.tree.nest(scope.node, row.number());
        while let Some(word) = scope.words.peek() {
            let Some(colon) = word.iter().position(|byte| *byte == b':') else { break };
            let mapping = self.mapping(word, colon)?.map(u32::to_ne_bytes);
            scope.words.take();
            scope.tree.push(map, IFLA_VLAN_QOS_MAPPING, mapping.as_flattened(), scope.words.position());
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let out = &mut context.out;
        out.open_array(row.json_key());
        out.newline();
        ["      ", row.text_label(), " { "].iter().for_each(|part| out.text(part));
        for [from, to] in attrs.nested(row.number()).filter_map(|one| pair(one.payload)) {
            out.open_object("");
            out.put("from", "", from, "");
            out.put("to", ":", to, " ");
            out.close_object();
        }
        out.text("} ");
        out.close_array();
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let mappings = attrs.nested(row.number()).filter_map(|one| pair(one.payload));
        let words: Vec<_> = mappings.map(|[from, to]| format!("{from}:{to}").into_bytes()).collect();
        to.extend((!words.is_empty()).then(|| row.word().as_bytes().to_vec()));
        to.extend(words);
    }

    fn shape(&self) -> Shape {
        Shape::Value("FROM:TO...")
    }
}
