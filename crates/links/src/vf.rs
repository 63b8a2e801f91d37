//! `vf NUMBER …`: what a virtual function of a card gets. Source: linux/if_link.h.
//!
//! Several `vf` in one line all count, where the reference sends each in a list of its own and the kernel heeds the last.

use crate::link::DEV;
use crate::question::about_link;
use netmite_grammar::codec::{EtherType, on_off};
use netmite_grammar::{
    Error, Result, Scope, Shape, Spec, Table, address, attr, key, matches, number, parse_only, row, rows, unambiguous,
};
use netmite_netlink::attributes::{array, u32_at, until_nul};
use netmite_netlink::uapi::*;
use netmite_output::{Names, names};

/// Notes of our own until the rules have read them: the function's number, the link's name, the rates given.
const NUMBER: u16 = 0x3f20;
const LINK: u16 = 0x3f21;
const LEAST: u16 = 0x3f22;
const MOST: u16 = 0x3f23;

/// The states of a function's link, by number.
pub const STATES: Names = names!["auto", "enable", "disable"];

parse_only!(
    /// The number, and all words that are a function's.
    Function,
    Shape::Value("NUMBER [ mac | vlan | rate | … ] …"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let number = number::i32(word).ok_or_else(|| Error::wrong(word, "Invalid \"vf\" value\n"))?;
        let outer = scope.node;
        // Without `dev`, `name` is what the link is called, and no other word may say it later.
        let dev = scope.tree.get(outer, DEV).or_else(|| scope.tree.get(outer, IFLA_IFNAME).map(until_nul));
        let dev = dev.map(<[u8]>::to_vec).ok_or_else(|| Error::required("dev"))?;
        scope.set(DEV, dev.as_slice());
        let list = scope.tree.nest(outer, row.number());
        scope.node = scope.tree.push_nest(list, IFLA_VF_INFO, &[]);
        scope.set(NUMBER, number);
        scope.set(LINK, dev.as_slice());
        let before = scope.words.rest().len();
        let outcome = TABLE.parse_known(scope);
        scope.node = outer;
        outcome?;
        if scope.words.rest().len() == before { Err(Error::incomplete()) } else { Ok(()) }
    }
);

/// What a function may get.
pub(crate) static TABLE: Table = Table { rules, ..Table::new("vf", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[key("mac", 1)], attr!(IFLA_VF_MAC), &Mac, "its link-layer address"),
    row(&[key("vlan", 1)], attr!(IFLA_VF_VLAN), &Vlan, "the VLAN it is in; 0 is none"),
    row(&[key("rate", 1)], attr!(IFLA_VF_TX_RATE), &Rate("Invalid \"rate\" value\n"), "most megabits a second"),
    row(&[key("max_tx_rate", 3)], attr!(MOST), &Rate("Invalid \"max tx rate\" value\n"), "most megabits a second; 0 is no limit"),
    row(&[key("min_tx_rate", 2)], attr!(LEAST), &Rate("Invalid \"min tx rate\" value\n"), "megabits a second that it is sure of"),
    row(&[key("spoofchk", 1)], attr!(IFLA_VF_SPOOFCHK), &Switch, "whether its source addresses are checked"),
    row(&[key("query_rss", 1)], attr!(IFLA_VF_RSS_QUERY_EN), &Switch, "whether it may ask how packets are spread over queues"),
    row(&[key("trust", 1)], attr!(IFLA_VF_TRUST), &Switch, "whether it may do what affects others"),
    row(&[key("state", 2)], attr!(IFLA_VF_LINK_STATE), &State, "the state of its link"),
    row(&[key("node_guid", 1)], attr!(IFLA_VF_IB_NODE_GUID), &Guid, "its node's GUID"),
    row(&[key("port_guid", 1)], attr!(IFLA_VF_IB_PORT_GUID), &Guid, "its port's GUID"),
];
const _: () = unambiguous(ROWS);

/// A note of our own.
fn note(scope: &Scope, place: u16) -> Option<[u8; 4]> {
    scope.tree.get(scope.node, place).and_then(array)
}

/// The link's index; none if it is not there.
fn index(scope: &mut Scope) -> Option<u32> {
    let name = scope.tree.get(scope.node, LINK).map(<[u8]>::to_vec)?;
    scope.context.index_of(&name).ok()
}

