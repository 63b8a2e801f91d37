//! Notifications of multicast groups, several in one system call.
//!
//! Only the kernel is listened to. That notifications were lost is told and no end: the next ones follow.

use crate::error::{Error, Result};
use crate::message::{MessageView, Messages};
use crate::socket::{Protocol, Socket};
use crate::sys::receive::{MOST, Received, receive};
use nix::sys::socket::{NetlinkAddr, bind};
use std::ops::ControlFlow;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

/// Bytes for one datagram. A notification is one object, and those that are larger (a link with hundreds of virtual
/// functions) are told as [`Event::Lost`]. What is never filled is never touched, so it costs nothing.
const DATAGRAM: usize = 128 * 1024;

/// How long nothing is received where notifications come faster than they can be handed over one by one: woken for each, a
/// reader would spend more on waking than on reading. A thousand may come in that time.
const NAP: Duration = Duration::from_millis(1);

/// What [`Notifications::watch`] hands over.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A notification, and the id of the namespace that it comes from where that is another one.
    Message(&'a MessageView<'a>, Option<i32>),
    /// Notifications were lost: they came faster than they were read, or one was too large.
    Lost,
    /// All that had come has been handed over: the moment to write what was collected.
    Settled,
}

/// A socket that receives the notifications of multicast groups.
#[derive(Debug)]
pub struct Notifications {
    socket: Socket,
    buffer: Vec<u8>,
}

impl AsFd for Notifications {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Notifications {
    /// A socket with room for `room` bytes of notifications that wait to be read; as much of that as the system allows.
    ///
    /// # Errors
    /// [`Error::System`] where the kernel gives no socket.
    pub fn open(room: usize) -> Result<Self> {
        let socket = Socket::with_buffer(Protocol::Route, 0)?;
        socket.make_room(room);
        // One without a port gets none: it would pass for whoever made the change.
        let bound = bind(socket.as_fd().as_raw_fd(), &NetlinkAddr::new(0, 0));
        bound.map_err(|errno| Error::system("Cannot bind a netlink socket", errno))?;
        Ok(Notifications { socket, buffer: vec![0; DATAGRAM * MOST] })
    }

    /// Joins multicast group `group` (`RTNLGRP_…`).
    ///
    /// # Errors
    /// [`Error::System`] where the kernel has no such group (`EINVAL`).
    pub fn join(&self, group: u32) -> Result<()> {
        self.socket.join(group)
    }

    /// Receives what happens in other namespaces that have an id in ours, too (`NETLINK_LISTEN_ALL_NSID`).
    ///
    /// # Errors
    /// [`Error::System`]: older than Linux 4.2.
    pub fn all_namespaces(&self) -> Result<()> {
        crate::sys::receive::listen_to_all(self.as_fd())
            .map_err(|source| Error::System { what: "NETLINK_LISTEN_ALL_NSID", source })
    }

    /// Hands each event to `each`, until that breaks off.
    ///
    /// # Errors
    /// Those of receiving.
    pub fn watch(&mut self, mut each: impl FnMut(Event) -> ControlFlow<()>) -> Result<()> {
        self.watch_with(&mut each)
    }

    fn watch_with(&mut self, each: &mut dyn FnMut(Event) -> ControlFlow<()>) -> Result<()> {
        let mut received = [Received::default(); MOST];
        // Whether something may have come while what came before was handed over.
        let mut pending = false;
        loop {
            let settled = match receive(self.socket.as_fd(), !pending, &mut self.buffer, &mut received) {
                Ok(count) => {
                    if self.hand_over(received.get(..count).unwrap_or(&[]), each).is_break() {
                        return Ok(());
                    }
                    std::mem::replace(&mut pending, true) && count < MOST
                }
                Err(error) => match error.raw_os_error() {
                    Some(libc::EINTR) => continue,
                    Some(libc::EAGAIN) => {
                        pending = false;
                        true
                    }
                    Some(libc::ENOBUFS) => {
                        if each(Event::Lost).is_break() {
                            return Ok(());
                        }
                        continue;
                    }
                    _ => return Err(Error::System { what: "Cannot receive from the kernel", source: error }),
                },
            };
            if settled {
                if each(Event::Settled).is_break() {
                    return Ok(());
                }
                if pending {
                    std::thread::sleep(NAP);
                }
            }
        }
    }

    fn hand_over(&self, received: &[Received], each: &mut dyn FnMut(Event) -> ControlFlow<()>) -> ControlFlow<()> {
        let datagrams = received.iter().zip(self.buffer.chunks_exact(DATAGRAM));
        for (datagram, bytes) in datagrams.filter(|(datagram, _)| datagram.sender == 0) {
            let Some(bytes) = bytes.get(..datagram.len) else {
                each(Event::Lost)?;
                continue;
            };
            for view in Messages::new(bytes) {
                each(Event::Message(&view, datagram.nsid))?;
            }
        }
        ControlFlow::Continue(())
    }
}
