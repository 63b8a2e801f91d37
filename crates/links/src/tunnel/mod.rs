//! What tunnels share: the rows of their ends and outer headers, each said once for all kinds and both sets of attribute
//! numbers, what a change starts from, and what holds at the end.
//!
//! A change of a tunnel replaces all its settings in the kernel. So the present ones are asked for first, and the words
//! change those.

pub(crate) mod encap;
pub(crate) mod fields;
pub(crate) mod key;
pub(crate) mod mode;
pub(crate) mod numbers;
pub(crate) mod six;
pub(crate) mod udp;

use netmite_grammar::codec::Tos;
pub(crate) use netmite_grammar::codec::say;
use netmite_output::brief;

use crate::question::about_link;
use fields::{End, External, Hops, MARK, THROUGH};
use netmite_grammar::{Attr, Error, Operation, Result, Scope, Spec, Table, attr, exact, key as word, row};
use netmite_netlink::attributes::{SLOTS, Slots};
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use numbers::*;

/// The numbers of the attributes that the kinds with GRE's numbers and those with IP tunnels' numbers both have.
pub(crate) struct Numbers {
    pub(crate) external: Attr,
    pub(crate) remote: Attr,
    pub(crate) local: Attr,
    pub(crate) link: Attr,
    pub(crate) ttl: Attr,
    pub(crate) tos: Attr,
    pub(crate) pmtudisc: Attr,
    pub(crate) limit: Attr,
    pub(crate) flow: Attr,
    pub(crate) flags: Attr,
    pub(crate) mark: Attr,
    pub(crate) encap: Attr,
    /// Flags, source port and destination port of the encapsulation.
    pub(crate) encap_rest: &'static [Attr; 3],
}

/// linux/if_tunnel.h, `IFLA_GRE_…`.
pub(crate) const GRE: Numbers = Numbers {
    external: attr!(IFLA_GRE_COLLECT_METADATA),
    remote: attr!(IFLA_GRE_REMOTE),
    local: attr!(IFLA_GRE_LOCAL),
    link: attr!(IFLA_GRE_LINK),
    ttl: attr!(IFLA_GRE_TTL),
    tos: attr!(IFLA_GRE_TOS),
    pmtudisc: attr!(IFLA_GRE_PMTUDISC),
    limit: attr!(IFLA_GRE_ENCAP_LIMIT),
    flow: attr!(IFLA_GRE_FLOWINFO),
    flags: attr!(IFLA_GRE_FLAGS),
    mark: attr!(IFLA_GRE_FWMARK),
    encap: attr!(IFLA_GRE_ENCAP_TYPE),
    encap_rest: &[attr!(IFLA_GRE_ENCAP_FLAGS), attr!(IFLA_GRE_ENCAP_SPORT), attr!(IFLA_GRE_ENCAP_DPORT)],
};

/// linux/if_tunnel.h, `IFLA_IPTUN_…`.
pub(crate) const IPTUN: Numbers = Numbers {
    external: attr!(IFLA_IPTUN_COLLECT_METADATA),
    remote: attr!(IFLA_IPTUN_REMOTE),
    local: attr!(IFLA_IPTUN_LOCAL),
    link: attr!(IFLA_IPTUN_LINK),
    ttl: attr!(IFLA_IPTUN_TTL),
    tos: attr!(IFLA_IPTUN_TOS),
    pmtudisc: attr!(IFLA_IPTUN_PMTUDISC),
    limit: attr!(IFLA_IPTUN_ENCAP_LIMIT),
    flow: attr!(IFLA_IPTUN_FLOWINFO),
    flags: attr!(IFLA_IPTUN_FLAGS),
    mark: attr!(IFLA_IPTUN_FWMARK),
    encap: attr!(IFLA_IPTUN_ENCAP_TYPE),
    encap_rest: &[attr!(IFLA_IPTUN_ENCAP_FLAGS), attr!(IFLA_IPTUN_ENCAP_SPORT), attr!(IFLA_IPTUN_ENCAP_DPORT)],
};

/// Takes its ends from the routes that lead into it.
pub(crate) const fn external(numbers: &Numbers) -> Spec {
    row(const { &[exact("external")] }, numbers.external, &External, "ends and keys come from routes or programs")
}

