//! One netlink socket: requests with their acknowledgement, dumps, notifications.
//!
//! Only the kernel is listened to: a datagram whose sender's port is not 0 is dropped, for root of a user namespace can
//! send such; so is a reply whose sequence number is not that of the request under way. One buffer is reused for all
//! that is received, and callbacks get views into it, so a dump of any length takes constant memory. Nothing is bound
//! and no port is asked for: the kernel does that at the first send.

use crate::error::{Error, Result};
use crate::extack::Refusal;
use crate::message::{Message, MessageView, Messages, request_of};
use crate::names::NameCache;
use crate::netns::Netns;
use crate::uapi::*;
use neli::consts::socket::NlFamily;
use neli::socket::NlSocket;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, NetlinkAddr, recv, recvmsg};
use std::io::IoSliceMut;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Arc;

/// Which part of the kernel a socket speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// Links, addresses, routes, rules, neighbours, namespaces' ids.
    Route,
    /// nf_tables.
    Netfilter,
    /// Families registered by name.
    Generic,
}

/// Memory for received datagrams in bytes. The kernel fills 32 KiB at most, except where one object is larger (a
/// link with hundreds of virtual functions); what is never filled is never touched, so it costs nothing.
const BUFFER: usize = 1 << 20;

/// How a dump ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum DumpEnd {
    /// All replies are of one moment, as far as the kernel can tell.
    Complete,
    /// Something changed meanwhile (`NLM_F_DUMP_INTR`): entries may be missing or doubled.
    Interrupted,
}

/// A netlink socket.
pub struct Socket {
    inner: Arc<NlSocket>,
    sequence: u32,
    strict: bool,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Socket").field("fd", &self.inner.as_raw_fd()).finish_non_exhaustive()
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        crate::sys::borrow(&*self.inner)
    }
}

impl Socket {
    /// A socket in the calling thread's network namespace, with extended acknowledgements. Close-on-exec.
    ///
    /// # Errors
    /// [`Error::System`] where the kernel gives no socket: no netlink, no such protocol, no descriptor left.
    pub fn open(protocol: Protocol) -> Result<Self> {
        Self::with_buffer(protocol, BUFFER)
    }

    /// As [`Socket::open`], with `size` bytes for received datagrams to begin with; it grows as needed. For dumps of links
    /// 32 KiB are the least: the kernel makes no larger datagrams than were asked for, and ends a dump without a word at
    /// a link that does not fit one.
    pub fn with_buffer(protocol: Protocol, size: usize) -> Result<Self> {
        let family = match protocol {
            Protocol::Route => NlFamily::Route,
            Protocol::Netfilter => NlFamily::Netfilter,
            Protocol::Generic => NlFamily::Generic,
        };
        let failed = |what| move |source| Error::System { what, source };
        let inner = NlSocket::new(family).map_err(failed("Cannot open netlink socket"))?;
        inner.enable_ext_ack(true).or_else(older_kernel).map_err(failed("NETLINK_EXT_ACK"))?;
        Ok(Self::over(Arc::new(inner), size))
    }

    fn over(inner: Arc<NlSocket>, size: usize) -> Self {
        Socket { inner, sequence: 0, strict: false, buffer: vec![0; size.max(4096)] }
    }

    /// The names of the interfaces in the socket's namespace. They are asked for on the same descriptor, also while a
    /// dump is being read.
    pub fn names(&self) -> NameCache {
        NameCache::over(Descriptor(Arc::clone(&self.inner)))
    }

    /// A socket in `netns`. The calling thread's namespace does not change: a thread of its own enters, opens and ends.
    ///
    /// # Errors
    /// [`Error::System`] where the namespace can't be entered (`EPERM` without CAP_SYS_ADMIN) or no socket be had.
    pub fn open_in(protocol: Protocol, netns: &Netns) -> Result<Self> {
        netns.run(|| Self::open(protocol))?
    }

