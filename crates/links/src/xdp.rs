//! `xdp { off | pinned PATH }`, and `xdpgeneric`, `xdpdrv`, `xdpoffload`: the program that looks at a link's packets first.
//! Source: linux/if_link.h.

use crate::link::DEV;
use crate::program;
use netmite_grammar::{Context, Error, Key, Scope, Shape, exact, parse_only};
use netmite_netlink::ProgramInfo;
use netmite_netlink::attributes::{Slots, until_nul};
use netmite_netlink::uapi::*;
use netmite_output::Value;

/// `XDP_FLAGS_UPDATE_IF_NOEXIST`: a program that is there already stays.
const IF_NONE: u32 = 1;

/// The keywords; the tag is the mode's bit in the flags.
pub(crate) const KEYS: &[Key] =
    &[exact("xdp"), exact("xdpgeneric").tag(2), exact("xdpdrv").tag(4), exact("xdpoffload").tag(HARDWARE)];

/// `XDP_FLAGS_HW_MODE`.
const HARDWARE: u32 = 8;

parse_only!(
    /// Puts a program in, or with `off` as the line's last word takes it out.
    Attach,
    Shape::Value("{ off | pinned PATH }"),
    |self, row, key, scope| {
        if key.tag == HARDWARE && !is_there(scope) {
            return Err(Error::incomplete());
        }
        let off = matches!(scope.words.rest(), [b"off" | b"none"]);
        let descriptor = match off {
            true => {
                scope.words.take();
                -1
            }
            false => {
                let program = program::read(scope)?;
                i32::try_from(scope.context.keep(program.descriptor)).unwrap_or(-1)
            }
        };
        let flags = key.tag | if scope.context.options.force { 0 } else { IF_NONE };
        let (position, outer) = (scope.words.position(), scope.node);
        scope.tree.remove(outer, row.number());
        let nest = scope.tree.nest(outer, row.number());
        scope.tree.set(nest, IFLA_XDP_FD, descriptor, position);
        if flags != 0 {
            scope.tree.set(nest, IFLA_XDP_FLAGS, flags, position);
        }
        Ok(())
    }
);

/// Whether the link is named by now and is there: the card that a program is for is to be known.
fn is_there(scope: &mut Scope) -> bool {
    let name = [DEV, IFLA_IFNAME].iter().find_map(|place| scope.tree.get(scope.node, *place));
    let name = name.map(|name| until_nul(name).to_vec());
    name.is_some_and(|name| scope.context.index_of(&name).is_ok())
}

/// Where a program may be: what it is called in a link's first line, by `XDP_ATTACHED_…`; the attribute with its id where
/// there are several; and its name in the line of its own then.
const MODES: &[(&str, u16, &str)] = &[
    ("", 0, ""),
    ("xdp", 5, "drv"),
    ("xdpgeneric", 6, "generic"),
    ("xdpoffload", 7, "offload"),
    ("xdpmulti", IFLA_XDP_PROG_ID, ""),
];
/// The mode that means several.
const MULTI: u8 = 4;

/// The programs of a link: the mode of each, its name and its id.
fn programs(xdp: &Slots) -> Vec<(u8, &'static str, u32)> {
    let mode = xdp.u8(IFLA_XDP_ATTACHED).unwrap_or(0);
    let mut all = Vec::new();
    if mode != MULTI {
        all.extend(xdp.u32(IFLA_XDP_PROG_ID).filter(|_| mode != 0).map(|id| (mode, "", id)));
        return all;
    }
    for (number, (_, id, name)) in (0u8..).zip(MODES) {
        if number != 0 && number != MULTI {
            all.extend(xdp.u32(*id).map(|id| (number, *name, id)));
        }
    }
    all
}

/// What a link tells of its programs, if it has any.
fn attached<'a>(slots: &Slots<'a>) -> Option<Slots<'a>> {
    let mode = slots.nested(IFLA_XDP).get(IFLA_XDP_ATTACHED)?.first()?;
    if *mode == 0 { None } else { slots.nested_slots(IFLA_XDP) }
}

/// The mode in a link's first line; with `id`, that of the program too. In JSON all there is to say.
pub fn print_mode(slots: &Slots, id: bool, context: &mut Context) {
    let Some(xdp) = attached(slots) else { return };
    let mode = xdp.u8(IFLA_XDP_ATTACHED).unwrap_or(0);
    if context.out.is_json() {
        return json(mode, &xdp, context);
    }
    match MODES.get(usize::from(mode)) {
        Some((word, ..)) => context.out.text(word),
        None => context.out.text(&format!("xdp[{mode}]")),
    }
    if let Some(id) = xdp.u32(IFLA_XDP_PROG_ID).filter(|_| id) {
        context.out.put("", "/id:", id, "");
    }
    context.out.text(" ");
}

fn json(mode: u8, xdp: &Slots, context: &mut Context) {
    context.out.open_object("xdp");
    context.out.json("mode", mode);
    if let Some(id) = xdp.u32(IFLA_XDP_PROG_ID) {
        json_program(id, context);
    }
    context.out.open_array("attached");
    for (mode, _, id) in programs(xdp) {
        context.out.open_object("");
        context.out.json("mode", mode);
        json_program(id, context);
        context.out.close_object();
    }
    context.out.close_array();
    context.out.close_object();
}

fn json_program(id: u32, context: &mut Context) {
    context.out.open_object("prog");
    context.out.json("id", id);
    about(id, context);
    context.out.close_object();
}

/// A line for each program, in text.
pub fn print_programs(slots: &Slots, context: &mut Context) {
    let Some(xdp) = attached(slots).filter(|_| !context.out.is_json()) else { return };
    for (_, name, id) in programs(&xdp) {
        context.out.newline();
        context.out.text("    prog/xdp");
        context.out.text(name);
        context.out.put("", " id ", id, " ");
        about(id, context);
    }
}

/// What the kernel tells of a program to those whom it trusts: nothing to others.
fn about(id: u32, context: &mut Context) {
    let Ok(ProgramInfo { name, tag, jited, load_time, uid, btf, .. }) = ProgramInfo::of(id) else { return };
    if !name.is_empty() {
        context.out.field("name", "name", Value::Bytes(&name));
    }
    context.out.field("tag", "tag", Value::Octets(&tag));
    if jited {
        context.out.json("jited", 1u64);
        context.out.text("jited ");
    }
    if context.options.details > 0 {
        context.out.field("load_time", "load_time", load_time);
        context.out.field("created_by_uid", "created_by_uid", uid);
        if btf != 0 {
            context.out.field("btf_id", "btf_id", btf);
        }
    }
}
