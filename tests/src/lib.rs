//! Tests of the whole suite against the real reference and the real kernel.
//!
//! | tier | file | what is compared | needs |
//! |---|---|---|---|
//! | wire | `tests/wire.rs` | requests to the kernel, exit status, first line of stderr, with those recorded | nothing |
//! | render | `tests/render.rs` | what is printed of recorded replies, with what the reference printed | nothing |
//! | laws | `tests/laws.rs` | that cases, help and completion name every row of every table; that words make what they are made of | nothing |
//! | fuzz | `tests/fuzz.rs` | damaged replies, words and batch files by chance: no crash, no hang | nothing |
//! | requests | `tests/requests.rs` | how many questions a command asks of a thousand objects | nothing |
//! | batch | `tests/batch.rs` | lines of a batch that are alike, with a shortcut and without | nothing |
//! | forged | `tests/forged.rs` | replies that another process sent are dropped | nothing |
//! | live | `tests/live.rs` | scripts on this kernel: output, exit status, stderr, the state after | namespaces; the reference |
//! | nat | `tests/nat.rs` | iptables: output, state and expressions, each with the other's rules; `nat`; packets | namespaces; the reference |
//!
//! `cargo test` runs all of them on the program that this crate builds. These variables change that:
//!
//! * `NETMITE_BINARY`: the program under test, a file that is every tool, or a folder of tools.
//! * `NETMITE_REFERENCE`: the folder whose `bin` holds the reference's tools; without it the live comparison is skipped.
//! * `NETMITE_REQUIRE=1`: what can't run fails.
//! * `NETMITE_CASES=TEXT`: only cases whose command line (or script, or file) holds the text.
//! * `NETMITE_SHOWN=N`: how many differences are shown. `NETMITE_FAILED=FILE`: the command lines that differ go there.
//! * `NETMITE_TRIES=N`: how often each fuzz test tries.
//!
//! # Files
//!
//! * `cases/wire/*.txt`: command lines, written short ([`cases`]). `recorded/wire/*.txt`: what each asked of the kernel
//!   ([`wire`]), made by `record wire`.
//! * `cases/render/*.txt`: how to make some objects, and commands that show them ([`render`]).
//!   `recorded/snapshots/*.txt`: those objects as the kernel told them ([`kernel::Snapshot`]). `recorded/render/*.txt`: what
//!   the reference printed of them. Made by `record render`; where the objects needn't change, by `record render --print`.
//! * `cases/live/*.txt`: scripts ([`live`]).
//! * `cases/nat`: scripts too. `iptables`: what both iptables do with them is compared. `rules`: what either wrote with them is
//!   compared, expression by expression, and how both list it. `own`: `nat`, held to what is said there. `packets.sh`: traffic.
//! * `known/wire.txt`, `known/render.txt`, `known/live.txt` and `known/nat.txt`: the cases in which the suite differs from the reference, below
//!   a comment that says whether that is meant or not done yet. One that differs no more fails, but
//!   for scripts, some of which differ by the clock.
//! * `fixture/`: the name files and namespaces that wire and render cases see in place of the machine's.
//!
//! Nothing in `recorded` is written by hand. The program `record` (`src/bin/record.rs`) writes it, from the reference in
//! `NETMITE_REFERENCE`; a difference that a newer reference makes is then a diff to review.
//!
//! # How a program is kept from the kernel
//!
//! Wire, render and fuzz run any unmodified program under `ptrace` ([`tracer`]): its netlink sockets, interface ioctls and
//! some files lead to a [`tracer::World`]. [`kernel::Kernel`] is one: it answers from a fixed set of objects, filters dumps
//! as the real one does under strict checking, acknowledges changes and notes them as text ([`schema`]).
//!
//! # To add a case
//!
//! Write the command line into a list, run `record`, look at the diff. A new attribute wants its line in
//! `src/schema/attributes.txt`, else it is recorded in hex.

pub mod audit;
pub mod bench;
pub mod capture;
pub mod cases;
pub mod differential;
pub mod fuzz;
pub mod kernel;
pub mod laws;
pub mod live;
pub mod normal;
pub mod pool;
pub mod render;
pub mod schema;
pub mod text;
pub mod tools;
pub mod tracer;
pub mod wire;
