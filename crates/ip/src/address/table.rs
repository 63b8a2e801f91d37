//! The words of `ip address add`: an address and its options.
//!
//! What depends on another option (a broadcast address `+` on the prefix, a lifetime on the other) is kept in places of
//! our own until all words are read; [`rules`] turns it into attributes.

use netmite_grammar::address::{self, GivenPrefix};
use netmite_grammar::names::Database;
use netmite_grammar::{
    Error, Operation, Repeat, Result, Row, Scope, Shape, Spec, Table, attr, exact, key, number, parse_only, row, rows,
    unambiguous,
};
use netmite_netlink::attributes::array;
use netmite_netlink::header::IfAddr;
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_netlink::{Prefix, attributes};
use netmite_output::{Value, brief};
use std::net::{IpAddr, Ipv4Addr};

/// An address.
pub(super) static ADDRESS: Table = Table {
    rules,
    unknown: |table, word| table.suggest(word, Error::garbage("local", word)),
    help: Some(super::usage),
    ..Table::new("address", rows!(ROWS))
};

/// Places of our own: no attribute has these numbers.
const DEV: u16 = 0x3f00;
/// `+` or `-`.
const BROADCAST_SIGN: u16 = 0x3f01;
/// Seconds.
const VALID: u16 = 0x3f02;
const PREFERRED: u16 = 0x3f03;
/// The length of the peer's prefix, if it was given one.
const PEER_LENGTH: u16 = 0x3f04;
/// The length of the local prefix, and whether it was given.
const LOCAL_LENGTH: u16 = 0x3f05;
const SCOPE_GIVEN: u16 = 0x3f06;

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("local")], attr!(IFA_LOCAL), &Local, "the address, with the length of its network").positional().repeat(Repeat::Garbage),
    row(&[exact("peer"), exact("remote")], attr!(IFA_ADDRESS), &Peer, "the address at the other end").repeat(Repeat::Duplicate),
    row(&[key("broadcast", 1), exact("brd")], attr!(IFA_BROADCAST), &Broadcast, "the broadcast address; + and - set or clear the host's bits").repeat(Repeat::Duplicate),
    row(&[exact("anycast")], attr!(IFA_ANYCAST), &Anycast, "an anycast address").repeat(Repeat::Duplicate),
    row(&[exact("scope")], attr!(SCOPE_GIVEN), &ScopeName, "how far it is valid"),
    row(&[exact("dev")], attr!(DEV), &Dev, "the interface that has it"),
    row(&[exact("label")], attr!(IFA_LABEL), &Label, "a name that begins with the interface's"),
    row(&[key("metric", 1), key("priority", 1), key("preference", 3)], attr!(IFA_RT_PRIORITY), &Number("\"metric\" value is invalid"), "the metric of its prefix's route"),
    row(&[key("valid_lft", 1)], attr!(VALID), &Lifetime("valid_lft value"), "how long it is valid, in seconds or forever"),
    row(&[key("preferred_lft", 7)], attr!(PREFERRED), &Lifetime("preferred_lft value"), "how long it is preferred, in seconds or forever"),
    row(&[exact("home").tag(IFA_F_HOMEADDRESS), exact("nodad").tag(IFA_F_NODAD), exact("optimistic").tag(IFA_F_OPTIMISTIC), exact("mngtmpaddr").tag(IFA_F_MANAGETEMPADDR), exact("noprefixroute").tag(IFA_F_NOPREFIXROUTE), exact("autojoin").tag(IFA_F_MCAUTOJOIN)], attr!(IFA_FLAGS), &Flag, "a flag"),
    row(&[exact("secondary"), exact("temporary"), exact("tentative"), exact("permanent"), exact("dadfailed"), exact("deprecated"), exact("stable-privacy")], attr!(IFA_FLAGS), &ReadOnlyFlag, "a flag that only the kernel sets"),
    row(&[exact("proto")], attr!(IFA_PROTO), &Proto, "who made it, a number"),
];
const _: () = unambiguous(ROWS);

/// The family of the request so far: what was asked for, or that of the addresses read.
fn family(scope: &Scope) -> u8 {
    scope.tree.header(ROOT).first().copied().unwrap_or(AF_UNSPEC)
}

/// Sets the family by an address read, if none is set.
fn learn_family(scope: &mut Scope, given: &GivenPrefix) {
    if family(scope) == AF_UNSPEC && !given.everything {
        scope.tree.set_header(ROOT, 0, address::family_of(given.prefix.address()));
    }
}

