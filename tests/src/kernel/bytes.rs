//! Messages and attributes as bytes: taken apart and put together.
//!
//! Written apart from the product's own reader and writer on purpose: a mistake there must not hide itself here.

/// One netlink message of a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `nlmsg_type`.
    pub kind: u16,
    /// `nlmsg_flags`.
    pub flags: u16,
    /// `nlmsg_seq`.
    pub sequence: u32,
    /// What follows the netlink header.
    pub body: Vec<u8>,
}

/// The native-endian number of two bytes at `at`, 0 where there is none.
pub fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_ne_bytes([two[0], two[1]]))
}

/// The native-endian number of four bytes at `at`, 0 where there is none.
pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| u32::from_ne_bytes([four[0], four[1], four[2], four[3]]))
}

/// The messages in `datagram`; what is left over at the end and is no message is ignored, as the kernel does.
pub fn messages(datagram: &[u8]) -> Vec<Message> {
    let (mut found, mut rest) = (Vec::new(), datagram);
    while rest.len() >= 16 {
        let len = u32_at(rest, 0) as usize;
        let Some(body) = rest.get(16..len) else { break };
        let (kind, flags) = (u16_at(rest, 4), u16_at(rest, 6));
        found.push(Message { kind, flags, sequence: u32_at(rest, 8), body: body.to_vec() });
        rest = rest.get(align(len)..).unwrap_or(&[]);
    }
    found
}

impl Message {
    /// The message as bytes, with the port it bears.
    pub fn bytes(&self, port: u32) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16 + self.body.len());
        bytes.extend(((16 + self.body.len()) as u32).to_ne_bytes());
        bytes.extend(self.kind.to_ne_bytes());
        bytes.extend(self.flags.to_ne_bytes());
        bytes.extend(self.sequence.to_ne_bytes());
        bytes.extend(port.to_ne_bytes());
        bytes.extend(&self.body);
        bytes.resize(align(bytes.len()), 0);
        bytes
    }
}

/// `len` rounded up to where the next message or attribute begins.
pub fn align(len: usize) -> usize {
    len.div_ceil(4) * 4
}

/// The attributes in `bytes`, each with its number (flags and all) and its payload, and whether that was all.
pub fn attributes(bytes: &[u8]) -> (Vec<(u16, &[u8])>, bool) {
    let (mut found, mut rest) = (Vec::new(), bytes);
    while rest.len() >= 4 {
        let len = usize::from(u16_at(rest, 0));
        let Some(payload) = rest.get(4..len) else { return (found, false) };
        found.push((u16_at(rest, 2), payload));
        rest = rest.get(align(len)..).unwrap_or(&[]);
    }
    (found, rest.is_empty())
}

/// The payload of attribute `number` in `bytes`; the last one counts.
pub fn attribute(bytes: &[u8], number: u16) -> Option<&[u8]> {
    attributes(bytes).0.into_iter().rev().find(|(kind, _)| kind & 0x3fff == number).map(|(_, payload)| payload)
}

/// The attribute at the end of a path of nests.
pub fn attribute_at<'a>(bytes: &'a [u8], path: &[u16]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |within, number| attribute(within, *number))
}

/// Puts attribute `number` at the end of `to`.
pub fn put(to: &mut Vec<u8>, number: u16, payload: &[u8]) {
    to.extend(((4 + payload.len()) as u16).to_ne_bytes());
    to.extend(number.to_ne_bytes());
    to.extend(payload);
    to.resize(align(to.len()), 0);
}

/// Puts a text attribute with its NUL.
pub fn put_text(to: &mut Vec<u8>, number: u16, text: &str) {
    put(to, number, &[text.as_bytes(), &[0]].concat());
}

/// Puts an attribute of four bytes.
pub fn put_u32(to: &mut Vec<u8>, number: u16, value: u32) {
    put(to, number, &value.to_ne_bytes());
}

/// Puts a nest of what `fill` writes.
pub fn put_nest(to: &mut Vec<u8>, number: u16, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    fill(&mut inner);
    put(to, number, &inner);
}

/// Clears the flag that says of an attribute that it is a nest: requests have it, most replies don't. RTA_MULTIPATH holds
/// next hops, each with a header of eight bytes before its attributes.
pub fn unflag(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(len) = bytes.get(at..at + 4).map(|header| usize::from(u16_at(header, 0))).filter(|len| *len >= 4) {
        let Some(attribute) = bytes.get_mut(at..at + len) else { return };
        let kind = u16_at(attribute, 2);
        attribute[2..4].copy_from_slice(&(kind & 0x7fff).to_ne_bytes());
        if kind & 0x8000 != 0 {
            unflag(&mut attribute[4..]);
        } else if kind == 9 {
            let mut hop = 4;
            while let Some(size) = attribute.get(hop..hop + 8).map(|header| usize::from(u16_at(header, 0))) {
                unflag(attribute.get_mut(hop + 8..hop + size).unwrap_or(&mut []));
                hop += align(size.max(8));
            }
        }
        at += align(len);
    }
}

/// Text without what follows its first NUL.
pub fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found() {
        let mut body = vec![0; 16];
        put_text(&mut body, 3, "eth0");
        put_nest(&mut body, 18, |inner| put(inner, 1, b"veth"));
        let message = Message { kind: 16, flags: 1, sequence: 7, body };
        let again = messages(&message.bytes(9)).remove(0);
        assert_eq!(again, message);
        assert_eq!(attribute(&again.body[16..], 3).map(until_nul), Some(&b"eth0"[..]));
        assert_eq!(attribute_at(&again.body[16..], &[18, 1]), Some(&b"veth"[..]));
    }

    #[test]
    fn short_bytes_end_the_walk() {
        assert_eq!(attributes(&[8, 0, 1, 0, 5]), (vec![], false));
        assert!(messages(&[255; 20]).is_empty());
    }
}