fn number(scope: &Scope) -> [u8; 4] {
    note(scope, NUMBER).unwrap_or_default()
}

/// Sets an attribute that begins with the function's number.
fn set(scope: &mut Scope, kind: u16, rest: &[u8]) {
    let bytes = [&number(scope)[..], rest].concat();
    scope.set(kind, bytes.as_slice());
}

/// Refuses a link-layer address of `len` bytes where that of link `index` has another length.
fn same_length(index: u32, len: usize) -> Result<()> {
    let mut own = None;
    about_link(index, RTEXT_FILTER_VF, &mut |slots| own = slots.get(IFLA_ADDRESS).map(<[u8]>::len));
    match own {
        Some(own) if own != len => Err(Error::new(1, format!("Invalid address length {len} - must be {own} bytes"))),
        _ => Ok(()),
    }
}

/// Looks at a link's new address as the reference does, before it asks the kernel.
pub(crate) fn check_address(scope: &Scope, index: u32) -> Result<()> {
    let address = scope.tree.get(scope.node, IFLA_ADDRESS);
    address.map_or(Ok(()), |address| same_length(index, address.len()))
}

/// The longest address: `MAX_ADDR_LEN`.
const MAC_FIELD: usize = 32;

parse_only!(Mac, Shape::Value("LLADDR"), |self, row, _key, scope| {
    let word = scope.value()?;
    let mac = address::link_address(word)?;
    if let Some(index) = index(scope) {
        same_length(index, mac.as_bytes().len())?;
    }
    let mut field = mac.as_bytes().to_vec();
    field.resize(MAC_FIELD, 0);
    set(scope, row.number(), &field);
    Ok(())
});

parse_only!(Vlan, Shape::Value("VLAN [ qos NUMBER ] [ proto PROTOCOL ]"), |self, row, _key, scope| {
    // Tags are of the old form until one is not of 802.1Q; that one and those behind it are a list.
    let mut list = None;
    loop {
        let tag = vlan(scope)?;
        if list.is_none() && tag.protocol == ETH_P_8021Q {
            set(scope, row.number(), &tag.old_form());
        } else {
            let list = *list.get_or_insert_with(|| {
                scope.tree.remove(scope.node, IFLA_VF_VLAN_LIST);
                scope.tree.nest(scope.node, IFLA_VF_VLAN_LIST)
            });
            let bytes = [&number(scope)[..], &tag.old_form(), &tag.protocol.to_be_bytes(), &[0; 2]].concat();
            scope.tree.push(list, IFLA_VF_VLAN_INFO, bytes.as_slice(), scope.words.position());
        }
        if !scope.words.take_if("vlan", 1) {
            return Ok(());
        }
    }
});

/// The types of VLAN tags: linux/if_ether.h.
const ETH_P_8021Q: u16 = 0x8100;
const ETH_P_8021AD: u16 = 0x88a8;
/// The greatest number of a VLAN.
const VLAN_MAX: u64 = 4095;

struct Tag {
    vlan: u32,
    priority: u32,
    protocol: u16,
}

impl Tag {
    /// Number and priority, as they stand in `struct ifla_vf_vlan` behind the function.
    fn old_form(&self) -> Vec<u8> {
        [self.vlan.to_ne_bytes(), self.priority.to_ne_bytes()].concat()
    }
}

/// Reads a VLAN, and behind it priority and protocol in this order.
fn vlan(scope: &mut Scope) -> Result<Tag> {
    let vlan = scope.words.number(VLAN_MAX, "Invalid \"vlan\" value\n")?;
    let mut tag = Tag { vlan: vlan as u32, priority: 0, protocol: ETH_P_8021Q };
    if scope.words.take_if("qos", 1) {
        tag.priority = scope.words.u32("Invalid \"qos\" value\n")?;
    }
    if scope.words.take_if("proto", 1) {
        let word = scope.value()?;
        tag.protocol = EtherType::number(word).ok_or_else(|| Error::wrong(word, "protocol is invalid\n"))?;
        if !matches!(tag.protocol, ETH_P_8021Q | ETH_P_8021AD) {
            let why = "Invalid \"vlan protocol\" value - supported 802.1Q, 802.1ad\n";
            return Err(Error::wrong(word, why));
        }
    }
    Ok(tag)
}

