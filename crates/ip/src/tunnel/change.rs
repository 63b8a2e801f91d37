//! `ip tunnel add`, `change` and `delete`: one request each.

use super::{ADD, CHANGE, DELETE, Kind, failed, four, name_in, note, six};
use netmite_grammar::{Operation, Result, Scope, Session, Words};
use netmite_netlink::errno;
use netmite_netlink::sys::tunnel;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_output::brief;

/// Reads words into parameters; for a filter nothing is set beforehand.
pub(super) fn read(
    words: &mut Words,
    session: &mut Session,
    kind: &Kind,
    operation: Operation,
    filter: bool,
) -> Result<Vec<u8>> {
    let empty = if kind.six { six::empty(filter).to_vec() } else { four::empty().to_vec() };
    let mut tree = Tree::new(&empty);
    tree.set(ROOT, note::START, words.position().saturating_add(1), 0);
    let mut scope = Scope { words, tree: &mut tree, node: ROOT, operation, context: &mut session.context };
    kind.table.parse(&mut scope)?;
    Ok(tree.header(ROOT).to_vec())
}

pub(super) fn run(words: &mut Words, session: &mut Session, kind: &'static Kind, operation: Operation) -> Result<()> {
    let mut parameters = read(words, session, kind, operation, false)?;
    let name = name_in(&parameters).to_vec();
    if !kind.six && operation != Operation::Delete {
        four::check(&parameters)?;
    }
    if kind.six && operation != Operation::Delete && name.is_empty() {
        session.context.out.io().error("Tunnel interface name not specified");
    }
    let maker = (kind.maker)(&parameters).unwrap_or("").as_bytes();
    // As with the reference a change is told as an addition.
    let (request, verb, device) = match operation {
        Operation::Add => (ADD, "add", maker),
        Operation::Set if name.is_empty() => (CHANGE, "add", maker),
        Operation::Set => (CHANGE, "add", &name[..]),
        Operation::Delete if name.is_empty() => (DELETE, "delete", maker),
        Operation::Delete => (DELETE, "delete", &name[..]),
    };
    let outcome = tunnel::ask(request, kind.six, device, &mut parameters);
    session.context.names.forget();
    outcome.map_err(|error| explain(failed(verb, device, &error), &error))
}

fn explain(error: netmite_grammar::Error, failure: &std::io::Error) -> netmite_grammar::Error {
    match errno::number(failure) {
        errno::EPERM | errno::EACCES => error.hint("this needs CAP_NET_ADMIN"),
        errno::EEXIST => error.hint(brief!("a tunnel of this name or with these ends is there")),
        errno::ENODEV => error.hint(brief!("no such tunnel, or the kernel has not this mode")),
        _ => error,
    }
}
