//! `-j MASQUERADE`: the source becomes the address of the interface the packet leaves by.

use super::range::{self, Form, Range};
use super::{BASE, Definition, Kind, Opt, Scan, Shown};
use crate::problem::{Problem, Result};
use crate::rule::Family;
use netmite_netlink::nftables::uapi::*;

const PORTS: u8 = 0;
const RANDOM: u8 = 1;
const RANDOM_FULLY: u8 = 2;

pub(super) static ROWS: &[Definition] = &[
    Definition {
        families: &[Family::V4],
        size: Form::Ipv4.size(),
        start: |info| store(info, Form::Ipv4, &Range::default()),
        ..ROW
    },
    Definition {
        families: &[Family::V6],
        size: Form::Any.size(),
        start: |info| store(info, Form::Any, &Range::default()),
        ..ROW
    },
];

const ROW: Definition = Definition {
    name: "MASQUERADE",
    module: "MASQUERADE",
    kind: Kind::Target,
    options: &[Opt::new("to-ports", PORTS), Opt::flag("random", RANDOM), Opt::flag("random-fully", RANDOM_FULLY)],
    parse,
    save: |shown| show(shown, [" --to-ports ", " --random", " --random-fully"]),
    print: |shown| show(shown, [" masq ports: ", " random", " random-fully"]),
    ..BASE
};

fn form(family: Family) -> Form {
    if family == Family::V4 { Form::Ipv4 } else { Form::Any }
}

fn store(info: &mut [u8], form: Form, range: &Range) {
    info.iter_mut().zip(form.write(range)).for_each(|(to, from)| *to = from);
}

fn parse(scan: &mut Scan) -> Result<()> {
    let form = form(scan.family);
    let mut range = form.read(scan.info, scan.family);
    match scan.option {
        PORTS => {
            super::nat::need_ports(scan)?;
            if scan.value.contains(&b':') {
                return Err(Problem::parameter("Invalid port:port syntax - use dash"));
            }
            range.ports = range::ports(scan.value)?;
            range.flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
        }
        RANDOM => range.flags |= NF_NAT_RANGE_PROTO_RANDOM,
        _ => range.flags |= NF_NAT_RANGE_PROTO_RANDOM_FULLY,
    }
    store(scan.info, form, &range);
    Ok(())
}

fn show(shown: &mut Shown, words: [&str; 3]) {
    let range = form(shown.family).read(shown.info, shown.family);
    if range.flags & NF_NAT_RANGE_PROTO_SPECIFIED != 0 {
        shown.text(words[0]);
        shown.ports(&range);
    }
    if range.flags & NF_NAT_RANGE_PROTO_RANDOM != 0 {
        shown.text(words[1]);
    }
    if range.flags & NF_NAT_RANGE_PROTO_RANDOM_FULLY != 0 {
        shown.text(words[2]);
    }
}
