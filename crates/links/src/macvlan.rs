//! macvlan and macvtap: a link with a link-layer address of its own on another link.

use crate::mac_list::MacList;
use netmite_grammar::codec::{OneOf, Refusing, Signed, U32, one_of};
use netmite_grammar::{
    Attr, Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, Spec, Table, attr, exact, key, row, rows,
    unambiguous,
};
use netmite_netlink::attributes::{array, unsigned};
use netmite_netlink::uapi::*;
use netmite_output::{Names, names};

/// The options of a macvlan.
pub static MACVLAN: Table = Table {
    rules: |scope| rules(scope, "macvlan"),
    unknown: Table::unknown_word,
    ..Table::new("macvlan", rows!(ROWS))
};
/// The options of a macvtap, which a program reads like a tap.
pub static MACVTAP: Table = Table {
    rules: |scope| rules(scope, "macvtap"),
    unknown: Table::unknown_word,
    ..Table::new("macvtap", rows!(ROWS))
};

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[key("mode", 1)], attr!(IFLA_MACVLAN_MODE), &Refusing(&MODE, bad_mode), "whom the links of one device reach"),
    row(&[key("flag", 1), key("nopromisc", 1).tag(NOPROMISC), key("nodst", 3).tag(NODST)], attr!(IFLA_MACVLAN_FLAGS), &Flags, "nopromisc: the device below stays out of promiscuous mode; nodst: the destination of source mode is not looked up"),
    row(&[key("bcqueuelen", 1)], attr!(IFLA_MACVLAN_BC_QUEUE_LEN), &Refusing(&U32, bad_length), "broadcasts that may wait"),
    row(&[], attr!(IFLA_MACVLAN_BC_QUEUE_LEN_USED), &U32, "how many may wait at the device below").json("usedbcqueuelen").label("usedbcqueuelen"),
    row(&[exact("bclim")], attr!(IFLA_MACVLAN_BC_CUTOFF), &Refusing(&Signed(""), bad_limit), "groups of more members than this are queued; -1 for none"),
    row(&[key("macaddr", 2)], attr!(IFLA_MACVLAN_MACADDR_COUNT), &MacList, "the senders that source mode lets in").json("macaddr_count").also(SOURCES),
];
const _: () = unambiguous(ROWS);

const SOURCES: &[Attr] =
    &[attr!(IFLA_MACVLAN_MACADDR_DATA), attr!(IFLA_MACVLAN_MACADDR_MODE), attr!(IFLA_MACVLAN_MACADDR)];

/// Whether a word is one of the options.
pub(crate) fn is_option(word: &[u8]) -> bool {
    MACVLAN.find(word).is_some()
}

// `MACVLAN_FLAG_…` and `MACVLAN_MODE_…`: linux/if_link.h.
const NOPROMISC: u32 = 1;
const NODST: u32 = 2;
const PASSTHRU: u32 = 8;
pub(crate) const SOURCE: u32 = 16;

const MODE: OneOf = OneOf {
    other: "unknown",
    ..one_of(4, names![("private", 1), ("vepa", 2), ("bridge", 4), ("passthru", PASSTHRU), ("source", SOURCE)])
};

/// What is said of a word that is none of a few, the last of which is behind `or`.
fn none_of(head: &str, word: &[u8]) -> Error {
    Error::of(1, &[b"Error: argument of ", head.as_bytes(), b", not \"", word, b"\""])
}

/// Shows a word that says all.
pub(crate) fn flag_on(word: &str, context: &mut Context) {
    context.out.json(word, true);
    context.out.text(word);
    context.out.text(" ");
}

fn bad_mode(word: &[u8]) -> Error {
    none_of("\"mode\" must be \"private\", \"vepa\", \"bridge\", \"passthru\" or \"source\"", word)
}

fn bad_flag(word: &[u8]) -> Error {
    none_of("\"flag\" must be \"nopromisc\", \"nodst\" or \"null\"", word)
}

fn bad_length(word: &[u8]) -> Error {
    none_of("\"bcqueuelen\" must be a positive integer [0-4294967295]", word)
}

fn bad_limit(word: &[u8]) -> Error {
    Error::about(1, "Error: illegal value for \"bclim\": \"%\"", word)
}

fn rules(scope: &mut Scope, kind: &str) -> Result<()> {
    let number = |kind| scope.tree.get(scope.node, kind).and_then(unsigned);
    let quiet = number(IFLA_MACVLAN_FLAGS).is_some_and(|flags| flags & u64::from(NOPROMISC) != 0);
    if quiet && number(IFLA_MACVLAN_MODE) != Some(u64::from(PASSTHRU)) {
        return Err(Error::new(1, format!("{kind}: nopromisc flag only valid in passthru mode")));
    }
    Ok(())
}

/// The words behind `flag`, and their bits.
const FLAGS: Names = names![("null", 0), ("nopromisc", NOPROMISC), ("nodst", NODST)];

/// Flags that add up: by `flag WORD`, or each by its word, whose tag is the bit.
struct Flags;

impl Codec for Flags {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let bit = match key.tag {
            0 => {
                let word = scope.value()?;
                FLAGS.number(word).ok_or_else(|| bad_flag(word))?
            }
            bit => bit,
        };
        let before = scope.tree.get(scope.node, row.number()).and_then(array).map(u16::from_ne_bytes);
        scope.set(row.number(), before.unwrap_or(0) | bit as u16);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let flags = u32::from(attrs.u16(row.number()).unwrap_or(0));
        for key in row.keys().filter(|key| flags & key.tag != 0) {
            flag_on(key.word, context);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let flags = u32::from(attrs.u16(row.number()).unwrap_or(0));
        let keys = row.keys().filter(|key| flags & key.tag != 0);
        to.extend(keys.map(|key| key.word.as_bytes().to_vec()));
    }

    fn shape(&self) -> Shape {
        Shape::Value("{ nopromisc | nodst | null }")
    }
}
