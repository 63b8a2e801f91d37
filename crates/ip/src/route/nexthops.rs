//! The next hops of a route with several: `nexthop via … dev … weight …`, again and again to the end of the line.

use super::table::{family, realms, settled_family};
use super::{encap, gateway};
use netmite_grammar::{Error, Result, Scope, Shape, by_word, exact, key, parse_only};
use netmite_netlink::header::NextHopHeader;
use netmite_netlink::message::HEADER_LEN;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::brief;

parse_only!(
    /// Reads all next hops.
    NextHops,
    Shape::Rest("NEXTHOPS"),
    |self, row, _key, scope| {
        super::table::before_next_hops(scope)?;
        let mut all = Vec::new();
        loop {
            if scope.words.is_empty() {
                return Err(Error::new(255, brief!("Error: unexpected end of line after \"nexthop\"")));
            }
            all.extend(one(scope)?);
            match scope.words.take() {
                None => break,
                Some(word) if word == b"nexthop" => (),
                Some(other) => return Err(unexpected(other)),
            }
        }
        scope.set(row.number(), all.as_slice());
        Ok(())
    }
);

fn unexpected(word: &[u8]) -> Error {
    Error::about(255, "Error: \"nexthop\" or end of line is expected instead of \"%\"", word)
}

/// Reads one next hop, up to a word that it does not know: its `struct rtnexthop` and attributes.
fn one(scope: &mut Scope) -> Result<Vec<u8>> {
    let mut header = NextHopHeader::default();
    let mut tree = Tree::new(&[]);
    while let Some(word) = scope.words.take() {
        by_word!(word, {
            [exact("via")] => {
                let gateway = gateway::read(scope, family(scope))?;
                let route = settled_family(scope, gateway.family);
                gateway.set(route, &mut tree, 0);
            },
            [exact("as")] => tree.set(ROOT, RTA_NEWDST, gateway::new_destination(scope)?.as_slice(), 0),
            [exact("encap")] => scope.within(&mut tree, |scope| encap::parse(scope, RTA_ENCAP_TYPE, RTA_ENCAP))?,
            [exact("dev")] => {
                header.index = scope.device().map_err(|error| error.hint("cannot parse nexthop").with_status(255))?;
            },
            [exact("weight")] => {
                let weight = scope.words.number(256, "\"weight\" is invalid\n")?;
                let less = weight.checked_sub(1).and_then(|less| u8::try_from(less).ok());
                header.hops = less.ok_or_else(|| scope.wrong("\"weight\" is invalid\n"))?;
            },
            [exact("onlink")] => header.flags |= u8::try_from(RTNH_F_ONLINK).unwrap_or(0),
            [key("realms", 1)] => {
                let word = scope.value()?;
                let realms =
                    realms(scope.context, word).ok_or_else(|| Error::wrong(word, "\"realm\" value is invalid\n"))?;
                tree.set(ROOT, RTA_FLOW, realms, 0);
            },
            _ => {
                scope.words.back();
                break;
            },
        });
    }
    let message = tree.message(0, 0);
    let attributes = message.as_bytes().get(HEADER_LEN..).unwrap_or(&[]);
    header.len = u16::try_from(NextHopHeader::LEN + attributes.len()).unwrap_or(u16::MAX);
    Ok([&header.to_bytes(), attributes].concat())
}
