//! The senders that a macvlan in source mode lets in: `macaddr add ADDRESS`, `del ADDRESS`, `set ADDRESS…`, `flush`.

use crate::macvlan;
use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, Slots, address};
use netmite_netlink::MacAddress;
use netmite_netlink::uapi::*;
use netmite_output::{Names, Value, names};

/// The list, changed by one of four verbs; the kernel tells its length and its members.
pub(crate) struct MacList;

// `MACVLAN_MACADDR_…`: linux/if_link.h.
const ADD: u32 = 0;
const DELETE: u32 = 1;
const FLUSH: u32 = 2;
const SET: u32 = 3;
const VERBS: Names = names![("add", ADD), ("del", DELETE), ("set", SET), ("flush", FLUSH)];

/// A link-layer address of Ethernet.
fn ethernet(word: &[u8]) -> Result<MacAddress> {
    let address = address::link_address(word)?;
    match address.as_bytes().len() {
        6 => Ok(address),
        len => {
            let error = Error::about(1, "\"%\" is invalid lladdr.", word);
            Err(error.hint(format!("{len} bytes; an Ethernet address has 6")))
        }
    }
}

impl Codec for MacList {
    fn parse(&self, _: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        let verb = scope.value()?;
        let Some(number) = VERBS.number(verb) else {
            let usage = "Usage: ... macaddr { { add | del } ADDRESS | set [ ADDRESS ... ] | flush }";
            return Err(Error::new(1, usage));
        };
        scope.set(IFLA_MACVLAN_MACADDR_MODE, number);
        match number {
            ADD | DELETE => {
                let address = ethernet(scope.value()?)?;
                scope.set(IFLA_MACVLAN_MACADDR, address);
            }
            SET => {
                scope.tree.remove(scope.node, IFLA_MACVLAN_MACADDR_DATA);
                let list = scope.tree.nest(scope.node, IFLA_MACVLAN_MACADDR_DATA);
                while let Some(word) = scope.words.peek().filter(|word| !macvlan::is_option(word)) {
                    let address = ethernet(word)?;
                    scope.words.take();
                    scope.tree.push(list, IFLA_MACVLAN_MACADDR, address, scope.words.position());
                }
            }
            _ => (),
        }
        Ok(())
    }

    fn print(&self, _: &Row, attrs: &Slots, context: &mut Context) {
        if attrs.u32(IFLA_MACVLAN_MODE) != Some(macvlan::SOURCE) {
            return;
        }
        let out = &mut context.out;
        if let Some(count) = attrs.u32(IFLA_MACVLAN_MACADDR_COUNT) {
            out.put("macaddr_count", "remotes (", count, ") ");
        }
        if attrs.has(IFLA_MACVLAN_MACADDR_DATA) {
            out.open_array("macaddr_data");
            for address in attrs.nested(IFLA_MACVLAN_MACADDR_DATA).filter(|one| one.kind == IFLA_MACVLAN_MACADDR) {
                out.put("", "", Value::Link(address.payload), " ");
            }
            out.close_array();
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        to.extend([row.word().as_bytes().to_vec(), b"set".to_vec()]);
        for address in attrs.nested(IFLA_MACVLAN_MACADDR_DATA) {
            let mut word = Vec::new();
            Value::Link(address.payload).write(&mut word);
            to.push(word);
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("{ { add | del } ADDRESS | set [ ADDRESS ... ] | flush }")
    }
}
