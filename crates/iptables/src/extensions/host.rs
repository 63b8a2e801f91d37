//! `-m owner`: whose socket it is; `-m physdev`: which port of a bridge; `-m statistic`: one packet in so many.

use super::{BASE, Definition, Opt, Scan, Shown};
use crate::names;
use crate::problem::{Problem, Result};

pub(super) static ROWS: &[Definition] = &[
    Definition {
        name: "owner",
        module: "owner",
        revision: 1,
        size: 24,
        options: &[
            Opt::new("uid-owner", 0).inverts(),
            Opt::new("gid-owner", 1).inverts(),
            Opt::flag("socket-exists", 2).inverts(),
            Opt::flag("suppl-groups", 3),
        ],
        parse: parse_owner,
        check: |scan| match scan.seen {
            0 => {
                let text = "owner: At least one of --uid-owner, --gid-owner or --socket-exists is required";
                Err(Problem::parameter(text))
            }
            _ => Ok(()),
        },
        save: save_owner,
        print: print_owner,
        ..BASE
    },
    Definition {
        name: "physdev",
        module: "physdev",
        size: 72,
        options: &[
            Opt::new("physdev-in", 0).inverts(),
            Opt::new("physdev-out", 1).inverts(),
            Opt::flag("physdev-is-bridged", 2).inverts(),
            Opt::flag("physdev-is-in", 3).inverts(),
            Opt::flag("physdev-is-out", 4).inverts(),
        ],
        parse: parse_physdev,
        check: |scan| match scan.seen {
            0 => Err(Problem::parameter("PHYSDEV: no physdev option specified")),
            _ => Ok(()),
        },
        save: show_physdev,
        print: |shown| {
            shown.text(" PHYSDEV match");
            show_physdev(shown);
        },
        ..BASE
    },
    Definition {
        name: "statistic",
        module: "statistic",
        size: 24,
        options: &[
            Opt::new("mode", 0),
            Opt::new("probability", 1).inverts(),
            Opt::new("every", 2).inverts(),
            Opt::new("packet", 3),
        ],
        parse: parse_statistic,
        check: |scan| match (scan.info.first(), scan.has(1), scan.has(2)) {
            (Some(0), true, false) => Ok(()),
            (Some(0), false, _) => Err(Problem::parameter("--probability must be specified when using random mode")),
            (Some(1), _, false) => {
                Err(Problem::parameter("--every and --packet must be specified when using nth mode"))
            }
            (Some(1), false, true) if !scan.has(3) => {
                Err(scan.complain("option \"--every\" also requires \"--packet\"."))
            }
            (Some(1), false, true) if super::u32_at(scan.info, 8) > super::u32_at(scan.info, 4) => {
                Err(Problem::parameter("the --packet p must be 0 <= p <= n-1"))
            }
            (Some(1), false, true) => Ok(()),
            _ => Err(Problem::parameter("statistic: options of both modes are given")),
        },
        save: |shown| show_statistic(shown, " --"),
        print: |shown| {
            shown.text(" statistic");
            show_statistic(shown, " ");
        },
        ..BASE
    },
];

fn parse_owner(scan: &mut Scan) -> Result<()> {
    let (option, inverted) = (scan.option, scan.inverted);
    if option < 2 {
        let file = if option == 0 { "/etc/passwd" } else { "/etc/group" };
        let number = |word: &[u8]| names::number(word).and_then(|number| u32::try_from(number).ok());
        let at = scan.value.iter().position(|byte| *byte == b'-');
        let range = at.and_then(|at| number(scan.value.get(..at)?).zip(number(scan.value.get(at + 1..)?)));
        let one = || number(scan.value).or_else(|| names::account(file, scan.value)).map(|one| (one, one));
        let head = format!("owner: Bad value for \"--{}\" option: \"", scan.word);
        let (first, last) = range.or_else(one).ok_or_else(|| Problem::word(&head, scan.value, "\""))?;
        let place = usize::from(option) * 8;
        scan.set(place, &first.to_ne_bytes());
        scan.set(place + 4, &last.to_ne_bytes());
    }
    if option == 3 && !scan.has(1) {
        let text = "owner: Bad value for \"--suppl-groups\" option: \"you need to use --gid-owner first\"";
        return Err(Problem::parameter(text));
    }
    for at in if inverted { 16..18 } else { 16..17 } {
        let old = scan.info.get(at).copied().unwrap_or(0);
        scan.set(at, &[old | (1 << option)]);
    }
    Ok(())
}

fn save_owner(shown: &mut Shown) {
    let (has, inverted) = (shown.u8(16), shown.u8(17));
    let words = [(2, "--socket-exists"), (0, "--uid-owner"), (1, "--gid-owner"), (3, "--suppl-groups")];
    for (at, word) in words {
        if has & (1 << at) == 0 {
            continue;
        }
        shown.text(if inverted & (1 << at) != 0 { " ! " } else { " " });
        shown.text(word);
        if at < 2 {
            shown.text(" ");
            owner_range(shown, at);
        }
    }
}

