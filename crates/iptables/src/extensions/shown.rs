//! A match or target while it is shown.

use super::{Definition, Opt, bytes_at, u8_at, u16_at, u32_at};
use crate::getopt::Value;
use crate::names;
use crate::rule::{Family, Maybe};
use crate::text::Text;
use std::net::IpAddr;

/// What a row prints into.
pub struct Shown<'a> {
    /// Where to.
    pub out: &'a mut Vec<u8>,
    /// The row.
    pub row: &'static Definition,
    /// The structure.
    pub info: &'a [u8],
    /// Where the part of the structure begins that options' places are counted from.
    pub base: usize,
    /// Whether it is shown as it would be typed: `-S`, and not `-L`.
    pub saved: bool,
    /// Whether the option under way is inverted.
    pub inverted: bool,
    /// Whether names are wanted (`false`) or numbers.
    pub numeric: bool,
    /// IPv4 or IPv6.
    pub family: Family,
    /// `-p`.
    pub protocol: Option<Maybe<u8>>,
}

impl Shown<'_> {
    /// Shows the options that the structure has, as their rows say.
    pub fn options(&mut self) {
        let (has, inverted) = (self.row.has, self.row.inverted.get(self.info, self.base));
        let all = has.get(self.info, self.base);
        for opt in self.row.options.iter().filter(|opt| !opt.label.is_empty()) {
            self.inverted = inverted & 1u32.checked_shl(opt.id.into()).unwrap_or(0) != 0;
            let there = match has.1 {
                0 => self.inverted || (opt.codec.there)(self, opt),
                _ => all & 1u32.checked_shl(opt.id.into()).unwrap_or(0) != 0,
            };
            if there {
                (opt.codec.show)(self, opt);
            }
        }
    }

    /// As [`Shown::options`], behind a title.
    pub fn titled(&mut self, title: &str) {
        self.title(title);
        self.options();
    }

    /// Appends what `-L` shows before all options.
    pub fn title(&mut self, title: &str) {
        self.out.put(if self.saved { "" } else { title });
    }

    /// Appends what stands before an option's value.
    pub fn lead(&mut self, opt: &Opt) {
        if self.saved {
            self.option(opt.word);
            self.out.put(if opt.value == Value::No { "" } else { " " });
            return;
        }
        let mut on = true;
        for byte in opt.label.bytes() {
            match byte {
                b'[' => on = self.inverted,
                b']' => on = true,
                b'%' => self.out.put(opt.word),
                byte if on => self.out.push(byte),
                _ => (),
            }
        }
    }

    /// Appends the word of an option: ` ! --word`, or without dashes in `-L`.
    pub fn option(&mut self, word: &str) {
        self.out.put(if self.inverted { " !" } else { "" });
        self.out.put(if self.saved { " --" } else { " " });
        self.out.put(word);
    }

    /// Appends text.
    pub fn text(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    /// Appends text with values in it: what `write!` calls.
    pub fn write_fmt(&mut self, text: std::fmt::Arguments) {
        self.out.write_fmt(text);
    }

    /// The one-byte number at `at`.
    pub fn u8(&self, at: usize) -> u8 {
        u8_at(self.info, self.base + at)
    }

    /// The two-byte number at `at`, in the host's order.
    pub fn u16(&self, at: usize) -> u16 {
        u16_at(self.info, self.base + at)
    }

    /// The four-byte number at `at`, in the host's order.
    pub fn u32(&self, at: usize) -> u32 {
        u32_at(self.info, self.base + at)
    }

    /// The address at `at`.
    pub fn address_at(&self, at: usize) -> Option<IpAddr> {
        match self.family {
            Family::V4 => bytes_at::<4>(self.info, self.base + at).map(IpAddr::from),
            Family::V6 => bytes_at::<16>(self.info, self.base + at).map(IpAddr::from),
        }
    }

    /// Appends an address.
    pub fn address(&mut self, address: IpAddr) {
        netmite_output::Value::Ip(address).write(self.out);
    }

    /// The string of at most `len` bytes at `at`.
    pub fn string(&self, at: usize, len: usize) -> &[u8] {
        let field = self.info.get(at..at.saturating_add(len)).unwrap_or(&[]);
        netmite_netlink::attributes::until_nul(field)
    }

    /// Appends `first`, and behind `between` the last one where it is another.
    pub fn range(&mut self, (first, last): (u32, u32), between: &str) {
        self.out.number(first.into());
        if first != last {
            self.out.put(between);
            self.out.number(last.into());
        }
    }

    /// Appends a port as `-L` shows it: by name unless numbers are wanted.
    pub fn port(&mut self, port: u16, protocol: &str) {
        match if self.numeric { None } else { names::service_name(port, protocol) } {
            Some(name) => self.out.put(&name),
            None => self.out.number(port.into()),
        }
    }

    /// Appends a range of ports of a protocol.
    pub fn ports(&mut self, (first, last): (u16, u16), protocol: &str) {
        self.port(first, protocol);
        if first != last {
            self.out.put(":");
            self.port(last, protocol);
        }
    }

    /// Appends a string between quotes, unless it is of letters, digits, `-` and `_` alone.
    pub fn quoted(&mut self, at: usize, len: usize) {
        let field = self.info.get(at..at.saturating_add(len)).unwrap_or(&[]);
        let text = netmite_netlink::attributes::until_nul(field);
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !text.is_empty() && text.iter().all(plain) {
            return self.out.extend_from_slice(text);
        }
        self.out.push(b'"');
        for byte in text {
            if matches!(byte, b'"' | b'\\' | b'\'') {
                self.out.push(b'\\');
            }
            self.out.push(*byte);
        }
        self.out.push(b'"');
    }
}
