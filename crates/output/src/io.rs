//! A tool's standard output and standard error.
//!
//! Output is collected in one buffer and written when that is full and at the end. A write that fails is remembered and
//! makes the tool's exit status 1, but for a broken pipe, which is the reader's own choice and stays silent.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;

/// How many bytes are collected before they are written. Twice as many take as long, and more memory.
const FULL: usize = 32 * 1024;

/// Room for what is written before it is seen that the buffer is full, in bytes: a line, mostly.
const ROOM: usize = 4096;

/// Where a tool writes.
pub struct Io {
    buffer: Vec<u8>,
    sink: Sink,
    failed: Option<std::io::Error>,
    errors: Vec<u8>,
    /// How often something went to standard error.
    complaints: usize,
    /// Standard output once more, for what is long.
    direct: Option<File>,
}

enum Sink {
    /// The process's own descriptors 1 and 2.
    Process,
    /// Kept for a test to look at.
    Memory,
}

impl Io {
    /// The process's standard output and standard error.
    pub fn process() -> Self {
        // At once what it will have at most: what is not written to is not touched, and a buffer that grows is copied.
        Io {
            buffer: Vec::with_capacity(FULL + ROOM),
            sink: Sink::Process,
            failed: None,
            errors: Vec::new(),
            complaints: 0,
            direct: None,
        }
    }

    /// Writes nowhere: [`Io::captured`] tells what was written.
    pub fn memory() -> Self {
        Io { buffer: Vec::new(), sink: Sink::Memory, failed: None, errors: Vec::new(), complaints: 0, direct: None }
    }

    /// Runs a tool with the process's streams; what `main` calls. The result is the exit status: the tool's, or 1
    /// where its output could not be written.
    pub fn run(tool: impl FnOnce(&mut Io) -> u8) -> u8 {
        let mut io = Io::process();
        let status = tool(&mut io);
        io.flush();
        match io.failed.take() {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                io.error(format_args!("Cannot write to standard output: {error}"));
                status.max(1)
            }
            Some(_) => status.max(1),
            None => status,
        }
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
        if self.buffer.len() >= FULL && matches!(self.sink, Sink::Process) {
            self.flush();
        }
    }

    /// Writes out what was collected: at the end, before a child process starts, after each event of a monitor.
    pub fn flush(&mut self) {
        if let Sink::Process = self.sink {
            if self.failed.is_none() && !self.buffer.is_empty() {
                self.failed = self.write_out().err();
            }
            self.buffer.clear();
        }
    }

    /// A full buffer goes past std's handle, which looks in it for the end of a line; JSON has none.
    fn write_out(&mut self) -> std::io::Result<()> {
        if self.buffer.len() >= FULL && self.direct.is_none() {
            self.direct = std::io::stdout().as_fd().try_clone_to_owned().ok().map(File::from);
        }
        match &mut self.direct {
            Some(file) => file.write_all(&self.buffer),
            None => write_all(&self.buffer),
        }
    }

    /// Writes a line to standard error, behind what went to standard output before it.
    pub fn error(&mut self, line: impl std::fmt::Display) {
        self.error_bytes(line.to_string().as_bytes());
    }

    /// Writes bytes and a newline to standard error. Control characters are escaped when a terminal shows them.
    pub fn error_bytes(&mut self, line: &[u8]) {
        self.complaints = self.complaints.wrapping_add(1);
        self.flush();
        match self.sink {
            Sink::Memory => {
                self.errors.extend_from_slice(line);
                self.errors.push(b'\n');
            }
            Sink::Process => {
                let mut text = Vec::with_capacity(line.len() + 1);
                match std::io::stderr().is_terminal() {
                    true => crate::value::escape_controls(&mut text, line),
                    false => text.extend_from_slice(line),
                }
                text.push(b'\n');
                // Nowhere is left to report to if this fails.
                let _ = std::io::stderr().write_all(&text);
            }
        }
    }

    /// How often something was written to standard error.
    pub fn complaints(&self) -> usize {
        self.complaints
    }

    /// Whether standard output is a terminal.
    pub fn is_terminal(&self) -> bool {
        matches!(self.sink, Sink::Process) && std::io::stdout().is_terminal()
    }

    /// Whether a write to standard output has failed: no use in going on.
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }
}

/// Hands everything to the kernel. std's handle is a line buffer: one that gets more than it holds writes it through.
fn write_all(bytes: &[u8]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}
