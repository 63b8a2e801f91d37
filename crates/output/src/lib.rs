//! How facts look, whatever the facts: text in the reference's form, or JSON, from the same calls.
//!
//! [`Io`] is what a tool may write to: standard output, buffered, and standard error. [`Out`] writes one fact a call
//! into it, as text or as JSON, with no document in memory. Nothing here knows netlink or a command line's words.

mod brief;
mod colour;
mod fraction;
mod io;
mod json;
mod names;
mod order;
mod out;
mod template;
mod value;

pub use brief::Brief;
pub use colour::{Colour, Palette, When};
pub use fraction::{fixed, fraction, human};
pub use io::{Io, complain};
pub use names::{Names, Pairs};
pub use order::{sort_by, sort_by_key};
pub use out::{Format, Out};
pub use template::{Form, Hole, Templates};
pub use value::{Value, decimal, escaped, hex, ipv4, ipv6, link_address};

/// What [`names!`] and [`brief!`] call.
#[doc(hidden)]
pub mod packing {
    pub use crate::brief::{len as brief_len, pack as brief};
    pub use crate::names::{counted, len, pack};
}
