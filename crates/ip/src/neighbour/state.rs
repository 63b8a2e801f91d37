//! The states of a neighbour: their names, on the command line and in output.

use netmite_grammar::{Key, exact, key, number, select};
use netmite_netlink::uapi::*;

/// The words for states, in the order in which abbreviations are looked up.
pub(super) const WORDS: &[(Key, u16)] = &[
    (key("permanent", 1), NUD_PERMANENT),
    (key("reachable", 1), NUD_REACHABLE),
    (exact("noarp"), NUD_NOARP),
    (exact("none"), NUD_NONE),
    (exact("stale"), NUD_STALE),
    (exact("incomplete"), NUD_INCOMPLETE),
    (exact("delay"), NUD_DELAY),
    (exact("probe"), NUD_PROBE),
    (key("failed", 1), NUD_FAILED),
];

/// The names of states, by the number of their bit, lowest first, which is how they are shown.
pub(super) const SHOWN: &[&str] =
    &["INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "NOARP", "PERMANENT"];
const _: () = assert!(1 << (SHOWN.len() - 1) == NUD_PERMANENT);

/// The state that a word names, or its number.
pub(super) fn parse(word: &[u8]) -> Option<u16> {
    let single = |state: &u16| *state < 0x100 && state & state.wrapping_sub(1) == 0;
    select(word, WORDS).or_else(|| number::u16(word).filter(single))
}
