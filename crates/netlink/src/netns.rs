//! Network namespaces by name, as `ip netns` keeps them: a file in /run/netns that the namespace is mounted on.
//!
//! setns(2) moves one thread. So nothing here moves the caller's, but [`Netns::enter`], which a program's `main` may call
//! while it has one thread; everything else works on a thread that enters and then ends, which leaves nothing to undo.
//! Source: setns(2), network_namespaces(7), ip-netns(8).

use crate::errno;
use crate::error::{Error, Result};
use crate::sys::file;
use crate::sys::mounts::{MS_BIND, MS_RDONLY, MS_REC, MS_SHARED, MS_SLAVE, is_read_only, kind_of, mount, unmount};
use nix::errno::Errno;
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Where names are kept; /run/netns is the same folder on every system of the last ten years.
pub const DIRECTORY: &str = "/run/netns";
/// The folder's older path; a folder of its own where /var/run is no link to /run.
const OLD_DIRECTORY: &str = "/var/run/netns";

/// A network namespace: an owned descriptor of it, and the name it was made or opened by.
#[derive(Debug)]
pub struct Netns {
    descriptor: OwnedFd,
    path: Option<PathBuf>,
}

impl AsFd for Netns {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl From<OwnedFd> for Netns {
    /// A descriptor that came from elsewhere; whether it is a network namespace shows when it is entered.
    fn from(descriptor: OwnedFd) -> Self {
        Netns { descriptor, path: None }
    }
}

/// Whether `name` can be a namespace's: 1 to 255 bytes, no slash, no NUL, not `.` or `..`.
pub fn is_valid_name(name: &[u8]) -> bool {
    (1..=255).contains(&name.len()) && name != b"." && name != b".." && !name.contains(&b'/') && !name.contains(&0)
}

/// The path that `name` has, whether it is there or not: in [`DIRECTORY`], or in /var/run/netns if it is only there.
///
/// # Errors
/// [`Error::BadName`].
pub fn path_of(name: impl AsRef<OsStr>) -> Result<PathBuf> {
    path_of_name(name.as_ref())
}

fn path_of_name(name: &OsStr) -> Result<PathBuf> {
    if !is_valid_name(name.as_bytes()) {
        return Err(Error::BadName(name.as_bytes().into()));
    }
    let path = Path::new(DIRECTORY).join(name);
    if path.exists() {
        return Ok(path);
    }
    let old = Path::new(OLD_DIRECTORY).join(name);
    Ok(if old.exists() { old } else { path })
}

impl Netns {
    /// Makes a namespace and names it. lo is there, and down.
    ///
    /// # Errors
    /// [`Error::BadName`]; [`Error::System`]: `EEXIST` where the name is taken, `EPERM` without CAP_SYS_ADMIN. Nothing is
    /// left behind.
    ///
    /// ```no_run
    /// let red = netmite_netlink::Netns::create("red")?;
    /// red.run(|| assert!(std::net::TcpListener::bind("127.0.0.1:80").is_err()))?;
    /// red.delete()?;
    /// # Ok::<(), netmite_netlink::Error>(())
    /// ```
    pub fn create(name: impl AsRef<OsStr>) -> Result<Self> {
        let path = claim(name.as_ref())?;
        let mut what = "Cannot make a network namespace";
        let target = text(&path);
        let made = crate::sys::process::apart(&mut || {
            unshare(CloneFlags::CLONE_NEWNET)?;
            what = NOT_NAMED;
            bind(c"/proc/self/ns/net", &target)
        });
        Self::finish(made.map_err(|source| Error::System { what, source }), path)
    }

    /// Names the namespace that process `pid` is in.
    ///
    /// # Errors
    /// As [`Netns::create`]; `ENOENT` where there is no such process.
    pub fn attach(name: impl AsRef<OsStr>, pid: u32) -> Result<Self> {
        let path = claim(name.as_ref())?;
        let made = bind(&text(Path::new(&format!("/proc/{pid}/ns/net"))), &text(&path));
        Self::finish(made.map_err(|source| Error::System { what: NOT_NAMED, source }), path)
    }

    /// Opens a name that was just made, or takes it away again if making it failed.
    fn finish(made: Result<()>, path: PathBuf) -> Result<Self> {
        let opened = made.and_then(|()| Self::open_path(&path));
        if opened.is_err() {
            let _ = remove(&path);
        }
        opened
    }

    /// Opens the namespace called `name`.
    ///
    /// # Errors
    /// [`Error::BadName`]; [`Error::System`]: `ENOENT` where there is none.
    pub fn open(name: impl AsRef<OsStr>) -> Result<Self> {
        Self::open_path(path_of(name)?)
    }

    /// Opens the namespace that the file at `path` is: a name's, or a process's `/proc/PID/ns/net`. A FIFO does not block;
    /// what is no network namespace shows when it is entered.
    pub fn open_path(path: impl Into<PathBuf>) -> Result<Self> {
        Self::open_at(path.into())
    }

