//! `inet SETTING VALUE …`: the settings of a link's IPv4, those of /proc/sys/net/ipv4/conf. Source: linux/ip.h
//! (`IPV4_DEVCONF_…`), linux/if_link.h.
//!
//! Several `inet` in one line are one, where the reference sends all but the kernel heeds the last.

use netmite_grammar::{
    Attr, Codec, Error, Key, Shape, Spec, Table, codec, exact, number, parse_only, row, rows, unambiguous,
};
use netmite_netlink::uapi::*;

/// The nest inside IFLA_AF_SPEC.
const INET: u16 = AF_INET as u16;

parse_only!(
    /// All words that are settings.
    Settings,
    Shape::Value("SETTING { on | off | NUMBER } …"),
    |self, row, _key, scope| {
        let outer = scope.node;
        let inet = scope.tree.nest(outer, row.number());
        let inet = scope.tree.nest(inet, INET);
        scope.node = scope.tree.nest(inet, IFLA_INET_CONF);
        let before = scope.words.rest().len();
        let outcome = TABLE.parse_known(scope);
        scope.node = outer;
        outcome?;
        if scope.words.rest().len() == before { Err(Error::incomplete()) } else { Ok(()) }
    }
);

/// The settings.
pub(crate) static TABLE: Table = Table::new("inet", rows!(ROWS));

/// A setting by its number; its name in the kernel is its word in capitals.
const fn setting(key: &'static [Key], number: u16, codec: &'static dyn Codec, doc: &'static str) -> Spec {
    row(key, Attr::named(number, "IPV4_DEVCONF"), codec, doc)
}

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    setting(&[exact("forwarding")], 1, &Switch, "packets that come in are passed on"),
    setting(&[exact("proxy_arp")], 3, &Switch, "ARP is answered for others"),
    setting(&[exact("accept_redirects")], 4, &Switch, "ICMP redirects are believed"),
    setting(&[exact("secure_redirects")], 5, &Switch, "redirects are believed of known routers alone"),
    setting(&[exact("send_redirects")], 6, &Switch, "redirects are sent"),
    setting(&[exact("shared_media")], 7, &Switch, "other networks are on the same wire"),
    setting(&[exact("rp_filter")], 8, &Number("Invalid \"rp_filter\" value\n"), "whether sources are checked against routes"),
    setting(&[exact("accept_source_route")], 9, &Switch, "source routes are taken"),
    setting(&[exact("bootp_relay")], 10, &Switch, "packets from 0.0.0.0 are relayed"),
    setting(&[exact("log_martians")], 11, &Switch, "impossible sources are logged"),
    setting(&[exact("tag")], 12, &Number("Invalid \"tag\" value\n"), "a number for whoever wants one"),
    setting(&[exact("arp_filter")], 13, &Switch, "ARP is answered where replies would leave"),
    setting(&[exact("medium_id")], 14, &Number("Invalid \"medium_id\" value\n"), "which links are one medium"),
    setting(&[exact("disable_xfrm")], 15, &Switch, "no IPsec"),
    setting(&[exact("disable_policy")], 16, &Switch, "no IPsec policies"),
    setting(&[exact("force_igmp_version")], 17, &Number("Invalid \"force_igmp_version\" value\n"), "the version of IGMP"),
    setting(&[exact("arp_announce")], 18, &Number("Invalid \"arp_announce\" value\n"), "which address ARP requests bear"),
    setting(&[exact("arp_ignore")], 19, &Number("Invalid \"arp_ignore\" value\n"), "which ARP requests are answered"),
    setting(&[exact("promote_secondaries")], 20, &Switch, "a secondary address takes the place of a primary one"),
    setting(&[exact("arp_accept")], 21, &Number("Invalid \"arp_accept\" value\n"), "gratuitous ARP makes neighbours"),
    setting(&[exact("arp_notify")], 22, &Switch, "gratuitous ARP is sent"),
    setting(&[exact("accept_local")], 23, &Switch, "our own addresses are taken for sources"),
    setting(&[exact("src_vmark")], 24, &Switch, "marks count when sources are checked"),
    setting(&[exact("proxy_arp_pvlan")], 25, &Switch, "ARP is answered for others on the same link"),
    setting(&[exact("route_localnet")], 26, &Switch, "127.0.0.0/8 is routed"),
    setting(&[exact("igmpv2_unsolicited_report_interval")], 27, &Number("Invalid \"igmpv2_unsolicited_report_interval\" value\n"), "milliseconds between IGMPv2 reports"),
    setting(&[exact("igmpv3_unsolicited_report_interval")], 28, &Number("Invalid \"igmpv3_unsolicited_report_interval\" value\n"), "milliseconds between IGMPv3 reports"),
    setting(&[exact("ignore_routes_with_linkdown")], 29, &Switch, "routes without a carrier don't count"),
    setting(&[exact("drop_unicast_in_l2_multicast")], 30, &Switch, "unicast in multicast frames is dropped"),
    setting(&[exact("drop_gratuitous_arp")], 31, &Switch, "gratuitous ARP is dropped"),
    setting(&[exact("bc_forwarding")], 32, &Switch, "directed broadcasts are passed on"),
    setting(&[exact("arp_evict_nocarrier")], 33, &Switch, "neighbours are forgotten with the carrier"),
];
const _: () = unambiguous(ROWS);

parse_only!(Switch, Shape::ON_OFF, |self, row, key, scope| {
    let word = scope.value()?;
    let on = codec::on_off(key.word, word)?;
    scope.tree.push(scope.node, row.number(), i32::from(on), scope.words.position());
    Ok(())
});

parse_only!(Number(&'static str), Shape::Value("NUMBER"), |self, row, _key, scope| {
    let word = scope.value()?;
    let number = number::i32(word).ok_or_else(|| Error::wrong(word, self.0))?;
    scope.tree.push(scope.node, row.number(), number, scope.words.position());
    Ok(())
});
