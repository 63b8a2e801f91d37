//! `arping`: whether a host on the same link answers, and by which link-layer address.
//!
//! Without `-I` the link is that of the route to the host. Probes go out once a second, the first to everyone, and once
//! there was an answer to whoever gave it. Refused: links without ARP or down, and source addresses that are not ours.

use crate::arp::{ArpLink, ArpPacket, way};
use crate::failure::{Failure, Result, number_of};
use crate::getopt::{Table, Takes, opt, parse_around_operand};
use crate::host::{self, Family};
use crate::interrupt::{Interrupt, Woken, now};
use netmite_netlink::sys::packet;
use netmite_netlink::uapi::IFF_UP;
use netmite_netlink::{Error, IfIndex, MacAddress, RouteSocket, errno};
use netmite_output::{Brief, Io, Value, brief, link_address, names};
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsFd, OwnedFd};

const TABLE: Table = names![
    ("", opt(b'A', Takes::Nothing)),
    ("", opt(b'D', Takes::Nothing)),
    ("", opt(b'U', Takes::Nothing)),
    ("", opt(b'b', Takes::Nothing)),
    ("", opt(b'c', Takes::Count)),
    ("", opt(b'f', Takes::Nothing)),
    ("", opt(b'I', Takes::Value)),
    ("", opt(b'q', Takes::Nothing)),
    ("", opt(b's', Takes::Value)),
    ("", opt(b'w', Takes::Count)),
];

const USAGE: Brief = brief!(
    "\
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
  -w SECONDS end after that time"
);

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

/// Runs `arping` with its arguments, the program's name first. The result is the exit status.
pub fn run(arguments: &[&OsStr], io: &mut Io) -> u8 {
    arping(arguments.get(1..).unwrap_or_default(), io).unwrap_or_else(|failure| failure.report("arping", io))
}

fn read<'a>(words: &[&'a OsStr]) -> Result<(Options<'a>, &'a [u8])> {
    let (given, host) = parse_around_operand(words, TABLE, USAGE)?;
    let (answer, detect) = (given.has(b'A'), given.has(b'D'));
    let options = Options {
        answer,
        detect,
        unsolicited: answer || given.has(b'U'),
        broadcast: given.has(b'b'),
        // One answer tells that the address is taken.
        first: detect || given.has(b'f'),
        quiet: given.has(b'q'),
        count: given.number(b'c'),
        seconds: given.number(b'w').unwrap_or(0),
        device: given.value(b'I'),
        source: given.value(b's'),
    };
    Ok((options, host))
}

fn failed(what: &str, errno: Errno) -> Failure {
    Failure::system(2, what, errno)
}

fn arping(words: &[&OsStr], io: &mut Io) -> Result<u8> {
    let (options, host) = read(words)?;
    let mut netlink = RouteSocket::open()?;
    let mut link = None;
    if let Some(name) = options.device {
        link = Some(netlink.index_of(name).map_err(|error| {
            let (name, why) = (name.escape_ascii(), reason(&error));
            Failure::new(2, format_args!("interface {name} not found: {why}"))
        })?);
    }
    let target = ipv4(host).ok_or_else(|| Failure::word(2, "bad address", host))?;
    let (index, routed) = match (way(&mut netlink, target, link), link) {
        (Ok((index, source)), link) => (link.unwrap_or(index), source),
        (Err(_), Some(link)) => (link, None),
        (Err(error), None) => {
            let why = reason(&error);
            let target = Value::from(target);
            return Err(Failure::new(2, format_args!("no route to {target}: {why}, -I names a device")));
        }
    };
    let source = source(&options, target, routed)?;
    let link = ArpLink::find(&mut netlink, index)?;
    let name = link.name;
    let name = name.display();
    let lacks = match (link.flags & IFF_UP, link.has_arp()) {
        (0, _) => "down",
        (_, false) => "not ARPable",
        (_, true) => "",
    };
    if !lacks.is_empty() {
        return Err(Failure::new(2, format_args!("interface {name} is {lacks}")));
    }
    let socket = arp_socket(index).map_err(|errno| failed("socket", errno))?;
    let interrupt = Interrupt::new().map_err(|errno| failed("signalfd", errno))?;
    if !options.quiet {
        let (from, to) = (Value::from(source), Value::from(target));
        io.print(format_args!("ARPING to {to} from {from} via {name}\n"));
        io.flush();
    }
    let mut run = Run { options, link, socket, source, target, answered_by: None, tally: Tally::default() };
    run.exchange(&interrupt, io).map_err(|errno| failed("sendto", errno))?;
    if !run.options.quiet {
        run.tally.show(io);
    }
    Ok(run.status())
}

