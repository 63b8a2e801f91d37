//! Links, addresses and routes of one network namespace, as calls.

use crate::addr::{Address, AddressInfo, AddressView};
use crate::error::{Error, Result};
use crate::header::{IfAddr, IfInfo, RouteHeader};
use crate::link::{Filter, Link, LinkInfo, LinkView};
use crate::message::{Message, MessageView};
use crate::names::NameCache;
use crate::netns::Netns;
use crate::route::{Route, RouteInfo, RouteView};
use crate::socket::{DumpEnd, Protocol, Socket};
use crate::tree::{ROOT, Tree};
use crate::types::{IfIndex, IfName};
use crate::uapi::*;

/// A socket for NETLINK_ROUTE and the names of its namespace's interfaces.
///
/// Requests return when the kernel has done them. [`Error::errno`] tells what was wrong in the system's terms,
/// [`Error::kernel_message`] in the kernel's own words.
#[derive(Debug)]
pub struct RouteSocket {
    socket: Socket,
    names: NameCache,
}

impl From<Socket> for RouteSocket {
    fn from(socket: Socket) -> Self {
        let names = socket.names();
        RouteSocket { socket, names }
    }
}

/// What [`RouteSocket::add`] can add.
pub trait Add {
    #[doc(hidden)]
    fn add(self, socket: &mut RouteSocket) -> Result<()>;
}

/// What [`RouteSocket::delete`] can delete.
pub trait Delete {
    #[doc(hidden)]
    fn delete(self, socket: &mut RouteSocket) -> Result<()>;
}

impl Add for Link {
    fn add(self, socket: &mut RouteSocket) -> Result<()> {
        socket.send_link(self, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL)
    }
}
impl Delete for Link {
    fn delete(self, socket: &mut RouteSocket) -> Result<()> {
        socket.send_link(self, RTM_DELLINK, 0)
    }
}
impl Add for Address {
    fn add(self, socket: &mut RouteSocket) -> Result<()> {
        socket.send(&self.tree, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL)
    }
}
impl Delete for Address {
    fn delete(self, socket: &mut RouteSocket) -> Result<()> {
        socket.send(&self.tree, RTM_DELADDR, 0)
    }
}
impl Add for Route {
    fn add(self, socket: &mut RouteSocket) -> Result<()> {
        socket.send(&self.tree(false), RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL)
    }
}
impl Delete for Route {
    fn delete(self, socket: &mut RouteSocket) -> Result<()> {
        socket.send(&self.tree(true), RTM_DELROUTE, 0)
    }
}

impl RouteSocket {
    /// A socket in the calling thread's network namespace; strict checking and extended acknowledgements are on.
    pub fn open() -> Result<Self> {
        let mut socket = Socket::open(Protocol::Route)?;
        socket.strict()?;
        Ok(socket.into())
    }

    /// A socket in `netns`. The calling thread's namespace does not change.
    pub fn open_in(netns: &Netns) -> Result<Self> {
        let mut socket = Socket::open_in(Protocol::Route, netns)?;
        socket.strict()?;
        Ok(socket.into())
    }

    /// The socket itself, for requests that have no call here.
    pub fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    /// The index of the interface called `name`; alternative names count.
    ///
    /// # Errors
    /// [`Error::NoSuchInterface`].
    pub fn index_of(&self, name: impl AsRef<[u8]>) -> Result<IfIndex> {
        self.names.index_of(name.as_ref())
    }

    /// The name of interface `index`; asked once and remembered until the next change made here.
    pub fn name_of(&mut self, index: IfIndex) -> Option<IfName> {
        self.names.name_of(index.get())
    }

    /// Adds a [`Link`], an [`Address`] or a [`Route`] that is not there yet.
    ///
    /// # Errors
    /// [`Error::Refused`]: `EEXIST` where it is there, `EPERM` without CAP_NET_ADMIN, `EOPNOTSUPP` for a kind of
    /// link that the kernel lacks, and whatever else it has against it.
    pub fn add(&mut self, what: impl Add) -> Result<()> {
        what.add(self)
    }

    /// Changes a link, or the options of a bridge port.
    pub fn set(&mut self, link: impl Into<Link>) -> Result<()> {
        self.send_link(link.into(), RTM_NEWLINK, 0)
    }

    /// Deletes a [`Link`], an [`Address`] or a [`Route`].
    pub fn delete(&mut self, what: impl Delete) -> Result<()> {
        what.delete(self)
    }

    /// Hands each link that passes `filter` to `each`: a view into the receive buffer, nothing is copied.
    ///
    /// # Errors
    /// Those of the kernel, and the first of `each`.
    pub fn for_each_link(&mut self, filter: Filter, mut each: impl FnMut(&LinkView) -> Result<()>) -> Result<DumpEnd> {
        self.links_with(&filter, &mut each)
    }

