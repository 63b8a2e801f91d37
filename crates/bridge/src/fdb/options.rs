//! The words of an entry of a forwarding database, and of what a flush selects.

use crate::port::port;
use crate::{DEV, Decimal, Dev, device, found};
use netmite_grammar::address::{is_everything, parse_ip};
use netmite_grammar::codec::{U16, U32, Unsigned};
use netmite_grammar::{
    Error, Repeat, Result, Scope, Shape, Spec, Table, attr, exact, key, number, parse_only, row, rows, unambiguous,
};
use netmite_netlink::uapi::*;

/// What `add`, `append`, `replace` and `delete` take.
pub(super) static ENTRY: Table = Table { help: Some(super::usage), ..Table::new("bridge fdb", rows!(ENTRY_ROWS)) };
/// What `flush` takes.
pub(super) static FLUSH: Table = Table {
    unknown: |table, word| match word {
        // What the reference says to it.
        b"help" => Error::incomplete(),
        _ => table.suggest(word, Error::unknown_option(table.name, word).with_status(255)),
    },
    ..Table::new("bridge fdb", rows!(FLUSH_ROWS))
};

/// A place for the address while words are read; no attribute of the kernel's has this number.
pub(super) const ADDRESS: u16 = 0x3ffd;
/// A place for [`DYNAMIC`] and the like while words are read.
const STATE: u16 = 0x3ffc;

// Inside NDA_FDB_EXT_ATTRS: linux/neighbour.h.
pub(super) const NFEA_ACTIVITY_NOTIFY: u16 = 1;
const NFEA_DONT_REFRESH: u16 = 2;
/// Of [`NFEA_ACTIVITY_NOTIFY`]: activity is told, and the entry is inactive.
pub(super) const FDB_NOTIFY: u8 = 1;
pub(super) const FDB_NOTIFY_INACTIVE: u8 = 2;

const VNI: Unsigned = Unsigned { most: (1 << 24) - 1, name: "VNI", bad: "invalid VNI", ..U32 };
const SRC_VNI: Unsigned = VNI.bad("invalid src VNI");

#[rustfmt::skip]
const ENTRY_ROWS: &[Spec] = &[
    row(&[exact("to")], attr!(ADDRESS), &Address, "the address").positional().repeat(Repeat::Garbage),
    row(&[exact("dev")], attr!(DEV), &Dev, "the port or tunnel"),
    row(&[exact("dst")], attr!(NDA_DST), &Destination, "the other end of a tunnel").repeat(Repeat::Garbage),
    row(&[exact("nhid")], attr!(NDA_NH_ID), &NextHop("\"id\" value is invalid"), "the next hop object in place of dst, port and vni"),
    row(&[exact("port")], attr!(NDA_PORT), &Port, "the UDP port at the other end"),
    row(&[exact("vni")], attr!(NDA_VNI), &VNI, "the tunnel's network"),
    row(&[exact("via")], attr!(NDA_IFINDEX), &Via, "the device that packets to the other end leave by"),
    row(&[exact("src_vni")], attr!(NDA_SRC_VNI), &SRC_VNI, "the network that frames come from"),
    row(&[key("vlan", 1)], attr!(NDA_VLAN), &Vlan, "the VLAN"),
    row(&[exact("self").tag(NTF_SELF as u32), key("master", 1).tag(NTF_MASTER as u32)], attr!(DEV), &Flag, "the device's own table, or that of its bridge").header(10),
    row(&[key("use", 1).tag(NTF_USE as u32)], attr!(DEV), &Flag, "the address was seen, so that an entry lives on").header(10),
    row(&[key("router", 1).tag(NTF_ROUTER as u32)], attr!(DEV), &Flag, "a router is there").header(10),
    row(&[key("extern_learn", 1).tag(NTF_EXT_LEARNED as u32)], attr!(DEV), &Flag, "learnt by another program").header(10),
    row(&[key("sticky", 3).tag(NTF_STICKY as u32)], attr!(DEV), &Flag, "never moves to another port").header(10),
    row(&[key("local", 1).tag(LOCAL), key("permanent", 1).tag(LOCAL)], attr!(STATE), &State, "frames are for this host"),
    row(&[key("temp", 1).tag(TEMPORARY), key("static", 1).tag(TEMPORARY)], attr!(STATE), &State, "never ages"),
    row(&[key("dynamic", 1).tag(DYNAMIC)], attr!(STATE), &State, "ages"),
    row(&[exact("activity_notify").tag(FDB_NOTIFY as u32), exact("inactive").tag(FDB_NOTIFY_INACTIVE as u32)], attr!(NFEA_ACTIVITY_NOTIFY), &Activity, "activity is told; the entry is inactive").inside(&[attr!(NDA_FDB_EXT_ATTRS)]),
    row(&[exact("norefresh")], attr!(NFEA_DONT_REFRESH), &netmite_grammar::codec::Presence, "a replacement does not make the entry younger").inside(&[attr!(NDA_FDB_EXT_ATTRS)]),
];
const _: () = unambiguous(ENTRY_ROWS);