    /// Has the kernel refuse what it does not understand in a dump request, and filter by what it does
    /// (`NETLINK_GET_STRICT_CHK`, Linux 4.20). Older kernels go without. Dumps turn it on by themselves.
    pub fn strict(&mut self) -> Result<()> {
        if !self.strict {
            let on = self.inner.enable_strict_checking(true).or_else(older_kernel);
            on.map_err(|source| Error::System { what: "NETLINK_GET_STRICT_CHK", source })?;
            self.strict = true;
        }
        Ok(())
    }

    /// Sends a request and waits for its acknowledgement. A warning beside that is returned.
    ///
    /// # Errors
    /// [`Error::Refused`] with all that the kernel said.
    pub fn request(&mut self, message: &mut Message) -> Result<Option<Refusal>> {
        self.request_each(message, |_| Ok(()))
    }

    /// As [`Socket::request`], with every reply before the acknowledgement handed to `each` (`NLM_F_ECHO`).
    pub fn request_each(
        &mut self,
        message: &mut Message,
        mut each: impl FnMut(&MessageView) -> Result<()>,
    ) -> Result<Option<Refusal>> {
        self.request_with(message, &mut each)
    }

    /// One function for all callers: so are the others whose names end alike.
    fn request_with(
        &mut self,
        message: &mut Message,
        each: &mut dyn FnMut(&MessageView) -> Result<()>,
    ) -> Result<Option<Refusal>> {
        message.add_flags(NLM_F_REQUEST | NLM_F_ACK);
        let (sequence, request) = self.begin(message)?;
        loop {
            for view in self.receive()?.0.filter(|view| view.sequence == sequence) {
                if view.kind == NLMSG_ERROR {
                    let answer = answer(&view, request)?;
                    if answer.errno != 0 {
                        return Err(Error::Refused(Box::new(answer)));
                    }
                    return Ok(answer.message.is_some().then_some(answer));
                }
                each(&view)?;
            }
        }
    }

