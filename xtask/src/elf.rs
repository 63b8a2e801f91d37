//! What an ELF file says of how it is loaded: enough to tell a static file of fixed address from others.
//!
//! Refuses what is no ELF file or is cut short.

/// How a program is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// Linked for one address, so that nothing is relocated at its start.
    pub fixed: bool,
    /// Loaded by another program, `ld.so`: not static.
    pub interpreter: bool,
}

/// Type of a file that is linked for one address.
const ET_EXEC: u64 = 2;

/// Program header of the loader's name.
const PT_INTERP: u64 = 3;

/// Reads the headers of a file's bytes.
pub fn loading(bytes: &[u8]) -> Option<Loading> {
    let (class, data) = (*bytes.get(4)?, *bytes.get(5)?);
    if bytes.get(..4)? != b"\x7fELF" || !(1..=2).contains(&class) || !(1..=2).contains(&data) {
        return None;
    }
    let read = |at: usize, length: usize| {
        let field = bytes.get(at..at.checked_add(length)?)?;
        let digits = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        Some(if data == 1 { field.iter().rev().fold(0, digits) } else { field.iter().fold(0, digits) })
    };
    let (start, size, count) = match class {
        1 => (read(28, 4)?, read(42, 2)?, read(44, 2)?),
        _ => (read(32, 8)?, read(54, 2)?, read(56, 2)?),
    };
    let mut interpreter = false;
    for number in 0..count {
        let at = usize::try_from(start.checked_add(number * size)?).ok()?;
        interpreter |= read(at, 4)? == PT_INTERP;
    }
    Some(Loading { fixed: read(16, 2)? == ET_EXEC, interpreter })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 64-bit little-endian header with one program header of a type.
    fn file(kind: u8, header: u8) -> Vec<u8> {
        let mut bytes = vec![0; 64 + 56];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[16] = kind;
        bytes[32] = 64;
        bytes[54] = 56;
        bytes[56] = 1;
        bytes[64] = header;
        bytes
    }

    #[test]
    fn files_are_told_apart() {
        assert_eq!(loading(&file(2, 1)), Some(Loading { fixed: true, interpreter: false }));
        assert_eq!(loading(&file(3, 3)), Some(Loading { fixed: false, interpreter: true }));
        assert_eq!(loading(b"#!/bin/sh\n"), None);
        assert_eq!(loading(&file(2, 1)[..60]), None);
    }

    #[test]
    fn this_program_is_read() {
        let own = std::fs::read("/proc/self/exe").unwrap();
        assert!(loading(&own).is_some());
    }
}
