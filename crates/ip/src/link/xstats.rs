//! `ip link xstats type { bridge | bridge_slave | bond | bond_slave } [ igmp | stp | lacp | 802.3ad ] [ dev DEVICE ]`: counters
//! that only these kinds have. Source: linux/if_link.h, linux/if_bridge.h, linux/if_bonding.h.

use netmite_grammar::{Context, Error, Result, Session, Words, matches};
use netmite_netlink::attributes::{Attributes, u32_at, u64_at};
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};
use netmite_output::Out;

/// `struct if_stats_msg` is so long; the index stands at 4, the mask of what is wanted at 8.
pub(super) const HEADER_LEN: usize = 12;
const LINK_XSTATS_TYPE_BOND: u16 = 2;

/// The request for one sort of statistics, `IFLA_STATS_…`, of all links or of one.
pub(super) fn request(sort: u16, index: u32) -> Message {
    let mask = 1u32.checked_shl(u32::from(sort).saturating_sub(1)).unwrap_or(0);
    let header = [[0; 4], index.to_ne_bytes(), mask.to_ne_bytes()];
    Message::new(RTM_GETSTATS, 0, header.as_flattened())
}

/// The link that a reply is about.
pub(super) fn index_of(view: &MessageView) -> u32 {
    u32_at(view.body, 4)
}

/// A kind that has such counters: where they are, and the words that select some of them, with their attribute.
struct Kind {
    words: &'static [(&'static str, u16)],
    number: u16,
    print: fn(u16, &[u8], &mut Context),
}

const BRIDGE: Kind = Kind {
    words: &[("igmp", BRIDGE_XSTATS_MCAST), ("stp", BRIDGE_XSTATS_STP)],
    number: LINK_XSTATS_TYPE_BRIDGE,
    print: bridge,
};
const BOND: Kind = Kind {
    words: &[("lacp", BOND_XSTATS_3AD), ("802.3ad", BOND_XSTATS_3AD)],
    number: LINK_XSTATS_TYPE_BOND,
    print: bond,
};

/// The kinds, and where a reply has their counters.
const KINDS: &[(&str, Kind, u16)] = &[
    ("bridge", BRIDGE, IFLA_STATS_LINK_XSTATS),
    ("bridge_slave", BRIDGE, IFLA_STATS_LINK_XSTATS_SLAVE),
    ("bond", BOND, IFLA_STATS_LINK_XSTATS),
    ("bond_slave", BOND, IFLA_STATS_LINK_XSTATS_SLAVE),
];

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let Some(word) = words.take() else { return Err(Error::new(1, "xstats: missing argument")) };
    if word == b"help" {
        return help("xstats type { bridge | bridge_slave | bond | bond_slave } ...", session);
    }
    if !matches(word, "type") {
        return Err(Error::wrong(word, "unknown argument"));
    }
    let name = words.value()?;
    let found = KINDS.iter().find(|(known, ..)| known.as_bytes() == name);
    let Some((_, kind, sort)) = found else {
        return Err(match known(name) {
            true => Error::about(1, "xstats: link type % doesn't support xstats", name),
            false => Error::wrong(name, "invalid type"),
        });
    };
    let (mut device, mut wanted) = (0, None);
    while let Some(word) = words.take() {
        if word == b"dev" {
            device = session.context.index_of(words.value()?)?;
        } else if word == b"help" {
            let list: Vec<_> = kind.words.iter().map(|(word, _)| *word).collect();
            return help(&format!("xstats type ... [ {} ] [ dev DEVICE ]", list.join(" | ")), session);
        } else {
            let found = kind.words.iter().find(|(known, _)| known.as_bytes() == word);
            wanted = Some(found.ok_or_else(|| Error::wrong(word, "unknown attribute"))?.1);
        }
    }
    session.list(&mut request(*sort, 0), None, &mut |view, context| {
        let own = index_of(view);
        if view.kind == RTM_NEWSTATS && (device == 0 || device == own) {
            if let Some(all) = view.slots(HEADER_LEN).inside(&[*sort, kind.number]) {
                link(own, kind, wanted, all, context);
            }
        }
    })
}

/// Usage goes to standard output here.
fn help(text: &str, session: &mut Session) -> Result<()> {
    session.context.out.io().write(format!("Usage: ip link {text}\n").as_bytes());
    Ok(())
}

fn known(name: &[u8]) -> bool {
    use netmite_links::register::{WITHOUT_OPTIONS, kind};
    kind(name).is_some() || WITHOUT_OPTIONS.iter().any(|kind| kind.as_bytes() == name)
}

fn link(index: u32, kind: &Kind, wanted: Option<u16>, all: &[u8], context: &mut Context) {
    let name = context.name_of(index);
    context.out.open_object("");
    context.out.json("ifname", &name);
    context.out.text_padded(&name, 16, false);
    context.out.text("\n");
    for attribute in Attributes::new(all).filter(|one| wanted.is_none_or(|wanted| wanted == one.kind)) {
        (kind.print)(attribute.kind, attribute.payload, context);
    }
    context.out.close_object();
}

const BRIDGE_XSTATS_MCAST: u16 = 2;
const BRIDGE_XSTATS_STP: u16 = 4;
/// How far the lines below a link's name stand in.
const INDENT: &str = "                    ";

