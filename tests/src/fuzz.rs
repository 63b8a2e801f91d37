//! Input that nobody meant: replies with bytes changed, and words put together by chance.
//!
//! Numbers come from a fixed seed, so a failure repeats. A program that waits for a reply whose end was changed is no
//! failure; one that panics, is killed by a signal, or takes too long is.

use crate::cases::Command;
use crate::kernel::Kernel;
use crate::tracer::{Outcome, Program, Redirect, Socket, World, run};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::time::Duration;

/// Numbers by chance (xorshift64*).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// A row of numbers that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`; 0 if that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((self.number() >> 33) as usize).checked_rem(end).unwrap_or(0)
    }

    /// One of `items`.
    pub fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> Option<&'a T> {
        items.get(self.below(items.len())).copied()
    }
}

/// A kernel some of whose replies are damaged.
pub struct Damaging {
    kernel: Kernel,
    chance: Chance,
}

impl Damaging {
    /// Replies of `kernel`, damaged as `chance` has it.
    pub fn new(kernel: Kernel, chance: Chance) -> Self {
        Damaging { kernel, chance }
    }
}

impl World for Damaging {
    fn send(&mut self, socket: &mut Socket, datagram: &[u8], label: &dyn Fn(i32) -> Option<String>) {
        let before = socket.queue.len();
        self.kernel.send(socket, datagram, label);
        for reply in socket.queue.iter_mut().skip(before) {
            for _ in 0..self.chance.below(6) {
                damage(&mut reply.bytes, &mut self.chance);
            }
        }
    }

    fn name_of(&self, index: u32) -> Option<Vec<u8>> {
        self.kernel.name_of(index)
    }

    fn index_of(&self, name: &[u8]) -> Option<u32> {
        self.kernel.index_of(name)
    }

    fn flags_of(&self, name: &[u8]) -> Option<u32> {
        self.kernel.flags_of(name)
    }

    fn redirect(&self, path: &[u8]) -> Option<Redirect> {
        self.kernel.redirect(path)
    }
}

/// Changes, drops or repeats some bytes behind the first message's netlink header, and now and then in it.
pub fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let from = if chance.below(20) == 0 { 0 } else { 16.min(bytes.len()) };
    let at = from + chance.below(bytes.len().saturating_sub(from));
    match chance.below(8) {
        0..=3 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = [0, 1, 0xff, 0x80, 3, 4, 5, chance.number() as u8][chance.below(8)];
            }
        }
        // Lengths and numbers of attributes stand at multiples of four.
        4 | 5 => {
            if let Some(word) = bytes.get_mut(at & !3..(at & !3) + 2) {
                let value = [0u16, 1, 3, 4, 5, 8, 0xffff, chance.below(64) as u16][chance.below(8)];
                word.copy_from_slice(&value.to_ne_bytes());
            }
        }
        6 => bytes.truncate(at),
        _ => {
            let part =
                bytes.get(at..).map(|rest| rest[..rest.len().min(chance.below(40))].to_vec()).unwrap_or_default();
            let at = at.min(bytes.len());
            bytes.splice(at..at, part);
        }
    }
}

/// A command line of a tool, from the words that command lines hold and some that none does.
pub fn command(tool: &str, words: &[&str], chance: &mut Chance) -> Command {
    let mut line = vec![OsString::from(tool)];
    for _ in 0..chance.below(12) + 1 {
        let word = match chance.below(12) {
            0 => (0..chance.below(9)).map(|_| chance.number() as u8).filter(|byte| *byte != 0).collect(),
            1 => ["", "-1", "4294967296", "18446744073709551616", "\u{e9}", "0x", "1e9", ".", "/", "%s%n"]
                [chance.below(10)]
            .into(),
            2 => vec![b'a'; chance.below(600)],
            3 => {
                let word = chance.pick(words).unwrap_or("x");
                word.as_bytes()[..chance.below(word.len() + 1)].to_vec()
            }
            _ => chance.pick(words).unwrap_or("x").as_bytes().to_vec(),
        };
        line.push(OsString::from_vec(word));
    }
    Command(line)
}

/// Whether a program failed as none may, whatever its input is.
pub fn failure(outcome: &Outcome) -> Option<String> {
    let signal = outcome.hung.is_none() && outcome.status > 128 && outcome.status != 255;
    let late = outcome.hung.is_some_and(|why| why.contains("time"));
    let panicked = outcome.status == 101 || outcome.stderr.windows(11).any(|text| text == b"panicked at");
    (signal || late || panicked).then(|| {
        let stderr = String::from_utf8_lossy(&outcome.stderr).chars().take(600).collect::<String>();
        format!("exit {}, {:?}: {stderr}", outcome.status, outcome.hung)
    })
}

/// Runs a command with the tools of `directory` in `world`.
///
/// # Errors
/// Those of starting and tracing the program.
pub fn attempt(directory: &Path, command: &Command, world: &mut dyn World) -> std::io::Result<Outcome> {
    let (tool, words) = command.0.split_first().ok_or_else(|| std::io::Error::other("an empty command"))?;
    run(
        &Program { path: directory.join(tool), words: words.to_vec(), limit: Duration::from_secs(20), witness: None },
        world,
    )
}
