//! `ping`: whether a host answers, in busybox's words.
//!
//! Requests go out at an interval, replies are matched to them by sequence number and data, and a reply that was not
//! asked for is not counted. It ends when all are answered, at the deadline, or at Ctrl-C with what there is by then.

use crate::host::{self, Family, Host};
use crate::icmp::{Echo, Reply};
use crate::interrupt::{Interrupt, Woken};
use crate::ping_options::{Options, USAGE, Wrong};
use netmite_netlink::sys;
use netmite_output::Io;
use nix::errno::Errno;
use nix::net::if_::if_nametoindex;
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How many requests are remembered: a reply to an older one is not known for one.
const REMEMBERED: usize = 1 << 15;
/// Where the data of a request hold its time.
const STAMP: usize = 4;

/// Runs `ping` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    // Privileges that the caller lacks are not for him to use: a datagram socket needs none.
    if sys::at_secure() && sys::drop_privileges().is_err() {
        return fail(io, "cannot drop privileges");
    }
    let options = match Options::read(arguments.get(1..).unwrap_or_default()) {
        Ok(options) => options,
        Err(Wrong::Value(text)) => return fail(io, &text),
        Err(Wrong::Usage(text)) => {
            if let Some(text) = text {
                fail(io, &text);
            }
            io.error(USAGE);
            return 1;
        }
    };
    ping(&options, io).unwrap_or_else(|text| fail(io, &text))
}

fn fail(io: &mut Io, text: &str) -> u8 {
    let (first, hint) = text.split_once('\n').map_or((text, None), |(first, hint)| (first, Some(hint)));
    io.error_bytes(format!("ping: {first}").as_bytes());
    if let Some(hint) = hint {
        io.error(hint);
    }
    1
}

fn failed(what: &'static str) -> impl Fn(Errno) -> String {
    move |errno| format!("{what}: {}", netmite_netlink::errno::text(errno as i32))
}

fn ping(options: &Options, io: &mut Io) -> Result<u8, String> {
    let Some(host) = host::find(options.host, options.family) else {
        let hint = "\n  it is no address, and /etc/hosts has no such name; no other names are looked up";
        return Err(format!("{}{hint}", bad_address(options.host)));
    };
    let source = source(options, host)?;
    head(options, host, source, io);
    let mut echo = open(options, host, source)?;
    let interrupt = Interrupt::new().map_err(failed("signalfd"))?;
    let mut run = Run::new(options);
    run.exchange(&mut echo, &interrupt, io)?;
    io.write(&[b"\n--- ", options.host, b" ping statistics ---\n"].concat());
    io.write(run.statistics().as_bytes());
    // What was counted must have come by the deadline, if there is one.
    let late = !options.deadline.is_zero() && run.received < u64::from(options.count);
    Ok(u8::from(run.received == 0 || late))
}

fn bad_address(word: &[u8]) -> String {
    format!("bad address '{}'", word.escape_ascii())
}

/// What `-I` names.
#[derive(Clone, Copy)]
enum Source<'a> {
    Any,
    Device(&'a [u8]),
    Address(Host),
}

fn source<'a>(options: &Options<'a>, host: Host) -> Result<Source<'a>, String> {
    let Some(word) = options.source else { return Ok(Source::Any) };
    if if_nametoindex(word).is_ok() {
        return Ok(Source::Device(word));
    }
    let family = if host.address.is_ipv4() { Family::V4 } else { Family::V6 };
    host::find(word, family).map(Source::Address).ok_or_else(|| bad_address(word))
}

/// The first line, which comes before anything is tried.
fn head(options: &Options, host: Host, source: Source, io: &mut Io) {
    io.write(&[b"PING ", options.host].concat());
    match host.scope {
        0 => io.write(format!(" ({})", host.address).as_bytes()),
        _ => io.write(&[b" (", options.host, b")"].concat()),
    }
    if let Source::Address(source) = source {
        io.write(format!(" from {}", source.address).as_bytes());
    }
    io.write(format!(": {} data bytes\n", options.size).as_bytes());
    io.flush();
}

