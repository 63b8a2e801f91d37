//! `ping`: whether a host answers, in busybox's words.
//!
//! Requests go out at an interval, replies are matched to them by sequence number and data, and a reply that was not
//! asked for is not counted. It ends when all are answered, at the deadline, or at Ctrl-C with what there is by then.

use crate::failure::{Failure, Result};
use crate::host::{self, Family, Host};
use crate::icmp::{Echo, Reply};
use crate::interrupt::{Interrupt, Woken, now};
use crate::ping_options::{Options, SECOND};
use netmite_netlink::sys;
use netmite_output::{Io, Value, brief};
use nix::errno::Errno;
use nix::net::if_::if_nametoindex;
use std::ffi::OsStr;
use std::os::fd::AsFd;

/// How many requests are remembered: a reply to an older one is not known for one.
const REMEMBERED: usize = 1 << 15;
/// Where the data of a request hold its time.
const STAMP: usize = 4;

/// Runs `ping` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    ping(arguments, io).unwrap_or_else(|failure| failure.report("ping", io))
}

fn failed(what: &str, errno: Errno) -> Failure {
    Failure::system(1, what, errno)
}

fn ping(arguments: &[&OsStr], io: &mut Io) -> Result<u8> {
    // Privileges that the caller lacks are not for him to use: a datagram socket needs none.
    if sys::at_secure() && sys::drop_privileges().is_err() {
        return Err(Failure::new(1, format_args!("cannot drop privileges")));
    }
    let options = &Options::read(arguments.get(1..).unwrap_or_default())?;
    let Some(host) = host::find(options.host, options.family) else {
        let hint = brief!("  it is no address, and /etc/hosts has no such name; no other names are looked up");
        return Err(bad_address(options.host).with(hint));
    };
    let source = source(options, host)?;
    head(options, host, source, io);
    let mut echo = open(options, host, source)?;
    let interrupt = Interrupt::new().map_err(|errno| failed("signalfd", errno))?;
    let mut run = Run {
        options,
        start: now(),
        requests: Vec::new(),
        sent: 0,
        received: 0,
        duplicates: 0,
        shortest: u64::MAX,
        longest: 0,
        total: 0,
    };
    run.exchange(&mut echo, &interrupt, io)?;
    run.statistics(io);
    // What was counted must have come by the deadline, if there is one.
    let late = options.deadline != 0 && run.received < options.count;
    Ok(u8::from(run.received == 0 || late))
}

fn bad_address(word: &[u8]) -> Failure {
    Failure::word(1, "bad address", word)
}

/// What `-I` names.
#[derive(Clone, Copy)]
enum Source<'a> {
    Any,
    Device(&'a [u8]),
    Address(Host),
}

fn source<'a>(options: &Options<'a>, host: Host) -> Result<Source<'a>> {
    let Some(word) = options.source else { return Ok(Source::Any) };
    if if_nametoindex(word).is_ok() {
        return Ok(Source::Device(word));
    }
    let family = if host.address.is_ipv4() { Family::V4 } else { Family::V6 };
    host::find(word, family).map(Source::Address).ok_or_else(|| bad_address(word))
}

/// The first line, which comes before anything is tried.
fn head(options: &Options, host: Host, source: Source, io: &mut Io) {
    io.write(&[b"PING ", options.host, b" ("].concat());
    match host.scope {
        0 => io.print(format_args!("{}", Value::Ip(host.address))),
        _ => io.write(options.host),
    }
    io.write(b")");
    if let Source::Address(source) = source {
        io.print(format_args!(" from {}", Value::Ip(source.address)));
    }
    io.print(format_args!(": {} data bytes\n", options.size));
    io.flush();
}

/// A socket that does what `-I` and `-t` say.
fn open(options: &Options, host: Host, source: Source) -> Result<Echo> {
    let echo = Echo::open(host, options.size).map_err(|errno| match errno {
        Errno::EACCES | Errno::EPERM => Failure::new(1, format_args!("permission denied (are you root?)"))
            .with(brief!("  the system's net.ipv4.ping_group_range lets groups ping")),
        errno => failed("cannot open an ICMP socket", errno),
    })?;
    if let Some(ttl) = options.ttl {
        echo.set_ttl(ttl).map_err(|errno| failed("cannot set the TTL", errno))?;
    }
    match source {
        Source::Any => {}
        Source::Device(name) => echo.set_device(name).map_err(|errno| failed("SO_BINDTODEVICE", errno))?,
        // The reference sets an IPv4 address as that of multicasts before it binds, which fails for the same reason.
        Source::Address(address) => echo.set_source(address).map_err(|errno| match address.address.is_ipv4() {
            true => failed("can't set multicast source interface\n  bind", errno),
            false => failed("bind", errno),
        })?,
    }
    Ok(echo)
}

/// A request that was sent.
struct Sent {
    at: u64,
    answered: bool,
}

/// Requests and replies so far. Times are in microseconds.
struct Run<'a> {
    options: &'a Options<'a>,
    start: u64,
    /// The last of those sent: the one with the number `n` at `n % REMEMBERED`.
    requests: Vec<Sent>,
    sent: u64,
    received: u64,
    duplicates: u64,
    shortest: u64,
    longest: u64,
    total: u64,
}

