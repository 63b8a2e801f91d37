//! Which system calls of a traced program are answered here, and how.
//!
//! * `socket` makes the real socket; what is sent on a netlink socket goes to the [`World`], what is received comes
//!   from it. `bind` and `getsockname` are answered with a port of our own, so that runs repeat exactly.
//! * `SIOCGIFNAME`, `SIOCGIFINDEX` and `SIOCGIFFLAGS` ask the [`World`], the ioctls of tunnels, multicast addresses and tun
//!   interfaces tell it what they change; all other interface ioctls fail.
//! * `open` may be led to another file (name files, namespaces).
//! * What would change the machine (`setns`, `unshare`, `mount`, `mkdir` and their like) does nothing and succeeds.
//!
//! A call is skipped by giving it a number that does not exist; its result is put in place when it returns.

use super::world::{Socket, World};
use super::{memory, tunnel};
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace;
use nix::unistd::Pid;
use std::collections::{HashMap, HashSet, VecDeque};
use std::os::unix::ffi::OsStrExt;

type Registers = libc::user_regs_struct;

/// What is to be done when a call returns.
enum Pending {
    /// The call was skipped; this is its result.
    Result(i64),
    /// A netlink socket of this protocol was asked for.
    Socket(i32),
    /// A socket of IPv6 was asked for.
    Six,
    /// A descriptor was copied.
    Copied(i32),
    /// A file was opened in place of another; the register that held its path, and what it is called.
    Opened { first: bool, path: u64, label: Option<String> },
}

/// The sockets of a traced program and the calls it is in.
pub struct Calls<'a> {
    world: &'a mut dyn World,
    sockets: HashMap<i32, Socket>,
    labels: HashMap<i32, String>,
    /// The sockets of IPv6.
    six: HashSet<i32>,
    pending: HashMap<Pid, Pending>,
    ports: u32,
    /// Set once the program waits for a datagram that will not come.
    pub starved: bool,
}

const MSG_PEEK: u64 = libc::MSG_PEEK as u64;
const MSG_TRUNC: u64 = libc::MSG_TRUNC as u64;
const MSG_DONTWAIT: u64 = libc::MSG_DONTWAIT as u64;

// linux/if_tun.h, on x86_64.
const TUNSETIFF: u64 = 0x4004_54ca;
const TUNSETPERSIST: u64 = 0x4004_54cb;
const TUNSETOWNER: u64 = 0x4004_54cc;
const TUNSETGROUP: u64 = 0x4004_54ce;

fn failed(errno: Errno) -> i64 {
    -i64::from(errno as i32)
}

impl<'a> Calls<'a> {
    pub fn new(world: &'a mut dyn World) -> Self {
        let empty = HashMap::new();
        Calls {
            world,
            sockets: HashMap::new(),
            labels: empty,
            six: HashSet::new(),
            pending: HashMap::new(),
            ports: 1000,
            starved: false,
        }
    }

    /// A new program runs in the process: all descriptors of the old one's sockets are closed.
    pub fn executed(&mut self) {
        self.sockets.clear();
        self.labels.clear();
    }

    /// The call that `pid` has just entered.
    pub fn enter(&mut self, pid: Pid) -> Result<(), Errno> {
        let mut registers = ptrace::getregs(pid)?;
        let outcome = match self.call(pid, &mut registers) {
            Ok(outcome) => outcome,
            Err(errno) => Some(Pending::Result(failed(errno))),
        };
        match outcome {
            Some(Pending::Result(value)) => {
                registers.orig_rax = u64::MAX;
                ptrace::setregs(pid, registers)?;
                self.pending.insert(pid, Pending::Result(value));
            }
            Some(other) => {
                if let Pending::Opened { .. } = other {
                    ptrace::setregs(pid, registers)?;
                }
                self.pending.insert(pid, other);
            }
            None => (),
        }
        Ok(())
    }

