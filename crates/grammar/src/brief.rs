//! Documentation in half of its bytes: only help reads it. A byte above 127 stands for one of [`PIECES`], every other for itself.

/// What saves most in the lines that there are, found by joining the most frequent neighbours again and again; longer ones first.
/// Lines of other words are packed as well, a little less.
#[rustfmt::skip]
const PIECES: [&str; 128] = [
    "packets ", "checksum", "packets", "address", "of the ", "how man", "outer ", "the in", "that ", "the d", "this ",
    "packe", "the s", "what ", " the ", "the f", "port ", "rout", "the ", "leav", "are ", "its ", "UDP ", "may ", "port",
    "with", "ast ", "how ", "for ", "ion ", "fram", "ice ", " is ", "on ", "'s ", "whi", "is ", "er ", "oth", "lin", "to ",
    "es ", "or ", "en ", "out", "at ", "of ", "ing", "one", "in ", "pro", "own", "ed ", "end", "ts ", "our", "it ", "com",
    "for", "IPv", "an ", "ch ", "ver", "an", "th", "ic", "ar", "ne", "fr", "gr", "in", "ev", "e ", "en", "a ", "s ", "be",
    "le", "um", "or", "as", "ti", "ed", "t ", "re", "on", "AN", "un", "ri", "ch", "ad", "at", "ou", "y ", "o ", "it", "p ",
    "d ", ": ", "lo", "ro", "k ", "ta", "co", "am", "tw", "wh", "no", "es", ", ", "0 ", "ke", "is", "er", "ac", "qu", "to",
    "se", "al", "nd", "ng", "r ", "l ", "; ", "em", "mu", "ay", "…",
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

/// Packs `text`: into the head of an array, and how many bytes.
pub(crate) const fn packed(text: &str) -> ([u8; 128], usize) {
    let (mut to, mut len, mut rest) = ([0; 128], 0, text.as_bytes());
    while let [first, ..] = rest {
        let (code, piece) = longest(rest);
        assert!(*first < 128 || piece > 0, "beside …, documentation is ASCII");
        to[len] = if piece == 0 { *first } else { code };
        len += 1;
        rest = rest.split_at(if piece == 0 { 1 } else { piece }).1;
    }
    (to, len)
}

/// The code of the longest piece that `text` begins with, and its length; 0 if none is.
const fn longest(text: &[u8]) -> (u8, usize) {
    let mut at = 0;
    while at < PIECES.len() {
        let (piece, mut same) = (PIECES[at].as_bytes(), 0);
        while same < piece.len() && same < text.len() && piece[same] == text[same] {
            same += 1;
        }
        if same == piece.len() {
            return (128 + at as u8, same);
        }
        at += 1;
    }
    (0, 0)
}

/// What was packed.
pub(crate) fn unpacked(packed: &[u8]) -> String {
    let mut text = Vec::new();
    for byte in packed {
        match byte.checked_sub(128) {
            Some(code) => text.extend_from_slice(piece(code)),
            None => text.push(*byte),
        }
    }
    String::from_utf8(text).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_half_is_saved() {
        for text in
            ["", "x", "how many packets wait for the other end", "QZ[]{}", "packets packets address", "ADDRESS,… x"]
        {
            let (bytes, len) = packed(text);
            assert_eq!(unpacked(&bytes[..len]), text);
        }
        let text = "how many packets wait for the other end";
        assert!(packed(text).1 * 2 < text.len());
    }
}
