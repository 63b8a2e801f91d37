//! A `match` over words that may be cut short: [`by_word!`](crate::by_word!). For words that are no rows of a table: filters, and what
//! the irregular commands take.

use crate::spec::Key;

/// Runs the arm of the first key that takes a word, or the last arm, of `_`, if none does: as `match` does, but with
/// [`exact`](crate::exact) and [`key`](crate::key) in the place of patterns. The words are packed when they are compiled.
#[macro_export]
macro_rules! by_word {
    ($word:expr, { $([$($key:expr),+] => $arm:expr,)+ _ => $other:expr $(,)? }) => {{
        const __KEYS: &[&[$crate::Key]] = &[$(&[$($key),+]),+];
        static __PACKED: [u8; $crate::arms::len(__KEYS)] = $crate::arms::pack(__KEYS);
        let arm = $crate::arms::of(&__PACKED, $word);
        $crate::by_word!(@ arm, 0, $([$arm])+ { $other })
    }};
    (@ $at:ident, $number:expr, [$arm:expr] $($more:tt)+) => {
        if $at == $number { $arm } else { $crate::by_word!(@ $at, $number + 1, $($more)+) }
    };
    (@ $at:ident, $number:expr, { $other:expr }) => { $other };
}

/// The number of the arm that takes `word`; `u8::MAX` if none does.
#[inline(never)]
pub fn of(mut packed: &[u8], word: &[u8]) -> u8 {
    while let [len, least, arm, rest @ ..] = packed {
        let Some((own, behind)) = rest.split_at_checked(usize::from(*len)) else { break };
        if own.first() == word.first() && word.len() >= usize::from(*least) && own.starts_with(word) {
            return *arm;
        }
        packed = behind;
    }
    u8::MAX
}

/// How many bytes the keys of all arms take.
pub const fn len(arms: &[&[Key]]) -> usize {
    let (mut len, mut arm) = (0, 0);
    while arm < arms.len() {
        let mut at = 0;
        while at < arms[arm].len() {
            len += 3 + arms[arm][at].word.len();
            at += 1;
        }
        arm += 1;
    }
    len
}

/// Packs the keys of all arms, each behind its length, how many letters of it suffice, and the number of its arm.
pub const fn pack<const LEN: usize>(arms: &[&[Key]]) -> [u8; LEN] {
    let (mut packed, mut len, mut arm) = ([0; LEN], 0, 0);
    assert!(arms.len() < 255);
    while arm < arms.len() {
        let mut at = 0;
        while at < arms[arm].len() {
            let word = arms[arm][at].word.as_bytes();
            assert!(word.len() < 256);
            (packed[len], packed[len + 1], packed[len + 2]) = (word.len() as u8, arms[arm][at].least, arm as u8);
            len += 3;
            let mut byte = 0;
            while byte < word.len() {
                packed[len] = word[byte];
                (len, byte) = (len + 1, byte + 1);
            }
            at += 1;
        }
        arm += 1;
    }
    packed
}

#[cfg(test)]
mod tests {
    use crate::{exact, key};

    #[test]
    fn the_first_arm_counts() {
        let arm = |word: &[u8]| {
            by_word!(word, {
                [exact("to")] => 0,
                [key("table", 1), exact("x")] => 1,
                [key("type", 3)] => 2,
                _ => 3,
            })
        };
        let words = [&b"to"[..], b"t", b"tab", b"x", b"ty", b"typ", b"type", b"types", b"", b"\xff"];
        assert_eq!(words.map(arm), [0, 1, 1, 1, 3, 2, 2, 3, 3, 3]);
    }
}