    /// The call that `pid` is about to return from.
    pub fn leave(&mut self, pid: Pid) -> Result<(), Errno> {
        let Some(pending) = self.pending.remove(&pid) else { return Ok(()) };
        let mut registers = ptrace::getregs(pid)?;
        let result = registers.rax as i64;
        match pending {
            Pending::Result(value) => {
                registers.rax = value as u64;
                ptrace::setregs(pid, registers)?;
            }
            Pending::Socket(protocol) if result >= 0 => {
                self.ports += 1;
                let socket = Socket { protocol, port: self.ports, strict: false, queue: VecDeque::new() };
                self.sockets.insert(result as i32, socket);
            }
            Pending::Socket(_) => (),
            Pending::Six => {
                self.six.insert(result as i32);
            }
            Pending::Copied(from) => {
                if let (Some(label), true) = (self.labels.get(&from).cloned(), result >= 0) {
                    self.labels.insert(result as i32, label);
                }
            }
            Pending::Opened { first, path, label } => {
                *if first { &mut registers.rdi } else { &mut registers.rsi } = path;
                ptrace::setregs(pid, registers)?;
                if let (Some(label), true) = (label, result >= 0) {
                    self.labels.insert(result as i32, label);
                }
            }
        }
        Ok(())
    }

    fn call(&mut self, pid: Pid, registers: &mut Registers) -> Result<Option<Pending>, Errno> {
        let fd = registers.rdi as i32;
        let number = registers.orig_rax as i64;
        let netlink = self.sockets.contains_key(&fd);
        let result = match number {
            libc::SYS_socket if registers.rdi as i32 == libc::AF_NETLINK => {
                return Ok(Some(Pending::Socket(registers.rdx as i32)));
            }
            libc::SYS_socket if registers.rdi as i32 == libc::AF_INET6 => return Ok(Some(Pending::Six)),
            libc::SYS_open => return self.open(pid, registers, true),
            libc::SYS_openat => return self.open(pid, registers, false),
            libc::SYS_dup | libc::SYS_dup2 | libc::SYS_dup3 | libc::SYS_fcntl if self.labels.contains_key(&fd) => {
                let copies =
                    number != libc::SYS_fcntl || matches!(registers.rsi as i32, libc::F_DUPFD | libc::F_DUPFD_CLOEXEC);
                return Ok(copies.then_some(Pending::Copied(fd)));
            }
            libc::SYS_close => {
                self.sockets.remove(&fd);
                self.labels.remove(&fd);
                self.six.remove(&fd);
                return Ok(None);
            }
            libc::SYS_setns | libc::SYS_unshare | libc::SYS_mount | libc::SYS_umount2 | libc::SYS_mkdir => 0,
            libc::SYS_mkdirat | libc::SYS_unlink | libc::SYS_unlinkat | libc::SYS_rmdir | libc::SYS_rename => 0,
            libc::SYS_chmod | libc::SYS_symlink | libc::SYS_link => 0,
            libc::SYS_ioctl => match self.ioctl(pid, registers)? {
                Some(value) => value,
                None => return Ok(None),
            },
            libc::SYS_sendto | libc::SYS_sendmsg | libc::SYS_sendmmsg if !netlink => failed(Errno::ENETUNREACH),
            libc::SYS_bind | libc::SYS_connect if netlink => 0,
            libc::SYS_getsockname if netlink => self.own_address(pid, registers)?,
            libc::SYS_setsockopt if netlink => {
                self.option(pid, registers)?;
                return Ok(None);
            }
            libc::SYS_sendto | libc::SYS_write if netlink => {
                let bytes = memory::read(pid, registers.rsi, registers.rdx as usize)?;
                self.send(fd, &bytes)
            }
            libc::SYS_sendmsg if netlink => {
                let header = memory::read(pid, registers.rsi, 56)?;
                let mut bytes = Vec::new();
                for (address, len) in
                    memory::parts(pid, memory::number(&header, 16), memory::number(&header, 24) as usize)?
                {
                    bytes.extend(memory::read(pid, address, len)?);
                }
                self.send(fd, &bytes)
            }
            libc::SYS_recvfrom if netlink => self.receive_from(pid, registers)?,
            libc::SYS_recvmsg if netlink => self.receive_message(pid, registers)?,
            libc::SYS_read if netlink => self.take(pid, fd, &[(registers.rsi, registers.rdx as usize)], 0)?.result,
            libc::SYS_recvmmsg | libc::SYS_sendmmsg if netlink => failed(Errno::ENOSYS),
            _ => return Ok(None),
        };
        Ok(Some(Pending::Result(result)))
    }

