//! What the flushing verbs have in common: how often they have gone round, and what they say of it.

use netmite_grammar::{Error, Result, Session};
use netmite_netlink::Message;
use netmite_netlink::errno;

/// Tells how many objects a round deletes, where `-s` asks for it.
pub(crate) fn tell_round(round: u32, count: usize, what: &str, session: &mut Session) {
    if session.context.options.statistics > 0 {
        session.context.out.text(&format!("\n*** Round {round}, deleting {count} {what} ***\n"));
    }
}

/// Tells, where `-s` asks for it, that nothing is left after so many rounds.
pub(crate) fn tell_end(round: u32, session: &mut Session) {
    if session.context.options.statistics > 0 {
        let text = match round {
            0 => "Nothing to flush.\n".to_owned(),
            1 => "*** Flush is complete after 1 round ***\n".to_owned(),
            _ => format!("*** Flush is complete after {round} rounds ***\n"),
        };
        session.context.out.text(&text);
    }
}

/// The refusal of a dump, in the words of a flush.
pub(crate) fn terminated(error: Error, status: u8) -> Error {
    match error.text().strip_suffix(b"Dump terminated") {
        Some(head) => Error::new(status, [head, b"Flush terminated"].concat()),
        None => error.with_status(status),
    }
}

/// Deletes objects by messages of type `kind`, all that the kernel lets go. `gone` is the error number for one that is gone
/// already: that was deleted with another.
///
/// # Errors
/// The first other refusal, exit status `status`.
pub(crate) fn delete(kind: u16, selected: &[Vec<u8>], gone: i32, status: u8, session: &mut Session) -> Result<()> {
    let mut first = None;
    for body in selected {
        match session.socket().request(&mut Message::new(kind, 0, body)) {
            Err(error) if error.errno() != Some(gone) => first = first.or(Some(error)),
            _ => (),
        }
    }
    let Some(error) = first else { return Ok(()) };
    let why = errno::text(error.errno().unwrap_or(0));
    let failed = Error::about(status, "Failed to send flush request: %", why.as_bytes());
    Err(match error.refusal() {
        Some(refusal) => match &refusal.message {
            Some(message) => failed.hint(String::from_utf8_lossy(message)),
            None if refusal.errno == errno::EPERM => failed.hint("this needs CAP_NET_ADMIN"),
            None => failed,
        },
        None => failed,
    })
}
