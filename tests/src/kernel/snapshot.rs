//! The objects that a fake kernel has, and the files they are kept in.
//!
//! A file has one message a paragraph: `message TYPE` and then lines of hex, 64 bytes each, of what follows the
//! netlink header. `lookup` instead of `message` gives the reply to a request for one object, and is followed by the
//! attribute that the request must carry (`NUMBER HEX`). `#` starts a comment.

use super::bytes::{Message, attribute, attributes, put, put_nest, put_u32, u16_at, u32_at, until_nul};
use super::{IFLA_ALT_IFNAME, IFLA_IFNAME, NLM_F_MULTI, RTM_NEWLINK};

/// Messages as the kernel would send them in dumps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// In the kernel's order.
    pub messages: Vec<Message>,
    /// Replies to requests for one object, with the attribute by which they are found.
    pub lookups: Vec<(u16, Vec<u8>, Message)>,
}

/// A paragraph that is being read: by what a lookup is found, and the message.
type Open = (Option<(u16, Vec<u8>)>, Message);

const IFLA_NUM_VF: u16 = 21;
const IFLA_VFINFO_LIST: u16 = 22;
const IFLA_PROP_LIST: u16 = 52;

impl Snapshot {
    /// The link numbered `index`.
    pub fn link(&self, index: u32) -> Option<&[u8]> {
        let mut links =
            self.messages.iter().filter(|message| message.kind == RTM_NEWLINK && message.body.first() == Some(&0));
        links.find(|message| u32_at(&message.body, 4) == index).map(|message| message.body.as_slice())
    }

    /// Its name.
    pub fn name_of(&self, index: u32) -> Option<Vec<u8>> {
        attribute(self.link(index)?.get(16..)?, IFLA_IFNAME).map(|name| until_nul(name).to_vec())
    }

    /// The index of the link with this name or alternative name.
    pub fn index_of(&self, wanted: &[u8]) -> Option<u32> {
        let has = |body: &[u8]| {
            let Some(within) = body.get(16..) else { return false };
            let others = attribute(within, IFLA_PROP_LIST).unwrap_or(&[]);
            let mut names = attributes(others).0;
            names.retain(|(number, _)| *number == IFLA_ALT_IFNAME);
            attribute(within, IFLA_IFNAME).is_some_and(|name| until_nul(name) == wanted)
                || names.iter().any(|(_, name)| until_nul(name) == wanted)
        };
        let links = self.messages.iter().filter(|message| message.kind == RTM_NEWLINK);
        links.filter(|message| has(&message.body)).map(|message| u32_at(&message.body, 4)).next()
    }

    /// Drops what a request to delete an address, route, neighbour, rule or label names.
    pub fn forget(&mut self, request: &Message) {
        let (new, header, keys): (u16, usize, &[u16]) = match request.kind {
            21 => (20, 8, &[1, 2]),
            25 => (24, 12, &[1, 15]),
            29 => (28, 12, &[1]),
            33 => (32, 12, &[6, 15]),
            73 => (72, 12, &[1]),
            105 => (104, 8, &[1]),
            _ => return,
        };
        let key = |body: &[u8]| -> Vec<Vec<u8>> {
            let within = body.get(header..).unwrap_or(&[]);
            let place = if new == 24 { 0 } else { u32_at(body, 4) };
            let mut parts = vec![body.get(..2).unwrap_or(&[]).to_vec(), place.to_ne_bytes().to_vec()];
            // A next hop's number is all that its deletion needs.
            parts.retain(|_| new != 104);
            parts.extend(keys.iter().map(|number| attribute(within, *number).unwrap_or(&[]).to_vec()));
            parts
        };
        let wanted = key(&request.body);
        self.messages.retain(|message| message.kind != new || key(&message.body) != wanted);
    }

    /// Adds an object as a request describes it; what a request says of a link that is there becomes the link's. Virtual
    /// functions are counted and have counters, as from the kernel.
    pub fn take_in(&mut self, message: Message) {
        let index = if message.kind == RTM_NEWLINK { u32_at(&message.body, 4) } else { 0 };
        let links = self.messages.iter_mut().filter(|one| one.kind == RTM_NEWLINK && one.body.first() == Some(&0));
        let Some(link) = links.into_iter().find(|one| index != 0 && u32_at(&one.body, 4) == index) else {
            return self.messages.push(message);
        };
        let (told, _) = attributes(message.body.get(16..).unwrap_or(&[]));
        let mut body = link.body.get(..16).unwrap_or(&[]).to_vec();
        for (number, payload) in attributes(link.body.get(16..).unwrap_or(&[])).0 {
            if !told.iter().any(|(other, _)| *other == number) {
                put(&mut body, number, payload);
            }
        }
        for (number, payload) in told {
            if number != IFLA_VFINFO_LIST {
                put(&mut body, number, payload);
                continue;
            }
            let functions = attributes(payload).0;
            put_u32(&mut body, IFLA_NUM_VF, functions.len() as u32);
            put_nest(&mut body, number, |list| {
                functions.iter().for_each(|(number, info)| put(list, *number, &with_counters(info)))
            });
        }
        link.body = body;
    }

