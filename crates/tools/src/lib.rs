//! ping, arping and nsenter: what a network's owner needs beside `ip` to see whether packets arrive.
//!
//! Texts and exit statuses are those of busybox's ping and arping and of util-linux's nsenter. There is no resolver:
//! addresses are numbers, or names that /etc/hosts has.

mod arp;
pub mod arping;
mod failure;
mod getopt;
mod host;
mod icmp;
mod interrupt;
pub mod nsenter;
pub mod ping;
mod ping_options;
