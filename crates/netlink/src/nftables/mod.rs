//! nf_tables over netlink: tables, chains, rules, sets, and transactions over them.
//!
//! [`NetfilterSocket`] lists and changes; every change is one [`Batch`] that takes effect as a whole. Nothing is
//! cached, no lock file is used: a transaction names the generation of the rules it was made for and is made again
//! when that is no longer the present one. What is not known is kept as bytes and not dropped.

mod batch;
mod expression;
mod fields;
mod ipset;
mod objects;
mod sets;
mod socket;
pub mod uapi;
pub mod userdata;

pub use batch::Batch;
pub use expression::{Bytes, Expression, Verdict, same};
pub use objects::{Chain, Hook, Place, Rule, Table, TableName};
pub use sets::{Element, ElementChange, Set};
pub use socket::{Change, NetfilterSocket, Rejected};
