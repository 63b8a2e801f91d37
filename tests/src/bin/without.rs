//! `without PROGRAM WORD…` runs a program on a kernel that lacks NFT_COMPAT: this one, which is asked for matches and targets
//! by names that it does not have, so that the refusals are its own. In the network namespace of the caller.

use netmite_tests::tracer::{self, Datagram, Program, Redirect, Socket, World};
use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket};
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::ExitCode;
use std::time::Duration;

/// What the kernel has, and as long a name that it does not have. Each follows its attribute's header.
const NAMES: [(&[u8], &[u8]); 2] =
    [(b"\x0a\0\x01\0match\0", b"\x0a\0\x01\0natch\0"), (b"\x0b\0\x01\0target\0", b"\x0b\0\x01\0tarjet\0")];
/// The subsystem of `NFT_COMPAT`, in the upper byte of a message's type, and one that nobody has.
const SUBSYSTEMS: (u8, u8) = (11, 200);
/// The most that the kernel sends at once.
const ROOM: usize = 1 << 20;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let path = words.next().expect("without PROGRAM WORD…").into();
    let program = Program { path, words: words.collect(), limit: Duration::from_secs(20), witness: None };
    let kernel = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkNetFilter);
    let outcome = tracer::run(&program, &mut Lacking { kernel: kernel.expect("a socket") }).expect("a traced program");
    std::io::stdout().write_all(&outcome.stdout).expect("standard output");
    std::io::stderr().write_all(&outcome.stderr).expect("standard error");
    outcome.hung.iter().for_each(|why| eprintln!("{why}"));
    ExitCode::from(u8::try_from(outcome.status).unwrap_or(u8::MAX))
}

/// The kernel, but for what it lacks.
struct Lacking {
    kernel: OwnedFd,
}

impl World for Lacking {
    fn send(&mut self, socket: &mut Socket, datagram: &[u8], _label: &dyn Fn(i32) -> Option<String>) {
        let mut datagram = datagram.to_vec();
        for (name, other) in NAMES {
            let found: Vec<usize> = (0..datagram.len()).filter(|at| datagram[*at..].starts_with(name)).collect();
            found.into_iter().for_each(|at| datagram[at..at + other.len()].copy_from_slice(other));
        }
        if datagram.get(5) == Some(&SUBSYSTEMS.0) {
            datagram[5] = SUBSYSTEMS.1;
        }
        let fd = self.kernel.as_raw_fd();
        sendto(fd, &datagram, &NetlinkAddr::new(0, 0), MsgFlags::empty()).expect("a kernel that takes it");
        let mut room = vec![0; ROOM];
        while let Ok(len) = recv(fd, &mut room, MsgFlags::MSG_DONTWAIT) {
            socket.queue.push_back(Datagram { from: 0, bytes: for_port(&room[..len], socket.port) });
        }
    }

    fn name_of(&self, _index: u32) -> Option<Vec<u8>> {
        None
    }

    fn index_of(&self, _name: &[u8]) -> Option<u32> {
        None
    }

    fn flags_of(&self, _name: &[u8]) -> Option<u32> {
        None
    }

    fn redirect(&self, _path: &[u8]) -> Option<Redirect> {
        None
    }
}

/// The messages, to the port that the program believes it has.
fn for_port(bytes: &[u8], port: u32) -> Vec<u8> {
    let (mut bytes, mut at) = (bytes.to_vec(), 0);
    while let Some(header) = bytes.get_mut(at..at + 16) {
        header[12..16].copy_from_slice(&port.to_ne_bytes());
        let len = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        at += len.max(16).next_multiple_of(4);
    }
    bytes
}
