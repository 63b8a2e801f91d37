//! One file that is every tool: finds the tool by the program's name, or by the first word.
//!
//! A link called `ip` is `ip`; so is `iplink`, as in the reference. A name that no tool has (that of the file as it was
//! built) leaves the choice to the first word. [`TOOLS`] is the only list of them. Where the process has privileges
//! that its caller lacks (`AT_SECURE`), only `ping` is run: every other tool would do for anyone what root may do.

mod install;
mod own;

use netmite_output::Io;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The product's name.
pub const PRODUCT: &str = "netmite";

/// A tool that is built in.
#[derive(Clone, Copy)]
pub struct Tool {
    /// The program's name.
    pub name: &'static str,
    run: fn(&[&OsStr], &mut Io) -> u8,
    /// Whether `install` makes a link for it without its being named.
    pub default: bool,
}

const fn tool(name: &'static str, run: fn(&[&OsStr], &mut Io) -> u8, default: bool) -> Tool {
    Tool { name, run, default }
}

/// The tools. Those that systems commonly have from elsewhere are linked only when named.
pub const TOOLS: &[Tool] = &[
    tool("ip", ip, true),
    tool("bridge", netmite_bridge::run, true),
    tool("brctl", netmite_brctl::run, true),
    tool("nat", netmite_nat::run, true),
    tool("ping", netmite_tools::ping::run, false),
    tool("arping", netmite_tools::arping::run, false),
    tool("nsenter", netmite_tools::nsenter::run, false),
    tool("iptables", netmite_iptables::run, false),
    tool("ip6tables", netmite_iptables::run, false),
    tool("iptables-save", netmite_iptables::run, false),
    tool("iptables-restore", netmite_iptables::run, false),
    tool("iptables-nft", netmite_iptables::run, false),
    tool("iptables-nft-save", netmite_iptables::run, false),
    tool("iptables-nft-restore", netmite_iptables::run, false),
    tool("ip6tables-save", netmite_iptables::run, false),
    tool("ip6tables-restore", netmite_iptables::run, false),
    tool("ip6tables-nft", netmite_iptables::run, false),
    tool("ip6tables-nft-save", netmite_iptables::run, false),
    tool("ip6tables-nft-restore", netmite_iptables::run, false),
];

/// What the file's own name is followed by, for manuals.
pub fn grammar() -> &'static netmite_nat::rows::Grammar {
    &own::OWN
}

/// Runs a tool with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    let (chosen, arguments) = match arguments.split_first() {
        None => (None, arguments),
        Some((name, rest)) => match by_name(base_name(name.as_bytes())) {
            Some(tool) => (Some(tool), arguments),
            None => (rest.first().and_then(|word| exact(word.as_bytes())), rest),
        },
    };
    if netmite_netlink::sys::at_secure() && chosen.is_none_or(|tool| tool.name != "ping") {
        io.error(format_args!("{PRODUCT}: not with set-user-id or file capabilities: one file is every tool"));
        return 1;
    }
    match chosen {
        Some(tool) => (tool.run)(arguments, io),
        None => own::run(arguments, io),
    }
}

/// `ip`, whose `netns exec` may run any of the tools.
fn ip(arguments: &[&OsStr], io: &mut Io) -> u8 {
    netmite_ip::run_among(|name| exact(name).map(|tool| tool.run), arguments, io)
}

/// The tool that a program of this name is.
fn by_name(base: &[u8]) -> Option<&'static Tool> {
    exact(base).or_else(|| {
        let tables = base.starts_with(b"iptables") || base.starts_with(b"ip6tables");
        if base.starts_with(b"ip") && !tables { exact(b"ip") } else { None }
    })
}

fn exact(name: &[u8]) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name.as_bytes() == name)
}

fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str) -> Option<&'static str> {
        by_name(base_name(path.as_bytes())).map(|tool| tool.name)
    }

    #[test]
    fn programs_are_found_by_name() {
        assert_eq!(named("/sbin/ip"), Some("ip"));
        assert_eq!(named("ipaddr"), Some("ip"));
        assert_eq!(named("./brctl"), Some("brctl"));
        assert_eq!(named("iptables"), Some("iptables"));
        assert_eq!(named("iptables-nosuch"), None);
        assert_eq!(named("netmite-0.1"), None);
        assert_eq!(named(""), None);
    }

    #[test]
    fn a_tool_that_is_not_there_is_refused() {
        let mut io = Io::memory();
        assert_eq!(run(&["netmite".as_ref(), "nosuch".as_ref()], &mut io), 2);
        let (out, errors) = io.captured();
        assert!(out.is_empty());
        assert!(String::from_utf8_lossy(&errors).contains("nosuch"));
    }

    #[test]
    fn the_list_names_every_tool() {
        let mut io = Io::memory();
        assert_eq!(run(&["netmite".as_ref(), "--list".as_ref()], &mut io), 0);
        let list = String::from_utf8(io.captured().0).unwrap();
        assert_eq!(list.lines().count(), TOOLS.len());
    }
}
