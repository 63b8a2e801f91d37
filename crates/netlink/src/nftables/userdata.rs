//! What user space keeps with a rule, a set or an element: type, length, bytes, of one byte each, as nft has it.

/// The type of a comment on a rule.
pub const RULE_COMMENT: u8 = 0;
/// The type of a comment on an element.
pub const ELEMENT_COMMENT: u8 = 0;

/// The longest value in bytes that a length of one byte can say.
pub const VALUE_MAX: usize = 255;

/// The first value of type `kind`.
pub fn get(mut bytes: &[u8], kind: u8) -> Option<&[u8]> {
    loop {
        let &[found, len, ref rest @ ..] = bytes else { return None };
        let value = rest.get(..usize::from(len))?;
        if found == kind {
            return Some(value);
        }
        bytes = rest.get(usize::from(len)..)?;
    }
}

/// Appends a value; one that is too long is cut.
pub fn put(to: &mut Vec<u8>, kind: u8, value: &[u8]) {
    let value = value.get(..VALUE_MAX).unwrap_or(value);
    to.push(kind);
    to.push(u8::try_from(value.len()).unwrap_or(u8::MAX));
    to.extend_from_slice(value);
}

/// The comment in `bytes`, without the NUL that nft puts behind it.
pub fn comment(bytes: &[u8]) -> Option<&[u8]> {
    get(bytes, RULE_COMMENT).map(crate::attributes::until_nul)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_type() {
        let mut bytes = Vec::new();
        put(&mut bytes, 9, b"");
        put(&mut bytes, RULE_COMMENT, b"web\0");
        assert_eq!((comment(&bytes), get(&bytes, 9), get(&bytes, 7)), (Some(&b"web"[..]), Some(&b""[..]), None));
        for end in 0..bytes.len() {
            get(&bytes[..end], RULE_COMMENT);
        }
        assert_eq!(get(&[0, 200, 1], 0), None);
    }
}
