//! `ip neighbour show`: a dump, printed while it is read; `ip neighbour get`: one neighbour, by its address.

use super::filter::Filter;
use super::print::print;
use super::table::destination;
use netmite_grammar::{Error, Lines, Result, Session, Words, matches, refused};
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::tree::{Origins, ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::{Form, brief};

/// What neighbours' lines differ in, and behind the second what only `-s` shows.
const VALUES: &[(u16, Form)] =
    &[(NDA_DST, Form::Ip), (NDA_LLADDR, Form::Link), (NDA_CACHEINFO, Form::Unseen), (NDA_PROBES, Form::Unseen)];

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::parse(words, false, &mut session.context)?;
    let options = &session.context.options;
    let values = if options.statistics > 0 { &VALUES[..2] } else { VALUES };
    let mut lines = Lines::new(RTM_NEWNEIGH, NeighbourHeader::LEN, values, !options.brief && !filter.by_values());
    session.list(&mut filter.request(), None, &mut |view, context| {
        lines.print(view, context, &mut |context| print(view, &filter, context));
    })
}

pub(super) fn get(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut tree = Tree::new(&NeighbourHeader::default().to_bytes());
    let (mut dev, mut family) = (None, session.context.options.family);
    while let Some(word) = words.take() {
        match word == b"dev" {
            true => dev = Some(words.value()?),
            false => {
                let proxy = matches(word, "proxy");
                let word = if proxy || word == b"to" { words.value()? } else { word };
                if matches(word, "help") {
                    return Err(super::usage());
                }
                if tree.has(ROOT, NDA_DST) {
                    return Err(if proxy { Error::duplicate("address", word) } else { Error::garbage("to", word) });
                }
                if proxy {
                    tree.set_header(ROOT, 10, NTF_PROXY);
                }
                if let Some((own, address)) = destination(word, family)? {
                    family = own;
                    tree.set_header(ROOT, 0, own);
                    tree.set(ROOT, NDA_DST, address, words.position());
                }
            }
        }
    }
    // What we answer for may be said of all interfaces.
    let proxy = tree.header(ROOT).get(10).is_some_and(|flags| flags & NTF_PROXY != 0);
    if !tree.has(ROOT, NDA_DST) || (dev.is_none() && !proxy) {
        return Err(Error::new(1, brief!("Device and address are required arguments.")));
    }
    if let Some(dev) = dev {
        let index = session.context.index_of(dev)?;
        tree.set_header(ROOT, 4, index);
    }
    let mut message = tree.message(RTM_GETNEIGH, 0);
    let answer = session.show(&mut message, &mut |view, context| print(view, &Filter::open(), context));
    answer.map_err(|error| refused(&error, &Origins::of(&tree), words))
}
