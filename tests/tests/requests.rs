//! How much is asked of the kernel: of a thousand ports as little as of one.

use netmite_tests::cases::Command;
use netmite_tests::fuzz::attempt;
use netmite_tests::kernel::bytes::{Message, messages, put, put_nest, put_text, put_u32};
use netmite_tests::kernel::{Kernel, Snapshot};
use netmite_tests::tools;
use netmite_tests::tracer::{self, Redirect, Socket, World};
use std::cell::Cell;
use std::path::Path;

const PORTS: u32 = 1000;

/// A kernel that counts what it is asked.
struct Counting {
    kernel: Kernel,
    dumps: u32,
    /// Requests that are no dumps, and ioctls.
    others: Cell<u32>,
}

impl Counting {
    fn asked(&self) {
        self.others.set(self.others.get() + 1);
    }
}

impl World for Counting {
    fn send(&mut self, socket: &mut Socket, datagram: &[u8], label: &dyn Fn(i32) -> Option<String>) {
        for message in messages(datagram) {
            match message.flags & 0x300 == 0x300 {
                true => self.dumps += 1,
                false => self.asked(),
            }
        }
        self.kernel.send(socket, datagram, label);
    }

    fn name_of(&self, index: u32) -> Option<Vec<u8>> {
        self.asked();
        self.kernel.name_of(index)
    }

    fn index_of(&self, name: &[u8]) -> Option<u32> {
        self.asked();
        self.kernel.index_of(name)
    }

    fn flags_of(&self, name: &[u8]) -> Option<u32> {
        self.asked();
        self.kernel.flags_of(name)
    }

    fn redirect(&self, path: &[u8]) -> Option<Redirect> {
        self.kernel.redirect(path)
    }
}

/// A bridge `br0` with its ports, numbered from 1001 on, and the peers of these, `peer` of a port's number: links of this
/// namespace where `here`.
fn bridge(here: bool, peer: Option<fn(u32) -> u32>) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let mut add = |family, body: Vec<u8>| {
        let body = [vec![family, 0, 1, 0], body].concat();
        snapshot.messages.push(Message { kind: 16, flags: 2, sequence: 0, body });
    };
    let link = |index: u32, name: String| {
        let mut body = [index, 0x1003, 0].map(u32::to_ne_bytes).concat();
        put_text(&mut body, 3, &name);
        put_u32(&mut body, 4, 1500);
        body
    };
    let mut master = link(1000, "br0".to_owned());
    put_nest(&mut master, 18, |info| {
        put_text(info, 1, "bridge");
        put_nest(info, 2, |data| {
            put_u32(data, 5, 0);
            put(data, 11, &[0x80, 0, 2, 0, 0, 0, 0, 1]);
        });
    });
    add(0, master);
    for port in 1001..=1000 + PORTS {
        for family in [0, 7] {
            let mut body = link(port, format!("v{port}"));
            put_u32(&mut body, 10, 1000);
            if let Some(peer) = peer {
                put_u32(&mut body, 5, peer(port));
            }
            if family == 7 {
                put_nest(&mut body, 0x800c, |options| put(options, 1, &[3]));
            }
            add(family, body);
        }
        if let Some(peer) = peer.filter(|_| here) {
            add(0, link(peer(port), format!("p{port}")));
        }
    }
    snapshot
}

/// How many dumps and other questions `line` takes, which tells of all ports.
fn asked(directory: &Path, line: &str, snapshot: Snapshot) -> (u32, u32) {
    let mut world = Counting { kernel: Kernel::new(snapshot), dumps: 0, others: Cell::new(0) };
    let command = Command::parse(line).expect("a command");
    let outcome = attempt(directory, &command, &mut world).expect("a traced program");
    let output = String::from_utf8_lossy(&outcome.stdout);
    let told = (1001..=1000 + PORTS).filter(|port| output.contains(&format!("v{port}"))).count();
    assert_eq!((outcome.status, told), (0, PORTS as usize), "{line}: {output}");
    (world.dumps, world.others.get())
}

#[test]
fn a_thousand_ports_are_one_dump() {
    if let Some(why) = tracer::refused() {
        return tools::skipped("requests", &why);
    }
    let Some(directory) = tools::under_test() else {
        return tools::skipped("requests", "there is no program under test");
    };
    let next: fn(u32) -> u32 = |port| port + PORTS;
    for (what, line, snapshot, wanted) in [
        ("alone", "bridge link", bridge(false, None), (1, 1)),
        ("alone", "bridge -d -j link show master br0", bridge(false, None), (1, 2)),
        // The peers are other ports, told of before or after.
        ("in pairs", "bridge link", bridge(false, Some(|port| ((port - 1) ^ 1) + 1)), (2, 0)),
        ("above one port", "bridge link", bridge(false, Some(|_| 1001)), (1, 1)),
        ("with peers", "bridge link", bridge(true, Some(next)), (2, 0)),
        ("with peers elsewhere", "bridge link", bridge(false, Some(next)), (2, 0)),
        ("alone", "brctl show", bridge(false, None), (1, 0)),
        ("with peers", "brctl -j show", bridge(true, Some(next)), (1, 0)),
    ] {
        assert_eq!(asked(directory, line, snapshot), wanted, "{line}, ports {what}: dumps and other questions");
    }
}
