//! What the kernel says of a request it refused: `struct nlmsgerr` and the extended acknowledgement behind it.
//!
//! Everything is decoded: message, offset of the attribute at fault (resolved to a path of attribute types in the
//! request), the attribute that was missing, the bounds that a value had to keep. Source: linux/netlink.h.

use crate::attributes::{self, NESTED, Slots, align, array};
use crate::message::{HEADER_LEN, MessageView};
use crate::uapi::*;
use std::fmt;

/// The kernel's answer to a request it refused, or a warning beside an acknowledgement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The error number, positive: `EEXIST` and the like. 0 for a warning.
    pub errno: i32,
    /// The kernel's sentence, where it gave one. Not always UTF-8, without a final NUL.
    pub message: Option<Box<[u8]>>,
    /// Where in the request the attribute at fault starts, in bytes from the start of the general header.
    pub offset: Option<usize>,
    /// The types of the attributes around that offset, outermost first; empty where the kernel named none.
    pub path: Vec<u16>,
    /// The type of the attribute that the request lacked.
    pub missing: Option<u16>,
    /// What the kernel would have taken in place of the value at fault.
    pub bounds: Option<Bounds>,
    /// Whether a dump ended with this, after some of its replies may have come.
    pub dump: bool,
}

/// The values an attribute may have, from the kernel's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bounds {
    /// Least and greatest number.
    Signed(i64, i64),
    /// Least and greatest number.
    Unsigned(u64, u64),
    /// Least and greatest length in bytes.
    Length(u32, u32),
}

impl Refusal {
    /// Decodes an `NLMSG_ERROR`, given the request that it answers; `None` where it is too short to be one.
    pub(crate) fn of_error(view: &MessageView, request: &[u8]) -> Option<Self> {
        let errno = array(view.body).map(i32::from_ne_bytes)?;
        let capped = view.flags & NLM_F_CAPPED != 0;
        let inner = view.body.get(4..8).and_then(array).map_or(0, u32::from_ne_bytes);
        let echoed = if capped { HEADER_LEN } else { usize::try_from(inner).unwrap_or(usize::MAX) };
        let at = 4usize.saturating_add(align(echoed));
        let tlvs = if view.flags & NLM_F_ACK_TLVS != 0 { view.body.get(at..) } else { None };
        Some(Self::read(errno.wrapping_neg(), tlvs.unwrap_or(&[]), request))
    }

    /// Decodes the `NLMSG_DONE` of a dump; `None` where that reports no error.
    pub(crate) fn of_done(view: &MessageView, request: &[u8]) -> Option<Self> {
        let errno = array(view.body).map_or(0, i32::from_ne_bytes);
        if errno >= 0 {
            return None;
        }
        let tlvs = if view.flags & NLM_F_ACK_TLVS != 0 { view.body.get(4..) } else { None };
        Some(Refusal { dump: true, ..Self::read(errno.wrapping_neg(), tlvs.unwrap_or(&[]), request) })
    }

    fn read(errno: i32, tlvs: &[u8], request: &[u8]) -> Self {
        let tlvs = Slots::parse(tlvs);
        let offset = tlvs.u32(NLMSGERR_ATTR_OFFS).and_then(|offset| usize::try_from(offset).ok());
        Refusal {
            errno,
            message: tlvs.bytes(NLMSGERR_ATTR_MSG).filter(|text| !text.is_empty()).map(Box::from),
            offset,
            path: offset.map_or_else(Vec::new, |offset| path(request, offset)),
            missing: tlvs.u32(NLMSGERR_ATTR_MISS_TYPE).and_then(|kind| u16::try_from(kind).ok()),
            bounds: tlvs.nested_slots(NLMSGERR_ATTR_POLICY).and_then(|policy| bounds(&policy)),
            dump: false,
        }
    }

    /// The kernel's sentence as text, if there is one.
    pub fn text(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.message.as_deref().map(String::from_utf8_lossy)
    }
}

