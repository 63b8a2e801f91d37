//! The next hops of a route with several: `nexthop via … dev … weight …`, again and again to the end of the line.

use super::table::{gateway, realms, settled_family, via};
use netmite_grammar::address::family_of;
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, number};
use netmite_netlink::Message;
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::NextHopHeader;
use netmite_netlink::message::HEADER_LEN;
use netmite_netlink::uapi::*;

/// Reads all next hops.
pub(super) struct NextHops;

impl Codec for NextHops {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        settled_family(scope);
        let mut all = Vec::new();
        loop {
            if scope.words.is_empty() {
                return Err(Error::new(255, "Error: unexpected end of line after \"nexthop\""));
            }
            all.extend(one(scope)?);
            match scope.words.take() {
                None => break,
                Some(b"nexthop") => (),
                Some(other) => return Err(unexpected(other)),
            }
        }
        scope.set(row.number(), all.as_slice());
        Ok(())
    }

    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    fn words(&self, _: &Row, _: &Slots, _: &mut Context, _: &mut Vec<Vec<u8>>) {}

    fn shape(&self) -> Shape {
        Shape::Rest("NEXTHOPS")
    }
}

fn unexpected(word: &[u8]) -> Error {
    Error::new(255, [b"Error: \"nexthop\" or end of line is expected instead of \"", word, b"\""].concat())
}

/// Reads one next hop, up to a word that it does not know: its `struct rtnexthop` and attributes.
fn one(scope: &mut Scope) -> Result<Vec<u8>> {
    let mut header = NextHopHeader::default();
    // Only the attributes of this message are used; it is a writer for them.
    let mut attributes = Message::new(0, 0, &[]);
    let start = scope.words.rest().len();
    while let Some(word) = scope.words.peek() {
        scope.words.take();
        match word {
            b"via" => {
                let (route, address) = gateway(scope)?;
                if route == family_of(address) {
                    attributes.put(RTA_GATEWAY, address);
                } else {
                    attributes.put(RTA_VIA, &*via(address));
                }
            }
            b"dev" => {
                header.index = scope.device().map_err(|error| error.hint("cannot parse nexthop").with_status(255))?;
            }
            b"weight" => {
                let word = scope.value()?;
                let weight = number::u32(word).filter(|weight| (1..=256).contains(weight));
                let weight = weight.ok_or_else(|| Error::wrong(word, "\"weight\" is invalid\n"))?;
                header.hops = u8::try_from(weight - 1).unwrap_or(u8::MAX);
            }
            b"onlink" => header.flags |= u8::try_from(RTNH_F_ONLINK).unwrap_or(0),
            _ if netmite_grammar::matches(word, "realms") && word.len() > 2 => {
                let word = scope.value()?;
                let realms =
                    realms(scope.context, word).ok_or_else(|| Error::wrong(word, "\"realm\" value is invalid\n"))?;
                attributes.put(RTA_FLOW, realms);
            }
            _ => {
                scope.words.back();
                break;
            }
        }
    }
    if scope.words.rest().len() == start {
        return Err(unexpected(scope.words.peek().unwrap_or(b"")));
    }
    let attributes = attributes.as_bytes().get(HEADER_LEN..).unwrap_or(&[]);
    header.len = u16::try_from(NextHopHeader::LEN + attributes.len()).unwrap_or(u16::MAX);
    Ok([&header.to_bytes(), attributes].concat())
}
