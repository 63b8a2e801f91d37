//! Options of bridge ports. Source: linux/if_link.h, IFLA_BRPORT_….

use super::Link;
use crate::message::Value;
use crate::tree::ROOT;
use crate::types::IfIndex;
use crate::uapi::*;

/// The states of a bridge port, `BR_STATE_…`, by number: linux/if_bridge.h.
pub const PORT_STATES: &[&str] = &["disabled", "listening", "learning", "forwarding", "blocking"];

/// A bridge port's options.
#[derive(Debug)]
pub struct BridgePort(Link);

impl BridgePort {
    /// The port that the link called `name` is.
    pub fn by_name(name: impl AsRef<[u8]>) -> Self {
        BridgePort(Link::by_name(name))
    }

    /// The port that link `index` is.
    pub fn by_index(index: IfIndex) -> Self {
        BridgePort(Link::by_index(index))
    }

    /// Whether frames may leave through the port they came in by.
    #[must_use]
    pub fn hairpin(self, on: bool) -> Self {
        self.attribute(IFLA_BRPORT_MODE, on)
    }

    /// Whether it exchanges frames with ports that are not isolated only.
    #[must_use]
    pub fn isolated(self, on: bool) -> Self {
        self.attribute(IFLA_BRPORT_ISOLATED, on)
    }

    /// Its path cost for the spanning tree, 1 to 65535.
    #[must_use]
    pub fn cost(self, cost: u32) -> Self {
        self.attribute(IFLA_BRPORT_COST, cost)
    }

    /// Any option of a port, `IFLA_BRPORT_…`.
    #[must_use]
    pub fn attribute(mut self, kind: u16, value: impl Value) -> Self {
        let tree = &mut self.0.tree;
        let info = tree.nest(ROOT, IFLA_LINKINFO);
        tree.set(info, IFLA_INFO_SLAVE_KIND, b"bridge", 0);
        let data = tree.nest(info, IFLA_INFO_SLAVE_DATA);
        tree.set(data, kind, value, 0);
        self
    }
}

impl From<BridgePort> for Link {
    fn from(port: BridgePort) -> Self {
        port.0
    }
}