    /// Sends a message with the next sequence number: that, and the bytes sent.
    fn begin<'m>(&mut self, message: &'m mut Message) -> Result<(u32, &'m [u8])> {
        let sequence = self.next_sequence();
        let request = message.finish(sequence);
        self.send(request)?;
        Ok((sequence, request))
    }

    /// Sends requests that ask for no acknowledgement, one behind the other in one piece of memory, each with a sequence number
    /// of its own ([`Socket::next_sequence`]), and hands every refusal with the number of its request to `refused`.
    ///
    /// The kernel works on all of them before the call that sends them returns, in order, and goes on behind one that it
    /// refuses; it is silent about the others. So what there is to be received is there then, and nothing is waited for. A warning
    /// beside a success is not told. The answers must fit the receive buffer ([`Socket::make_room`]): some 1,000 bytes each.
    ///
    /// # Errors
    /// Those of sending and receiving; [`Error::Overrun`] where answers were lost.
    pub fn exchange(&mut self, requests: &[u8], mut refused: impl FnMut(u32, Refusal)) -> Result<()> {
        self.exchange_with(requests, &mut refused)
    }

    fn exchange_with(&mut self, requests: &[u8], refused: &mut dyn FnMut(u32, Refusal)) -> Result<()> {
        self.send(requests)?;
        // Mostly there is no answer, which this call tells for less than one that receives the sender with it.
        match recv(self.inner.as_raw_fd(), &mut [0], MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT) {
            Err(Errno::EAGAIN) => return Ok(()),
            Err(Errno::ENOBUFS) => return Err(Error::Overrun),
            _ => (),
        }
        while let Some(len) = self.fill_with(MsgFlags::MSG_DONTWAIT)? {
            for view in self.messages(len).filter(|view| view.kind == NLMSG_ERROR) {
                let Some(request) = request_of(requests, view.sequence) else { continue };
                let refusal = answer(&view, request)?;
                if refusal.errno != 0 {
                    refused(view.sequence, refusal);
                }
            }
        }
        Ok(())
    }

    /// Asks for a receive buffer of `size` bytes, and tells how many there are: without CAP_NET_ADMIN in the first user
    /// namespace the system sets a limit.
    pub fn make_room(&self, size: usize) -> usize {
        use nix::sys::socket::{getsockopt, setsockopt, sockopt};
        let socket = crate::sys::borrow(&*self.inner);
        if setsockopt(&socket, sockopt::RcvBufForce, &size).is_err() {
            let _ = setsockopt(&socket, sockopt::RcvBuf, &size);
        }
        getsockopt(&socket, sockopt::RcvBuf).unwrap_or(0)
    }

    /// Asks for one object and hands the reply to `read`; one that does not fit the buffer is asked for again with
    /// room enough.
    pub fn get<T>(&mut self, message: &mut Message, read: impl FnOnce(&MessageView) -> Result<T>) -> Result<T> {
        read(&self.get_view(message)?)
    }

    fn get_view(&mut self, message: &mut Message) -> Result<MessageView<'_>> {
        message.add_flags(NLM_F_REQUEST);
        let (sequence, len) = loop {
            let (sequence, _) = self.begin(message)?;
            let len = loop {
                let len = self.fill()?;
                // A datagram cut short holds no whole message, so its sequence number may be out of reach.
                if len > self.buffer.len() || self.messages(len).any(|view| view.sequence == sequence) {
                    break len;
                }
            };
            if len <= self.buffer.len() {
                break (sequence, len);
            }
            self.buffer.resize(len.next_power_of_two(), 0);
        };
        let reply = self.messages(len).find(|view| view.sequence == sequence);
        match reply.ok_or(Error::Malformed("no reply"))? {
            view if view.kind == NLMSG_ERROR => Err(Error::Refused(Box::new(answer(&view, message.finish(sequence))?))),
            view => Ok(view),
        }
    }

    /// Asks for all objects that match `message` and hands each reply to `each`, in the kernel's order.
    ///
    /// An object that does not fit the buffer makes the dump start over with a larger one; what was handed over
    /// before is not handed over again. An error of `each` is returned once the dump has been read to its end, so that
    /// the socket can be used again.
    pub fn dump(&mut self, message: &mut Message, mut each: impl FnMut(&MessageView) -> Result<()>) -> Result<DumpEnd> {
        self.dump_with(message, &mut each)
    }

    fn dump_with(
        &mut self,
        message: &mut Message,
        each: &mut dyn FnMut(&MessageView) -> Result<()>,
    ) -> Result<DumpEnd> {
        self.strict()?;
        message.add_flags(NLM_F_REQUEST | NLM_F_DUMP);
        let (mut handed, mut stopped, mut end) = (0u64, None, DumpEnd::Complete);
        'dump: loop {
            let (sequence, request) = self.begin(message)?;
            let (mut seen, mut cut) = (0u64, None);
            loop {
                let (replies, len) = self.receive()?;
                for view in replies.filter(|view| view.sequence == sequence) {
                    if view.flags & NLM_F_DUMP_INTR != 0 {
                        end = DumpEnd::Interrupted;
                    }
                    match view.kind {
                        NLMSG_DONE | NLMSG_ERROR => {
                            if let Some(size) = cut {
                                self.buffer.resize(size, 0);
                                continue 'dump;
                            }
                            return finish(&view, request, stopped, end);
                        }
                        NLMSG_NOOP => (),
                        _ => {
                            seen += 1;
                            if cut.is_none() && stopped.is_none() && seen > handed {
                                handed += 1;
                                if let Err(error) = each(&view) {
                                    stopped = Some(error);
                                }
                            }
                        }
                    }
                }
                if len > self.buffer.len() {
                    cut = Some(len.next_power_of_two());
                }
            }
        }
    }

    /// Sends bytes that are one or more whole messages.
    pub fn send(&self, bytes: &[u8]) -> Result<()> {
        loop {
            match self.inner.send(bytes, neli::consts::socket::Msg::empty()) {
                Ok(_) => return Ok(()),
                Err(error) if error.raw_os_error() == Some(libc::EINTR) => (),
                Err(source) => return Err(Error::System { what: "Cannot send to the kernel", source }),
            }
        }
    }

    /// Waits for the next datagram from the kernel: its messages, and its real length in bytes, which is greater than
    /// the buffer's where it was cut short.
    ///
    /// # Errors
    /// [`Error::Overrun`] where notifications were lost.
    pub fn receive(&mut self) -> Result<(Messages<'_>, usize)> {
        let len = self.fill()?;
        Ok((self.messages(len), len))
    }

    /// The messages in a datagram of `len` bytes that was received last.
    fn messages(&self, len: usize) -> Messages<'_> {
        Messages::new(self.buffer.get(..len.min(self.buffer.len())).unwrap_or(&[]))
    }

    fn fill(&mut self) -> Result<usize> {
        self.fill_with(MsgFlags::empty())?.ok_or(Error::Malformed("nothing where the kernel owes an answer"))
    }

    /// The length of the next datagram from the kernel; nothing where there is none and the flags say not to wait.
    fn fill_with(&mut self, flags: MsgFlags) -> Result<Option<usize>> {
        loop {
            let mut parts = [IoSliceMut::new(&mut self.buffer)];
            let received =
                recvmsg::<NetlinkAddr>(self.inner.as_raw_fd(), &mut parts, None, MsgFlags::MSG_TRUNC | flags);
            match received {
                Ok(datagram) if datagram.address.is_some_and(|from| from.pid() == 0) => {
                    return Ok(Some(datagram.bytes));
                }
                Err(Errno::EAGAIN) if flags.contains(MsgFlags::MSG_DONTWAIT) => return Ok(None),
                Ok(_) | Err(Errno::EINTR) => (),
                Err(Errno::ENOBUFS) => return Err(Error::Overrun),
                Err(errno) => return Err(Error::system("Cannot receive from the kernel", errno)),
            }
        }
    }

    /// The number that the next request will bear; for transactions that number their messages themselves.
    pub fn next_sequence(&mut self) -> u32 {
        self.sequence = self.sequence.wrapping_add(1);
        self.sequence
    }

    /// Joins multicast group `group` (`RTNLGRP_…`), whose notifications [`Socket::receive`] then returns.
    pub fn join(&self, group: u32) -> Result<()> {
        let groups = neli::utils::Groups::new_groups(&[group]);
        self.inner
            .add_mcast_membership(groups)
            .map_err(|source| Error::System { what: "NETLINK_ADD_MEMBERSHIP", source })
    }
}

