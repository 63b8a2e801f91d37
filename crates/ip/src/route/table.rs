//! The words of `ip route add`.

use super::gateway::{self, Via};
use super::metrics;
use super::nexthops::NextHops;
use netmite_grammar::address::{self, GivenPrefix};
use netmite_grammar::names::Database;
use netmite_grammar::{
    Attr, Context, Error, Operation, Repeat, Result, Scope, Shape, Spec, Table, attr, exact, joined, key, matches,
    number, parse_only, row, rows, unambiguous,
};
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_output::{Names, names};

/// A route.
pub(super) static ROUTE: Table = Table {
    rules,
    unknown: |table, word| table.suggest(word, Error::garbage("to", word)),
    help: Some(super::usage),
    ..Table::new("route", rows!(&ROWS))
};

/// What was said, noted for the rules.
const SCOPE_GIVEN: u32 = 1;
const TABLE_GIVEN: u32 = 2;
const DESTINATION_GIVEN: u32 = 4;
/// The interface's name, in a place of our own: it is looked up when all words are read, so that a wrong word is told first.
const DEV: u16 = 0x3f02;

const METRICS: &[Attr] = &[attr!(RTA_METRICS)];
const ROWS: [Spec; 36] = joined(OPTIONS, metrics::ROWS, METRICS);
const _: () = unambiguous(&ROWS);

#[rustfmt::skip]
const OPTIONS: &[Spec] = &[
    row(&[exact("to")], attr!(RTA_DST), &Destination, "where it leads, with its type in front").positional(),
    row(&[exact("src")], attr!(RTA_PREFSRC), &Address, "the address that packets of ours are sent from"),
    row(&[exact("via")], attr!(RTA_GATEWAY), &Via, "the next router"),
    row(&[exact("as")], attr!(RTA_NEWDST), &NewDestination, "the labels, or the address, that are put in the destination's place"),
    row(&[exact("from")], attr!(RTA_SRC), &From, "where packets must come from"),
    row(&[exact("tos"), key("dsfield", 1)], attr!(RTA_DST), &Tos, "type of service").header(3),
    row(&[exact("expires")], attr!(RTA_EXPIRES), &Number("\"expires\" value is invalid\n"), "seconds until it is gone").repeat(Repeat::Duplicate),
    row(&[key("metric", 1), key("priority", 1), exact("preference")], attr!(RTA_PRIORITY), &Number("\"metric\" value is invalid\n"), "of several routes the lowest counts"),
    row(&[exact("scope")], attr!(RTA_DST), &ScopeName, "how far the destination is").header(6),
    row(&[key("protocol", 3)], attr!(RTA_DST), &Protocol, "who made it").header(5),
    row(&[key("table", 1)], attr!(RTA_TABLE), &RouteTable, "the table it is in"),
    row(&[key("vrf", 1)], attr!(RTA_TABLE), &Vrf, "the VRF whose table it is in"),
    row(&[exact("dev"), exact("oif")], attr!(DEV), &Dev, "the interface it leads out by"),
    row(&[key("realms", 3)], attr!(RTA_FLOW), &Realms, "the realms it belongs to"),
    row(&[exact("onlink")], attr!(RTA_DST), &HeaderFlag(RTNH_F_ONLINK), "the router is on the link, whatever the addresses say").header(8),
    row(&[exact("nexthop")], attr!(RTA_MULTIPATH), &NextHops, "several ways: nexthop [ via ADDRESS ] [ dev DEVICE ] [ weight NUMBER ] [ onlink ] …"),
    row(&[exact("encap")], attr!(RTA_ENCAP), &Encap, "what packets are wrapped in: encap TYPE OPTIONS"),
    row(&[key("pref", 3)], attr!(RTA_PREF), &Pref, "preference among IPv6 routers"),
    row(&[exact("ttl-propagate")], attr!(RTA_TTL_PROPAGATE), &TtlPropagate, "MPLS: whether the TTL comes from the packet"),
    row(&[exact("nhid")], attr!(RTA_NH_ID), &Number("\"id\" value is invalid\n"), "the next hop object"),
];

/// The family of the request so far.
pub(super) fn family(scope: &Scope) -> u8 {
    scope.tree.header_byte(0)
}

/// The family of the request; one that is still open becomes `default`.
pub(super) fn settled_family(scope: &mut Scope, default: u8) -> u8 {
    if family(scope) == AF_UNSPEC {
        scope.tree.set_header_byte(0, default);
    }
    family(scope)
}

fn learn_family(scope: &mut Scope, given: &GivenPrefix) {
    if family(scope) == AF_UNSPEC && !given.everything {
        scope.tree.set_header_byte(0, address::family_of(given.prefix.address()));
    }
}

