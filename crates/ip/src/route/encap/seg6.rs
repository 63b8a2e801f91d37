//! `encap seg6 mode MODE segs SEGMENTS …`: an IPv6 segment routing header. Source: linux/seg6_iptunnel.h, linux/seg6.h,
//! linux/seg6_hmac.h.
//!
//! An HMAC key id that is no number is refused, where the reference leaves it out.

use super::Type;
use super::seg6local::TableName;
use netmite_grammar::{
    Context, Error, Repeat, Result, Scope, Shape, Spec, Table, address, attr, exact, number, parse_only, row, rows,
    unambiguous,
};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::uapi::AF_INET6;
use netmite_output::{Colour, Value, brief};
use std::net::Ipv6Addr;

pub(super) const SEG6: Type =
    Type { word: "seg6", number: 5, table: Some(&TABLE), parse: |scope| TABLE.parse_known(scope), print };

const SEG6_IPTUNNEL_SRH: u16 = 1;
const SEG6_IPTUNNEL_SRC: u16 = 2;
const SEG6_IPTUNNEL_TABLE: u16 = 3;
/// Notes of our own until the rules have read them.
const MODE: u16 = 0x3f10;
const SEGMENTS: u16 = 0x3f11;
const HMAC: u16 = 0x3f12;

static TABLE: Table = Table { rules, ..Table::new("seg6", rows!(ROWS)) };

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("mode")], attr!(MODE), &Mode, "how the header is put in").repeat(Repeat::Garbage),
    row(&[exact("segs")], attr!(SEGMENTS), &Segments, "the addresses on the way, with commas between").repeat(Repeat::Garbage),
    row(&[exact("hmac")], attr!(HMAC), &Hmac, "the id of the key that signs it").repeat(Repeat::Garbage),
    row(&[exact("tunsrc")], attr!(SEG6_IPTUNNEL_SRC), &Source, "the outer source address").repeat(Repeat::Garbage),
    row(&[exact("lookup")], attr!(SEG6_IPTUNNEL_TABLE), &TableName { least: 1, bad: "\"lookup\" value is invalid\n" }, "the table in which the first segment is looked up").repeat(Repeat::Garbage),
];
const _: () = unambiguous(ROWS);

/// The modes, by number.
const MODES: &[&str] = &["inline", "encap", "l2encap", "encap.red", "l2encap.red"];
const INLINE: u32 = 0;

parse_only!(Mode, Shape::Words(MODES), |self, row, _key, scope, word| {
    let mode = MODES.iter().position(|mode| mode.as_bytes() == word).and_then(|mode| u32::try_from(mode).ok());
    scope.set(row.number(), mode.ok_or_else(|| Error::wrong(word, "\"mode\" value is invalid\n"))?);
    Ok(())
});

parse_only!(Segments, Shape::Value("ADDRESS,…"), |self, row, _key, scope, word| {
    if !scope.tree.has(scope.node, MODE) {
        return Err(Error::wrong(word, "\"segs\" provided before \"mode\"\n"));
    }
    scope.set(row.number(), segments(word)?.as_flattened());
    Ok(())
});

parse_only!(Hmac, Shape::Value("NUMBER"), |self, row, _key, scope| {
    let key = hmac(scope)?;
    scope.set(row.number(), key);
    Ok(())
});

parse_only!(Source, Shape::Value("ADDRESS"), |self, row, _key, scope, word| {
    if inline(scope) {
        return Err(Error::wrong(word, "\"tunsrc\" invalid with inline mode\n"));
    }
    if matches!(word, b"any" | b"all") {
        return Err(Error::wrong(word, "\"tunsrc\" value is invalid\n"));
    }
    let source = address::address(word, AF_INET6)?;
    scope.set(row.number(), source);
    Ok(())
});

fn inline(scope: &Scope) -> bool {
    scope.tree.get(scope.node, MODE).and_then(array).map(u32::from_ne_bytes) == Some(INLINE)
}

/// Makes the header out of what the words said.
fn rules(scope: &mut Scope) -> Result<()> {
    let inline = inline(scope);
    // The kernel says what it thinks of no mode.
    let mode = scope.tree.get(scope.node, MODE).and_then(array).unwrap_or(u32::MAX.to_ne_bytes());
    let hmac = scope.tree.get(scope.node, HMAC).and_then(array).map_or(0, u32::from_ne_bytes);
    let segments = scope.tree.get(scope.node, SEGMENTS).unwrap_or(&[0; 16]).to_vec();
    let header = header(&segments, inline, hmac)?;
    [MODE, SEGMENTS, HMAC].iter().for_each(|note| scope.tree.remove(scope.node, *note));
    scope.set(SEG6_IPTUNNEL_SRH, &*[&mode[..], &header].concat());
    Ok(())
}

/// Addresses with commas between, the last one first, as headers have them. One that is left out is `::`.
pub(super) fn segments(word: &[u8]) -> Result<Vec<[u8; 16]>> {
    let all: Vec<&[u8]> = word.split(|byte| *byte == b',').collect();
    let given: Result<Vec<[u8; 16]>> = all.iter().filter(|word| !word.is_empty()).map(|word| segment(word)).collect();
    let mut segments = given?;
    segments.resize(all.len(), [0; 16]);
    segments.reverse();
    Ok(segments)
}

