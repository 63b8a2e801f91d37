//! The grammar of the commands: an option is a row of a table, and everything else walks the rows.
//!
//! [`Row`] holds the words an option answers to, the attribute it lives in, its codec and a line of documentation;
//! [`Table::parse`] turns words into a request, [`Table::print`] a reply into text or JSON, [`Table::words`] a reply into the
//! words that would make it, [`Table::usage`] the rows into help. Irregular options have a codec of their own in their kind's file.
//! Nothing here opens a socket, sends a request or ends the process.

pub mod address;
mod batch;
mod change;
pub mod codec;
mod error;
mod flags;
mod half;
mod lines;
pub mod monitor;
pub mod names;
pub mod netns;
pub mod number;
mod report;
mod session;
mod table;
mod tool;
mod waiting;
mod walk;
mod words;

pub use change::Change;
pub use error::{Error, Result};
pub use flags::{BRIDGE_FLAGS, Flag, IP_FLAGS, Options, OwnTool, Program};
pub use lines::Lines;
pub use report::{refused, warn};
pub use session::{Context, DeviceName, Session};
pub use table::{Attr, Codec, Key, Place, Repeat, Row, Shape, Table, exact, joined, key, row, unambiguous, view};
pub use tool::{Command, Tool, run_verb};
pub use walk::{Operation, Scope};
pub use words::{Words, matches, nearest, plain, select};

#[doc(hidden)]
pub use netmite_netlink::attributes::Slots;
