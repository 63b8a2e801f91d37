//! `encap ioam6 [ freq K/N ] [ mode MODE ] [ tunsrc ADDRESS ] [ tundst ADDRESS ] trace prealloc type BITS ns NUMBER size
//! BYTES`, in this order. Source: linux/ioam6_iptunnel.h.

use super::Type;
use netmite_grammar::{Context, Error, Result, Scope, address, number};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::uapi::AF_INET6;
use netmite_output::{Names, Value, names};

pub(super) const IOAM6: Type = Type { word: "ioam6", number: 9, table: None, parse, print };

const IOAM6_IPTUNNEL_MODE: u16 = 1;
const IOAM6_IPTUNNEL_DST: u16 = 2;
const IOAM6_IPTUNNEL_TRACE: u16 = 3;
const IOAM6_IPTUNNEL_FREQ_K: u16 = 4;
const IOAM6_IPTUNNEL_FREQ_N: u16 = 5;
const IOAM6_IPTUNNEL_SRC: u16 = 6;

const MODES: Names = names![("inline", INLINE), ("encap", 2), ("auto", 3)];
const INLINE: u8 = 1;
/// `IOAM6_IPTUNNEL_FREQ_MAX`.
const FREQUENCY_MAX: u32 = 1_000_000;
/// `IOAM6_TRACE_DATA_SIZE_MAX`: the most bytes of a trace.
const SIZE_MAX: u8 = 244;

fn parse(scope: &mut Scope) -> Result<()> {
    let (k, n) = match scope.words.take_if("freq", 4) {
        true => frequency(scope.value()?)?,
        false => (1, 1),
    };
    let mut mode = INLINE;
    if insisted(scope, "mode") {
        let word = scope.value()?;
        mode = MODES.byte(word).ok_or_else(|| Error::wrong(word, "Invalid mode"))?;
    }
    let source = outer(scope, "tunsrc", mode)?;
    let destination = outer(scope, "tundst", mode)?;
    if let Some(source) = source {
        scope.set(IOAM6_IPTUNNEL_SRC, source);
    }
    if mode != INLINE {
        let destination = destination.ok_or_else(|| missing(scope, "tundst"))?;
        scope.set(IOAM6_IPTUNNEL_DST, destination);
    }
    scope.set(IOAM6_IPTUNNEL_MODE, mode);
    scope.set(IOAM6_IPTUNNEL_FREQ_K, k);
    scope.set(IOAM6_IPTUNNEL_FREQ_N, n);
    let trace = trace(scope)?;
    scope.set(IOAM6_IPTUNNEL_TRACE, trace);
    Ok(())
}

/// Whether the next word is this one; if so it is passed.
fn insisted(scope: &mut Scope, word: &str) -> bool {
    scope.words.take_if(word, word.len())
}

/// The complaint that a word is missing, or that the line ends before it.
fn missing(scope: &Scope, word: &str) -> Error {
    if scope.words.is_empty() { Error::incomplete() } else { Error::required(word) }
}

/// How often: in `k` of `n` packets.
fn frequency(word: &[u8]) -> Result<(u32, u32)> {
    let mut parts = word.splitn(2, |byte| *byte == b'/').map(number::u32);
    let (Some(Some(k)), Some(Some(n))) = (parts.next(), parts.next()) else {
        return Err(Error::wrong(word, "Invalid frequency (malformed)"));
    };
    let within = |number: u32| (1..=FREQUENCY_MAX).contains(&number);
    match (k, n) {
        _ if !within(k) => Err(Error::wrong(word, "Out of bound \"k\" frequency")),
        _ if !within(n) => Err(Error::wrong(word, "Out of bound \"n\" frequency")),
        _ if k > n => Err(Error::wrong(word, "Frequency with k > n is forbidden")),
        _ => Ok((k, n)),
    }
}

/// An address of the outer header, which inline mode has none of.
fn outer(scope: &mut Scope, key: &str, mode: u8) -> Result<Option<std::net::IpAddr>> {
    if !insisted(scope, key) {
        return Ok(None);
    }
    if mode == INLINE {
        return Err(Error::wrong(key.as_bytes(), &format!("Inline mode does not need {key}")));
    }
    address::address(scope.value()?, AF_INET6).map(Some)
}

/// `struct ioam6_trace_hdr`: namespace, length in units of four bytes, and which data are wanted.
fn trace(scope: &mut Scope) -> Result<[u8; 8]> {
    for word in ["trace", "prealloc", "type"] {
        if !insisted(scope, word) {
            return Err(if word == "trace" { missing(scope, word) } else { Error::required(word) });
        }
    }
    let word = scope.value()?;
    let kind = number::u32(word).filter(|kind| *kind != 0).ok_or_else(|| Error::wrong(word, "Invalid trace type"))?;
    if !insisted(scope, "ns") {
        return Err(Error::required("ns"));
    }
    let word = scope.value()?;
    let namespace = number::u16(word).ok_or_else(|| Error::wrong(word, "Invalid namespace ID"))?;
    if !insisted(scope, "size") {
        return Err(Error::required("size"));
    }
    let word = scope.value()?;
    let size = number::u16(word).filter(|size| *size != 0).ok_or_else(|| Error::wrong(word, "Invalid trace size"))?;
    if size % 4 != 0 {
        return Err(Error::wrong(word, "Trace size must be a 4-octet multiple"));
    }
    let size = u8::try_from(size).ok().filter(|size| *size <= SIZE_MAX);
    let size = size.ok_or_else(|| Error::wrong(word, "Trace size is too big"))?;
    let [high, low] = namespace.to_be_bytes();
    let [a, b, c, d] = kind.wrapping_shl(8).to_be_bytes();
    Ok([high, low, 0, size / 4, a, b, c, d])
}

fn print(attrs: &Slots, context: &mut Context) {
    let (k, n) = (attrs.u32(IOAM6_IPTUNNEL_FREQ_K), attrs.u32(IOAM6_IPTUNNEL_FREQ_N));
    if let (Some(k), Some(n)) = (k, n) {
        context.out.put("freqk", "freq ", k, "/");
        context.out.put("freqn", "", n, " ");
    }
    let mode = attrs.u8(IOAM6_IPTUNNEL_MODE);
    let name = mode.and_then(|mode| MODES.name(mode.into())).unwrap_or("<unknown>");
    context.out.field("mode", "mode", name);
    for (kind, key) in [(IOAM6_IPTUNNEL_SRC, "tunsrc"), (IOAM6_IPTUNNEL_DST, "tundst")] {
        if let Some(address) = attrs.ip(kind).filter(|_| mode != Some(INLINE)) {
            super::labelled(key, key, address, context);
        }
    }
    let Some(trace) = attrs.get(IOAM6_IPTUNNEL_TRACE).and_then(array::<8>) else { return };
    let [high, low, _, units, a, b, c, _] = trace;
    let kind = u32::from_be_bytes([0, a, b, c]);
    context.out.json("trace", Value::Null);
    context.out.json("prealloc", Value::Null);
    context.out.json("type", format!("{kind:x}").as_str());
    context.out.text(&format!("trace prealloc type {kind:#08x} "));
    context.out.field("ns", "ns", u16::from_be_bytes([high, low]));
    context.out.field("size", "size", u32::from(units & 0x7f) * 4);
}
