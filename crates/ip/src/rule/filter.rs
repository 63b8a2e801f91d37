//! Which rules are shown or flushed.

use super::values::{self, DSCP_BITS, FLOW_LABEL_BITS, Ports, flags};
use netmite_grammar::names::Database;
use netmite_grammar::{Context, Result, Words, address, by_word, exact, key};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::RuleHeader;
use netmite_netlink::uapi::*;
use netmite_netlink::{IfName, Prefix};
use std::net::IpAddr;

/// A filter; by default everything passes. As with the reference, a number that is 0 selects nothing.
#[derive(Default)]
pub(super) struct Filter {
    inverted: bool,
    l3mdev: bool,
    preference: Option<u32>,
    tos: Option<u8>,
    dscp: Option<(u8, u8)>,
    mark: u32,
    mask: u32,
    incoming: Option<IfName>,
    outgoing: Option<IfName>,
    uids: Option<[u8; 8]>,
    protocol: u8,
    source_ports: Option<Ports>,
    destination_ports: Option<Ports>,
    tunnel: u64,
    label: Option<(u32, u32)>,
    table: u32,
    source: Option<Prefix>,
    destination: Option<Prefix>,
    /// Who made them; only a flush looks at it.
    owner: Option<u8>,
}

impl Filter {
    /// Reads the words of a filter; addresses are of `family`.
    pub(super) fn parse(words: &mut Words, family: u8, context: &mut Context) -> Result<Self> {
        let mut filter = Filter::default();
        while let Some(word) = words.take() {
            filter.word(word, words, family, context)?;
        }
        Ok(filter)
    }

    // Not inlined: what it writes to stays in its place, which is less code than to hold it in registers.
    #[inline(never)]
    fn word(&mut self, word: &[u8], words: &mut Words, family: u8, context: &mut Context) -> Result<()> {
        by_word!(word, {
            [exact("not")] => self.inverted = true,
            [exact("tos"), exact("dsfield")] => self.tos = Some(context.named_tos(words)?),
            [exact("dscp")] => {
                let (dscp, mask) = values::dscp(words.value()?, context)?;
                self.dscp = Some((dscp, mask.unwrap_or(DSCP_BITS))).filter(|(_, mask)| *mask != 0);
            },
            [exact("fwmark")] => {
                let (mark, mask) = values::mark(words.value()?)?;
                (self.mark, self.mask) = (mark, mask.unwrap_or(0));
            },
            [exact("iif"), exact("dev")] => self.incoming = Some(values::interface(words.value()?, values::BAD_INCOMING)?),
            [exact("oif")] => self.outgoing = Some(values::interface(words.value()?, values::BAD_OUTGOING)?),
            [exact("l3mdev")] => self.l3mdev = true,
            [exact("uidrange")] => self.uids = Some(values::uids(words.value()?)?),
            [exact("ipproto")] => self.protocol = context.ip_protocol(words)?,
            [exact("sport")] => self.source_ports = ports(words)?,
            [exact("dport")] => self.destination_ports = ports(words)?,
            [exact("flowlabel")] => {
                let (label, mask) = values::flow_label(words.value()?)?;
                self.label = Some((label, mask.unwrap_or(FLOW_LABEL_BITS))).filter(|(_, mask)| *mask != 0);
            },
            [key("preference", 1), key("order", 1), key("priority", 1)] => {
                self.preference = Some(values::preference(words.value()?)?);
            },
            [key("tun_id", 1)] => self.tunnel = values::tunnel(words.value()?)?,
            [key("table", 1), key("lookup", 1)] => {
                self.table = context.named(Database::Tables, words, u32::MAX, "table id value is invalid\n")?;
            },
            [key("from", 1), key("src", 1)] => self.source = Some(prefix(words.value()?, family)?),
            [key("protocol", 1)] => {
                self.owner = context.named_or_all(Database::Protocols, words, "invalid \"protocol\"\n")?;
            },
            [exact("to"), key("dst", 1)] => self.destination = Some(prefix(words.value()?, family)?),
            _ => self.destination = Some(prefix(word, family)?),
        });
        Ok(())
    }

