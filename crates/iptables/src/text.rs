//! Text that is appended to bytes: words, numbers, and with `write!` all that can be displayed.

use std::fmt::{Arguments, Write};

/// Bytes that text is appended to.
pub trait Text {
    /// Appends a word.
    fn put(&mut self, text: &str);
    /// Appends a number.
    fn number(&mut self, number: u64);
    /// What `write!` calls; it can't fail.
    fn write_fmt(&mut self, text: Arguments);
}

struct Adapter<'a>(&'a mut Vec<u8>);

impl Write for Adapter<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

impl Text for Vec<u8> {
    #[inline(never)]
    fn put(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        netmite_output::decimal(self, number);
    }

    #[inline(never)]
    fn write_fmt(&mut self, text: Arguments) {
        let _ = Adapter(self).write_fmt(text);
    }
}
