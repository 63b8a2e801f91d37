//! What else it takes for an entry to have an effect: said in one line, after adding.

use netmite_netlink::NetfilterSocket;
use netmite_netlink::nat::{Kind, Nat};
use netmite_netlink::nftables::Chain;
use netmite_netlink::nftables::uapi::{NF_DROP, NF_INET_FORWARD, NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6};
use netmite_output::Io;

/// Says on standard error what stops the packets of `entries` from being forwarded, if something does; a line for each
/// IP version. Redirected packets stay here, so nothing is said of them.
pub fn after_adding(socket: &mut NetfilterSocket, entries: &[Nat], io: &mut Io) {
    for v6 in [false, true] {
        if entries.iter().any(|nat| nat.v6 == v6 && nat.kind != Kind::Redirect) {
            forwarding(socket, v6, io);
        }
    }
}

fn forwarding(socket: &mut NetfilterSocket, v6: bool, io: &mut Io) {
    let family = if v6 { NFPROTO_IPV6 } else { NFPROTO_IPV4 };
    let path = if v6 { "net/ipv6/conf/all/forwarding" } else { "net/ipv4/ip_forward" };
    let off =
        netmite_netlink::sys::file::contents(format!("/proc/sys/{path}")).is_ok_and(|text| text.trim_ascii() == b"0");
    if off {
        let name = path.replace('/', ".");
        return io.error(format_args!("hint: this host forwards no packets: {name} is 0"));
    }
    let drops = |chain: &Chain| {
        chain.hook.as_ref().is_some_and(|hook| {
            hook.number == NF_INET_FORWARD && hook.policy == NF_DROP as u32 && *hook.kind == *b"filter"
        })
    };
    for (family, name) in [(family, if v6 { "ip6" } else { "ip" }), (NFPROTO_INET, "inet")] {
        if let Some(chain) = socket.chains(family).unwrap_or_default().iter().find(|chain| drops(chain)) {
            let hint = b"hint: forwarded packets are dropped by the policy of chain ";
            return io.error_bytes(&[hint, name.as_bytes(), b" ", &*chain.table, b" ", &*chain.name].concat());
        }
    }
}