fn bounds(policy: &Slots) -> Option<Bounds> {
    let signed = |kind| policy.u64(kind).map(|bits| bits as i64);
    if let (Some(least), Some(most)) =
        (signed(NL_POLICY_TYPE_ATTR_MIN_VALUE_S), signed(NL_POLICY_TYPE_ATTR_MAX_VALUE_S))
    {
        return Some(Bounds::Signed(least, most));
    }
    if let (Some(least), Some(most)) =
        (policy.u64(NL_POLICY_TYPE_ATTR_MIN_VALUE_U), policy.u64(NL_POLICY_TYPE_ATTR_MAX_VALUE_U))
    {
        return Some(Bounds::Unsigned(least, most));
    }
    let (least, most) = (policy.u32(NL_POLICY_TYPE_ATTR_MIN_LENGTH), policy.u32(NL_POLICY_TYPE_ATTR_MAX_LENGTH));
    (least.is_some() || most.is_some()).then(|| Bounds::Length(least.unwrap_or(0), most.unwrap_or(u32::MAX)))
}

/// The types of the attributes that hold `offset`, outermost first.
///
/// The request does not say how long its fixed header is, so the walk starts at the first place after the general
/// header from which whole attributes fill the message to its end.
fn path(request: &[u8], offset: usize) -> Vec<u16> {
    let mut path = Vec::new();
    search(request, HEADER_LEN, offset, &mut path);
    path
}

/// Appends the types of the attributes in `bytes` that hold `offset`, from the first place behind `from` where attributes may
/// begin.
fn search(bytes: &[u8], from: usize, offset: usize, path: &mut Vec<u16>) {
    let len = path.len();
    for start in (from..=offset.min(bytes.len())).step_by(4) {
        if descend(bytes, start, offset, path) == Some(true) {
            return;
        }
        path.truncate(len);
    }
}

/// As [`search`], where the attributes begin at `at`: whether one holds the offset; nothing where they are none.
fn descend(bytes: &[u8], mut at: usize, offset: usize, path: &mut Vec<u16>) -> Option<bool> {
    let mut found = false;
    while at < bytes.len() {
        let [l0, l1, k0, k1] = array(bytes.get(at..)?)?;
        let (len, kind) = (usize::from(u16::from_ne_bytes([l0, l1])), u16::from_ne_bytes([k0, k1]));
        let attribute = bytes.get(..at + len).filter(|_| len >= attributes::HEADER_LEN)?;
        if (at..at + len).contains(&offset) {
            path.push(kind & attributes::TYPE_MASK);
            if kind & NESTED != 0 && offset > at {
                search(attribute, at + attributes::HEADER_LEN, offset, path);
            }
            found = true;
        }
        at += align(len);
    }
    Some(found)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.text() {
            Some(text) => write!(f, "{text}")?,
            None => write!(f, "{}", crate::errno::text(self.errno))?,
        }
        match self.bounds {
            Some(Bounds::Signed(least, most)) => write!(f, " ({least} to {most})"),
            Some(Bounds::Unsigned(least, most)) => write!(f, " ({least} to {most})"),
            Some(Bounds::Length(least, most)) => write!(f, " ({least} to {most} bytes)"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Message, Messages};

    #[test]
    fn an_offset_becomes_a_path() {
        let mut request = Message::new(RTM_NEWLINK, 0, &[0; 16]);
        request.put(IFLA_IFNAME, "v0");
        let mut at = 0;
        request.nested(IFLA_LINKINFO, |m| {
            m.put(IFLA_INFO_KIND, b"vxlan").nested(IFLA_INFO_DATA, |m| {
                m.put(5, 1u8);
                at = m.len();
                m.put(1, 9u32);
            });
        });
        let bytes = request.finish(1).to_vec();
        assert_eq!(path(&bytes, at), [IFLA_LINKINFO, IFLA_INFO_DATA, 1]);
        assert_eq!(path(&bytes, 32), [IFLA_IFNAME]);
        assert!(path(&bytes, 4000).is_empty());
    }

    #[test]
    fn reads_an_error_whole() {
        let mut error = Message::new(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, &[]);
        error.raw(&(-17i32).to_ne_bytes()).raw(&[0; 16]).put(NLMSGERR_ATTR_MSG, "exists");
        error.put(NLMSGERR_ATTR_MISS_TYPE, 7u32).nested(NLMSGERR_ATTR_POLICY, |m| {
            m.put(NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 1u64).put(NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 9u64);
        });
        let bytes = error.finish(1).to_vec();
        let refusal = Refusal::of_error(&Messages::new(&bytes).next().unwrap(), &[]).unwrap();
        assert_eq!((refusal.errno, refusal.missing), (17, Some(7)));
        assert_eq!(refusal.bounds, Some(Bounds::Unsigned(1, 9)));
        assert_eq!(refusal.to_string(), "exists (1 to 9)");
    }
}
