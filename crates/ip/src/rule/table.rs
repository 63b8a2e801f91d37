//! The words of `ip rule add` and `delete`: what packets must be like, and what is done with them.

use super::values::{self, Ports, action, flags};
use crate::route::{realms, type_of};
use netmite_grammar::names::Database;
use netmite_grammar::{Error, Operation, Result, Scope, Shape, Spec, Table, address, attr, exact, key, rows};
use netmite_grammar::{parse_only, row, unambiguous};
use netmite_links::select::group;
use netmite_netlink::tree::ROOT;
use netmite_netlink::uapi::*;
use netmite_output::brief;

/// A rule.
pub(super) static RULE: Table = Table {
    rules,
    unknown: |table, word| table.suggest(word, Error::wrong(word, "Failed to parse rule type")),
    help: Some(super::usage),
    ..Table::new("rule", rows!(ROWS))
};

/// A note of our own: the type, a table or a target was named, so that the main table is not meant.
const DECIDED: u16 = 0x3f00;
/// A note of our own: a table was named.
const TABLE_GIVEN: u16 = 0x3f01;

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("not")], attr!(FRA_SRC), &Not, "the packets that the selectors don't match").header(8),
    row(&[exact("from")], attr!(FRA_SRC), &Prefix(2), "where packets come from"),
    row(&[exact("to")], attr!(FRA_DST), &Prefix(1), "where they go"),
    row(&[key("preference", 1), key("order", 1), key("priority", 1)], attr!(FRA_PRIORITY), &Preference, "the rule's place: lower ones come first"),
    row(&[exact("tos"), key("dsfield", 1)], attr!(FRA_DSCP), &Tos, "type of service").header(3),
    row(&[exact("dscp")], attr!(FRA_DSCP), &Dscp, "differentiated services code point"),
    row(&[exact("fwmark")], attr!(FRA_FWMARK), &Mark, "the firewall's mark"),
    row(&[exact("iif"), exact("dev")], attr!(FRA_IIFNAME), &Interface(values::BAD_INCOMING), "the interface they come in by; lo for our own"),
    row(&[exact("oif")], attr!(FRA_OIFNAME), &Interface(values::BAD_OUTGOING), "the interface that the sending socket is bound to"),
    row(&[exact("l3mdev")], attr!(FRA_L3MDEV), &L3mdev, "the table of the VRF that the interface is in"),
    row(&[exact("uidrange")], attr!(FRA_UID_RANGE), &Uids, "the users whose sockets send them"),
    row(&[exact("ipproto")], attr!(FRA_IP_PROTO), &IpProtocol, "the protocol inside: tcp, udp, a number"),
    row(&[exact("sport")], attr!(FRA_SPORT_RANGE), &PortRange(FRA_SPORT_MASK), "source ports"),
    row(&[exact("dport")], attr!(FRA_DPORT_RANGE), &PortRange(FRA_DPORT_MASK), "destination ports"),
    row(&[key("tun_id", 1)], attr!(FRA_TUN_ID), &Tunnel, "the id of the tunnel they came out of"),
    row(&[exact("flowlabel")], attr!(FRA_FLOWLABEL), &FlowLabel, "IPv6's flow label"),
    row(&[key("table", 2), exact("lookup")], attr!(FRA_TABLE), &RouteTable, "routed by this table"),
    row(&[key("protocol", 3)], attr!(FRA_PROTOCOL), &Protocol, "who made the rule"),
    row(&[key("realms", 1)], attr!(FRA_FLOW), &Realms, "the realms that its routes belong to"),
    row(&[exact("nat"), key("map-to", 1)], attr!(FRA_UNUSED2), &Nat, "out of use"),
    row(&[key("suppress_prefixlength", 1), exact("sup_pl")], attr!(FRA_SUPPRESS_PREFIXLEN), &Suppress, "routes to prefixes no longer than this don't count"),
    row(&[key("suppress_ifgroup", 10), exact("sup_group")], attr!(FRA_SUPPRESS_IFGROUP), &SuppressGroup, "routes by interfaces of this group don't count"),
    row(&[key("goto", 1)], attr!(FRA_GOTO), &Goto, "goes on with the rule of this preference"),
    row(&[key("nop", 1)], attr!(FRA_GOTO), &Nop, "does nothing").header(7),
    row(&[exact("type")], attr!(FRA_GOTO), &Type, "what is done, a type of route: blackhole unreachable prohibit throw …").header(7).positional(),
];
const _: () = unambiguous(ROWS);