parse_only!(Local, Shape::Value("ADDRESS[/LENGTH]"), |self, row, _key, scope, word| {
    let given = address::prefix(word, family(scope))?;
    learn_family(scope, &given);
    if given.everything {
        // No address at all; the kernel says what it thinks of that.
        scope.set(row.number(), ());
    } else {
        scope.set(row.number(), given.prefix.address());
        scope.set(LOCAL_LENGTH, [given.prefix.len(), u8::from(given.with_length)]);
    }
    Ok(())
});

parse_only!(Peer, Shape::Value("ADDRESS[/LENGTH]"), |self, row, _key, scope, word| {
    let given = address::prefix(word, family(scope))?;
    learn_family(scope, &given);
    if !given.everything {
        scope.set(row.number(), given.prefix.address());
        scope.set(PEER_LENGTH, given.prefix.len());
    }
    Ok(())
});

/// An address without a length, which sets the family too.
fn plain_address(word: &[u8], row: &Row, scope: &mut Scope) -> Result<()> {
    let address = address::address(word, family(scope))?;
    if family(scope) == AF_UNSPEC {
        scope.tree.set_header(ROOT, 0, address::family_of(address));
    }
    scope.set(row.number(), address);
    Ok(())
}

parse_only!(Broadcast, Shape::Value("{ ADDRESS | + | - }"), |self, row, _key, scope| {
    let word = scope.value()?;
    match word {
        b"+" | b"-" => scope.set(BROADCAST_SIGN, word),
        _ => {
            plain_address(word, row, scope)?;
        }
    }
    Ok(())
});

parse_only!(Anycast, Shape::Value("ADDRESS"), |self, row, _key, scope, word| { plain_address(word, row, scope) });

parse_only!(ScopeName, Shape::Value("SCOPE"), |self, row, _key, scope| {
    let number = scope.named(Database::Scopes, u8::MAX.into(), "invalid scope value.")?;
    scope.set(row.number(), ());
    scope.tree.set_header_byte(3, number as u8);
    Ok(())
});

parse_only!(Dev, Shape::Device, |self, row, _key, scope, word| {
    scope.set(row.number(), word);
    Ok(())
});

parse_only!(Label, Shape::Value("NAME"), |self, row, _key, scope, word| {
    scope.set(row.number(), &*[word, b"\0"].concat());
    Ok(())
});

parse_only!(Number(&'static str), Shape::Value("NUMBER"), |self, row, _key, scope| {
    scope.set_u32(row.number(), self.0)
});

parse_only!(Lifetime(&'static str), Shape::Value("{ SECONDS | forever }"), |self, row, _key, scope| {
    if scope.tree.has(ROOT, row.number()) {
        // The reference names the keyword here.
        return Err(Error::duplicate(row.word(), scope.words.last()));
    }
    let word = scope.value()?;
    let seconds = if word == b"forever" { Some(u32::MAX) } else { number::u32(word) };
    scope.set(row.number(), seconds.ok_or_else(|| Error::wrong(word, self.0))?);
    Ok(())
});

parse_only!(Flag, Shape::Nothing, |self, row, key, scope| {
    let old = scope.tree.get(ROOT, row.number()).and_then(array).map_or(0, u32::from_ne_bytes);
    let flag = key.tag;
    if family(scope) != AF_INET6
        && matches!(flag, IFA_F_HOMEADDRESS | IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_MANAGETEMPADDR)
    {
        let line = format!("Warning: {} option can be set only for IPv6 addresses", key.word);
        scope.context.warn(&line);
    } else {
        scope.set(row.number(), old | flag);
    }
    Ok(())
});

parse_only!(ReadOnlyFlag, Shape::Nothing, |self, _row, key, scope| {
    let line = format!("Warning: {} option is not mutable from userspace", key.word);
    scope.context.warn(&line);
    Ok(())
});

parse_only!(Proto, Shape::Value("NUMBER"), |self, row, _key, scope| {
    let number = scope.named(Database::AddressProtocols, u8::MAX.into(), "\"proto\" value is invalid")?;
    scope.set(row.number(), number as u8);
    Ok(())
});

/// Takes a value of our own out of the request.
fn take<const N: usize>(scope: &mut Scope, place: u16) -> Option<[u8; N]> {
    let value = scope.tree.get(ROOT, place).and_then(array);
    scope.tree.remove(ROOT, place);
    value
}

