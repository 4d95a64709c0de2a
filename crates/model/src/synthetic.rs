//! The mark of packets that nobody sent.
//!
//! A capture of made-up packets says so in the comment of its section, so that whoever reads it later,
//! wherever it was moved to, knows; what is made from such packets carries the mark on.
//!
//! **Invariant:** nothing but [`is_mark`] decides whether a comment says that packets are synthetic.

/// The word that such a comment begins with.
pub const SYNTHETIC: &str = "synthetic";

/// Whether a comment says that the packets beside it are synthetic.
pub fn is_mark(comment: &str) -> bool {
    comment.strip_prefix(SYNTHETIC).is_some_and(|rest| rest.starts_with([':', ';']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_itself_is_a_mark() {
        for (comment, expected) in [
            ("synthetic: no packet was ever sent", true),
            ("synthetic; tcp.dstport == 23", true),
            ("synthetic aperture radar", false),
            ("not synthetic: real", false),
            ("", false),
        ] {
            assert_eq!(is_mark(comment), expected, "{comment}");
        }
    }
}
