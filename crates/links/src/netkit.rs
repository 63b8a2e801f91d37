//! netkit: a pair of links whose ends are programs' to decide about. The peer is a whole link of its own.

use netmite_grammar::codec::{OneOf, Refusing, one_of};
use netmite_grammar::{
    Codec, Context, Error, Key, Repeat, Result, Row, Scope, Shape, Slots, Spec, Table, attr, exact, row, rows,
    unambiguous,
};
use netmite_netlink::uapi::*;
use netmite_output::{Names, brief, names};

/// The options of a netkit.
pub static NETKIT: Table = Table { unknown: Table::unknown_word, ..Table::new("netkit", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("mode")], attr!(IFLA_NETKIT_MODE), &Mode, "l3: packets; l2: frames"),
    row(&[], attr!(IFLA_NETKIT_PRIMARY), &Primary, "which end of the pair it is").json("type"),
    row(POLICY, attr!(IFLA_NETKIT_POLICY), &Policy, "what becomes of packets while no program says so").json("policy").label("policy"),
    row(&[], attr!(IFLA_NETKIT_PEER_POLICY), &Policy, "the same, at the other end").json("peer_policy").label("peer policy"),
    row(&[exact("scrub")], attr!(IFLA_NETKIT_SCRUB), SCRUB, "whether packets lose their mark and priority"),
    row(&[], attr!(IFLA_NETKIT_PEER_SCRUB), SCRUB, "the same, at the other end").json("peer_scrub").label("peer scrub"),
    row(&[exact("peer")], attr!(IFLA_NETKIT_PEER_INFO), &Peer, "the other end: its policy and scrub, and what `ip link add` takes").repeat(Repeat::Duplicate),
];
const _: () = unambiguous(ROWS);

/// What may follow `peer`: options of the other end and, from the first word that is none of them, a link.
pub(crate) static PEER: Table = Table::new("netkit", rows!(PEER_ROWS));

#[rustfmt::skip]
const PEER_ROWS: &[Spec] = &[
    row(&[exact("mode")], attr!(IFLA_NETKIT_MODE), &Mode, "l3: packets; l2: frames"),
    row(POLICY, attr!(IFLA_NETKIT_PEER_POLICY), &Policy, "what becomes of packets while no program says so"),
    row(&[exact("scrub")], attr!(IFLA_NETKIT_PEER_SCRUB), SCRUB, "whether packets lose their mark and priority"),
    row(&[], attr!(IFLA_NETKIT_PEER_INFO), &PeerLink, "a link").positional(),
];

// `NETKIT_PASS` and `NETKIT_DROP`: linux/if_link.h.
const POLICY: &[Key] = &[exact("forward"), exact("blackhole").tag(2)];

/// Two words for 0 and 1.
const fn words(words: Names) -> OneOf {
    OneOf { other: "UNKNOWN", ..one_of(4, words) }
}

const MODE: &dyn Codec = &Refusing(&words(names!["l2", "l3"]), |_| {
    Error::new(1, brief!("Error: argument of \"mode\" must be either \"l3\" or \"l2\""))
});
const SCRUB: &dyn Codec = &Refusing(&words(names!["none", "default"]), |_| {
    Error::new(1, brief!("Error: scrub must be either \"none\" or \"default\""))
});

/// The mode, once, before `peer` or behind it.
struct Mode;

impl Codec for Mode {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        if scope.tree.has(scope.node, row.number()) {
            return Err(Error::duplicate("mode", scope.value()?));
        }
        MODE.parse(row, key, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        MODE.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        MODE.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        MODE.shape()
    }
}

/// One of the words of [`POLICY`], whose tag it is sent as.
struct Policy;

impl Codec for Policy {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        scope.set(row.number(), key.tag);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let policy = attrs.u32(row.number());
        let key = POLICY.iter().find(|key| Some(key.tag) == policy);
        context.field(row, key.map_or("UNKNOWN", |key| key.word));
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let policy = attrs.u32(row.number());
        to.extend(POLICY.iter().find(|key| Some(key.tag) == policy).map(|key| key.word.as_bytes().to_vec()));
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

netmite_grammar::print_only!(
    /// Which end of the pair it is.
    Primary,
    |self, row, attrs, context| {
        let end = if attrs.u8(row.number()) == Some(0) { "peer" } else { "primary" };
        context.out.field(row.json_key(), "type", end);
    }
);

netmite_grammar::parse_only!(
    /// `peer`, and what belongs to it to the end of the line.
    Peer,
    Shape::Rest("[ forward | blackhole ] [ scrub { none | default } ] LINK OPTIONS"),
    |self, _row, _key, scope| {
        once(scope)?;
        scope.run(&PEER, scope.node)
    }
);

netmite_grammar::parse_only!(
    /// The other end as a link.
    PeerLink,
    Shape::Rest("LINK OPTIONS"),
    |self, row, _key, scope| {
        once(scope)?;
        crate::peer::run(scope, row.number())
    }
);

/// There is one peer.
fn once(scope: &mut Scope) -> Result<()> {
    match scope.words.take_if("peer", 4) {
        true => Err(Error::duplicate("peer", scope.words.take().unwrap_or(b"peer"))),
        false => Ok(()),
    }
}
