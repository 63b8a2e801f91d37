//! `ip link xstats type { bridge | bridge_slave | bond | bond_slave } [ igmp | stp | lacp | 802.3ad ] [ dev DEVICE ]`: counters
//! that only these kinds have. Source: linux/if_link.h, linux/if_bridge.h, linux/if_bonding.h.

use netmite_grammar::{Context, Error, Result, Session, Words, matches};
use netmite_netlink::attributes::{Attributes, array};
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};

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
    view.body.get(4..).and_then(array).map_or(0, u32::from_ne_bytes)
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

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<u8> {
    let Some(word) = words.take() else { return Err(Error::new(1, "xstats: missing argument")) };
    match word {
        _ if matches(word, "type") => (),
        b"help" => return help("xstats type { bridge | bridge_slave | bond | bond_slave } ...", session),
        _ => return Err(Error::wrong(word, "unknown argument")),
    }
    let name = words.value()?;
    let found = KINDS.iter().find(|(known, ..)| known.as_bytes() == name);
    let Some((_, kind, sort)) = found else {
        return Err(match known(name) {
            true => Error::new(1, [b"xstats: link type ", name, b" doesn't support xstats"].concat()),
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
    session.context.out.open_array("");
    let outcome = session.dump(&mut request(*sort, 0), |view, context| {
        let own = index_of(view);
        if view.kind == RTM_NEWSTATS && (device == 0 || device == own) {
            let nest = view.slots(HEADER_LEN).nested_slots(*sort);
            if let Some(all) = nest.and_then(|nest| nest.get(kind.number)) {
                link(own, kind, wanted, all, context);
            }
        }
    });
    session.context.out.close_array();
    session.context.out.end_json();
    outcome.map(|()| 0)
}

/// Usage goes to standard output here.
fn help(text: &str, session: &mut Session) -> Result<u8> {
    session.context.out.io().write(format!("Usage: ip link {text}\n").as_bytes());
    Ok(0)
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
    let count = |at: usize| counters.get(at * 8..).and_then(array).map_or(0, u64::from_ne_bytes);
    match sort {
        BRIDGE_XSTATS_MCAST => multicast(&count, context),
        BRIDGE_XSTATS_STP => spanning_tree(&count, context),
        _ => (),
    }
}

/// The queries and reports of a protocol: label, key, and where the counters of each version stand in `struct
/// br_mcast_stats`, received before sent.
type Versions = (&'static str, &'static str, &'static [usize]);
const IGMP: &[Versions] =
    &[("IGMP queries", "igmp_queries", &[0, 2, 4]), ("IGMP reports", "igmp_reports", &[8, 10, 12])];
const MLD: &[Versions] = &[("MLD queries", "mld_queries", &[15, 17]), ("MLD reports", "mld_reports", &[21, 23])];
const KEYS: &[[&str; 3]] = &[["rx_v1", "rx_v2", "rx_v3"], ["tx_v1", "tx_v2", "tx_v3"]];

fn multicast(count: &impl Fn(usize) -> u64, context: &mut Context) {
    context.out.open_object("multicast");
    for (all, label, key, leaves, errors) in [(IGMP, "IGMP", "igmp", 6, 14), (MLD, "MLD", "mld", 19, 25)] {
        for versions in all {
            queries(versions, count, context);
        }
        context.out.open_object(&format!("{key}_leaves"));
        context.out.text(&format!("{INDENT}{label} leaves: "));
        context.out.put("rx", "RX: ", count(leaves), " ");
        context.out.put("tx", "TX: ", count(leaves + 1), "\n");
        context.out.close_object();
        let before = format!("{INDENT}{label} parse errors: ");
        context.out.put(&format!("{key}_parse_errors"), &before, count(errors), "\n");
    }
    context.out.close_object();
}

fn queries((label, key, places): &Versions, count: &impl Fn(usize) -> u64, context: &mut Context) {
    context.out.open_object(key);
    context.out.text(&format!("{INDENT}{label}:\n"));
    for (sent, direction) in ["RX", "TX"].iter().enumerate() {
        context.out.text(&format!("{INDENT}  {direction}:"));
        for (version, place) in places.iter().enumerate() {
            let key = KEYS.get(sent).and_then(|keys| keys.get(version)).copied().unwrap_or("");
            context.out.put(key, &format!(" v{} ", version + 1), count(place + sent), "");
        }
        context.out.text("\n");
    }
    context.out.close_object();
}

/// `struct bridge_stp_xstats`.
fn spanning_tree(count: &impl Fn(usize) -> u64, context: &mut Context) {
    context.out.open_object("stp");
    context.out.put("rx_bpdu", &format!("{INDENT}STP BPDU:  RX: "), count(2), "");
    context.out.put("tx_bpdu", " TX: ", count(3), "\n");
    context.out.put("rx_tcn", &format!("{INDENT}STP TCN:   RX: "), count(4), "");
    context.out.put("tx_tcn", " TX: ", count(5), "\n");
    context.out.put("transition_blk", &format!("{INDENT}STP Transitions: Blocked: "), count(0), "");
    context.out.put("transition_fwd", " Forwarding: ", count(1), "\n");
    context.out.close_object();
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
        let count = array(counter.payload).map_or(0, u64::from_ne_bytes);
        context.out.put(key, &format!("{INDENT}{label} "), count, "\n");
    }
    context.out.close_object();
}
