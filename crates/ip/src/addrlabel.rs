//! `ip addrlabel`: the labels by which IPv6 matches source addresses to destinations (RFC 6724).

use netmite_grammar::{
    Change, Command, Context, Error, Hint, Key, Operation, Part, Result, Scope, Session, Shape, Spec, Table, Words,
    address, attr, exact, hint, key, number, parse_only, refused_whole, row, rows, run_verb, unambiguous,
};
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::AddressLabelHeader;
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};
use netmite_output::{Colour, brief};

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("list", 1), list),
    (key("lst", 2), list),
    (key("show", 1), list),
    (key("add", 1), |words, session| change(words, session, RTM_NEWADDRLABEL, NLM_F_CREATE | NLM_F_EXCL)),
    (key("delete", 1), |words, session| change(words, session, RTM_DELADDRLABEL, 0)),
    (key("flush", 1), flush),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `ip addrlabel`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("ip addrlabel", VERBS, list, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    netmite_grammar::manual::Object::new("addrlabel", "labels by which IPv6 chooses addresses", VERBS).table(
        &["add", "delete"],
        "",
        &LABEL,
        "ip addrlabel help",
    )
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: ip addrlabel { add | del } prefix PREFIX [ dev DEVICE ] label NUMBER\n       ip addrlabel { list | flush }\nOPTIONS:\n%"
        ),
        &[Part::Options(&LABEL)],
    )
}

// linux/if_addrlabel.h
const IFAL_ADDRESS: u16 = 1;
const IFAL_LABEL: u16 = 2;
/// Offsets in the fixed header.
const PREFIX_LEN: usize = 2;
const INDEX: usize = 4;

/// A label. Words that no row knows are passed over, as the reference does.
static LABEL: Table = Table { rules, ..Table::new("addrlabel", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("prefix")], attr!(IFAL_ADDRESS), &Prefix, "the addresses that get it"),
    row(&[exact("dev")], attr!(IFAL_ADDRESS), &Dev, "only on this interface").header(INDEX),
    row(&[exact("label")], attr!(IFAL_LABEL), &Label, "the label"),
    row(&[], attr!(IFAL_ADDRESS), &PassedOver, "").positional(),
];
const _: () = unambiguous(ROWS);

parse_only!(Prefix, Shape::Value("PREFIX"), |self, row, _key, scope, word| {
    let family = scope.context.options.family;
    let given = address::prefix(word, family)?;
    scope.tree.set_header(ROOT, PREFIX_LEN, given.prefix.len());
    match given.everything && !matches!(family, AF_INET | AF_INET6) {
        // No address at all; the kernel says what it thinks of that.
        true => scope.set(row.number(), ()),
        false => scope.set(row.number(), given.prefix.address()),
    }
    Ok(())
});

parse_only!(Dev, Shape::Device, |self, _row, _key, scope, word| {
    let index = scope.context.index_of(word).map_err(|_| Error::wrong(word, "dev is invalid\n"))?;
    scope.tree.set_header(ROOT, INDEX, index);
    Ok(())
});

parse_only!(Label, Shape::Value("NUMBER"), |self, row, _key, scope, word| {
    // The greatest number is the kernel's for no label.
    let label = number::u32(word).filter(|label| *label != u32::MAX);
    scope.set(row.number(), label.ok_or_else(|| Error::wrong(word, "label is invalid\n"))?);
    Ok(())
});

parse_only!(PassedOver, Shape::Nothing, |self, _row, _key, scope| scope.value().map(|_| ()));

fn rules(scope: &mut Scope) -> Result<()> {
    let missing = [(IFAL_ADDRESS, "prefix"), (IFAL_LABEL, "label")];
    match missing.iter().find(|(kind, _)| !scope.tree.has(ROOT, *kind)) {
        None => Ok(()),
        Some((_, word)) => Err(Error::about(1, "Not enough information: \"%\" argument is required.", word.as_bytes())),
    }
}

fn change(words: &mut Words, session: &mut Session, kind: u16, flags: u16) -> Result<()> {
    let header = AddressLabelHeader { family: family(&session.context), ..AddressLabelHeader::default() };
    let operation = if kind == RTM_NEWADDRLABEL { Operation::Add } else { Operation::Delete };
    session.change_by(&LABEL, &header.to_bytes(), &Change { operation, kind, flags, tell: None, hints: HINTS }, words)
}

/// What the kernel's sentences leave open.
static HINTS: &[Hint] = &[hint("RTNETLINK answers: File exists", brief!("the prefix has a label: see `ip addrlabel`"))];

/// IPv6, which alone has labels, unless another family is asked for; the kernel has its say on that.
fn family(context: &Context) -> u8 {
    if context.options.family == AF_UNSPEC { AF_INET6 } else { context.options.family }
}

fn request(context: &Context) -> Message {
    let header = AddressLabelHeader { family: family(context), ..AddressLabelHeader::default() };
    Message::new(RTM_GETADDRLABEL, 0, &header.to_bytes())
}

fn list(words: &mut Words, session: &mut Session) -> Result<()> {
    if !words.is_empty() {
        return Err(Error::new(1, brief!("\"ip addrlabel show\" does not take any arguments.")));
    }
    let mut request = request(&session.context);
    let outcome = session.list(&mut request, None, &mut print);
    outcome.map_err(|error| error.with_status(255))
}

/// Prints a label, or an event that tells of one.
pub(crate) fn print(view: &MessageView, context: &mut Context) {
    let Some(header) = AddressLabelHeader::of(view) else { return };
    let slots: Slots = view.slots(AddressLabelHeader::LEN);
    context.out.open_object("");
    if view.kind == RTM_DELADDRLABEL {
        context.out.deleted();
    }
    if let Some(address) = slots.ip(IFAL_ADDRESS) {
        context.out.text("prefix ");
        context.out.put_in(Colour::of(address), "address", "", address, "");
        context.out.put("prefixlen", "/", header.prefix_len, " ");
    }
    if header.index != 0 {
        context.put_device(header.index, "ifname", "dev ", " ");
    }
    if let Some(label) = slots.u32(IFAL_LABEL) {
        context.out.field("label", "label", label);
    }
    context.out.end_line();
    context.out.close_object();
}

/// Deletes all labels, those that the kernel came with too.
fn flush(words: &mut Words, session: &mut Session) -> Result<()> {
    if !words.is_empty() {
        return Err(Error::new(1, brief!("\"ip addrlabel flush\" does not allow extra arguments")));
    }
    let mut request = request(&session.context);
    let mut bodies = Vec::new();
    let outcome = session.dump(&mut request, |view, _| bodies.push(view.body.to_vec()));
    outcome.map_err(|error| crate::flush::terminated(error, 1))?;
    for body in bodies {
        let outcome = session.socket().request(&mut Message::new(RTM_DELADDRLABEL, 0, &body));
        outcome.map_err(|error| refused_whole(error).with_status(1))?;
    }
    Ok(())
}
