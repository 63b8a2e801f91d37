//! The other end of a pair, which takes what every link takes.

use crate::link::{DEV, LINK};
use netmite_grammar::{Error, Operation, Result, Scope};
use netmite_netlink::attributes::until_nul;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;

/// Reads the words that are left as a link, into attribute `number`: a header and attributes of its own inside the nest.
/// While a pair is changed its other end is one that is there.
pub(crate) fn run(scope: &mut Scope, number: u16) -> Result<()> {
    let node = scope.tree.nest_with(scope.node, number, &IfInfo::default().to_bytes());
    scope.run(&LINK, node)?;
    if scope.operation == Operation::Add {
        return Ok(());
    }
    let moves = scope.tree.has(node, IFLA_NET_NS_FD);
    if IfInfo::from_bytes(scope.tree.header(node)).is_some_and(|header| header.index != 0) && !moves {
        let text = "index can be used only when creating devices or when moving device to another netns.";
        return Err(Error::new(255, text));
    }
    let tree = &mut *scope.tree;
    let dev = tree.get(node, DEV).map(<[u8]>::to_vec);
    tree.remove(node, DEV);
    let dev = match dev {
        Some(dev) => dev,
        None => {
            let name = tree.get(node, IFLA_IFNAME).map(|name| until_nul(name).to_vec());
            tree.remove(node, IFLA_IFNAME);
            name.ok_or_else(|| Error::new(255, "Not enough information: \"dev\" argument is required."))?
        }
    };
    let index = scope.context.index_of(&dev)?;
    scope.tree.set_header(node, 4, index);
    Ok(())
}