fn bridge(sort: u16, counters: &[u8], context: &mut Context) {
    let out = &mut context.out;
    match sort {
        BRIDGE_XSTATS_MCAST => {
            out.open_object("multicast");
            PROTOCOLS.iter().for_each(|protocol| multicast(protocol, counters, out));
            out.close_object();
        }
        BRIDGE_XSTATS_STP => {
            out.open_object("stp");
            SPANNING_TREE.iter().for_each(|line| pair(line, counters, out));
            out.close_object();
        }
        _ => (),
    }
}

/// Two counters in a line: its label, and of each the key, what stands in front of it, and its place in the structure.
type Pair = (&'static str, [(&'static str, &'static str, usize); 2]);

fn pair((label, counts): &Pair, counters: &[u8], out: &mut Out) {
    out.text(INDENT);
    out.text(label);
    for (key, before, place) in counts {
        out.put(key, before, u64_at(counters, *place), "");
    }
    out.text("\n");
}

/// `struct bridge_stp_xstats`.
const SPANNING_TREE: &[Pair] = &[
    ("STP BPDU: ", [("rx_bpdu", " RX: ", 16), ("tx_bpdu", " TX: ", 24)]),
    ("STP TCN:  ", [("rx_tcn", " RX: ", 32), ("tx_tcn", " TX: ", 40)]),
    ("STP Transitions:", [("transition_blk", " Blocked: ", 0), ("transition_fwd", " Forwarding: ", 8)]),
];

/// A protocol of multicast membership: label, key, and where the counters of each version stand in `struct br_mcast_stats`,
/// received before sent.
struct Protocol {
    versions: &'static [(&'static str, &'static str, &'static [usize])],
    leaves: (&'static str, Pair),
    errors: (&'static str, &'static str, usize),
}

const PROTOCOLS: &[Protocol] = &[
    Protocol {
        versions: &[
            ("IGMP queries:\n", "igmp_queries", &[0, 16, 32]),
            ("IGMP reports:\n", "igmp_reports", &[64, 80, 96]),
        ],
        leaves: ("igmp_leaves", ("IGMP leaves:", [("rx", " RX: ", 48), ("tx", " TX: ", 56)])),
        errors: ("igmp_parse_errors", "IGMP parse errors: ", 112),
    },
    Protocol {
        versions: &[("MLD queries:\n", "mld_queries", &[120, 136]), ("MLD reports:\n", "mld_reports", &[168, 184])],
        leaves: ("mld_leaves", ("MLD leaves:", [("rx", " RX: ", 152), ("tx", " TX: ", 160)])),
        errors: ("mld_parse_errors", "MLD parse errors: ", 200),
    },
];

/// The words of a direction: how far its counters stand behind those of the other, its label, and a version's key and label.
type Direction = (usize, &'static str, [(&'static str, &'static str); 3]);
const DIRECTIONS: &[Direction] = &[
    (0, "  RX:", [("rx_v1", " v1 "), ("rx_v2", " v2 "), ("rx_v3", " v3 ")]),
    (8, "  TX:", [("tx_v1", " v1 "), ("tx_v2", " v2 "), ("tx_v3", " v3 ")]),
];

fn multicast(protocol: &Protocol, counters: &[u8], out: &mut Out) {
    for (label, key, places) in protocol.versions {
        out.open_object(key);
        out.text(INDENT);
        out.text(label);
        for (behind, label, versions) in DIRECTIONS {
            out.text(INDENT);
            out.text(label);
            for (place, (key, before)) in places.iter().zip(versions) {
                out.put(key, before, u64_at(counters, place + behind), "");
            }
            out.text("\n");
        }
        out.close_object();
    }
    let (key, leaves) = &protocol.leaves;
    out.open_object(key);
    pair(leaves, counters, out);
    out.close_object();
    let (key, label, place) = protocol.errors;
    out.text(INDENT);
    out.put(key, label, u64_at(counters, place), "\n");
}

const BOND_XSTATS_3AD: u16 = 1;
/// `BOND_3AD_STAT_…`, by number.
const LACP: &[(&str, &str)] = &[
    ("LACPDU Rx", "lacpdu_rx"),
    ("LACPDU Tx", "lacpdu_tx"),
    ("LACPDU Unknown type Rx", "lacpdu_unknown_rx"),
    ("LACPDU Illegal Rx", "lacpdu_illegal_rx"),
    ("Marker Rx", "marker_rx"),
    ("Marker Tx", "marker_tx"),
    ("Marker response Rx", "marker_response_rx"),
    ("Marker response Tx", "marker_response_tx"),
    ("Marker unknown type Rx", "marker_unknown_rx"),
];

fn bond(sort: u16, counters: &[u8], context: &mut Context) {
    if sort != BOND_XSTATS_3AD {
        return;
    }
    context.out.open_object("802.3ad");
    for counter in Attributes::new(counters) {
        let Some((label, key)) = LACP.get(usize::from(counter.kind)) else { continue };
        context.out.text(INDENT);
        context.out.text(label);
        context.out.put(key, " ", u64_at(counter.payload, 0), "\n");
    }
    context.out.close_object();
}
