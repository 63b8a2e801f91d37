//! Kinds with one option: dsa, wwan, batadv, ovpn.

use netmite_grammar::codec::{Device, OneOf, Refusing, U32, one_of};
use netmite_grammar::{Error, Shape, Spec, Table, attr, exact, key, parse_only, row, rows};
use netmite_netlink::uapi::IFLA_OVPN_MODE;
use netmite_output::names;

/// A port of a switch chip.
pub static DSA: Table = Table::new("dsa", rows!(&[CONDUIT]));
/// linux/if_link.h.
const IFLA_DSA_CONDUIT: u16 = 1;
const CONDUIT: Spec = row(
    &[exact("conduit"), exact("master")],
    attr!(IFLA_DSA_CONDUIT),
    &Refusing(&Device, |word| Error::wrong(word, "Device does not exist\n")),
    "the Ethernet device that the switch hangs on",
);

/// A channel of a modem.
pub static WWAN: Table = Table::new("wwan", rows!(&[LINK_ID]));
/// linux/wwan.h.
const IFLA_WWAN_LINK_ID: u16 = 1;
const LINK_ID: Spec = row(&[key("linkid", 1)], attr!(IFLA_WWAN_LINK_ID), &U32.bad("linkid"), "the channel's number");

/// A mesh.
pub static BATADV: Table = Table::new("batadv", rows!(&[ALGORITHM]));
/// linux/batman_adv.h.
const IFLA_BATADV_ALGO_NAME: u16 = 1;
const ALGORITHM: Spec = row(&[key("ra", 1)], attr!(IFLA_BATADV_ALGO_NAME), &Algorithm, "the routing algorithm");

parse_only!(
    /// A name, with the NUL that ends it. The kernel does not report it.
    Algorithm,
    Shape::Value("BATMAN_IV|BATMAN_V"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        scope.set(row.number(), &*[word, b"\0"].concat());
        Ok(())
    }
);

/// An OpenVPN device.
pub static OVPN: Table = Table { unknown: Table::unknown_word, ..Table::new("ovpn", rows!(&[MODE])) };
const MODE: Spec = row(&[exact("mode")], attr!(IFLA_OVPN_MODE), &PEERS, "with one peer or with several");
const PEERS: OneOf = one_of(1, names!["p2p", "mp"]);
