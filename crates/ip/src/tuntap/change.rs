//! `ip tuntap add`, `delete`: the interface is attached to through /dev/net/tun, told to stay or to go, and let go.

use super::processes;
use netmite_grammar::{
    Error, Operation, Result, Scope, Session, Shape, Spec, Table, Words, attr, key, matches, parse_only, row, rows,
    unambiguous,
};
use netmite_netlink::attributes::array;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::tun::{self, Tun};
use netmite_netlink::{IfName, errno};
use netmite_output::{brief, names};

/// A tun or tap interface.
pub(super) static TUN: Table = Table { rules, help: Some(super::usage), ..Table::new("tuntap", rows!(ROWS)) };

/// Places of our own; nothing here goes into a message.
const NAME: u16 = 1;
const MODE: u16 = 2;
const FLAGS: u16 = 3;
const USER: u16 = 4;
const GROUP: u16 = 5;

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[key("mode", 1)], attr!(MODE), &Mode, "IP packets, or Ethernet frames"),
    row(&[key("user", 1)], attr!(USER), &Owner(false), "who may attach to it besides root"),
    row(&[key("group", 1)], attr!(GROUP), &Owner(true), "which group may attach to it"),
    row(&[key("pi", 1).tag(tun::NO_PI as u32), key("one_queue", 1).tag(tun::ONE_QUEUE as u32), key("vnet_hdr", 1).tag(tun::VNET_HDR as u32), key("multi_queue", 2).tag(tun::MULTI_QUEUE as u32)], attr!(FLAGS), &Flag, "packets carry their protocol; one queue (older kernels); packets carry offload data; a queue per reader"),
    row(&[key("dev", 1)], attr!(NAME), &Dev, "its name"),
    row(&[key("name", 1)], attr!(NAME), &Name, "its name; the kernel makes one up if it has none").positional(),
];
const _: () = unambiguous(ROWS);

parse_only!(Mode, Shape::Choice(names!["tun", "tap"]), |self, row, _key, scope, word| {
    let mode = match word {
        _ if matches(word, "tun") => tun::TUN,
        _ if matches(word, "tap") => tun::TAP,
        _ => return Err(Error::about(255, "Unknown tunnel mode \"%\"", word).hint("tun or tap")),
    };
    if scope.tree.get(ROOT, row.number()).is_some_and(|old| old != mode.to_ne_bytes()) {
        return Err(Error::new(255, brief!("You managed to ask for more than one tunnel mode.")));
    }
    scope.set(row.number(), mode);
    Ok(())
});

parse_only!(Flag, Shape::Nothing, |self, row, key, scope| {
    let old = scope.tree.get(ROOT, row.number()).and_then(array).map_or(0, u16::from_ne_bytes);
    scope.set(row.number(), old | key.tag as u16);
    Ok(())
});

parse_only!(Dev, Shape::Device, |self, row, _key, scope, word| {
    let name = IfName::new(word).ok_or_else(|| Error::wrong(word, "\"dev\" not a valid ifname"))?;
    scope.set(row.number(), name.as_bytes());
    Ok(())
});

parse_only!(Name, Shape::Value("NAME"), |self, row, _key, scope, word| { set_name(scope, row.number(), word) });

fn set_name(scope: &mut Scope, place: u16, word: &[u8]) -> Result<()> {
    if scope.tree.has(ROOT, place) {
        return Err(TUN.suggest(word, Error::garbage("name", word)));
    }
    let name = IfName::new(word).ok_or_else(|| Error::wrong(word, "\"name\" not a valid ifname"))?;
    scope.set(place, name.as_bytes());
    Ok(())
}

parse_only!(Owner(bool), Shape::Value("{ NAME | NUMBER }"), |self, row, _key, scope| {
    if scope.operation == Operation::Delete {
        // Who owns it does not matter then, so the word can only be a name.
        let word = scope.words.last();
        return set_name(scope, NAME, word);
    }
    let word = scope.value()?;
    let (what, file) = if self.0 { ("group", "/etc/group") } else { ("user", "/etc/passwd") };
    let wrong = || Error::of(255, &[b"invalid ", what.as_bytes(), b" \"", word, b"\""]);
    let id = processes::id_of(word, file).ok_or_else(wrong)?;
    scope.set(row.number(), id);
    Ok(())
});

fn rules(scope: &mut Scope) -> Result<()> {
    if scope.tree.has(ROOT, MODE) {
        return Ok(());
    }
    Err(Error::new(1, brief!("You failed to specify a tunnel mode")).hint("mode tun, or mode tap"))
}

pub(super) fn add(words: &mut Words, session: &mut Session) -> Result<()> {
    let (tun, tree) = attach(words, session, Operation::Add)?;
    let id = |place| tree.get(ROOT, place).and_then(array).map(u32::from_ne_bytes).filter(|id| *id != u32::MAX);
    if let Some(user) = id(USER) {
        tun.set_owner(user).map_err(|error| Error::caused(1, "ioctl(TUNSETOWNER): %", error))?;
    }
    if let Some(group) = id(GROUP) {
        tun.set_group(group).map_err(|error| Error::caused(1, "ioctl(TUNSETGROUP): %", error))?;
    }
    tun.set_persistent(true).map_err(|error| Error::caused(1, "ioctl(TUNSETPERSIST): %", error))?;
    Ok(())
}

pub(super) fn delete(words: &mut Words, session: &mut Session) -> Result<()> {
    let (tun, _) = attach(words, session, Operation::Delete)?;
    tun.set_persistent(false).map_err(|error| Error::caused(1, "ioctl(TUNSETPERSIST): %", error))?;
    Ok(())
}

/// Attaches to the interface that the words name, which is made if it is not there.
fn attach(words: &mut Words, session: &mut Session, operation: Operation) -> Result<(Tun, Tree)> {
    let mut tree = Tree::new(&[]);
    let mut scope = Scope { words, tree: &mut tree, node: ROOT, operation, context: &mut session.context };
    TUN.parse(&mut scope)?;
    let number = |place| tree.get(ROOT, place).and_then(array).map_or(0, u16::from_ne_bytes);
    // The word `pi` takes a flag away, that of there being none.
    let new = if operation == Operation::Add { tun::EXCLUSIVE } else { 0 };
    let flags = new | number(MODE) | (number(FLAGS) ^ tun::NO_PI);
    let name = tree.get(ROOT, NAME).unwrap_or(&[]);
    let tun = Tun::open().map_err(|error| {
        let denied = matches!(errno::number(&error), errno::EPERM | errno::EACCES);
        let refused = Error::caused(1, "open: %", error);
        refused.hint(if denied {
            "/dev/net/tun may not be opened by this user"
        } else {
            "the module tun may be missing"
        })
    })?;
    tun.attach(name, flags).map_err(|error| {
        let hint = match errno::number(&error) {
            errno::EBUSY if operation == Operation::Add => Some("it exists, or another program is attached to it"),
            errno::EINVAL => Some("it exists, and is of the other mode or no tun"),
            errno::EPERM | errno::EACCES => {
                Some("this needs CAP_NET_ADMIN in the user namespace that owns the network namespace")
            }
            _ => None,
        };
        let refused = Error::caused(1, "ioctl(TUNSETIFF): %", error);
        match hint {
            Some(hint) => refused.hint(hint),
            None => refused,
        }
    })?;
    session.context.names.forget();
    Ok((tun, tree))
}
