//! The words of `ip neighbour add`.

use netmite_grammar::address::AnyAddress;
use netmite_grammar::names::Database;
use netmite_grammar::{
    Error, Repeat, Result, Scope, Shape, Spec, Table, address, attr, exact, key, parse_only, row, rows, unambiguous,
};
use netmite_netlink::attributes::array;
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_output::brief;
use std::net::IpAddr;

/// A neighbour.
pub(super) static NEIGHBOUR: Table = Table {
    rules,
    unknown: |table, word| table.suggest(word, Error::garbage("to", word)),
    ..Table::new("neighbour", rows!(ROWS))
};

/// Places of our own, emptied by [`rules`]: names and link-layer addresses are read when all words are, so that a
/// wrong word is told first.
const DEV: u16 = 0x3f00;
const LLADDR: u16 = 0x3f01;
/// The note that `any` or its like was said, which is no address.
const EVERYTHING: u32 = 1;
/// The most bytes of a link-layer address: InfiniBand's.
const LONGEST: usize = 20;
/// Offsets in the fixed header.
const INDEX: usize = 4;
const STATE: usize = 8;
const FLAGS: usize = 10;

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("to")], attr!(NDA_DST), &Destination, "the neighbour's IP address").positional(),
    row(&[key("proxy", 1)], attr!(NDA_DST), &Proxy, "an address that we answer for"),
    row(&[key("lladdr", 1)], attr!(LLADDR), &LinkAddress, "its link-layer address").repeat(Repeat::Duplicate),
    row(&[exact("nud")], attr!(NDA_DST), &State, "how sure the kernel is of it").header(STATE),
    row(&[exact("router").tag(NTF_ROUTER as u32), exact("use").tag(NTF_USE as u32), key("extern_learn", 1).tag(NTF_EXT_LEARNED as u32)], attr!(NDA_DST), &Flag, "it routes; look it up at once; learned by others than the kernel").header(FLAGS),
    row(&[exact("managed").tag(NTF_EXT_MANAGED as u32), exact("extern_valid").tag(NTF_EXT_EXT_VALIDATED as u32)], attr!(NDA_FLAGS_EXT), &ExtendedFlag, "the kernel keeps it resolved; checked by others than the kernel"),
    row(&[key("protocol", 4)], attr!(NDA_PROTOCOL), &Protocol, "who made it"),
    row(&[exact("dev")], attr!(DEV), &Dev, "the interface it is reached by"),
];
const _: () = unambiguous(ROWS);

parse_only!(Destination, Shape::Value("ADDRESS"), |self, row, _key, scope| {
    let mut word = scope.value()?;
    if netmite_grammar::matches(word, "help") {
        // The reference steps over it.
        word = scope.value()?;
    }
    if scope.tree.has(ROOT, NDA_DST) || scope.tree.noted(EVERYTHING) {
        return Err(NEIGHBOUR.suggest(word, Error::garbage("to", word)));
    }
    set_address(scope, row.number(), word)
});

parse_only!(Proxy, Shape::Value("ADDRESS"), |self, row, _key, scope, word| {
    if netmite_grammar::matches(word, "help") {
        return Err(super::usage());
    }
    if scope.tree.has(ROOT, NDA_DST) {
        return Err(Error::duplicate("address", word));
    }
    set_address(scope, row.number(), word)?;
    set_flag(scope, NTF_PROXY);
    Ok(())
});

fn set_address(scope: &mut Scope, kind: u16, word: &[u8]) -> Result<()> {
    match destination(word, scope.context.options.family)? {
        Some((family, address)) => {
            scope.tree.set_header(ROOT, 0, family);
            scope.set(kind, address);
        }
        None => scope.tree.note(EVERYTHING),
    }
    Ok(())
}

