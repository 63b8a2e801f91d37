//! The irregular options of every link: names, namespaces, masters, kinds.

use crate::question::about_link;
use crate::register;
use netmite_grammar::codec::on_or_off;
use netmite_grammar::names::Database;
use netmite_grammar::{Context, Error, Operation, Result, Shape, Words, address, number, parse_only};
use netmite_netlink::attributes::{Slots, array, until_nul};
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_netlink::{ALTNAME_MAX, IfName};
use netmite_output::{Names, names};
use std::os::fd::AsFd;

parse_only!(
    /// A number of 32 bits; the field is what is said of a wrong one.
    Number(&'static str),
    Shape::Value("NUMBER"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        // The kernel takes 32 bits; the reference reads them with a sign.
        let number = number::i32(word).ok_or_else(|| Error::wrong(word, self.0))?;
        scope.set(row.number(), number);
        Ok(())
    }
);

parse_only!(
    /// A number of bytes; the field is what is said of a wrong one.
    Size(&'static str),
    Shape::Value("BYTES"),
    |self, row, _key, scope| {
        scope.set_u32(row.number(), self.0)
    }
);

parse_only!(
    /// The link below, by a name that is looked up when all words are read: only a new link has one.
    Lower,
    Shape::Device,
    |self, row, _key, scope| {
        let word = scope.value()?;
        scope.set(row.number(), word);
        Ok(())
    }
);

parse_only!(
    /// How many segments a packet may become: the kernel keeps 16 bits.
    Segments,
    Shape::Value("NUMBER"),
    |self, row, _key, scope| {
        let number = scope.words.u16("Invalid \"gso_max_segs\" value\n")?;
        scope.set(row.number(), u32::from(number));
        Ok(())
    }
);

parse_only!(
    /// `on` or `off`; for these the reference's exit status is the error number of EINVAL.
    NumberOnOff,
    Shape::ON_OFF,
    |self, row, key, scope| {
        let word = scope.value()?;
        let on = netmite_grammar::codec::on_off(key.word, word).map_err(|error| error.with_status(22))?;
        scope.set(row.number(), on);
        Ok(())
    }
);

parse_only!(
    /// The device: any name, since it may be an alternative one; the kernel decides about a new one.
    Dev,
    Shape::Device,
    |self, row, _key, scope| {
        let word = scope.value()?;
        if scope.tree.has(scope.node, row.number()) {
            return Err(Error::garbage("dev", word));
        }
        if word.is_empty() || word.len() > ALTNAME_MAX {
            return Err(Error::wrong(word, "\"dev\" not a valid ifname"));
        }
        scope.set(row.number(), word);
        Ok(())
    }
);

parse_only!(
    /// A name that an interface can have.
    Name,
    Shape::Value("NAME"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let name = IfName::new(word).ok_or_else(|| {
            let long = word.len() > netmite_netlink::IFNAME_MAX;
            let error = Error::wrong(word, "\"name\" not a valid ifname");
            if long { error.hint("a name has at most 15 bytes") } else { error }
        })?;
        scope.set(row.number(), name);
        Ok(())
    }
);

parse_only!(
    /// The index that a new link is to have, or one that moves to another namespace.
    Index,
    Shape::Value("INDEX"),
    |self, _row, _key, scope| {
        let word = scope.value()?;
        let index = number::decimal(word).and_then(|index| i32::try_from(index).ok()).filter(|index| *index > 0);
        let index = index.ok_or_else(|| Error::wrong(word, "Invalid \"index\" value"))?;
        match scope.operation {
            Operation::Add => scope.tree.set_header(scope.node, 4, index),
            _ => scope.set(IFLA_NEW_IFINDEX, index),
        }
        Ok(())
    }
);

parse_only!(
    /// A link-layer address.
    Physical,
    Shape::Value("LLADDR"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        scope.set(row.number(), address::link_address(word)?);
        Ok(())
    }
);

parse_only!(
    /// A namespace by name, path or process. Its descriptor is kept open until the request has been sent.
    Netns,
    Shape::Value("{ NAME | PATH | PID }"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let invalid = |_| Error::wrong(word, "Invalid \"netns\" value\n");
        let netns = scope.context.netns(word).map_err(invalid)?;
        let descriptor = netns.as_fd().try_clone_to_owned().map_err(|error| Error::new(255, netmite_netlink::errno::why(&error)))?;
        let number = scope.context.keep(descriptor);
        scope.set(row.number(), number);
        Ok(())
    }
);

parse_only!(
    /// `master DEVICE`, or `nomaster`, which is index 0.
    Master,
    Shape::Device,
    |self, row, key, scope| {
        let index = match key.tag {
            0 => device(scope.words, scope.context)?,
            _ => 0,
        };
        scope.set(row.number(), index);
        Ok(())
    }
);

parse_only!(
    /// A VRF, which is a link of that kind.
    Vrf,
    Shape::Device,
    |self, row, _key, scope| {
        let index = vrf(scope.words, scope.context, "Not a valid VRF name\n")?;
        scope.set(row.number(), index);
        Ok(())
    }
);

/// Whether link `index` is a VRF.
fn is_vrf(index: u32) -> bool {
    vrf_table(index).is_some()
}

/// The index of the VRF that the next word names; `bad` is said of another.
///
/// # Errors
/// No word, or another.
pub fn vrf(words: &mut Words, context: &mut Context, bad: &str) -> Result<u32> {
    let name = words.value()?;
    context.index_of(name).ok().filter(|index| is_vrf(*index)).ok_or_else(|| Error::wrong(name, bad))
}

/// The index of the interface that the next word names, by which others are selected.
///
/// # Errors
/// No word, or another.
pub fn device(words: &mut Words, context: &mut Context) -> Result<u32> {
    let name = words.value()?;
    context.index_of(name).map_err(|_| Error::wrong(name, "Device does not exist\n"))
}

/// The routing table of the VRF that link `index` is.
pub fn vrf_table(index: u32) -> Option<u32> {
    let mut table = None;
    about_link(index, 0, &mut |slots| table = table_in(slots));
    table
}

/// The routing table of a link's VRF, if the link is one.
pub fn table_in(slots: &Slots) -> Option<u32> {
    slots.inside(&[IFLA_LINKINFO, IFLA_INFO_KIND]).filter(|kind| until_nul(kind) == b"vrf")?;
    slots.inside(&[IFLA_LINKINFO, IFLA_INFO_DATA, IFLA_VRF_TABLE]).and_then(array).map(u32::from_ne_bytes)
}

parse_only!(
    /// A text of at most 255 bytes; an empty one takes it away.
    Alias,
    Shape::Value("TEXT"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        if word.len() >= ALIAS_MAX {
            return Err(Error::wrong(word, "alias too long\n"));
        }
        scope.set(row.number(), word);
        Ok(())
    }
);

/// `IFALIASZ`: the longest alias in bytes, and the NUL behind it.
const ALIAS_MAX: usize = 256;

parse_only!(
    /// A link group, by name or number.
    Group,
    Shape::Value("GROUP"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let group = group(scope.context, word)?;
        scope.set(row.number(), group);
        Ok(())
    }
);

/// The number of a link group.
///
/// # Errors
/// `Invalid "group" value`, exit status 255.
pub fn group(context: &mut Context, word: &[u8]) -> Result<u32> {
    let unnamed = || number::up_to(word, u64::from(u32::MAX >> 1)).and_then(|group| u32::try_from(group).ok());
    let group = context.databases.number(Database::Groups, word).or_else(unnamed);
    group.ok_or_else(|| Error::wrong(word, "Invalid \"group\" value\n"))
}

/// The number of a word, whatever its case; the error says `bad`.
fn named(words: Names, word: &[u8], bad: &str) -> Result<u8> {
    let number = words.number_in_any_case(word).and_then(|number| u8::try_from(number).ok());
    number.ok_or_else(|| Error::wrong(word, bad))
}

/// The link modes, by number: `IF_LINK_MODE_…`, linux/if.h.
const MODES: Names = names!["default", "dormant"];

parse_only!(
    /// The link mode.
    Mode,
    Shape::Choice(MODES),
    |self, row, _key, scope| {
        let word = scope.value()?;
        named(MODES, word, "Invalid link mode\n").map(|mode| scope.set(row.number(), mode))
    }
);

/// The operational states, by number: linux/if.h.
pub const STATES: &[&str] = &["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"];

parse_only!(
    /// An operational state, by name.
    State,
    Shape::Words(STATES),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let place = STATES.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(word));
        let state = place.and_then(|place| u8::try_from(place).ok());
        scope.set(row.number(), state.ok_or_else(|| Error::wrong(word, "Invalid operstate\n"))?);
        Ok(())
    }
);

