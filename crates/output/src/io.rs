//! A tool's standard output and standard error.
//!
//! Output is collected in one buffer and written when that is full and at the end. A write that fails is remembered and
//! makes the tool's exit status 1, but for a broken pipe, which is the reader's own choice and stays silent.

use nix::errno::Errno;
use nix::unistd::write;
use std::fs::File;
use std::io::{Error, ErrorKind, IsTerminal, Write};

/// How many bytes are collected before they are written. Twice as many take as long, and more memory.
const FULL: usize = 32 * 1024;

/// Room for what is written before it is seen that the buffer is full, in bytes: a line, mostly.
const ROOM: usize = 4096;

/// Where a tool writes.
pub struct Io {
    buffer: Vec<u8>,
    /// Standard output, past std's handle, which looks for the ends of lines; nothing where a test looks at what is written.
    output: Option<File>,
    failed: Option<Error>,
    errors: Vec<u8>,
    /// How often something went to standard error.
    complaints: usize,
}

impl Io {
    /// Writes nowhere: [`Io::captured`] tells what was written.
    pub fn memory() -> Self {
        Io { buffer: Vec::new(), output: None, failed: None, errors: Vec::new(), complaints: 0 }
    }

    /// Runs a tool with the process's streams, of which `output` is standard output; what `main` calls. The result is the exit
    /// status: the tool's, or 1 where its output could not be written, which is told in the words that `why` has for it.
    pub fn run(output: File, why: fn(&Error) -> &'static str, tool: impl FnOnce(&mut Io) -> u8) -> u8 {
        let mut io = Io::memory();
        // At once what it will have at most: what is not written to is not touched, and a buffer that grows is copied.
        io.buffer.reserve_exact(FULL + ROOM);
        io.output = Some(output);
        let status = tool(&mut io);
        io.flush();
        let failed = io.failed.take();
        if let Some(error) = failed.as_ref().filter(|error| error.kind() != ErrorKind::BrokenPipe) {
            io.error_bytes(["Cannot write to standard output: ", why(error)].concat().as_bytes());
        }
        // The process ends, and with it all that this holds.
        std::mem::forget(io);
        if failed.is_some() { status.max(1) } else { status }
    }

    /// What was written to standard output and standard error of [`Io::memory`].
    pub fn captured(self) -> (Vec<u8>, Vec<u8>) {
        (self.buffer, self.errors)
    }

    /// Appends to standard output.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        self.drain();
    }

    /// The buffer of standard output, for those who format into it; [`Io::drain`] must be called now and then.
    #[inline]
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Writes the buffer out if it is full.
    #[inline]
    pub fn drain(&mut self) {
        if self.buffer.len() >= FULL && self.output.is_some() {
            self.flush();
        }
    }

    /// Writes out what was collected: at the end, before a child process starts, after each event of a monitor.
    pub fn flush(&mut self) {
        if let Some(output) = &mut self.output {
            if self.failed.is_none() && !self.buffer.is_empty() {
                self.failed = output.write_all(&self.buffer).err();
            }
            self.buffer.clear();
        }
    }

    /// Appends text to standard output.
    pub fn print(&mut self, text: std::fmt::Arguments) {
        self.write(text.to_string().as_bytes());
    }

    /// Writes a line to standard error, behind what went to standard output before it.
    pub fn error(&mut self, line: impl std::fmt::Display) {
        self.error_bytes(line.to_string().as_bytes());
    }

    /// Writes bytes and a newline to standard error. Control characters are escaped when a terminal shows them.
    pub fn error_bytes(&mut self, line: &[u8]) {
        self.complaints = self.complaints.wrapping_add(1);
        self.flush();
        match self.output {
            Some(_) => complain(line),
            None => self.errors.extend_from_slice(&[line, b"\n"].concat()),
        }
    }

    /// How often something was written to standard error.
    pub fn complaints(&self) -> usize {
        self.complaints
    }

    /// Whether standard output is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.output.as_ref().is_some_and(File::is_terminal)
    }

    /// Whether a write to standard output has failed: no use in going on.
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }
}

/// Writes a line to standard error at once. Control characters are escaped when a terminal shows them.
pub fn complain(line: &[u8]) {
    let mut text = Vec::with_capacity(line.len() + 1);
    match std::io::stderr().is_terminal() {
        true => crate::value::escape_controls(&mut text, line),
        false => text.extend_from_slice(line),
    }
    text.push(b'\n');
    // Not by std's handle: its lock is for threads, of which there are none. Nowhere is left to report to if this fails.
    let mut rest = &*text;
    loop {
        match write(std::io::stderr(), rest) {
            Ok(written) if 0 < written && written < rest.len() => rest = rest.get(written..).unwrap_or(&[]),
            Err(Errno::EINTR) => (),
            _ => return,
        }
    }
}
