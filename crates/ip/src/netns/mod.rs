//! `ip netns`: verbs.

mod exec;
mod list;
pub(crate) mod processes;

use netmite_grammar::netns::{LEFT_OVER, quoted};
use netmite_grammar::{Error, Key, Result, Session, Words, key, number, select};
use netmite_netlink::header::Family;
use netmite_netlink::netns::{self, Change};
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_netlink::{Error as Failure, Netns, errno};
use netmite_output::brief;
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;

pub(crate) use list::{event, named, names};

type Verb = fn(&mut Words, &mut Session) -> Result<()>;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Verb)] = &[
    (key("list", 1), list::run),
    (key("show", 1), list::run),
    (key("lst", 2), list::run),
    (key("list-id", 5), list::ids),
    (key("add", 1), add),
    (key("set", 2), set),
    (key("delete", 1), delete),
    (key("identify", 1), processes::identify),
    (key("pids", 1), processes::pids),
    (key("exec", 1), exec::run),
    (key("monitor", 1), monitor),
    (key("attach", 2), attach),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `ip netns`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let Some(word) = words.take() else { return list::run(words, session) };
    // Whatever the verb, as with the reference: `list a/b` is refused too.
    if let Some(name) = words.peek().filter(|name| !session.context.options.all && !netns::is_valid_name(name)) {
        return Err(invalid(name));
    }
    match select(word, VERBS) {
        Some(verb) => verb(words, session),
        None => Err(Error::unknown_command("ip netns", word, VERBS.iter().map(|(key, _)| key.word))),
    }
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::manual::{NETNS, Object, position};
    Object::new("netns", "network namespaces", VERBS)
        .words(&["delete", "set", "pids", "exec"], vec![position(NETNS, "the namespace")])
}

fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: ip netns [ list ]\n       ip netns { add NAME | attach NAME PID | delete NAME | set NAME { auto | ID } }\n       \
                ip netns exec NAME COMMAND ...\n       ip netns identify [ PID ]\n       ip netns pids NAME\n       ip netns list-id [ \
                target-nsid ID ] [ nsid ID ]\n       ip netns monitor\n       ip -all netns { exec COMMAND ... | delete }"
        ),
        &[],
    )
}

fn invalid(name: &[u8]) -> Error {
    quoted("Invalid netns name", name, "").with_status(255)
}

/// The name that a verb insists on.
fn name<'w>(words: &mut Words<'w>) -> Result<&'w [u8]> {
    let name = words.take().ok_or_else(|| Error::new(1, "No netns name specified"))?;
    if !netns::is_valid_name(name) {
        return Err(invalid(name));
    }
    Ok(name)
}

fn add(words: &mut Words, _: &mut Session) -> Result<()> {
    let name = name(words)?;
    Netns::create(OsStr::from_bytes(name)).map(|_| ()).map_err(|error| not_made(name, "self", &error))
}

fn attach(words: &mut Words, _: &mut Session) -> Result<()> {
    if words.rest().len() < 2 {
        return Err(Error::new(1, "No netns name and PID specified"));
    }
    let name = name(words)?;
    let word = words.value()?;
    let pid = number::u32(word).filter(|pid| *pid > 0);
    let pid = pid.ok_or_else(|| Error::about(1, "Invalid PID: %", word))?;
    let attached = Netns::attach(OsStr::from_bytes(name), pid);
    attached.map(|_| ()).map_err(|error| not_made(name, &pid.to_string(), &error))
}

/// Why `name` could not be given to the namespace of process `pid`.
fn not_made(name: &[u8], pid: &str, error: &Failure) -> Error {
    let mut why = [": ", errno::text(error.errno().unwrap_or(0))].concat();
    let denied = why.ends_with("Operation not permitted");
    let path = [netns::DIRECTORY.as_bytes(), b"/", name].concat();
    let folder = netns::DIRECTORY.as_bytes();
    let bind = ["Bind /proc/", pid, "/ns/net -> "].concat();
    let what = if let Failure::System { what, .. } = error { *what } else { "" };
    let (before, about, after) = match what {
        "Cannot make a network namespace" => ("Failed to create a new network namespace \"", name, "\""),
        "Cannot share the folder of namespaces" => ("mount --make-shared ", folder, " failed"),
        "Cannot make the folder of namespaces" => ("mkdir ", folder, " failed"),
        "Cannot open the folder of namespaces" => ("Cannot open netns runtime directory \"", folder, "\""),
        "Cannot name the network namespace" => (&*bind, &path[..], " failed"),
        other => {
            if other != "Cannot create namespace file" {
                why = format!(": {error}");
            }
            ("Cannot create namespace file \"", &path[..], "\"")
        }
    };
    let error = Error::of(1, &[before.as_bytes(), about, after.as_bytes(), why.as_bytes()]);
    if denied { error.hint("this needs CAP_SYS_ADMIN") } else { error }
}

fn delete(words: &mut Words, session: &mut Session) -> Result<()> {
    if session.context.options.all {
        let names = Netns::list()?;
        // As with the reference, the first that stays ends the walk, and the exit status is 0 all the same.
        let outcome = names.iter().try_for_each(|name| delete_one(name.as_bytes()));
        if let Err(error) = outcome {
            error.report(session.context.out.io());
        }
        return Ok(());
    }
    delete_one(name(words)?)
}

fn delete_one(name: &[u8]) -> Result<()> {
    let path = netns::path_of(OsStr::from_bytes(name)).map_err(|error| Error::new(255, error.to_string()))?;
    netns::remove(&path).map_err(|error| {
        let why = errno::text(error.errno().unwrap_or(0));
        quoted("Cannot remove namespace file", path.as_os_str().as_bytes(), &format!(": {why}"))
    })
}

/// Gives a namespace an id in ours.
fn set(words: &mut Words, session: &mut Session) -> Result<()> {
    let name = name(words)?;
    let word = words.take().ok_or_else(|| Error::new(1, "No nsid specified"))?;
    let id = match number::i32(word) {
        _ if word == b"auto" => -1,
        Some(id @ 0..) => id,
        Some(_) => return Err(Error::wrong(word, "\"netnsid\" value should be >= 0")),
        None => return Err(Error::wrong(word, "Invalid \"netnsid\" value")),
    };
    // A name, or the number of a process. Where it is neither, the reference says nothing.
    let netns = session.context.netns(name).map_err(|error| {
        let why = errno::text(error.errno().unwrap_or(0));
        quoted("Cannot open network namespace", name, &format!(": {why}"))
    })?;
    let path = netns::path_of(OsStr::from_bytes(name));
    if path.is_ok_and(|path| path.exists() && !netns::is_namespace(&path)) {
        return Err(Error::new(2, brief!("Error: Peer netns reference is invalid.")).hint(LEFT_OVER));
    }
    let mut tree = Tree::new(&Family::default().to_bytes());
    tree.set(ROOT, NETNSA_FD, netns.as_fd().as_raw_fd(), 0);
    tree.set(ROOT, NETNSA_NSID, id, 0);
    session.change(&tree, RTM_NEWNSID, 0, words)
}

/// A line for each name that is made or deleted.
fn monitor(_: &mut Words, session: &mut Session) -> Result<()> {
    let io = session.context.out.io();
    let watched = netns::watch(|change| {
        let (verb, name) = match &change {
            Change::Added(name) => ("add ", name),
            Change::Deleted(name) => ("delete ", name),
            _ => return ControlFlow::Continue(()),
        };
        io.write(&[verb.as_bytes(), name.as_bytes(), b"\n"].concat());
        io.flush();
        if io.has_failed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    watched.map_err(Error::from)
}
