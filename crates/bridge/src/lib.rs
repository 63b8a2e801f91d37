//! The `bridge` command: ports of bridges, their forwarding databases, VLANs, multicast groups and tunnels.
//!
//! Options, then an object, then a verb. This file finds the object; each has a file or folder of its own with its verbs.
//! Abbreviations are looked up in the order of [`OBJECTS`], first match first, so `bridge m` is mdb and `bridge v` is vlan.
//! Failures exit with 255, the kernel's refusals too; [`device`], [`change`] and [`on_off`] see to that.

mod link;

use netmite_grammar::netns::enter;
use netmite_grammar::{
    BRIDGE_FLAGS, Command, Context, Error, Key, Result, Session, Shape, Words, key, parse_flags, parse_only, run_batch,
    select,
};
use netmite_netlink::tree::Tree;
use netmite_netlink::{Protocol, Socket};
use netmite_output::Io;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The version of iproute2 whose behaviour this is.
pub const REFERENCE: &str = "7.3.0";

/// The objects, in the order in which abbreviations are looked up.
const OBJECTS: &[(Key, Command)] = &[(key("link", 1), link::run), (key("help", 1), |_, _| Err(usage()))];

/// Runs `bridge` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    let words: Vec<&[u8]> = arguments.iter().skip(1).map(|word| word.as_bytes()).collect();
    let mut words = Words::new(&words);
    let options = match parse_flags(BRIDGE_FLAGS, &mut words, "bridge help") {
        Ok(options) => options,
        Err(error) if error.text().is_empty() => return usage().report(io),
        Err(error) => return error.report(io),
    };
    if options.version {
        let own = env!("CARGO_PKG_VERSION");
        io.write(format!("bridge utility, {REFERENCE}, netmite {own}\n").as_bytes());
        return 0;
    }
    if options.help {
        return usage().report(io);
    }
    if let Err(error) = options.netns.as_deref().map_or(Ok(()), enter) {
        return error.report(io);
    }
    let socket = match Socket::open(Protocol::Route) {
        Ok(socket) => socket,
        Err(error) => return Error::new(1, error.to_string()).report(io),
    };
    let batch = options.batch.clone();
    let mut session = Session::new(socket, io, options);
    let result = match batch {
        Some(file) => run_batch(&file, object, &mut session),
        None => object(&mut words, &mut session),
    };
    result.unwrap_or_else(|error| error.report(session.context.out.io()))
}

/// Runs what `words` say, from the object on.
fn object(words: &mut Words, session: &mut Session) -> Result<u8> {
    let word = words.take().ok_or_else(usage)?;
    match select(word, OBJECTS) {
        Some(command) => command(words, session),
        None => Err(unknown(word)),
    }
}

fn unknown(object: &[u8]) -> Error {
    let error = Error::new(255, [b"Object \"", object, b"\" is unknown, try \"bridge help\"."].concat());
    match netmite_grammar::nearest(object, OBJECTS.iter().map(|(key, _)| key.word)) {
        Some(near) => error.hint(format!("did you mean \"{near}\"?")),
        None => error,
    }
}

/// The usage text, which goes to standard error with exit status 255.
fn usage() -> Error {
    let objects: Vec<_> = OBJECTS.iter().map(|(key, _)| key.word).collect();
    let mut text =
        format!("Usage: bridge [ OPTIONS ] OBJECT {{ COMMAND | help }}\nOBJECT: {}\nOPTIONS:", objects.join(" "));
    for flag in BRIDGE_FLAGS.iter().copied().flatten() {
        text += &format!("\n    -{:<16} {}", flag.word, flag.doc);
    }
    Error::new(255, text)
}

/// A place for the device's name while words are read; no attribute of the kernel's has this number.
pub(crate) const DEV: u16 = 0x3ffe;

parse_only!(
    /// The device, whose index is asked for when all words are read.
    Dev,
    Shape::Device,
    |self, row, _key, scope| {
        let word = scope.value()?;
        scope.set(row.number(), word);
        Ok(())
    }
);

/// The index of the interface called `name`.
///
/// # Errors
/// `Cannot find device`, exit status 255.
pub(crate) fn device(context: &mut Context, name: &[u8]) -> Result<u32> {
    context.index_of(name).map_err(|error| error.with_status(255))
}

/// The index of the interface that a change is for.
///
/// # Errors
/// `Cannot find bridge device`, exit status 255.
pub(crate) fn changed_device(context: &mut Context, name: &[u8]) -> Result<u32> {
    let missing = || Error::new(255, [b"Cannot find bridge device \"", name, b"\""].concat());
    context.index_of(name).map_err(|_| missing())
}

/// [`Session::change`] with the exit status that a refusal has here: 255.
pub(crate) fn change(session: &mut Session, tree: &Tree, kind: u16, flags: u16, words: &Words) -> Result<u8> {
    session.change(tree, kind, flags, words).map(|()| 0).map_err(|error| error.with_status(255))
}

/// Reads `on` or `off` for option `key`; another word exits with 234, which is what the reference makes of `-EINVAL`.
pub(crate) fn on_off(key: &str, word: &[u8]) -> Result<bool> {
    netmite_grammar::codec::on_off(key, word).map_err(|error| error.with_status(234))
}
