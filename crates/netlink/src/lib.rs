//! Raw netlink for Rust: links, addresses, routes, bridges, NAT and namespaces.
