//! Sorting for what is shown: one merge sort for rows of every type.
//!
//! That of the standard library is made anew for each type, three to four thousand bytes a time.

/// Sorts `rows`, those that are equal staying in their order; `before` says whether one must stand before another.
pub fn sort_by<T>(rows: &mut [T], before: impl Fn(&T, &T) -> bool) {
    let order = order(rows.len(), &mut |one, other| {
        rows.get(one).zip(rows.get(other)).is_some_and(|(one, other)| before(one, other))
    });
    arrange(order, &mut |one, other| rows.swap(one, other));
}

/// As [`sort_by`], by a key.
pub fn sort_by_key<T, K: Ord>(rows: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(rows, |one, other| key(one) < key(other));
}

/// The numbers of rows in the order in which they are to stand.
fn order(count: usize, before: &mut dyn FnMut(usize, usize) -> bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut merged = Vec::with_capacity(count);
    let mut width = 1;
    while width < count {
        merged.clear();
        for run in order.chunks(width.saturating_mul(2)) {
            let (mut one, mut other) = run.split_at_checked(width).unwrap_or((run, &[]));
            while let ([first, rest @ ..], [second, behind @ ..]) = (one, other) {
                if before(*second, *first) {
                    merged.push(*second);
                    other = behind;
                } else {
                    merged.push(*first);
                    one = rest;
                }
            }
            merged.extend_from_slice(one);
            merged.extend_from_slice(other);
        }
        std::mem::swap(&mut order, &mut merged);
        width = width.saturating_mul(2);
    }
    order
}

/// Has `swap` bring each row to its place.
fn arrange(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut at = start;
        // One ring of rows, each in the place of the next; a place that holds its own row says its own number.
        while let Some(from) = order.get_mut(at).map(|from| std::mem::replace(from, at)).filter(|from| *from != start) {
            swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_library_sorts() {
        let mut seed = 1u32;
        for count in 0..70 {
            let mut rows: Vec<(u32, usize)> = Vec::new();
            for at in 0..count {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                rows.push((seed >> 27, at));
            }
            let mut sorted = rows.clone();
            sorted.sort_by_key(|row| row.0);
            sort_by_key(&mut rows, |row| row.0);
            assert_eq!(rows, sorted);
        }
    }
}
