//! `ip link afstats [ dev DEVICE ]`: counters of address families, of which MPLS alone has some. Source: linux/if_link.h,
//! linux/mpls.h.
//!
//! In JSON each link is an object, where the reference's is no JSON.

use super::stats::digits;
use super::xstats::{HEADER_LEN, index_of, request};
use netmite_grammar::{Context, Error, Result, Session, Words, matches};
use netmite_netlink::attributes::u64_at;
use netmite_netlink::uapi::{AF_MPLS, RTM_NEWSTATS};

const IFLA_STATS_AF_SPEC: u16 = 5;
const MPLS_STATS_LINK: u16 = 1;

/// A column: its title and key, and the counter's place in `struct mpls_link_stats`.
type Column = (&'static str, usize);

/// What one direction counts.
struct Direction {
    key: &'static str,
    label: &'static str,
    columns: &'static [Column],
}

const DIRECTIONS: &[Direction] = &[
    Direction {
        key: "rx",
        label: "        RX:",
        columns: &[("bytes", 16), ("packets", 0), ("errors", 32), ("dropped", 48), ("noroute", 64)],
    },
    Direction {
        key: "tx",
        label: "        TX:",
        columns: &[("bytes", 24), ("packets", 8), ("errors", 40), ("dropped", 56)],
    },
];

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut name = None;
    while let Some(word) = words.take() {
        if matches(word, "help") {
            return Err(super::usage());
        }
        if word != b"dev" {
            return Err(Error::unknown_command("ip link", word, ["dev"].into_iter()));
        }
        let word = words.value()?;
        if name.replace(word).is_some() {
            return Err(Error::garbage("dev", word));
        }
    }
    // The exit status is the reference's, too.
    let index = |name| session.context.index_of(name).map_err(|_| Error::no_such_device(name).with_status(0));
    let device = name.map_or(Ok(0), index)?;
    session.list(&mut request(IFLA_STATS_AF_SPEC, 0), None, &mut |view, context| {
        let own = index_of(view);
        let path = [IFLA_STATS_AF_SPEC, AF_MPLS.into(), MPLS_STATS_LINK];
        if let Some(counters) = view.slots(HEADER_LEN).inside(&path) {
            if view.kind == RTM_NEWSTATS && (device == 0 || device == own) {
                link(own, counters, context);
            }
        }
    })
}

fn link(index: u32, counters: &[u8], context: &mut Context) {
    let name = context.name_of(index);
    context.out.open_object("");
    context.out.put("ifindex", "", index, ":");
    context.out.put("ifname", "", &name, "");
    context.out.newline();
    context.out.text("    mpls:");
    let mut widths = [0; 5];
    for direction in DIRECTIONS {
        for (width, (title, place)) in widths.iter_mut().zip(direction.columns) {
            *width = title.len().max(digits(u64_at(counters, *place))).max(*width);
        }
    }
    for direction in DIRECTIONS {
        context.out.newline();
        context.out.text(direction.label);
        for (width, (title, _)) in widths.iter().zip(direction.columns) {
            context.out.text(" ");
            context.out.text_padded(*title, *width, true);
        }
        context.out.newline();
        context.out.text("           ");
        context.out.open_object(direction.key);
        for (width, (title, place)) in widths.iter().zip(direction.columns) {
            let count = u64_at(counters, *place);
            context.out.json(title, count);
            context.out.text(" ");
            context.out.text_padded(count, *width, true);
        }
        context.out.text(" ");
        context.out.close_object();
    }
    context.out.end_line();
    context.out.close_object();
}
