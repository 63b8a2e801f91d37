//! Index to name and back, asked of the kernel once each and remembered.
//!
//! The question is an ioctl on the netlink socket that is open anyway: half a microsecond, where a request of its own
//! takes ten times that. A name longer than 15 bytes can only be an alternative name and is asked for by message.

use crate::error::{Error, Result};
use crate::header::IfInfo;
use crate::message::{Message, MessageView};
use crate::socket::Descriptor;
use crate::types::{IfIndex, IfName};
use crate::uapi::*;
use std::os::fd::AsFd;

/// The longest alternative name in bytes: `ALTIFNAMSIZ` less its NUL.
pub const ALTNAME_MAX: usize = 127;

/// A cache of interface names for one namespace; it is never told of changes. [`Socket::names`](crate::Socket::names) makes one.
pub struct NameCache {
    descriptor: Descriptor,
    /// In the order of their indexes.
    names: Vec<Entry>,
    /// Whether those are all that there are.
    complete: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    index: u32,
    name: Option<IfName>,
    /// `IFF_…`, where they came with a dump.
    flags: Option<u32>,
}

impl std::fmt::Debug for NameCache {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("NameCache").field("names", &self.names).finish_non_exhaustive()
    }
}

impl NameCache {
    pub(crate) const fn over(descriptor: Descriptor) -> Self {
        NameCache { descriptor, names: Vec::new(), complete: false }
    }

    /// The name of interface `index`, `None` where there is none.
    pub fn name_of(&mut self, index: u32) -> Option<IfName> {
        match self.position(index) {
            Ok(at) => self.names.get(at).and_then(|entry| entry.name),
            Err(_) if self.complete => None,
            Err(at) => {
                let name = IfIndex::new(index).and_then(|index| crate::sys::name_of(self.descriptor.as_fd(), index));
                self.names.insert(at, Entry { index, name, flags: None });
                name
            }
        }
    }

    /// Where the entry of `index` is, or would be.
    fn position(&self, index: u32) -> std::result::Result<usize, usize> {
        // Dumps tell of interfaces in the order of their indexes: the one that was learned last, or the next.
        match self.names.last() {
            Some(last) if last.index < index => Err(self.names.len()),
            Some(last) if last.index == index => Ok(self.names.len() - 1),
            _ => self.names.binary_search_by_key(&index, |entry| entry.index),
        }
    }

    /// The index of the interface called `name`; alternative names count.
    ///
    /// # Errors
    /// [`Error::NoSuchInterface`], whatever the reason: a name that no interface can have is the name of none.
    pub fn index_of(&self, name: &[u8]) -> Result<IfIndex> {
        let missing = || Error::NoSuchInterface(name.into());
        if let Some(name) = IfName::new(name) {
            return crate::sys::index_of(self.descriptor.as_fd(), &name).ok_or_else(missing);
        }
        if name.len() > ALTNAME_MAX || name.is_empty() || name.contains(&0) {
            return Err(missing());
        }
        let mut request = Message::new(RTM_GETLINK, 0, &IfInfo::default().to_bytes());
        request.put(IFLA_ALT_IFNAME, name.iter().chain(&[0]).copied().collect::<Vec<u8>>().as_slice());
        let read = |view: &MessageView| Ok(IfInfo::of(view).and_then(|info| IfIndex::new(info.index)));
        self.descriptor.socket().get(&mut request, read).ok().flatten().ok_or_else(missing)
    }

    /// The flags of interface `index`, `IFF_…` of the lower 16 bits: those learned, else asked anew each time.
    pub fn flags_of(&mut self, index: u32) -> Option<u32> {
        let learned = self.position(index).ok().and_then(|at| self.names.get(at)?.flags);
        if learned.is_some() {
            return learned;
        }
        let name = self.name_of(index)?;
        crate::sys::flags_of(self.descriptor.as_fd(), &name)
    }

    /// Remembers a name that came with a dump, so that it need not be asked for; and flags, if they won't change while they
    /// are of use, or each change is learned.
    pub fn learn(&mut self, index: u32, name: IfName, flags: u32) {
        let new = Entry { index, name: Some(name), flags: Some(flags) };
        match self.position(index) {
            Ok(at) => self.names.iter_mut().skip(at).take(1).for_each(|entry| *entry = new),
            Err(at) => self.names.insert(at, new),
        }
    }

    /// Whether name and flags of interface `index` are known without asking.
    pub fn knows(&self, index: u32) -> bool {
        let entry = self.position(index).ok().and_then(|at| self.names.get(at));
        self.complete || entry.is_some_and(|entry| entry.flags.is_some())
    }

    /// All interfaces have been learned: until names are forgotten, no other is asked for.
    pub fn complete(&mut self) {
        self.complete = true;
    }

    /// Forgets the name of one interface: after it was deleted.
    pub fn forget_one(&mut self, index: u32) {
        self.names.retain(|entry| entry.index != index);
    }

    /// Forgets all names if there are more than `most`, so that a dump of many takes no more memory than one of few.
    pub fn keep_at_most(&mut self, most: usize) {
        if self.names.len() > most {
            self.forget();
        }
    }

    /// Forgets all names: after links were renamed, added or deleted.
    pub fn forget(&mut self) {
        self.names.clear();
        self.complete = false;
    }
}
