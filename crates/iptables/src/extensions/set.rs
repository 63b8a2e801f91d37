//! `-m set`: sets of addresses that `ipset` made. The kernel's structure has a set's number, we its name: it is asked for.
//! A rule that looks at counters of elements is shown as unsupported and kept.

use super::{BASE, Definition, Opt, Scan, Shown, bytes_at};
use crate::problem::{Problem, Result};
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
const MOST: usize = 6;

pub(super) static ROWS: &[Definition] = &[Definition {
    name: "set",
    module: "set",
    revision: 4,
    size: 48,
    options: &[Opt::two("match-set", 0).inverts().repeats(), Opt::flag("return-nomatch", 1)],
    parse,
    check: |scan| match scan.has(0) {
        true => Ok(()),
        false => Err(Problem::parameter("You must specify `--match-set' with proper arguments")),
    },
    save: |shown| show(shown, " --"),
    print: |shown| show(shown, " "),
    owns: |info| {
        [AT_PACKETS, AT_BYTES].iter().all(|at| info.get(*at) == Some(&0)) && flags(info) & !RETURN_NOMATCH == 0
    },
    ..BASE
}];

fn flags(info: &[u8]) -> u32 {
    super::u32_at(info, AT_FLAGS)
}

fn parse(scan: &mut Scan) -> Result<()> {
    if scan.option == 1 {
        scan.set_bits(AT_FLAGS, RETURN_NOMATCH);
        return Ok(());
    }
    if scan.info.get(AT_COUNT) != Some(&0) {
        return Err(Problem::parameter("--match-set can be specified only once"));
    }
    let name = scan.value;
    if name.len() >= NAME_END {
        return Err(Problem::word("setname `", name, "' too long, max 31 characters."));
    }
    let mut socket = NetfilterSocket::open()?;
    let index = socket.ip_set(name)?.ok_or_else(|| Problem::word("Set ", name, " doesn't exist.\n"))?;
    let (mut count, mut directions) = (0u8, if scan.inverted { INVERTED } else { 0 });
    for word in scan.second.split(|byte| *byte == b',') {
        if usize::from(count) == MOST {
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

fn show(shown: &mut Shown, dash: &str) {
    let (count, directions) = (shown.u8(AT_COUNT), shown.u8(AT_DIRECTIONS));
    let index = bytes_at(shown.info, 0).map_or(0, u16::from_ne_bytes);
    let name = NetfilterSocket::open().and_then(|mut socket| socket.ip_set_name(index)).ok().flatten();
    shown.text(if directions & INVERTED != 0 { " !" } else { "" });
    let name = name.as_deref().map(netmite_netlink::attributes::until_nul);
    shown.text([format!("{dash}match-set ").as_bytes(), name.unwrap_or(b"???"), b" "].concat());
    let directions = (1..=count.min(7)).map(|at| if directions & 1 << at != 0 { "src" } else { "dst" });
    shown.text(directions.collect::<Vec<_>>().join(","));
    if flags(shown.info) & RETURN_NOMATCH != 0 {
        shown.text(format!("{dash}return-nomatch"));
    }
}
