//! `ip link afstats [ dev DEVICE ]`: counters of address families, of which MPLS alone has some. Source: linux/if_link.h,
//! linux/mpls.h.
//!
//! In JSON each link is an object, where the reference's is no JSON.

use super::xstats::{HEADER_LEN, index_of, request};
use netmite_grammar::{Context, Error, Result, Session, Words, matches};
use netmite_netlink::attributes::array;
use netmite_netlink::uapi::{AF_MPLS, RTM_NEWSTATS};

const IFLA_STATS_AF_SPEC: u16 = 5;
const MPLS_STATS_LINK: u16 = 1;

/// A column: its title and key, and the counter's place in `struct mpls_link_stats`.
type Column = (&'static str, usize);
const RX: &[Column] = &[("bytes", 2), ("packets", 0), ("errors", 4), ("dropped", 6), ("noroute", 8)];
const TX: &[Column] = &[("bytes", 3), ("packets", 1), ("errors", 5), ("dropped", 7)];

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<u8> {
    let mut name = None;
    while let Some(word) = words.take() {
        match word {
            b"dev" => {
                let word = words.value()?;
                if name.replace(word).is_some() {
                    return Err(Error::garbage("dev", word));
                }
            }
            _ if matches(word, "help") => return Err(super::usage()),
            _ => return Err(Error::unknown_command("ip link", word, ["dev"].into_iter())),
        }
    }
    // The exit status is the reference's, too.
    let index = |name| session.context.index_of(name).map_err(|_| Error::no_such_device(name).with_status(0));
    let device = name.map_or(Ok(0), index)?;
    session.context.out.open_array("");
    let outcome = session.dump(&mut request(IFLA_STATS_AF_SPEC, 0), |view, context| {
        let own = index_of(view);
        let families = view.slots(HEADER_LEN).nested_slots(IFLA_STATS_AF_SPEC);
        let mpls = families.and_then(|families| families.nested_slots(u16::from(AF_MPLS)));
        if let Some(counters) = mpls.and_then(|mpls| mpls.get(MPLS_STATS_LINK)) {
            if view.kind == RTM_NEWSTATS && (device == 0 || device == own) {
                link(own, counters, context);
            }
        }
    });
    session.context.out.close_array();
    session.context.out.end_json();
    outcome.map(|()| 0)
}

fn link(index: u32, counters: &[u8], context: &mut Context) {
    let count = |at: usize| counters.get(at * 8..).and_then(array).map_or(0, u64::from_ne_bytes);
    let name = context.name_of(index);
    context.out.open_object("");
    context.out.put("ifindex", "", index, ":");
    context.out.put("ifname", "", &name, "");
    context.out.newline();
    context.out.text("    mpls:");
    let mut widths = [0; 5];
    for columns in [RX, TX] {
        for (width, (title, place)) in widths.iter_mut().zip(columns) {
            *width = title.len().max(count(*place).to_string().len()).max(*width);
        }
    }
    for (columns, key, label) in [(RX, "rx", "        RX:"), (TX, "tx", "        TX:")] {
        context.out.newline();
        context.out.text(label);
        for (width, (title, _)) in widths.iter().zip(columns) {
            context.out.text(" ");
            context.out.text_padded(*title, *width, true);
        }
        context.out.newline();
        context.out.text("           ");
        context.out.open_object(key);
        for (width, (title, place)) in widths.iter().zip(columns) {
            context.out.json(title, count(*place));
            context.out.text(" ");
            context.out.text_padded(count(*place), *width, true);
        }
        context.out.text(" ");
        context.out.close_object();
    }
    context.out.end_line();
    context.out.close_object();
}
