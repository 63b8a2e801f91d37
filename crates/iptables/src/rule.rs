//! A rule as iptables sees it: the fields of `-p -s -d -i -o`, matches, a target.

use crate::extensions::Definition;
use netmite_netlink::nftables::Bytes;
use netmite_netlink::nftables::uapi::{NFPROTO_IPV4, NFPROTO_IPV6};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 or IPv6: `iptables` or `ip6tables`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The program's name in messages.
    pub fn program(self) -> &'static str {
        match self {
            Family::V4 => "iptables",
            Family::V6 => "ip6tables",
        }
    }

    /// The name of the program that reads files.
    pub fn restore_program(self) -> &'static str {
        match self {
            Family::V4 => "iptables-restore",
            Family::V6 => "ip6tables-restore",
        }
    }

    /// nf_tables' number.
    pub fn number(self) -> u8 {
        match self {
            Family::V4 => NFPROTO_IPV4,
            Family::V6 => NFPROTO_IPV6,
        }
    }

    /// The address that stands for any.
    pub fn any(self) -> IpAddr {
        match self {
            Family::V4 => Ipv4Addr::UNSPECIFIED.into(),
            Family::V6 => Ipv6Addr::UNSPECIFIED.into(),
        }
    }
}

/// Something to match, or (`inverted`) to match anything but.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maybe<T> {
    /// What.
    pub value: T,
    /// `!`.
    pub inverted: bool,
}

/// An address and the bits of it that count: mostly a prefix, but any mask is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The address, with the other bits cleared.
    pub address: IpAddr,
    /// The mask.
    pub mask: IpAddr,
}

/// The start of an interface's name, or (`wildcard` false) all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The name, without the `+` of a wildcard.
    pub name: Bytes,
    /// Whether any name that starts so is meant: `eth+`.
    pub wildcard: bool,
}

/// A match or target with its structure, as the kernel's module has it.
#[derive(Clone, PartialEq, Eq)]
pub enum Extension {
    /// One that we know.
    Known {
        /// Which.
        definition: &'static Definition,
        /// Its structure.
        info: Vec<u8>,
    },
    /// One that we don't: it can be shown and kept, but not asked for.
    Unknown {
        /// The module's name.
        name: Bytes,
        /// The structure's revision.
        revision: u32,
        /// The structure.
        info: Bytes,
    },
}

impl Extension {
    /// Whether it is of that row.
    pub fn is(&self, row: &Definition) -> bool {
        matches!(self, Extension::Known { definition, .. } if *definition == row)
    }

    /// The structure, of one that we know.
    pub fn info(&self) -> Option<&[u8]> {
        match self {
            Extension::Known { info, .. } => Some(info),
            Extension::Unknown { .. } => None,
        }
    }
}

impl std::fmt::Debug for Extension {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Extension::Known { definition, info } => write!(f, "{} {info:?}", definition.name),
            Extension::Unknown { name, revision, info } => write!(f, "{} {revision} {info:?}", name.escape_ascii()),
        }
    }
}

/// What happens to a packet that matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// It is counted, no more.
    #[default]
    None,
    /// `ACCEPT`.
    Accept,
    /// `DROP`.
    Drop,
    /// `RETURN`.
    Return,
    /// `-j CHAIN`.
    Jump(Bytes),
    /// `-g CHAIN`.
    Goto(Bytes),
    /// `-j EXTENSION`.
    Extension(Extension),
}

/// A rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// `-s`.
    pub source: Option<Maybe<Masked>>,
    /// `-d`.
    pub destination: Option<Maybe<Masked>>,
    /// `-i`.
    pub input: Option<Maybe<Interface>>,
    /// `-o`.
    pub output: Option<Maybe<Interface>>,
    /// `-p`.
    pub protocol: Option<Maybe<u8>>,
    /// `-f`, or (`false`) `! -f`.
    pub fragment: Option<bool>,
    /// `-m`, in order.
    pub matches: Vec<Extension>,
    /// `-j`.
    pub target: Target,
    /// Packets and bytes.
    pub counters: (u64, u64),
    /// Whether it was read from a form that does not tell all that was typed, and for which family.
    pub read_from: Option<(Form, Family)>,
}

/// Forms of a rule in the kernel in which words or their order are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The comment is kept beside the expressions.
    Comment,
    /// What is an xtables match or target otherwise is nf_tables' own expressions.
    Native,
}

impl Rule {
    /// Whether both select and do the same; counters don't count.
    pub fn same(&self, other: &Rule) -> bool {
        let family = self.read_from.or(other.read_from).map(|(_, family)| family);
        self.selects(other) || family.is_some_and(|family| crate::native::same(family, self, other))
    }

    /// A match whose protocol the rule does not ask for, which the kernel refuses: its name, and the protocol's.
    pub fn without_protocol(&self) -> Option<(&'static str, &'static str)> {
        self.matches.iter().find_map(|found| {
            let Extension::Known { definition, .. } = found else { return None };
            let (number, protocol) = match definition.name {
                "icmp" => (1, "icmp"),
                "icmp6" => (58, "ipv6-icmp"),
                _ => return None,
            };
            let asked = self.protocol == Some(Maybe { value: number, inverted: false });
            (!asked).then_some((definition.name, protocol))
        })
    }

    /// Whether both are the same but for counters and where they come from.
    fn selects(&self, other: &Rule) -> bool {
        fn all(rule: &Rule) -> impl PartialEq + use<'_> {
            let interfaces = [&rule.input, &rule.output];
            ([&rule.source, &rule.destination], interfaces, rule.protocol, rule.fragment, &rule.matches, &rule.target)
        }
        all(self) == all(other)
    }
}
