//! `ip nexthop bucket`: the parts into which a resilient group sorts flows, and where each leads.

use super::filter::Filter;
use super::print::bucket;
use netmite_grammar::{Key, Result, Session, Words, key, plain, refused_whole, select};
use netmite_netlink::Message;
use netmite_netlink::header::NextHopObject;
use netmite_netlink::uapi::*;

type Verb = fn(&mut Words, &mut Session) -> Result<()>;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Verb)] = &[
    (key("list", 1), list),
    (key("lst", 2), list),
    (key("show", 1), list),
    (key("get", 1), get),
    (key("help", 1), |_, _| Err(super::usage())),
];

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let Some(word) = words.take() else { return list(words, session) };
    match select(word, VERBS) {
        Some(verb) => verb(words, session),
        None => Err(super::unknown(word)),
    }
}

fn list(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::parse_buckets(words, &mut session.context)?;
    let mut request = filter.request(RTM_GETNEXTHOPBUCKET, &session.context);
    session.list(&mut request, None, &mut bucket).map_err(|error| error.with_status(2))
}

/// Shows the one that `id ID index NUMBER` names.
fn get(words: &mut Words, session: &mut Session) -> Result<()> {
    let (mut id, mut index) = (0, None);
    while let Some(word) = words.take() {
        match plain(word) {
            "id" => id = super::id(words)?,
            "index" => index = Some(words.u16("invalid bucket index value")?),
            _ => return Err(super::usage()),
        }
    }
    let Some(index) = index.filter(|_| id != 0) else { return Err(super::usage()) };
    let header = NextHopObject { family: session.context.options.family, ..NextHopObject::default() };
    let mut request = Message::new(RTM_GETNEXTHOPBUCKET, 0, &header.to_bytes());
    request.put(NHA_ID, id).nested(NHA_RES_BUCKET, |nest| {
        nest.put(NHA_RES_BUCKET_INDEX, index);
    });
    session.show(&mut request, &mut bucket).map_err(refused_whole)
}
