//! One transaction: the requests between a begin and an end, which take effect together or not at all.

use super::uapi::*;
use crate::message::Message;
use crate::uapi::NLM_F_ACK;

/// The requests of one transaction, in order.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    /// Where each request starts.
    starts: Vec<usize>,
}

impl Batch {
    /// A transaction that changes nothing yet.
    pub fn new() -> Self {
        Batch::default()
    }

    /// Appends a request.
    pub fn push(&mut self, mut message: Message) {
        message.add_flags(crate::uapi::NLM_F_REQUEST);
        self.starts.push(self.bytes.len());
        self.bytes.extend_from_slice(message.finish(0));
    }

    /// Whether there is no request in it.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// How many requests there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of request `at`.
    pub(super) fn request(&self, at: usize) -> Option<&[u8]> {
        let end = self.starts.get(at.checked_add(1)?).copied().unwrap_or(self.bytes.len());
        self.bytes.get(*self.starts.get(at)?..end)
    }

    /// All of it as sent. The first message has number `first`, and each its successor; an acknowledgement is asked for
    /// with the last request, which comes whether or not all went well.
    pub(super) fn finish(&self, first: u32, generation: Option<u32>) -> Vec<u8> {
        let mut begin = Message::new(NFNL_MSG_BATCH_BEGIN, crate::uapi::NLM_F_REQUEST, &general());
        if let Some(generation) = generation {
            begin.put(NFNL_BATCH_GENID, generation.to_be_bytes());
        }
        let mut all = Vec::with_capacity(self.bytes.len().saturating_add(64));
        all.extend_from_slice(begin.finish(first));
        let head = all.len();
        all.extend_from_slice(&self.bytes);
        let mut sequence = first;
        for start in &self.starts {
            sequence = sequence.wrapping_add(1);
            store(&mut all, head + start + 8, &sequence.to_ne_bytes());
        }
        if let Some(last) = self.starts.last() {
            let at = head + last + 6;
            let flags = all.get(at..).and_then(crate::attributes::array).map_or(0, u16::from_ne_bytes) | NLM_F_ACK;
            store(&mut all, at, &flags.to_ne_bytes());
        }
        let mut end = Message::new(NFNL_MSG_BATCH_END, crate::uapi::NLM_F_REQUEST, &general());
        all.extend_from_slice(end.finish(sequence.wrapping_add(1)));
        all
    }
}

/// The header of begin and end: no family, version 0, and as resource the subsystem.
fn general() -> [u8; 4] {
    let [high, low] = NFNL_SUBSYS_NFTABLES.to_be_bytes();
    [0, 0, high, low]
}

fn store(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at.saturating_add(value.len())) {
        place.copy_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Messages;
    use crate::nftables::TableName;

    #[test]
    fn requests_are_numbered_and_framed() {
        let mut batch = Batch::new();
        let table = TableName { family: NFPROTO_IPV4, name: b"nat" };
        batch.push(table.create());
        batch.push(table.flush_rules(None));
        let bytes = batch.finish(7, Some(3));
        let all: Vec<_> =
            Messages::new(&bytes).map(|view| (view.kind, view.flags & NLM_F_ACK, view.sequence)).collect();
        let kinds = [NFNL_MSG_BATCH_BEGIN, 0xa00 | NFT_MSG_NEWTABLE, 0xa00 | NFT_MSG_DELRULE, NFNL_MSG_BATCH_END];
        assert_eq!(all, [(kinds[0], 0, 7), (kinds[1], 0, 8), (kinds[2], NLM_F_ACK, 9), (kinds[3], 0, 10)]);
        assert_eq!(batch.request(1).map(|bytes| bytes.len()), Some(28));
        assert_eq!(batch.request(2), None);
    }
}
