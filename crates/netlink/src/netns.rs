//! Network namespaces by name, as `ip netns` keeps them: a file in /run/netns that the namespace is mounted on.
//!
//! setns(2) moves one thread. So nothing here moves the caller's, but [`Netns::enter`], which a program's `main` may call
//! while it has one thread; everything else works on a thread that enters and then ends, which leaves nothing to undo.
//! Source: setns(2), network_namespaces(7), ip-netns(8).

use crate::error::{Error, Result};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::stat::{Mode, stat};
use std::ffi::{CString, OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
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
        let made = crate::sys::process::apart(&mut || {
            unshare(CloneFlags::CLONE_NEWNET)?;
            what = NOT_NAMED;
            bind(Path::new("/proc/self/ns/net"), &path)
        });
        Self::finish(made.map_err(|errno| Error::system(what, errno)), path)
    }

    /// Names the namespace that process `pid` is in.
    ///
    /// # Errors
    /// As [`Netns::create`]; `ENOENT` where there is no such process.
    pub fn attach(name: impl AsRef<OsStr>, pid: u32) -> Result<Self> {
        let path = claim(name.as_ref())?;
        let made = bind(Path::new(&format!("/proc/{pid}/ns/net")), &path);
        Self::finish(made.map_err(|errno| Error::system(NOT_NAMED, errno)), path)
    }

    /// Opens a name that was just made, or takes it away again if making it failed.
    fn finish(made: Result<()>, path: PathBuf) -> Result<Self> {
        let opened = made.and_then(|()| Self::open_path(&path));
        if opened.is_err() {
            let _ = umount2(&path, MntFlags::MNT_DETACH);
            let _ = std::fs::remove_file(&path);
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
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
        let descriptor =
            open(&path, flags, Mode::empty()).map_err(|errno| Error::system("Cannot open network namespace", errno))?;
        Ok(Netns { descriptor, path: Some(path) })
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
        let none = None::<&Path>;
        // Nothing that is mounted from here on may show outside.
        mount(none, "/", none, MsFlags::MS_SLAVE | MsFlags::MS_REC, none)
            .map_err(|errno| Error::system("\"mount --make-rslave /\" failed", errno))?;
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
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => (),
                Err(source) => return Err(Error::System { what: "Cannot read the folder of namespaces", source }),
            }
        }
        Ok(names)
    }
}

/// Whether `count` names are as many as there are mounts below their folder, so that none is looked at that is only a file.
/// False where the kernel can't tell. (A name that is mounted on twice stands in for one that is not at all.)
pub fn are_mounted(count: usize) -> bool {
    matches!(*directories(), [_])
        && CString::new(DIRECTORY).ok().and_then(|folder| crate::sys::mounts::below(&folder, count + 1)) == Some(count)
}

/// Whether the file at `path` is a namespace; false for one that another mount namespace, or a system that has
/// ended, left behind: there the name is an empty file.
pub fn is_namespace(path: &Path) -> bool {
    nix::sys::statfs::statfs(path).is_ok_and(|about| about.filesystem_type() == NSFS)
}

/// The file system that all namespaces are files of (NSFS_MAGIC in linux/magic.h).
const NSFS: nix::sys::statfs::FsType = nix::sys::statfs::FsType(0x6e73_6673);

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
    let said = |errno: Errno| format!("mount of /sys failed: {}", crate::errno::text(errno as i32));
    let stays = umount2("/sys", MntFlags::MNT_DETACH).is_err();
    let read_only = stays
        && nix::sys::statvfs::statvfs("/sys")
            .is_ok_and(|about| about.flags().contains(nix::sys::statvfs::FsFlags::ST_RDONLY));
    let flags = if read_only { MsFlags::MS_RDONLY } else { MsFlags::empty() };
    mount(Some(name), "/sys", Some("sysfs"), flags, None::<&Path>).map_err(said)
}

/// Binds each file in /etc/netns/NAME onto the one of that name in /etc. One that is not there is left out, and so is
/// whatever is no plain name directly under /etc.
fn bind_files(name: &OsStr, left_out: &mut Vec<String>) {
    let folder = Path::new("/etc/netns").join(name);
    for name in names_in(&folder).unwrap_or_default() {
        let (from, to) = (folder.join(&name), Path::new("/etc").join(name));
        if let Err(errno) = mount(Some(&from), &to, Some("none"), MsFlags::MS_BIND, None::<&Path>) {
            let why = crate::errno::text(errno as i32);
            left_out.push(format!("Bind {} -> {} failed: {why}", from.display(), to.display()));
        }
    }
}

/// Takes the name of the file at `path` away: what is mounted there, then the file.
pub fn remove(path: &Path) -> Result<()> {
    // Nothing may be mounted: a file that a dead system left behind is removed all the same.
    let _ = umount2(path, MntFlags::MNT_DETACH);
    std::fs::remove_file(path).map_err(|source| Error::System { what: "Cannot remove namespace file", source })
}

/// The folders that names are kept in: one, or two where /var/run is no link to /run.
pub fn directories() -> Vec<&'static Path> {
    let (new, old) = (Path::new(DIRECTORY), Path::new(OLD_DIRECTORY));
    let identity = |path: &Path| stat(path).map(|about| (about.st_dev, about.st_ino)).ok();
    match identity(old) {
        Some(other) if identity(new) != Some(other) => vec![new, old],
        _ => vec![new],
    }
}

/// Makes the empty file that a namespace will be mounted on, and the folder, shared between mount namespaces so that a
/// name made in one is seen in the others.
fn claim(name: &OsStr) -> Result<PathBuf> {
    let path = path_of(name)?;
    let directory = Path::new(DIRECTORY);
    make_folder()?;
    share(directory)?;
    let mut options = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0);
    let created = options.read(true).write(true).create_new(true).open(&path);
    created.map_err(|source| Error::System { what: "Cannot create namespace file", source })?;
    Ok(path)
}

/// Makes the folder of names with its parents; only its owner may write there, whatever the umask allows.
fn make_folder() -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o755);
    builder.create(DIRECTORY).map_err(|source| match source.kind() {
        // Something else has the folder's name.
        std::io::ErrorKind::AlreadyExists => Error::system("Cannot open the folder of namespaces", Errno::ENOTDIR),
        _ => Error::System { what: "Cannot make the folder of namespaces", source },
    })
}

/// Makes the folder a shared mount; it is made a mount first if it is none. Two that do so at once don't stack mounts, since the
/// folder is locked meanwhile.
fn share(directory: &Path) -> Result<()> {
    let none = None::<&Path>;
    let failed = |errno| Error::system("Cannot share the folder of namespaces", errno);
    let opened = open(directory, OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty());
    let lock = opened.ok().and_then(|fd| nix::fcntl::Flock::lock(fd, nix::fcntl::FlockArg::LockExclusive).ok());
    let shared = || mount(none, directory, none, MsFlags::MS_SHARED | MsFlags::MS_REC, none);
    let outcome = match shared() {
        Err(Errno::EINVAL) => {
            mount(Some(directory), directory, Some("none"), MsFlags::MS_BIND | MsFlags::MS_REC, none)
                .map_err(failed)?;
            shared().map_err(failed)
        }
        other => other.map_err(failed),
    };
    drop(lock);
    outcome
}

const NOT_NAMED: &str = "Cannot name the network namespace";

fn bind(namespace: &Path, path: &Path) -> nix::Result<()> {
    mount(Some(namespace), path, Some("none"), MsFlags::MS_BIND, None::<&Path>)
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