fn segment(word: &[u8]) -> Result<[u8; 16]> {
    if address::is_everything(word) {
        return Ok([0; 16]);
    }
    address::ipv6(word).map(|address| address.octets()).ok_or_else(|| Error::bad_address("inet6", word))
}

/// Reads the id of an HMAC key; 0 is none.
pub(super) fn hmac(scope: &mut Scope) -> Result<u32> {
    let word = scope.value()?;
    number::u32(word).ok_or_else(|| Error::wrong(word, "\"hmac\" value is invalid\n"))
}

/// The type of a segment routing header, the flag of one that is signed, and the length of the signature.
const SRH_TYPE: u8 = 4;
const SRH_FLAG_HMAC: u8 = 8;
const HMAC_LEN: usize = 40;
/// The length of `struct ipv6_sr_hdr`.
const SRH_LEN: usize = 8;

/// `struct ipv6_sr_hdr`: an inline one ends at the packet's own destination, which the kernel fills in.
pub(super) fn header(segments: &[u8], inline: bool, hmac: u32) -> Result<Vec<u8>> {
    let own: &[u8] = if inline { &[0; 16] } else { &[] };
    let count = (own.len() + segments.len()) / 16;
    let len = SRH_LEN + count * 16 + if hmac != 0 { HMAC_LEN } else { 0 };
    let (Ok(units), Ok(last)) = (u8::try_from(len / 8 - 1), u8::try_from(count.saturating_sub(1))) else {
        return Err(Error::new(255, brief!("Error: too many segments for one header")));
    };
    let flags = if hmac != 0 { SRH_FLAG_HMAC } else { 0 };
    let mut bytes = vec![0, units, SRH_TYPE, last, last, flags, 0, 0];
    bytes.extend_from_slice(own);
    bytes.extend_from_slice(segments);
    if hmac != 0 {
        bytes.extend_from_slice(&[5, 38, 0, 0]);
        bytes.extend_from_slice(&hmac.to_be_bytes());
        bytes.resize(len, 0);
    }
    Ok(bytes)
}

fn print(attrs: &Slots, context: &mut Context) {
    if let Some((mode, header)) = attrs.get(SEG6_IPTUNNEL_SRH).and_then(|bytes| bytes.split_first_chunk::<4>()) {
        let mode = usize::try_from(u32::from_ne_bytes(*mode)).ok().and_then(|mode| MODES.get(mode));
        context.out.field("mode", "mode", *mode.unwrap_or(&"<unknown>"));
        if let Some(source) = attrs.ip(SEG6_IPTUNNEL_SRC) {
            super::labelled("tunsrc", "tunsrc", source, context);
        }
        print_header(header, context);
    }
    TABLE.print(attrs, context);
}

/// Prints the segments of a header, first one first, and the key that signs it.
pub(super) fn print_header(header: &[u8], context: &mut Context) {
    let count = header.get(4).map_or(0, |last| usize::from(*last) + 1);
    let all = header.get(SRH_LEN..).unwrap_or(&[]);
    print_segments(count, all.chunks_exact(16).take(count), context);
    let signed = header.get(5).is_some_and(|flags| flags & SRH_FLAG_HMAC != 0);
    let len = header.get(1).map_or(0, |units| (usize::from(*units) + 1) * 8);
    let key = len.checked_sub(HMAC_LEN - 4).and_then(|at| header.get(at..)).and_then(array).map(u32::from_be_bytes);
    if let Some(key) = key.filter(|_| signed) {
        context.out.json("hmac", Value::Hex(key.into()));
        context.out.text(&format!("hmac {key:X} "));
    }
}

/// The words for the segments of a header; the last of an inline one is the packet's own.
#[cfg(feature = "laws")]
pub(super) fn header_words(header: &[u8], inline: bool, to: &mut Vec<Vec<u8>>) {
    let count = header.get(4).map_or(0, |last| usize::from(*last) + 1);
    let (all, signature) = header.get(SRH_LEN..).and_then(|rest| rest.split_at_checked(count * 16)).unwrap_or_default();
    let own = all.chunks_exact(16).skip(usize::from(inline)).rev().filter_map(array::<16>);
    let segments: Vec<String> = own.map(|segment| Ipv6Addr::from(segment).to_string()).collect();
    netmite_grammar::codec::say(to, "segs", Value::Str(&segments.join(",")));
    if let Some(key) = signature.get(4..).and_then(array).map(u32::from_be_bytes) {
        netmite_grammar::codec::say(to, "hmac", key.into());
    }
}

/// Prints addresses that lie last one first.
pub(super) fn print_segments<'a>(
    count: usize,
    segments: impl DoubleEndedIterator<Item = &'a [u8]>,
    context: &mut Context,
) {
    context.out.text("segs ");
    context.out.text_value(u64::try_from(count).unwrap_or(u64::MAX));
    context.out.text(" [ ");
    context.out.open_array("segs");
    for segment in segments.rev().filter_map(array::<16>) {
        let address = Ipv6Addr::from(segment);
        context.out.json("", address);
        context.out.coloured(Colour::Inet6, |out| {
            out.text_value(address);
            out.text(" ");
        });
    }
    context.out.close_array();
    context.out.text("] ");
}