/// Completes the request: lengths, peer, broadcast, scope, lifetimes, flags.
fn rules(scope: &mut Scope) -> Result<()> {
    if !scope.tree.has(ROOT, DEV) {
        return Err(Error::new(1, brief!("Not enough information: \"dev\" argument is required.")));
    }
    let local = scope.tree.get(ROOT, IFA_LOCAL).and_then(attributes::ip);
    let peer = scope.tree.get(ROOT, IFA_ADDRESS).and_then(attributes::ip);
    let local_length = take::<2>(scope, LOCAL_LENGTH);
    let peer_length = take::<1>(scope, PEER_LENGTH).map(|[len]| len);
    let len = peer_length.or(local_length.map(|[len, _]| len)).unwrap_or(0);
    scope.tree.set_header(ROOT, 1, len);
    if let (Some(local), None) = (local, peer) {
        let wildcard = scope.operation == Operation::Delete && local.is_ipv4() && matches!(local_length, Some([_, 0]));
        if wildcard {
            warn_of_wildcard(scope, local);
        } else {
            scope.tree.set(ROOT, IFA_ADDRESS, local, 0);
        }
    }
    broadcast(scope, peer.or(local), len)?;
    let scoped = take::<0>(scope, SCOPE_GIVEN).is_some();
    if !scoped && scope.operation != Operation::Delete && matches!(local, Some(IpAddr::V4(v4)) if v4.is_loopback()) {
        scope.tree.set_header(ROOT, 3, RT_SCOPE_HOST);
    }
    set_device(scope)?;
    lifetimes(scope)?;
    flags(scope, local)
}

/// The interface's name is looked up when all words are read, so that a wrong word is told first.
fn set_device(scope: &mut Scope) -> Result<()> {
    let name = scope.tree.get(ROOT, DEV).unwrap_or(&[]);
    let index = scope.context.index_of(name)?;
    scope.tree.remove(ROOT, DEV);
    scope.tree.set_header(ROOT, 4, index);
    Ok(())
}

fn warn_of_wildcard(scope: &mut Scope, local: IpAddr) {
    scope.context.warn("Warning: Executing wildcard deletion to stay compatible with old scripts.");
    scope
        .context
        .warn(&format!("         Give the prefix length, {}, to delete no other address.", Value::Prefix(local, 32)));
}

/// A broadcast address given as a sign: the prefix with all of the host's bits set or clear.
fn broadcast(scope: &mut Scope, address: Option<IpAddr>, len: u8) -> Result<()> {
    let only_v4 = || Error::new(1, brief!("Broadcast can be set only for IPv4 addresses"));
    let sign = take::<1>(scope, BROADCAST_SIGN);
    if sign.is_some() && family(scope) != AF_INET {
        return Err(only_v4());
    }
    let (Some([sign]), Some(IpAddr::V4(address))) = (sign, address) else { return Ok(()) };
    let Some(prefix) = Prefix::new(IpAddr::V4(address), len.min(32)) else { return Ok(()) };
    let host = u32::MAX.checked_shr(u32::from(prefix.len())).unwrap_or(0);
    let bits = address.to_bits();
    if prefix.len() > 30 || scope.operation == Operation::Delete {
        return Ok(());
    }
    let bits = if sign == b'+' { bits | host } else { bits & !host };
    scope.tree.set(ROOT, IFA_BROADCAST, Ipv4Addr::from_bits(bits), 0);
    Ok(())
}

fn lifetimes(scope: &mut Scope) -> Result<()> {
    let valid = take::<4>(scope, VALID).map(u32::from_ne_bytes);
    let preferred = take::<4>(scope, PREFERRED).map(u32::from_ne_bytes);
    if valid.is_none() && preferred.is_none() {
        return Ok(());
    }
    let (valid, preferred) = (valid.unwrap_or(u32::MAX), preferred.unwrap_or(u32::MAX));
    if valid == 0 {
        return Err(Error::new(1, "valid_lft is zero"));
    }
    if valid < preferred {
        return Err(Error::new(1, brief!("preferred_lft is greater than valid_lft")));
    }
    let info = [preferred.to_ne_bytes(), valid.to_ne_bytes(), [0; 4], [0; 4]];
    scope.tree.set(ROOT, IFA_CACHEINFO, info.as_flattened(), 0);
    Ok(())
}

/// Flags that fit eight bits go into the header, where every kernel reads them.
fn flags(scope: &mut Scope, local: Option<IpAddr>) -> Result<()> {
    let flags = scope.tree.get(ROOT, IFA_FLAGS).and_then(array).map_or(0, u32::from_ne_bytes);
    if flags & IFA_F_MCAUTOJOIN != 0 && !local.is_some_and(|address| address.is_multicast()) {
        return Err(Error::new(1, "autojoin needs multicast address"));
    }
    if let Ok(byte) = u8::try_from(flags) {
        scope.tree.remove(ROOT, IFA_FLAGS);
        scope.tree.set_header(ROOT, 2, byte);
    }
    Ok(())
}

/// An empty request of family `family`.
pub(super) fn header(family: u8) -> [u8; IfAddr::LEN] {
    IfAddr { family, ..IfAddr::default() }.to_bytes()
}