/// The two ends, and the device that packets leave through. Kinds of an older day take their words `short`.
pub(crate) const fn ends(remote: Attr, local: Attr, link: Attr, family: &'static End, short: bool) -> [Spec; 3] {
    let (r, l) = if short {
        const { (&[word("remote", 1)], &[word("local", 1)]) }
    } else {
        const { (&[exact("remote")], &[exact("local")]) }
    };
    [
        row(r, remote, family, "the far end's address"),
        row(l, local, family, "this end's address"),
        row(const { &[word("dev", 1)] }, link, &THROUGH, "the device that packets leave through").json("link"),
    ]
}

/// What only IPv4 has: TTL and type of service. The kinds of an older day take their words `short`.
pub(crate) const fn ipv4(numbers: &Numbers, short: bool) -> [Spec; 2] {
    let (t, s) = if short {
        const {
            (
                &[word("ttl", 1), word("hoplimit", 1), word("hlim", 2)],
                &[word("tos", 2), word("tclass", 2), word("dsfield", 2)] as &[_],
            )
        }
    } else {
        const {
            (
                &[exact("ttl"), exact("hoplimit"), exact("hlim")],
                &[exact("tos"), exact("tclass"), exact("tc"), word("dsfield", 2)] as &[_],
            )
        }
    };
    [
        row(t, numbers.ttl, &Hops("invalid TTL"), "hops that outer packets may take, 0 or inherit: the inner one's"),
        row(s, numbers.tos, &Tos, "type of service of outer packets"),
    ]
}

/// Marks what the tunnel sends.
pub(crate) const fn marked(attr: Attr) -> Spec {
    row(const { &[exact("fwmark")] }, attr, &MARK, "the firewall mark of outer packets")
}

/// A setting that is always sent: its number, and the value a new tunnel starts from.
pub(crate) type Default = (u16, &'static [u8]);

/// Puts what the words will change: for a new tunnel the defaults, for others also what it is now, except `forgotten`.
///
/// # Errors
/// As the reference's, exit status 1, where the link is no tunnel whose ends have `len` bytes.
pub(crate) fn begin(
    table: &Table,
    scope: &mut Scope,
    defaults: &[Default],
    ends: &[Attr; 2],
    len: usize,
    forgotten: &[u16],
) -> Result<()> {
    for (kind, value) in defaults {
        scope.tree.set(scope.node, *kind, *value, 0);
    }
    if scope.operation == Operation::Add {
        return Ok(());
    }
    let mut kept = false;
    about_link(crate::link::index(scope, ROOT), 0, &mut |slots| {
        let Some(data) = slots.inside(&[IFLA_LINKINFO, IFLA_INFO_DATA]) else { return };
        let data = Slots::parse(data);
        kept = ends.iter().all(|end| data.get(end.number).is_none_or(|end| end.len() == len));
        if kept {
            keep(table, &data, scope, forgotten);
        }
    });
    if kept { Ok(()) } else { Err(Error::new(1, brief!("Failed to get existing tunnel info."))) }
}

/// Takes over what the kernel reports of the table's options.
fn keep(table: &Table, data: &Slots, scope: &mut Scope, forgotten: &[u16]) {
    for row in table.rows.iter().filter(|row| row.has_keys()) {
        let numbers = std::iter::once(row.number()).chain(row.others().iter().copied());
        for number in numbers.filter(|number| !forgotten.contains(number)) {
            if let Some(value) = data.get(number) {
                scope.tree.set(scope.node, number, value, 0);
            }
        }
    }
}

/// Takes out what is not sent: ends that are unset, and beside `external` all but it and `beside`.
pub(crate) fn finish(scope: &mut Scope, numbers: &Numbers, beside: &[u16]) {
    if scope.tree.has(scope.node, numbers.external.number) {
        let all = 1..SLOTS as u16;
        for number in all.filter(|number| *number != numbers.external.number && !beside.contains(number)) {
            scope.tree.remove(scope.node, number);
        }
    }
    without_zeros(scope, &[numbers.remote, numbers.local]);
}

/// Takes out of these what is zero.
pub(crate) fn without_zeros(scope: &mut Scope, attrs: &[Attr]) {
    for attr in attrs {
        if scope.tree.get(scope.node, attr.number).is_some_and(|value| value.iter().all(|byte| *byte == 0)) {
            scope.tree.remove(scope.node, attr.number);
        }
    }
}

/// Bits of a number that is in the host's order in the request, 0 where it is not set yet.
pub(crate) fn bits(scope: &Scope, kind: u16) -> u32 {
    let value = scope.tree.get(scope.node, kind);
    value.and_then(netmite_netlink::attributes::unsigned).and_then(|bits| u32::try_from(bits).ok()).unwrap_or(0)
}
