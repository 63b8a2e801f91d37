//! Routes: what `ip route` adds, deletes and shows. Source: linux/rtnetlink.h.

use crate::addr::family;
use crate::attributes::Slots;
use crate::header::RouteHeader;
use crate::message::{MessageView, Value};
use crate::tree::{ROOT, Tree};
use crate::types::{IfIndex, Prefix};
use crate::uapi::*;
use std::net::IpAddr;

/// A route, to be added or deleted. Defaults are those of `ip route add`: table main, protocol boot, unicast; the scope
/// is link where there is no gateway.
#[derive(Clone, Debug)]
pub struct Route {
    destination: Prefix,
    gateway: Option<IpAddr>,
    device: Option<IfIndex>,
    metric: Option<u32>,
    table: u32,
    attributes: Vec<(u16, Vec<u8>)>,
}

impl Route {
    /// The IPv4 default route.
    pub const DEFAULT_V4: Route = Route::to(Prefix::ANY_V4);
    /// The IPv6 default route.
    pub const DEFAULT_V6: Route = Route::to(Prefix::ANY_V6);

    /// A route to `destination`.
    pub const fn to(destination: Prefix) -> Self {
        Route { destination, gateway: None, device: None, metric: None, table: 254, attributes: Vec::new() }
    }

    /// The next router.
    #[must_use]
    pub fn via(self, gateway: impl Into<IpAddr>) -> Self {
        Route { gateway: Some(gateway.into()), ..self }
    }

    /// The interface it leads out by.
    #[must_use]
    pub fn dev(self, index: IfIndex) -> Self {
        Route { device: Some(index), ..self }
    }

    /// Its metric: of several routes to one destination the lowest counts.
    #[must_use]
    pub fn metric(self, metric: u32) -> Self {
        Route { metric: Some(metric), ..self }
    }

    /// The table it is in; main is 254.
    #[must_use]
    pub fn table(self, table: u32) -> Self {
        Route { table, ..self }
    }

    /// Any attribute of a route, `RTA_…`.
    #[must_use]
    pub fn attribute(mut self, kind: u16, value: impl Value) -> Self {
        let mut bytes = Vec::new();
        value.write(&mut bytes);
        self.attributes.push((kind, bytes));
        self
    }

    /// The request that adds it, or with `deleting` the one that deletes it, which leaves scope and protocol open.
    pub(crate) fn tree(&self, deleting: bool) -> Tree {
        let link = self.gateway.is_none() && self.destination.address().is_ipv4();
        let header = RouteHeader {
            family: family(self.destination.address()),
            dst_len: self.destination.len(),
            table: u8::try_from(self.table).unwrap_or(0),
            protocol: if deleting { 0 } else { RTPROT_BOOT },
            scope: match deleting {
                true => RT_SCOPE_NOWHERE,
                false if link => RT_SCOPE_LINK,
                false => RT_SCOPE_UNIVERSE,
            },
            kind: if deleting { 0 } else { RTN_UNICAST },
            ..RouteHeader::default()
        };
        let mut tree = Tree::new(&header.to_bytes());
        if self.destination.len() > 0 {
            tree.set(ROOT, RTA_DST, self.destination.address(), 0);
        }
        if u8::try_from(self.table).is_err() {
            tree.set(ROOT, RTA_TABLE, self.table, 0);
        }
        if let Some(gateway) = self.gateway {
            tree.set(ROOT, RTA_GATEWAY, gateway, 0);
        }
        if let Some(device) = self.device {
            tree.set(ROOT, RTA_OIF, device, 0);
        }
        if let Some(metric) = self.metric {
            tree.set(ROOT, RTA_PRIORITY, metric, 0);
        }
        for (kind, bytes) in &self.attributes {
            tree.set(ROOT, *kind, bytes.as_slice(), 0);
        }
        tree
    }
}

/// A route in a dump, where it lies in the buffer.
#[derive(Clone)]
pub struct RouteView<'a> {
    header: RouteHeader,
    slots: Slots<'a>,
}

impl<'a> RouteView<'a> {
    pub(crate) fn of(view: &MessageView<'a>) -> Option<Self> {
        let header = RouteHeader::of(view).filter(|header| matches!(header.family, AF_INET | AF_INET6))?;
        Some(RouteView { header, slots: view.slots(RouteHeader::LEN) })
    }

    /// Where it leads.
    pub fn destination(&self) -> Prefix {
        let any = if self.header.family == AF_INET { Prefix::ANY_V4 } else { Prefix::ANY_V6 };
        self.slots.ip(RTA_DST).and_then(|address| Prefix::new(address, self.header.dst_len)).unwrap_or(any)
    }

    /// The next router.
    pub fn gateway(&self) -> Option<IpAddr> {
        self.slots.ip(RTA_GATEWAY)
    }

    /// The interface it leads out by.
    pub fn device(&self) -> Option<IfIndex> {
        self.slots.u32(RTA_OIF).and_then(IfIndex::new)
    }

    /// Its metric.
    pub fn metric(&self) -> Option<u32> {
        self.slots.u32(RTA_PRIORITY)
    }

    /// The table it is in.
    pub fn table(&self) -> u32 {
        self.slots.u32(RTA_TABLE).unwrap_or(u32::from(self.header.table))
    }

    /// Who made it: `RTPROT_…`.
    pub fn protocol(&self) -> u8 {
        self.header.protocol
    }

    /// Any attribute, as it was sent.
    pub fn attribute(&self, kind: u16) -> Option<&'a [u8]> {
        self.slots.get(kind)
    }

    /// The same facts, for keeping.
    pub fn to_owned(&self) -> RouteInfo {
        RouteInfo {
            destination: self.destination(),
            gateway: self.gateway(),
            device: self.device(),
            metric: self.metric(),
            table: self.table(),
        }
    }
}

/// What most want to know of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteInfo {
    /// Where it leads.
    pub destination: Prefix,
    /// The next router.
    pub gateway: Option<IpAddr>,
    /// The interface it leads out by.
    pub device: Option<IfIndex>,
    /// Its metric.
    pub metric: Option<u32>,
    /// The table it is in.
    pub table: u32,
}