/// The family of the request, as prefixes are read in it: none if none was asked for.
fn family(scope: &Scope) -> u8 {
    scope.context.options.family
}

parse_only!(Not, Shape::Nothing, |self, _row, _key, scope| {
    scope.tree.set_header_bits(ROOT, 8, flags::INVERT, true);
    Ok(())
});

parse_only!(
    /// A prefix; the field is where the header has its length.
    Prefix(usize),
    Shape::Value("PREFIX"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let given = address::prefix(word, family(scope))?;
        scope.tree.set_header(ROOT, self.0, if given.everything { 0 } else { given.prefix.len() });
        // `default` has an address where the family is known; `all` and `any` never have.
        if given.everything && (word != b"default" || family(scope) == AF_UNSPEC) {
            scope.set(row.number(), ());
        } else {
            scope.set(row.number(), given.prefix.address());
        }
        Ok(())
    }
);

parse_only!(Preference, Shape::Value("NUMBER"), |self, row, _key, scope, word| {
    scope.set(row.number(), values::preference(word)?);
    Ok(())
});

parse_only!(Tos, Shape::Value("TOS"), |self, _row, _key, scope| {
    let tos = scope.context.named_tos(scope.words)?;
    scope.tree.set_header_byte(3, tos);
    Ok(())
});

parse_only!(Dscp, Shape::Value("DSCP[/MASK]"), |self, row, _key, scope, word| {
    let (dscp, mask) = values::dscp(word, scope.context)?;
    scope.set(row.number(), dscp);
    set_mask(scope, FRA_DSCP_MASK, mask.filter(|mask| *mask != values::DSCP_BITS));
    Ok(())
});

/// Sets a mask, or takes that of an earlier mention away.
fn set_mask(scope: &mut Scope, kind: u16, mask: Option<impl netmite_netlink::message::Value>) {
    match mask {
        Some(mask) => scope.set(kind, mask),
        None => scope.tree.remove(ROOT, kind),
    }
}

parse_only!(Mark, Shape::Value("MARK[/MASK]"), |self, row, _key, scope, word| {
    let (mark, mask) = values::mark(word)?;
    scope.set(row.number(), mark);
    set_mask(scope, FRA_FWMASK, mask);
    Ok(())
});

