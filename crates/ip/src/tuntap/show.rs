//! `ip tuntap show`: what the kernel says of the links of this kind, and with `-d` who is attached to them.

use super::processes;
use netmite_grammar::{Context, Result, Session, Words};
use netmite_netlink::attributes::{Slots, until_nul};
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, tun};
use netmite_output::{Colour, Names, Value, names};

/// Words behind `show` are no filter; the reference does not look at them either.
pub(super) fn run(_: &mut Words, session: &mut Session) -> Result<()> {
    let mut request = Message::new(RTM_GETLINK, 0, &IfInfo::default().to_bytes());
    request.nested(IFLA_LINKINFO, |info| {
        info.put(IFLA_INFO_KIND, b"tun");
    });
    session.list(&mut request, None, &mut |view, context| {
        let slots = view.slots(IfInfo::LEN);
        let is_tun = slots.inside(&[IFLA_LINKINFO, IFLA_INFO_KIND]).map(until_nul) == Some(b"tun");
        if let (Some(name), true) = (slots.bytes(IFLA_IFNAME), is_tun) {
            let data = slots.inside(&[IFLA_LINKINFO, IFLA_INFO_DATA]).map(Slots::parse);
            line(name, data.as_ref(), context);
        }
    })
}

/// The words of flags, in the order in which they are shown.
const FLAGS: Names = names![
    ("tun", tun::TUN),
    ("tap", tun::TAP),
    ("pi", PI),
    ("one_queue", tun::ONE_QUEUE),
    ("multi_queue", tun::MULTI_QUEUE),
    ("vnet_hdr", tun::VNET_HDR),
    ("persist", tun::PERSIST),
    // An interface without the flag of `pi` has another flag's number clear, which the reference shows as this.
    ("filter", PI),
];

/// The opposite of [`tun::NO_PI`], in its place while words are looked for.
const PI: u16 = tun::NO_PI;

fn line(name: &[u8], data: Option<&Slots>, context: &mut Context) {
    let details = context.options.details > 0;
    let out = &mut context.out;
    out.open_object("");
    out.put_over(Colour::IfName, "ifname", "", name, ":");
    flags(flags_of(name, data), context);
    let owner = |kind, own| {
        let number = data.and_then(|data| data.u32(kind));
        number.filter(|number| *number != u32::MAX).or_else(|| attribute(name, own).filter(|_| data.is_none()))
    };
    let out = &mut context.out;
    if let Some(user) = owner(IFLA_TUN_OWNER, "owner") {
        out.put("user", " user ", user, "");
    }
    if let Some(group) = owner(IFLA_TUN_GROUP, "group") {
        out.put("group", " group ", group, "");
    }
    if details {
        out.newline();
        out.text("\tAttached to processes:");
        out.open_array("processes");
        processes::attached(name, &mut |name, pid| {
            out.open_object("");
            out.put("name", "", name, "");
            out.put("pid", "(", pid, ")");
            out.close_object();
        });
        out.close_array();
    }
    out.end_line();
    out.close_object();
}

fn flags(flags: u16, context: &mut Context) {
    let out = &mut context.out;
    out.open_array("flags");
    let flags = u32::from(flags ^ tun::NO_PI);
    let mut rest = flags;
    for (bit, name) in FLAGS {
        if flags & bit != 0 {
            out.put("", " ", name, "");
            rest &= !bit;
        }
    }
    if rest != 0 {
        out.put("", " ", Value::Hex(rest.into()), "");
    }
    out.close_array();
}

/// The flags as netlink tells them; what it does not tell is in /sys, if that is this namespace's.
fn flags_of(name: &[u8], data: Option<&Slots>) -> u16 {
    let file = attribute(name, "tun_flags").and_then(|flags| u16::try_from(flags).ok());
    let Some(data) = data else { return file.unwrap_or(tun::NO_PI) };
    let bit = |kind, bit: u16| if data.u8(kind).unwrap_or(0) != 0 { bit } else { 0 };
    let pi = if data.u8(IFLA_TUN_PI).unwrap_or(0) != 0 { 0 } else { tun::NO_PI };
    let told = u16::from(data.u8(IFLA_TUN_TYPE).unwrap_or(0))
        | pi
        | bit(IFLA_TUN_VNET_HDR, tun::VNET_HDR)
        | bit(IFLA_TUN_PERSIST, tun::PERSIST)
        | bit(IFLA_TUN_MULTI_QUEUE, tun::MULTI_QUEUE);
    let known = tun::TUN | tun::TAP | tun::NO_PI | tun::VNET_HDR | tun::PERSIST | tun::MULTI_QUEUE;
    file.filter(|file| file & known == told).unwrap_or(told)
}

/// A number of the link called `name` in /sys.
fn attribute(name: &[u8], attribute: &str) -> Option<u32> {
    let path = format!("/sys/class/net/{}/{attribute}", std::str::from_utf8(name).ok()?);
    let text = netmite_netlink::sys::file::contents(path).ok()?;
    netmite_grammar::number::u32(text.trim_ascii())
}
