//! Requests of a batch that wait to be sent together.
//!
//! `-force` goes on behind a line that fails, so its requests may go to the kernel many at a time: it works on them in order, and
//! answers those that it refuses with their sequence numbers, which lead back to the lines. What reads, or acts by other
//! means than a request that may wait, comes behind [`Session::settle`]. A line that was refused is read again, with the
//! kernel's answer at hand in place of the kernel: so the command tells all that it knows of the refusal, and the lines that
//! are not refused need nothing kept but their text.

use crate::batch::text::read_words;
use crate::error::{Error, Result};
use crate::report;
use crate::session::Session;
use crate::tool::Tool;
use crate::words::Words;
use netmite_netlink::tree::Origins;
use netmite_netlink::uapi::*;
use netmite_netlink::{Error as Failure, Refusal, Socket};

/// The receive buffer that is asked for, in bytes.
const ROOM: usize = 1 << 20;
/// What a refusal takes of it at most, as the kernel counts.
const REFUSAL: usize = 1024;
/// The most requests that wait. More than these save nothing that can be measured.
const MOST: usize = 250;

/// How the requests of a session are answered.
pub(crate) enum Answers {
    /// Each is acknowledged, and waited for.
    Awaited,
    /// Only refusals are answered: the lines of a batch. A warning beside a success is not told.
    Refusals,
    /// They wait, and are answered as above.
    Later(Box<Waiting>),
    /// This is the answer, until it is taken: a line is read again.
    Known(Option<Box<Refusal>>),
    /// They are made, and not sent.
    Tried,
}

/// What waits.
pub(crate) struct Waiting {
    requests: Vec<u8>,
    lines: Vec<Line>,
    /// The lines themselves, and behind them the one that is being read.
    text: Vec<u8>,
    /// The sequence number of the first request; those of the others follow.
    first: u32,
    most: usize,
    /// The batch file, for complaints.
    file: Vec<u8>,
    tool: &'static Tool,
    /// The family that was asked for, from which each line starts.
    family: u8,
    /// The number of the line that is being read.
    number: u64,
    /// Whether one was refused.
    pub(crate) failed: bool,
}

struct Line {
    number: u64,
    /// Where its text ends.
    end: usize,
}

/// Whether a request of this type changes nothing that a later line may need to have been changed: no interface, whose
/// name a later line looks up.
pub(crate) const fn may_wait(kind: u16) -> bool {
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
    let mut line = [b"Command failed ", file, b":"].concat();
    netmite_output::decimal(&mut line, number);
    line
}

impl Waiting {
    /// None yet, of a batch in `file`. The answers to as many as may wait fit the socket's receive buffer.
    #[inline(never)]
    pub(crate) fn new(file: &[u8], tool: &'static Tool, family: u8, socket: &Socket) -> Self {
        let most = (socket.make_room(ROOM) / REFUSAL).clamp(1, MOST);
        Waiting {
            requests: Vec::with_capacity(most * 64),
            lines: Vec::with_capacity(most),
            text: Vec::with_capacity(most * 64),
            first: 0,
            most,
            file: file.to_vec(),
            tool,
            family,
            number: 0,
            failed: false,
        }
    }

    /// Where the text of the lines that wait ends.
    fn end(&self) -> usize {
        self.lines.last().map_or(0, |line| line.end)
    }

    /// A line is read.
    pub(crate) fn begin_line(&mut self, number: u64, line: &[u8]) {
        self.number = number;
        self.text.truncate(self.end());
        self.text.extend_from_slice(line);
    }

    /// Adds a request of the line that is being read; whether there are as many now as may wait.
    fn push(&mut self, request: &[u8], sequence: u32) -> bool {
        if self.lines.is_empty() {
            self.first = sequence;
        }
        self.requests.extend_from_slice(request);
        self.lines.push(Line { number: self.number, end: self.text.len() });
        self.lines.len() >= self.most
    }