/// The ways to make an IPv6 link-local address, by number: `IN6_ADDR_GEN_MODE_…`.
pub const ADDR_GEN_MODES: Names = names!["eui64", "none", "stable_secret", "random"];

parse_only!(
    /// How an IPv6 link-local address is made.
    AddrGenMode,
    Shape::Choice(ADDR_GEN_MODES),
    |self, row, _key, scope| {
        let word = scope.value()?;
        named(ADDR_GEN_MODES, word, "Invalid address generation mode\n").map(|mode| scope.set(row.number(), mode))
    }
);

parse_only!(
    /// `protodown_reason REASON {on|off}`: a bit, and its value.
    ProtodownReason,
    Shape::Value("REASON {on|off}"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let reason = scope.context.databases.number(Database::ProtodownReasons, word);
        let reason = reason.or_else(|| number::u32(word)).filter(|bit| *bit < 32);
        let bit = 1u32 << reason.ok_or_else(|| Error::wrong(word, "invalid protodown reason\n"))?;
        let word = scope.value()?;
        let on = on_or_off("protodown_reason", word)?;
        let nest = scope.tree.nest(scope.node, row.number());
        let position = scope.words.position();
        scope.tree.set(nest, IFLA_PROTO_DOWN_REASON_MASK, bit, position);
        scope.tree.set(nest, IFLA_PROTO_DOWN_REASON_VALUE, if on { bit } else { 0 }, position);
        Ok(())
    }
);