#[rustfmt::skip]
const FLUSH_ROWS: &[Spec] = &[
    row(&[exact("dev")], attr!(DEV), &Dev, "the bridge or tunnel"),
    row(&[exact("brport")], attr!(NDA_IFINDEX), &BridgePort, "entries of this port"),
    row(&[exact("vlan")], attr!(NDA_VLAN), &Vlan, "of this VLAN"),
    row(&[exact("src_vni")], attr!(NDA_SRC_VNI), &SRC_VNI, "from this network"),
    row(&[exact("nhid")], attr!(NDA_NH_ID), &NextHop("\"nid\" value is invalid"), "to this next hop object"),
    row(&[exact("vni")], attr!(NDA_VNI), &VNI, "of this network"),
    row(&[exact("port")], attr!(NDA_PORT), &Port, "to this UDP port"),
    row(&[exact("dst")], attr!(NDA_DST), &Destination, "to this other end").repeat(Repeat::Garbage),
    row(&[exact("self").tag(NTF_SELF as u32), exact("master").tag(NTF_MASTER as u32)], attr!(DEV), &Flag, "the device's own table, or that of its bridge").header(10),
    row(&[exact("permanent").tag(1), exact("nopermanent")], attr!(NDA_NDM_STATE_MASK), &StateMask((NUD_PERMANENT, NUD_PERMANENT)), "frames are for this host"),
    row(&[exact("static").tag(1), exact("dynamic")], attr!(NDA_NDM_STATE_MASK), &StateMask((NUD_NOARP | NUD_PERMANENT, NUD_NOARP)), "for other hosts; it never ages, or ages"),
    row(&[exact("nostatic"), exact("nodynamic").tag(1)], attr!(NDA_NDM_STATE_MASK), &StateMask((NUD_NOARP, NUD_NOARP)), "ages, or does not"),
    row(&[exact("added_by_user").tag(1), exact("noadded_by_user")], attr!(NDA_NDM_FLAGS_MASK), &FlagsMask(NTF_USE), "added by hand"),
    row(&[exact("extern_learn").tag(1), exact("noextern_learn")], attr!(NDA_NDM_FLAGS_MASK), &FlagsMask(NTF_EXT_LEARNED), "learnt by another program"),
    row(&[exact("sticky").tag(1), exact("nosticky")], attr!(NDA_NDM_FLAGS_MASK), &FlagsMask(NTF_STICKY), "never moves to another port"),
    row(&[exact("offloaded").tag(1), exact("nooffloaded")], attr!(NDA_NDM_FLAGS_MASK), &FlagsMask(NTF_OFFLOADED), "kept by hardware too"),
    row(&[exact("router").tag(1), exact("norouter")], attr!(NDA_NDM_FLAGS_MASK), &FlagsMask(NTF_ROUTER), "a router is there"),
];
const _: () = unambiguous(FLUSH_ROWS);

/// The words that say how long an entry lives, as bits.
const LOCAL: u32 = 1;
const TEMPORARY: u32 = 2;
const DYNAMIC: u32 = 4;

/// The state in the header that `local`, `static` and `dynamic` add up to; they are taken out.
pub(super) fn take_state(tree: &mut netmite_netlink::tree::Tree) -> u16 {
    let said = tree.get(netmite_netlink::tree::ROOT, STATE).and_then(|said| said.first().copied()).map_or(0, u32::from);
    tree.remove(netmite_netlink::tree::ROOT, STATE);
    let ages = if said & DYNAMIC != 0 { 0 } else { NUD_NOARP };
    let local = if said & LOCAL != 0 || said == 0 { NUD_PERMANENT } else { 0 };
    let reachable = if said & (TEMPORARY | DYNAMIC) != 0 { NUD_REACHABLE } else { 0 };
    ages | local | reachable
}

/// Six bytes in hexadecimal between colons.
///
/// # Errors
/// `Invalid mac address`, exit status 255.
pub(super) fn address(word: &[u8]) -> Result<[u8; 6]> {
    let mut bytes = [0; 6];
    let mut parts = word.split(|byte| *byte == b':');
    let whole = bytes.iter_mut().all(|byte| {
        let digits = parts.next().filter(|part| part.len() <= 2);
        let number = digits.and_then(|part| number::in_base(part, 16)).and_then(|number| u8::try_from(number).ok());
        number.map(|number| *byte = number).is_some()
    });
    let bad = || Error::about(255, "Invalid mac address %", word);
    if whole && parts.next().is_none() { Ok(bytes) } else { Err(bad()) }
}

/// A tunnel's network.
pub(super) fn vni(word: &[u8]) -> Result<u32> {
    number::u32(word).filter(|vni| u64::from(*vni) <= VNI.most).ok_or_else(|| Error::wrong(word, VNI.bad))
}

parse_only!(
    /// The address, as it was written: what is missing is said before what is wrong with it.
    Address,
    Shape::Value("LLADDR"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        scope.set(row.number(), word);
        Ok(())
    }
);

