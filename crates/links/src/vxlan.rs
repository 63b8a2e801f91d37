//! vxlan: Ethernet in UDP. Without a port of its own the kernel's old default holds, of which a warning tells.

use crate::endpoint::{Endpoint, Which};
use crate::tunnel::udp::{Df, FLOW_LABEL, LinkOrNone, Ttl};
use netmite_grammar::codec::{PORT, Presence, Refusing, Tos, U32, U64, Unsigned, YesNo};
use netmite_grammar::{
    Attr, Codec, Context, Error, Key, Operation, Repeat, Result, Row, Scope, Shape, Slots, Spec, Table, attr, exact,
    key, row, rows, unambiguous,
};
use netmite_netlink::attributes::{array, ip, unsigned};
use netmite_netlink::uapi::*;

/// The options of a vxlan.
pub static VXLAN: Table = Table { rules, ..Table::new("vxlan", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    once(&[key("id", 1), key("vni", 1)], attr!(IFLA_VXLAN_ID), &Unsigned { most: (1 << 24) - 1, name: "VNI", ..U32.bad("invalid id") }, "the network's identifier, up to 16777215"),
    once(&[key("group", 1)], attr!(IFLA_VXLAN_GROUP), &Endpoint(Which::Group), "the multicast group that unknown addresses are sent to; wants dev").also(&[attr!(IFLA_VXLAN_GROUP6)]),
    once(&[key("remote", 1)], attr!(IFLA_VXLAN_GROUP), &Endpoint(Which::Remote), "the end that unknown addresses are sent to").also(&[attr!(IFLA_VXLAN_GROUP6)]),
    once(&[key("local", 1)], attr!(IFLA_VXLAN_LOCAL), &Endpoint(Which::Local), "the source of outer packets").also(&[attr!(IFLA_VXLAN_LOCAL6)]),
    once(&[key("dev", 1)], attr!(IFLA_VXLAN_LINK), LINK, "the link that outer packets leave by").json("link"),
    once(&[key("srcport", 1), key("port", 1)], attr!(IFLA_VXLAN_PORT_RANGE), &PortRange, "the source ports of outer packets").json("port_range"),
    once(&[key("dstport", 3)], attr!(IFLA_VXLAN_PORT), &PORT.bad("dst port"), "the destination port of outer packets; 4789 by the standard").json("port"),
    once(&[key("tos", 2), key("dsfield", 2)], attr!(IFLA_VXLAN_TOS), &Tos, "the type of service of outer packets"),
    once(&[key("ttl", 1), key("hoplimit", 1)], attr!(IFLA_VXLAN_TTL), &Ttl(IFLA_VXLAN_TTL_INHERIT), "how far outer packets go").also(&[attr!(IFLA_VXLAN_TTL_INHERIT)]),
    once(&[key("df", 2)], attr!(IFLA_VXLAN_DF), &Df, "the Don't Fragment bit of outer packets"),
    once(&[key("flowlabel", 1), key("label", 2)], attr!(IFLA_VXLAN_LABEL), &FLOW_LABEL, "the flow label of outer IPv6 packets").json("label"),
    once(&[key("ageing", 1)], attr!(IFLA_VXLAN_AGEING), &Unsigned { zero: Some("none"), name: "SECONDS", ..U32.bad("ageing timer") }, "how long an unused address is remembered"),
    once(&[key("maxaddress", 1)], attr!(IFLA_VXLAN_LIMIT), &Unsigned { zero: Some("unlimited"), quiet_zero: true, ..U32.bad("max addresses") }, "how many addresses may be learnt").json("limit").label("maxaddr"),
    once(&[exact("reserved_bits")], attr!(IFLA_VXLAN_RESERVED_BITS), &Unsigned { big_endian: true, hex: true, ..U64.bad("reserved_bits") }, "which reserved bits of a header are let pass, of 64"),
    once(&[key("gbp", 2)], attr!(IFLA_VXLAN_GBP), &Presence, "the packet's mark travels along"),
    once(&[key("gpe", 2)], attr!(IFLA_VXLAN_GPE), &Presence, "other protocols than Ethernet inside; with external"),
    once(&[key("external", 1).tag(1), key("noexternal", 3)], attr!(IFLA_VXLAN_COLLECT_METADATA), &Metadata, "each packet's route says where it goes"),
    once(&[exact("vnifilter").tag(1), exact("novnifilter")], attr!(IFLA_VXLAN_VNIFILTER), &OFF, "only networks that were added come in; with external"),
    once(&[key("learning", 2).tag(1), key("nolearning", 1)], attr!(IFLA_VXLAN_LEARNING), &ON, "learn addresses from traffic"),
    once(&[key("proxy", 2).tag(1), key("noproxy", 3)], attr!(IFLA_VXLAN_PROXY), &OFF, "answer ARP and neighbour discovery"),
    once(&[key("rsc", 2).tag(1), key("norsc", 3)], attr!(IFLA_VXLAN_RSC), &OFF, "short-circuit routes"),
    once(&[key("l2miss", 2).tag(1), key("nol2miss", 4)], attr!(IFLA_VXLAN_L2MISS), &OFF, "tell of unknown link-layer addresses"),
    once(&[key("l3miss", 2).tag(1), key("nol3miss", 4)], attr!(IFLA_VXLAN_L3MISS), &OFF, "tell of unknown IP addresses"),
    once(&[key("udpcsum", 1).tag(1), key("noudpcsum", 3)], attr!(IFLA_VXLAN_UDP_CSUM), &ON, "UDP checksums over IPv4").json("udp_csum").label("udp_csum"),
    once(&[key("udp6zerocsumtx", 4).tag(1), key("noudp6zerocsumtx", 6)], attr!(IFLA_VXLAN_UDP_ZERO_CSUM6_TX), &OFF, "no UDP checksums over IPv6").json("udp_zero_csum6_tx").label("udp_zero_csum6_tx"),
    once(&[key("udp6zerocsumrx", 13).tag(1), key("noudp6zerocsumrx", 15)], attr!(IFLA_VXLAN_UDP_ZERO_CSUM6_RX), &OFF, "packets without a UDP checksum are taken over IPv6").json("udp_zero_csum6_rx").label("udp_zero_csum6_rx"),
    once(&[key("remcsumtx", 4).tag(1), key("noremcsumtx", 4)], attr!(IFLA_VXLAN_REMCSUM_TX), &OFF, "remote checksum offload, sending").json("remcsum_tx").label("remcsum_tx"),
    once(&[key("remcsumrx", 8).tag(1), key("noremcsumrx", 10)], attr!(IFLA_VXLAN_REMCSUM_RX), &OFF, "remote checksum offload, receiving").json("remcsum_rx").label("remcsum_rx"),
    once(&[exact("localbypass").tag(1), exact("nolocalbypass")], attr!(IFLA_VXLAN_LOCALBYPASS), &ON, "what is for this machine stays in the kernel"),
    once(&[exact("mcroute").tag(1), exact("nomcroute")], attr!(IFLA_VXLAN_MC_ROUTE), &OFF, "outer multicast is routed"),
];
const _: () = unambiguous(ROWS);

/// A row that may be given once.
const fn once(keys: &'static [Key], attr: Attr, codec: &'static dyn Codec, doc: &'static str) -> Spec {
    row(keys, attr, codec, doc).repeat(Repeat::Garbage)
}

const ON: YesNo = YesNo { default: true, shown: 2 };
const OFF: YesNo = YesNo { default: false, shown: 2 };
const LINK: &dyn Codec = &Refusing(&LinkOrNone, |name| Error::no_device(name).with_status(255));

/// The port of VXLAN-GPE by the standard.
const GPE_PORT: u16 = 4790;

const NO_PORT: &str = "vxlan: destination port not specified\n\
    Will use Linux kernel default (non-standard value)\n\
    Use 'dstport 4789' to get the IANA assigned value\n\
    Use 'dstport 0' to get default and quiet this message";

/// Who says where packets go, companions of options, and what a new vxlan does if nobody says otherwise.
fn rules(scope: &mut Scope) -> Result<()> {
    let (tree, node) = (&mut *scope.tree, scope.node);
    let number = |kind| tree.get(node, kind).and_then(unsigned);
    let refused = |why: &str| Err(Error::new(1, format!("vxlan: {why}")));
    let (new, external) = (scope.operation != Operation::Set, number(IFLA_VXLAN_COLLECT_METADATA) == Some(1));
    if external && tree.has(node, IFLA_VXLAN_ID) {
        return refused("both 'external' and vni cannot be specified");
    }
    if number(IFLA_VXLAN_VNIFILTER) == Some(1) && !external {
        return refused("vnifilter is valid only when 'external' is set");
    }
    if new && !external && !tree.has(node, IFLA_VXLAN_ID) {
        return refused("missing virtual network identifier");
    }
    let group = [IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6].into_iter().find_map(|kind| tree.get(node, kind).and_then(ip));
    if group.is_some_and(|group| group.is_multicast()) && !tree.has(node, IFLA_VXLAN_LINK) {
        return refused("'group' requires 'dev' to be specified");
    }
    let port = number(IFLA_VXLAN_PORT);
    match port {
        Some(0) => tree.remove(node, IFLA_VXLAN_PORT),
        None if tree.has(node, IFLA_VXLAN_GPE) => scope.set(IFLA_VXLAN_PORT, GPE_PORT.to_be_bytes()),
        None if new => scope.context.out.io().error(NO_PORT),
        _ => (),
    }
    let addressed = [IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6, IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6];
    if !addressed.iter().any(|kind| scope.tree.has(scope.node, *kind)) {
        // Which family it is of, `ip -4` and `ip -6` say.
        match scope.context.options.family {
            AF_INET => scope.set(IFLA_VXLAN_GROUP, [0; 4]),
            AF_INET6 => scope.set(IFLA_VXLAN_GROUP6, [0; 16]),
            _ => (),
        }
    }
    if new && !scope.tree.has(scope.node, IFLA_VXLAN_LEARNING) {
        scope.set(IFLA_VXLAN_LEARNING, !external);
    }
    Ok(())
}

/// Whether packets bring their own metadata. Said behind `learning`, it ends that.
struct Metadata;

impl Codec for Metadata {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        if key.tag != 0 && scope.tree.has(scope.node, IFLA_VXLAN_LEARNING) {
            scope.set(IFLA_VXLAN_LEARNING, false);
        }
        OFF.parse(row, key, scope)
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        OFF.print(row, attrs, context);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, context: &mut Context, to: &mut Vec<Vec<u8>>) {
        OFF.words(row, attrs, context, to);
    }

    fn shape(&self) -> Shape {
        OFF.shape()
    }
}

/// Two ports in network order; twice 0, the kernel's own choice, is not sent.
struct PortRange;

impl PortRange {
    fn read(row: &Row, attrs: &Slots) -> Option<[u16; 2]> {
        let [a, b, c, d] = array::<4>(attrs.get(row.number())?)?;
        Some([u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])])
    }
}

impl Codec for PortRange {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let range = [scope.words.u16("min port")?, scope.words.u16("max port")?];
        if range != [0, 0] {
            scope.set(row.number(), range.map(u16::to_be_bytes).as_flattened());
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some([low, high]) = Self::read(row, attrs) else { return };
        let out = &mut context.out;
        out.open_object(row.json_key());
        out.field("low", "srcport", low);
        out.put("high", "", high, " ");
        out.close_object();
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(range) = Self::read(row, attrs) {
            to.push(row.word().as_bytes().to_vec());
            to.extend(range.map(|port| port.to_string().into_bytes()));
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("MIN MAX")
    }
}
