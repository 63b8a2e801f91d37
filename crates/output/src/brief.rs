//! Texts in half of their bytes, for what only help and complaints say. A byte above 127 stands for one of [`PIECES`], every other for
//! itself.

/// What saves most in the texts that there are, found by joining the most frequent neighbours again and again, the least useful given
/// up for the next; longer ones first. Texts of other words are packed as well, a little less.
#[rustfmt::skip]
const PIECES: [&str; 128] = [
    "of outer packets", "\n       ip ", "the device ", "dev DEVICE", "multicast ", "how many ", "neighbour", " address",
    "between ", "checksum", "packets ", "seconds ", "terface ", "ADDRESS", "OPTIONS", "address", "bridge ", "delete ", "destina",
    "program", "require", "source ", "      ", "DEVICE", "Usage:", "networ", "number", "outer ", "table ", "tunnel", "where ",
    "which ", "{ add ", " ] [ ", "from ", "group", "known", "packe", "queri", "that ", "ther ", "this ", "what ", "\n  -", " in ",
    "IPv6", "NAME", "UDP ", "VLAN", "are ", "for ", "fram", "how ", "its ", "link", "may ", "port", "rout", "send", "show",
    "the ", "ther", "tion", "with", " [ ", " ]\n", " | ", "'s ", "be ", "com", "end", "er ", "es ", "for", "in ", "ing", "is ",
    "it ", "lea", "of ", "or ", "out", "st ", "to ", "ts ", "ve ", "…", " a", " i", ", ", ": ", "a ", "an", "ar", "be", "ce",
    "ch", "d ", "de", "e ", "ed", "en", "er", "es", "ge", "in", "ke", "l ", "la", "le", "lo", "ne", "no", "on", "p ", "re", "ri",
    "ro", "s ", "se", "st", "t ", "ta", "th", "ti", "un", "wh", "y ",
];

/// The pieces, each behind its length.
static JOINED: [u8; JOINED_LEN] = joined();

const JOINED_LEN: usize = {
    let (mut len, mut at) = (0, 0);
    while at < PIECES.len() {
        len += 1 + PIECES[at].len();
        at += 1;
    }
    len
};

const fn joined() -> [u8; JOINED_LEN] {
    let (mut all, mut len, mut at) = ([0; JOINED_LEN], 0, 0);
    while at < PIECES.len() {
        let (piece, mut byte) = (PIECES[at].as_bytes(), 0);
        all[len] = piece.len() as u8;
        while byte < piece.len() {
            all[len + 1 + byte] = piece[byte];
            byte += 1;
        }
        len += 1 + piece.len();
        at += 1;
    }
    all
}

/// A text that is packed; [`brief!`](crate::brief!) makes one when it is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Brief(&'static [u8]);

impl Brief {
    /// What [`brief!`](crate::brief!) has packed.
    pub const fn packed(bytes: &'static [u8]) -> Self {
        Brief(bytes)
    }

    /// The text.
    #[cold]
    #[inline(never)]
    pub fn text(self) -> String {
        self.filled(&[])
    }

    /// The text, in which each `%` stands for one of `parts` in turn, the first again behind the last.
    #[cold]
    #[inline(never)]
    pub fn filled(self, parts: &[&str]) -> String {
        let (mut text, mut parts) = (Vec::new(), parts.iter().cycle());
        for byte in self.0 {
            match byte.checked_sub(128) {
                Some(code) => text.extend_from_slice(piece(code)),
                None if *byte == b'%' => text.extend_from_slice(parts.next().unwrap_or(&"%").as_bytes()),
                None => text.push(*byte),
            }
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

impl From<Brief> for String {
    fn from(brief: Brief) -> String {
        brief.text()
    }
}

impl From<Brief> for Vec<u8> {
    fn from(brief: Brief) -> Vec<u8> {
        brief.text().into_bytes()
    }
}

/// How many bytes `text` takes.
pub const fn len(text: &str) -> usize {
    let (mut len, mut rest) = (0, text.as_bytes());
    while !rest.is_empty() {
        (_, rest) = next(rest);
        len += 1;
    }
    len
}

/// Packs `text` into the head of an array; what does not fit does not compile.
pub const fn pack<const LEN: usize>(text: &str) -> [u8; LEN] {
    let (mut to, mut len, mut rest) = ([0; LEN], 0, text.as_bytes());
    while !rest.is_empty() {
        (to[len], rest) = next(rest);
        len += 1;
    }
    to
}

/// What the head of `text` is packed to, and what is behind it.
const fn next(text: &[u8]) -> (u8, &[u8]) {
    let (code, piece) = longest(text);
    assert!(text[0] < 128 || piece > 0, "beside …, what is packed is ASCII");
    if piece == 0 { (text[0], text.split_at(1).1) } else { (code, text.split_at(piece).1) }
}

/// For each byte the first piece that begins with it, and for each piece the next one that begins with the same; 128 if none does.
const CHAINS: ([u8; 256], [u8; 128]) = {
    let (mut first, mut next, mut at) = ([128; 256], [128; 128], PIECES.len());
    while at > 0 {
        at -= 1;
        let byte = PIECES[at].as_bytes()[0] as usize;
        (first[byte], next[at]) = (at as u8, first[byte]);
    }
    (first, next)
};

/// The code of the longest piece that `text` begins with, and its length; 0 if none is.
const fn longest(text: &[u8]) -> (u8, usize) {
    let mut at = CHAINS.0[text[0] as usize] as usize;
    while at < PIECES.len() {
        let (piece, mut same) = (PIECES[at].as_bytes(), 0);
        while same < piece.len() && same < text.len() && piece[same] == text[same] {
            same += 1;
        }
        if same == piece.len() {
            return (128 + at as u8, same);
        }
        at = CHAINS.1[at] as usize;
    }
    (0, 0)
}

fn piece(code: u8) -> &'static [u8] {
    let mut rest = JOINED.as_slice();
    for _ in 0..code {
        let len = rest.first().copied().map_or(0, usize::from);
        rest = rest.get(1 + len..).unwrap_or_default();
    }
    let len = rest.first().copied().map_or(0, usize::from);
    rest.get(1..1 + len).unwrap_or_default()
}

/// A text in about half of its bytes, for what only help or a complaint says: `brief!("Usage: ...")`.
#[macro_export]
macro_rules! brief {
    ($text:expr) => {{
        const TEXT: &str = $text;
        const BYTES: [u8; $crate::packing::brief_len(TEXT)] = $crate::packing::brief(TEXT);
        const BRIEF: $crate::Brief = $crate::Brief::packed(&BYTES);
        BRIEF
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_half_is_saved() {
        const LONG: &str = "how many packets wait for the other end";
        let texts = ["", "x", LONG, "QZ[]{}", "packets packets address", "ADDRESS,… x"];
        let packed = [
            brief!(""),
            brief!("x"),
            brief!(LONG),
            brief!("QZ[]{}"),
            brief!("packets packets address"),
            brief!("ADDRESS,… x"),
        ];
        assert_eq!(packed.map(Brief::text), texts);
        assert!(len(LONG) * 2 < LONG.len());
    }

    #[test]
    fn parts_stand_in_their_places() {
        assert_eq!(brief!("a % and % and %").filled(&["b", "%"]), "a b and % and b");
        assert!(PIECES.iter().all(|piece| !piece.contains('%')));
    }
}
