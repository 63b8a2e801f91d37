//! Sets of addresses that `ipset` makes: rules of xtables name them by number.

use super::expression::Bytes;
use super::fields::string;
use super::objects::GENERAL_LEN;
use super::socket::NetfilterSocket;
use crate::error::Result;
use crate::message::{Message, MessageView};

// linux/netfilter/nfnetlink.h, linux/netfilter/ipset/ip_set.h.
const NFNL_SUBSYS_IPSET: u16 = 6;
const IPSET_CMD_GET_BYNAME: u16 = 14;
const IPSET_CMD_GET_BYINDEX: u16 = 15;
const IPSET_ATTR_PROTOCOL: u16 = 1;
const IPSET_ATTR_SETNAME: u16 = 2;
const IPSET_ATTR_INDEX: u16 = 11;
const IPSET_PROTOCOL: u8 = 7;
/// That a number is in network order, which these requests insist on.
const NLA_F_NET_BYTEORDER: u16 = 1 << 14;

fn request(command: u16) -> Message {
    let family = super::uapi::NFPROTO_IPV4;
    let mut ask = Message::new((NFNL_SUBSYS_IPSET << 8) | command, 0, &[family, 0, 0, 0]);
    ask.put(IPSET_ATTR_PROTOCOL, [IPSET_PROTOCOL]);
    ask
}

impl NetfilterSocket {
    /// The number of the set of that name; `None` where there is none, or the kernel has no such sets.
    pub fn ip_set(&mut self, name: &[u8]) -> Result<Option<u16>> {
        let mut ask = request(IPSET_CMD_GET_BYNAME);
        string(&mut ask, IPSET_ATTR_SETNAME, name);
        let mut index = None;
        self.told(&mut ask, &mut |view| index = view.slots(GENERAL_LEN).u16_be(IPSET_ATTR_INDEX))?;
        Ok(index)
    }

    /// The name of the set of that number; `None` where there is none.
    pub fn ip_set_name(&mut self, index: u16) -> Result<Option<Bytes>> {
        let mut ask = request(IPSET_CMD_GET_BYINDEX);
        ask.put(IPSET_ATTR_INDEX | NLA_F_NET_BYTEORDER, index.to_be_bytes());
        let mut name = None;
        self.told(&mut ask, &mut |view| name = view.slots(GENERAL_LEN).bytes(IPSET_ATTR_SETNAME).map(Bytes::from))?;
        Ok(name)
    }

    /// Hands the reply to `read`, unless the kernel refuses.
    fn told(&mut self, ask: &mut Message, read: &mut dyn FnMut(&MessageView)) -> Result<()> {
        match self.ask(ask, read) {
            Err(error) if error.refusal().is_some() => Ok(()),
            outcome => outcome,
        }
    }
}
