//! What requests mean: the names, formats and nesting of their attributes, and requests as readable text.
//!
//! Two requests are the same if their texts are: attributes stand in the order of their numbers (the last of
//! several of one number counts, as it does to the kernel; in lists all count, in their order), flags that change nothing are left out, an interface is named whether the request gave its name or
//! its index, and a text's final NUL and the flags of an attribute's type do not show.

mod print;
mod table;

pub use print::{Names, request_lines};
pub use table::{Format, Section, section};
