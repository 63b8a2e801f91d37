//! `-m set`: sets of addresses that `ipset` made. The kernel's structure has a set's number, we its name: it is asked for.
//! A rule that looks at counters of elements is shown as unsupported and kept.

use super::{BASE, Definition, Opt, Scan, Shown, u8_at, u32_at};
use crate::problem::{Problem, Result};
use crate::text::Text;
use netmite_netlink::nftables::NetfilterSocket;

/// Where `struct xt_set_info_match_v4` has its parts: number, how many directions, these; what to compare packets and bytes
/// with; flags.
const AT_COUNT: usize = 2;
const AT_DIRECTIONS: usize = 3;
const AT_PACKETS: usize = 16;
const AT_BYTES: usize = 32;
const AT_FLAGS: usize = 40;
/// In the directions: that the packet is not in the set.
const INVERTED: u8 = 1;
const RETURN_NOMATCH: u32 = 1 << 7;
const NAME_END: usize = 32;
const MOST: u8 = 6;

pub(super) static ROWS: [Definition; 1] = [Definition {
    name: "set",
    revision: 4,
    size: 48,
    options: &[Opt::two("match-set", 0).inverts().repeats(), Opt::flag("return-nomatch", 1)],
    parse,
    check: |scan| match scan.has(0) {
        true => Ok(()),
        false => Err(Problem::parameter("You must specify `--match-set' with proper arguments")),
    },
    show,
    owns: |info| {
        info.get(AT_PACKETS) == Some(&0) && info.get(AT_BYTES) == Some(&0) && flags(info) & !RETURN_NOMATCH == 0
    },
    ..BASE
}];

fn flags(info: &[u8]) -> u32 {
    u32_at(info, AT_FLAGS)
}

fn parse(scan: &mut Scan) -> Result<()> {
    if scan.opt.id == 1 {
        let flags = flags(scan.info) | RETURN_NOMATCH;
        scan.set(AT_FLAGS, &flags.to_ne_bytes());
        return Ok(());
    }
    if u8_at(scan.info, AT_COUNT) != 0 {
        return Err(Problem::parameter("--match-set can be specified only once"));
    }
    let name = scan.value;
    if name.len() >= NAME_END {
        return Err(Problem::word("setname `", name, "' too long, max 31 characters."));
    }
    let index = NetfilterSocket::open()?.ip_set(name)?;
    let index = index.ok_or_else(|| Problem::word("Set ", name, " doesn't exist.\n"))?;
    let (mut count, mut directions) = (0u8, u8::from(scan.inverted));
    for word in scan.second.split(|byte| *byte == b',') {
        if count == MOST {
            return Err(Problem::parameter("Can't be more src/dst options than 6."));
        }
        count += 1;
        directions |= match word {
            b"src" => 1 << count,
            b"dst" => 0,
            _ => {
                let text = "You must specify (the comma separated list of) 'src' or 'dst'.";
                return Err(Problem::parameter(text));
            }
        };
    }
    scan.set(0, &index.to_ne_bytes());
    scan.set(AT_COUNT, &[count, directions]);
    Ok(())
}

fn show(shown: &mut Shown) {
    let (count, directions) = (shown.u8(AT_COUNT).min(7), shown.u8(AT_DIRECTIONS));
    let index = shown.u16(0);
    let name = NetfilterSocket::open().and_then(|mut socket| socket.ip_set_name(index)).ok().flatten();
    shown.inverted = directions & INVERTED != 0;
    shown.option("match-set ");
    shown.text(name.as_deref().map_or(&b"???"[..], netmite_netlink::attributes::until_nul));
    for at in 1..=count {
        shown.out.put(if at == 1 { " " } else { "," });
        shown.out.put(if directions & 1 << at != 0 { "src" } else { "dst" });
    }
    if count == 0 {
        shown.out.put(" ");
    }
    shown.inverted = false;
    if flags(shown.info) & RETURN_NOMATCH != 0 {
        shown.option("return-nomatch");
    }
}
