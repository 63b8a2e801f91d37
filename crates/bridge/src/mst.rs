//! `bridge mst`: the states of ports in spanning tree instances.

use crate::vlan::{OPTION, Port, name_in, show_table};
use crate::words::{NOWHERE, State, Stray, filters, plain, take};
use crate::{DEV, Dev, change, device};
use netmite_grammar::{
    Command, Context, Error, Key, Operation, Part, Result, Scope, Session, Shape, Spec, Table, Words, attr, exact, key,
    matches, parse_only, row, rows, run_verb, unambiguous,
};
use netmite_netlink::Message;
use netmite_netlink::attributes::{Attributes, Slots};
use netmite_netlink::header::IfInfo;
use netmite_netlink::tree::{ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::brief;

/// Places for the words of `set`.
const MSTI: u16 = 0x3ffb;
const STATE: u16 = 0x3ffa;

const STATES: State = State {
    bad: "Error: invalid STP port state",
    number: |word| plain(word).and_then(|number| u8::try_from(number).ok()),
};

static SET: Table = Table::new("mst", rows!(ROWS));

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("dev")], attr!(DEV), &Dev, "the port"),
    row(&[exact("msti")], attr!(MSTI), &Raw, "the instance, 1 to 4094"),
    row(&[exact("state")], attr!(STATE), &Raw, "disabled, listening, learning, forwarding or blocking"),
    row(&[], attr!(NOWHERE), &Stray(|word, _| if matches(word, "help") { Err(usage()) } else { Ok(()) }), "").positional(),
];
const _: () = unambiguous(ROWS);

parse_only!(
    /// A word that is read when all are there.
    Raw,
    Shape::Value("VALUE"),
    |self, row, _key, scope| {
        let word = scope.value()?;
        scope.set(row.number(), word);
        Ok(())
    }
);

/// What is shown of an instance.
static ENTRY: Table = Table::new("mst", rows!(ENTRY_ROWS));
const ENTRY_ROWS: &[Spec] = &[row(&[exact("state")], attr!(IFLA_BRIDGE_MST_ENTRY_STATE), &STATES, "what passes")];

/// The verbs, in the order in which abbreviations are looked up.
const VERBS: &[(Key, Command)] = &[
    (key("set", 1), set),
    (key("show", 1), show),
    (key("lst", 1), show),
    (key("list", 1), show),
    (key("help", 1), |_, _| Err(usage())),
];

/// Runs `bridge mst`.
pub fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    run_verb("bridge mst", VERBS, show, words, session)
}

/// What manuals tell of it.
#[cfg(feature = "laws")]
pub(crate) fn manual() -> netmite_grammar::manual::Object {
    use netmite_grammar::manual::{Object, choice};
    Object::new("mst", "states of ports in spanning tree instances", VERBS)
        .table(&["set"], "", &SET, "bridge mst help")
        .words(&["show", "list", "lst"], vec![choice("dev", Shape::Device, "only this port")])
        .shows(&ENTRY)
}

/// The usage text.
fn usage() -> Error {
    netmite_grammar::usage(
        brief!(
            "Usage: bridge mst set dev DEVICE msti INSTANCE state STATE\n       bridge mst show [ dev DEVICE ]\nOPTIONS:\n%"
        ),
        &[Part::Options(&SET)],
    )
}

fn set(words: &mut Words, session: &mut Session) -> Result<()> {
    let mut tree = Tree::new(&IfInfo { family: AF_BRIDGE, ..IfInfo::default() }.to_bytes());
    let context = &mut session.context;
    SET.parse(&mut Scope { words, tree: &mut tree, node: ROOT, operation: Operation::Set, context })?;
    let [dev, msti, state] = [DEV, MSTI, STATE].map(|place| take(&mut tree, place));
    let (Some(dev), Some(msti), Some(state)) = (dev, msti, state) else {
        return Err(Error::new(255, brief!("Device, MSTI and state are required arguments.")));
    };
    let index = device(context, &dev)?;
    let msti = plain(&msti).and_then(|number| u16::try_from(number).ok());
    let msti = msti.ok_or_else(|| Error::new(255, "Error: invalid MSTI").hint("it takes 1 to 4094"))?;
    let state = STATES.read(&state)?;
    tree.set_header(ROOT, 4, index);
    let spec = tree.nest(ROOT, IFLA_AF_SPEC);
    let list = tree.nest(spec, IFLA_BRIDGE_MST);
    let entry = tree.nest(list, IFLA_BRIDGE_MST_ENTRY);
    tree.set(entry, IFLA_BRIDGE_MST_ENTRY_MSTI, msti, 0);
    tree.set(entry, IFLA_BRIDGE_MST_ENTRY_STATE, state, 0);
    change(session, &tree, RTM_SETLINK, 0, words)
}

fn show(words: &mut Words, session: &mut Session) -> Result<()> {
    let [dev] = filters(words, ["dev"])?;
    let dev = dev.map_or(Ok(0), |name| device(&mut session.context, name))?;
    show_table("port              msti     \n", session, &mut |session| ports(dev, session))
}

fn ports(dev: u32, session: &mut Session) -> Result<()> {
    let head = IfInfo { family: AF_BRIDGE, ..IfInfo::default() };
    let mut request = Message::new(RTM_GETLINK, 0, &head.to_bytes());
    request.put(IFLA_EXT_MASK, RTEXT_FILTER_MST);
    // The reference stops at the first port that has none, whichever is asked for.
    let mut without = None;
    let outcome = session.dump(&mut request, |view, context| {
        if let Some(head) = IfInfo::of(view).filter(|_| view.kind == RTM_NEWLINK && without.is_none()) {
            let slots = view.slots(IfInfo::LEN);
            match slots.nested(IFLA_AF_SPEC).get(IFLA_BRIDGE_MST) {
                Some(list) if dev == 0 || head.index == dev => {
                    instances(&slots, Attributes::new(list), head.index, context);
                }
                Some(_) => (),
                None => without = Some(name_in(&slots, head.index, context)),
            }
        }
    });
    outcome.map_err(|error| error.with_status(255))?;
    without.map_or(Ok(()), |name| {
        let name = netmite_output::escaped(name.as_bytes());
        let hint = format!("the bridge of {name} has no spanning tree instances; `mst_enabled 1` gives it some");
        Err(Error::new(255, "Dump terminated").hint(hint))
    })
}

fn instances(slots: &Slots, list: Attributes, index: u32, context: &mut Context) {
    let mut port = Port::new("mst");
    for entry in list.filter(|one| one.kind == IFLA_BRIDGE_MST_ENTRY) {
        let entry = Slots::parse(entry.payload);
        let Some(msti) = entry.u16(IFLA_BRIDGE_MST_ENTRY_MSTI) else { continue };
        port.line(&|context| name_in(slots, index, context), context);
        context.out.put("msti", "", msti, "");
        context.out.newline();
        context.out.text(OPTION);
        ENTRY.print(&entry, context);
        context.out.newline();
        context.out.close_object();
    }
    port.end(context);
}
