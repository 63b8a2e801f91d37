//! What a traced program meets in place of the kernel's netlink.

use std::collections::VecDeque;
use std::path::PathBuf;

/// A netlink socket of the traced program.
#[derive(Clone, Debug)]
pub struct Socket {
    /// `NETLINK_ROUTE` and so on.
    pub protocol: i32,
    /// Its port, as `getsockname` says.
    pub port: u32,
    /// Whether dump requests are checked strictly and filtered.
    pub strict: bool,
    /// Datagrams that wait to be received.
    pub queue: VecDeque<Datagram>,
}

/// What waits to be received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// The sender's port; 0 is the kernel.
    pub from: u32,
    /// One or more messages.
    pub bytes: Vec<u8>,
}

/// Another file in place of one that the program opens.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// The file that is opened.
    pub path: PathBuf,
    /// What a descriptor of it is called in recordings.
    pub label: Option<String>,
}

/// The other side of a traced program's netlink sockets and name lookups.
pub trait World {
    /// The program sent `datagram`; replies go to `socket.queue`. `label` knows what a descriptor was opened for.
    fn send(&mut self, socket: &mut Socket, datagram: &[u8], label: &dyn Fn(i32) -> Option<String>);
    /// The interface numbered `index`, for `SIOCGIFNAME`.
    fn name_of(&self, index: u32) -> Option<Vec<u8>>;
    /// The number of the interface called `name`, for `SIOCGIFINDEX`.
    fn index_of(&self, name: &[u8]) -> Option<u32>;
    /// The flags of the interface called `name`, for `SIOCGIFFLAGS`.
    fn flags_of(&self, name: &[u8]) -> Option<u32>;
    /// The program changes an interface by an ioctl, told as text; the result, an error number below zero.
    fn change(&mut self, _ioctl: String) -> i64 {
        0
    }
    /// The file that is opened in place of `path`.
    fn redirect(&self, path: &[u8]) -> Option<Redirect>;
}