    /// The number of the line whose request has that sequence number, and its text.
    fn line(&self, sequence: u32) -> Option<(u64, &[u8])> {
        let at = sequence.wrapping_sub(self.first) as usize;
        let line = self.lines.get(at)?;
        let start = at.checked_sub(1).and_then(|at| self.lines.get(at)).map_or(0, |line| line.end);
        Some((line.number, self.text.get(start..line.end)?))
    }

    /// Forgets all but the line that is being read.
    fn clear(&mut self) {
        self.text.drain(..self.end());
        self.requests.clear();
        self.lines.clear();
    }
}

impl Session<'_> {
    /// Sends the request that was made last, now or with others; its refusal, if that is known by now.
    pub(crate) fn send(&mut self, sequence: u32) -> std::result::Result<Option<Box<Refusal>>, Failure> {
        if let Answers::Later(waiting) = &mut self.answers {
            if waiting.push(&self.request, sequence) {
                self.settle();
            }
            return Ok(None);
        }
        let mut refusal = None;
        self.socket.exchange(&self.request, |_, answer| refusal = Some(Box::new(answer)))?;
        Ok(refusal)
    }

    /// Sends what waits, and complains of what is refused, in the order of the lines: for whoever acts by other means than
    /// this session.
    pub fn settle(&mut self) {
        // A line that does more than to make a request.
        self.made = u8::MAX;
        if matches!(&self.answers, Answers::Later(waiting) if !waiting.lines.is_empty()) {
            self.exchange();
        }
    }

    fn exchange(&mut self) {
        let Answers::Later(mut waiting) = std::mem::replace(&mut self.answers, Answers::Awaited) else { return };
        let mut refused = Vec::new();
        let outcome = self.socket.exchange(&waiting.requests, |sequence, refusal| refused.push((sequence, refusal)));
        for (sequence, refusal) in refused {
            let Some((number, line)) = waiting.line(sequence) else { continue };
            let outcome = self.told(Box::new(refusal), line, waiting.tool, waiting.family);
            if let Err(error) = outcome {
                error.report(self.context.out.io());
                self.context.out.io().error_bytes(&failed_line(&waiting.file, number));
                waiting.failed = true;
            }
        }
        if let Err(error) = outcome {
            Error::from(error).report(self.context.out.io());
            waiting.failed = true;
        }
        waiting.clear();
        self.answers = Answers::Later(waiting);
    }

    /// What comes of a line whose request was refused, by running it again.
    pub(crate) fn told(&mut self, refusal: Box<Refusal>, line: &[u8], tool: &Tool, family: u8) -> Result<()> {
        let mut words = Vec::new();
        let _ = read_words(line, true, &mut words);
        let (outcome, answers) = self.again(&words, Answers::Known(Some(refusal)), tool, family);
        match (outcome, answers) {
            // A command that asks for nothing this time does not change what the kernel said.
            (Ok(()), Answers::Known(Some(refusal))) => {
                Err(report::refused(&Failure::Refused(refusal), &Origins::default(), &Words::new(&words)))
            }
            (outcome, _) => outcome,
        }
    }

    /// The request that a line makes, if that is all that it does.
    pub(crate) fn tried(&mut self, line: &[u8], tool: &Tool, family: u8) -> Option<Vec<u8>> {
        let mut words = Vec::new();
        read_words(line, true, &mut words).ok()?;
        self.made = 0;
        let (outcome, _) = self.again(&words, Answers::Tried, tool, family);
        (outcome.is_ok() && self.made == 1).then(|| self.request.clone())
    }

    /// Runs a line again with these answers at hand, and without its warnings; what became of both.
    fn again(&mut self, words: &[&[u8]], answers: Answers, tool: &Tool, family: u8) -> (Result<()>, Answers) {
        let own = std::mem::replace(&mut self.context.options.family, family);
        let waiting = std::mem::replace(&mut self.answers, answers);
        self.context.again = true;
        let outcome = tool.object(&mut Words::new(words), self);
        self.context.again = false;
        self.context.options.family = own;
        (outcome, std::mem::replace(&mut self.answers, waiting))
    }
}
