//! `ip address save`, `restore` and `showdump`: addresses in a file.

use super::filter::Filter;
use super::{print, show};
use crate::saved::{self, Sort};
use netmite_grammar::{Error, Result, Session, Words};
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::IfAddr;
use netmite_netlink::message::HEADER_LEN;
use netmite_netlink::uapi::*;

const ADDRESSES: Sort = Sort { what: "address", magic: 0x4736_1222, kind: RTM_NEWADDR, mismatch: 255, damaged: 255 };

/// Writes the addresses of the family asked for in front and an interface to standard output. What else is asked for is not heeded, as with the
/// reference.
pub(super) fn save(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::of_address(words, &mut session.context)?;
    let index = match filter.link.dev {
        None => 0,
        Some(name) => session.context.index_of(name).map_err(|_| Error::no_such_device(name))?,
    };
    saved::begin(ADDRESSES.magic, &mut session.context)?;
    let family = session.context.options.family;
    session.dump(&mut show::request(family, index), |view, context| {
        if IfAddr::of(view).is_some_and(|header| index == 0 || header.index == index) {
            saved::put(view, context);
        }
    })
}

/// Makes the addresses of standard input.
pub(super) fn restore(_: &mut Words, session: &mut Session) -> Result<()> {
    ADDRESSES.read(|message| {
        let answer = saved::send(message, session);
        ADDRESSES.refusal_unless_there(answer, session)
    })?;
    Ok(())
}

/// Prints the addresses of standard input, each below the number of its interface: names may be others by now.
pub(super) fn show_dump(_: &mut Words, session: &mut Session) -> Result<()> {
    let context = &mut session.context;
    context.out.open_array("");
    context.out.open_object("");
    context.out.open_array("addr_info");
    let outcome = ADDRESSES.read(|message| {
        let body = message.as_bytes().get(HEADER_LEN..).unwrap_or(&[]);
        let Some(header) = IfAddr::from_bytes(body) else {
            let short = IfAddr::LEN.saturating_sub(body.len());
            context.out.io().error(format_args!("BUG: wrong nlmsg len -{short}"));
            return Ok(());
        };
        let slots = Slots::parse(body.get(IfAddr::LEN..).unwrap_or(&[]));
        context.out.open_object("");
        context.out.put("index", "if", header.index, ":");
        context.out.newline();
        print::address(&header, &slots, context);
        context.out.close_object();
        Ok(())
    });
    context.out.close_array();
    context.out.close_object();
    context.out.close_list();
    outcome
}
