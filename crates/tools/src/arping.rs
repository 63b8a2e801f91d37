//! `arping`: whether a host on the same link answers, and by which link-layer address.
//!
//! Without `-I` the link is that of the route to the host. Probes go out once a second, the first to everyone, and once
//! there was an answer to whoever gave it. Refused: links without ARP or down, and source addresses that are not ours.

use crate::arp::{ArpLink, ArpPacket, way};
use crate::getopt::{Opt, Takes, number, opt, parse};
use crate::host::{self, Family};
use crate::interrupt::{Interrupt, Woken};
use netmite_netlink::uapi::IFF_UP;
use netmite_netlink::{Error, IfIndex, RouteSocket, errno, sys};
use netmite_output::Io;
use nix::libc;
use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

const TABLE: &[Opt] = &[
    opt(b'A', "", Takes::Nothing),
    opt(b'D', "", Takes::Nothing),
    opt(b'U', "", Takes::Nothing),
    opt(b'b', "", Takes::Nothing),
    opt(b'c', "", Takes::Value),
    opt(b'f', "", Takes::Nothing),
    opt(b'I', "", Takes::Value),
    opt(b'q', "", Takes::Nothing),
    opt(b's', "", Takes::Value),
    opt(b'w', "", Takes::Value),
];

const USAGE: &str = "\
Usage: arping [-ADUbfq] [-c COUNT] [-I DEVICE] [-s ADDRESS] [-w SECONDS] HOST

  -A         send replies, to make neighbours learn our address
  -D         tell whether somebody else has the address: exit with 1 then
  -U         send requests for our own address, to make neighbours learn it
  -b         send every probe to everyone
  -c COUNT   stop after as many probes
  -f         end at the first answer
  -I DEVICE  send by this device; unless said, that of the route to HOST
  -q         print nothing
  -s ADDRESS send from this address
  -w SECONDS end after that time";

#[derive(Default)]
struct Options<'a> {
    answer: bool,
    detect: bool,
    unsolicited: bool,
    broadcast: bool,
    first: bool,
    quiet: bool,
    count: Option<u32>,
    seconds: u32,
    device: Option<&'a [u8]>,
    source: Option<&'a [u8]>,
}

/// Why it failed: the exit status and what is said, none where the usage is.
type Failure = (u8, Option<String>);

/// Runs `arping` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    let words = arguments.get(1..).unwrap_or_default();
    arping(words, io).unwrap_or_else(|(status, text)| {
        match text {
            Some(text) => io.error_bytes(format!("arping: {text}").as_bytes()),
            None => io.error(USAGE),
        }
        status
    })
}

fn read<'a>(words: &[&'a OsStr], io: &mut Io) -> Result<(Options<'a>, &'a [u8]), Failure> {
    let parsed = parse(words, TABLE, true).map_err(|text| {
        io.error_bytes(format!("arping: {text}").as_bytes());
        (1, None)
    })?;
    let [host] = parsed.operands.as_slice() else { return Err((1, None)) };
    let mut options = Options::default();
    for (option, value) in parsed.options {
        let value = value.unwrap_or_default();
        let count = || number(value, 0, i32::MAX.unsigned_abs()).map_err(|text| (1, Some(text)));
        match option {
            b'A' => options.answer = true,
            b'D' => options.detect = true,
            b'U' => options.unsolicited = true,
            b'b' => options.broadcast = true,
            b'f' => options.first = true,
            b'q' => options.quiet = true,
            b'c' => options.count = Some(count()?),
            b'w' => options.seconds = count()?,
            b'I' => options.device = Some(value),
            _ => options.source = Some(value),
        }
    }
    options.unsolicited |= options.answer;
    // One answer tells that the address is taken.
    options.first |= options.detect;
    Ok((options, host.as_bytes()))
}

