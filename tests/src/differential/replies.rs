//! Replies of the kernel with attributes changed by chance.

use crate::fuzz::Chance;
use crate::kernel::Snapshot;
use crate::kernel::bytes::{Message, attributes, put};

/// Changes some attributes and header bytes of a snapshot.
pub fn replies(snapshot: &Snapshot, chance: &mut Chance) -> Snapshot {
    let mut changed = snapshot.clone();
    let count = changed.messages.len();
    for _ in 0..=chance.below(3) {
        let at = chance.below(count);
        let other = chance.below(count);
        let donor =
            snapshot.messages.get(other).filter(|one| changed.messages.get(at).is_some_and(|own| own.kind == one.kind));
        let donor = donor.cloned();
        if let Some(message) = changed.messages.get_mut(at) {
            change_message(message, donor.as_ref(), chance);
        }
    }
    changed
}

fn header(kind: u16) -> usize {
    match kind {
        16 => 16,
        20 | 104 | 116 => 8,
        72 => 12,
        80 | 88 => 4,
        64 => 4,
        _ => 12,
    }
}

fn change_message(message: &mut Message, donor: Option<&Message>, chance: &mut Chance) {
    let header = header(message.kind).min(message.body.len());
    if chance.below(6) == 0 && header > 1 {
        // The family and a link's index stay.
        let at = 1 + chance.below(header - 1);
        if !(message.kind == 16 && (4..8).contains(&at)) {
            message.body[at] = odd(chance);
        }
        return;
    }
    let (fixed, rest) = message.body.split_at(header);
    let donor = donor.and_then(|donor| donor.body.get(header..)).unwrap_or(&[]);
    message.body = [fixed, &change_attributes(rest, donor, 0, chance)].concat();
}

fn odd(chance: &mut Chance) -> u8 {
    [0, 1, 2, 3, 4, 5, 7, 8, 0x0f, 0x10, 0x40, 0x7f, 0x80, 0xff, chance.number() as u8][chance.below(15)]
}

fn change_attributes(bytes: &[u8], donor: &[u8], depth: usize, chance: &mut Chance) -> Vec<u8> {
    let (mut list, _) = attributes(bytes).clone();
    let mut list: Vec<(u16, Vec<u8>)> = list.drain(..).map(|(number, payload)| (number, payload.to_vec())).collect();
    let (lent, _) = attributes(donor);
    let at = chance.below(list.len());
    if let Some((number, payload)) = list.get(at).cloned() {
        let nested = attributes(&payload);
        let nest = payload.len() >= 8 && nested.1 && nested.0.len() * 2 <= payload.len();
        if nest && depth < 4 && chance.below(5) != 0 {
            let inner = lent.iter().find(|(other, _)| *other == number).map_or(&[][..], |(_, payload)| payload);
            list[at].1 = change_attributes(&payload, inner, depth + 1, chance);
        } else {
            // Names stay: without one, or with odd bytes in it, there is little else to see.
            let text = payload.len() > 1
                && payload.split_last().is_some_and(|(last, rest)| *last == 0 && rest.iter().all(u8::is_ascii_graphic));
            match chance.below(if text { 1 } else { 9 }) {
                0 if text && depth == 0 => (),
                0 | 1 => drop(list.remove(at)),
                2 if payload.len() > 4 && chance.below(8) == 0 => list[at].1.truncate(chance.below(payload.len())),
                3 => list[at].1.iter_mut().for_each(|byte| *byte = 0),
                4 => list[at].1.iter_mut().for_each(|byte| *byte = 0xff),
                5 if !lent.is_empty() => {
                    let (number, payload) = lent[chance.below(lent.len())];
                    list.push((number, payload.to_vec()));
                }
                6 => list.push((number, payload)),
                _ => {
                    let place = chance.below(payload.len());
                    if let Some(byte) = list[at].1.get_mut(place) {
                        *byte = odd(chance);
                    }
                }
            }
        }
    }
    let mut out = Vec::new();
    list.iter().for_each(|(number, payload)| put(&mut out, *number, payload));
    out
}