/// The family and a neighbour's address; none for a `default` of no family.
pub(super) fn destination(word: &[u8], family: u8) -> Result<Option<(u8, AnyAddress)>> {
    if family == AF_PACKET {
        return Ok(Some((family, AnyAddress::Link(address::link_address(word)?))));
    }
    let given = match (address::is_everything(word), family) {
        (true, AF_UNSPEC) => return Ok(None),
        (true, AF_INET) => IpAddr::from([0; 4]),
        (true, AF_INET6) => IpAddr::from([0; 16]),
        _ => address::address(word, family)?,
    };
    Ok(Some((address::family_of(given), AnyAddress::Ip(given))))
}

parse_only!(LinkAddress, Shape::Value("LLADDR"), |self, row, _key, scope, word| {
    scope.set(row.number(), word);
    Ok(())
});

parse_only!(State, Shape::Value("STATE"), |self, _row, _key, scope, word| {
    let state = super::state::parse(word).ok_or_else(|| Error::wrong(word, "nud state is bad"))?;
    scope.tree.set_header(ROOT, STATE, state);
    Ok(())
});

parse_only!(Flag, Shape::Nothing, |self, _row, key, scope| {
    set_flag(scope, key.tag as u8);
    Ok(())
});

fn set_flag(scope: &mut Scope, flag: u8) {
    let old = scope.tree.header(ROOT).get(FLAGS).copied().unwrap_or(0);
    scope.tree.set_header(ROOT, FLAGS, old | flag);
}

parse_only!(ExtendedFlag, Shape::Nothing, |self, row, key, scope| {
    let old = scope.tree.get(ROOT, row.number()).and_then(array).map_or(0, u32::from_ne_bytes);
    scope.set(row.number(), old | key.tag);
    if key.tag == u32::from(NTF_EXT_MANAGED) {
        // The kernel is to find out; a state of ours would be in its way.
        scope.tree.set_header(ROOT, STATE, NUD_NONE);
    }
    Ok(())
});

parse_only!(Protocol, Shape::Value("PROTOCOL"), |self, row, _key, scope| {
    let number = scope.named(Database::Protocols, u8::MAX.into(), "\"protocol\" value is invalid\n")?;
    scope.set(row.number(), number as u8);
    Ok(())
});

parse_only!(Dev, Shape::Device, |self, row, _key, scope, word| {
    scope.set(row.number(), word);
    Ok(())
});

/// Completes the request: the link-layer address and the interface.
fn rules(scope: &mut Scope) -> Result<()> {
    let dev = scope.tree.has(ROOT, DEV);
    let proxy = scope.tree.header(ROOT).get(FLAGS).is_some_and(|flags| flags & NTF_PROXY != 0);
    if !scope.tree.has(ROOT, NDA_DST) || (!dev && !proxy) {
        return Err(Error::new(255, brief!("Device and destination are required arguments.")));
    }
    if let Some(word) = scope.tree.get(ROOT, LLADDR) {
        let address = if word == b"null" { None } else { Some(link_address(word)?) };
        scope.tree.remove(ROOT, LLADDR);
        address.into_iter().for_each(|address| scope.tree.set(ROOT, NDA_LLADDR, address, 0));
    }
    if let Some(name) = scope.tree.get(ROOT, DEV) {
        let index = scope.context.index_of(name)?;
        scope.tree.remove(ROOT, DEV);
        scope.tree.set_header(ROOT, INDEX, index);
    }
    Ok(())
}

fn link_address(word: &[u8]) -> Result<netmite_netlink::MacAddress> {
    let address = address::link_address(word)?;
    if address.as_bytes().len() > LONGEST {
        let error = Error::about(1, "\"%\" is invalid lladdr.", word);
        return Err(error.hint(format!("it has at most {LONGEST} bytes")));
    }
    Ok(address)
}

/// The address that a request asks for or changes.
pub(super) fn address_of(tree: &netmite_netlink::tree::Tree) -> Option<IpAddr> {
    tree.get(ROOT, NDA_DST).and_then(netmite_netlink::attributes::ip)
}
