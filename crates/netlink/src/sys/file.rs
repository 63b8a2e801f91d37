//! Files that are read in order, standard input among them. std's readers are traits of a dozen methods each, all of which a
//! program holds (10 KB).

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::{Whence, lseek, mkdir, read, write};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Result;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Bytes that are read at a time.
const PIECE: usize = 8192;

/// Opens the file at `path` for reading.
///
/// # Errors
/// The system's; `InvalidInput` for a path with a NUL.
pub fn open(path: &[u8]) -> Result<File> {
    File::open(OsStr::from_bytes(path))
}

/// Appends `bytes` to the file at `path`, in one call, as the kernel's files want it.
///
/// # Errors
/// The system's, of opening it; within, of writing.
pub fn append(path: &[u8], bytes: &[u8]) -> Result<Result<()>> {
    let file = nix::fcntl::open(path, OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_CLOEXEC, Mode::empty())?;
    Ok(write(&file, bytes).map(|_| ()).map_err(Into::into))
}

/// Makes the folder `path`, and those that it is in; only the owner may write there, whatever the umask allows. A folder that is
/// there stays as it is.
///
/// # Errors
/// The system's; `EEXIST` where something else has the name.
pub fn make_folder(path: &[u8]) -> Result<()> {
    let make = || mkdir(path, Mode::from_bits_truncate(0o755));
    let mut made = make();
    if let (Err(Errno::ENOENT), Some(end)) = (made, path.iter().rposition(|byte| *byte == b'/')) {
        make_folder(path.get(..end).unwrap_or_default())?;
        made = make();
    }
    match made {
        Err(Errno::EEXIST) if Path::new(OsStr::from_bytes(path)).is_dir() => Ok(()),
        made => Ok(made?),
    }
}

/// The descriptor of standard input.
pub fn standard_input() -> BorrowedFd<'static> {
    // SAFETY: it is open since the program began, and nobody closes it.
    unsafe { BorrowedFd::borrow_raw(libc::STDIN_FILENO) }
}

/// Standard input as a file; where it is read up to is shared with the descriptor.
///
/// # Errors
/// `EMFILE`.
pub fn standard_input_file() -> Result<File> {
    standard_input().try_clone_to_owned().map(File::from)
}

/// All that the file at `path` holds.
///
/// # Errors
/// As [`open`], and those of reading.
pub fn contents(path: impl AsRef<OsStr>) -> Result<Vec<u8>> {
    rest(&open(path.as_ref().as_bytes())?, usize::MAX)
}

/// The first `most` bytes of the file at `path`, or all of it.
///
/// # Errors
/// As [`open`], and those of reading.
pub fn start_of(path: impl AsRef<OsStr>, most: usize) -> Result<Vec<u8>> {
    rest(&open(path.as_ref().as_bytes())?, most)
}

/// What is left of a file, but no more than `most` bytes.
///
/// # Errors
/// Those of reading.
pub fn rest(file: &File, most: usize) -> Result<Vec<u8>> {
    let (mut bytes, mut filled) = (Vec::new(), 0usize);
    loop {
        if filled == bytes.len() {
            bytes.resize(filled.saturating_mul(2).clamp(PIECE, most.max(PIECE)), 0);
        }
        let got = some(file, bytes.get_mut(filled..).unwrap_or_default())?;
        filled += got;
        if got == 0 || filled >= most {
            bytes.truncate(filled.min(most));
            return Ok(bytes);
        }
    }
}

/// Reads what is there, at most until `into` is full: how many bytes; none at the end of the file.
///
/// # Errors
/// Those of reading, but for `EINTR`.
pub fn some(file: &File, into: &mut [u8]) -> Result<usize> {
    loop {
        match read(file, into) {
            Err(Errno::EINTR) => (),
            read => return read.map_err(Into::into),
        }
    }
}

/// A file that is read in small parts.
pub struct Reader {
    /// Nothing where the buffer is all there is.
    file: Option<File>,
    buffer: Vec<u8>,
    /// How much of the buffer was handed out.
    at: usize,
}

impl Reader {
    /// Reads `file` from where it stands.
    pub fn new(file: File) -> Self {
        Reader { file: Some(file), buffer: Vec::new(), at: 0 }
    }

    /// Reads `bytes`, as if they were a file's.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Reader { file: None, buffer: bytes.to_vec(), at: 0 }
    }

    /// Reads `len` bytes, or those that are left of the file, behind what `into` holds: how many there were. A length that
    /// lies takes no memory.
    ///
    /// # Errors
    /// Those of reading.
    pub fn read(&mut self, len: usize, into: &mut Vec<u8>) -> Result<usize> {
        let mut got = 0;
        while got < len && (self.at < self.buffer.len() || self.refill()?) {
            let there = self.buffer.get(self.at..).unwrap_or_default();
            let part = there.get(..len - got).unwrap_or(there);
            into.extend_from_slice(part);
            self.at += part.len();
            got += part.len();
        }
        Ok(got)
    }

    /// Fills the buffer anew; whether there was something left.
    fn refill(&mut self) -> Result<bool> {
        let Some(file) = &self.file else { return Ok(false) };
        self.at = 0;
        self.buffer.resize(PIECE, 0);
        let read = some(file, &mut self.buffer);
        self.buffer.truncate(*read.as_ref().unwrap_or(&0));
        read.map(|read| read > 0)
    }

    /// How many bytes of the file lie before what is read next.
    ///
    /// # Errors
    /// `ESPIPE` for what has no places: a pipe, a terminal.
    pub fn position(&self) -> Result<i64> {
        let left = self.buffer.len().saturating_sub(self.at);
        Ok(self.seek_file(0, Whence::SeekCur)?.saturating_sub(left.try_into().unwrap_or(0)))
    }

    /// Goes on at a position that [`Reader::position`] told.
    ///
    /// # Errors
    /// As [`Reader::position`].
    pub fn go_to(&mut self, position: i64) -> Result<()> {
        self.seek_file(position, Whence::SeekSet)?;
        self.buffer.clear();
        self.at = 0;
        Ok(())
    }

    fn seek_file(&self, offset: i64, whence: Whence) -> Result<i64> {
        let file = self.file.as_ref().ok_or(Errno::ESPIPE)?;
        Ok(lseek(file, offset, whence)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_in_parts() {
        let path = std::env::temp_dir().join(format!("netmite-file-{}", std::process::id()));
        let all: Vec<u8> = (0..20_000u32).map(|number| (number % 251) as u8).collect();
        std::fs::write(&path, &all).unwrap();
        let name = path.as_os_str().as_bytes();
        assert_eq!(contents(&path).unwrap(), all);
        for most in [0, 5, PIECE, PIECE + 1, 20_000, 30_000] {
            assert_eq!(start_of(&path, most).unwrap(), all[..most.min(all.len())], "{most}");
        }
        let mut reader = Reader::new(open(name).unwrap());
        let mut first = Vec::new();
        assert_eq!(reader.read(3, &mut first).unwrap(), 3);
        let position = reader.position().unwrap();
        assert_eq!(position, 3);
        for _ in 0..2 {
            let mut read = first.clone();
            while reader.read(700, &mut read).unwrap() == 700 {}
            assert_eq!(read, all);
            reader.go_to(position).unwrap();
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(contents(&path).unwrap_err().raw_os_error(), Some(libc::ENOENT));
        assert!(Reader::of_bytes(b"x").position().is_err());
    }
}
