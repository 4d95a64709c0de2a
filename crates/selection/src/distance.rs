//! How far apart two words are typed, for proposals.
//!
//! The distance is Damerau-Levenshtein's (optimal string alignment): insert, delete, replace or swap
//! two neighbours, each for one.

/// Longest word that is compared, in characters; longer ones get no proposal.
const WORD_CHARS_MAX: usize = 64;

/// The distance between two words.
pub fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for i in 1..=left.len() {
        let mut row = vec![i];
        for j in 1..=right.len() {
            let replaced = last[j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

/// The known word that was most likely meant: at most a third of it typed otherwise.
pub fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let chars = typed.chars().count();
    if chars > WORD_CHARS_MAX {
        return None;
    }
    let allowed = (chars / 3).clamp(1, 3);
    known
        .map(|word| (distance(&typed, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits_and_swaps() {
        let cases =
            [("", "", 0), ("ab", "ba", 1), ("tcp.dsport", "tcp.dstport", 1), ("kitten", "sitting", 3)];
        for (left, right, expected) in cases {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn the_nearest_word_is_proposed_only_when_near() {
        let known = ["tcp.dstport", "tcp.srcport", "sensor"];
        assert_eq!(nearest("sesnor", known.into_iter()), Some("sensor"));
        assert_eq!(nearest("tcp.dst_port", known.into_iter()), Some("tcp.dstport"));
        assert_eq!(nearest("flavour", known.into_iter()), None);
    }
}
