//! `ip ntable change`: one request.

use netmite_grammar::codec::set_unsigned;
use netmite_grammar::{
    Attr, Change, Error, Hint, Operation, Result, Scope, Session, Shape, Spec, Table, Words, attr, exact, hint, number,
    parse_only, row, rows, unambiguous,
};
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_output::brief;

/// A table of neighbours, and what holds on one interface.
pub(super) static TABLE: Table = Table {
    rules,
    unknown: |table, word| table.suggest(word, Error::wrong(word, "unknown")),
    ..Table::new("ntable", rows!(ROWS))
};

const PARMS: &[Attr] = &[attr!(NDTA_PARMS)];

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("name")], attr!(NDTA_NAME), &Name, "the table"),
    row(&[exact("dev")], attr!(NDTPA_IFINDEX), &Dev, "the interface; without it, what new ones get").inside(PARMS),
    row(&[exact("thresh1")], attr!(NDTA_THRESH1), &Number(4), "as many entries stay however old"),
    row(&[exact("thresh2")], attr!(NDTA_THRESH2), &Number(4), "more entries than this stay five seconds at most"),
    row(&[exact("thresh3")], attr!(NDTA_THRESH3), &Number(4), "the most entries"),
    row(&[exact("gc_int")], attr!(NDTA_GC_INTERVAL), &Number(8), "between two searches for old entries"),
    row(&[exact("base_reachable")], attr!(NDTPA_BASE_REACHABLE_TIME), &Number(8), "how long one that answered is trusted, about").inside(PARMS),
    row(&[exact("retrans")], attr!(NDTPA_RETRANS_TIME), &Number(8), "between two requests").inside(PARMS),
    row(&[exact("gc_stale")], attr!(NDTPA_GC_STALETIME), &Number(8), "how long an unused entry stays").inside(PARMS),
    row(&[exact("delay_probe")], attr!(NDTPA_DELAY_PROBE_TIME), &Number(8), "before the first request for one that was known").inside(PARMS),
    row(&[exact("queue")], attr!(NDTPA_QUEUE_LEN), &Number(4), "packets that wait for an answer").inside(PARMS),
    row(&[exact("app_probes")], attr!(NDTPA_APP_PROBES), &Number(4), "requests that programs are asked to make").inside(PARMS),
    row(&[exact("ucast_probes")], attr!(NDTPA_UCAST_PROBES), &Number(4), "requests to the address that was known").inside(PARMS),
    row(&[exact("mcast_probes")], attr!(NDTPA_MCAST_PROBES), &Number(4), "requests to all").inside(PARMS),
    row(&[exact("mcast_reprobes")], attr!(NDTPA_MCAST_REPROBES), &Number(4), "requests to all for one that was known").inside(PARMS),
    row(&[exact("anycast_delay")], attr!(NDTPA_ANYCAST_DELAY), &Number(8), "the longest wait before an answer for an anycast address").inside(PARMS),
    row(&[exact("proxy_delay")], attr!(NDTPA_PROXY_DELAY), &Number(8), "the longest wait before an answer for another").inside(PARMS),
    row(&[exact("proxy_queue")], attr!(NDTPA_PROXY_QLEN), &Number(4), "requests for others that wait").inside(PARMS),
    row(&[exact("locktime")], attr!(NDTPA_LOCKTIME), &Number(8), "how long an entry is not changed again").inside(PARMS),
];
const _: () = unambiguous(ROWS);

parse_only!(Name, Shape::Value("NAME"), |self, row, _key, scope, word| {
    if scope.tree.has(ROOT, row.number()) {
        return Err(Error::duplicate("NAME", word));
    }
    scope.set(row.number(), &*[word, b"\0"].concat());
    Ok(())
});

parse_only!(Dev, Shape::Device, |self, row, _key, scope| {
    let index = scope.device()?;
    scope.set(row.number(), index);
    Ok(())
});

parse_only!(
    /// A number of so many bytes.
    Number(usize),
    Shape::Value("NUMBER"),
    |self, row, key, scope| {
        let word = scope.value()?;
        let most = if self.0 == 4 { u64::from(u32::MAX) } else { u64::MAX };
        let wrong = || Error::wrong(word, &format!("\"{}\" value is invalid", key.word));
        let number = number::up_to(word, most).ok_or_else(wrong)?;
        set_unsigned(scope, row.number(), number, self.0, false);
        Ok(())
    }
);

fn rules(scope: &mut Scope) -> Result<()> {
    if !scope.tree.has(ROOT, NDTA_NAME) {
        return Err(Error::required("NAME"));
    }
    let tree = &mut scope.tree;
    let own = [NDTA_THRESH1, NDTA_THRESH2, NDTA_THRESH3, NDTA_GC_INTERVAL].iter().any(|kind| tree.has(ROOT, *kind));
    let parms = tree.nest(ROOT, NDTA_PARMS);
    let some = TABLE.rows.iter().skip(2).any(|row| tree.has(parms, row.number()));
    if !own && !some {
        return Err(Error::new(255, brief!("Not enough information: changeable attributes required.")));
    }
    if tree.is_empty(parms) {
        tree.remove(ROOT, NDTA_PARMS);
    }
    Ok(())
}

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let (operation, kind, flags) = (Operation::Set, RTM_SETNEIGHTBL, NLM_F_REPLACE);
    let change = Change { operation, kind, flags, tell: None, hints: HINTS };
    session.change_by(&TABLE, &[session.context.options.family, 0, 0, 0], &change, words)
}

/// What the kernel's sentences leave open.
#[rustfmt::skip]
static HINTS: &[Hint] = &[hint(
    "RTNETLINK answers: No such file or directory",
    brief!("there are arp_cache and ndisc_cache; what belongs to a whole table can be changed in the first namespace alone"),
)];