    fn open(&mut self, pid: Pid, registers: &mut Registers, first: bool) -> Result<Option<Pending>, Errno> {
        let path = if first { registers.rdi } else { registers.rsi };
        let Some(other) = self.world.redirect(&memory::read_string(pid, path)?) else { return Ok(None) };
        let mut name = other.path.as_os_str().as_bytes().to_vec();
        name.push(0);
        // Beyond the red zone the stack below the stack pointer belongs to nobody.
        let address = (registers.rsp - 256 - name.len() as u64) & !15;
        memory::write(pid, address, &name)?;
        *if first { &mut registers.rdi } else { &mut registers.rsi } = address;
        Ok(Some(Pending::Opened { first, path, label: other.label }))
    }

    fn ioctl(&mut self, pid: Pid, registers: &Registers) -> Result<Option<i64>, Errno> {
        let request = registers.rsi;
        let result = match request {
            libc::SIOCGIFNAME => {
                let index = memory::number(&memory::read(pid, registers.rdx + 16, 4)?, 0) as u32;
                let Some(mut name) = self.world.name_of(index) else { return Ok(Some(failed(Errno::ENODEV))) };
                name.resize(16, 0);
                memory::write(pid, registers.rdx, &name)?;
                0
            }
            libc::SIOCGIFINDEX | libc::SIOCGIFFLAGS => {
                let name = memory::read(pid, registers.rdx, 16)?;
                let name = name.split(|byte| *byte == 0).next().unwrap_or(&[]);
                let index = request == libc::SIOCGIFINDEX;
                let answer = if index { self.world.index_of(name) } else { self.world.flags_of(name) };
                let Some(answer) = answer else { return Ok(Some(failed(Errno::ENODEV))) };
                // The flags there are the lower sixteen bits.
                let bytes = answer.to_le_bytes();
                memory::write(pid, registers.rdx + 16, if index { &bytes } else { &bytes[..2] })?;
                0
            }
            libc::SIOCADDMULTI | libc::SIOCDELMULTI => {
                let bytes = memory::read(pid, registers.rdx, 32)?;
                let name = bytes.split(|byte| *byte == 0).next().unwrap_or(&[]);
                if name.len() > 16 || self.world.index_of(name).is_none() {
                    return Ok(Some(failed(Errno::ENODEV)));
                }
                let verb = if request == libc::SIOCADDMULTI { "SIOCADDMULTI" } else { "SIOCDELMULTI" };
                let name = String::from_utf8_lossy(name);
                self.world.change(format!("{verb} {name} {}", crate::text::to_hex(&bytes[18..])))
            }
            tunnel::FIRST..=0x89fb => self.tunnel(pid, registers, request)?,
            // The other requests for sockets.
            0x8900..=0x89ff => failed(Errno::ENODEV),
            TUNSETIFF => {
                let bytes = memory::read(pid, registers.rdx, 18)?;
                let name = bytes[..16].split(|byte| *byte == 0).next().unwrap_or(&[]);
                let flags = u16::from_le_bytes([bytes[16], bytes[17]]);
                self.world.change(format!("TUNSETIFF {:?} flags={flags:#x}", String::from_utf8_lossy(name)))
            }
            TUNSETPERSIST => self.world.change(format!("TUNSETPERSIST {}", registers.rdx)),
            TUNSETOWNER => self.world.change(format!("TUNSETOWNER {}", registers.rdx as u32)),
            TUNSETGROUP => self.world.change(format!("TUNSETGROUP {}", registers.rdx as u32)),
            _ => return Ok(None),
        };
        Ok(Some(result))
    }

    /// A request about a tunnel: what one is like is told of those that there are, all else is noted.
    fn tunnel(&mut self, pid: Pid, registers: &Registers, number: u64) -> Result<i64, Errno> {
        let six = self.six.contains(&(registers.rdi as i32));
        let Some((request, size)) = tunnel::request(number, six) else { return Ok(failed(Errno::EINVAL)) };
        let device = memory::read(pid, registers.rdx, 24)?;
        let address = memory::number(&device, 16);
        let name = device[..16].split(|byte| *byte == 0).next().unwrap_or(&[]);
        let bytes = memory::read(pid, address, size)?;
        match request {
            "SIOCGETTUNNEL" if self.world.index_of(name).is_none() => Ok(failed(Errno::ENODEV)),
            "SIOCGETTUNNEL" => memory::write(pid, address, &tunnel::answer(name, six)).map(|()| 0),
            "SIOCGETPRL" | "SIOCGET6RD" => Ok(failed(Errno::EINVAL)),
            _ => Ok(self.world.change(tunnel::text(request, name, six, &bytes))),
        }
    }