parse_only!(
    /// The device that a link belongs to, by the name its bus gives it.
    ParentDev,
    Shape::Value("NAME"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        scope.set(row.number(), &*[word, b"\0"].concat());
        Ok(())
    }
);

parse_only!(
    /// The kind, and all words behind it as the kind's options. `…_slave` are the options of a port.
    Kind,
    Shape::Value("KIND [ OPTIONS ]"),
    |self, row, _key, scope| {
        let name = scope.value()?;
        let next = scope.words.peek();
        // A group is of links of any kind.
        let left_over = next.filter(|_| crate::link::is_group(scope));
        let asks = left_over.is_none() || scope.operation != Operation::Add;
        if asks && (next.is_some() || scope.node != ROOT) {
            // Which link it is about is known now, and asked before the options are looked at.
            crate::link::rules(scope)?;
        }
        if let Some(next) = left_over {
            return Err(garbage(255, next));
        }
        if scope.node != ROOT {
            // The peer of a veth is a veth.
            return Err(Error::duplicate("type", name));
        }
        let info = scope.tree.nest(scope.node, row.number());
        let position = scope.words.position();
        let (kind, data) = match name.strip_suffix(b"_slave") {
            Some(master) => {
                scope.tree.set(info, IFLA_INFO_SLAVE_KIND, master, position);
                (register::kind(name), IFLA_INFO_SLAVE_DATA)
            }
            None => {
                scope.tree.set(info, IFLA_INFO_KIND, name, position);
                (register::kind(name), IFLA_INFO_DATA)
            }
        };
        let Some(next) = next else { return Ok(()) };
        let Some(kind) = kind.filter(|kind| kind.takes_options()) else {
            if netmite_grammar::matches(next, "help") {
                return Err(Error::new(255, format!("Usage: ... {}
This kind takes no options.", name.escape_ascii())));
            }
            return Err(garbage(1, next));
        };
        let node = scope.tree.nest(info, data);
        scope.run(kind, node)
    }
);

/// The complaint about words that no kind takes.
fn garbage(status: u8, next: &[u8]) -> Error {
    Error::about(status, "Garbage instead of arguments \"% ...\". Try \"ip link help\".", next)
}