    fn open_at(path: PathBuf) -> Result<Self> {
        let opened = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&path);
        let file = opened.map_err(|source| Error::System { what: "Cannot open network namespace", source })?;
        Ok(Netns { descriptor: file.into(), path: Some(path) })
    }

    /// Opens the namespace that process `pid` is in.
    pub fn of_process(pid: u32) -> Result<Self> {
        Self::open_path(format!("/proc/{pid}/ns/net")).map(|netns| Netns { path: None, ..netns })
    }

    /// Opens the namespace of the calling thread.
    pub fn current() -> Result<Self> {
        Self::open_path("/proc/thread-self/ns/net").map(|netns| Netns { path: None, ..netns })
    }

    /// Moves the calling thread into the namespace, for good. Only for a program with one thread, early in its `main`: other
    /// threads stay where they are.
    ///
    /// # Errors
    /// [`Error::System`]: `EPERM` without CAP_SYS_ADMIN, `EINVAL` where this is no network namespace.
    pub fn enter(&self) -> Result<()> {
        setns(&self.descriptor, CloneFlags::CLONE_NEWNET)
            .map_err(|errno| Error::system("setting the network namespace", errno))
    }

    /// Moves the calling thread into the namespace and a mount namespace of its own, in which /sys shows this namespace and
    /// the files of /etc/netns/`name` lie over those of the same name in /etc: what a command that is run inside expects.
    /// What could not be mounted is returned; the command can do without.
    ///
    /// # Errors
    /// As [`Netns::enter`]; without CAP_SYS_ADMIN there is no mount namespace.
    pub fn enter_with_mounts(&self, name: impl AsRef<OsStr>) -> Result<Vec<String>> {
        self.enter()?;
        unshare(CloneFlags::CLONE_NEWNS).map_err(|errno| Error::system("unshare failed", errno))?;
        // Nothing that is mounted from here on may show outside.
        mount(c"none", c"/", c"none", MS_SLAVE | MS_REC)
            .map_err(|source| Error::System { what: "\"mount --make-rslave /\" failed", source })?;
        let mut left_out = Vec::new();
        left_out.extend(mount_sysfs(name.as_ref()).err());
        bind_files(name.as_ref(), &mut left_out);
        Ok(left_out)
    }

    /// Runs `work` on a thread in the namespace, and waits for it. Sockets that it makes stay there.
    ///
    /// # Errors
    /// As [`Netns::enter`]. A panic of `work` goes on in the caller.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| self.enter().map(|()| work()));
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Takes the name away. The namespace ends with its last process, socket and descriptor.
    ///
    /// # Errors
    /// [`Error::System`]; `ENOENT` for a namespace that was not opened by name.
    pub fn delete(self) -> Result<()> {
        let path = self.path.as_deref().ok_or_else(|| Error::system("Cannot remove namespace file", Errno::ENOENT))?;
        remove(path)
    }

    /// The names there are, in the folder's order.
    pub fn list() -> Result<Vec<OsString>> {
        let mut names = Vec::new();
        for directory in directories() {
            match names_in(directory) {
                Ok(mut all) => names.append(&mut all),
                Err(error) if errno::number(&error) == errno::ENOENT => (),
                Err(source) => return Err(Error::System { what: "Cannot read the folder of namespaces", source }),
            }
        }
        Ok(names)
    }
}

/// Whether `count` names are as many as there are mounts below their folder, so that none is looked at that is only a file.
/// False where the kernel can't tell. (A name that is mounted on twice stands in for one that is not at all.)
pub fn are_mounted(count: usize) -> bool {
    matches!(*directories(), [_]) && crate::sys::mounts::below(&text(Path::new(DIRECTORY)), count + 1) == Some(count)
}

/// Whether the file at `path` is a namespace; false for one that another mount namespace, or a system that has
/// ended, left behind: there the name is an empty file.
pub fn is_namespace(path: &Path) -> bool {
    kind_of(&text(path)) == NSFS
}

/// The file system that all namespaces are files of (NSFS_MAGIC in linux/magic.h).
const NSFS: i64 = 0x6e73_6673;

/// What happened to a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It was made.
    Added(OsString),
    /// It was taken away.
    Deleted(OsString),
}

/// Tells `each` of every name that is made or taken away, until it says stop or fails. The folder is made if it is not there.
pub fn watch(mut each: impl FnMut(Change) -> std::ops::ControlFlow<()>) -> Result<()> {
    let failed = |errno| Error::system("Cannot watch the folder of namespaces", errno);
    make_folder()?;
    let watcher = Inotify::init(InitFlags::IN_CLOEXEC).map_err(failed)?;
    watcher.add_watch(DIRECTORY, AddWatchFlags::IN_CREATE | AddWatchFlags::IN_DELETE).map_err(failed)?;
    loop {
        for event in watcher.read_events().map_err(failed)? {
            let Some(name) = event.name else { continue };
            let added = event.mask.contains(AddWatchFlags::IN_CREATE);
            if each(if added { Change::Added(name) } else { Change::Deleted(name) }).is_break() {
                return Ok(());
            }
        }
    }
}

