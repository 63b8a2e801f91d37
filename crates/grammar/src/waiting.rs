//! Requests of a batch that wait to be sent together.
//!
//! `-force` goes on behind a line that fails, so its requests may go to the kernel many at a time: it works on them in order, and
//! answers those that it refuses with their sequence numbers, which lead back to the lines. What reads, or acts by other
//! means than a request that may wait, comes behind [`Session::settle`](crate::Session::settle). What a command adds to the
//! kernel's sentence of its own is not known any more then.

use crate::error::Error;
use crate::report;
use crate::words::Words;
use netmite_netlink::tree::Origins;
use netmite_netlink::uapi::*;
use netmite_netlink::{Error as Failure, Message, Socket};
use netmite_output::Io;

/// The receive buffer that is asked for, in bytes.
const ROOM: usize = 1 << 20;
/// What a refusal takes of it at most, as the kernel counts.
const REFUSAL: usize = 1024;
/// The most requests that wait.
const MOST: usize = 1000;

/// How the requests of a session are answered.
pub(crate) enum Answers {
    /// Each is acknowledged, and waited for.
    Awaited,
    /// Only refusals are answered: the lines of a batch. A warning beside a success is not told.
    Refusals,
    /// They wait, and are answered as above.
    Later(Waiting),
}

/// What waits.
pub(crate) struct Waiting {
    requests: Vec<u8>,
    lines: Vec<Line>,
    /// The words of the lines, a NUL behind each.
    words: Vec<u8>,
    most: usize,
    /// The batch file, for complaints.
    file: Vec<u8>,
    /// The number of the line that is being read.
    pub(crate) number: u64,
    /// Whether one was refused.
    pub(crate) failed: bool,
}

struct Line {
    sequence: u32,
    number: u64,
    origins: Origins,
    /// Where its words begin.
    words: usize,
}

/// Whether a request of this type changes nothing that a later line may need to have been changed: no interface, whose
/// name a later line looks up.
pub(crate) fn may_wait(kind: u16) -> bool {
    matches!(
        kind,
        RTM_NEWADDR
            | RTM_DELADDR
            | RTM_NEWROUTE
            | RTM_DELROUTE
            | RTM_NEWNEIGH
            | RTM_DELNEIGH
            | RTM_NEWRULE
            | RTM_DELRULE
    )
}

/// What follows the complaint about a line of a batch.
pub(crate) fn failed_line(file: &[u8], number: u64) -> Vec<u8> {
    [b"Command failed ", file, format!(":{number}").as_bytes()].concat()
}

impl Waiting {
    /// None yet, of a batch in `file`. The answers to as many as may wait fit the socket's receive buffer.
    pub(crate) fn new(file: &[u8], socket: &Socket) -> Self {
        let most = (socket.make_room(ROOM) / REFUSAL).clamp(1, MOST);
        let file = file.to_vec();
        Waiting { requests: Vec::new(), lines: Vec::new(), words: Vec::new(), most, file, number: 0, failed: false }
    }

    /// Adds a request; whether there are as many now as may wait.
    pub(crate) fn push(&mut self, message: &mut Message, sequence: u32, origins: Origins, words: &Words) -> bool {
        message.add_flags(NLM_F_REQUEST);
        self.requests.extend_from_slice(message.finish(sequence));
        self.lines.push(Line { sequence, number: self.number, origins, words: self.words.len() });
        for word in words.all() {
            self.words.extend_from_slice(word);
            self.words.push(0);
        }
        self.lines.len() >= self.most
    }

    /// Sends what waits, and complains of what is refused, in the order of the lines.
    pub(crate) fn settle(&mut self, socket: &mut Socket, io: &mut Io) {
        if self.lines.is_empty() {
            return;
        }
        let mut refused = Vec::new();
        let outcome = socket.exchange(&self.requests, |sequence, refusal| refused.push((sequence, refusal)));
        for (sequence, refusal) in refused {
            let Some(line) = self.lines.iter().find(|line| line.sequence == sequence) else { continue };
            let words = self.words.get(line.words..).unwrap_or(&[]);
            let words: Vec<&[u8]> = words.split(|byte| *byte == 0).collect();
            report::refused(&Failure::Refused(Box::new(refusal)), &line.origins, &Words::new(&words)).report(io);
            io.error_bytes(&failed_line(&self.file, line.number));
            self.failed = true;
        }
        if let Err(error) = outcome {
            Error::new(1, error.to_string()).report(io);
            self.failed = true;
        }
        self.requests.clear();
        self.lines.clear();
        self.words.clear();
    }
}