fn arping(words: &[&OsStr], io: &mut Io) -> Result<u8, Failure> {
    let (options, host) = read(words, io)?;
    let mut socket = RouteSocket::open().map_err(|error| (2, Some(error.to_string())))?;
    let link = options.device.map(|name| index_of(&mut socket, name)).transpose()?;
    let target = ipv4(host).ok_or_else(|| (2, Some(format!("bad address '{}'", host.escape_ascii()))))?;
    let way = way(&mut socket, target, link);
    let index = match (link, &way) {
        (Some(link), _) => link,
        (None, Ok((index, _))) => *index,
        (None, Err(error)) => {
            return Err((2, Some(format!("no route to {target}: {}, -I names a device", reason(error)))));
        }
    };
    let source = source(&options, target, way.ok().and_then(|(_, source)| source))?;
    let link = ArpLink::find(&mut socket, index).map_err(|error| (2, Some(error.to_string())))?;
    let name = link.name.display().to_string();
    if link.flags & IFF_UP == 0 {
        return Err((2, Some(format!("interface {name} is down"))));
    }
    if !link.has_arp() {
        return Err((2, Some(format!("interface {name} is not ARPable"))));
    }
    let failed = |what: &str, error: &std::io::Error| (2, Some(format!("{what}: {}", errno::why(error))));
    let socket = sys::arp_socket(index).map_err(|error| failed("socket", &error))?;
    let interrupt = Interrupt::new().map_err(|errno| failed("signalfd", &errno.into()))?;
    let mut run = Run { options, link, socket, source, target, answered_by: None, tally: Tally::default() };
    if !run.options.quiet {
        io.write(format!("ARPING to {target} from {source} via {name}\n").as_bytes());
        io.flush();
    }
    run.exchange(&interrupt, io).map_err(|error| failed("sendto", &error))?;
    if !run.options.quiet {
        io.write(run.tally.text().as_bytes());
    }
    Ok(run.status())
}

fn ipv4(word: &[u8]) -> Option<Ipv4Addr> {
    match host::find(word, Family::V4)?.address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

fn index_of(socket: &mut RouteSocket, name: &[u8]) -> Result<IfIndex, Failure> {
    socket.index_of(name).map_err(|error| {
        let reason = error.errno().map_or_else(|| error.to_string(), |number| errno::text(number).to_owned());
        (2, Some(format!("interface {} not found: {reason}", name.escape_ascii())))
    })
}

/// The address to speak from: none where we ask whether one is free, our own where we announce it.
fn source(options: &Options, target: Ipv4Addr, routed: Option<Ipv4Addr>) -> Result<Ipv4Addr, Failure> {
    let invalid = |word: &[u8]| (2, Some(format!("invalid source address {}", word.escape_ascii())));
    let source = match options.source {
        Some(word) => ipv4(word).ok_or_else(|| invalid(word))?,
        None if options.detect => return Ok(Ipv4Addr::UNSPECIFIED),
        None if options.unsolicited => target,
        None => return Ok(routed.unwrap_or(Ipv4Addr::UNSPECIFIED)),
    };
    match UdpSocket::bind((source, 0)) {
        Ok(_) => Ok(source),
        Err(error) => Err((2, Some(format!("bind: {}", errno::why(&error))))),
    }
}

fn reason(error: &Error) -> String {
    error.errno().map_or_else(|| error.to_string(), |number| errno::text(number).to_owned())
}

/// What was sent and received.
#[derive(Default)]
struct Tally {
    sent: u32,
    sent_to_all: u32,
    received: u64,
    requests: u64,
    received_by_all: u64,
}

impl Tally {
    fn text(&self) -> String {
        let Tally { sent, sent_to_all, received, requests, received_by_all } = self;
        format!(
            "Sent {sent} probe(s) ({sent_to_all} broadcast(s))\n\
             Received {received} replies ({requests} request(s), {received_by_all} broadcast(s))\n"
        )
    }
}

struct Run<'a> {
    options: Options<'a>,
    link: ArpLink,
    socket: OwnedFd,
    source: Ipv4Addr,
    target: Ipv4Addr,
    /// Who is asked alone from now on.
    answered_by: Option<Vec<u8>>,
    tally: Tally,
}

