//! The grammar of the commands: an option is a row of a table, and everything else walks the rows.
//!
//! [`Row`] holds the words an option answers to, the attribute it lives in, its codec and a line of documentation;
//! [`Table::parse`] turns words into a request, [`Table::print`] a reply into text or JSON, [`Table::usage`] the rows into help. Irregular
//! options have a codec of their own in their kind's file. What only tests ask for, the words that would make a reply among it, is there
//! with the feature `laws`. Nothing here opens a socket, sends a request or ends the process.

// What only the words of a codec use is known with the feature that has them.
#![cfg_attr(not(feature = "laws"), allow(unused_imports, dead_code))]

pub mod address;
#[doc(hidden)]
pub mod arms;
mod batch;
mod change;
pub mod codec;
mod error;
mod facts;
mod flags;
#[doc(hidden)]
pub mod half;
mod hint;
mod hosts;
mod lines;
#[cfg(feature = "laws")]
pub mod manual;
pub mod monitor;
pub mod names;
pub mod netns;
pub mod number;
mod report;
mod rows;
mod session;
mod spec;
mod table;
mod tool;
mod unambiguous;
mod usage;
mod values;
mod waiting;
mod walk;
#[cfg(feature = "laws")]
pub mod witness;
mod words;

pub use change::Change;
pub use error::{Error, Result};
pub use flags::{BRIDGE_FLAGS, Flag, IP_FLAGS, Options, OwnTool, Program};
pub use hint::{Hint, TOLD, hint};
pub use hosts::Host;
pub use lines::Lines;
pub use report::{refused, refused_whole, told, warn};
pub use rows::{Row, Rows};
pub use session::{Context, DeviceName, Session};
pub use spec::{Attr, Key, Place, Repeat, Spec, exact, joined, key, row, view};
pub use table::{Codec, Shape, Table};
pub use tool::{Command, Tool, run_verb};
pub use unambiguous::unambiguous;
pub use usage::{Part, usage};
pub use walk::{Operation, Scope};
pub use words::{Words, matches, nearest, plain, select};

/// What [`rows!`] expands to.
#[doc(hidden)]
pub mod packed {
    pub use crate::rows::draft::{Draft, cut};
    pub use crate::rows::{Packed, Word};
}

#[doc(hidden)]
pub use netmite_netlink::attributes::Slots;
