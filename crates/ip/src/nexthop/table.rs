//! The words of `ip nexthop add`.

use crate::route::{encap, gateway};
use netmite_grammar::names::Database;
use netmite_grammar::unambiguous;
use netmite_grammar::{
    Error, Result, Scope, Shape, Spec, Table, attr, exact, key, number, parse_only, plain, row, rows,
};
use netmite_links::select::device;
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_output::{Names, names};

/// A next hop object.
pub(super) static NEXT_HOP: Table = Table { unknown, ..Table::new("nexthop", rows!(ROWS)) };

/// `help` is not abbreviated here; of other words the reference says no more than that they are wrong.
fn unknown(table: &Table, word: &[u8]) -> Error {
    match plain(word) {
        "help" => super::usage(),
        _ => table.suggest(word, Error::wrong(word, "")),
    }
}

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("id")], attr!(NHA_ID), &Id, "its number; the next free one if not said"),
    row(&[exact("dev")], attr!(NHA_OIF), &Dev, "the interface it leads out by"),
    row(&[exact("via")], attr!(NHA_GATEWAY), &Via, "the router"),
    row(&[exact("encap")], attr!(NHA_ENCAP), &Encap, "an encapsulation, as of a route"),
    row(&[exact("blackhole")], attr!(NHA_BLACKHOLE), &Blackhole, "packets are dropped"),
    row(&[exact("fdb")], attr!(NHA_FDB), &Flag, "for the forwarding databases of bridges and VXLAN"),
    row(&[exact("dst_port")], attr!(NHA_DST_PORT), &DestinationPort, "the port that VXLAN sends to"),
    row(&[exact("onlink")], attr!(NHA_ID), &OnLink, "the router is on the link, whatever the addresses say").header(4),
    row(&[exact("group")], attr!(NHA_GROUP), &Group, "other next hops: ID[,WEIGHT]/ID[,WEIGHT]/…"),
    row(&[exact("type")], attr!(NHA_GROUP_TYPE), &GroupType, "how a group chooses among them"),
    row(&[exact("hw_stats")], attr!(NHA_HW_STATS_ENABLE), &HardwareStats, "whether hardware counts packets"),
    row(&[key("protocol", 1)], attr!(NHA_ID), &Protocol, "who made it").header(2),
];
const _: () = unambiguous(ROWS);

/// What may follow `type resilient`.
pub(super) static RESILIENT: Table = Table::new("resilient", rows!(RESILIENT_ROWS));

#[rustfmt::skip]
const RESILIENT_ROWS: &[Spec] = &[
    row(&[exact("buckets")], attr!(NHA_RES_GROUP_BUCKETS), &Buckets, "into how many parts a resilient group sorts flows"),
    row(&[exact("idle_timer")], attr!(NHA_RES_GROUP_IDLE_TIMER), &Timer("invalid idle timer value"), "after how many seconds without a packet a part may be moved"),
    row(&[exact("unbalanced_timer")], attr!(NHA_RES_GROUP_UNBALANCED_TIMER), &Timer("invalid unbalanced timer value"), "for how many seconds weights may be missed"),
];
const _: () = unambiguous(RESILIENT_ROWS);

fn family(scope: &Scope) -> u8 {
    scope.tree.header(ROOT).first().copied().unwrap_or(AF_UNSPEC)
}

/// A family that is still open becomes IPv4.
fn settle_family(scope: &mut Scope) {
    if family(scope) == AF_UNSPEC {
        scope.tree.set_header(ROOT, 0, AF_INET);
    }
}

parse_only!(Id, Shape::Value("ID"), |self, row, _key, scope| {
    let id = super::id(scope.words)?;
    scope.set(row.number(), id);
    Ok(())
});

parse_only!(Dev, Shape::Device, |self, row, _key, scope| {
    let index = device(scope.words, scope.context)?;
    settle_family(scope);
    scope.set(row.number(), index);
    Ok(())
});

parse_only!(Via, Shape::Value("[ FAMILY ] ADDRESS"), |self, row, _key, scope| {
    let gateway = gateway::read(scope, family(scope))?;
    scope.tree.set_header(ROOT, 0, gateway.family);
    scope.set(row.number(), gateway.address);
    Ok(())
});

parse_only!(Encap, Shape::Value("TYPE …"), |self, row, _key, scope| {
    encap::parse(scope, NHA_ENCAP_TYPE, row.number())
});

parse_only!(Blackhole, Shape::Nothing, |self, row, _key, scope| {
    settle_family(scope);
    scope.set(row.number(), ());
    Ok(())
});

parse_only!(Flag, Shape::Nothing, |self, row, _key, scope| {
    scope.set(row.number(), ());
    Ok(())
});

parse_only!(DestinationPort, Shape::Value("PORT"), |self, row, _key, scope| {
    let port = scope.words.u16("\"dst_port\" value is invalid\n")?;
    scope.set(row.number(), port.to_be_bytes());
    Ok(())
});