impl Run<'_> {
    /// Sends and receives until it is over.
    fn exchange(&mut self, echo: &mut Echo, interrupt: &Interrupt, io: &mut Io) -> Result<()> {
        const NEVER: u64 = u64::MAX;
        let end = match self.options.deadline {
            0 => NEVER,
            deadline => self.start.saturating_add(deadline),
        };
        let count = self.options.count;
        let mut due = self.start;
        while !io.has_failed() {
            let now = now();
            if now >= end {
                break;
            }
            if now >= due {
                if count != 0 && self.sent >= count {
                    break;
                }
                self.send(echo, now)?;
                let pause = if self.sent == count { self.patience() } else { self.options.interval };
                due = if self.sent == count && pause == 0 { NEVER } else { now.saturating_add(pause) };
            }
            match interrupt.wait(echo.as_fd(), due.min(end)).map_err(|errno| failed("poll", errno))? {
                Woken::Interrupt => break,
                Woken::Time => {}
                Woken::Socket => {
                    let answered = self.receive(echo, io)?;
                    if count != 0 && self.received >= count {
                        break;
                    }
                    if answered && self.options.adaptive && self.sent != count {
                        due = now;
                    }
                }
            }
        }
        Ok(())
    }

    /// How long to wait when all is sent: `-W` until something has come, then twice the longest time that a reply took.
    fn patience(&self) -> u64 {
        match self.received {
            0 => self.options.wait,
            _ => self.longest.saturating_mul(2).max(SECOND),
        }
    }

    fn send(&mut self, echo: &Echo, now: u64) -> Result<()> {
        match echo.send(self.sent as u16, &self.data(now)) {
            // No room at a device without carrier: lost, as on any other way.
            Ok(()) | Err(Errno::ENOBUFS) => {}
            Err(errno) => return Err(failed("sendto", errno)),
        }
        let request = Sent { at: now, answered: false };
        match self.requests.get_mut(place(self.sent)) {
            Some(oldest) => *oldest = request,
            None => self.requests.push(request),
        }
        self.sent = self.sent.saturating_add(1);
        Ok(())
    }

    /// The data of a request that is sent at this time: since when the program runs, then the pattern.
    #[inline(never)]
    fn data(&self, at: u64) -> Vec<u8> {
        let mut data = vec![self.options.pattern; usize::from(self.options.size)];
        if let Some(place) = data.first_chunk_mut::<STAMP>() {
            *place = (at.saturating_sub(self.start) as u32).to_be_bytes();
        }
        data
    }

    /// Receives what is there; says whether it answered a request for the first time.
    fn receive(&mut self, echo: &mut Echo, io: &mut Io) -> Result<bool> {
        let now = now();
        let reply = match echo.receive() {
            Ok(Some(reply)) => reply,
            // A socket's pending error belongs to a request, which then gets no reply.
            Ok(None) | Err(Errno::EAGAIN | Errno::EINTR) => return Ok(false),
            Err(Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::ECONNREFUSED | Errno::EMSGSIZE) => return Ok(false),
            Err(errno) => return Err(failed("recvfrom", errno)),
        };
        let Some(request) = self.request(reply.sequence) else { return Ok(false) };
        let at = request.at;
        // The data must be those that were sent.
        if self.data(at) != reply.data {
            return Ok(false);
        }
        let first = self.request(reply.sequence).is_some_and(|request| !std::mem::replace(&mut request.answered, true));
        let took = now.saturating_sub(at);
        self.count(first, took);
        if !self.options.quiet {
            self.show(&reply, first, took, io);
        }
        Ok(first)
    }

    /// The request with this sequence number, if it is remembered.
    fn request(&mut self, sequence: u16) -> Option<&mut Sent> {
        let later = (self.sent as u16).wrapping_sub(sequence).wrapping_sub(1);
        let number = self.sent.checked_sub(u64::from(later))?.checked_sub(1)?;
        self.requests.get_mut(place(number)).filter(|_| usize::from(later) < REMEMBERED)
    }

    fn count(&mut self, first: bool, took: u64) {
        let counter = if first { &mut self.received } else { &mut self.duplicates };
        *counter = counter.saturating_add(1);
        self.shortest = self.shortest.min(took);
        self.longest = self.longest.max(took);
        self.total = self.total.saturating_add(took);
    }

    /// Whether requests have room for the time they were sent at, without which no reply's time is told.
    fn timed(&self) -> bool {
        usize::from(self.options.size) >= STAMP
    }

    fn show(&self, reply: &Reply, first: bool, took: u64, io: &mut Io) {
        let bytes = u32::from(self.options.size) + 8;
        io.print(format_args!("{bytes} bytes from {}: seq={}", Value::Ip(reply.from), reply.sequence));
        if let Some(ttl) = reply.ttl {
            io.print(format_args!(" ttl={ttl}"));
        }
        if self.timed() {
            milliseconds(io, " time=", took);
            io.write(b" ms");
        }
        io.write(if first { b"\n" } else { b" (DUP!)\n" });
        io.flush();
    }

    fn statistics(&self, io: &mut Io) {
        let Run { sent, received, duplicates, .. } = *self;
        io.write(&[b"\n--- ", self.options.host, b" ping statistics ---\n"].concat());
        io.print(format_args!("{sent} packets transmitted, {received} packets received, "));
        if duplicates > 0 {
            io.print(format_args!("{duplicates} duplicates, "));
        }
        let lost = sent.saturating_sub(received);
        let percent = lost.saturating_mul(100).checked_div(sent).unwrap_or(0);
        io.print(format_args!("{percent}% packet loss\n"));
        if received > 0 && self.timed() {
            let average = self.total.checked_div(received.saturating_add(duplicates)).unwrap_or(0);
            milliseconds(io, "round-trip min/avg/max = ", self.shortest);
            milliseconds(io, "/", average);
            milliseconds(io, "/", self.longest);
            io.write(b" ms\n");
        }
    }
}

/// Where the request with this number is remembered.
fn place(number: u64) -> usize {
    (number % REMEMBERED as u64) as usize
}

/// Appends a time in milliseconds, with three digits behind the point.
fn milliseconds(io: &mut Io, before: &str, micros: u64) {
    io.print(format_args!("{before}{}.{:03}", micros / 1000, micros % 1000));
}