impl Run<'_> {
    /// Sends and receives until it is over: a probe at every full second, the end at one as well.
    fn exchange(&mut self, interrupt: &Interrupt, io: &mut Io) -> std::io::Result<()> {
        let mut due = Instant::now();
        let mut second = 0u32;
        while !io.has_failed() {
            let late = self.options.seconds != 0 && second > self.options.seconds;
            if late || self.options.count == Some(self.tally.sent) {
                break;
            }
            let sent_at = Instant::now();
            self.send()?;
            if self.options.unsolicited && self.options.count == Some(self.tally.sent) {
                break;
            }
            due += Duration::from_secs(1);
            second = second.saturating_add(1);
            loop {
                match interrupt.wait(self.socket.as_fd(), Some(due))? {
                    Woken::Interrupt => return Ok(()),
                    Woken::Socket if self.receive(sent_at, io)? && self.options.first => return Ok(()),
                    _ if Instant::now() >= due => break,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn send(&mut self) -> std::io::Result<()> {
        let to = self.answered_by.as_deref().unwrap_or(&self.link.broadcast);
        let to_link = if self.options.answer { &self.link.address } else { &self.link.broadcast };
        let packet = self.link.packet(self.options.answer, self.source, self.target, to_link);
        sys::send_arp(self.socket.as_fd(), self.link.index, to, &packet)?;
        self.tally.sent = self.tally.sent.saturating_add(1);
        if self.answered_by.is_none() {
            self.tally.sent_to_all = self.tally.sent_to_all.saturating_add(1);
        }
        Ok(())
    }

    /// Receives what is there; says whether it was an answer.
    fn receive(&mut self, sent_at: Instant, io: &mut Io) -> std::io::Result<bool> {
        let took = sent_at.elapsed().as_micros();
        let mut buffer = [0; 256];
        let (len, addressed) = match sys::receive_arp(self.socket.as_fd(), &mut buffer) {
            Ok(received) => received,
            Err(error) => {
                return match error.raw_os_error() {
                    Some(libc::EAGAIN | libc::EINTR) => Ok(false),
                    _ => Err(error),
                };
            }
        };
        let packet = buffer.get(..len).and_then(|bytes| self.link.read(bytes));
        let sent_by_us = addressed == libc::PACKET_OUTGOING;
        let Some(packet) = packet.filter(|packet| !sent_by_us && self.answers(packet)) else { return Ok(false) };
        let to_all = addressed != libc::PACKET_HOST;
        self.tally.received = self.tally.received.saturating_add(1);
        self.tally.requests = self.tally.requests.saturating_add(u64::from(packet.request));
        self.tally.received_by_all = self.tally.received_by_all.saturating_add(u64::from(to_all));
        if !self.options.quiet {
            let from: Vec<_> = packet.from_link.iter().map(|byte| format!("{byte:02X}")).collect();
            let (cast, kind) =
                (if to_all { "Broadcast" } else { "Unicast" }, if packet.request { "request" } else { "reply" });
            let time =
                if self.options.unsolicited { String::new() } else { format!(" {}.{:03}ms", took / 1000, took % 1000) };
            io.write(format!("{cast} {kind} from {} [{}]{time}\n", packet.from, from.join(":")).as_bytes());
            io.flush();
        }
        if !self.options.broadcast && !self.options.unsolicited {
            self.answered_by = Some(packet.from_link.to_vec());
        }
        Ok(true)
    }

    /// Whether the packet is from whom we ask, to us, or in a search for duplicates to anyone.
    fn answers(&self, packet: &ArpPacket) -> bool {
        let to_us = packet.to == self.source || self.options.detect;
        packet.from == self.target && to_us && packet.from_link != self.link.address
    }

    fn status(&self) -> u8 {
        match (self.options.detect, self.options.unsolicited) {
            (true, _) => u8::from(self.tally.received > 0),
            (false, true) => 0,
            (false, false) => u8::from(self.tally.received == 0),
        }
    }
}