/// The names in a folder, in no order.
///
/// # Errors
/// The system's, where the folder can't be read.
#[inline(never)]
pub fn names_in(folder: &Path) -> std::io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        names.push(entry.file_name());
    }
    Ok(names)
}

/// Mounts a sysfs of the calling thread's namespace on /sys, called as the namespace is. Where the one that is there will
/// not go and is read-only, the new one has to be that too: the kernel lets it cover the old one only so.
fn mount_sysfs(name: &OsStr) -> std::result::Result<(), String> {
    let stays = unmount(c"/sys").is_err();
    let flags = if stays && is_read_only(c"/sys") { MS_RDONLY } else { 0 };
    mount(&text(Path::new(name)), c"/sys", c"sysfs", flags)
        .map_err(|error| format!("mount of /sys failed: {}", errno::why(&error)))
}

/// Binds each file in /etc/netns/NAME onto the one of that name in /etc. One that is not there is left out, and so is
/// whatever is no plain name directly under /etc.
fn bind_files(name: &OsStr, left_out: &mut Vec<String>) {
    let folder = Path::new("/etc/netns").join(name);
    for name in names_in(&folder).unwrap_or_default() {
        let (from, to) = (text(&folder.join(&name)), text(&Path::new("/etc").join(name)));
        if let Err(error) = bind(&from, &to) {
            let (from, to, why) = (from.to_string_lossy(), to.to_string_lossy(), errno::why(&error));
            left_out.push(format!("Bind {from} -> {to} failed: {why}"));
        }
    }
}

/// Takes the name of the file at `path` away: what is mounted there, then the file.
pub fn remove(path: &Path) -> Result<()> {
    // Nothing may be mounted: a file that a dead system left behind is removed all the same.
    let _ = unmount(&text(path));
    std::fs::remove_file(path).map_err(|source| Error::System { what: "Cannot remove namespace file", source })
}

/// The folders that names are kept in: one, or two where /var/run is no link to /run.
pub fn directories() -> Vec<&'static Path> {
    let (new, old) = (Path::new(DIRECTORY), Path::new(OLD_DIRECTORY));
    let identity = |path: &Path| path.metadata().map(|about| (about.dev(), about.ino())).ok();
    match identity(old) {
        Some(other) if identity(new) != Some(other) => vec![new, old],
        _ => vec![new],
    }
}

/// Makes the empty file that a namespace will be mounted on, and the folder, shared between mount namespaces so that a
/// name made in one is seen in the others.
fn claim(name: &OsStr) -> Result<PathBuf> {
    let path = path_of(name)?;
    make_folder()?;
    share()?;
    let created = OpenOptions::new().read(true).write(true).create_new(true).mode(0o000).open(&path);
    created.map_err(|source| Error::System { what: "Cannot create namespace file", source })?;
    Ok(path)
}

/// Makes the folder of names with its parents; only its owner may write there, whatever the umask allows.
fn make_folder() -> Result<()> {
    file::make_folder(DIRECTORY.as_bytes()).map_err(|source| match errno::number(&source) {
        // Something else has the folder's name.
        errno::EEXIST => Error::system("Cannot open the folder of namespaces", Errno::ENOTDIR),
        _ => Error::System { what: "Cannot make the folder of namespaces", source },
    })
}

/// Makes the folder a shared mount; it is made a mount first if it is none. Two that do so at once don't stack mounts, since the
/// folder is locked meanwhile.
fn share() -> Result<()> {
    let directory = text(Path::new(DIRECTORY));
    let opened = File::open(DIRECTORY).ok();
    let lock = opened.and_then(|file| nix::fcntl::Flock::lock(file, nix::fcntl::FlockArg::LockExclusive).ok());
    let shared = || mount(c"none", &directory, c"none", MS_SHARED | MS_REC);
    let outcome = shared().or_else(|error| match error.raw_os_error() {
        Some(libc::EINVAL) => mount(&directory, &directory, c"none", MS_BIND | MS_REC).and_then(|()| shared()),
        _ => Err(error),
    });
    drop(lock);
    outcome.map_err(|source| Error::System { what: "Cannot share the folder of namespaces", source })
}

const NOT_NAMED: &str = "Cannot name the network namespace";

fn bind(file: &CStr, on: &CStr) -> std::io::Result<()> {
    mount(file, on, c"none", MS_BIND)
}

/// A path as the system takes it; one with a NUL, which is nobody's, as the empty path.
fn text(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = [b'a'; 256];
        for bad in [&b""[..], b".", b"..", b"a/b", b"a\0b", &long] {
            assert!(!is_valid_name(bad), "{bad:?}");
        }
        assert!(is_namespace(Path::new("/proc/self/ns/net")) && !is_namespace(Path::new("/")));
        assert!(is_valid_name(&long[..255]) && is_valid_name(b"a b") && is_valid_name(b"..."));
        assert!(matches!(Netns::open("a/b"), Err(Error::BadName(_))));
    }
}