/// The descriptor of a [`Socket`], shared with the [`NameCache`] that asks on it.
#[derive(Clone)]
pub(crate) struct Descriptor(Arc<NlSocket>);

impl Descriptor {
    /// A second socket on the descriptor; only for while the first is not being read.
    pub(crate) fn socket(&self) -> Socket {
        Socket::over(Arc::clone(&self.0), 64 * 1024)
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        crate::sys::borrow(&*self.0)
    }
}

/// A socket option that this kernel does not know is done without.
fn older_kernel(error: std::io::Error) -> std::io::Result<()> {
    if error.raw_os_error() == Some(libc::ENOPROTOOPT) { Ok(()) } else { Err(error) }
}

/// What an `NLMSG_ERROR` says of the request that it answers.
#[inline(never)]
fn answer(view: &MessageView, request: &[u8]) -> Result<Refusal> {
    Refusal::of_error(view, request).ok_or(Error::Malformed("short error"))
}

/// The outcome of a dump whose last message is `view`.
fn finish(view: &MessageView, request: &[u8], stopped: Option<Error>, end: DumpEnd) -> Result<DumpEnd> {
    let refusal = match view.kind {
        NLMSG_DONE => Refusal::of_done(view, request),
        _ => Refusal::of_error(view, request).filter(|refusal| refusal.errno != 0),
    };
    match (stopped, refusal) {
        (Some(error), _) => Err(error),
        (None, Some(refusal)) => Err(Error::Refused(Box::new(refusal))),
        (None, None) => Ok(end),
    }
}
