//! Commands from a file: `-batch FILE`.
//!
//! A line that fails ends the batch, except with `-force`; either way the exit status is 1. How a file becomes lines and words
//! is in [`text`]. A line costs no memory of its own: its words are slices of what was read, its request is made in buffers that
//! serve again.

pub(crate) mod alike;
pub(crate) mod text;
mod value;

use crate::batch::alike::SEQUENCE;
use crate::tool::Tool;
use crate::waiting::failed_line;
use crate::{Error, Result, Session, Words};
use netmite_netlink::sys::file as input;
use std::fs::File;
use text::{Line, Text, join, read_words};

/// Runs the commands in `file`; `-` is standard input.
///
/// # Errors
/// That the file can't be read, that a line is no words, or that one failed, which was told; exit status 1.
pub(crate) fn run_batch(file: &[u8], tool: &'static Tool, session: &mut Session) -> Result<()> {
    let text = Text::new(open(file)?);
    session.begin_batch(file, tool);
    let outcome = run_lines(text, file, tool, session);
    let failed = session.end_batch();
    outcome.and(if failed { Err(Error::told(1)) } else { Ok(()) })
}

#[inline(never)]
fn run_lines(mut text: Text, file: &[u8], tool: &Tool, session: &mut Session) -> Result<()> {
    let (mut number, mut end) = (0, Ok(()));
    let family = session.context.options.family;
    loop {
        let (unread, ended) = text.unread();
        let (mut rest, mut words) = (unread, Vec::with_capacity(32));
        while !rest.is_empty() {
            if let Some((len, sent)) = session.run_alike(rest, number + 1, tool, family) {
                rest = rest.get(len..).unwrap_or(&[]);
                number += 1;
                if let Err(error) = sent {
                    return Err(failed(&error, file, number, session));
                }
                continue;
            }
            words.clear();
            let (mut joined, mut pieces) = (Vec::new(), Vec::new());
            let (line, words, len, lines) = match read_words(rest, ended, &mut words)? {
                Line::Whole(len) => (rest.get(..len).unwrap_or(rest), &words, len, 1),
                Line::Continued => {
                    let Some((len, lines)) = join(rest, ended, &mut joined) else {
                        if ended {
                            session.settle();
                            session.context.out.io().error("Missing continuation line");
                        }
                        break;
                    };
                    read_words(&joined, true, &mut pieces)?;
                    (&joined[..], &pieces, len, lines)
                }
                Line::Open => break,
            };
            rest = rest.get(len..).unwrap_or(&[]);
            number += lines;
            let Some(first) = words.first() else { continue };
            session.context.options.family = family;
            session.begin_line(number, line);
            let told = session.context.out.io().complaints();
            let object = tool.find(first);
            if object.is_none_or(|object| object.0.tag != Tool::WAITS) {
                session.settle();
                session.forget_names();
            }
            let mut words = Words::new(words);
            words.take();
            let outcome = tool.command(object, first, &mut words, session);
            if let Err(error) = outcome {
                end = Err(failed(&error, file, number, session));
                if !session.context.options.force {
                    return end;
                }
            } else if session.made == 1 && session.patterns.wants() && session.context.out.io().complaints() == told {
                session.keep_pattern(line, tool, family);
            }
        }
        if ended {
            return end;
        }
        let read = unread.len() - rest.len();
        // Whoever writes line by line and looks at what came of it must not be kept waiting.
        session.settle();
        text.fill(read)?;
    }
}

impl Session<'_> {
    /// Runs the first line of `text` if it is one like those before it: its length, and what became of it.
    fn run_alike(&mut self, text: &[u8], number: u64, tool: &Tool, family: u8) -> Option<(usize, Result<()>)> {
        let len = self.patterns.fill(text, &mut self.request)?;
        let (line, sequence) = (text.get(..len)?, self.socket.next_sequence());
        self.request.get_mut(SEQUENCE)?.copy_from_slice(&sequence.to_ne_bytes());
        self.begin_line(number, line);
        let sent = match self.send(sequence) {
            Ok(None) => Ok(()),
            Ok(Some(refusal)) => self.told(refusal, line, tool, family),
            Err(failure) => Err(failure.into()),
        };
        Some((len, sent))
    }

    /// Keeps the request that `line` made, if only addresses differ in those of lines like it.
    #[cold]
    fn keep_pattern(&mut self, line: &[u8], tool: &Tool, family: u8) {
        let own = self.request.clone();
        let mut patterns = std::mem::take(&mut self.patterns);
        patterns.keep(line, &own, &mut |line| self.tried(line, tool, family));
        self.patterns = patterns;
    }
}

/// Complains of a line. What is left is the exit status.
#[cold]
fn failed(error: &Error, file: &[u8], number: u64, session: &mut Session) -> Error {
    session.settle();
    let io = session.context.out.io();
    error.report(io);
    io.error_bytes(&failed_line(file, number));
    Error::told(1)
}

fn open(file: &[u8]) -> Result<File> {
    let opened = if file == b"-" { input::standard_input_file() } else { input::open(file) };
    opened.map_err(|error| {
        let why = netmite_netlink::errno::why(&error);
        Error::of(1, &[b"Cannot open file \"", file, b"\" for reading: ", why.as_bytes()])
    })
}
