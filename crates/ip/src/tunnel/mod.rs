//! `ip tunnel`: tunnels by the older interface, ioctls, which knows fewer options than `ip link add … type …`. The words
//! for tunnels over IPv4 are in [`four`], for those over IPv6 in [`six`].

mod change;
mod four;
mod print;
mod show;
mod sit;
mod six;
mod words;

use netmite_grammar::{Error, Key, Operation, Part, Result, Session, Table, Words, key, select};
use netmite_netlink::attributes;
use netmite_netlink::sys::tunnel::{self, Request};
use netmite_netlink::tree::{Node, ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::brief;

/// What there is for tunnels over one family.
pub(crate) struct Kind {
    six: bool,
    table: &'static Table,
    /// Link types of its tunnels, `ARPHRD_…`.
    link_types: &'static [u16],
    /// The device that makes tunnels like the one in the parameters.
    maker: fn(&[u8]) -> Option<&'static str>,
    /// How the reference names its command.
    command: &'static str,
}

type Verb = fn(&mut Words, &mut Session, &'static Kind) -> Result<()>;

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Verb)] = &[
    (key("add", 1), |words, session, kind| change::run(words, session, kind, Operation::Add)),
    (key("change", 1), |words, session, kind| change::run(words, session, kind, Operation::Set)),
    (key("delete", 1), |words, session, kind| change::run(words, session, kind, Operation::Delete)),
    (key("show", 1), show::run),
    (key("lst", 1), show::run),
    (key("list", 1), show::run),
    (key("prl", 1), sit::routers),
    (key("6rd", 1), sit::rapid_deployment),
    (key("help", 1), |_, _, kind| Err(usage(kind))),
];

/// Runs `ip tunnel`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let kind = match session.context.options.family {
        AF_UNSPEC | AF_INET if names_six(words) => &six::SIX,
        AF_UNSPEC | AF_INET => &four::FOUR,
        AF_INET6 => &six::SIX,
        other => return Err(Error::new(255, format!("Unsupported protocol family: {other}"))),
    };
    let Some(word) = words.take() else { return show::run(words, session, kind) };
    let of_kind = |name: &str| !kind.six || !matches!(name, "prl" | "6rd");
    let known = VERBS.iter().find(|(key, _)| of_kind(key.word) && netmite_grammar::matches(word, key.word));
    match known.and_then(|_| select(word, VERBS)) {
        Some(verb) => verb(words, session, kind),
        None => {
            let stop = if kind.six { "." } else { "" };
            let rest = format!("\" is unknown, try \"{} help\"{stop}", kind.command);
            let error = Error::of(255, &[b"Command \"", word, rest.as_bytes()]);
            Err(error.suggest(word, VERBS.iter().map(|(key, _)| key.word)))
        }
    }
}

/// Whether the mode that is named first is one that only tunnels over IPv6 have.
fn names_six(words: &Words) -> bool {
    let words = words.rest();
    let mode = words.iter().zip(words.iter().skip(1)).find(|(word, _)| **word == b"mode").map(|(_, mode)| *mode);
    mode.is_some_and(|mode| six::MODES.number(mode).is_some())
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    const READ: &[&str] = &["add", "change", "delete", "show", "list", "lst"];
    netmite_grammar::manual::Object::new("tunnel", "tunnels, by the older interface", VERBS)
        .table(READ, "", four::FOUR.table, "ip tunnel help")
        .table(READ, "", six::SIX.table, "ip -6 tunnel help")
}

fn usage(kind: &Kind) -> Error {
    let text = match kind.six {
        true => brief!("Usage: % { add | change | delete | show } [ NAME ]\n%"),
        false => brief!(
            "Usage: % { add | change | delete | show } [ NAME ]\n       ip tunnel prl dev NAME { prl-default | prl-nodefault | \
             prl-delete } ADDRESS\n       ip tunnel 6rd dev NAME { 6rd-prefix PREFIX | 6rd-relay_prefix PREFIX | 6rd-reset }\n%"
        ),
    };
    netmite_grammar::usage(text, &[Part::Text(kind.command), Part::Options(kind.table)])
}

/// Notes of our own, kept beside the parameters until all words are read.
mod note {
    /// The number of the first word, and the interface below, by name.
    pub(super) const START: u16 = 0x3f00;
    pub(super) const DEVICE: u16 = 0x3f01;
}

/// Where parameters of both families begin alike: a name of 16 bytes, the index of the interface below.
const NAME: std::ops::Range<usize> = 0..16;
const LINK: usize = 16;

/// The tunnel's name in parameters.
fn name_in(parameters: &[u8]) -> &[u8] {
    attributes::until_nul(parameters.get(NAME).unwrap_or(&[]))
}

/// Flags of keys, sequence numbers and checksums, in network order: linux/if_tunnel.h.
mod flag {
    pub(super) const KEY: u16 = 0x2000;
    pub(super) const SEQUENCE: u16 = 0x1000;
    pub(super) const CHECKSUM: u16 = 0x8000;
}
/// `VTI_ISVTI` and `SIT_ISATAP`, in the host's order among the same flags.
const SPECIAL: [u8; 2] = 1u16.to_ne_bytes();

/// A field of two bytes in network order.
fn flags_at(parameters: &[u8], at: usize) -> u16 {
    parameters.get(at..).and_then(attributes::array).map_or(0, u16::from_be_bytes)
}

/// Asks the kernel about the tunnel called `name`.
fn get(six: bool, name: &[u8]) -> Result<Vec<u8>> {
    let mut parameters = vec![0; GET.size(six)];
    let given = parameters.iter_mut().zip(name);
    given.take(15).for_each(|(to, from)| *to = *from);
    get_like(six, name, parameters)
}

/// Asks the device called `name` about the tunnel of these parameters.
fn get_like(six: bool, name: &[u8], mut parameters: Vec<u8>) -> Result<Vec<u8>> {
    let outcome = tunnel::ask(GET, six, name, &mut parameters);
    outcome.map(|()| parameters).map_err(|error| failed("get", name, &error))
}

/// The error of a request that names a device.
fn failed(verb: &str, device: &[u8], error: &std::io::Error) -> Error {
    let why = netmite_netlink::errno::why(error);
    Error::of(1, &[format!("{verb} tunnel \"").as_bytes(), device, format!("\" failed: {why}").as_bytes()])
}

/// Sets bits of two bytes of parameters.
fn set_bits(tree: &mut Tree, at: usize, bits: [u8; 2]) {
    let place = tree.header_mut(ROOT).iter_mut().skip(at);
    place.zip(bits).for_each(|(to, from)| *to |= from);
}

/// The requests.
const GET: Request = Request(0);
const ADD: Request = Request(1);
const DELETE: Request = Request(2);
const CHANGE: Request = Request(3);
const GET_ROUTERS: Request = Request(4);
const ADD_ROUTER: Request = Request(5);
const DELETE_ROUTER: Request = Request(6);
const GET_PREFIXES: Request = Request(8);
const ADD_PREFIXES: Request = Request(9);
const DELETE_PREFIXES: Request = Request(10);

/// The node of the parameters.
const PARAMETERS: Node = ROOT;

/// The error of a request about routers or prefixes.
fn failed_ioctl(device: &[u8], request: Request, error: &std::io::Error) -> Error {
    let why = netmite_netlink::errno::why(error);
    Error::of(1, &[device, format!(": ioctl {:x} failed: {why}", request.code()).as_bytes()])
}