    /// Whether a rule passes.
    pub(super) fn passes(&self, header: &RuleHeader, slots: &Slots) -> bool {
        let same = |wanted: u32, kind| wanted == 0 || slots.u32(kind).unwrap_or(0) == wanted;
        let name = |wanted: &Option<IfName>, kind| {
            wanted.as_ref().is_none_or(|wanted| slots.bytes(kind) == Some(wanted.as_bytes()))
        };
        let table = slots.u32(FRA_TABLE).unwrap_or(u32::from(header.table));
        let tunnel = slots.get(FRA_TUN_ID).and_then(array).map_or(0, u64::from_be_bytes);
        (!self.inverted || header.flags & flags::INVERT != 0)
            && (!self.l3mdev || slots.u8(FRA_L3MDEV).is_some_and(|on| on != 0))
            && self.preference.is_none_or(|wanted| slots.u32(FRA_PRIORITY).unwrap_or(0) == wanted)
            && self.tos.is_none_or(|wanted| header.tos == wanted)
            && (self.table == 0 || self.table == table)
            && same(self.mark, FRA_FWMARK)
            && same(self.mask, FRA_FWMASK)
            && name(&self.incoming, FRA_IIFNAME)
            && name(&self.outgoing, FRA_OIFNAME)
            && self.uids.is_none_or(|wanted| slots.get(FRA_UID_RANGE) == Some(&wanted[..]))
            && (self.protocol == 0 || slots.u8(FRA_IP_PROTO) == Some(self.protocol))
            && (self.tunnel == 0 || self.tunnel == tunnel)
            && within(&self.source, slots.ip(FRA_SRC), header.src_len)
            && within(&self.destination, slots.ip(FRA_DST), header.dst_len)
            && self.values_pass(slots)
    }

    fn values_pass(&self, slots: &Slots) -> bool {
        let own_ports = |kinds: [u16; 2]| {
            let [a, b, c, d] = slots.get(kinds[0]).and_then(array::<4>)?;
            let (first, last) = (u16::from_ne_bytes([a, b]), u16::from_ne_bytes([c, d]));
            let all = (first == last).then_some(u16::MAX);
            Some(Ports { first, last, mask: slots.u16(kinds[1]).or(all) })
        };
        let ports = |wanted: Option<Ports>, kinds| wanted.is_none() || own_ports(kinds) == wanted;
        let dscp = slots.u8(FRA_DSCP).map(|dscp| (dscp, slots.u8(FRA_DSCP_MASK).unwrap_or(DSCP_BITS)));
        let label = slots.u32_be(FRA_FLOWLABEL);
        let label = label.map(|label| (label, slots.u32_be(FRA_FLOWLABEL_MASK).unwrap_or(FLOW_LABEL_BITS)));
        ports(self.source_ports, [FRA_SPORT_RANGE, FRA_SPORT_MASK])
            && ports(self.destination_ports, [FRA_DPORT_RANGE, FRA_DPORT_MASK])
            && (self.dscp.is_none() || dscp == self.dscp)
            && (self.label.is_none() || label == self.label)
    }

    /// Whether a rule is of those that a flush is told to delete by their protocol.
    pub(super) fn owns(&self, slots: &Slots) -> bool {
        self.owner.is_none_or(|owner| slots.u8(FRA_PROTOCOL).unwrap_or(0) == owner)
    }
}

fn prefix(word: &[u8], family: u8) -> Result<Prefix> {
    Ok(address::prefix(word, family)?.prefix)
}

/// Ports to be selected; a mask of no bits selects nothing.
fn ports(words: &mut Words) -> Result<Option<Ports>> {
    let ports = Ports::parse(words.value()?)?;
    let mask = ports.mask.or((ports.first == ports.last).then_some(u16::MAX));
    Ok(Some(Ports { mask, ..ports }).filter(|ports| ports.mask != Some(0)))
}

/// Whether a rule's prefix lies in the one that is wanted.
fn within(wanted: &Option<Prefix>, own: Option<IpAddr>, len: u8) -> bool {
    let Some(wanted) = wanted else { return true };
    match own {
        Some(own) => {
            len >= wanted.len() && Prefix::new(own, wanted.len()).is_some_and(|own| own.network() == wanted.network())
        }
        None => wanted.len() == 0,
    }
}
