//! Flags of a link that one attribute holds, each with an option of its own: the flags, and which of them are meant.

use netmite_grammar::{Codec, Context, Key, Result, Row, Scope, Shape, Slots};
use netmite_netlink::attributes::array;

/// `struct ifla_vlan_flags` and `struct ifla_rmnet_flags` (linux/if_link.h), in the host's order: the flags, and which of them are meant.
pub(crate) fn pair(payload: &[u8]) -> Option<[u32; 2]> {
    let [a, b, c, d, e, f, g, h] = array::<8>(payload)?;
    Some([u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h])])
}

/// A flag by its bit; the function reads `on` and `off`, as the kinds complain of other words in their own ways.
pub(crate) struct Masked(pub u32, pub fn(&str, &[u8]) -> Result<bool>);

impl Codec for Masked {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        let bit = if (self.1)(key.word, word)? { self.0 } else { 0 };
        let [flags, mask] = scope.tree.get(scope.node, row.number()).and_then(pair).unwrap_or([0, 0]);
        let flags = flags & !self.0 | bit;
        scope.set(row.number(), [flags.to_ne_bytes(), (mask | self.0).to_ne_bytes()].as_flattened());
        Ok(())
    }

    // All flags stand together, in a row that is only reported.
    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        // A request says which of them it is about.
        if let Some([flags, _]) = attrs.get(row.number()).and_then(pair).filter(|[_, mask]| mask & self.0 != 0) {
            netmite_grammar::codec::say(to, row.word(), netmite_output::Value::OnOff(flags & self.0 != 0));
        }
    }

    fn shape(&self) -> Shape {
        Shape::ON_OFF
    }
}
