//! Generic netlink and nf_tables: families are known by name, requests are noted and acknowledged.

use super::bytes::{Message, attribute, put, put_text, until_nul};
use super::fixture::FAMILIES;
use super::{Kernel, NLM_F_DUMP, NLM_F_MULTI, NLMSG_DONE, acknowledged, error};
use nix::libc::{NETLINK_GENERIC, NETLINK_NETFILTER};

const GENL_ID_CTRL: u16 = 16;
const ENOENT: i32 = -2;

impl Kernel {
    pub(super) fn answer_generic(
        &mut self,
        message: &Message,
        label: &dyn Fn(i32) -> Option<String>,
    ) -> Vec<Vec<Message>> {
        if message.kind == GENL_ID_CTRL {
            return vec![vec![family(message).unwrap_or_else(|| error(message, ENOENT))]];
        }
        if message.flags & NLM_F_DUMP != 0 {
            return vec![vec![done(message)]];
        }
        self.note(NETLINK_GENERIC, message, label);
        acknowledged(message)
    }

    pub(super) fn answer_netfilter(
        &mut self,
        message: &Message,
        label: &dyn Fn(i32) -> Option<String>,
    ) -> Vec<Vec<Message>> {
        // Of nf_tables (subsystem 10) every third message is a GET; 16 asks for the generation.
        let number = message.kind & 0xff;
        if message.kind >> 8 == 10 && matches!(number, 1 | 4 | 7 | 10 | 13 | 16 | 19 | 21 | 23) {
            if message.flags & NLM_F_DUMP != 0 {
                return vec![vec![done(message)]];
            }
            if number != 16 {
                return vec![vec![error(message, ENOENT)]];
            }
            let mut body = vec![0, 0, 0, 0];
            put(&mut body, 1, &1u32.to_be_bytes());
            return vec![vec![Message { kind: 0x0a0f, flags: 0, sequence: message.sequence, body }]];
        }
        self.note(NETLINK_NETFILTER, message, label);
        acknowledged(message)
    }
}

fn done(message: &Message) -> Message {
    Message { kind: NLMSG_DONE, flags: NLM_F_MULTI, sequence: message.sequence, body: vec![0; 4] }
}

/// The description of the family that is asked for by name.
fn family(message: &Message) -> Option<Message> {
    let name = until_nul(attribute(message.body.get(4..)?, 2)?);
    let (name, number, version) = FAMILIES.iter().find(|family| family.0.as_bytes() == name)?;
    let mut body = vec![1, 2, 0, 0];
    put_text(&mut body, 2, name);
    put(&mut body, 1, &number.to_ne_bytes());
    put(&mut body, 3, &version.to_ne_bytes());
    put(&mut body, 4, &0u32.to_ne_bytes());
    put(&mut body, 5, &64u32.to_ne_bytes());
    Some(Message { kind: GENL_ID_CTRL, flags: 0, sequence: message.sequence, body })
}
