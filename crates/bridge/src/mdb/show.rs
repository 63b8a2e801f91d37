//! `bridge mdb show` and `get`.

use super::print::{entries, routers};
use super::table::{GET, parse};
use crate::vlan::Filter;
use crate::words::header;
use netmite_grammar::{Error, Result, Session, Words, refused};
use netmite_netlink::Message;
use netmite_netlink::tree::Origins;
use netmite_netlink::uapi::*;
use netmite_output::brief;

/// `bridge mdb show`: the groups of all bridges, then with `-d` the ports that lead to routers. The kernel filters by nothing.
pub(super) fn groups(words: &mut Words, session: &mut Session) -> Result<()> {
    let filter = Filter::parse(words, &mut session.context)?;
    let out = &mut session.context.out;
    out.open_array("");
    out.open_object("");
    out.open_array("mdb");
    let mut request = Message::new(RTM_GETMDB, 0, &header(0, 0));
    let mut outcome = session.dump(&mut request, |view, context| entries(view, &filter, context));
    session.context.out.close_array();
    session.context.out.open_object("router");
    if session.context.options.details > 0 && outcome.is_ok() {
        let mut request = Message::new(RTM_GETMDB, 0, &header(0, 0));
        outcome = session.dump(&mut request, |view, context| routers(view, &filter, context));
    }
    let out = &mut session.context.out;
    out.close_object();
    out.close_object();
    out.close_array();
    out.end_json();
    outcome
}

/// `bridge mdb get`: one group. A refusal exits with 254.
pub(super) fn get(words: &mut Words, session: &mut Session) -> Result<()> {
    let missing = "Device and group address are required arguments.";
    let tree = parse(GET, &["dev", "grp"], missing, words, &mut session.context)?;
    let mut request = tree.message(RTM_GETMDB, 0);
    let shown = session.get(&mut request, |view, context| {
        context.out.open_array("");
        entries(view, &Filter::default(), context);
        context.out.close_array();
        context.out.end_json();
    });
    shown.map_err(|failure| explain(refused(&failure, &Origins::of(&tree), words).with_status(254), words))
}

/// Says what the kernel's sentence leaves open.
fn explain(error: Error, words: &Words) -> Error {
    let without_vlan = words.all().iter().all(|word| *word != b"vid");
    if without_vlan && error.text() == b"Error: bridge: MDB entry not found." {
        return error.hint(brief!("where VLANs are filtered, a group is one of a VLAN: `vid VLAN`"));
    }
    error
}
