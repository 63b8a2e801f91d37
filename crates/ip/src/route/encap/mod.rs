//! Encapsulations: `encap TYPE …` of a route, of one of its next hops, and of a next hop object; a file per type.
//!
//! What a type may say is a table of rows where its words come in any order, and a function where they don't. It ends at
//! the first word that it does not know, which belongs to the route again. Source: linux/lwtunnel.h and the header that
//! each file names.

mod bpf;
mod ila;
mod ioam6;
mod ip;
mod mpls;
mod rpl;
mod seg6;
mod seg6local;
mod tunnel_options;
mod xfrm;

use netmite_grammar::{Context, Error, Result, Scope, Table};
use netmite_netlink::attributes::Slots;
use netmite_output::{Colour, Value};
use std::net::IpAddr;

/// A type of encapsulation.
pub(super) struct Type {
    word: &'static str,
    /// `LWTUNNEL_ENCAP_…`.
    number: u16,
    /// The words behind it, where they are rows.
    table: Option<&'static Table>,
    /// Reads the words behind the type; the scope's node is the nest.
    parse: fn(&mut Scope) -> Result<()>,
    print: fn(&Slots, &mut Context),
}

/// All types, in the order of their numbers.
const TYPES: &[&Type] = &[
    &mpls::MPLS,
    &ip::IP,
    &ila::ILA,
    &ip::IP6,
    &seg6::SEG6,
    &bpf::BPF,
    &seg6local::SEG6LOCAL,
    &rpl::RPL,
    &ioam6::IOAM6,
    &xfrm::XFRM,
];

/// Reads `TYPE …` into the attributes numbered `kind` and `nest` of the scope's node: RTA_ENCAP_TYPE and RTA_ENCAP, or
/// NHA_ENCAP_TYPE and NHA_ENCAP.
///
/// # Errors
/// A type that there is none of, and whatever its words are refused for.
pub(crate) fn parse(scope: &mut Scope, kind: u16, nest: u16) -> Result<()> {
    let word = scope.value()?;
    let Some(encap) = TYPES.iter().find(|encap| encap.word.as_bytes() == word) else {
        if netmite_grammar::matches(word, "help") {
            return Err(Error::new(255, usage()));
        }
        let error = Error::wrong(word, "\"encap type\" value is invalid\n");
        return Err(error.suggest(word, TYPES.iter().map(|encap| encap.word)));
    };
    match scope.words.rest().len() {
        0 => return Err(Error::incomplete()),
        // The reference wants two words of each; none says anything in one.
        1 => return Err(Error::required("encap type")),
        _ => (),
    }
    let outer = scope.node;
    scope.set(kind, encap.number);
    scope.tree.remove(outer, nest);
    scope.node = scope.tree.nest(outer, nest);
    let outcome = (encap.parse)(scope);
    scope.node = outer;
    outcome
}

/// Prints an encapsulation; of a type that is not known, just that.
pub(crate) fn print(kind: u16, body: &[u8], context: &mut Context) {
    let encap = TYPES.iter().find(|encap| encap.number == kind);
    context.out.open_object("encap");
    context.out.put("encap_type", " encap ", encap.map_or("unknown", |encap| encap.word), " ");
    if let Some(encap) = encap {
        (encap.print)(&Slots::parse(body), context);
    }
    context.out.close_object();
}

/// Adds what may follow `encap` to what manuals tell of an object.
#[cfg(feature = "laws")]
pub(crate) fn manual(
    mut object: netmite_grammar::manual::Object,
    verbs: &[&'static str],
) -> netmite_grammar::manual::Object {
    for (word, table) in TYPES.iter().filter_map(|encap| Some((encap.word, encap.table?))) {
        object = object.table(verbs, &format!("encap {word}"), table, "ip route add 192.0.2.0/24 encap help");
    }
    object
}

fn usage() -> String {
    let words: Vec<_> = TYPES.iter().map(|encap| encap.word).collect();
    let mut text = format!("Usage: ip route ... encap {{ {} }} OPTIONS\n", words.join(" | "));
    for (word, table) in TYPES.iter().filter_map(|encap| Some((encap.word, encap.table?))) {
        text += &format!("{word} OPTIONS:\n{}", table.usage());
    }
    text
}

/// An address in its family's colour, which spans its label too.
fn labelled(key: &str, label: &str, address: IpAddr, context: &mut Context) {
    context.out.json(key, address);
    context.out.coloured(Colour::of(address), |out| {
        out.text(label);
        out.text(" ");
        out.text_value(address);
        out.text(" ");
    });
}

/// A value with a blank on each side, behind its label if it has one: as the types do that came first.
fn spaced<'v>(key: &str, label: &str, value: impl Into<Value<'v>>, context: &mut Context) {
    context.out.text(" ");
    context.out.text(label);
    context.out.put(key, if label.is_empty() { "" } else { " " }, value, " ");
}