parse_only!(Destination, Shape::Value("[ TYPE ] PREFIX"), |self, row, _key, scope| {
    let mut word = scope.value()?;
    let named = word.first().is_some_and(|byte| !byte.is_ascii_digit());
    if let Some(kind) = Some(word).filter(|_| named).and_then(super::type_of) {
        scope.tree.set_header_byte(7, kind);
        word = scope.value()?;
    }
    if scope.tree.noted(DESTINATION_GIVEN) {
        return Err(ROUTE.suggest(word, Error::garbage("to", word)));
    }
    let given = address::prefix(word, family(scope))?;
    learn_family(scope, &given);
    scope.tree.set_header_byte(1, given.prefix.len());
    scope.tree.note(DESTINATION_GIVEN);
    // `default` of no family has no address to say.
    if matches!(family(scope), AF_INET | AF_INET6 | AF_MPLS) {
        scope.set(row.number(), given.prefix.address());
    }
    Ok(())
});

parse_only!(Address, Shape::Value("ADDRESS"), |self, row, _key, scope, word| {
    let address = address::address(word, family(scope))?;
    if family(scope) == AF_UNSPEC {
        scope.tree.set_header_byte(0, address::family_of(address));
    }
    scope.set(row.number(), address);
    Ok(())
});

parse_only!(NewDestination, Shape::Value("[ to ] { LABELS | ADDRESS }"), |self, row, _key, scope| {
    let bytes = gateway::new_destination(scope)?;
    scope.set(row.number(), bytes.as_slice());
    Ok(())
});

parse_only!(Encap, Shape::Value("TYPE OPTIONS"), |self, row, _key, scope| {
    super::encap::parse(scope, RTA_ENCAP_TYPE, row.number())
});

parse_only!(From, Shape::Value("PREFIX"), |self, row, _key, scope, word| {
    let given = address::prefix(word, family(scope))?;
    learn_family(scope, &given);
    scope.tree.set_header_byte(2, given.prefix.len());
    if family(scope) != AF_UNSPEC {
        scope.set(row.number(), given.prefix.address());
    }
    Ok(())
});

parse_only!(Tos, Shape::Value("TOS"), |self, _row, _key, scope, word| {
    let tos = scope.context.type_of_service(word);
    let tos = tos.ok_or_else(|| Error::wrong(word, "\"tos\" value is invalid\n"))?;
    scope.tree.set_header_byte(3, tos);
    Ok(())
});

parse_only!(Number(&'static str), Shape::Value("NUMBER"), |self, row, _key, scope| {
    scope.set_u32(row.number(), self.0)
});

parse_only!(ScopeName, Shape::Value("SCOPE"), |self, _row, _key, scope| {
    let number = scope.named(Database::Scopes, u8::MAX.into(), "invalid \"scope\" value\n")?;
    scope.tree.note(SCOPE_GIVEN);
    scope.tree.set_header_byte(6, number as u8);
    Ok(())
});

parse_only!(Protocol, Shape::Value("PROTOCOL"), |self, _row, _key, scope| {
    let number = scope.named(Database::Protocols, u8::MAX.into(), "\"protocol\" value is invalid\n")?;
    scope.tree.set_header_byte(5, number as u8);
    Ok(())
});

parse_only!(RouteTable, Shape::Value("TABLE"), |self, _row, _key, scope| {
    let number = scope.named(Database::Tables, u32::MAX, "\"table\" value is invalid\n")?;
    set_table(scope, number);
    Ok(())
});

fn set_table(scope: &mut Scope, number: u32) {
    scope.tree.note(TABLE_GIVEN);
    scope.tree.remove(ROOT, RTA_TABLE);
    match u8::try_from(number) {
        Ok(number) => scope.tree.set_header_byte(4, number),
        Err(_) => {
            scope.tree.set_header_byte(4, 0);
            scope.set(RTA_TABLE, number);
        }
    }
}

parse_only!(Vrf, Shape::Value("NAME"), |self, _row, _key, scope, word| {
    let table = table_of_vrf(scope.context, word)?;
    set_table(scope, table);
    Ok(())
});

/// The table of a VRF. `default` is what is in none.
pub(super) fn table_of_vrf(context: &mut Context, word: &[u8]) -> Result<u32> {
    if word == b"default" {
        return Ok(RT_TABLE_MAIN);
    }
    let table = context.index_of(word).ok().and_then(netmite_links::select::vrf_table);
    table.ok_or_else(|| Error::wrong(word, "Invalid VRF\n"))
}

