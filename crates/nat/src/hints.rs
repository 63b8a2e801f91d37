//! What else it takes for an entry to have an effect: said in one line, after adding.

use netmite_netlink::NetfilterSocket;
use netmite_netlink::nftables::uapi::{NF_DROP, NF_INET_FORWARD, NFPROTO_UNSPEC};
use netmite_output::Io;

/// Says on standard error what stops packets from being forwarded, if something does.
pub fn after_adding(socket: &mut NetfilterSocket, v6: bool, io: &mut Io) {
    let path = if v6 { "net/ipv6/conf/all/forwarding" } else { "net/ipv4/ip_forward" };
    let off = std::fs::read(format!("/proc/sys/{path}")).is_ok_and(|text| text.trim_ascii() == b"0");
    if off {
        let name = path.replace('/', ".");
        return io.error(format_args!("hint: this host forwards no packets: {name} is 0"));
    }
    let dropping = socket.chains(NFPROTO_UNSPEC).unwrap_or_default().into_iter().find(|chain| {
        let hook = chain.hook.as_ref();
        hook.is_some_and(|hook| {
            hook.number == NF_INET_FORWARD && hook.policy == NF_DROP as u32 && *hook.kind == *b"filter"
        })
    });
    if let Some(chain) = dropping {
        let names = [&*chain.table, b" ", &*chain.name].concat();
        io.error_bytes(&[b"hint: forwarded packets are dropped by the policy of chain ", &*names].concat());
    }
}