/// A socket that does what `-I` and `-t` say.
fn open(options: &Options, host: Host, source: Source) -> Result<Echo, String> {
    let echo = Echo::open(host, options.size).map_err(|errno| match errno {
        Errno::EACCES | Errno::EPERM => {
            "permission denied (are you root?)\n  the system's net.ipv4.ping_group_range lets groups ping".to_owned()
        }
        errno => failed("cannot open an ICMP socket")(errno),
    })?;
    if let Some(ttl) = options.ttl {
        echo.set_ttl(ttl).map_err(failed("cannot set the TTL"))?;
    }
    match source {
        Source::Any => {}
        Source::Device(name) => echo.set_device(name).map_err(failed("SO_BINDTODEVICE"))?,
        Source::Address(address) => echo.set_source(address).map_err(|errno| {
            // The reference sets an IPv4 address as that of multicasts before it binds, which fails for the same reason.
            let bind = failed("bind")(errno);
            if address.address.is_ipv4() { format!("can't set multicast source interface\n  {bind}") } else { bind }
        })?,
    }
    Ok(echo)
}

/// A request that was sent.
struct Sent {
    at: Instant,
    stamp: [u8; STAMP],
    answered: bool,
}

/// Requests and replies so far.
struct Run<'a> {
    options: &'a Options<'a>,
    start: Instant,
    /// The last of those sent; the first of them has the number `sent - requests.len()`.
    requests: VecDeque<Sent>,
    sent: u64,
    received: u64,
    duplicates: u64,
    shortest: Duration,
    longest: Duration,
    total: Duration,
}

impl<'a> Run<'a> {
    fn new(options: &'a Options<'a>) -> Self {
        let zero = Duration::ZERO;
        Run {
            options,
            start: Instant::now(),
            requests: VecDeque::new(),
            sent: 0,
            received: 0,
            duplicates: 0,
            shortest: Duration::MAX,
            longest: zero,
            total: zero,
        }
    }

    /// Sends and receives until it is over.
    fn exchange(&mut self, echo: &mut Echo, interrupt: &Interrupt, io: &mut Io) -> Result<(), String> {
        let deadline = self.start.checked_add(self.options.deadline).filter(|_| !self.options.deadline.is_zero());
        let count = u64::from(self.options.count);
        let mut due = Some(self.start);
        while !io.has_failed() {
            let now = Instant::now();
            if deadline.is_some_and(|deadline| now >= deadline) {
                break;
            }
            if due.is_some_and(|due| now >= due) {
                if count != 0 && self.sent >= count {
                    break;
                }
                self.send(echo, now)?;
                due = now.checked_add(if self.sent == count { self.patience() } else { self.options.interval });
                due = due.filter(|_| self.sent != count || !self.patience().is_zero());
            }
            let until = [due, deadline].into_iter().flatten().min();
            match interrupt.wait(echo.as_fd(), until).map_err(failed("poll"))? {
                Woken::Interrupt => break,
                Woken::Time => {}
                Woken::Socket => {
                    let answered = self.receive(echo, io)?;
                    if count != 0 && self.received >= count {
                        break;
                    }
                    if answered && self.options.adaptive && self.sent != count {
                        due = Some(Instant::now());
                    }
                }
            }
        }
        Ok(())
    }

    /// How long to wait when all is sent: `-W` until something has come, then twice the longest time that a reply took.
    fn patience(&self) -> Duration {
        match self.received {
            0 => self.options.wait,
            _ => self.longest.saturating_mul(2).max(Duration::from_secs(1)),
        }
    }

    fn send(&mut self, echo: &Echo, now: Instant) -> Result<(), String> {
        let micros = now.saturating_duration_since(self.start).as_micros();
        let stamp = micros.to_be_bytes().last_chunk::<STAMP>().copied().unwrap_or_default();
        let sequence = (self.sent & 0xffff) as u16;
        match echo.send(sequence, &data(self.options, stamp)) {
            // No room at a device without carrier: lost, as on any other way.
            Ok(()) | Err(Errno::ENOBUFS) => {}
            Err(errno) => return Err(failed("sendto")(errno)),
        }
        self.sent = self.sent.saturating_add(1);
        if self.requests.len() >= REMEMBERED {
            self.requests.pop_front();
        }
        self.requests.push_back(Sent { at: now, stamp, answered: false });
        Ok(())
    }