    /// The reply to a request for one object.
    pub fn looked_up(&self, request: &Message) -> Option<Message> {
        let header = match request.kind {
            26 | 30 | 34 => 12,
            82 => 4,
            _ => 8,
        };
        let within = request.body.get(header..)?;
        if request.kind == 30 && family(&request.body) == 7 {
            return self.looked_up_address(request, within);
        }
        let found = self.lookups.iter().find(|(number, payload, reply)| {
            reply.kind & !3 == request.kind & !3 && attribute(within, *number) == Some(payload.as_slice())
        });
        let found = found.map(|(_, _, reply)| reply).or_else(|| self.next_hop(request.kind, within))?;
        Some(Message { sequence: request.sequence, flags: 0, ..found.clone() })
    }

    /// The next hop object or bucket of one that a request names.
    fn next_hop(&self, kind: u16, within: &[u8]) -> Option<&Message> {
        let bucket = |attributes: &[u8]| super::bytes::attribute_at(attributes, &[13, 1]).map(<[u8]>::to_vec);
        let wanted = (attribute(within, 1)?, bucket(within));
        let found = |message: &&Message| {
            let own = message.body.get(8..).unwrap_or(&[]);
            message.kind == kind - 2 && attribute(own, 1) == Some(wanted.0) && bucket(own) == wanted.1
        };
        self.messages.iter().filter(|_| matches!(kind, 106 | 118)).find(found)
    }

    /// The entry of a forwarding database for a request's address, on the device or the bridge that it names.
    fn looked_up_address(&self, request: &Message, within: &[u8]) -> Option<Message> {
        let (index, address, bridge) = (u32_at(&request.body, 4), attribute(within, 2)?, attribute(within, 9));
        let mut entries = self.messages.iter().filter(|entry| entry.kind == 28 && family(&entry.body) == 7);
        let found = entries.find(|entry| {
            let own = entry.body.get(12..).unwrap_or(&[]);
            (index == 0 || index == u32_at(&entry.body, 4))
                && attribute(own, 2) == Some(address)
                && bridge.is_none_or(|bridge| attribute(own, 9) == Some(bridge))
        })?;
        Some(Message { sequence: request.sequence, flags: 0, ..found.clone() })
    }

    /// Reads the form that [`Snapshot::text`] writes.
    ///
    /// # Errors
    /// With the number of the line that is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut snapshot = Snapshot::default();
        let mut open: Option<Open> = None;
        for (number, line) in text.lines().enumerate() {
            let wrong = || format!("line {}: {line:?} is not understood", number + 1);
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => (),
                [first, ..] if first.starts_with('#') => (),
                ["message", kind] => {
                    snapshot.close(open.take());
                    open = Some((None, empty(kind.parse().map_err(|_| wrong())?)));
                }
                ["lookup", kind, attribute, payload] => {
                    snapshot.close(open.take());
                    let attribute = attribute.parse().map_err(|_| wrong())?;
                    let payload = crate::text::from_hex(payload).ok_or_else(wrong)?;
                    open = Some((Some((attribute, payload)), empty(kind.parse().map_err(|_| wrong())?)));
                }
                [hex] => {
                    let bytes = crate::text::from_hex(hex).ok_or_else(wrong)?;
                    open.as_mut().ok_or_else(wrong)?.1.body.extend(bytes);
                }
                _ => return Err(wrong()),
            }
        }
        snapshot.close(open);
        Ok(snapshot)
    }

    fn close(&mut self, open: Option<Open>) {
        match open {
            Some((Some((attribute, payload)), message)) => self.lookups.push((attribute, payload, message)),
            Some((None, message)) => self.messages.push(message),
            None => (),
        }
    }

    /// As text, for a file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let hex = |body: &[u8]| body.chunks(64).map(|line| crate::text::to_hex(line) + "\n").collect::<String>();
        for message in &self.messages {
            text += &format!("message {}\n{}\n", message.kind, hex(&message.body));
        }
        for (attribute, payload, message) in &self.lookups {
            let payload = crate::text::to_hex(payload);
            text += &format!("lookup {} {attribute} {payload}\n{}\n", message.kind, hex(&message.body));
        }
        text
    }
}

/// What is told of a virtual function, with counters of it.
fn with_counters(info: &[u8]) -> Vec<u8> {
    let mut info = info.to_vec();
    put_nest(&mut info, 8, |counters| {
        [0, 1, 2, 3, 4, 5, 7, 8].iter().for_each(|number| {
            let count = (u64::from(*number) + 1) * 123_457;
            put(counters, *number, &count.to_ne_bytes());
        })
    });
    info
}

fn empty(kind: u16) -> Message {
    Message { kind, flags: NLM_F_MULTI, sequence: 0, body: Vec::new() }
}

/// The family in a message's fixed header.
pub(super) fn family(body: &[u8]) -> u8 {
    (u16_at(body, 0) & 0xff).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_snapshot_survives_its_file() {
        let snapshot = super::super::fixture();
        let again = super::Snapshot::parse(&snapshot.text()).unwrap();
        let bodies =
            |snapshot: &super::Snapshot| snapshot.messages.iter().map(|one| one.body.clone()).collect::<Vec<_>>();
        assert_eq!(bodies(&snapshot), bodies(&again));
        assert_eq!(again.index_of(b"eth1"), Some(3));
        assert_eq!(again.index_of(b"enp0s31f6-long-alternative"), Some(2));
    }
}