parse_only!(Dev, Shape::Device, |self, row, _key, scope, word| {
    scope.set(row.number(), word);
    Ok(())
});

parse_only!(Realms, Shape::Value("[ FROM/ ] TO"), |self, row, _key, scope, word| {
    let realms = realms(scope.context, word).ok_or_else(|| Error::wrong(word, "\"realm\" value is invalid\n"))?;
    scope.set(row.number(), realms);
    Ok(())
});

/// `TO`, or `FROM/TO`: each 16 bits, by name or number.
pub(crate) fn realms(context: &mut Context, word: &[u8]) -> Option<u32> {
    let mut one = |word: &[u8]| context.number_of(Database::Realms, word);
    match word.iter().position(|byte| *byte == b'/') {
        None => one(word),
        Some(at) => {
            let (from, to) = (one(word.get(..at)?)?, one(word.get(at + 1..)?)?);
            (from < 0xffff && to < 0xffff).then_some(from << 16 | to)
        }
    }
}

parse_only!(HeaderFlag(u32), Shape::Nothing, |self, _row, _key, scope| {
    scope.tree.set_header_bits(ROOT, 8, self.0, true);
    Ok(())
});

/// The preferences, by number: linux/icmpv6.h.
pub(super) const PREFS: Names = names![("low", 3), ("medium", 0), ("high", 1)];

parse_only!(Pref, Shape::Choice(PREFS), |self, row, _key, scope, word| {
    let pref = PREFS.byte(word).or_else(|| number::u8(word));
    scope.set(row.number(), pref.ok_or_else(|| Error::wrong(word, "\"pref\" value is invalid\n"))?);
    Ok(())
});

parse_only!(TtlPropagate, Shape::Choice(names!["enabled", "disabled"]), |self, row, _key, scope, word| {
    let on = match word {
        _ if matches(word, "enabled") => true,
        _ if matches(word, "disabled") => false,
        _ => return Err(Error::wrong(word, "\"ttl-propagate\" value is invalid\n")),
    };
    scope.set(row.number(), on);
    Ok(())
});

/// Defaults: the family, the table and the scope, by the route's type.
fn rules(scope: &mut Scope) -> Result<()> {
    if !scope.tree.noted(DESTINATION_GIVEN) {
        return Err(super::usage());
    }
    let family = settled_family(scope, AF_INET);
    let kind = scope.tree.header_byte(7);
    let to_ourselves = matches!(kind, RTN_LOCAL | RTN_BROADCAST | RTN_NAT | RTN_ANYCAST);
    if family == AF_MPLS && kind == 0 {
        scope.tree.set_header_byte(7, RTN_UNICAST);
    }
    if !scope.tree.noted(TABLE_GIVEN) && to_ourselves {
        scope.tree.set_header_byte(4, LOCAL_TABLE);
    }
    let led_on = [RTA_GATEWAY, RTA_VIA, RTA_MULTIPATH].iter().any(|kind| scope.tree.has(ROOT, *kind))
        || scope.tree.get(ROOT, RTA_NH_ID).is_some_and(|id| id.iter().any(|byte| *byte != 0));
    let default = match (kind, scope.operation) {
        (RTN_LOCAL | RTN_NAT, _) => Some(RT_SCOPE_HOST),
        (RTN_BROADCAST | RTN_MULTICAST | RTN_ANYCAST, _) => Some(RT_SCOPE_LINK),
        (_, Operation::Delete) => Some(RT_SCOPE_NOWHERE),
        (RTN_UNICAST | 0, _) if !led_on => Some(RT_SCOPE_LINK),
        _ => None,
    };
    if let Some(default) = default.filter(|_| !matches!(family, AF_INET6 | AF_MPLS) && !scope.tree.noted(SCOPE_GIVEN)) {
        scope.tree.set_header_byte(6, default);
    }
    device(scope)?;
    Ok(())
}

/// The interface by its index.
fn device(scope: &mut Scope) -> Result<()> {
    if let Some(name) = scope.tree.get(ROOT, DEV) {
        let index = scope.context.index_of(name)?;
        scope.tree.remove(ROOT, DEV);
        scope.tree.set(ROOT, RTA_OIF, index, 0);
    }
    Ok(())
}

/// What is asked before next hops are read, the last words of a line.
pub(super) fn before_next_hops(scope: &mut Scope) -> Result<()> {
    if scope.tree.noted(DESTINATION_GIVEN) { device(scope) } else { Err(super::usage()) }
}

/// `RT_TABLE_LOCAL`, at the width of the header's field.
const LOCAL_TABLE: u8 = 255;
