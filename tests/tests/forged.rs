//! What another process sends to a tool's socket is not taken for the kernel's word.
//!
//! Root of a user namespace may send to any netlink socket of its network namespace. Here every reply of the kernel comes
//! after forged ones: from another port with the right sequence number, and from the kernel with a wrong one.

use netmite_tests::cases::Command;
use netmite_tests::fuzz::attempt;
use netmite_tests::kernel::bytes::{Message, messages};
use netmite_tests::kernel::{Kernel, fixture};
use netmite_tests::tracer::{self, Datagram, Redirect, Socket, World};
use netmite_tests::{text, tools};

/// Puts forged replies before those of a kernel.
struct Forging {
    kernel: Kernel,
    /// The port that forged replies with the right sequence number come from.
    port: u32,
    forged: usize,
}

impl World for Forging {
    fn send(&mut self, socket: &mut Socket, datagram: &[u8], label: &dyn Fn(i32) -> Option<String>) {
        let mut after = Socket { queue: Default::default(), ..socket.clone() };
        self.kernel.send(&mut after, datagram, label);
        let sequence = messages(datagram).first().map_or(0, |message| message.sequence);
        for reply in after.queue {
            let (port, liar) = (socket.port, self.port);
            let mut forge = |from, sequence, make: &dyn Fn(Message) -> Message| {
                let lies = messages(&reply.bytes).into_iter().map(|message| make(Message { sequence, ..message }));
                let bytes = lies.flat_map(|message| message.bytes(port)).collect();
                socket.queue.push_back(Datagram { from, bytes });
                self.forged += 1;
            };
            forge(liar, sequence, &evil);
            forge(0, sequence.wrapping_add(77), &evil);
            forge(liar, sequence, &|message| Message { kind: 3, flags: 2, body: vec![0; 4], ..message });
            forge(liar, sequence, &|message| Message { kind: 2, flags: 0, body: vec![0xff; 20], ..message });
            socket.queue.push_back(reply);
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

/// The message with names, and numbers that are addresses, changed.
fn evil(message: Message) -> Message {
    let body = message.body.windows(3).position(|part| part == b"eth").map(|at| {
        let mut body = message.body.clone();
        body[at..at + 3].copy_from_slice(b"EVI");
        body
    });
    let body = body.unwrap_or_else(|| message.body.iter().map(|byte| if *byte == 10 { 66 } else { *byte }).collect());
    Message { body, ..message }
}

#[test]
fn forged_replies_are_dropped() {
    if let Some(why) = tracer::refused() {
        return tools::skipped("forged", &why);
    }
    let Some(directory) = tools::under_test() else {
        return tools::skipped("forged", "there is no program under test");
    };
    let lines = [
        "ip link",
        "ip -d -j link",
        "ip link show eth0",
        "ip addr",
        "ip -j -d addr",
        "ip route",
        "ip route show table all",
        "ip -6 route",
        "ip link set eth0 mtu 1400",
        "ip addr add 10.9.0.1/24 dev eth0",
        "ip addr flush dev eth0",
        "ip route get 10.1.2.3",
        "ip netns list",
        "ip link del eth1",
    ];
    for line in lines {
        let command = Command::parse(line).expect("a command");
        let mut honest = Kernel::new(fixture());
        let wanted = attempt(directory, &command, &mut honest).expect("a traced program");
        let mut forging = Forging { kernel: Kernel::new(fixture()), port: 4242, forged: 0 };
        let got = attempt(directory, &command, &mut forging).expect("a traced program");
        let output = |outcome: &tracer::Outcome| String::from_utf8_lossy(&outcome.stdout).into_owned();
        assert_eq!(got, wanted, "{line}:\n{}", text::changes(&output(&wanted), &output(&got)));
        assert_eq!(forging.kernel.requests, honest.requests, "{line}");
        assert!(forging.forged > 0 || line.contains("netns"), "{line}: nothing was forged");
    }
}

#[test]
fn the_forged_replies_would_be_seen() {
    if let Some(why) = tracer::refused() {
        return tools::skipped("forged", &why);
    }
    let Some(directory) = tools::under_test() else {
        return tools::skipped("forged", "there is no program under test");
    };
    let mut lying = Forging { kernel: Kernel::new(fixture()), port: 0, forged: 0 };
    let outcome =
        attempt(directory, &Command::parse("ip link").expect("a command"), &mut lying).expect("a traced program");
    assert!(outcome.stdout.windows(3).any(|part| part == b"EVI"), "the kernel itself may say anything");
}
