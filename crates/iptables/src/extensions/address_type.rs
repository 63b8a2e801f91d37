//! `-m addrtype`: what kind of address it is.

use super::codecs::{ANY, Codec, named_bits, put_bits};
use super::{BASE, Definition, Opt, store, u32_at};
use crate::native::write;
use crate::problem::Problem;
use netmite_output::{Names, names};

const TYPES: Names = names![
    ("UNSPEC", 1 << 0),
    ("UNICAST", 1 << 1),
    ("LOCAL", 1 << 2),
    ("BROADCAST", 1 << 3),
    ("ANYCAST", 1 << 4),
    ("MULTICAST", 1 << 5),
    ("BLACKHOLE", 1 << 6),
    ("UNREACHABLE", 1 << 7),
    ("PROHIBIT", 1 << 8),
    ("THROW", 1 << 9),
    ("NAT", 1 << 10),
    ("XRESOLVE", 1 << 11),
];

/// Where `struct xt_addrtype_info_v1` has its flags: an inverted source, an inverted destination, which interface.
const AT_FLAGS: usize = 4;

pub(super) static ROWS: [Definition; 1] = [Definition {
    name: "addrtype",
    revision: 1,
    size: 8,
    options: &[
        Opt::new("src-type", 0).inverts().of(&TYPE_LIST, 0).shown(" % [!]"),
        Opt::new("dst-type", 1).inverts().of(&TYPE_LIST, 2).shown(" % [!]"),
        Opt::flag("limit-iface-in", 2).of(&INTERFACE, 0).shown(" limit-in"),
        Opt::flag("limit-iface-out", 3).of(&INTERFACE, 0).shown(" limit-out"),
    ],
    inverted: super::Bits::at(AT_FLAGS, 4, 0),
    check: |scan| match scan.has(0) || scan.has(1) {
        true => scan.exclusive(2..=3),
        false => Err(Problem::parameter("addrtype: you must specify --src-type or --dst-type")),
    },
    show: |shown| shown.titled(" ADDRTYPE match"),
    native: write::addrtype,
    ..BASE
}];

static TYPE_LIST: Codec = Codec {
    parse: |scan| {
        let types = named_bits(scan.value, TYPES, usize::MAX, "addrtype: bad type")?;
        scan.put(&types.to_ne_bytes());
        Ok(())
    },
    show: |shown, opt| {
        let types = shown.u16(opt.at());
        if types != 0 {
            shown.lead(opt);
            put_bits(shown.out, types, TYPES, "");
        }
    },
    ..ANY
};

/// Which interface must have the address: a bit beside those of what is inverted.
static INTERFACE: Codec = Codec {
    parse: |scan| {
        let flags = u32_at(scan.info, AT_FLAGS) | 1 << scan.opt.id;
        store(scan.info, AT_FLAGS, &flags.to_ne_bytes());
        Ok(())
    },
    show: |shown, opt| {
        if std::mem::take(&mut shown.inverted) {
            shown.lead(opt);
        }
    },
    ..ANY
};