parse_only!(
    /// A name; the field is what is said of a wrong one.
    Interface(&'static str),
    Shape::Device,
    |self, row, _key, scope| {
        let word = scope.value()?;
        scope.set(row.number(), values::interface(word, self.0)?);
        Ok(())
    }
);

parse_only!(L3mdev, Shape::Nothing, |self, row, _key, scope| {
    scope.set(row.number(), true);
    scope.set(DECIDED, ());
    Ok(())
});

parse_only!(Uids, Shape::Value("FIRST-LAST"), |self, row, _key, scope, word| {
    scope.set(row.number(), values::uids(word)?);
    Ok(())
});

parse_only!(IpProtocol, Shape::Value("PROTOCOL"), |self, row, _key, scope| {
    let protocol = scope.context.ip_protocol(scope.words)?;
    scope.set(row.number(), protocol);
    Ok(())
});

parse_only!(
    /// Ports; the field is the attribute of their mask.
    PortRange(u16),
    Shape::Value("PORT[/MASK] | FIRST-LAST"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        let ports = Ports::parse(word)?;
        scope.set(row.number(), ports.to_bytes());
        set_mask(scope, self.0, ports.mask.filter(|mask| *mask != u16::MAX));
        Ok(())
    }
);

parse_only!(Tunnel, Shape::Value("NUMBER"), |self, row, _key, scope, word| {
    scope.set(row.number(), values::tunnel(word)?.to_be_bytes());
    Ok(())
});

parse_only!(FlowLabel, Shape::Value("LABEL[/MASK]"), |self, row, _key, scope, word| {
    let (label, mask) = values::flow_label(word)?;
    scope.set(row.number(), label.to_be_bytes());
    scope.set(FRA_FLOWLABEL_MASK, mask.unwrap_or(values::FLOW_LABEL_BITS).to_be_bytes());
    Ok(())
});

parse_only!(RouteTable, Shape::Value("TABLE"), |self, row, _key, scope| {
    let number = scope.named(Database::Tables, u32::MAX, "invalid table ID\n")?;
    scope.tree.set_header_byte(4, u8::try_from(number).unwrap_or(0));
    if number > u8::MAX.into() {
        scope.set(row.number(), number);
    }
    scope.set(DECIDED, ());
    scope.set(TABLE_GIVEN, ());
    Ok(())
});

parse_only!(Protocol, Shape::Value("PROTOCOL"), |self, row, _key, scope| {
    let number = scope.named(Database::Protocols, u8::MAX.into(), "\"protocol\" value is invalid\n")?;
    scope.set(row.number(), number as u8);
    Ok(())
});

parse_only!(Realms, Shape::Value("[ FROM/ ] TO"), |self, row, _key, scope, word| {
    let realms = realms(scope.context, word).ok_or_else(|| Error::wrong(word, "invalid realms\n"))?;
    scope.set(row.number(), realms);
    Ok(())
});

parse_only!(Nat, Shape::Value("ADDRESS"), |self, row, _key, scope, word| {
    scope.context.warn("Warning: route NAT is deprecated");
    let address = match address::is_everything(word) {
        true => Some(std::net::Ipv4Addr::UNSPECIFIED),
        false => address::ipv4(word),
    };
    let wrong = || Error::about(1, "Error: an IP address is expected rather than \"%\"", word);
    scope.set(row.number(), address.ok_or_else(wrong)?);
    scope.tree.set_header(ROOT, 7, RTN_NAT);
    Ok(())
});

parse_only!(Suppress, Shape::Value("LENGTH"), |self, row, _key, scope| {
    let length = scope.words.number(i32::MAX as u64, "suppress_prefixlength value is invalid\n")?;
    scope.set(row.number(), length as u32);
    Ok(())
});

parse_only!(SuppressGroup, Shape::Value("GROUP"), |self, row, _key, scope, word| {
    // The kernel takes the greatest number for none.
    let group = group(scope.context, word).ok().filter(|group| *group != u32::MAX);
    scope.set(row.number(), group.ok_or_else(|| Error::wrong(word, "Invalid \"suppress_ifgroup\" value\n"))?);
    Ok(())
});

fn decide(scope: &mut Scope, action: u8) {
    scope.tree.set_header(ROOT, 7, action);
    scope.set(DECIDED, ());
}

parse_only!(Goto, Shape::Value("PREFERENCE"), |self, _row, _key, scope| {
    scope.set_u32(FRA_GOTO, "invalid target\n")?;
    decide(scope, action::GOTO);
    Ok(())
});

parse_only!(Nop, Shape::Nothing, |self, _row, _key, scope| {
    decide(scope, action::NOP);
    Ok(())
});

parse_only!(Type, Shape::Value("TYPE"), |self, row, key, scope| {
    // Behind `type` the words for `goto` and `nop` stand too.
    match (key.word, scope.words.peek()) {
        ("type", Some(word)) if netmite_grammar::matches(word, "goto") => {
            scope.words.take();
            return netmite_grammar::Codec::parse(&Goto, row, key, scope);
        }
        ("type", Some(word)) if netmite_grammar::matches(word, "nop") => decide(scope, action::NOP),
        (_, Some(word)) => {
            let kind = type_of(word).ok_or_else(|| (RULE.unknown)(&RULE, word))?;
            decide(scope, kind);
        }
        (_, None) => return Err(Error::incomplete()),
    }
    scope.words.take();
    Ok(())
});

/// A new rule leads to the main table if nothing else is said.
fn rules(scope: &mut Scope) -> Result<()> {
    if scope.tree.has(ROOT, FRA_L3MDEV) && scope.tree.has(ROOT, TABLE_GIVEN) {
        return Err(Error::new(22, brief!("table can not be specified for l3mdev rules")));
    }
    if scope.operation == Operation::Add && !scope.tree.has(ROOT, DECIDED) {
        scope.tree.set_header(ROOT, 4, MAIN_TABLE);
    }
    scope.tree.remove(ROOT, DECIDED);
    scope.tree.remove(ROOT, TABLE_GIVEN);
    Ok(())
}

/// `RT_TABLE_MAIN`, at the width of the header's field.
const MAIN_TABLE: u8 = 254;