    /// Receives what is there; says whether it answered a request for the first time.
    fn receive(&mut self, echo: &mut Echo, io: &mut Io) -> Result<bool, String> {
        let now = Instant::now();
        let sent = |sequence| {
            let at = self.position(sequence)?;
            Some(data(self.options, self.requests.get(at)?.stamp))
        };
        let reply = match echo.receive(sent) {
            Ok(Some(reply)) => reply,
            // A socket's pending error belongs to a request, which then gets no reply.
            Ok(None) | Err(Errno::EAGAIN | Errno::EINTR) => return Ok(false),
            Err(Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::ECONNREFUSED | Errno::EMSGSIZE) => return Ok(false),
            Err(errno) => return Err(failed("recvfrom")(errno)),
        };
        let request = self.position(reply.sequence).and_then(|at| self.requests.get_mut(at));
        let Some(request) = request else { return Ok(false) };
        let first = !std::mem::replace(&mut request.answered, true);
        let took = now.saturating_duration_since(request.at);
        self.count(first, took);
        if !self.options.quiet {
            io.write(self.line(&reply, first, took).as_bytes());
            io.flush();
        }
        Ok(first)
    }

    /// Where the request with this sequence number is remembered.
    fn position(&self, sequence: u16) -> Option<usize> {
        let next = (self.sent & 0xffff) as u16;
        let back = usize::from(next.wrapping_sub(sequence).wrapping_sub(1)).checked_add(1)?;
        self.requests.len().checked_sub(back)
    }

    fn count(&mut self, first: bool, took: Duration) {
        match first {
            true => self.received = self.received.saturating_add(1),
            false => self.duplicates = self.duplicates.saturating_add(1),
        }
        self.shortest = self.shortest.min(took);
        self.longest = self.longest.max(took);
        self.total = self.total.saturating_add(took);
    }

    /// Whether requests have room for the time they were sent at, without which no reply's time is told.
    fn timed(&self) -> bool {
        usize::from(self.options.size) >= STAMP
    }

    fn line(&self, reply: &Reply, first: bool, took: Duration) -> String {
        let bytes = u32::from(self.options.size) + 8;
        let ttl = reply.ttl.map_or_else(String::new, |ttl| format!(" ttl={ttl}"));
        let time = if self.timed() { format!(" time={} ms", milliseconds(took)) } else { String::new() };
        let duplicate = if first { "" } else { " (DUP!)" };
        format!("{bytes} bytes from {}: seq={}{ttl}{time}{duplicate}\n", reply.from, reply.sequence)
    }

    fn statistics(&self) -> String {
        let mut text = format!("{} packets transmitted, {} packets received, ", self.sent, self.received);
        if self.duplicates > 0 {
            text.push_str(&format!("{} duplicates, ", self.duplicates));
        }
        let lost = self.sent.saturating_sub(self.received);
        let percent = lost.saturating_mul(100).checked_div(self.sent).unwrap_or(0);
        text.push_str(&format!("{percent}% packet loss\n"));
        let replies = self.received.saturating_add(self.duplicates);
        if self.received > 0 && self.timed() {
            let average = self.total.checked_div(u32::try_from(replies).unwrap_or(u32::MAX)).unwrap_or_default();
            let [min, average, max] = [self.shortest, average, self.longest].map(milliseconds);
            text.push_str(&format!("round-trip min/avg/max = {min}/{average}/{max} ms\n"));
        }
        text
    }
}

/// The data of a request: the time it was sent at, then the pattern.
fn data(options: &Options, stamp: [u8; STAMP]) -> Vec<u8> {
    let mut data = vec![options.pattern; usize::from(options.size)];
    if let Some(place) = data.first_chunk_mut() {
        *place = stamp;
    }
    data
}

/// Milliseconds with three digits behind the point.
fn milliseconds(time: Duration) -> String {
    let micros = time.as_micros();
    format!("{}.{:03}", micros / 1000, micros % 1000)
}