parse_only!(
    /// The other end of a tunnel.
    Destination,
    Shape::Value("ADDRESS"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let bad = || Error::bad_address("any valid", word);
        let ip = parse_ip(word, AF_UNSPEC).filter(|_| !is_everything(word)).ok_or_else(bad)?;
        scope.set(row.number(), ip);
        Ok(())
    }
);

parse_only!(
    /// A port, which 0 leaves to the device.
    Port,
    Shape::Value("PORT"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let port = port(word).ok_or_else(|| Error::wrong(word, "invalid port"))?;
        set_or_not(scope, row.number(), port != 0, port.to_be_bytes());
        Ok(())
    }
);

parse_only!(
    /// A next hop object, of which 0 is none; the field is what is said of another word.
    NextHop(&'static str),
    Shape::Value("NHID"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let id = number::u32(word).ok_or_else(|| Error::wrong(word, self.0))?;
        set_or_not(scope, row.number(), id != 0, id);
        Ok(())
    }
);

fn set_or_not(scope: &mut Scope, kind: u16, set: bool, value: impl netmite_netlink::message::Value) {
    scope.tree.remove(scope.node, kind);
    if set {
        scope.set(kind, value);
    }
}

parse_only!(
    /// A VLAN, once.
    Vlan,
    Shape::Value("VID"),
    |self, row, key, scope| {
        if scope.tree.has(scope.node, row.number()) {
            return Err(Error::garbage(key.word, scope.words.last()));
        }
        netmite_grammar::Codec::parse(&VLAN, row, key, scope)
    }
);
pub(super) const VLAN: Decimal = Decimal(Unsigned { most: i16::MAX as u64, name: "VID", bad: "invalid VLAN", ..U16 });

parse_only!(
    /// A device that must be there.
    Via,
    Shape::Device,
    |self, row, _key, scope| {
        let index = device(scope.context, scope.words.value()?)?;
        scope.set(row.number(), index);
        Ok(())
    }
);

parse_only!(
    /// A bridge's port, once.
    BridgePort,
    Shape::Device,
    |self, row, key, scope| {
        if scope.tree.has(scope.node, row.number()) {
            return Err(Error::garbage(key.word, scope.words.last()));
        }
        let word = scope.value()?;
        let index = found(scope.context, "Cannot find bridge port device \"%\"", word)?;
        scope.set(row.number(), index);
        Ok(())
    }
);

parse_only!(
    /// A bit of the header's flags: the key's tag.
    Flag,
    Shape::Nothing,
    |self, _row, key, scope| {
        set_flags(scope, u8::try_from(key.tag).unwrap_or(0), true);
        Ok(())
    }
);

fn set_flags(scope: &mut Scope, bits: u8, on: bool) {
    if let Some(flags) = scope.tree.header_mut(scope.node).get_mut(10) {
        *flags = if on { *flags | bits } else { *flags & !bits };
    }
}

parse_only!(
    /// How long an entry lives: words that add up.
    State,
    Shape::Nothing,
    |self, row, key, scope| {
        add_bits(scope, row.number(), u8::try_from(key.tag).unwrap_or(0));
        Ok(())
    }
);

parse_only!(
    /// Bits of an attribute of one byte.
    Activity,
    Shape::Nothing,
    |self, row, key, scope| {
        add_bits(scope, row.number(), u8::try_from(key.tag).unwrap_or(0));
        Ok(())
    }
);

fn add_bits(scope: &mut Scope, kind: u16, bits: u8) {
    let old = scope.tree.get(scope.node, kind).and_then(|old| old.first().copied()).unwrap_or(0);
    scope.set(kind, old | bits);
}

parse_only!(
    /// A state that a flush selects by: the bits that count, and the one that the key's tag sets or clears.
    StateMask((u16, u16)),
    Shape::Nothing,
    |self, row, key, scope| {
        let array = netmite_netlink::attributes::array::<2>;
        let (mask, bit) = self.0;
        let old = scope.tree.get(scope.node, row.number()).and_then(array).map_or(0, u16::from_ne_bytes);
        scope.set(row.number(), old | mask);
        let state = scope.tree.header(scope.node).get(8..).and_then(array).map_or(0, u16::from_ne_bytes);
        scope.tree.set_header(scope.node, 8, if key.tag != 0 { state | bit } else { state & !bit });
        Ok(())
    }
);

parse_only!(
    /// A flag that a flush selects by: set where the key's tag is not 0.
    FlagsMask(u8),
    Shape::Nothing,
    |self, row, key, scope| {
        add_bits(scope, row.number(), self.0);
        set_flags(scope, self.0, key.tag != 0);
        Ok(())
    }
);

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses() {
        assert_eq!(address(b"0:1:a:3:4:ff"), Ok([0, 1, 10, 3, 4, 255]));
        for bad in
            [&b""[..], b"0:1:2:3:4", b"0:1:2:3:4:5:6", b"100:1:2:3:4:5", b"0-1-2-3-4-5", b"0:1:2:3:4:g", b"0:1:2:3:4:"]
        {
            assert!(address(bad).is_err(), "{bad:?}");
        }
    }
}
