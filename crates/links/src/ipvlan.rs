//! ipvlan and ipvtap: a link with an address of its own on another's link-layer address.

use netmite_grammar::codec::{OneOf, Refusing, one_of};
use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Rows, Scope, Shape, Slots, Spec, Table, attr, key, row, rows, unambiguous,
};
use netmite_netlink::uapi::*;
use netmite_output::{brief, names};

/// The options of an ipvlan.
pub static IPVLAN: Table = table("ipvlan", rows!(IPVLAN_ROWS));
/// The options of an ipvtap, which a program reads like a tap.
pub static IPVTAP: Table = table("ipvtap", rows!(IPVTAP_ROWS));

const fn table(name: &'static str, rows: &'static Rows) -> Table {
    Table { rules, unknown: Table::unknown_word, ..Table::new(name, rows) }
}

#[rustfmt::skip]
const IPVLAN_ROWS: &[Spec] = &[MODE, row(FLAGS, attr!(IFLA_IPVLAN_FLAGS), &Flags("ipvlan"), FLAGS_DOC)];
#[rustfmt::skip]
const IPVTAP_ROWS: &[Spec] = &[MODE, row(FLAGS, attr!(IFLA_IPVLAN_FLAGS), &Flags("ipvtap"), FLAGS_DOC)];
const _: () = unambiguous(IPVLAN_ROWS);

// A blank more than elsewhere stands before the mode.
const MODE: Spec =
    row(&[key("mode", 1)], attr!(IFLA_IPVLAN_MODE), MODES, "at which layer packets are switched").label(" mode");
const FLAGS: &[Key] = &[key("bridge", 1), key("private", 1).tag(PRIVATE), key("vepa", 1).tag(VEPA)];
const FLAGS_DOC: &str = "whether links of one device reach each other: yes, no, or by a switch outside";

const MODES: &dyn Codec = &Refusing(&OneOf { other: "unknown", ..one_of(2, names!["l2", "l3", "l3s"]) }, |_| {
    Error::new(1, brief!("Error: argument of \"mode\" must be either \"l2\", \"l3\" or \"l3s\""))
});

// `IPVLAN_F_…`: linux/if_link.h.
const PRIVATE: u32 = 1;
const VEPA: u32 = 2;

/// What is said is sent with flags, even if none was.
fn rules(scope: &mut Scope) -> Result<()> {
    if !scope.tree.has(scope.node, IFLA_IPVLAN_FLAGS) {
        scope.set(IFLA_IPVLAN_FLAGS, 0u16);
    }
    Ok(())
}

/// One of three words, the key's tag; a second one is as unknown as any other. The member is the kind.
struct Flags(&'static str);

fn word(row: &Row, attrs: &Slots) -> Option<&'static str> {
    let flags = u32::from(attrs.u16(row.number())?);
    let set = row.keys().find(|key| flags & key.tag != 0);
    set.or(row.keys().next()).map(|key| key.word)
}

impl Codec for Flags {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        if scope.tree.has(scope.node, row.number()) {
            let text = [self.0.as_bytes(), b": unknown option \"", scope.words.last(), b"\"?"].concat();
            return Err(Error::new(1, text).hint(brief!("one of bridge, private and vepa is enough")));
        }
        scope.set(row.number(), key.tag as u16);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        if let Some(word) = word(row, attrs) {
            crate::macvlan::flag_on(word, context);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        to.extend(word(row, attrs).map(|word| word.as_bytes().to_vec()));
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}