parse_only!(Rate(&'static str), Shape::Value("MBIT/S"), |self, row, _key, scope| {
    let rate = scope.words.u32(self.0)?;
    match row.number() {
        IFLA_VF_TX_RATE => set(scope, row.number(), &rate.to_ne_bytes()),
        note => scope.set(note, rate),
    }
    Ok(())
});

parse_only!(Switch, Shape::ON_OFF, |self, row, _key, scope| {
    let word = scope.value()?;
    let on = on_off(row.word(), word)?;
    set(scope, row.number(), &u32::from(on).to_ne_bytes());
    Ok(())
});

parse_only!(State, Shape::Choice(STATES), |self, row, _key, scope| {
    let word = scope.value()?;
    let known = STATES.iter().find(|(_, known)| matches(word, known));
    let (state, _) = known.ok_or_else(|| Error::wrong(word, "Invalid \"state\" value\n"))?;
    set(scope, row.number(), &state.to_ne_bytes());
    Ok(())
});

parse_only!(Guid, Shape::Value("EUI64"), |self, row, _key, scope| {
    let word = scope.value()?;
    let guid = guid(word).ok_or_else(|| Error::wrong(word, "Invalid GUID format\n"))?;
    set(scope, row.number(), &[&[0; 4][..], &guid.to_ne_bytes()].concat());
    Ok(())
});

/// Eight bytes of two hexadecimal digits each, with colons between.
fn guid(word: &[u8]) -> Option<u64> {
    let byte = |part: &[u8]| number::in_base(part, 16).filter(|_| part.len() == 2)?.try_into().ok();
    let bytes: Option<Vec<u8>> = word.split(|byte| *byte == b':').map(byte).collect();
    Some(u64::from_be_bytes(bytes?.try_into().ok()?))
}

/// Rates of which one is given take the other from what the function has.
fn rules(scope: &mut Scope) -> Result<()> {
    if scope.tree.has(scope.node, LEAST) || scope.tree.has(scope.node, MOST) {
        // The reference's mark of a rate that is not given.
        const NOT_GIVEN: u32 = u32::MAX;
        let given = |place| note(scope, place).map_or(NOT_GIVEN, u32::from_ne_bytes);
        let (mut least, mut most) = (given(LEAST), given(MOST));
        if least == NOT_GIVEN || most == NOT_GIVEN {
            let had = rates(scope)?;
            least = if least == NOT_GIVEN { had.0 } else { least };
            most = if most == NOT_GIVEN { had.1 } else { most };
        }
        if most != 0 && least > most {
            let text = format!("Invalid min_tx_rate {} - must be <= max_tx_rate {}", least as i32, most as i32);
            return Err(Error::new(1, text));
        }
        set(scope, IFLA_VF_RATE, [least.to_ne_bytes(), most.to_ne_bytes()].as_flattened());
        scope.tree.remove(scope.node, IFLA_VF_TX_RATE);
    }
    [NUMBER, LINK, LEAST, MOST].iter().for_each(|note| scope.tree.remove(scope.node, *note));
    Ok(())
}

/// The rates that the function has, least and most.
fn rates(scope: &mut Scope) -> Result<(u32, u32)> {
    let number = number(scope);
    let name = scope.tree.get(scope.node, LINK).unwrap_or_default();
    let missing = Error::about(1, "Device % does not exist", name);
    let index = index(scope).ok_or(missing)?;
    let mut rates = None;
    about_link(index, RTEXT_FILTER_VF, &mut |slots| {
        for info in slots.nested(IFLA_VFINFO_LIST) {
            let rate = info.nested().get(IFLA_VF_RATE).filter(|rate| rate.len() >= 12 && rate.starts_with(&number));
            if let Some(rate) = rate.filter(|_| rates.is_none()) {
                rates = Some((u32_at(rate, 4), u32_at(rate, 8)));
            }
        }
    });
    rates.ok_or_else(|| Error::new(1, format!("Cannot find VF {}", i32::from_ne_bytes(number))))
}
