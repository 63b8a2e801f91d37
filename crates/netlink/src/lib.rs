#![doc = include_str!("../README.md")]

mod addr;
pub mod attributes;
pub mod errno;
mod error;
mod extack;
pub mod header;
pub mod link;
pub mod message;
mod names;
pub mod nat;
pub mod netns;
pub mod nftables;
mod notifications;
mod route;
mod route_socket;
mod socket;
pub mod sys;
pub mod tree;
pub mod tun;
mod types;
pub mod uapi;

pub use addr::{Address, AddressInfo, AddressView};
pub use error::{Error, Result};
pub use extack::{Bounds, Refusal};
pub use link::{BridgePort, Link};
pub use message::{Message, MessageView};
pub use names::{ALTNAME_MAX, NameCache};
pub use nat::Nat;
pub use netns::Netns;
pub use nftables::NetfilterSocket;
pub use notifications::{Event, Notifications};
pub use route::{Route, RouteInfo, RouteView};
pub use route_socket::{Add, Delete, RouteSocket};
pub use socket::{DumpEnd, Protocol, Socket};
pub use types::{IFNAME_MAX, IfIndex, IfName, MacAddress, ParseError, Prefix};
