//! The kernel's refusals, told: the reference's line first, then the word at fault and what else is known.

use crate::error::Error;
use crate::words::Words;
use netmite_netlink::tree::Origins;
use netmite_netlink::{Bounds, Error as Failure, Refusal, errno};
use netmite_output::{Io, brief};

/// The error that a failed request is reported as; exit status 2, as with the reference. The word that set the refused
/// attribute is named, and a missing capability.
pub fn refused(failure: &Failure, origins: &Origins, words: &Words) -> Error {
    let mut error = Error::new(2, told(failure));
    let Some(refusal) = failure.refusal() else { return error };
    let word = refusal.offset.and_then(|offset| origins.at(offset)).and_then(|origin| words.nth(origin));
    if let Some(word) = word {
        error = error.hint_of(&["the kernel refused \"", &netmite_output::escaped(word), "\""]);
    }
    match refusal.bounds {
        Some(Bounds::Signed(least, most)) => error = error.hint(format!("it takes {least} to {most}")),
        Some(Bounds::Unsigned(least, most)) => error = error.hint(format!("it takes {least} to {most}")),
        Some(Bounds::Length(least, u32::MAX)) => error = error.hint(format!("it takes {least} bytes and more")),
        Some(Bounds::Length(least, most)) => error = error.hint(format!("it takes {least} to {most} bytes")),
        _ => (),
    }
    if refusal.errno == errno::EPERM {
        error = error.hint(brief!("this needs CAP_NET_ADMIN in the user namespace that owns the network namespace"));
    }
    error
}

/// The same of a request none of whose attributes a word is known for.
#[cold]
#[inline(never)]
pub fn refused_whole(failure: Failure) -> Error {
    refused(&failure, &Origins::default(), &Words::new(&[]))
}

/// What the reference says first of a request that failed.
pub fn told(failure: &Failure) -> Vec<u8> {
    failure.refusal().map_or_else(|| failure.to_string().into_bytes(), first_line)
}

const EOPNOTSUPP: i32 = 95;

/// What the reference says first of a refusal: its line, and above it another where the request lacked an attribute.
fn first_line(refusal: &Refusal) -> Vec<u8> {
    let missing = refusal.missing.map(|kind| format!("Missing required attribute type {kind}\n")).unwrap_or_default();
    match refusal.message.as_deref() {
        Some(message) => {
            let stop: &[u8] = if message.ends_with(b".") { b"" } else { b"." };
            [missing.as_bytes(), b"Error: ", message, stop].concat()
        }
        None => [missing.as_bytes(), b"RTNETLINK answers: ", errno::text(refusal.errno).as_bytes()].concat(),
    }
}

/// The error that a dump ended with.
pub(crate) fn dump_refused(failure: &Failure) -> Error {
    match failure.refusal() {
        // The reference says no more of a dump that had begun.
        Some(refusal)
            if refusal.dump && refusal.message.is_none() && matches!(refusal.errno, errno::ENOENT | EOPNOTSUPP) =>
        {
            Error::new(1, "Dump terminated").hint(errno::text(refusal.errno))
        }
        Some(refusal) => Error::of(1, &[&first_line(refusal)[..], b"\nDump terminated"]),
        None => Error::new(1, failure.to_string()),
    }
}

/// Writes a warning that came beside an acknowledgement.
pub fn warn(warning: Option<&Refusal>, io: &mut Io) {
    if let Some(message) = warning.and_then(|warning| warning.message.as_deref()) {
        let stop: &[u8] = if message.ends_with(b".") { b"" } else { b"." };
        io.error_bytes(&[b"Warning: ", message, stop].concat());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_that_the_request_lacked_is_told_first() {
        let mut refusal = Refusal::default();
        (refusal.errno, refusal.missing) = (22, Some(5));
        assert_eq!(first_line(&refusal), b"Missing required attribute type 5\nRTNETLINK answers: Invalid argument");
        refusal.message = Some(Box::from(&b"Missing remote"[..]));
        assert_eq!(first_line(&refusal), b"Missing required attribute type 5\nError: Missing remote.");
        refusal.missing = None;
        assert_eq!(first_line(&refusal), b"Error: Missing remote.");
    }
}
