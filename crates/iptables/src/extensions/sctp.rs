//! `-m sctp`: ports. A rule that looks at the types of chunks is shown as unsupported and kept.

use super::codecs::PORTS;
use super::{BASE, Bits, Definition, Opt, store, u32_at};
use crate::native::write;

/// Where `struct xt_sctp_info` has its parts; destination ports come first.
const AT_CHUNK_FLAGS: usize = 268;
pub const AT_FLAGS: usize = 284;
pub const AT_INVERTED: usize = 288;
/// In the flags, behind those of ports.
const CHUNKS: u32 = 4;

#[rustfmt::skip]
pub(super) static ROWS: [Definition; 1] = [Definition {
    name: "sctp",
    size: 296,
    options: &[
        Opt::new("source-port", 0).inverts().of(&PORTS, 4),
        Opt::new("sport", 0).inverts().of(&PORTS, 4).shown("spt"),
        Opt::new("destination-port", 1).inverts().of(&PORTS, 0),
        Opt::new("dport", 1).inverts().of(&PORTS, 0).shown("dpt"),
    ],
    // The first byte of three of each of the four is a chunk's type; 255 is none.
    start: |info| {
        for at in 0..4 {
            store(info, AT_CHUNK_FLAGS + 3 * at, &[0xff]);
        }
    },
    twice: Some(super::ports::twice),
    has: Bits::at(AT_FLAGS, 4, 0),
    inverted: Bits::at(AT_INVERTED, 4, 0),
    show: |shown| shown.titled(" sctp"),
    native: write::sctp,
    owns: |info| u32_at(info, AT_FLAGS) & CHUNKS == 0,
    ..BASE
}];
