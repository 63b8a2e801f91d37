//! iptables for the nat table.
