//! `ip rule show`, `flush` and `save`: a dump, of which each rule is printed, deleted or written as it is.

use super::filter::Filter;
use super::{Families, MAGIC, print};
use netmite_grammar::{Context, Error, Lines, Result, Session, Words, refused_whole};
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::RuleHeader;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, MessageView};
use netmite_output::{Form, brief};

/// What rules' lines differ in.
const VALUES: &[(u16, Form)] = &[(FRA_PRIORITY, Form::Number), (FRA_SRC, Form::Ip), (FRA_DST, Form::Ip)];

pub(super) fn show(words: &mut Words, session: &mut Session, families: Families) -> Result<()> {
    let mut lines = Lines::new(RTM_NEWRULE, RuleHeader::LEN, VALUES, words.is_empty());
    let filter = Filter::parse(words, families.words, &mut session.context)?;
    let outcome = session.list(&mut request(families), None, &mut |view, context| {
        lines.print(view, context, &mut |context| {
            rule(view, &mut |header, slots| {
                if filter.passes(header, slots) {
                    print(view, slots, context);
                }
            });
        });
    });
    outcome.map_err(|error| error.with_status(255))
}

/// Deletes the rules that a filter selects, but not the first one, which has no preference and leads to the local table.
pub(super) fn flush(words: &mut Words, session: &mut Session, families: Families) -> Result<()> {
    let filter = Filter::parse(words, families.words, &mut session.context)?;
    let mut selected = Vec::new();
    session.context.out.open_array("");
    each(families, session, |view, header, slots, _| {
        if filter.passes(header, slots) && filter.owns(slots) && slots.has(FRA_PRIORITY) {
            selected.push(view.body.to_vec());
        }
    })?;
    for body in selected {
        let outcome = session.socket().request(&mut Message::new(RTM_DELRULE, 0, &body));
        outcome.map_err(|error| {
            let error = refused_whole(error);
            Error::new(255, [error.text(), b"\nDump terminated"].concat())
        })?;
    }
    session.context.out.close_list();
    Ok(())
}

/// Writes all rules as the kernel tells them.
pub(super) fn save(words: &mut Words, session: &mut Session, families: Families) -> Result<()> {
    if !words.is_empty() {
        return Err(Error::new(1, brief!("\"ip rule save\" does not take any arguments.")));
    }
    crate::saved::begin(MAGIC, &mut session.context)?;
    each(families, session, |view, _, _, context| crate::saved::put(view, context))?;
    Ok(())
}

fn each<'io>(
    families: Families,
    session: &mut Session<'io>,
    mut then: impl FnMut(&MessageView, &RuleHeader, &Slots, &mut Context<'io>),
) -> Result<()> {
    let outcome = session.dump(&mut request(families), |view, context| {
        rule(view, &mut |header, slots| then(view, header, slots, context));
    });
    outcome.map_err(|error| error.with_status(255))
}

/// Hands the rule that a message tells of to `then`.
fn rule(view: &MessageView, then: &mut dyn FnMut(&RuleHeader, &Slots)) {
    if let Some(header) = RuleHeader::of(view).filter(|_| view.kind == RTM_NEWRULE) {
        then(&header, &view.slots(RuleHeader::LEN));
    }
}

fn request(families: Families) -> Message {
    Message::new(RTM_GETRULE, 0, &RuleHeader { family: families.kernel, ..RuleHeader::default() }.to_bytes())
}
