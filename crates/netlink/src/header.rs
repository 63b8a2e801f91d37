//! The fixed headers of rtnetlink messages, as values: `struct ifinfomsg` and its siblings.
//!
//! `of` reads one from a received message (`None` where that is too short), `to_bytes` writes one.

use crate::message::MessageView;

macro_rules! headers {
    ($($(#[$doc:meta])* $name:ident [$len:literal] { $($(#[$field_doc:meta])* $field:ident: $type:ident @ $at:literal,)* })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Reads the header at the start of a message's body.
            #[inline]
            pub fn of(view: &MessageView) -> Option<Self> {
                Self::from_bytes(view.body)
            }

            /// Reads the header at the start of `bytes`.
            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                let bytes: &[u8; $len] = bytes.first_chunk()?;
                Some($name { $($field: $type::from_ne_bytes(field(bytes, $at)),)* })
            }

            /// The header as it is sent, padding zero.
            pub fn to_bytes(self) -> [u8; $len] {
                let mut bytes = [0; $len];
                $(put(&mut bytes, $at, self.$field.to_ne_bytes());)*
                bytes
            }
        }
    )* };
}

/// The bytes of a field. A load, where `at` is a constant: `copy_from_slice` is a call for each, of every message of a dump.
#[inline(always)]
fn field<const LEN: usize, const N: usize>(bytes: &[u8; LEN], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

/// Writes the bytes of a field.
#[inline(always)]
fn put<const LEN: usize, const N: usize>(bytes: &mut [u8; LEN], at: usize, field: [u8; N]) {
    if let Some(place) = bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *place = field;
    }
}

headers! {
    /// `struct ifinfomsg`, linux/rtnetlink.h.
    IfInfo [16] {
        /// Address family, or 0.
        family: u8 @ 0,
        /// `ARPHRD_…`.
        kind: u16 @ 2,
        /// Interface index; 0 where a name says which.
        index: u32 @ 4,
        /// `IFF_…`.
        flags: u32 @ 8,
        /// Which of the flags are meant.
        change: u32 @ 12,
    }
    /// `struct ifaddrmsg`, linux/if_addr.h.
    IfAddr [8] {
        /// Address family.
        family: u8 @ 0,
        /// Bits of network part.
        prefix_len: u8 @ 1,
        /// The lower eight of the `IFA_F_…`.
        flags: u8 @ 2,
        /// `RT_SCOPE_…`.
        scope: u8 @ 3,
        /// Interface index.
        index: u32 @ 4,
    }
    /// `struct rtmsg`, linux/rtnetlink.h.
    RouteHeader [12] {
        /// Address family.
        family: u8 @ 0,
        /// Bits of the destination that count.
        dst_len: u8 @ 1,
        /// Bits of the source that count.
        src_len: u8 @ 2,
        /// Type of service.
        tos: u8 @ 3,
        /// Table, where it is below 256.
        table: u8 @ 4,
        /// `RTPROT_…`.
        protocol: u8 @ 5,
        /// `RT_SCOPE_…`.
        scope: u8 @ 6,
        /// `RTN_…`.
        kind: u8 @ 7,
        /// `RTM_F_…` and `RTNH_F_…`.
        flags: u32 @ 8,
    }
    /// `struct rtnexthop`, linux/rtnetlink.h.
    NextHopHeader [8] {
        /// Length in bytes with the attributes that follow.
        len: u16 @ 0,
        /// `RTNH_F_…`.
        flags: u8 @ 2,
        /// Weight less one.
        hops: u8 @ 3,
        /// Interface index.
        index: u32 @ 4,
    }
    /// `struct ndmsg`, linux/neighbour.h.
    NeighbourHeader [12] {
        /// Address family.
        family: u8 @ 0,
        /// Interface index.
        index: u32 @ 4,
        /// `NUD_…`.
        state: u16 @ 8,
        /// `NTF_…`.
        flags: u8 @ 10,
        /// `RTN_…`.
        kind: u8 @ 11,
    }
    /// `struct fib_rule_hdr`, linux/fib_rules.h.
    RuleHeader [12] {
        /// Address family.
        family: u8 @ 0,
        /// Bits of the destination that count.
        dst_len: u8 @ 1,
        /// Bits of the source that count.
        src_len: u8 @ 2,
        /// Type of service.
        tos: u8 @ 3,
        /// Table, where it is below 256.
        table: u8 @ 4,
        /// `FR_ACT_…`.
        action: u8 @ 7,
        /// `FIB_RULE_…`.
        flags: u32 @ 8,
    }
    /// `struct nhmsg`, linux/nexthop.h.
    NextHopObject [8] {
        /// Address family; 0 of groups.
        family: u8 @ 0,
        /// `RT_SCOPE_…`.
        scope: u8 @ 1,
        /// `RTPROT_…`.
        protocol: u8 @ 2,
        /// `RTNH_F_…`.
        flags: u32 @ 4,
    }
    /// `struct ifaddrlblmsg`, linux/if_addrlabel.h.
    AddressLabelHeader [12] {
        /// Address family.
        family: u8 @ 0,
        /// Bits of the prefix that count.
        prefix_len: u8 @ 2,
        /// Interface index, or 0.
        index: u32 @ 4,
        /// Grows with each change to the table.
        sequence: u32 @ 8,
    }
    /// `struct rtgenmsg`, linux/rtnetlink.h.
    Family [1] {
        /// Address family.
        family: u8 @ 0,
    }
    /// `struct nfgenmsg`, linux/netfilter/nfnetlink.h.
    NetfilterHeader [4] {
        /// `NFPROTO_…`.
        family: u8 @ 0,
        /// Always 0.
        version: u8 @ 1,
        /// Resource id in network order: keep it with `u16::to_be`.
        resource: u16 @ 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let header = RouteHeader { family: 2, dst_len: 24, table: 254, flags: 4, ..Default::default() };
        assert_eq!(RouteHeader::from_bytes(&header.to_bytes()), Some(header));
        assert_eq!(RouteHeader::from_bytes(&[0; 11]), None);
    }
}
