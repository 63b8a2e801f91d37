//! Lists of addresses that a bond asks whether its ports reach them.

use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, address};
use netmite_netlink::attributes::ip;

/// How many the kernel takes: `BOND_MAX_ARP_TARGETS`, `BOND_MAX_NS_TARGETS`.
const MOST: u16 = 16;

/// Addresses of the family given, joined by commas; none takes all away. Each is an attribute whose number is its place.
pub(crate) struct Targets(pub(crate) u8);

impl Targets {
    fn address(&self, word: &[u8]) -> Result<std::net::IpAddr> {
        let unfit = || match self.0 {
            netmite_netlink::uapi::AF_INET6 => Error::bad_address("inet6", word),
            _ => Error::about(1, "Error: an IP address is expected rather than \"%\"", word),
        };
        address::parse_ip(word, self.0).ok_or_else(unfit)
    }
}

impl Codec for Targets {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let words = scope.words.take().unwrap_or(b"");
        scope.tree.remove(scope.node, row.number());
        let list = scope.tree.nest(scope.node, row.number());
        let targets = words.split(|byte| *byte == b',').filter(|word| !word.is_empty());
        for (place, word) in (0..MOST).zip(targets) {
            let address = self.address(word)?;
            scope.tree.set(list, place, address, scope.words.position());
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let (out, mut before) = (&mut context.out, " ");
        for one in attrs.nested(row.number()) {
            let Some(target) = ip(one.payload).filter(|_| one.kind < MOST) else { continue };
            if before == " " {
                out.open_array(row.json_key());
                out.text(row.text_label());
            }
            out.put("", std::mem::replace(&mut before, ","), target, "");
        }
        if before == "," {
            out.text(" ");
            out.close_array();
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let targets = attrs.nested(row.number()).filter_map(|one| ip(one.payload));
        let targets: Vec<_> = targets.map(|target| target.to_string()).collect();
        to.extend([row.word().as_bytes().to_vec(), targets.join(",").into_bytes()]);
    }

    fn shape(&self) -> Shape {
        Shape::Value("ADDRESS,...")
    }
}
