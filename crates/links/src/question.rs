//! Questions to the kernel while words are read: each over a socket of its own, since the session's may be in use.

use netmite_netlink::attributes::Slots;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView, Protocol, Result, Socket};

/// Hands the reply to `request` to `read`.
///
/// # Errors
/// The kernel's refusal, and what keeps a socket from being opened.
pub(crate) fn ask(request: &mut Message, read: &mut dyn FnMut(&MessageView)) -> Result<()> {
    Socket::open(Protocol::Route)?.get(request, |view| {
        read(view);
        Ok(())
    })
}

/// Hands what the kernel tells of link `index` to `read`, if there is such a link; `more` is what it is to tell beside the usual:
/// `RTEXT_FILTER_…`.
pub(crate) fn about_link(index: u32, more: u32, read: &mut dyn FnMut(&Slots)) {
    let mut request = Message::new(RTM_GETLINK, 0, &IfInfo { index, ..IfInfo::default() }.to_bytes());
    if more != 0 {
        request.put(IFLA_EXT_MASK, more);
    }
    // Whoever asks sees by what was not read that there was no answer.
    let _ = ask(&mut request, &mut |view| read(&view.slots(IfInfo::LEN)));
}
