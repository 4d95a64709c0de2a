//! The few rules of BER that SNMP and LDAP need: tag, length, value.
//!
//! **Invariant:** a length beyond the bytes gives the bytes there are; an indefinite length ends the walk.

/// The next element: its tag, its value as far as it is there, and what follows it.
pub(super) fn next(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let digits = rest.get(..count)?;
            let length = digits.iter().fold(0usize, |sum, digit| sum << 8 | usize::from(*digit));
            (length, &rest[count..])
        }
        _ => return None,
    };
    let end = length.min(rest.len());
    Some((*tag, &rest[..end], &rest[end..]))
}

/// The value of the next element when its tag is the expected one, and what follows.
pub(super) fn expect(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, value, rest) = next(bytes)?;
    (found == tag).then_some((value, rest))
}

/// A whole number of at most four bytes.
pub(super) fn integer(value: &[u8]) -> Option<i64> {
    if value.is_empty() || value.len() > 4 {
        return None;
    }
    let negative = if value[0] & 0x80 != 0 { -1i64 } else { 0 };
    Some(value.iter().fold(negative, |sum, byte| sum << 8 | i64::from(*byte)))
}
