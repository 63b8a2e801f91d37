//! eBPF programs: what the kernel tells of one by its number.

use std::io::Result;

/// What the kernel tells of an eBPF program: `struct bpf_prog_info`, linux/bpf.h.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProgramInfo {
    /// Its name, at most 15 bytes; empty where it has none.
    pub name: Vec<u8>,
    /// A digest of its instructions.
    pub tag: [u8; 8],
    /// Whether it was translated to the machine's own instructions.
    pub jited: bool,
    /// When it was loaded, in nanoseconds since the machine started.
    pub load_time: u64,
    /// The user who loaded it.
    pub uid: u32,
    /// The id of its type information; 0 where it has none.
    pub btf: u32,
}

impl ProgramInfo {
    /// The program numbered `id`.
    ///
    /// # Errors
    /// The kernel's: only the privileged may ask.
    pub fn of(id: u32) -> Result<Self> {
        let bytes: Vec<u8> = crate::sys::program_info(id)?.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let field = |at: usize, len: usize| bytes.get(at..at + len).unwrap_or(&[]);
        let u32_at = |at: usize| field(at, 4).first_chunk().map_or(0, |four| u32::from_ne_bytes(*four));
        Ok(ProgramInfo {
            name: crate::attributes::until_nul(field(64, 16)).to_vec(),
            tag: field(8, 8).first_chunk().copied().unwrap_or_default(),
            jited: u32_at(16) != 0,
            load_time: field(40, 8).first_chunk().map_or(0, |eight| u64::from_ne_bytes(*eight)),
            uid: u32_at(48),
            btf: u32_at(128),
        })
    }
}