/// A socket for ARP packets on one link, without their link-layer header.
fn arp_socket(link: IfIndex) -> std::result::Result<OwnedFd, Errno> {
    // Without a protocol it receives nothing until its address names ARP and the link.
    let socket = socket(AddressFamily::Packet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    packet::bind(socket.as_fd(), &packet::arp_address(link.get(), &[])).map_err(number_of)?;
    Ok(socket)
}

fn ipv4(word: &[u8]) -> Option<Ipv4Addr> {
    match host::find(word, Family::V4)?.address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

/// The address to speak from: none where we ask whether one is free, our own where we announce it.
fn source(options: &Options, target: Ipv4Addr, routed: Option<Ipv4Addr>) -> Result<Ipv4Addr> {
    let source = match options.source {
        Some(word) => ipv4(word).ok_or_else(|| {
            let word = word.escape_ascii();
            Failure::new(2, format_args!("invalid source address {word}"))
        })?,
        None if options.detect => return Ok(Ipv4Addr::UNSPECIFIED),
        None if options.unsolicited => target,
        None => return Ok(routed.unwrap_or(Ipv4Addr::UNSPECIFIED)),
    };
    // Only an address of ours can be bound to.
    let probe = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None);
    let address = packet::ip_address(source.into(), 0);
    let bound = probe.and_then(|probe| packet::bind(probe.as_fd(), &address).map_err(number_of));
    bound.map(|()| source).map_err(|errno| failed("bind", errno))
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
    fn show(&self, io: &mut Io) {
        let Tally { sent, sent_to_all, received, requests, received_by_all } = self;
        io.print(format_args!(
            "Sent {sent} probe(s) ({sent_to_all} broadcast(s))\n\
             Received {received} replies ({requests} request(s), {received_by_all} broadcast(s))\n"
        ));
    }
}

struct Run<'a> {
    options: Options<'a>,
    link: ArpLink,
    socket: OwnedFd,
    source: Ipv4Addr,
    target: Ipv4Addr,
    /// Who is asked alone from now on.
    answered_by: Option<MacAddress>,
    tally: Tally,
}

impl Run<'_> {
    /// Sends and receives until it is over: a probe at every full second, the end at one as well.
    fn exchange(&mut self, interrupt: &Interrupt, io: &mut Io) -> std::result::Result<(), Errno> {
        let mut due = now();
        let mut second = 0u32;
        while !io.has_failed() {
            let late = self.options.seconds != 0 && second > self.options.seconds;
            if late || self.options.count == Some(self.tally.sent) {
                break;
            }
            let sent_at = now();
            self.send()?;
            if self.options.unsolicited && self.options.count == Some(self.tally.sent) {
                break;
            }
            due = due.saturating_add(1_000_000);
            second = second.saturating_add(1);
            loop {
                match interrupt.wait(self.socket.as_fd(), due)? {
                    Woken::Interrupt => return Ok(()),
                    Woken::Socket if self.receive(sent_at, io)? && self.options.first => return Ok(()),
                    _ if now() >= due => break,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn send(&mut self) -> std::result::Result<(), Errno> {
        let to = self.answered_by.unwrap_or(self.link.broadcast);
        let to_link = if self.options.answer { &self.link.address } else { &self.link.broadcast };
        let bytes = self.link.packet(self.options.answer, self.source, self.target, to_link);
        let to = packet::arp_address(self.link.index.get(), to.as_bytes());
        packet::send(self.socket.as_fd(), &to, &bytes).map_err(number_of)?;
        self.tally.sent = self.tally.sent.saturating_add(1);
        self.tally.sent_to_all = self.tally.sent_to_all.saturating_add(self.answered_by.is_none().into());
        Ok(())
    }

    /// Receives what is there; says whether it was an answer.
    fn receive(&mut self, sent_at: u64, io: &mut Io) -> std::result::Result<bool, Errno> {
        let took = now().saturating_sub(sent_at);
        let mut buffer = [0; 256];
        let received = match packet::receive(self.socket.as_fd(), &mut buffer).map_err(number_of) {
            Ok(Some(received)) => received,
            Ok(None) | Err(Errno::EAGAIN | Errno::EINTR) => return Ok(false),
            Err(errno) => return Err(errno),
        };
        let addressed = received.addressed();
        let packet = buffer.get(..received.len).and_then(|bytes| self.link.read(bytes));
        let sent_by_us = addressed == libc::PACKET_OUTGOING;
        let Some(packet) = packet.filter(|packet| !sent_by_us && self.answers(packet)) else { return Ok(false) };
        let to_all = addressed != libc::PACKET_HOST;
        self.tally.received = self.tally.received.saturating_add(1);
        self.tally.requests = self.tally.requests.saturating_add(u64::from(packet.request));
        self.tally.received_by_all = self.tally.received_by_all.saturating_add(u64::from(to_all));
        if !self.options.quiet {
            let cast = if to_all { "Broadcast" } else { "Unicast" };
            let kind = if packet.request { "request" } else { "reply" };
            io.print(format_args!("{cast} {kind} from {} [", Value::from(packet.from)));
            let mut from_link = Vec::new();
            link_address(&mut from_link, packet.from_link);
            io.write(&from_link.to_ascii_uppercase());
            io.write(b"]");
            if !self.options.unsolicited {
                io.print(format_args!(" {}.{:03}ms", took / 1000, took % 1000));
            }
            io.write(b"\n");
            io.flush();
        }
        if !self.options.broadcast && !self.options.unsolicited {
            self.answered_by = MacAddress::new(packet.from_link);
        }
        Ok(true)
    }

    /// Whether the packet is from whom we ask, to us, or in a search for duplicates to anyone.
    fn answers(&self, packet: &ArpPacket) -> bool {
        let to_us = packet.to == self.source || self.options.detect;
        packet.from == self.target && to_us && packet.from_link != self.link.address.as_bytes()
    }

    fn status(&self) -> u8 {
        match (self.options.detect, self.options.unsolicited) {
            (true, _) => u8::from(self.tally.received > 0),
            (false, true) => 0,
            (false, false) => u8::from(self.tally.received == 0),
        }
    }
}