    fn own_address(&mut self, pid: Pid, registers: &Registers) -> Result<i64, Errno> {
        let port = self.sockets.get(&(registers.rdi as i32)).map_or(0, |socket| socket.port);
        memory::write(pid, registers.rsi, &address(port))?;
        memory::write(pid, registers.rdx, &12u32.to_ne_bytes())?;
        Ok(0)
    }

    fn option(&mut self, pid: Pid, registers: &Registers) -> Result<(), Errno> {
        if registers.rsi as i32 == libc::SOL_NETLINK && registers.rdx as i32 == libc::NETLINK_GET_STRICT_CHK {
            let on = memory::read(pid, registers.r10, 4)?.iter().any(|byte| *byte != 0);
            if let Some(socket) = self.sockets.get_mut(&(registers.rdi as i32)) {
                socket.strict = on;
            }
        }
        Ok(())
    }

    fn send(&mut self, fd: i32, bytes: &[u8]) -> i64 {
        let labels = &self.labels;
        if let Some(socket) = self.sockets.get_mut(&fd) {
            self.world.send(socket, bytes, &|fd| labels.get(&fd).cloned());
        }
        bytes.len() as i64
    }

    fn receive_from(&mut self, pid: Pid, registers: &Registers) -> Result<i64, Errno> {
        let room = [(registers.rsi, registers.rdx as usize)];
        let Taken { result, from, .. } = self.take(pid, registers.rdi as i32, &room, registers.r10)?;
        if result >= 0 && registers.r8 != 0 {
            memory::write(pid, registers.r8, &address(from))?;
            memory::write(pid, registers.r9, &12u32.to_ne_bytes())?;
        }
        Ok(result)
    }

    fn receive_message(&mut self, pid: Pid, registers: &Registers) -> Result<i64, Errno> {
        let mut header = memory::read(pid, registers.rsi, 56)?;
        let parts = memory::parts(pid, memory::number(&header, 16), memory::number(&header, 24) as usize)?;
        let Taken { result, cut, from } = self.take(pid, registers.rdi as i32, &parts, registers.rdx)?;
        if result >= 0 {
            let name = memory::number(&header, 0);
            if name != 0 {
                memory::write(pid, name, &address(from))?;
            }
            header[8..12].copy_from_slice(&12u32.to_ne_bytes());
            header[40..48].fill(0);
            header[48..52].copy_from_slice(&if cut { libc::MSG_TRUNC } else { 0 }.to_ne_bytes());
            memory::write(pid, registers.rsi, &header)?;
        }
        Ok(result)
    }

    /// The next datagram into `parts`.
    fn take(&mut self, pid: Pid, fd: i32, parts: &[(u64, usize)], flags: u64) -> Result<Taken, Errno> {
        let Some(socket) = self.sockets.get_mut(&fd) else { return Err(Errno::EBADF) };
        let Some(datagram) = socket.queue.front() else {
            self.starved |= flags & MSG_DONTWAIT == 0;
            return Err(Errno::EAGAIN);
        };
        let copied = memory::scatter(pid, parts, &datagram.bytes)?;
        let (whole, from) = (datagram.bytes.len(), datagram.from);
        if flags & MSG_PEEK == 0 {
            socket.queue.pop_front();
        }
        let result = if flags & MSG_TRUNC != 0 { whole } else { copied } as i64;
        Ok(Taken { result, cut: copied < whole, from })
    }
}

/// What came of receiving: the call's result, whether the datagram was cut short, and its sender's port.
struct Taken {
    result: i64,
    cut: bool,
    from: u32,
}

/// A `struct sockaddr_nl` for `port`.
fn address(port: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..2].copy_from_slice(&(libc::AF_NETLINK as u16).to_ne_bytes());
    bytes[4..8].copy_from_slice(&port.to_ne_bytes());
    bytes
}