fn owner_range(shown: &mut Shown, at: usize) {
    let (first, last) = (shown.u32(at * 8), shown.u32(at * 8 + 4));
    match first == last {
        true => shown.text(first.to_string()),
        false => shown.text(format!("{first}-{last}")),
    }
}

fn print_owner(shown: &mut Shown) {
    let (has, inverted) = (shown.u8(16), shown.u8(17));
    let heads =
        [(2, " owner socket exists"), (0, " owner UID match "), (1, " owner GID match "), (3, " incl. suppl. groups")];
    for (at, head) in heads.into_iter().filter(|(at, _)| has & (1 << at) != 0) {
        shown.text(if inverted & (1 << at) != 0 { " !" } else { "" });
        shown.text(head);
        let (first, last) = (shown.u32(at * 8), shown.u32(at * 8 + 4));
        let file = if at == 0 { "/etc/passwd" } else { "/etc/group" };
        match names::account_name(file, first).filter(|_| at < 2 && !shown.numeric && first == last) {
            Some(name) => shown.text(name),
            None if at < 2 => owner_range(shown, at),
            None => (),
        }
    }
}

fn parse_physdev(scan: &mut Scan) -> Result<()> {
    let (option, inverted) = (scan.option, scan.inverted);
    if option < 2 {
        if scan.value.len() > 15 {
            let tail = "' must be shorter than IFNAMSIZ (15)";
            return Err(Problem::word("interface name `", scan.value, tail));
        }
        let weird = crate::values::weird(scan.value);
        scan.warnings.extend(weird);
        let at = usize::from(option) * 32;
        let value = scan.value;
        scan.set(at, value);
        // Of a wildcard the bytes before the `+` count; of a name all and the NUL behind it.
        let counted = value.strip_suffix(b"+").map_or(value.len() + 1, <[u8]>::len);
        scan.set(at + 16, &vec![0xff; counted.min(16)]);
    }
    for (at, on) in [(64, inverted), (65, true)] {
        let old = scan.info.get(at).copied().unwrap_or(0);
        scan.set(at, &[if on { old | (1 << option) } else { old }]);
    }
    Ok(())
}

fn show_physdev(shown: &mut Shown) {
    let (inverted, has) = (shown.u8(64), shown.u8(65));
    let words = [
        (3, "--physdev-is-in"),
        (0, "--physdev-in"),
        (4, "--physdev-is-out"),
        (1, "--physdev-out"),
        (2, "--physdev-is-bridged"),
    ];
    for (at, word) in words.into_iter().filter(|(at, _)| has & (1 << at) != 0) {
        shown.text(if inverted & (1 << at) != 0 { " ! " } else { " " });
        shown.text(word);
        if at < 2 {
            let name = [b" ", shown.string(at * 32, 16)].concat();
            shown.text(name);
        }
    }
}

fn parse_statistic(scan: &mut Scan) -> Result<()> {
    let number = |scan: &Scan, least: u32| {
        let number = names::number(scan.value).and_then(|number| u32::try_from(number).ok());
        number.filter(|number| *number >= least).ok_or_else(|| scan.out_of_range(None, least))
    };
    match scan.option {
        0 => {
            let mode = match scan.value {
                b"random" => 0u16,
                b"nth" => 1,
                value => return Err(Problem::word("Bad mode \"", value, "\"")),
            };
            scan.set(0, &mode.to_ne_bytes());
        }
        1 => {
            let probability = netmite_output::fraction(scan.value).filter(|p| (0.0..=1.0).contains(p));
            let probability = probability.ok_or_else(|| scan.bad_number(None, "0-1"))?;
            // A float's cast saturates, and this one is at most 2^31.
            let scaled = (probability * 2_147_483_648.0).round() as u32;
            scan.set(4, &scaled.to_ne_bytes());
            scan.set(12, &scaled.to_ne_bytes());
        }
        2 => {
            let every = number(scan, 1)?.saturating_sub(1);
            scan.set(4, &every.to_ne_bytes());
        }
        _ => {
            let packet = number(scan, 0)?;
            scan.set(8, &packet.to_ne_bytes());
            scan.set(12, &packet.to_ne_bytes());
        }
    }
    if scan.inverted {
        scan.set(2, &1u16.to_ne_bytes());
    }
    Ok(())
}

fn show_statistic(shown: &mut Shown, dash: &str) {
    let bang = if shown.u16(2) & 1 != 0 { " !" } else { "" };
    if shown.u16(0) == 0 {
        let probability = netmite_output::fixed(f64::from(shown.u32(4)) / 2_147_483_648.0, 11);
        return shown.text(format!("{dash}mode random{bang}{dash}probability {probability}"));
    }
    let every = u64::from(shown.u32(4)) + 1;
    shown.text(format!("{dash}mode nth{bang}{dash}every {every}"));
    if shown.u32(8) != 0 || dash == " --" {
        shown.text(format!("{dash}packet {}", shown.u32(8)));
    }
}