parse_only!(OnLink, Shape::Nothing, |self, _row, _key, scope| {
    scope.tree.set_header_bits(ROOT, 4, RTNH_F_ONLINK, true);
    Ok(())
});

parse_only!(Group, Shape::Value("ID[,WEIGHT]/…"), |self, row, _key, scope, word| {
    let mut group = Vec::new();
    for entry in word.split(|byte| *byte == b'/') {
        group.extend(member(entry).map_err(|error| blame(error, word, entry))?);
    }
    scope.set(row.number(), group.as_slice());
    Ok(())
});

/// Of a number that is none the reference names the first of the list, whichever it is.
fn blame(error: Error, list: &[u8], entry: &[u8]) -> Error {
    if !error.text().ends_with(BAD_MEMBER.as_bytes()) {
        return error;
    }
    let first = list.split(|byte| matches!(byte, b'/' | b',')).next().unwrap_or(list);
    let hint = format!("\"{}\" is not ID[,WEIGHT]", netmite_output::escaped(entry));
    Error::wrong(first, BAD_MEMBER).hint(hint)
}

/// What is said of a group's member that is no number.
const BAD_MEMBER: &str = "\"group\" value is invalid\n";

/// `ID[,WEIGHT]`: a `struct nexthop_grp`, which holds the weight less one in two bytes, and two of padding.
fn member(entry: &[u8]) -> Result<[u8; 8]> {
    let mut parts = entry.splitn(2, |byte| *byte == b',');
    let (id, weight) = (parts.next().unwrap_or(&[]), parts.next());
    let id = number::u32(id).ok_or_else(|| Error::wrong(id, BAD_MEMBER))?;
    let less = match weight {
        None => 0,
        Some(weight) => number::u32(weight)
            .and_then(|weight| u16::try_from(weight.checked_sub(1)?).ok())
            .ok_or_else(|| Error::wrong(weight, "\"weight\" is invalid\n"))?,
    };
    let ([a, b, c, d], [low, high]) = (id.to_ne_bytes(), less.to_le_bytes());
    Ok([a, b, c, d, low, high, 0, 0])
}

const GROUP_TYPES: Names = names![("mpath", NEXTHOP_GRP_TYPE_MPATH), ("resilient", NEXTHOP_GRP_TYPE_RES)];

parse_only!(GroupType, Shape::Choice(GROUP_TYPES), |self, row, _key, scope, word| {
    let kind = GROUP_TYPES.byte(word).map(u16::from);
    let kind = kind.ok_or_else(|| Error::wrong(word, "\"type\" value is invalid\n"))?;
    scope.set(row.number(), kind);
    if kind == NEXTHOP_GRP_TYPE_RES && !scope.words.is_empty() {
        resilient(scope)?;
    }
    Ok(())
});

/// Reads options of a resilient group, up to the first word that is none.
fn resilient(scope: &mut Scope) -> Result<()> {
    let outer = scope.node;
    scope.node = scope.tree.nest(outer, NHA_RES_GROUP);
    let outcome = RESILIENT.parse_known(scope);
    scope.node = outer;
    outcome
}

parse_only!(Buckets, Shape::Value("NUMBER"), |self, row, _key, scope| {
    let buckets = scope.words.u16("invalid buckets value")?;
    scope.set(row.number(), buckets);
    Ok(())
});

parse_only!(
    /// Seconds, which the kernel takes in hundredths; the field is what is said of wrong ones.
    Timer(&'static str),
    Shape::Value("SECONDS"),
    |self, row, _key, scope| {
        // The reference takes no time whose hundredths would be the most that 32 bits hold.
        let seconds = scope.words.number(u64::from(u32::MAX / 100) - 1, self.0)?;
        scope.set(row.number(), seconds as u32 * 100);
        Ok(())
    }
);

parse_only!(HardwareStats, Shape::ON_OFF, |self, row, key, scope, word| {
    let on = match plain(word) {
        "on" => true,
        "off" => false,
        _ => return Err(Error::none_of(key.word, names!["off", "on"], word).with_status(22)),
    };
    scope.set(row.number(), u32::from(on));
    Ok(())
});

parse_only!(Protocol, Shape::Value("PROTOCOL"), |self, _row, _key, scope| {
    let number = scope.named(Database::Protocols, u8::MAX.into(), "\"protocol\" value is invalid\n")?;
    scope.tree.set_header_byte(2, number as u8);
    Ok(())
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_of_sixteen_bits() {
        assert_eq!(member(b"1").unwrap(), [1u32.to_ne_bytes(), [0; 4]].concat()[..]);
        assert_eq!(member(b"1,65536").unwrap()[4..], [255, 255, 0, 0]);
        for bad in [&b""[..], b",1", b"1,", b"1,0", b"1,65537", b"x", b"1,2,3"] {
            assert!(member(bad).is_err(), "{bad:?}");
        }
    }
}
