//! The check, at compile time, that a word selects one row of a table. Whole words come before abbreviations of others.

use crate::spec::Spec;

/// No word may select two rows: `const _: () = unambiguous(ROWS);` makes that a compile error.
pub const fn unambiguous(rows: &[Spec]) {
    let mut i = 0;
    while i < rows.len() {
        let mut j = i + 1;
        while j < rows.len() {
            let (a, b, mut x) = (rows[i].keys, rows[j].keys, 0);
            while x < a.len() {
                let mut y = 0;
                while y < b.len() {
                    let least = if a[x].least > b[y].least { a[x].least } else { b[y].least };
                    let common = common_prefix(a[x].word, b[y].word);
                    // A whole word comes before an abbreviation of another.
                    let whole = common == least as usize && (common == a[x].word.len() || common == b[y].word.len());
                    assert!(common < least as usize || whole, "one word selects two options");
                    y += 1;
                }
                x += 1;
            }
            j += 1;
        }
        i += 1;
    }
}

const fn common_prefix(a: &str, b: &str) -> usize {
    let (a, b, mut n) = (a.as_bytes(), b.as_bytes(), 0);
    while n < a.len() && n < b.len() && a[n] == b[n] {
        n += 1;
    }
    n
}
