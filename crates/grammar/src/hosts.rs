//! Names of hosts in place of addresses: `-resolve`.
//!
//! They are those of /etc/hosts, the first name of the first line with the address. No name server is asked: a static program
//! has no resolver of the system's, and one that waits for answers is of no use in a dump.

use crate::names::next_word;
use crate::session::Context;
use netmite_netlink::sys::file;
use netmite_output::Value;
use std::net::IpAddr;

/// How an address of a host is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// As it is.
    Address(IpAddr),
    /// By its name.
    Name(Vec<u8>),
}

impl<'a> From<&'a Host> for Value<'a> {
    fn from(host: &'a Host) -> Self {
        match host {
            Host::Address(address) => Value::Ip(*address),
            Host::Name(name) => Value::Bytes(name),
        }
    }
}

impl Context<'_> {
    /// An address as it is shown: by name, if that is asked for and /etc/hosts has one.
    pub fn host(&mut self, address: IpAddr) -> Host {
        let name = if self.options.resolve { self.name_of_host(address) } else { None };
        name.map_or(Host::Address(address), Host::Name)
    }

    #[cold]
    fn name_of_host(&mut self, address: IpAddr) -> Option<Vec<u8>> {
        let file = self.hosts.get_or_insert_with(|| file::contents("/etc/hosts").unwrap_or_default());
        name_in(file, address)
    }
}

/// The name that a file in the form of hosts(5) has for an address.
fn name_in(file: &[u8], address: IpAddr) -> Option<Vec<u8>> {
    file.split(|byte| *byte == b'\n').find_map(|mut line| {
        let own: IpAddr = std::str::from_utf8(next_word(&mut line)?).ok()?.parse().ok()?;
        next_word(&mut line).filter(|_| own == address).map(<[u8]>::to_vec)
    })
}

#[cfg(test)]
mod tests {
    use super::name_in;
    use std::net::IpAddr;

    #[test]
    fn the_first_name_of_an_address() {
        let file = b"# all\n::1 six # self\n10.0.0.1\tgateway gw\n10.0.0.1 other\n10.0.0.2 # none\nbad line\n";
        let name = |address: &str| name_in(file, address.parse::<IpAddr>().unwrap());
        assert_eq!(name("10.0.0.1").as_deref(), Some(&b"gateway"[..]));
        assert_eq!(name("::1").as_deref(), Some(&b"six"[..]));
        assert_eq!(name("10.0.0.2"), None);
        assert_eq!(name("10.0.0.3"), None);
    }
}
