//! `cargo xtask tutorial`: builds netmite and plays docs/tutorial.md, packets and all, in containers it makes itself.
//!
//! In the containers there is our file, its links, and a shell and `ls`, nothing else. The network is made with our own
//! file too: a machine with docker0 (172.17.0.1/16), c1 on it (172.17.0.2), a second container, and beyond the machine
//! a network that holds 8.8.8.8 and knows no way to 10.0.0.0/16. None of it has a way out. Fails at the first command
//! that does not do what the tutorial shows.

mod container;
mod script;

use crate::run::{self, Result, at};
use crate::{dist, needs, reference};
use clap::{Arg, ArgMatches, Command as Grammar, value_parser};
use container::{Container, Done, Image};
use script::{Actor, Step};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a reader needs to type the next command. The kernel takes as long to tell a bridge that a port has a carrier:
/// it looks at changed links once a second.
const READING: Duration = Duration::from_millis(1500);

/// The errand's grammar.
pub fn command() -> Grammar {
    let binary = Arg::new("binary").long("binary").value_name("FILE").value_parser(value_parser!(PathBuf));
    Grammar::new("tutorial")
        .about("Build netmite and play docs/tutorial.md in namespaces of its own (root)")
        .arg(binary.help("Play it with this static file rather than a new build"))
}

/// The errand.
pub fn run(matches: &ArgMatches) -> Result<()> {
    if !run::is_root() {
        return Err("the tutorial must be run as root".to_owned());
    }
    let binary = match matches.get_one::<PathBuf>("binary") {
        Some(file) => at(file, fs::canonicalize(file))?,
        None => {
            dist::prepare()?;
            run::say("building netmite");
            dist::build(None)?.0
        }
    };
    reference::prepare()?;
    play(&binary)
}

/// Plays the tutorial with a static file; the reference must have been prepared.
pub fn play(binary: &Path) -> Result<()> {
    needs::programs(&[("unshare", "util-linux"), ("mount", "mount")])?;
    let path = run::home().join("docs/tutorial.md");
    let steps = script::steps(&at(&path, fs::read_to_string(&path))?)?;
    let mount = run::target().join("tutorial");
    at(&mount, fs::create_dir_all(&mount))?;
    let shell = run::target().join("reference/shell");
    let image = Image { binary: binary.to_path_buf(), shell, mount };
    let mut stage = Stage::new(&image)?;
    for step in &steps {
        stage.play(step)?;
    }
    let again = steps.iter().rev().find(|step| step.command.contains("ping") && step.command.contains("8.8.8.8"));
    let again = again.ok_or("the tutorial never asks 8.8.8.8")?;
    println!("\n# xtask's own: without the rule, 8.8.8.8 does not answer again");
    let expected = vec!["1 packets transmitted, 0 packets received, 100% packet loss".to_owned()];
    let delete = "iptables -t nat -D POSTROUTING -o eth0 -j MASQUERADE".to_owned();
    stage.play(&Step { command: delete, expected: Vec::new() })?;
    stage.play(&Step { command: again.command.clone(), expected })?;
    println!("\nThe tutorial: {} commands did what it shows.", steps.len());
    Ok(())
}

/// The containers. They end in the order in which they stand here: the machine last.
struct Stage {
    c1: Container,
    beside: Container,
    _internet: Container,
    _host: Container,
}

impl Stage {
    /// Starts them and lays the network.
    fn new(image: &Image) -> Result<Self> {
        let mut host = Container::start("the machine", image, None)?;
        for line in [
            "ip link set lo up",
            "echo 1 >/proc/sys/net/ipv4/ip_forward",
            "ip link add docker0 type bridge",
            "ip address add 172.17.0.1/16 dev docker0",
            "ip link set docker0 up",
        ] {
            host.must(line)?;
        }
        let mut join = |name, port: &str, address: &str| {
            let mut container = Container::start(name, image, Some(&host))?;
            let pid = container.inner_pid()?;
            host.must(&format!("ip link add {port} type veth peer name eth0 netns {pid}"))?;
            host.must(&format!("ip link set {port} up"))?;
            container.must("ip link set lo up")?;
            container.must(&format!("ip address add {address} dev eth0"))?;
            container.must("ip link set eth0 up").map(|()| container)
        };
        let mut c1 = join("c1", "veth08b622c", "172.17.0.2/16")?;
        let mut beside = join("the other container", "veth820e277", "172.17.0.3/16")?;
        let mut internet = join("the internet", "uplink", "192.0.2.2/24")?;
        for port in ["veth08b622c", "veth820e277"] {
            host.must(&format!("ip link set {port} master docker0"))?;
        }
        c1.must("echo 1 >/proc/sys/net/ipv4/ip_forward")?;
        for container in [&mut c1, &mut beside] {
            container.must("ip route add default via 172.17.0.1")?;
        }
        host.must("ip address add 192.0.2.1/24 dev uplink")?;
        host.must("ip route add default via 192.0.2.2")?;
        internet.must("ip address add 8.8.8.8/32 dev lo")?;
        internet.must("ip route add 172.17.0.0/16 via 192.0.2.1")?;
        Ok(Stage { c1, beside, _internet: internet, _host: host })
    }

    /// Plays a command, prints it with its output, and judges what it did.
    fn play(&mut self, step: &Step) -> Result<()> {
        println!("\n{}{}", if step.command.starts_with("host$ ") { "" } else { "# " }, step.command);
        let Done { status, output } = match step.actor()? {
            Actor::Shell(line) => self.c1.run(line)?,
            Actor::Exec(line) => {
                std::thread::sleep(READING);
                self.c1.exec(line)?
            }
            Actor::Beside(line) => self.beside.run(line)?,
        };
        print!("{output}");
        step.judge(status, &output)
    }
}
