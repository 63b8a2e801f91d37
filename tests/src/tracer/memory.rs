//! Reading and writing the memory of a stopped program.

use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;
use std::io::{IoSlice, IoSliceMut};

/// The most that is read at once: no netlink datagram is larger.
const MOST: usize = 1 << 22;

/// `len` bytes at `address`.
pub fn read(pid: Pid, address: u64, len: usize) -> Result<Vec<u8>, Errno> {
    if len > MOST {
        return Err(Errno::EFAULT);
    }
    let mut bytes = vec![0; len];
    if len > 0 {
        let remote = [RemoteIoVec { base: address as usize, len }];
        let got = process_vm_readv(pid, &mut [IoSliceMut::new(&mut bytes)], &remote)?;
        if got < len {
            return Err(Errno::EFAULT);
        }
    }
    Ok(bytes)
}

/// The native-endian number of eight bytes at `offset` of `bytes`; what is missing counts as zero.
pub fn number(bytes: &[u8], offset: usize) -> u64 {
    let mut value = [0; 8];
    value.iter_mut().zip(bytes.iter().skip(offset)).for_each(|(to, from)| *to = *from);
    u64::from_ne_bytes(value)
}

/// The bytes at `address` up to a NUL, at most 4,096.
pub fn read_string(pid: Pid, address: u64) -> Result<Vec<u8>, Errno> {
    let mut text = Vec::new();
    while text.len() < 4096 {
        let at = address + text.len() as u64;
        let part = read(pid, at, (4096 - at % 4096) as usize)?;
        if let Some(end) = part.iter().position(|byte| *byte == 0) {
            text.extend_from_slice(&part[..end]);
            break;
        }
        text.extend(part);
    }
    Ok(text)
}

/// Writes `bytes` at `address`.
pub fn write(pid: Pid, address: u64, bytes: &[u8]) -> Result<(), Errno> {
    if bytes.is_empty() {
        return Ok(());
    }
    let remote = [RemoteIoVec { base: address as usize, len: bytes.len() }];
    match process_vm_writev(pid, &[IoSlice::new(bytes)], &remote)? {
        written if written == bytes.len() => Ok(()),
        _ => Err(Errno::EFAULT),
    }
}

/// The parts of memory that an array of `count` `struct iovec` at `address` names.
pub fn parts(pid: Pid, address: u64, count: usize) -> Result<Vec<(u64, usize)>, Errno> {
    let bytes = read(pid, address, count.min(1024) * 16)?;
    Ok(bytes.chunks_exact(16).map(|part| (number(part, 0), number(part, 8) as usize)).collect())
}

/// Writes as much of `bytes` as fits over `parts`, and returns how much that was.
pub fn scatter(pid: Pid, parts: &[(u64, usize)], bytes: &[u8]) -> Result<usize, Errno> {
    let mut rest = bytes;
    for (address, len) in parts {
        let (now, later) = rest.split_at(rest.len().min(*len));
        write(pid, *address, now)?;
        rest = later;
    }
    Ok(bytes.len() - rest.len())
}