    fn links_with(&mut self, filter: &Filter, each: &mut dyn FnMut(&LinkView) -> Result<()>) -> Result<DumpEnd> {
        let mut request = Message::new(RTM_GETLINK, 0, &IfInfo::default().to_bytes());
        let master = filter.master.as_deref().map(|name| self.names.index_of(name)).transpose()?;
        if let Some(master) = master {
            request.put(IFLA_MASTER, master);
        }
        if filter.without_statistics {
            request.put(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        }
        if let Some(kind) = &filter.kind {
            request.nested(IFLA_LINKINFO, |info| {
                info.put(IFLA_INFO_KIND, &**kind);
            });
        }
        self.socket.dump(&mut request, |view| match LinkView::of(view) {
            // Kernels without strict checking send all links.
            Some(link) if master.is_some() && link.master() != master => Ok(()),
            Some(link) if filter.kind.is_some() && link.kind() != filter.kind.as_deref() => Ok(()),
            Some(link) => each(&link),
            None => Err(Error::Malformed("a link without index or name")),
        })
    }

    /// The link called `name`; alternative names count.
    ///
    /// # Errors
    /// [`Error::NoSuchInterface`].
    pub fn link(&mut self, name: impl AsRef<[u8]>) -> Result<LinkInfo> {
        let index = self.index_of(name)?;
        let header = IfInfo { index: index.get(), ..IfInfo::default() };
        let mut request = Message::new(RTM_GETLINK, 0, &header.to_bytes());
        let read = |view: &MessageView| LinkView::of(view).map(|link| link.to_owned());
        self.socket.get(&mut request, |view| read(view).ok_or(Error::Malformed("a link without index or name")))
    }

    /// All links, for keeping.
    pub fn links(&mut self) -> Result<Vec<LinkInfo>> {
        collect(|links| {
            self.for_each_link(Filter::new(), |link| {
                links.push(link.to_owned());
                Ok(())
            })
        })
    }

    /// Hands each address to `each`.
    pub fn for_each_address(&mut self, mut each: impl FnMut(&AddressView) -> Result<()>) -> Result<DumpEnd> {
        let mut request = Message::new(RTM_GETADDR, 0, &IfAddr::default().to_bytes());
        self.socket.dump(&mut request, |view| AddressView::of(view).map_or(Ok(()), |address| each(&address)))
    }

    /// All addresses, for keeping.
    pub fn addresses(&mut self) -> Result<Vec<AddressInfo>> {
        collect(|all| {
            self.for_each_address(|address| {
                all.push(address.to_owned());
                Ok(())
            })
        })
    }

    /// Hands each IPv4 and IPv6 route of every table to `each`.
    pub fn for_each_route(&mut self, mut each: impl FnMut(&RouteView) -> Result<()>) -> Result<DumpEnd> {
        let mut request = Message::new(RTM_GETROUTE, 0, &RouteHeader::default().to_bytes());
        self.socket.dump(&mut request, |view| RouteView::of(view).map_or(Ok(()), |route| each(&route)))
    }

    /// All IPv4 and IPv6 routes of every table, for keeping.
    pub fn routes(&mut self) -> Result<Vec<RouteInfo>> {
        collect(|all| {
            self.for_each_route(|route| {
                all.push(route.to_owned());
                Ok(())
            })
        })
    }

    fn send_link(&mut self, mut link: Link, kind: u16, flags: u16) -> Result<()> {
        if let Some(wrong) = link.wrong.take() {
            return Err(wrong);
        }
        for (attribute, name) in std::mem::take(&mut link.by_name) {
            let index = self.names.index_of(&name)?;
            link.tree.set(ROOT, attribute, index, 0);
        }
        self.send(&link.tree, kind, flags)
    }

    fn send(&mut self, tree: &Tree, kind: u16, flags: u16) -> Result<()> {
        self.names.forget();
        self.socket.request(&mut tree.message(kind, flags)).map(drop)
    }
}

/// How often a dump that was interrupted is asked for again before that is told as an error.
const ATTEMPTS: u32 = 8;

/// The entries of a dump, all of one moment: one that was interrupted is done again.
fn collect<T>(mut dump: impl FnMut(&mut Vec<T>) -> Result<DumpEnd>) -> Result<Vec<T>> {
    for _ in 0..ATTEMPTS {
        let mut all = Vec::new();
        if dump(&mut all)? == DumpEnd::Complete {
            return Ok(all);
        }
    }
    let source = std::io::Error::from_raw_os_error(libc::EINTR);
    Err(Error::System { what: "A dump was interrupted again and again", source })
}
